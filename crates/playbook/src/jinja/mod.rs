//! Expressions of Jinja: read, and said in the language of deploys.

mod filters;
mod lexer;
mod others;
mod parser;
mod template;
mod translate;

pub(crate) use parser::{Piece, pieces};
pub(crate) use template::{Needs, needs};
pub(crate) use translate::{Part, condition, expression, parts, text, written_out};

/// Deeper than that nobody writes expressions.
const DEPTH_MAX: usize = 64;

/// An expression of Jinja.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Jinja {
    Text(String),
    Number(String),
    Bool(bool),
    None,
    Name(String),
    List(Vec<Jinja>),
    Dict(Vec<(Jinja, Jinja)>),
    Attribute(Box<Jinja>, String),
    Index(Box<Jinja>, Box<Jinja>),
    Slice(Box<Jinja>, Option<Box<Jinja>>, Option<Box<Jinja>>),
    Call(Box<Jinja>, Vec<Jinja>),
    Filter(Box<Jinja>, String, Vec<(Option<String>, Jinja)>),
    Test { of: Box<Jinja>, name: String, arguments: Vec<Jinja>, is_negated: bool },
    Not(Box<Jinja>),
    Minus(Box<Jinja>),
    Binary(Box<Jinja>, &'static str, Box<Jinja>),
    Ternary { then: Box<Jinja>, condition: Box<Jinja>, otherwise: Option<Box<Jinja>> },
}
