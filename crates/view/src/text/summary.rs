//! The lines with the numbers, which wrappers read.

use plumb_diagnostics::TextStyle;
use plumb_plan::Counts;

/// What the numbers are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summary {
    /// What is to be done.
    Plan,
    /// What was done.
    Apply,
    /// What was done to destroy everything.
    Destroy,
}

/// The line with the numbers, without a line break.
pub fn summary(kind: Summary, counts: &Counts) -> String {
    let (head, rest) = parts(kind, counts);
    format!("{head}{rest}")
}

/// The same line in colours.
pub fn summary_line(kind: Summary, counts: &Counts, style: &TextStyle) -> String {
    let (head, rest) = parts(kind, counts);
    match kind {
        Summary::Plan => format!("{}{rest}", style.bold(&head)),
        Summary::Apply | Summary::Destroy => style.success(&format!("{head}{rest}")),
    }
}

fn parts(kind: Summary, counts: &Counts) -> (String, String) {
    let Counts { add, change, destroy, import, .. } = counts;
    let imported = |words: &str| if *import > 0 { format!("{import} {words}, ") } else { String::new() };
    match kind {
        Summary::Plan => {
            let import = imported("to import");
            ("Plan:".to_owned(), format!(" {import}{add} to add, {change} to change, {destroy} to destroy."))
        }
        Summary::Apply => {
            let import = imported("imported");
            let rest = format!(" Resources: {import}{add} added, {change} changed, {destroy} destroyed.");
            ("Apply complete!".to_owned(), rest)
        }
        Summary::Destroy => ("Destroy complete!".to_owned(), format!(" Resources: {destroy} destroyed.")),
    }
}

/// A number as people read large ones: 3,999.
pub(crate) fn counted(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_have_commas() {
        for (number, text) in
            [(7, "7"), (999, "999"), (3999, "3,999"), (123_456, "123,456"), (1_000_000, "1,000,000")]
        {
            assert_eq!(counted(number), text);
        }
    }

    #[test]
    fn the_words_are_the_ones_that_wrappers_read() {
        let counts = Counts { add: 1, ..Counts::default() };
        assert_eq!(summary(Summary::Plan, &counts), "Plan: 1 to add, 0 to change, 0 to destroy.");
        assert_eq!(
            summary(Summary::Apply, &counts),
            "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."
        );
        let counts = Counts { destroy: 1, import: 2, forget: 1, ..counts };
        assert_eq!(
            summary(Summary::Plan, &counts),
            "Plan: 2 to import, 1 to add, 0 to change, 1 to destroy."
        );
        assert_eq!(
            summary(Summary::Apply, &counts),
            "Apply complete! Resources: 2 imported, 1 added, 0 changed, 1 destroyed."
        );
        assert_eq!(summary(Summary::Destroy, &counts), "Destroy complete! Resources: 1 destroyed.");
    }
}
