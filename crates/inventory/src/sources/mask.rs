//! Texts as people may see them: what passwords and the like are is covered.
//!
//! Messages show the lines that they are about, and a line with a mistake may have a password beside it. So what
//! is shown has stars in the place of whatever stands behind such a name, each byte for itself, so that places in
//! the one text are places in the other.

use crate::data::is_secret_name;

/// Longer than any name that is of interest.
const NAME_BYTES_MAX: usize = 128;

/// The text with stars in the place of secrets.
pub fn masked(text: &str) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    let mut done = 0;
    let mut line = Line { start: 0, is_flow: false };
    for (at, one) in text.char_indices() {
        match one {
            '\n' => line = Line { start: at + 1, is_flow: false },
            '{' => line.is_flow = true,
            ':' | '=' if at >= done && is_secret_name(name_before(text, at)) => {
                let (start, end) = value_behind(text, at, line);
                ranges.push((start, end));
                done = end;
            }
            _ => {}
        }
    }
    with_stars(text, &ranges)
}

/// What is known of a line so far.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    /// Whether there is a mapping in it that goes on in the same line.
    is_flow: bool,
}

fn with_stars(text: &str, ranges: &[(usize, usize)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for (start, end) in ranges {
        out.push_str(&text[last..*start]);
        let covered = text[*start..*end].bytes();
        out.extend(covered.map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { '*' }));
        last = *end;
    }
    out.push_str(&text[last..]);
    out
}

/// The name in front of a separator, without quotes.
fn name_before(text: &str, at: usize) -> &str {
    let before = text[..at].trim_end_matches([' ', '\t', '"', '\'']);
    let mut start = before.len();
    for (at, one) in before.char_indices().rev() {
        if !(one.is_alphanumeric() || matches!(one, '_' | '-')) || before.len() - at > NAME_BYTES_MAX {
            break;
        }
        start = at;
    }
    &before[start..]
}

/// From where to where the value behind a separator goes; rather too far than not far enough.
fn value_behind(text: &str, separator: usize, line: Line) -> (usize, usize) {
    let behind = &text[separator + 1..];
    let start = separator + 1 + (behind.len() - behind.trim_start_matches([' ', '\t']).len());
    let value = &text[start..];
    let up_to = |ends: &[char]| value.find(ends).unwrap_or(value.len());
    let with_deeper_lines = || {
        let end = up_to(&['\n']);
        end + deeper_lines(&text[line.start..separator], &value[end..])
    };
    let length = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(value, quote).unwrap_or_else(|| up_to(&['\n'])),
        Some('[' | '{') => bracketed(value),
        _ if text[separator..].starts_with('=') => up_to_next_assignment(value),
        _ if line.is_flow => up_to(&[',', '}', '\n']),
        _ => with_deeper_lines(),
    };
    (start, start + length)
}

/// What stands in quotes, and what follows without a blank.
fn quoted(value: &str, quote: char) -> Option<usize> {
    let mut characters = value.char_indices().skip(1);
    while let Some((at, one)) = characters.next() {
        if one == '\\' && quote == '"' {
            characters.next();
        } else if one == quote {
            let rest = &value[at + 1..];
            let more = rest.find(|one: char| one.is_whitespace() || matches!(one, ',' | '}' | ']'));
            return Some(at + 1 + more.unwrap_or(rest.len()));
        }
    }
    None
}

fn bracketed(value: &str) -> usize {
    let mut depth = 0_usize;
    for (at, one) in value.char_indices() {
        match one {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    value.len()
}

/// In a line of assignments a value goes up to the next of them, for whoever forgets quotes.
fn up_to_next_assignment(value: &str) -> usize {
    for (at, one) in value.char_indices() {
        if one == '\n' {
            return at;
        }
        if !matches!(one, ' ' | '\t') {
            continue;
        }
        let rest = value[at + 1..].trim_start_matches([' ', '\t']);
        let name = rest.find(|one: char| !(one.is_alphanumeric() || one == '_')).unwrap_or(rest.len());
        if name > 0 && rest[name..].starts_with('=') {
            return at;
        }
    }
    value.len()
}

/// How long the lines are that stand deeper than the one that begins so.
fn deeper_lines(beginning: &str, rest: &str) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(beginning);
    let Some(rest) = rest.strip_prefix('\n') else { return 0 };
    let lines = rest.split_inclusive('\n');
    let deeper = lines.take_while(|line| line.trim().is_empty() || indent(line) > own);
    let length: usize = deeper.map(str::len).sum();
    if length == 0 { 0 } else { 1 + length }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_are_covered_and_nothing_else_is() {
        let cases = [
            ("a db_password=hunter2 b=c", "a db_password=******* b=c"),
            ("a password=hunter 2 b=c d", "a password=******** b=c d"),
            ("a pass=\"hun ter\\\"2\" b=c", "a pass=************ b=c"),
            ("db_password = hunter2 x", "db_password = *********"),
            ("password: hunter2\nb: c", "password: *******\nb: c"),
            ("password: |\n  hunter2\n  x\nb: c", "password: *\n*********\n***\nb: c"),
            ("  password: >-\n    a\n\n    b\n  c: d", "  password: **\n*****\n\n*****\n  c: d"),
            ("{\"token\": \"hunter2\", \"b\": 1}", "{\"token\": *********, \"b\": 1}"),
            ("{token: hunter2, b: 1}", "{token: *******, b: 1}"),
            ("{\"token\": [\"hunter2\",\n {}], \"b\": 1}", "{\"token\": ***********\n****, \"b\": 1}"),
            ("ssh_key=x pass_through=y", "ssh_key=x pass_through=y"),
            ("secret=é", "secret=**"),
            ("token:", "token:"),
            ("password='hunter2", "password=********"),
        ];
        for (text, expected) in cases {
            assert_eq!(masked(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn places_stay_where_they_are(text in "(password|a|é|[ =:\n\"'\\[\\]{},|>]){0,24}") {
            let masked = masked(&text);
            prop_assert_eq!(masked.len(), text.len());
            let breaks = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>();
            prop_assert_eq!(breaks(&masked), breaks(&text));
        }
    }
}
