//! The tree that has every byte of the text in it, for formatting, editing and editors.

use std::ops::Range;

use rowan::{GreenNode, GreenNodeBuilder};

use crate::SyntaxKind;
use crate::event::{Event, Sink, replay};
use crate::lexer::Token;

/// The language, towards rowan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hcl {}

impl rowan::Language for Hcl {
    type Kind = SyntaxKind;

    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        SyntaxKind::ALL.get(usize::from(raw.0)).copied().unwrap_or(SyntaxKind::Error)
    }

    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        rowan::SyntaxKind(kind as u16)
    }
}

/// A node with its place in a tree. It cannot go to another thread; its green node can.
pub type SyntaxNode = rowan::SyntaxNode<Hcl>;
/// A token with its place in a tree.
pub type SyntaxToken = rowan::SyntaxToken<Hcl>;
/// A node or a token.
pub type SyntaxElement = rowan::SyntaxElement<Hcl>;

pub(crate) fn build(text: &str, tokens: &[Token], events: Vec<Event>) -> GreenNode {
    let mut sink = Builder { text, tokens, builder: GreenNodeBuilder::new(), next: 0, depth: 0 };
    replay(events, &mut sink);
    sink.builder.finish()
}

struct Builder<'t> {
    text: &'t str,
    tokens: &'t [Token],
    builder: GreenNodeBuilder<'static>,
    /// The first token that is not in the tree yet.
    next: u32,
    depth: u32,
}

impl Builder<'_> {
    /// Puts the tokens before that one in the tree. The end of the text is no token.
    fn put_before(&mut self, token: u32) {
        let end = (self.tokens.len() as u32).saturating_sub(1).min(token);
        for index in self.next..end {
            let Range { start, end } =
                self.tokens[index as usize].start..self.tokens[index as usize + 1].start;
            self.builder.token(
                rowan::SyntaxKind(self.tokens[index as usize].kind as u16),
                &self.text[start as usize..end as usize],
            );
        }
        self.next = self.next.max(end);
    }
}

impl Sink for Builder<'_> {
    fn start(&mut self, kind: SyntaxKind, token: u32) {
        // Blanks in front of a node belong to the node around it; the root takes all.
        if self.depth > 0 {
            self.put_before(token);
        }
        self.depth += 1;
        self.builder.start_node(rowan::SyntaxKind(kind as u16));
    }

    fn token(&mut self, token: u32) {
        self.put_before(token + 1);
    }

    fn finish(&mut self) {
        self.depth -= 1;
        if self.depth == 0 {
            self.put_before(u32::MAX);
        }
        self.builder.finish_node();
    }
}
