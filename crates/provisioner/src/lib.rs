//! Provisioners: programs that run here, files and programs that go to other machines.
//!
//! Responsible for doing what a provisioner's block says and for passing on what is written on the
//! way. When one runs, and what becomes of the object where it fails, the executor says.

mod arguments;
mod local_exec;
mod program;
mod quote;

use std::sync::Arc;

use plumb_state::{Provisioner, Provisioners};

use crate::local_exec::LocalExec;
use crate::program::Programs;

/// All provisioners. Names of files and directories are relative to the working directory.
pub fn provisioners() -> Provisioners {
    let programs = Arc::new(Programs::default());
    let kinds: [(&'static str, Arc<dyn Provisioner>); 1] =
        [("local-exec", Arc::new(LocalExec::new(programs)))];
    Provisioners::new(kinds)
}
