//! What went wrong, where, why, and what to do about it.
//!
//! Every error that a user can cause is a [`Diagnostic`]; functions that check or decode return
//! their result *and* [`Diagnostics`], so that one run reports everything. Rendering is one
//! function per form: [`render_text`] and [`render_json`]. Nothing here prints.

mod diagnostic;
mod suggest;

pub use diagnostic::{Diagnostic, Diagnostics, Note, Severity};
pub use suggest::{closest, did_you_mean};
