//! Content of blocks whose meaning a schema decides: resources, providers.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_expression::Expression;
use plumb_source::Span;

/// Attributes and nested blocks, compiled, not yet matched with a schema.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// By name.
    pub attributes: BTreeMap<Arc<str>, BodyAttribute>,
    /// In source order.
    pub blocks: Vec<NestedBlock>,
    /// Between the braces. Messages about something missing point here.
    pub span: Option<Span>,
}

impl Body {
    /// Every expression in it and in its blocks.
    pub fn expressions(&self) -> Vec<&Arc<Expression>> {
        let mut found = Vec::new();
        let mut pending = vec![self];
        while let Some(body) = pending.pop() {
            found.extend(body.attributes.values().map(|attribute| &attribute.value));
            for block in &body.blocks {
                match block {
                    NestedBlock::Static(block) => pending.push(&block.body),
                    NestedBlock::Dynamic(block) => {
                        found.push(&block.for_each);
                        found.extend(&block.labels);
                        pending.push(&block.content);
                    }
                }
            }
        }
        found
    }
}

/// `name = expression` in a [`Body`].
#[derive(Clone, Debug)]
pub struct BodyAttribute {
    /// Where the name stands.
    pub name_span: Span,
    /// The right side.
    pub value: Arc<Expression>,
    /// The whole line.
    pub span: Span,
}

/// A block in a [`Body`].
#[derive(Clone, Debug)]
pub enum NestedBlock {
    /// Written out.
    Static(StaticBlock),
    /// To be repeated.
    Dynamic(Box<DynamicBlock>),
}

/// A block that is written out.
#[derive(Clone, Debug)]
pub struct StaticBlock {
    /// Type of the block.
    pub kind: Arc<str>,
    /// Its labels with their places.
    pub labels: Vec<(Arc<str>, Span)>,
    /// Its content.
    pub body: Body,
    /// Type and labels.
    pub header: Span,
}

/// `dynamic "KIND" { for_each, iterator, labels, content {} }`.
#[derive(Clone, Debug)]
pub struct DynamicBlock {
    /// Type of the blocks that it makes.
    pub kind: Arc<str>,
    /// What is walked.
    pub for_each: Arc<Expression>,
    /// Name under which the content knows the element; it was given to the compiler of everything
    /// inside.
    pub iterator: Arc<str>,
    /// Labels of each block.
    pub labels: Vec<Arc<Expression>>,
    /// Content of each block.
    pub content: Body,
    /// Type and labels.
    pub header: Span,
}
