//! The layout of code: indentation, spaces, quotes, commas and blank lines, as people expect them.
//!
//! Lines stay the lines that they are, for whoever wrote them meant something by where one ends. Whatever comes of it
//! is read again, and nothing is handed out that does not mean the same, with every comment in it.

mod commas;
mod layout;
mod lexer;
mod spacing;

use plumb_diagnostics::Diagnostic;
use plumb_source::Span;
use starlark::syntax::AstModule;

use crate::error::diagnostic;
use crate::loader::dialect;
use crate::nesting;
use crate::sources::Sources;

use lexer::{Kind, Token, tokens};

/// The text as it should be laid out, or what is wrong with it.
pub fn format(name: &str, text: &str, sources: &Sources) -> Result<String, Box<Diagnostic>> {
    let file = sources.add(name, text);
    let text = text.replace("\r\n", "\n");
    let meaning = parsed(name, &text, sources)?;
    let unformatted = || {
        let why = "What comes of laying it out would not mean the same, so it stays as it is. This is a mistake of Plumb's.";
        Box::new(Diagnostic::error("Code that cannot be laid out", why).at(Span::new(file, 0, 0)))
    };
    let tokens = tokens(&text).ok_or_else(unformatted)?;
    let comments = comments(&tokens);
    let is_same = |laid_out: &String| {
        let again = lexer::tokens(laid_out).map(|tokens| self::comments(&tokens));
        again.as_ref() == Some(&comments)
            && parsed(name, laid_out, &Sources::new()).is_ok_and(|again| again == meaning)
    };
    // Where a comma of ours would be none of the language, everything stays with those of its writer.
    let candidates = [commas::arranged(tokens.clone()), tokens];
    candidates.iter().map(|tokens| layout::laid_out(tokens)).find(is_same).ok_or_else(unformatted)
}

/// What the text means, whatever it looks like.
fn parsed(name: &str, text: &str, sources: &Sources) -> Result<String, Box<Diagnostic>> {
    if let Err(too_deep) = nesting::check(text) {
        return Err(Box::new(too_deep.diagnostic(sources.add(name, text))));
    }
    AstModule::parse(name, text.to_owned(), &dialect())
        .map(|module| module.statement().to_string())
        .map_err(|error| Box::new(diagnostic(&error, sources)))
}

fn comments(tokens: &[Token]) -> Vec<String> {
    let comments = tokens.iter().filter(|token| token.kind == Kind::Comment);
    comments.map(|token| token.text.trim_end().to_owned()).collect()
}
