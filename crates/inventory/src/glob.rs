//! Patterns of names: `*` for any text, `?` for any character, `[abc]`, `[a-z]` and `[!abc]` for one of several.

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    One(char),
    Any,
    AnyText,
    /// One of these ranges, or none of them.
    Of {
        ranges: Vec<(char, char)>,
        is_negated: bool,
    },
}

/// Whether a text is a pattern rather than a name.
pub(crate) fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(one) = rest.chars().next() {
            rest = &rest[one.len_utf8()..];
            parts.push(match one {
                // Several mean no more than one.
                '*' if parts.last() == Some(&Part::AnyText) => continue,
                '*' => Part::AnyText,
                '?' => Part::Any,
                '[' => {
                    let (part, behind) = set(rest).ok_or("a \"[\" in it has no \"]\" behind it")?;
                    rest = behind;
                    part
                }
                other => Part::One(other),
            });
        }
        Ok(Glob(parts))
    }

    /// Whether a name is one that is meant.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut part, mut at) = (0, 0);
        // Where the last text of any length began, and how far it goes so far.
        let mut retry: Option<(usize, usize)> = None;
        while at < name.len() {
            match self.0.get(part) {
                Some(Part::AnyText) => {
                    retry = Some((part + 1, at));
                    part += 1;
                }
                Some(one) if one.is(name[at]) => {
                    part += 1;
                    at += 1;
                }
                _ => {
                    let Some((after, from)) = retry else { return false };
                    retry = Some((after, from + 1));
                    (part, at) = (after, from + 1);
                }
            }
        }
        self.0[part..].iter().all(|part| *part == Part::AnyText)
    }
}

impl Part {
    fn is(&self, one: char) -> bool {
        match self {
            Part::One(own) => *own == one,
            Part::Any | Part::AnyText => true,
            Part::Of { ranges, is_negated } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&one)) != *is_negated
            }
        }
    }
}

/// What stands behind a bracket, and what follows; a bracket that comes first is one of the characters.
fn set(text: &str) -> Option<(Part, &str)> {
    let (is_negated, inside) = match text.strip_prefix(['!', '^']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let first = inside.chars().next()?;
    let end = inside[first.len_utf8()..].find(']')? + first.len_utf8();
    let characters: Vec<char> = inside[..end].chars().collect();
    let mut ranges = Vec::new();
    let mut rest = characters.as_slice();
    while let Some((from, behind)) = rest.split_first() {
        rest = behind;
        match behind {
            ['-', to, behind @ ..] => {
                ranges.push((*from, *to));
                rest = behind;
            }
            _ => ranges.push((*from, *from)),
        }
    }
    Some((Part::Of { ranges, is_negated }, &inside[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        let cases = [
            ("web*", "web1", true),
            ("web*", "aweb1", false),
            ("*.example.com", "a.b.example.com", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("web?", "web1", true),
            ("web?", "web", false),
            ("web[12]", "web2", true),
            ("web[!12]", "web2", false),
            ("web[a-c]", "webb", true),
            ("[]]", "]", true),
            ("*", "", true),
            ("é?", "éü", true),
            ("", "", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(Glob::parse(pattern).expect(pattern).matches(name), expected, "{pattern} {name}");
        }
        Glob::parse("web[1").expect_err("no end");
        let many = format!("{}b", "*a".repeat(50));
        assert!(!Glob::parse(&many).expect("a pattern").matches(&"a".repeat(5_000)));
    }
}
