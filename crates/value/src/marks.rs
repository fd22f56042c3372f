//! What is known about a value besides the value.

/// A set of marks. Results of operations carry the marks of everything they were made from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marks(u8);

impl Marks {
    /// No marks.
    pub const NONE: Marks = Marks(0);
    /// Must not be shown to anyone.
    pub const SENSITIVE: Marks = Marks(1);
    /// Must not be stored in a plan or a state.
    pub const EPHEMERAL: Marks = Marks(2);

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `other` are among these.
    pub fn contains(self, other: Marks) -> bool {
        self.0 & other.0 == other.0
    }

    /// These without `other`.
    #[must_use]
    pub fn without(self, other: Marks) -> Marks {
        Marks(self.0 & !other.0)
    }

    /// Whether the value must not be shown.
    pub fn is_sensitive(self) -> bool {
        self.contains(Marks::SENSITIVE)
    }

    /// Whether the value must not be stored.
    pub fn is_ephemeral(self) -> bool {
        self.contains(Marks::EPHEMERAL)
    }
}

impl std::ops::BitOr for Marks {
    type Output = Marks;

    fn bitor(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }
}

impl std::ops::BitOrAssign for Marks {
    fn bitor_assign(&mut self, other: Marks) {
        self.0 |= other.0;
    }
}
