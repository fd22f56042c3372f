//! What a term of `-limit` means: a name, a pattern, and perhaps a part of what that means.

use regex::Regex;

use crate::glob::{Glob, has_wildcard};

/// Which names are meant.
#[derive(Debug)]
pub(super) enum Pattern {
    /// This one.
    Name(String),
    /// Those that a pattern matches.
    Glob { text: String, glob: Glob },
    /// Those that begin as a regular expression says.
    Regex { text: String, regex: Regex },
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if !has_wildcard(text) {
            return Ok(Pattern::Name(text.to_owned()));
        }
        Ok(Pattern::Glob { text: text.to_owned(), glob: Glob::parse(text)? })
    }

    /// A regular expression has to match from the beginning of a name, but not to its end.
    pub(super) fn regex(text: &str, expression: &str) -> Result<Self, String> {
        let regex = Regex::new(&format!(r"\A(?:{expression})"));
        let regex = regex.map_err(|error| {
            let last = error.to_string().lines().next_back().unwrap_or_default().to_owned();
            format!("it is no regular expression: {}", last.trim_start_matches("error: "))
        })?;
        Ok(Pattern::Regex { text: text.to_owned(), regex })
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Pattern::Name(own) => own == name,
            Pattern::Glob { glob, .. } => glob.matches(name),
            Pattern::Regex { regex, .. } => regex.is_match(name),
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Pattern::Name(text) | Pattern::Glob { text, .. } | Pattern::Regex { text, .. } => text,
        }
    }
}

/// Which of several hosts, counted from 0, and from the end where it is negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subscript {
    At(i64),
    /// From one to another, which is included; to the last one where none is said.
    Range(usize, Option<usize>),
}

impl Subscript {
    /// Takes `[3]`, `[-1]`, `[0:4]` or `[2:]` from the end of a term. Other brackets are part of a pattern.
    pub(super) fn split(text: &str) -> Result<(&str, Option<Self>), String> {
        let Some((name, inside)) = text.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) else {
            return Ok((text, None));
        };
        if name.is_empty() {
            return Ok((text, None));
        }
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = |text: &str| text.parse::<usize>().map_err(|_| format!("{text} is too large a number"));
        let magnitude = inside.strip_prefix('-').unwrap_or(inside);
        if digits(magnitude) {
            let at = inside.parse().map_err(|_| format!("{inside} is too large a number"))?;
            return Ok((name, Some(Subscript::At(at))));
        }
        if let Some((from, to)) = inside.split_once('-').filter(|(from, to)| digits(from) && digits(to)) {
            return Err(format!(
                "a part of the hosts is written as [{from}:{to}], and one of several characters as [{from}-{to}]*"
            ));
        }
        match inside.split_once(':') {
            Some((from, "")) if digits(from) => Ok((name, Some(Subscript::Range(number(from)?, None)))),
            Some((from, to)) if digits(from) && digits(to) => {
                Ok((name, Some(Subscript::Range(number(from)?, Some(number(to)?)))))
            }
            _ => Ok((text, None)),
        }
    }

    /// That part of these; why there is none.
    pub(super) fn of(&self, places: &[usize]) -> Result<Vec<usize>, String> {
        let count = places.len();
        let found: Option<&[usize]> = match *self {
            Subscript::At(at) => {
                let at =
                    if at < 0 { count.checked_sub(at.unsigned_abs() as usize) } else { Some(at as usize) };
                at.and_then(|at| places.get(at..=at))
            }
            Subscript::Range(from, to) => {
                let to = to.unwrap_or(usize::MAX).min(count.saturating_sub(1));
                places.get(from..=to).filter(|part| !part.is_empty())
            }
        };
        let counted = if count == 1 { "it is one".to_owned() } else { format!("there are {count}") };
        found.map(<[usize]>::to_vec).ok_or_else(|| format!("{counted}, counted from 0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_several_hosts() {
        let cases: &[(&str, Option<&[usize]>)] = &[
            ("w[0]", Some(&[5])),
            ("w[-1]", Some(&[8])),
            ("w[1:2]", Some(&[6, 7])),
            ("w[2:]", Some(&[7, 8])),
            ("w[2:99]", Some(&[7, 8])),
            ("w[0:0]", Some(&[5])),
            ("w[4]", None),
            ("w[-5]", None),
            ("w[4:]", None),
            ("w[3:1]", None),
        ];
        for (text, expected) in cases {
            let (name, subscript) = Subscript::split(text).expect(text);
            let part = subscript.expect("a subscript").of(&[5, 6, 7, 8]);
            assert_eq!((name, part.ok().as_deref()), ("w", *expected), "{text}");
        }
        for text in ["w[abc]", "w*", "[12]", "w[1]x"] {
            assert_eq!(Subscript::split(text), Ok((text, None)));
        }
        assert_eq!(Subscript::At(0).of(&[]), Err("there are 0, counted from 0".to_owned()));
    }
}
