//! Regular expressions in the syntax that the language promises, which is RE2's as Go has it.
//!
//! The engine below speaks nearly the same dialect. Responsible for the differences: classes such as
//! `\d` and word boundaries are about ASCII, classes know no set operations, stacked repetitions and
//! flags that RE2 does not know are errors, and a brace that begins no count is a brace.

use std::iter::Peekable;
use std::str::Chars;

use regex::bytes::{Regex, RegexBuilder};

/// Greatest count in a repetition.
const LARGEST_COUNT: u32 = 1000;

/// Compiles a pattern.
///
/// # Errors
/// What is wrong with the pattern, without a full stop.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = Translator::new(pattern).translate()?;
    RegexBuilder::new(&translated).build().map_err(|error| match error {
        regex::Error::Syntax(message) => {
            let last = message.lines().last().unwrap_or("it cannot be read");
            last.trim_start_matches("error: ").to_owned()
        }
        regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
        other => other.to_string(),
    })
}

/// What was read last, which decides whether a repetition may follow.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    /// Nothing that could be repeated.
    Nothing,
    Item,
    Repetition,
}

struct Translator<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
    last: Last,
}

impl<'p> Translator<'p> {
    fn new(pattern: &'p str) -> Self {
        Translator { rest: pattern.chars().peekable(), out: String::new(), last: Last::Nothing }
    }

    fn translate(mut self) -> Result<String, String> {
        while let Some(character) = self.rest.next() {
            match character {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                '|' => {
                    self.out.push('|');
                    self.last = Last::Nothing;
                }
                '*' | '+' | '?' => self.repetition(&character.to_string())?,
                '{' => match self.count()? {
                    Some(count) => self.repetition(&count)?,
                    None => self.literal('{'),
                },
                ')' | '.' | '^' | '$' => {
                    self.out.push(character);
                    self.last = Last::Item;
                }
                other => self.literal(other),
            }
        }
        Ok(self.out)
    }

    fn literal(&mut self, character: char) {
        push_literal(&mut self.out, character);
        self.last = Last::Item;
    }

    fn item(&mut self, text: &str) {
        self.out.push_str(text);
        self.last = Last::Item;
    }

    fn repetition(&mut self, operator: &str) -> Result<(), String> {
        match self.last {
            Last::Nothing => return Err(format!("missing argument to repetition operator in {operator}")),
            Last::Repetition => return Err(format!("invalid nested repetition operator in {operator}")),
            Last::Item => {}
        }
        self.out.push_str(operator);
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        self.last = Last::Repetition;
        Ok(())
    }

    /// A count behind its opening brace; nothing where the brace stands for itself.
    fn count(&mut self) -> Result<Option<String>, String> {
        let ahead: String = self.rest.clone().take_while(|character| *character != '}').collect();
        let (least, most) = match ahead.split_once(',') {
            None => (ahead.as_str(), None),
            Some((least, most)) => (least, Some(most)),
        };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let has_end = self.rest.clone().nth(ahead.chars().count()) == Some('}');
        if !has_end || !is_number(least) || !most.is_none_or(|most| most.is_empty() || is_number(most)) {
            return Ok(None);
        }
        let whole = format!("{{{ahead}}}");
        let read = |text: &str| text.parse::<u32>().ok().filter(|count| *count <= LARGEST_COUNT);
        let least = read(least).ok_or_else(|| format!("invalid repeat count in {whole}"))?;
        if let Some(most) = most.filter(|most| !most.is_empty()) {
            read(most)
                .filter(|most| *most >= least)
                .ok_or_else(|| format!("invalid repeat count in {whole}"))?;
        }
        for _ in 0..=ahead.chars().count() {
            self.rest.next();
        }
        Ok(Some(whole))
    }

