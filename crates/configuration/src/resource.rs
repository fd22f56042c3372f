//! `resource`, `data` and `ephemeral` blocks.

use std::sync::Arc;

use plumb_address::{ConfigModule, Mode, ProviderAddress, ProviderConfigAddress, Resource};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_expression::{Expression, Subject};
use plumb_syntax::ast::{self, Block, ExprKind, Step};
use plumb_value::{Path, Value};

use crate::blocks::compile_body;
use crate::config::{IgnoreChanges, Lifecycle, Provisioner, Repetition, ResourceBlock};
use crate::reader::{Reader, check_name, elements, keyword, literal_text, provider_reference};
use crate::values::{depends_on, rules};

const OWN_ATTRIBUTES: [&str; 4] = ["count", "for_each", "provider", "depends_on"];
const OWN_BLOCKS: [&str; 5] = ["lifecycle", "connection", "provisioner", "locals", "_"];

pub(crate) fn read_resource(block: &Block, mode: Mode, diagnostics: &mut Diagnostics) -> Option<ResourceBlock> {
    let what = match mode {
        Mode::Managed => "resource",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    };
    let [kind, name] = &block.labels[..] else {
        let (summary, place) = if block.labels.len() < 2 {
            (format!("Missing name for {what}"), block.header)
        } else {
            (format!("Extraneous label for {what}"), block.labels[2].span)
        };
        diagnostics
            .push(Diagnostic::error(summary, format!("All {what} blocks must have 2 labels (type, name).")).at(place));
        return None;
    };
    check_name(&kind.text, kind.span, &format!("{what} type"), diagnostics);
    check_name(&name.text, name.span, what, diagnostics);
    let own = own_part(&block.body);
    let mut reader = Reader::new(&own);
    let repetition = repetition(&mut reader, diagnostics);
    let provider = reader.attribute("provider").and_then(|attribute| {
        let (name, alias) = provider_reference(&attribute.value, diagnostics)?;
        Some((name, alias, attribute.value.span))
    });
    let dependencies = depends_on(&mut reader, diagnostics);
    let lifecycle = match reader.single_block("lifecycle", diagnostics) {
        Some(block) => read_lifecycle(block, mode, diagnostics),
        None => Lifecycle::default(),
    };
    let connection = reader
        .single_block("connection", diagnostics)
        .map(|block| compile_body(&block.body, &[], &[], &[], diagnostics));
    let provisioners = reader
        .blocks("provisioner")
        .into_iter()
        .filter_map(|block| read_provisioner(block, diagnostics))
        .collect();
    for locals in reader.blocks("locals") {
        diagnostics.push(
            Diagnostic::error("Reserved block type name in resource block", "The block type name \"locals\" is reserved for use by the language in a future version.")
                .at(locals.header),
        );
    }
    let mut body = compile_body(&block.body, &OWN_ATTRIBUTES, &OWN_BLOCKS, &[], diagnostics);
    // Arguments whose names the language takes can be given to the provider in a block named `_`.
    for escape in reader.blocks("_") {
        let inner = compile_body(&escape.body, &[], &[], &[], diagnostics);
        body.attributes.extend(inner.attributes);
        body.blocks.extend(inner.blocks);
    }
    let resource = Resource { mode, kind: kind.text.clone(), name: name.text.clone() };
    Some(ResourceBlock {
        provider_config: ProviderConfigAddress {
            module: ConfigModule::root(),
            provider: ProviderAddress::implied(resource.implied_provider()),
            alias: None,
        },
        resource,
        repetition,
        provider,
        depends_on: dependencies,
        lifecycle,
        body,
        provisioners,
        connection,
        header: block.header,
        span: block.span,
    })
}

/// The arguments and blocks that the language itself takes.
fn own_part(body: &ast::Body) -> ast::Body {
    ast::Body {
        attributes: body
            .attributes
            .iter()
            .filter(|attribute| OWN_ATTRIBUTES.contains(&&*attribute.name.text))
            .cloned()
            .collect(),
        blocks: body.blocks.iter().filter(|block| OWN_BLOCKS.contains(&&*block.kind.text)).cloned().collect(),
        span: body.span,
    }
}

/// `count` or `for_each`.
pub(crate) fn repetition(reader: &mut Reader<'_>, diagnostics: &mut Diagnostics) -> Repetition {
    let count = reader.expression("count", diagnostics);
    let for_each = reader.expression("for_each", diagnostics);
    match (count, for_each) {
        (Some(_), Some(for_each)) => {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid combination of \"count\" and \"for_each\"",
                    "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used to be \
                     explicit about the number of resources to be created.",
                )
                .at(for_each.span()),
            );
            Repetition::ForEach(for_each)
        }
        (Some(count), None) => Repetition::Count(count),
        (None, Some(for_each)) => Repetition::ForEach(for_each),
        (None, None) => Repetition::Single,
    }
}

fn read_lifecycle(block: &Block, mode: Mode, diagnostics: &mut Diagnostics) -> Lifecycle {
    let mut reader = Reader::new(&block.body);
    let mut lifecycle = Lifecycle::default();
    if mode == Mode::Managed {
        lifecycle.create_before_destroy = reader.flag("create_before_destroy", diagnostics);
        if let Some(attribute) = reader.attribute("prevent_destroy") {
            lifecycle.prevent_destroy_span = Some(attribute.span);
            lifecycle.prevent_destroy = reader.flag("prevent_destroy", diagnostics).unwrap_or(false);
        }
        if let Some(attribute) = reader.attribute("ignore_changes") {
            lifecycle.ignore_changes = ignore_changes(attribute, diagnostics);
        }
        if let Some(attribute) = reader.attribute("replace_triggered_by") {
            lifecycle.replace_triggered_by = triggers(attribute, diagnostics);
        }
    }
    lifecycle.preconditions = rules(&reader.blocks("precondition"), diagnostics);
    lifecycle.postconditions = rules(&reader.blocks("postcondition"), diagnostics);
    reader.finish(diagnostics);
    lifecycle
}

