//! How much indentation each line of a `<<-` heredoc loses.
//!
//! The line with the fewest blanks in front says how many all of them lose. What an interpolation
//! yields does not count, blank lines do not count, and strip markers work first.

use std::borrow::Cow;
use std::ops::Range;

use crate::SyntaxKind as K;
use crate::lexer::Token;
use crate::literal::unescape;

/// The tokens of heredoc text that lose blanks, in order, each with how many characters.
pub(crate) fn removals(text: &str, tokens: &[Token]) -> Vec<(u32, u32)> {
    let mut removals = Vec::new();
    let mut levels: Vec<Level> = Vec::new();
    for index in 0..tokens.len().saturating_sub(1) {
        let token = tokens[index];
        match token.kind {
            K::OpenHeredoc => {
                let flush = text[token.start as usize..].starts_with("<<-");
                levels.push(if flush { Level::Flush(Lines::new()) } else { Level::Other(K::CloseHeredoc) });
            }
            K::OpenQuote => levels.push(Level::Other(K::CloseQuote)),
            K::OpenInterpolation | K::OpenDirective => {
                if let Some(Level::Flush(lines)) = levels.last_mut() {
                    lines.sequence();
                }
                levels.push(Level::Other(K::CloseSequence));
            }
            K::TemplateText => {
                if let Some(Level::Flush(lines)) = levels.last_mut() {
                    lines.text(index as u32, &literal_text(text, tokens, index, 0));
                }
            }
            K::CloseHeredoc => {
                while let Some(level) = levels.pop() {
                    match level {
                        Level::Flush(lines) => {
                            lines.finish(&mut removals);
                            break;
                        }
                        Level::Other(K::CloseHeredoc) => break,
                        Level::Other(_) => {}
                    }
                }
            }
            K::CloseQuote | K::CloseSequence => {
                // Strings that lack their quote have no closing token; pop those as well.
                while matches!(levels.last(), Some(Level::Other(kind)) if *kind != token.kind) {
                    levels.pop();
                }
                levels.pop();
            }
            _ => {}
        }
    }
    removals.sort_unstable();
    removals
}

/// What a token of template text stands for, after escapes, strip markers beside it, and the
/// indentation that it loses.
pub(crate) fn literal_text<'t>(
    text: &'t str,
    tokens: &[Token],
    index: usize,
    indentation: u32,
) -> Cow<'t, str> {
    let slice = |index: usize| &text[tokens[index].start as usize..tokens[index + 1].start as usize];
    let mut literal = unescape(slice(index), tokens[index].kind == K::QuotedText);
    let strips_left =
        index > 0 && tokens[index - 1].kind == K::CloseSequence && slice(index - 1).starts_with('~');
    if strips_left {
        let kept = literal.trim_start().len();
        literal = cut(literal, |length| length - kept..length);
    }
    let strips_right = matches!(tokens[index + 1].kind, K::OpenInterpolation | K::OpenDirective)
        && slice(index + 1).ends_with('~');
    if strips_right {
        let kept = literal.trim_end().len();
        literal = cut(literal, |_| 0..kept);
    }
    if indentation > 0 {
        let blanks = literal.char_indices().nth(indentation as usize).map_or(literal.len(), |(at, _)| at);
        literal = cut(literal, |length| blanks..length);
    }
    literal
}

/// The range, worked out from the length, of a text.
fn cut(text: Cow<'_, str>, range: impl FnOnce(usize) -> Range<usize>) -> Cow<'_, str> {
    let range = range(text.len());
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
        Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
    }
}

/// What the tokens at one place are inside of.
enum Level {
    Flush(Lines),
    /// Anything else, ending in this token.
    Other(K),
}

/// The lines of one heredoc.
struct Lines {
    at_line_start: bool,
    /// The smallest indentation so far.
    least: Option<u32>,
    /// The tokens that start a line.
    first: Vec<u32>,
}

impl Lines {
    fn new() -> Self {
        Lines { at_line_start: true, least: None, first: Vec::new() }
    }

    fn sequence(&mut self) {
        if std::mem::take(&mut self.at_line_start) {
            self.least = Some(0);
        }
    }

    fn text(&mut self, index: u32, literal: &str) {
        if std::mem::take(&mut self.at_line_start) {
            let content = literal.trim_start();
            let is_blank = content.is_empty() && literal.ends_with('\n');
            if !is_blank {
                let indentation = literal[..literal.len() - content.len()].chars().count() as u32;
                self.least = Some(self.least.map_or(indentation, |least| least.min(indentation)));
                self.first.push(index);
            }
        }
        self.at_line_start = literal.ends_with('\n');
    }

    fn finish(self, removals: &mut Vec<(u32, u32)>) {
        if let Some(least) = self.least.filter(|least| *least > 0) {
            removals.extend(self.first.into_iter().map(|index| (index, least)));
        }
    }
}
