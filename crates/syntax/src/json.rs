//! The JSON form of the language: a tree with a place for every piece, and what its texts mean.
//!
//! JSON alone does not say whether a property is an argument or a block, nor whether a text is a
//! template, a reference or just a text. Who reads the tree knows, and asks for the reading that
//! fits: [`Value::template`], [`Value::literal`] or [`Value::reference`].

mod read;
mod readings;

use std::sync::Arc;

use plumb_source::Span;

use crate::error::Shift;

pub use read::parse;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Where.
    pub span: Span,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// As written.
    Number(Arc<str>),
    /// In quotes.
    Text(Text),
    /// In brackets.
    Array(Vec<Value>),
    /// In braces, in source order, with duplicates.
    Object(Vec<Property>),
}

/// `"name": value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Before the colon.
    pub name: Text,
    /// Behind the colon.
    pub value: Value,
}

impl Property {
    /// Whether it is a comment: JSON has no other place for them.
    pub fn is_comment(&self) -> bool {
        &*self.name.text == "//"
    }

    /// From the name to the end of the value.
    pub fn span(&self) -> Span {
        self.name.span.to(self.value.span)
    }
}

/// A text in quotes.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// With escapes resolved.
    pub text: Arc<str>,
    /// With the quotes.
    pub span: Span,
    /// Where bytes of the text and bytes of the file drift apart: behind each escape.
    shifts: Arc<[Shift]>,
}

impl Value {
    /// The elements of an array; of other values the value itself, which may stand for one of itself.
    pub fn elements(&self) -> &[Value] {
        match &self.kind {
            Kind::Array(elements) => elements,
            _ => std::slice::from_ref(self),
        }
    }

    /// The opening brace or bracket, where messages about something missing inside point; of other
    /// values all of it.
    pub fn opening(&self) -> Span {
        match self.kind {
            Kind::Array(_) | Kind::Object(_) => Span { end: self.span.start + 1, ..self.span },
            _ => self.span,
        }
    }
}
