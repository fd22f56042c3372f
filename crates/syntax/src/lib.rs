//! The native syntax of configuration files: one lexer and one grammar, from which come the typed
//! tree ([`ast`]), the lossless tree ([`lossless`]) and formatting. Its JSON form ([`json`]) has a tree of
//! its own, whose texts are read with the same grammar.
//!
//! Parsing never fails and never stops at the first error: it returns what could be understood and
//! every error. Nothing is evaluated here, and no names are resolved.

pub mod ast;
mod ast_shapes;
mod characters;
mod error;
mod event;
mod format;
mod indent;
pub mod json;
mod kind;
mod lexer;
mod lexical;
mod literal;
pub mod lossless;
mod parser;
mod tree;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{FileId, Span};

pub use characters::is_identifier;
pub use format::format;
pub use kind::SyntaxKind;
pub use parser::NESTING_MAX;

use error::{Origin, SyntaxError};
use event::Event;
use lexer::{Dialect, Token};
use parser::Entry;

/// Reads a file of arguments and blocks.
pub fn parse_file(text: &str, file: FileId) -> (ast::Body, Diagnostics) {
    let (tree, diagnostics) = parse_tree(text, Entry::File, Origin::of(file));
    (tree.into_body(), diagnostics)
}

/// Reads a text that is one expression. Line breaks in it mean nothing.
pub fn parse_expression(text: &str, file: FileId) -> (ast::Expr, Diagnostics) {
    parse_expression_at(text, file, 0)
}

/// Like [`parse_expression`], for a text that starts `offset` bytes into the file.
pub fn parse_expression_at(text: &str, file: FileId, offset: u32) -> (ast::Expr, Diagnostics) {
    let (tree, diagnostics) = parse_tree(text, Entry::Expression, Origin::at(file, offset));
    (tree.into_expression(), diagnostics)
}

/// Reads a text that is the inside of a template, such as a template file. The result is an
/// [`ast::ExprKind::Template`], or an [`ast::ExprKind::TemplateWrap`] where the text is nothing but
/// one interpolation, whose value passes through with its type.
pub fn parse_template(text: &str, file: FileId) -> (ast::Expr, Diagnostics) {
    parse_template_at(text, file, 0)
}

/// Like [`parse_template`], for a text that starts `offset` bytes into the file.
pub fn parse_template_at(text: &str, file: FileId, offset: u32) -> (ast::Expr, Diagnostics) {
    let (tree, diagnostics) = parse_tree(text, Entry::Template, Origin::at(file, offset));
    (tree.into_expression(), diagnostics)
}

/// Reads a file into a tree that has every byte of it.
pub fn parse_lossless(text: &str, file: FileId) -> (rowan::GreenNode, Diagnostics) {
    let origin = Origin::of(file);
    let Parsed { tokens, events, errors } = parse(text, Entry::File);
    (lossless::build(text, &tokens, events), error::diagnostics(errors, origin))
}

/// The bytes of a file as text, or the error that says where they are none.
///
/// # Errors
/// The bytes are not UTF-8.
pub fn decode(bytes: &[u8], file: FileId) -> Result<&str, Diagnostics> {
    std::str::from_utf8(bytes).map_err(|error| {
        let start = u32::try_from(error.valid_up_to()).unwrap_or(u32::MAX - 1);
        let diagnostic = Diagnostic::error(
            "Invalid character encoding",
            "This file is not encoded as UTF-8. Choose UTF-8 in the editor, and save the file again.",
        );
        diagnostic.at(Span::new(file, start, start + 1)).into()
    })
}

/// What the grammar says about a text.
struct Parsed {
    tokens: Vec<Token>,
    events: Vec<Event>,
    errors: Vec<SyntaxError>,
}

/// The largest text in bytes: places in it are 32 bits.
const LENGTH_MAX: usize = u32::MAX as usize / 2;

fn parse(text: &str, entry: Entry) -> Parsed {
    if text.len() > LENGTH_MAX {
        let mut parsed = parse("", Entry::File);
        parsed.errors = vec![SyntaxError::new("File too large", "A file can have at most 2 GiB.", 0..0)];
        return parsed;
    }
    let dialect = if entry == Entry::Template { Dialect::Template } else { Dialect::Code };
    let tokens = lexer::lex(text, dialect);
    let (events, syntax_errors) = parser::parse(text, &tokens, entry);
    let mut errors = lexical::check(text, &tokens);
    errors.extend(syntax_errors);
    Parsed { tokens, events, errors }
}

fn parse_tree(text: &str, entry: Entry, origin: Origin<'_>) -> (tree::Tree, Diagnostics) {
    let Parsed { tokens, events, errors } = parse(text, entry);
    (tree::build(text, &tokens, events, origin), error::diagnostics(errors, origin))
}
