//! Canonical layout of a file, the same as the peer's to the byte.
//!
//! Layout works on tokens and lines, not on the tree: only blanks between tokens change. The tree
//! says which tokens are rewritten before that, such as bare labels and `"${x}"`. Three things that
//! the peer does are left out, as they destroy what the author wrote: see [`rewrite`].

mod layout;
mod rewrite;
mod spacing;

use std::borrow::Cow;
use std::ops::Range;

use plumb_diagnostics::Diagnostics;
use plumb_source::FileId;

use crate::SyntaxKind as K;
use crate::error::{self, Origin};
use crate::lexer::Token;
use crate::parser::Entry;

/// The text in canonical layout.
///
/// # Errors
/// The text has syntax errors; it is not safe to move anything around then.
pub fn format(text: &str, file: FileId) -> Result<String, Diagnostics> {
    let parsed = crate::parse(text, Entry::File);
    if !parsed.errors.is_empty() {
        return Err(error::diagnostics(parsed.errors, Origin::of(file)));
    }
    let edits = rewrite::edits(text, &parsed.tokens, parsed.events);
    let mut pieces = pieces(text, &parsed.tokens, edits);
    layout::lay_out(&mut pieces);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for piece in &pieces {
        out.extend(std::iter::repeat_n(' ', piece.blanks));
        out.push_str(&piece.text);
    }
    out.extend(std::iter::repeat_n(' ', blanks_at_end(&parsed.tokens)));
    Ok(out)
}

/// What is laid out: a token, or a comment together with the line break that ends it.
struct Piece<'t> {
    kind: K,
    text: Cow<'t, str>,
    /// How many blanks stand in front of it.
    blanks: usize,
}

impl<'t> Piece<'t> {
    fn new(kind: K, text: impl Into<Cow<'t, str>>) -> Self {
        Piece { kind, text: text.into(), blanks: 0 }
    }

    fn ends_line(&self) -> bool {
        self.kind == K::Newline || (self.kind == K::LineComment && self.text.ends_with('\n'))
    }
}

/// Tokens that others take the place of.
struct Edit<'t> {
    tokens: Range<usize>,
    pieces: Vec<Piece<'t>>,
}

/// The tokens with the edits made, in order and without the blanks between them.
fn pieces<'t>(text: &'t str, tokens: &[Token], edits: Vec<Edit<'t>>) -> Vec<Piece<'t>> {
    let mut pieces = Vec::with_capacity(tokens.len());
    let mut next = 0;
    for edit in edits {
        copy(text, tokens, next..edit.tokens.start, &mut pieces);
        pieces.extend(edit.pieces);
        next = edit.tokens.end;
    }
    copy(text, tokens, next..tokens.len() - 1, &mut pieces);
    pieces
}

fn copy<'t>(text: &'t str, tokens: &[Token], range: Range<usize>, pieces: &mut Vec<Piece<'t>>) {
    for index in range {
        let (kind, start) = (tokens[index].kind, tokens[index].start as usize);
        let mut end = tokens[index + 1].start as usize;
        match kind {
            K::Whitespace | K::ByteOrderMark => continue,
            // Comes with its comment.
            K::Newline if index > 0 && tokens[index - 1].kind == K::LineComment => continue,
            K::LineComment if tokens[index + 1].kind == K::Newline => end = tokens[index + 2].start as usize,
            _ => {}
        }
        pieces.push(Piece::new(kind, &text[start..end]));
    }
}

/// How many blanks stand behind the last token: they stay, as the peer leaves them too.
fn blanks_at_end(tokens: &[Token]) -> usize {
    match tokens {
        [.., Token { kind: K::Whitespace, start }, end] => (end.start - start) as usize,
        _ => 0,
    }
}
