//! Makes the typed tree from the events of the grammar.
//!
//! It keeps the finished pieces of all open nodes on one stack. When a node ends, its pieces are
//! taken off and become one. So it needs no recursion, and a node whose pieces are not all there, as
//! after an error, becomes what can be made of it.

mod expressions;
mod names;
mod pieces;
mod templates;

use std::iter::Peekable;
use std::sync::Arc;
use std::vec::IntoIter;

use plumb_source::Span;

use crate::SyntaxKind as K;
use crate::ast::{Attribute, Block, Body, Expr, ExprKind, Ident, Label};
use crate::characters::normal_form;
use crate::error::Origin;
use crate::event::{Event, Sink, replay};
use crate::indent;
use crate::lexer::Token;

use names::Names;
use pieces::{Piece, Pieces};

/// What the events of a whole text come to.
pub(crate) struct Tree {
    attributes: Vec<Attribute>,
    blocks: Vec<Block>,
    expression: Option<Expr>,
    span: Span,
}

impl Tree {
    pub(crate) fn into_body(self) -> Body {
        Body { attributes: self.attributes, blocks: self.blocks, ..Body::empty(self.span) }
    }

    pub(crate) fn into_expression(self) -> Expr {
        self.expression.unwrap_or(Expr { kind: ExprKind::Invalid, span: self.span })
    }
}

pub(crate) fn build(text: &str, tokens: &[Token], events: Vec<Event>, origin: Origin<'_>) -> Tree {
    let has_heredocs = tokens.iter().any(|token| token.kind == K::OpenHeredoc);
    let removals = if has_heredocs { indent::removals(text, tokens) } else { Vec::new() };
    let names = Names::new();
    let mut builder = Builder {
        source: Source { text, tokens, origin, names: &names },
        removals: removals.into_iter().peekable(),
        open: Vec::new(),
        pieces: Vec::new(),
        last: 0,
    };
    replay(events, &mut builder);
    let mut tree = Tree {
        attributes: Vec::new(),
        blocks: Vec::new(),
        expression: None,
        span: origin.span(&(0..text.len() as u32)),
    };
    for piece in builder.pieces {
        match piece {
            Piece::Attribute(attribute) => tree.attributes.push(*attribute),
            Piece::Block(block) => tree.blocks.push(*block),
            Piece::Expr(expression) => tree.expression = Some(expression),
            _ => {}
        }
    }
    tree
}

/// The text behind the tokens.
#[derive(Clone, Copy)]
struct Source<'t> {
    text: &'t str,
    tokens: &'t [Token],
    origin: Origin<'t>,
    names: &'t Names,
}

impl<'t> Source<'t> {
    fn end(&self, token: u32) -> u32 {
        let index = token as usize;
        self.tokens.get(index + 1).map_or(self.text.len() as u32, |next| next.start)
    }

    fn text(&self, token: u32) -> &'t str {
        &self.text[self.tokens[token as usize].start as usize..self.end(token) as usize]
    }

    fn span(&self, token: u32) -> Span {
        self.origin.span(&(self.tokens[token as usize].start..self.end(token)))
    }

    fn ident(&self, token: u32) -> Ident {
        Ident { text: self.names.get(self.text(token)), span: self.span(token) }
    }
}

/// A node that has started and not ended.
struct Open {
    kind: K,
    /// How many pieces there were before it.
    pieces: usize,
    token: u32,
}

struct Builder<'t> {
    source: Source<'t>,
    /// Which tokens of heredocs lose indentation, in order.
    removals: Peekable<IntoIter<(u32, u32)>>,
    open: Vec<Open>,
    pieces: Vec<Piece<'t>>,
    /// The token seen last.
    last: u32,
}