fn triggers(attribute: &ast::Attribute, diagnostics: &mut Diagnostics) -> Vec<Arc<Expression>> {
    let mut triggers = Vec::new();
    for element in elements(attribute, diagnostics) {
        let compiled = diagnostics.take(Expression::compile(element, &[]));
        let is_resource = matches!(
            compiled.references().first().map(|reference| &reference.subject),
            Some(Subject::Resource(resource, _)) if resource.mode == Mode::Managed
        );
        if !is_resource {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid replace_triggered_by expression",
                    "Only resources, their instances and their attributes can be used in replace_triggered_by. To \
                     follow any other value, put it into a terraform_data resource and name that.",
                )
                .at(element.span),
            );
            continue;
        }
        triggers.push(Arc::new(compiled));
    }
    triggers
}

fn ignore_changes(attribute: &ast::Attribute, diagnostics: &mut Diagnostics) -> IgnoreChanges {
    let all = keyword(&attribute.value).is_some_and(|word| &**word == "all")
        || literal_text(&attribute.value).is_some_and(|text| &*text == "all");
    if all {
        return IgnoreChanges::All;
    }
    let mut paths = Vec::new();
    for element in elements(attribute, diagnostics) {
        match literal_text(element) {
            Some(text) if &*text == "*" => {
                diagnostics.push(
                    Diagnostic::error(
                        "Invalid ignore_changes wildcard",
                        "The [\"*\"] form of ignore_changes wildcard is was deprecated and is now invalid. Use \
                         \"ignore_changes = all\" to ignore changes to all attributes.",
                    )
                    .at(element.span),
                );
            }
            Some(text) => {
                let (inner, problems) =
                    plumb_syntax::parse_expression_at(&text, element.span.file, element.span.start + 1);
                diagnostics.append(problems);
                paths.extend(ignored_path(&inner, diagnostics).map(|path| (path, element.span)));
            }
            None => paths.extend(ignored_path(element, diagnostics).map(|path| (path, element.span))),
        }
    }
    IgnoreChanges::Paths(paths)
}

fn ignored_path(expression: &ast::Expr, diagnostics: &mut Diagnostics) -> Option<Path> {
    let path = traversal_path(expression);
    if path.is_none() && !matches!(expression.kind, ExprKind::Invalid) {
        diagnostics.push(
            Diagnostic::error(
                "Invalid ignore_changes argument",
                "Each element must be the name of an argument, perhaps followed by attribute names and constant keys, \
                 such as tags[\"Name\"].",
            )
            .at(expression.span),
        );
    }
    path
}

/// A traversal with constant keys, as the path from an object to a part of it.
fn traversal_path(expression: &ast::Expr) -> Option<Path> {
    if let ExprKind::Variable(name) = &expression.kind {
        return Some(Path::root().attribute(name.text.clone()));
    }
    let ExprKind::Traverse { base, steps } = &expression.kind else { return None };
    let ExprKind::Variable(first) = &base.kind else { return None };
    let mut path = Path::root().attribute(first.text.clone());
    for step in steps {
        path = match step {
            Step::Attribute { name, .. } => path.attribute(name.text.clone()),
            Step::Index { key, .. } => path.index(crate::reader::constant(key).0?),
            Step::LegacyIndex { number, .. } => path.index(Value::number(number.parse::<i64>().ok()?)),
            Step::AttributeSplat { .. } | Step::FullSplat { .. } => return None,
        };
    }
    Some(path)
}

fn read_provisioner(block: &Block, diagnostics: &mut Diagnostics) -> Option<Provisioner> {
    const OWN: [&str; 2] = ["when", "on_failure"];
    let [kind] = &block.labels[..] else {
        diagnostics.push(
            Diagnostic::error("Missing type for provisioner", "All provisioner blocks must have 1 label (type).")
                .at(block.header),
        );
        return None;
    };
    let word = |name: &str, diagnostics: &mut Diagnostics, allowed: [&str; 2]| -> Option<bool> {
        let attribute = block.body.attribute(name)?;
        let text = keyword(&attribute.value).cloned().or_else(|| literal_text(&attribute.value));
        match text.as_deref() {
            Some(text) if text == allowed[0] => Some(false),
            Some(text) if text == allowed[1] => Some(true),
            _ => {
                diagnostics.push(
                    Diagnostic::error(
                        format!("Invalid \"{name}\" keyword"),
                        format!("The \"{name}\" argument requires one of the following keywords: {} or {}.", allowed[0], allowed[1]),
                    )
                    .at(attribute.value.span),
                );
                None
            }
        }
    };
    Some(Provisioner {
        kind: kind.text.clone(),
        when_destroy: word("when", diagnostics, ["create", "destroy"]).unwrap_or(false),
        continue_on_failure: word("on_failure", diagnostics, ["fail", "continue"]).unwrap_or(false),
        connection: block
            .body
            .blocks_of("connection")
            .next()
            .map(|inner| compile_body(&inner.body, &[], &[], &[], diagnostics)),
        body: compile_body(&block.body, &OWN, &["connection"], &[], diagnostics),
        span: block.header,
    })
}
