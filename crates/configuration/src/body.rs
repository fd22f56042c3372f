//! Content of blocks whose meaning a schema decides: resources, providers.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use plumb_diagnostics::Diagnostics;
use plumb_expression::Expression;
use plumb_source::Span;

use crate::undecided::{BodyShape, Undecided};

/// Attributes and nested blocks, compiled, not yet matched with a schema.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// By name.
    pub attributes: BTreeMap<Arc<str>, BodyAttribute>,
    /// In source order.
    pub blocks: Vec<NestedBlock>,
    /// What was written in JSON: it goes to the other two once a schema is there.
    pub(crate) undecided: Option<Arc<Undecided>>,
    /// Between the braces. Messages about something missing point here.
    pub span: Option<Span>,
}

impl Body {
    /// Every expression in it and in its blocks.
    pub fn expressions(&self) -> Vec<&Arc<Expression>> {
        self.expressions_made(&|_| true)
    }

    /// The same without the content of dynamic blocks that make none.
    pub(crate) fn expressions_made(
        &self,
        makes_any: &dyn Fn(&DynamicBlock) -> bool,
    ) -> Vec<&Arc<Expression>> {
        let mut found = Vec::new();
        let mut pending = vec![self];
        while let Some(body) = pending.pop() {
            found.extend(body.attributes.values().map(|attribute| &attribute.value));
            found.extend(body.undecided());
            for block in &body.blocks {
                match block {
                    NestedBlock::Static(block) => pending.push(&block.body),
                    NestedBlock::Dynamic(block) => {
                        found.push(&block.for_each);
                        if makes_any(block) {
                            found.extend(&block.labels);
                            pending.push(&block.content);
                        }
                    }
                }
            }
        }
        found
    }

    /// The expressions of what waits for a schema.
    pub fn undecided(&self) -> &[Arc<Expression>] {
        self.undecided.as_ref().map_or(&[], |undecided| undecided.expressions())
    }

    /// The body as a schema has it, and what is wrong with it before anything is evaluated.
    pub fn decided<'b>(&'b self, shape: &dyn BodyShape) -> (&'b Body, Option<&'b Diagnostics>) {
        let Some(undecided) = &self.undecided else { return (self, None) };
        let (body, problems) = undecided.decide(self, shape);
        (body, Some(problems))
    }

    /// The body as a schema had it before; as it was written where there was none yet.
    pub fn as_decided(&self) -> &Body {
        self.undecided.as_ref().and_then(|undecided| undecided.decided()).unwrap_or(self)
    }

    /// Takes over what another body says.
    pub(crate) fn absorb(&mut self, other: Body) {
        self.attributes.extend(other.attributes);
        self.blocks.extend(other.blocks);
        let Some(more) = other.undecided else { return };
        match &mut self.undecided {
            Some(own) => Arc::make_mut(own).absorb(&more),
            None => self.undecided = Some(more),
        }
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
    /// Where the content begins.
    pub content_header: Span,
    pub(crate) problems: OnceLock<Diagnostics>,
}

impl DynamicBlock {
    /// Errors in what each block consists of, such as a name that nobody has declared. They are nobody's
    /// concern as long as no block is made.
    pub fn problems(&self) -> Option<&Diagnostics> {
        self.problems.get().filter(|problems| !problems.is_empty())
    }
}
