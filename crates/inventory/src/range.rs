//! Names with ranges in them: `web[01:20].example.com` stands for twenty.
//!
//! As Ansible has it: `[begin:end]` or `[begin:end:step]`, both ends included, of numbers or of single letters;
//! zeros in front are kept where the beginning has some. Several ranges in one name are combined.

use crate::name::quoted;

/// Letters in the order in which a range of them counts.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// How many hosts one name may stand for.
const HOSTS_MAX: usize = 1_000_000;

/// Whether there is a range in a text.
pub(crate) fn has_range(text: &str) -> bool {
    text.contains('[')
}

/// All names that a text stands for, in order; a text without ranges stands for itself.
///
/// # Errors
/// What is wrong, as a sentence without its full stop.
pub(crate) fn expand(text: &str) -> Result<Vec<String>, String> {
    let unopened = || format!("the \"]\" in {} has no \"[\" before it", quoted(text));
    let mut names = vec![String::new()];
    let mut rest = text;
    while let Some((head, behind)) = rest.split_once('[') {
        if head.contains(']') {
            return Err(unopened());
        }
        let (range, tail) = behind
            .split_once(']')
            .ok_or_else(|| format!("the \"[\" in {} has no \"]\" behind it", quoted(text)))?;
        let parts = Range::parse(range)?.parts()?;
        if names.len().saturating_mul(parts.len()) > HOSTS_MAX {
            return Err(format!("{} stands for more than {HOSTS_MAX} hosts", quoted(text)));
        }
        names = combine(&names, head, &parts);
        rest = tail;
    }
    if rest.contains(']') {
        return Err(unopened());
    }
    names.iter_mut().for_each(|name| name.push_str(rest));
    Ok(names)
}

/// Every beginning with every part behind it.
fn combine(names: &[String], head: &str, parts: &[String]) -> Vec<String> {
    let with_part = |name: &String| {
        let start = format!("{name}{head}");
        parts.iter().map(move |part| format!("{start}{part}")).collect::<Vec<_>>()
    };
    names.iter().flat_map(with_part).collect()
}

/// What stands between the brackets.
struct Range<'a> {
    text: &'a str,
    begin: &'a str,
    end: &'a str,
    step: usize,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Result<Self, String> {
        let bounds: Vec<&str> = text.split(':').collect();
        let (begin, end, step) = match bounds.as_slice() {
            [begin, end] => (*begin, *end, "1"),
            [begin, end, step] => (*begin, *end, *step),
            _ => {
                return Err(format!(
                    "the range {} must be [begin:end] or [begin:end:step]",
                    quoted(&format!("[{text}]"))
                ));
            }
        };
        let begin = if begin.is_empty() { "0" } else { begin };
        let step = step.parse::<usize>().ok().filter(|step| *step > 0);
        let range = Range { text, begin, end, step: step.unwrap_or(1) };
        if step.is_none() {
            return Err(range.refused("has a step that is no number above 0"));
        }
        if end.is_empty() {
            return Err(range.refused("has no end"));
        }
        Ok(range)
    }

    fn refused(&self, why: &str) -> String {
        format!("the range {} {why}", quoted(&format!("[{}]", self.text)))
    }

    /// What it stands for, in order.
    fn parts(&self) -> Result<Vec<String>, String> {
        if let (Some(begin), Some(end)) = (letter(self.begin), letter(self.end)) {
            self.check_order(begin, end)?;
            let letters = LETTERS.chars().skip(begin).take(end - begin + 1).step_by(self.step);
            return Ok(letters.map(String::from).collect());
        }
        let number = |text: &str| {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<usize>().ok().filter(|_| is_number)
        };
        let (Some(begin), Some(end)) = (number(self.begin), number(self.end)) else {
            return Err(self.refused("must go from one number to another, or from one letter to another"));
        };
        self.check_order(begin, end)?;
        if (end - begin) / self.step >= HOSTS_MAX {
            return Err(self.refused(&format!("stands for more than {HOSTS_MAX} hosts")));
        }
        let width = self.width()?;
        Ok((begin..=end).step_by(self.step).map(|at| format!("{at:0width$}")).collect())
    }

    fn check_order(&self, begin: usize, end: usize) -> Result<(), String> {
        if begin > end { Err(self.refused("ends before it begins")) } else { Ok(()) }
    }

    /// How many digits each number has at least.
    fn width(&self) -> Result<usize, String> {
        if !(self.begin.starts_with('0') && self.begin.len() > 1) {
            return Ok(0);
        }
        if self.begin.len() != self.end.len() {
            return Err(self.refused("begins with zeros, so that its end must have as many digits"));
        }
        Ok(self.begin.len())
    }
}

fn letter(text: &str) -> Option<usize> {
    if text.len() == 1 { LETTERS.find(text) } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_stand_for_names() {
        let cases: &[(&str, &[&str])] = &[
            ("web1", &["web1"]),
            ("w[1:3]", &["w1", "w2", "w3"]),
            ("w[08:11].x", &["w08.x", "w09.x", "w10.x", "w11.x"]),
            ("w[1:10:4]", &["w1", "w5", "w9"]),
            ("w[:2]", &["w0", "w1", "w2"]),
            ("[a:c]", &["a", "b", "c"]),
            ("[y:B]", &["y", "z", "A", "B"]),
            ("r[1:2]n[a:b]", &["r1na", "r1nb", "r2na", "r2nb"]),
            ("w[9:10]", &["w9", "w10"]),
            ("w[0:0]", &["w0"]),
        ];
        for (text, names) in cases {
            assert_eq!(expand(text).expect(text), *names, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases = [
            ("w[1:", "has no \"]\""),
            ("w1]", "has no \"[\""),
            ("w]1[1:2]", "has no \"[\""),
            ("w[1]", "must be [begin:end]"),
            ("w[1:2:3:4]", "must be [begin:end]"),
            ("w[1:]", "has no end"),
            ("w[3:1]", "ends before it begins"),
            ("w[1:3:0]", "a step"),
            ("w[1:3:x]", "a step"),
            ("w[01:100]", "as many digits"),
            ("w[a:3]", "from one number"),
            ("w[+1:+3]", "from one number"),
            ("w[1:99999999999]", "more than 1000000"),
            ("w[1:2000][1:2000]", "more than 1000000"),
            ("w[1:99999999999999999999999]", "from one number"),
        ];
        for (text, why) in cases {
            let said = expand(text).expect_err(text);
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    proptest! {
        #[test]
        fn a_range_counts_as_its_ends_say(begin in 0_usize..500, more in 0_usize..500, step in 1_usize..9) {
            let names = expand(&format!("w[{begin}:{}:{step}].x", begin + more)).expect("a range");
            prop_assert_eq!(names.len(), more / step + 1);
            for (at, name) in names.iter().enumerate() {
                prop_assert_eq!(name, &format!("w{}.x", begin + at * step));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a-c0-9\\[\\]:]{0,12}") {
            if let Ok(names) = expand(&text) {
                prop_assert!(!names.is_empty());
                prop_assert!(names.iter().all(|name| !name.contains(['[', ']'])));
            }
        }
    }
}
