//! Splits the text of an address into its steps.
//!
//! Responsible for names, instance keys in brackets and their escapes, as the language writes them.
//! What the steps mean together is for the parsers of the single kinds of address.

use std::sync::Arc;

use plumb_value::Value;

use crate::{AddressError, InstanceKey};

/// One part of an address.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// A name at the beginning or behind a dot.
    Name(Arc<str>),
    /// A key in brackets.
    Key(InstanceKey),
}

/// The steps of an address, taken one after the other.
pub(crate) struct Steps {
    steps: Vec<(usize, Step)>,
    next: usize,
    end: usize,
}

impl Steps {
    /// Splits a text.
    pub(crate) fn scan(text: &str) -> Result<Steps, AddressError> {
        let mut scanner = Scanner { text, at: 0 };
        let mut steps = vec![scanner.first()?];
        while let Some(step) = scanner.following()? {
            steps.push(step);
        }
        Ok(Steps { steps, next: 0, end: text.trim_end().len() })
    }

    /// Where the next step begins, or where the text ends.
    pub(crate) fn position(&self) -> usize {
        self.steps.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    /// Where the text ends.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.next == self.steps.len()
    }

    /// The next step, if it is a name.
    pub(crate) fn peek_name(&self) -> Option<&Arc<str>> {
        match self.steps.get(self.next) {
            Some((_, Step::Name(name))) => Some(name),
            _ => None,
        }
    }

    /// Takes the next step if it is a name.
    pub(crate) fn name(&mut self) -> Option<Arc<str>> {
        let name = self.peek_name()?.clone();
        self.next += 1;
        Some(name)
    }

    /// Takes the next step if it is this very name.
    pub(crate) fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.peek_name().is_some_and(|name| &**name == keyword);
        self.next += usize::from(found);
        found
    }

    /// Takes the next step if it is a key; [`InstanceKey::None`] where it is not.
    pub(crate) fn key(&mut self) -> InstanceKey {
        match self.steps.get(self.next) {
            Some((_, Step::Key(key))) => {
                self.next += 1;
                key.clone()
            }
            _ => InstanceKey::None,
        }
    }
}

/// Whether a name may begin with this character.
pub(crate) fn starts_name(character: char) -> bool {
    character == '_' || unicode_ident::is_xid_start(character)
}

