//! Whether what was printed is what a document shows.

/// Stands for any number of lines.
const ANY_LINES: &str = "...";

/// Stands for any text within a line.
const ANY_TEXT: &str = "[..]";

/// Whether the lines that were printed are the expected ones. Empty lines, and spaces at the ends of
/// lines, are not looked at: documents have their own idea of white space.
pub fn matches(expected: &[String], printed: &str) -> bool {
    let expected: Vec<&str> =
        expected.iter().map(|line| line.trim_end()).filter(|line| !line.is_empty()).collect();
    let printed: Vec<&str> = printed.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines_match(&expected, &printed)
}

/// The usual matching of wildcards: where it fails, the last wildcard takes one line more.
fn lines_match(expected: &[&str], printed: &[&str]) -> bool {
    let (mut at, mut line) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while line < printed.len() {
        match expected.get(at) {
            Some(&ANY_LINES) => {
                retry = Some((at + 1, line));
                at += 1;
            }
            Some(wanted) if line_matches(wanted, printed[line]) => {
                at += 1;
                line += 1;
            }
            _ => {
                let Some((after, taken)) = retry else { return false };
                retry = Some((after, taken + 1));
                (at, line) = (after, taken + 1);
            }
        }
    }
    expected[at..].iter().all(|rest| *rest == ANY_LINES)
}

/// Each piece between wildcards is looked for as early as it can be, the last one at the end.
fn line_matches(wanted: &str, line: &str) -> bool {
    let Some((first, rest)) = wanted.split_once(ANY_TEXT) else { return wanted == line };
    let Some(mut line) = line.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = rest.split(ANY_TEXT).collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = line.find(piece) else { return false };
        line = &line[at + piece.len()..];
    }
    line.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &[&str], printed: &str, verdict: bool) {
        let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(matches(&expected, printed), verdict, "{expected:?} against {printed:?}");
    }

    #[test]
    fn wildcards_stand_for_what_is_between() {
        check(&["a", "b"], "a\n\nb  \n", true);
        check(&["a"], "a\nb\n", false);
        check(&["a", "b"], "a\n", false);
        check(&["..."], "", true);
        check(&["...", "c"], "a\nb\nc\n", true);
        check(&["...", "c"], "c\nc\nb\n", false);
        check(&["a", "...", "c", "..."], "a\nb\nc\nd\nc\n", true);
        check(&["a", "...", "b", "c"], "a\nb\nd\nb\nc\n", true);
        check(&["id = [..]"], "id = 17", true);
        check(&["id = [..]!"], "id = 17", false);
        check(&["[..]a[..]b"], "xxaxxb", true);
        check(&["a[..]b"], "b", false);
    }
}
