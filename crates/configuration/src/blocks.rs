//! Bodies for which a provider's schema decides: compiled here, matched with the schema later.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_syntax::ast;

use crate::body::{Body, BodyAttribute, DynamicBlock, NestedBlock, StaticBlock};
use crate::reader::{Reader, compile, keyword, literal_text};
use crate::undecided::Undecided;

/// Compiles a body, leaving out the arguments and blocks that the language itself takes.
pub(crate) fn compile_body(
    body: &ast::Body,
    own_attributes: &[&str],
    own_blocks: &[&str],
    locals: &[Arc<str>],
    diagnostics: &mut Diagnostics,
) -> Body {
    let attributes: BTreeMap<Arc<str>, BodyAttribute> = body
        .attributes
        .iter()
        .filter(|attribute| !own_attributes.contains(&&*attribute.name.text))
        .map(|attribute| (attribute.name.text.clone(), compile_attribute(attribute, locals)))
        .collect();
    let mut blocks = Vec::new();
    for block in &body.blocks {
        if own_blocks.contains(&&*block.kind.text) {
            continue;
        }
        if &*block.kind.text == "dynamic" {
            blocks.extend(
                compile_dynamic(block, locals, diagnostics)
                    .map(|block| NestedBlock::Dynamic(Box::new(block))),
            );
            continue;
        }
        blocks.push(NestedBlock::Static(StaticBlock {
            kind: block.kind.text.clone(),
            labels: block.labels.iter().map(|label| (label.text.clone(), label.span)).collect(),
            body: compile_body(&block.body, &[], &[], locals, diagnostics),
            header: block.header,
        }));
    }
    let undecided = (!body.undecided.is_empty())
        .then(|| Arc::new(Undecided::new(body.undecided.clone(), locals, diagnostics)));
    Body { attributes, blocks, undecided, span: Some(body.span) }
}

/// Compiles one attribute.
pub(crate) fn compile_attribute(attribute: &ast::Attribute, locals: &[Arc<str>]) -> BodyAttribute {
    BodyAttribute {
        name_span: attribute.name.span,
        value: compile(&attribute.value, locals),
        span: attribute.span,
    }
}

fn compile_dynamic(
    block: &ast::Block,
    locals: &[Arc<str>],
    diagnostics: &mut Diagnostics,
) -> Option<DynamicBlock> {
    let [label] = &block.labels[..] else {
        let (summary, place) = match block.labels.get(1) {
            None => ("Missing type for dynamic", block.header),
            Some(extra) => ("Extraneous label for dynamic", extra.span),
        };
        diagnostics.push(
            Diagnostic::error(
                summary,
                "A dynamic block must have one label: the type of the blocks that it makes.",
            )
            .at(place),
        );
        return None;
    };
    let mut reader = Reader::new(&block.body);
    let for_each = reader.attribute("for_each");
    let labels = reader.attribute("labels");
    let iterator = reader.attribute("iterator");
    let content = reader.single_block("content", diagnostics);
    reader.finish(diagnostics);
    let name = match iterator {
        None => label.text.clone(),
        Some(attribute) => {
            match keyword(&attribute.value).cloned().or_else(|| literal_text(&attribute.value)) {
                Some(name) => name,
                None => {
                    diagnostics.push(
                        Diagnostic::error(
                            "Invalid iterator name",
                            "The iterator of a dynamic block is a single name.",
                        )
                        .at(attribute.value.span),
                    );
                    return None;
                }
            }
        }
    };
    let Some(for_each) = for_each else {
        diagnostics.push(
            Diagnostic::error(
                "Missing required argument",
                "The argument \"for_each\" is required: it says what the blocks are made for.",
            )
            .at(block.header),
        );
        return None;
    };
    let Some(content) = content else {
        diagnostics.push(
            Diagnostic::error(
                "Missing dynamic content block",
                format!(
                    "The dynamic block \"{}\" needs one \"content\" block: what each block that it makes contains.",
                    label.text
                ),
            )
            .at(block.header),
        );
        return None;
    };
    let mut inner: Vec<Arc<str>> = locals.to_vec();
    inner.push(name.clone());
    let labels = match labels {
        None => Vec::new(),
        Some(attribute) => crate::reader::elements(attribute, diagnostics)
            .iter()
            .map(|element| compile(element, &inner))
            .collect(),
    };
    Some(DynamicBlock {
        kind: label.text.clone(),
        for_each: compile(&for_each.value, locals),
        iterator: name,
        labels,
        content: compile_body(&content.body, &[], &[], &inner, diagnostics),
        header: block.header,
        content_header: content.header,
        problems: OnceLock::new(),
    })
}
