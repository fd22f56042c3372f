//! Reasons below a table of Markdown, to which cells refer by number.

use std::fmt::Write as _;

/// The reasons of one table, in the order in which cells first gave them.
#[derive(Default)]
pub struct Excuses<'t>(Vec<&'t str>);

impl<'t> Excuses<'t> {
    /// The content of a cell that is empty for a reason.
    pub fn cell(&mut self, reason: &'t str) -> String {
        let known = self.0.iter().position(|excuse| *excuse == reason);
        let number = known.unwrap_or_else(|| {
            self.0.push(reason);
            self.0.len() - 1
        });
        format!("– ({})", number + 1)
    }

    /// Writes the reasons below their table.
    pub fn write(&self, text: &mut String) {
        if !self.0.is_empty() {
            text.push('\n');
        }
        for (index, excuse) in self.0.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}. {excuse}", index + 1);
        }
    }
}
