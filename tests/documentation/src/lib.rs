//! Runs what the documentation shows.
//!
//! Responsible for finding the examples of a document, for running them in a directory of their own
//! as a reader would, and for comparing what comes out with what the document says. What a document
//! shows in a fenced block of `console` is run; what it shows in any other language is written to a
//! file where the block names one, and is left alone otherwise:
//!
//! | after the three back-ticks | what it means |
//! |---|---|
//! | `console in=first-steps` | in a new copy of that directory of `examples/` |
//! | `console in=empty` | in a new, empty directory |
//! | `console` | in the directory of the block before |
//! | `hcl in=empty file=main.tf` | write this file there |
//!
//! Lines that begin with `$ ` are given to a shell; the lines after one are what it prints. A line
//! that is only `...` stands for any lines, and `[..]` within a line for any text.

mod block;
mod expected;
mod session;

pub use block::{Block, Command, Content, blocks};
pub use expected::matches;
pub use session::{Session, SessionError};