impl Sink for Builder<'_> {
    fn start(&mut self, kind: K, token: u32) {
        self.open.push(Open { kind, pieces: self.pieces.len(), token });
    }

    fn token(&mut self, token: u32) {
        self.last = token;
        let kind = self.source.tokens[token as usize].kind;
        let Some(open) = self.open.last() else { return };
        if !pieces::wants(open.kind, kind) {
            return;
        }
        let piece = match (open.kind, kind) {
            (K::Template | K::TemplateIf | K::TemplateFor, _) => self.template_text(token),
            _ => Piece::Token(kind, token),
        };
        self.pieces.push(piece);
    }

    fn finish(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let start = self.source.tokens[open.token as usize].start;
        let end = self.source.end(self.last).max(start);
        // A node without tokens lies where the next one starts.
        let end = if self.last < open.token { start } else { end };
        let span = self.source.origin.span(&(start..end));
        // These have nothing of their own: what is in them belongs to the node around them.
        if matches!(open.kind, K::File | K::IfDirective) {
            return;
        }
        let source = self.source;
        let mut children = Pieces::new(self.pieces.drain(open.pieces..), span);
        let piece = assemble(source, open.kind, span, &mut children);
        drop(children);
        self.pieces.extend(piece);
    }
}

impl<'t> Builder<'t> {
    fn template_text(&mut self, token: u32) -> Piece<'t> {
        while self.removals.next_if(|(index, _)| *index < token).is_some() {}
        let indentation = self.removals.next_if(|(index, _)| *index == token).map_or(0, |(_, count)| count);
        let Source { text, tokens, .. } = self.source;
        Piece::Text(indent::literal_text(text, tokens, token as usize, indentation), self.source.span(token))
    }
}

/// What a node with these pieces is; `None` where it means nothing.
fn assemble<'t>(source: Source<'t>, kind: K, span: Span, pieces: &mut Pieces<'_, 't>) -> Option<Piece<'t>> {
    Some(match kind {
        K::Attribute => attribute(source, span, pieces)?,
        K::Block => block(source, span, pieces)?,
        K::Label => label(source, span, pieces),
        K::Body => body(span, pieces),
        K::Missing => Piece::Expr(Expr { kind: ExprKind::Invalid, span }),
        K::Error | K::EndIfDirective | K::EndForDirective => return None,
        K::ElseDirective => Piece::Else,
        K::Interpolation | K::TemplateIf | K::TemplateFor | K::ForDirective => {
            templates::part(source, kind, span, pieces)?
        }
        _ => return expressions::assemble(source, kind, span, pieces),
    })
}

fn attribute<'t>(source: Source<'t>, span: Span, pieces: &mut Pieces<'_, 't>) -> Option<Piece<'t>> {
    let name = source.ident(pieces.token(K::Ident)?);
    let value = pieces.expression();
    Some(Piece::Attribute(Box::new(Attribute { name, value, span })))
}

fn block<'t>(source: Source<'t>, span: Span, pieces: &mut Pieces<'_, 't>) -> Option<Piece<'t>> {
    let kind = source.ident(pieces.token(K::Ident)?);
    let mut block =
        Block { header: kind.span, kind, labels: Vec::new(), body: Body::empty(span.end_point()), span };
    for piece in pieces {
        match piece {
            Piece::Label(label) => {
                block.header = block.header.to(label.span);
                block.labels.push(label);
            }
            Piece::Token(K::LeftBrace, brace) => {
                block.body.span = Span { start: source.span(brace).end, ..span };
            }
            Piece::Body(body) => {
                let content = Span { end: body.span.end.max(block.body.span.start), ..block.body.span };
                block.body = Body { span: content, ..*body };
            }
            Piece::Token(K::RightBrace | K::CloseSequence, brace) => {
                block.body.span.end = source.span(brace).start;
            }
            _ => {}
        }
    }
    Some(Piece::Block(Box::new(block)))
}

fn label<'t>(source: Source<'t>, span: Span, pieces: &mut Pieces<'_, 't>) -> Piece<'t> {
    let mut text = String::new();
    let mut quoted = true;
    for piece in pieces {
        match piece {
            Piece::Token(K::Ident, token) => {
                quoted = false;
                text.push_str(source.text(token));
            }
            Piece::Token(_, token) => text.push_str(&crate::literal::unescape(source.text(token), true)),
            _ => {}
        }
    }
    Piece::Label(Label { text: Arc::from(&*normal_form(text.into())), span, quoted })
}

fn body<'t>(span: Span, pieces: &mut Pieces<'_, 't>) -> Piece<'t> {
    let mut body = Body::empty(span);
    for piece in pieces {
        match piece {
            Piece::Attribute(attribute) => body.attributes.push(*attribute),
            Piece::Block(block) => body.blocks.push(*block),
            _ => {}
        }
    }
    Piece::Body(Box::new(body))
}