    /// Behind an opening parenthesis.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        self.last = Last::Nothing;
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        let ahead: String = self.rest.clone().take(2).collect();
        let is_name = ahead.starts_with("P<")
            || (ahead.starts_with('<') && !ahead.starts_with("<=") && !ahead.starts_with("<!"));
        if is_name {
            self.out.push('?');
            for character in self.rest.by_ref() {
                self.out.push(character);
                if character == '>' {
                    return Ok(());
                }
            }
            return Err("invalid named capture".to_owned());
        }
        let mut flags = String::new();
        for character in self.rest.by_ref() {
            flags.push(character);
            match character {
                'i' | 'm' | 's' | 'U' | '-' => {}
                ':' | ')' => {
                    self.out.push('?');
                    self.out.push_str(&flags);
                    return Ok(());
                }
                _ => break,
            }
        }
        Err(format!("invalid or unsupported Perl syntax in (?{flags}"))
    }

    /// Behind a backslash outside a class.
    fn escape(&mut self) -> Result<(), String> {
        match self.rest.peek().copied() {
            Some('Q') => {
                self.rest.next();
                self.quoted();
                return Ok(());
            }
            Some('A') => self.item("\\A"),
            Some('z') => self.item("\\z"),
            Some('b') => self.item("(?-u:\\b)"),
            Some('B') => self.item("(?-u:\\B)"),
            _ => {
                let piece = self.class_escape()?;
                let text = match piece {
                    Piece::Character(character) => {
                        self.literal(character);
                        return Ok(());
                    }
                    Piece::Class(inside) => format!("[{inside}]"),
                };
                self.item(&text);
                return Ok(());
            }
        }
        self.rest.next();
        Ok(())
    }

    /// Everything up to `\E`, literally.
    fn quoted(&mut self) {
        while let Some(character) = self.rest.next() {
            if character == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            self.literal(character);
        }
    }

    /// An escape that means a character or a class of them.
    fn class_escape(&mut self) -> Result<Piece, String> {
        let Some(character) = self.rest.next() else {
            return Err("trailing backslash at end of expression".to_owned());
        };
        let class = |inside: &str| Ok(Piece::Class(inside.to_owned()));
        match character {
            'd' => class("0-9"),
            'D' => class("[^0-9]"),
            'w' => class("0-9A-Za-z_"),
            'W' => class("[^0-9A-Za-z_]"),
            's' => class("\\t\\n\\f\\r\\x20"),
            'S' => class("[^\\t\\n\\f\\r\\x20]"),
            'p' | 'P' => self.unicode_class(character).map(Piece::Class),
            'a' => Ok(Piece::Character('\u{7}')),
            'f' => Ok(Piece::Character('\u{c}')),
            'n' => Ok(Piece::Character('\n')),
            'r' => Ok(Piece::Character('\r')),
            't' => Ok(Piece::Character('\t')),
            'v' => Ok(Piece::Character('\u{b}')),
            'x' => self.hexadecimal().map(Piece::Character),
            '0'..='7' => self.octal(character).map(Piece::Character),
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => Ok(Piece::Character(other)),
            other => Err(format!("invalid escape sequence in \\{other}")),
        }
    }

    fn octal(&mut self, first: char) -> Result<char, String> {
        let is_octal = |character: &char| ('0'..='7').contains(character);
        if first != '0' && !self.rest.peek().is_some_and(is_octal) {
            return Err(format!("invalid escape sequence in \\{first}"));
        }
        let mut value = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            let Some(digit) = self.rest.next_if(is_octal) else { break };
            value = value * 8 + digit.to_digit(8).unwrap_or(0);
        }
        char::from_u32(value).ok_or_else(|| "invalid escape sequence".to_owned())
    }

    fn hexadecimal(&mut self) -> Result<char, String> {
        let digits: String = if self.rest.next_if_eq(&'{').is_some() {
            self.rest.by_ref().take_while(|character| *character != '}').collect()
        } else {
            self.rest.by_ref().take(2).collect()
        };
        u32::from_str_radix(&digits, 16)
            .ok()
            .and_then(char::from_u32)
            .ok_or_else(|| format!("invalid escape sequence in \\x{digits}"))
    }

    /// `\pN`, `\p{Greek}` or `\p{^Greek}`.
    fn unicode_class(&mut self, letter: char) -> Result<String, String> {
        let name: String = match self.rest.next() {
            Some('{') => self.rest.by_ref().take_while(|character| *character != '}').collect(),
            Some(one) => one.to_string(),
            None => return Err(format!("invalid character class range in \\{letter}")),
        };
        let (is_inverted, name) = match name.strip_prefix('^') {
            Some(name) => (true, name.to_owned()),
            None => (false, name),
        };
        let is_negative = (letter == 'P') != is_inverted;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(format!("invalid character class range in \\{letter}{{{name}}}"));
        }
        Ok(format!("\\{}{{{name}}}", if is_negative { 'P' } else { 'p' }))
    }

    /// A class behind its opening bracket.
    fn class(&mut self) -> Result<(), String> {
        let missing = || "missing closing ] in [".to_owned();
        let mut inside = String::from("[");
        if self.rest.next_if_eq(&'^').is_some() {
            inside.push('^');
        }
        let mut is_first = true;
        loop {
            let character = self.rest.next().ok_or_else(missing)?;
            if character == ']' && !is_first {
                break;
            }
            is_first = false;
            if character == '[' && self.rest.peek() == Some(&':') && self.posix_class(&mut inside) {
                continue;
            }
            let low = match self.class_piece(character)? {
                Piece::Class(text) => {
                    inside.push_str(&text);
                    continue;
                }
                Piece::Character(low) => low,
            };
            let mut ahead = self.rest.clone();
            let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|next| next != ']');
            if !is_range {
                push_literal(&mut inside, low);
                continue;
            }
            self.rest.next();
            let next = self.rest.next().ok_or_else(missing)?;
            let Piece::Character(high) = self.class_piece(next)? else {
                return Err(format!("invalid character class range in {low}-\\"));
            };
            if high < low {
                return Err(format!("invalid character class range in {low}-{high}"));
            }
            push_literal(&mut inside, low);
            inside.push('-');
            push_literal(&mut inside, high);
        }
        inside.push(']');
        self.item(&inside);
        Ok(())
    }

    fn class_piece(&mut self, character: char) -> Result<Piece, String> {
        if character == '\\' { self.class_escape() } else { Ok(Piece::Character(character)) }
    }

    /// `[:alpha:]` within a class, if that is what follows the bracket.
    fn posix_class(&mut self, inside: &mut String) -> bool {
        let name: String = self.rest.clone().skip(1).take_while(|character| *character != ':').collect();
        let end: String = self.rest.clone().skip(1 + name.chars().count()).take(2).collect();
        let plain = name.strip_prefix('^').unwrap_or(&name);
        let is_known = matches!(
            plain,
            "alnum"
                | "alpha"
                | "ascii"
                | "blank"
                | "cntrl"
                | "digit"
                | "graph"
                | "lower"
                | "print"
                | "punct"
                | "space"
                | "upper"
                | "word"
                | "xdigit"
        );
        if end != ":]" || !is_known {
            return false;
        }
        inside.push_str(&format!("[:{name}:]"));
        for _ in 0..name.chars().count() + 3 {
            self.rest.next();
        }
        true
    }
}