/// Whether this character may stand inside a name.
pub(crate) fn continues_name(character: char) -> bool {
    character == '-' || unicode_ident::is_xid_continue(character)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, character: char) -> bool {
        let found = self.rest().starts_with(character);
        if found {
            self.at += character.len_utf8();
        }
        found
    }

    /// A name at the position, or nothing.
    fn name(&mut self) -> Option<(usize, Step)> {
        self.skip_spaces();
        let rest = self.rest();
        if !rest.starts_with(starts_name) {
            return None;
        }
        let length = rest.find(|character| !continues_name(character)).unwrap_or(rest.len());
        let step = (self.at, Step::Name(rest[..length].into()));
        self.at += length;
        Some(step)
    }

    fn first(&mut self) -> Result<(usize, Step), AddressError> {
        self.name().ok_or_else(|| {
            AddressError::new(self.at, "Must begin with a name.")
                .hint("Addresses look like aws_instance.web, data.aws_ami.ubuntu or module.network.aws_vpc.main[0].")
        })
    }

    fn following(&mut self) -> Result<Option<(usize, Step)>, AddressError> {
        self.skip_spaces();
        let start = self.at;
        if self.rest().is_empty() {
            return Ok(None);
        }
        if self.eat('.') {
            return self.name().map(Some).ok_or_else(|| self.no_name_behind_dot());
        }
        if self.eat('[') {
            let key = self.key()?;
            return Ok(Some((start, Step::Key(key))));
        }
        Err(AddressError::new(start, "Only a dot with a name or a key in brackets can follow here."))
    }

    fn no_name_behind_dot(&self) -> AddressError {
        let error = AddressError::new(self.at, "Dot must be followed by a name.");
        let digits =
            self.rest().find(|character: char| !character.is_ascii_digit()).unwrap_or(self.rest().len());
        match &self.rest()[..digits] {
            "" => error,
            number => error.hint(format!("The number of an instance stands in brackets: [{number}].")),
        }
    }

    /// What stands in brackets, and the closing one.
    fn key(&mut self) -> Result<InstanceKey, AddressError> {
        self.skip_spaces();
        let key = match self.rest().chars().next() {
            Some('"') => self.text_key()?,
            Some(digit) if digit.is_ascii_digit() => self.number_key()?,
            _ => return Err(self.bad_key()),
        };
        self.skip_spaces();
        if self.eat(']') {
            return Ok(key);
        }
        Err(AddressError::new(self.at, "The bracket that begins an instance key is not closed.")
            .hint("Write the whole key and then ]."))
    }

    fn bad_key(&self) -> AddressError {
        let error = AddressError::new(
            self.at,
            "Index brackets must contain either a literal number or a literal string.",
        );
        let inside = self.rest().split(']').next().unwrap_or_default();
        let bare = inside.trim().trim_matches('\'');
        if bare == "*" {
            error.hint("Name one instance, or leave the brackets out to mean all of them.")
        } else if bare.starts_with(starts_name) {
            let key = InstanceKey::String(bare.into());
            error.hint(format!("Keys are written in double quotes: {key}. Shells often remove them, so put single quotes around the whole address."))
        } else {
            error
        }
    }

    fn number_key(&mut self) -> Result<InstanceKey, AddressError> {
        let start = self.at;
        let rest = self.rest();
        let length = rest.find(|character: char| !is_numeric(character)).unwrap_or(rest.len());
        let number = whole_number(&rest[..length]).ok_or_else(|| {
            AddressError::new(
                start,
                "Invalid instance key: value must be a whole number, between -9223372036854775808 and 9223372036854775807.",
            )
        })?;
        self.at += length;
        Ok(InstanceKey::Int(number))
    }

    fn text_key(&mut self) -> Result<InstanceKey, AddressError> {
        let start = self.at;
        self.at += 1;
        let mut key = String::new();
        loop {
            let at = self.at;
            let Some(character) = self.rest().chars().next() else {
                return Err(AddressError::new(start, "The closing quote mark of the key is missing.")
                    .hint("Shells often remove quotes, so put single quotes around the whole address."));
            };
            self.at += character.len_utf8();
            match character {
                '"' => break,
                '\\' => key.push(self.escape(at)?),
                '\n' | '\r' => {
                    return Err(AddressError::new(at, "A key cannot contain a line break as such.")
                        .hint("Write \\n for a line break."));
                }
                '$' | '%' => key.push_str(self.template(character, at)?),
                other => key.push(other),
            }
        }
        // Keys come from values of the language, which are in normal form.
        let value = Value::string(key);
        Ok(value.as_text().map_or(InstanceKey::None, |text| InstanceKey::String(text.clone())))
    }

    /// What a backslash and what is behind it mean; the backslash is read already.
    fn escape(&mut self, start: usize) -> Result<char, AddressError> {
        let unknown = || {
            AddressError::new(start, "This is no escape sequence.")
                .hint("A backslash itself is written \\\\. The others are \\n, \\r, \\t, \\\", \\u with four and \\U with eight hexadecimal digits.")
        };
        let character = self.rest().chars().next().ok_or_else(unknown)?;
        self.at += character.len_utf8();
        let digits = match character {
            'n' => return Ok('\n'),
            'r' => return Ok('\r'),
            't' => return Ok('\t'),
            '"' | '\\' => return Ok(character),
            'u' => 4,
            'U' => 8,
            _ => return Err(unknown()),
        };
        let code = self.rest().get(..digits).ok_or_else(unknown)?;
        if !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        self.at += digits;
        u32::from_str_radix(code, 16).ok().and_then(char::from_u32).ok_or_else(unknown)
    }

    /// What a `$` or `%` means here: itself, or with another one the beginning of no template.
    fn template(&mut self, introducer: char, start: usize) -> Result<&'static str, AddressError> {
        let (itself, brace) = if introducer == '$' { ("$", "${") } else { ("%", "%{") };
        if self.rest().starts_with('{') {
            return Err(AddressError::new(start, "Template sequences are not allowed in this string.").hint(
                format!(
                    "To include a literal \"{itself}\" before a brace, double it (as \"{itself}{itself}\")."
                ),
            ));
        }
        if self.rest().starts_with(brace) {
            self.at += brace.len();
            return Ok(brace);
        }
        Ok(itself)
    }
}

fn is_numeric(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '+' | '-')
}

/// The whole number that a literal such as `7`, `7.0` or `0.7e1` stands for.
fn whole_number(literal: &str) -> Option<i64> {
    let (mantissa, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fraction_is_bad = mantissa.contains('.') && fraction.is_empty();
    if whole.is_empty() || fraction_is_bad || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let exponent: i32 = exponent.parse().ok()?;
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let trailing = digits.len() - digits.trim_end_matches('0').len();
    let shift = i64::from(exponent) + i64::try_from(trailing).ok()? - i64::try_from(fraction.len()).ok()?;
    let shift = u32::try_from(shift).ok()?;
    significant.parse::<i64>().ok()?.checked_mul(10_i64.checked_pow(shift)?)
}
