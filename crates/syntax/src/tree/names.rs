//! Names that come again and again, kept once.

use std::cell::RefCell;
use std::sync::Arc;

use crate::characters::normal_form;

/// How many names are remembered at a time; a power of two.
const SLOTS: usize = 1024;

/// The names met lately. A file has few different ones, so most need no memory of their own.
pub(super) struct Names {
    slots: RefCell<Vec<Option<Arc<str>>>>,
}

impl Names {
    pub(super) fn new() -> Self {
        Names { slots: RefCell::new(vec![None; SLOTS]) }
    }

    /// The name in normal form.
    pub(super) fn get(&self, name: &str) -> Arc<str> {
        let mut slots = self.slots.borrow_mut();
        let slot = &mut slots[hash(name) % SLOTS];
        match slot {
            Some(known) if **known == *name => known.clone(),
            _ => {
                let new: Arc<str> = Arc::from(&*normal_form(name.into()));
                *slot = Some(new.clone());
                new
            }
        }
    }
}

/// Good enough to spread the names of one file; collisions cost a little memory, nothing else.
fn hash(name: &str) -> usize {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        as usize
        >> 7
}
