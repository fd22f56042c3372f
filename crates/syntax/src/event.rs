//! What the grammar says about a text, as a flat list, and how it becomes a tree.
//!
//! The grammar builds no tree itself: it writes events, which every kind of tree is made from.

use crate::SyntaxKind;

/// One thing that the grammar found, in the order of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A node starts at a token.
    Start {
        /// What it is; [`SyntaxKind::Tombstone`] where it came to nothing.
        kind: SyntaxKind,
        /// The first token of it.
        token: u32,
        /// How many events further on the node starts that this one turned out to be inside, such
        /// as the sum of which it is the first operand; 0 where there is none.
        parent: u32,
    },
    /// The next token of the innermost open node. What lies before it belongs there as well, but
    /// means nothing.
    Token(u32),
    /// The innermost open node ends.
    Finish,
}

/// What is told about nodes and tokens in the order of the text, properly nested.
pub(crate) trait Sink {
    /// A node starts at this token.
    fn start(&mut self, kind: SyntaxKind, token: u32);
    /// The next token that the grammar looked at.
    fn token(&mut self, token: u32);
    /// The innermost open node ends.
    fn finish(&mut self);
}

/// Tells the sink about everything, with nodes nested as they should be.
pub(crate) fn replay(mut events: Vec<Event>, sink: &mut impl Sink) {
    let mut kinds = Vec::new();
    for index in 0..events.len() {
        match events[index] {
            Event::Start { kind: SyntaxKind::Tombstone, parent: 0, .. } => {}
            Event::Start { kind, token, parent } => {
                kinds.push(kind);
                collect_parents(&mut events, index, parent, &mut kinds);
                for kind in kinds.drain(..).rev().filter(|kind| *kind != SyntaxKind::Tombstone) {
                    sink.start(kind, token);
                }
            }
            Event::Token(token) => sink.token(token),
            Event::Finish => sink.finish(),
        }
    }
}

/// Follows the nodes that contain this one although they were started later, and takes them out.
fn collect_parents(events: &mut [Event], index: usize, parent: u32, kinds: &mut Vec<SyntaxKind>) {
    let mut at = index;
    let mut next = parent;
    while next != 0 {
        at += next as usize;
        let Event::Start { kind, parent, .. } = &mut events[at] else { return };
        kinds.push(std::mem::replace(kind, SyntaxKind::Tombstone));
        next = std::mem::take(parent);
    }
}
