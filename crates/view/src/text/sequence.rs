//! Which elements of two sequences belong together.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Positions of an element before and after; at least one is there.
pub(crate) type Match = (Option<usize>, Option<usize>);

/// Matches two sequences, equal elements having equal keys, so that as much as can be stays the same.
/// Neighbours of which one goes and one comes are matched where `are_alike` says that showing how one
/// became the other helps.
pub(crate) fn align(
    before: &[String],
    after: &[String],
    are_alike: &dyn Fn(usize, usize) -> bool,
) -> Vec<Match> {
    let (before_ids, after_ids) = number(before, after);
    let operations = capture_diff_slices(Algorithm::Myers, &before_ids, &after_ids);
    if before.len() == after.len() {
        let kept: usize =
            operations.iter().map(|one| if is_equal(one) { one.old_range().len() } else { 0 }).sum();
        let in_place = before_ids.iter().zip(&after_ids).filter(|(one, two)| one == two).count();
        // Elements were changed where they are rather than moved about.
        if in_place >= kept {
            return (0..before.len()).map(|at| (Some(at), Some(at))).collect();
        }
    }
    let mut matches = Vec::with_capacity(before.len().max(after.len()));
    for operation in &operations {
        let (mut old, mut new) = (operation.old_range(), operation.new_range());
        if is_equal(operation) {
            matches.extend(old.zip(new).map(|(old, new)| (Some(old), Some(new))));
            continue;
        }
        for old in old.by_ref() {
            if new.start < new.end && are_alike(old, new.start) {
                matches.push((Some(old), new.next()));
            } else {
                matches.push((Some(old), None));
            }
        }
        matches.extend(new.map(|new| (None, Some(new))));
    }
    matches
}

fn is_equal(operation: &DiffOp) -> bool {
    matches!(operation, DiffOp::Equal { .. })
}

/// The same number for equal keys, for texts are slow to compare over and over.
fn number<'k>(before: &'k [String], after: &'k [String]) -> (Vec<u32>, Vec<u32>) {
    let mut numbers: HashMap<&'k str, u32> = HashMap::new();
    let mut of = |keys: &'k [String]| -> Vec<u32> {
        keys.iter()
            .map(|key| {
                let next = numbers.len() as u32;
                *numbers.entry(key).or_insert(next)
            })
            .collect()
    };
    (of(before), of(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, expected: &str) {
        let keys = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        let (before, after) = (keys(before), keys(after));
        let shown: Vec<String> = align(&before, &after, &|_, _| false)
            .into_iter()
            .map(|pair| match pair {
                (Some(old), Some(new)) if before[old] == after[new] => before[old].clone(),
                (Some(old), Some(new)) => format!("{}>{}", before[old], after[new]),
                (Some(old), None) => format!("-{}", before[old]),
                (None, Some(new)) => format!("+{}", after[new]),
                (None, None) => "?".to_owned(),
            })
            .collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn what_stays_is_kept_together() {
        check("a", "b", "a>b");
        check("abc", "axc", "a b>x c");
        check("ab", "b", "-a b");
        check("xyz", "xnzw", "x -y +n z +w");
        check("abcdef", "bcdefg", "-a b c d e f +g");
        check("pq", "qr", "-p q +r");
        check("", "ab", "+a +b");
        check("ab", "cde", "-a -b +c +d +e");
    }

    #[test]
    fn long_sequences_are_no_trouble() {
        let before: Vec<String> = (0..20_000).map(|number| number.to_string()).collect();
        let after: Vec<String> = (1..20_001).map(|number| number.to_string()).collect();
        assert_eq!(align(&before, &after, &|_, _| false).len(), 20_001);
    }
}
