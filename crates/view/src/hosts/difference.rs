//! How the content of a file changes, line by line.

use plumb_deploy::Difference;
use plumb_diagnostics::TextStyle;
use similar::{ChangeTag, TextDiff};

/// Lines around what changes.
const AROUND: usize = 3;
/// More lines than that are for whoever reads the file.
const LINES_MAX: usize = 120;

/// The lines that change, with those around them.
pub(super) fn lines(difference: &Difference, style: &TextStyle) -> Vec<String> {
    let after = difference.after.bytes();
    let Some(before) = &difference.before else {
        return vec![format!(
            "its content, of which what was there is not shown, gets {} bytes",
            after.len()
        )];
    };
    let before = before.bytes();
    let (Ok(before_text), Ok(after_text)) = (std::str::from_utf8(before), std::str::from_utf8(after)) else {
        return vec![format!("content that is no text: {} bytes become {}", before.len(), after.len())];
    };
    let diff = TextDiff::from_lines(before_text, after_text);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        if !lines.is_empty() {
            lines.push(style.faint("..."));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = visible(change.value().trim_end_matches('\n'));
            lines.push(match change.tag() {
                ChangeTag::Delete => style.red(&format!("- {text}")),
                ChangeTag::Insert => style.green(&format!("+ {text}")),
                ChangeTag::Equal => format!("  {text}"),
            });
            if change.missing_newline() {
                lines.push(style.faint("  (no end of line)"));
            }
        }
    }
    if lines.len() > LINES_MAX {
        let more = lines.len() - LINES_MAX;
        lines.truncate(LINES_MAX);
        lines.push(style.faint(&format!("... {more} more lines")));
    }
    lines
}

/// A line without what would move the cursor or dress what follows.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => shown.push('\t'),
            control if control.is_control() => shown.extend(control.escape_default()),
            other => shown.push(other),
        }
    }
    shown
}
