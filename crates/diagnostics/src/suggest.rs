//! Guesses at what the user meant.

/// The candidate nearest to `given`, if one is near enough to be a likely slip of the finger.
pub fn closest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the letters may be wrong, as a rule of thumb; one always may.
    let length = given.chars().count();
    let limit = (length / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != given)
        // Each letter too many is an edit. So a name of a million letters is not looked at letter by letter.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| (distance(given, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The sentence ` Did you mean "x"?` with its leading space, or nothing.
pub fn did_you_mean<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    closest(given, candidates).map(|name| format!(" Did you mean \"{name}\"?")).unwrap_or_default()
}

/// Edits (insert, remove, replace, swap of neighbours) that turn one text into the other.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let replaced = last[column] + usize::from(from != to);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *from == right[column - 1] && left[row - 1] == *to {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_near_names_only() {
        assert_eq!(closest("regoin", ["region", "name"]), Some("region"));
        assert_eq!(closest("naem", ["region", "name"]), Some("name"));
        assert_eq!(closest("zone", ["region", "name"]), None);
        assert_eq!(did_you_mean("vpc_idd", ["vpc_id"]), " Did you mean \"vpc_id\"?");
    }
}
