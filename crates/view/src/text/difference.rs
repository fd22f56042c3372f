//! How two values differ, ready to be drawn.
//!
//! Responsible for the form alone; [`super::comparison`] finds differences and [`super::render`]
//! draws them.

use std::sync::Arc;

/// What happens to a part of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    None,
    Create,
    Update,
    Delete,
}

impl Act {
    /// What happens to something with this part inside, where `self` is all that was known before.
    pub(crate) fn including(self, part: Act) -> Act {
        if part == Act::None || self == part { self } else { Act::Update }
    }
}

/// A part of an object before and after.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) act: Act,
    /// Whether this is why the object is replaced.
    pub(crate) replace: bool,
    pub(crate) content: Content,
}

/// What the part is.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Something short that is not a string.
    Plain(String, String),
    /// A string; null where it is absent on that side.
    Text(Option<Arc<str>>, Option<Arc<str>>),
    /// Elements in order.
    List {
        elements: Vec<Difference>,
        /// Whether neighbours of changes are shown: where the order matters, they tell the place.
        with_neighbours: bool,
    },
    /// Elements without order.
    Set {
        elements: Vec<Difference>,
        /// Whether the elements and not the set say that they force a replacement.
        blames_elements: bool,
    },
    /// Entries by key.
    Map {
        entries: Vec<(Arc<str>, Difference)>,
        /// Whether the entries are objects with their own schema.
        of_objects: bool,
    },
    /// Attributes by name.
    Object {
        attributes: Vec<(Arc<str>, Difference)>,
        /// Whether removed attributes say `-> null`.
        tells_null: bool,
    },
    /// The content of a block.
    Block { attributes: Vec<(Arc<str>, Difference)>, blocks: Vec<Blocks> },
    /// What must not be shown.
    Sensitive { before: bool, after: bool, inner: Act },
    /// A block with something in it that must not be shown.
    SensitiveBlock { before: bool, after: bool, inner: Act },
    /// Known only later; what it was before.
    Unknown(Option<Box<Difference>>),
    /// Something of another kind: what it was, and what it will be.
    OtherKind(Box<Difference>, Box<Difference>),
    /// Sent to the provider and never stored.
    WriteOnly,
}

/// The blocks of one type.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    pub(crate) kind: Arc<str>,
    /// Each with its label, where blocks of the type have one.
    pub(crate) blocks: Vec<(Option<Arc<str>>, Difference)>,
    /// Whether each of them says that it forces a replacement.
    pub(crate) replace: bool,
    /// Whether the order of the blocks has no meaning.
    pub(crate) is_set: bool,
    pub(crate) before_sensitive: bool,
    pub(crate) after_sensitive: bool,
}

impl Difference {
    /// What readers are warned of right before it: something begins or ceases to be secret.
    pub(crate) fn warning(&self) -> Option<String> {
        let (before, after, inner, is_block) = match self.content {
            Content::Sensitive { before, after, inner } => (before, after, inner, false),
            Content::SensitiveBlock { before, after, inner } => (before, after, inner, true),
            _ => return None,
        };
        if before == after || matches!(inner, Act::Create | Act::Delete) {
            return None;
        }
        let thing = if is_block { "block" } else { "value" };
        let meaning = if before { "stops being sensitive" } else { "becomes sensitive" };
        let then = if before { "it will be shown from then on" } else { "it will be hidden from then on" };
        let same = if inner == Act::None { "; nothing else about it changes" } else { "" };
        Some(format!("this {thing} {meaning}: {then}{same}"))
    }
}
