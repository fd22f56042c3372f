//! What inventories are read with: everything that is outside of this process.

use std::path::{Path, PathBuf};

use plumb_diagnostics::Diagnostics;
use plumb_source::{Files, SourceMap};
use plumb_state::State;

use crate::programs::Programs;

/// What inventories are read with.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The disk.
    pub files: &'a dyn Files,
    /// Where texts go that places are in.
    pub sources: &'a SourceMap,
    /// Who runs programs.
    pub programs: &'a dyn Programs,
    /// Who runs code.
    pub code: &'a dyn Code,
    /// Who knows the state of the working directory.
    pub states: &'a dyn States,
    /// The user's own `ssh_config`, where it is known.
    pub ssh_config: Option<&'a PathBuf>,
}

/// Who runs code that says which hosts there are.
pub trait Code {
    /// What the code of a file says, as JSON.
    ///
    /// # Errors
    /// What is wrong with it.
    fn inventory(&self, path: &Path) -> Result<String, Diagnostics>;
}

/// Who knows the state of the working directory, in whatever backend it is.
pub trait States {
    /// The state.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn state(&self) -> Result<State, Diagnostics>;
}