/// What an escape stands for.
enum Piece {
    Character(char),
    /// What to write between the brackets of a class.
    Class(String),
}

/// A character that stands for itself in every position.
fn push_literal(out: &mut String, character: char) {
    if character.is_ascii_alphanumeric() || !character.is_ascii() {
        out.push(character);
    } else {
        out.push_str(&format!("\\x{{{:X}}}", u32::from(character)));
    }
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn reads_the_dialect_of_the_language() {
        for (pattern, text, found) in [
            ("\\d+", "٣3", Some("3")),
            ("^\\w+$", "é", None),
            ("\\bfoo\\b", "a foo b", Some("foo")),
            ("[a&&b]", "&", Some("&")),
            ("[a[b]", "[", Some("[")),
            ("x{,5}", "x{,5}", Some("x{,5}")),
            ("\\Qa.b\\E", "axb", None),
            ("[[:alpha:]]+", "12abc", Some("abc")),
            ("\\101", "A", Some("A")),
            ("[]a]+", "]a", Some("]a")),
            ("(?U)a+", "aaa", Some("a")),
            ("\\p{^Greek}", "γa", Some("a")),
            ("[\\w-]+", "a-b", Some("a-b")),
            ("[^\\W_]+", "_a_", Some("a")),
        ] {
            let regex = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            let actual = regex.find(text.as_bytes()).map(|found| found.as_bytes());
            assert_eq!(actual, found.map(str::as_bytes), "{pattern}");
        }
        for pattern in [
            "(", "[", "*", "a**", "a++", "(?!a)", "(?x)a", "\\1", "a{2000}", "\\C", "\\Z", "[a--b]",
            "a{2,1}", "\\",
        ] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
