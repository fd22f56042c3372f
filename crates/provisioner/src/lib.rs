//! Provisioners: programs that run here, files and programs that go to other machines.
//!
//! Responsible for doing what a provisioner's block says and for passing on what is written on the
//! way. When one runs, and what becomes of the object where it fails, the executor says. How hosts are
//! spoken to is for `plumb-ssh`.

mod arguments;
mod connection;
mod file;
mod lines;
mod local_exec;
mod program;
mod quote;
mod remote;
mod remote_exec;
mod surroundings;
mod tail;

use std::sync::Arc;

use plumb_state::{Provisioner, Provisioners};

use crate::file::File;
use crate::local_exec::LocalExec;
use crate::program::Programs;
use crate::remote::Going;
use crate::remote_exec::RemoteExec;

pub use crate::surroundings::Surroundings;

/// All provisioners. Names of files and directories are relative to the working directory.
pub fn provisioners(surroundings: &Surroundings) -> Provisioners {
    let going = Arc::new(Going::default());
    let kinds: [(&'static str, Arc<dyn Provisioner>); 3] = [
        ("file", Arc::new(File::new(surroundings.clone(), going.clone()))),
        ("local-exec", Arc::new(LocalExec::new(Arc::new(Programs::default())))),
        ("remote-exec", Arc::new(RemoteExec::new(surroundings.clone(), going))),
    ];
    Provisioners::new(kinds)
}
