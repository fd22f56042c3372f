//! What went wrong, where, why, and what to do about it.
//!
//! Every error that a user can cause is a [`Diagnostic`]; functions that check or decode return
//! their result *and* [`Diagnostics`], so that one run reports everything. Rendering is one
//! function per form: [`render_text`] and [`render_json`]. Nothing here prints.

mod consolidate;
mod diagnostic;
mod enclosing;
mod json;
mod snippet;
mod style;
mod suggest;
#[cfg(test)]
mod tests;
mod text;

pub use diagnostic::{Deprecation, Diagnostic, Diagnostics, Note, Severity};
pub use json::render_json;
pub use style::TextStyle;
pub use suggest::{closest, did_you_mean};
pub use text::{render_all_text, render_compact_text, render_text};
