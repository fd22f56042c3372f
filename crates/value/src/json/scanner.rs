//! Reading JSON text piece by piece.
//!
//! Responsible for the grammar, and for accepting and refusing what Go's reader does: half
//! surrogates become U+FFFD, numbers are kept as text. Messages are the ones that users know from
//! there. It knows nothing of types.

use std::borrow::Cow;

use super::DEPTH_LIMIT;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

/// Why the text cannot be read, and where.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) offset: usize,
    pub(super) message: String,
}

type Outcome<T> = Result<T, SyntaxError>;

pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Scanner<'t> {
        Scanner { text, at: 0, depth: 0 }
    }

    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn error<T>(&self, message: impl Into<String>) -> Outcome<T> {
        Err(SyntaxError { offset: self.at, message: message.into() })
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn unexpected<T>(&self, wanted: &str) -> Outcome<T> {
        let Some(character) = self.text[self.at..].chars().next() else {
            // Between two tokens the end is only an end.
            let between =
                wanted.starts_with("looking") || (wanted.starts_with("after") && !wanted.contains("literal"));
            return self.error(if between { "EOF" } else { "unexpected EOF" });
        };
        let shown = match character {
            '\'' => "'\\''".to_owned(),
            '"' => "'\"'".to_owned(),
            _ => format!("'{}'", character.escape_debug()),
        };
        self.error(format!("invalid character {shown} {wanted}"))
    }

    fn skip_blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// What kind of value comes next; nothing of it is consumed.
    pub(super) fn peek(&mut self) -> Outcome<Next> {
        self.skip_blanks();
        match self.byte() {
            Some(b'{') => Ok(Next::Object),
            Some(b'[') => Ok(Next::Array),
            Some(b'"') => Ok(Next::String),
            Some(b'-' | b'0'..=b'9') => Ok(Next::Number),
            Some(b't' | b'f') => Ok(Next::Bool),
            Some(b'n') => Ok(Next::Null),
            _ => self.unexpected("looking for beginning of value"),
        }
    }

    /// Whether a comma comes next.
    pub(super) fn peek_comma(&mut self) -> bool {
        self.skip_blanks();
        self.byte() == Some(b',')
    }

    /// Nothing but blanks may follow.
    pub(super) fn finish(&mut self) -> Outcome<()> {
        self.skip_blanks();
        if self.at < self.text.len() { self.error("extraneous data after JSON object") } else { Ok(()) }
    }

    /// Begins an object or an array.
    pub(super) fn open(&mut self) -> Outcome<()> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return self.error(format!("values are nested deeper than {DEPTH_LIMIT} levels"));
        }
        self.at += 1;
        Ok(())
    }

    /// Whether another element follows, past the comma if it is not the first; ends the array if not.
    pub(super) fn next_element(&mut self, first: bool) -> Outcome<bool> {
        self.skip_blanks();
        match self.byte() {
            Some(b']') => Ok(self.close()),
            Some(b',') if !first => {
                self.at += 1;
                self.skip_blanks();
                if self.byte() == Some(b']') {
                    return self.unexpected("looking for beginning of value");
                }
                Ok(true)
            }
            Some(_) if first => Ok(true),
            _ => self.unexpected("after array element"),
        }
    }

    /// The key of the next property, past its colon; ends the object if there is none.
    pub(super) fn next_key(&mut self, first: bool) -> Outcome<Option<Cow<'t, str>>> {
        self.skip_blanks();
        match self.byte() {
            Some(b'}') => {
                self.close();
                return Ok(None);
            }
            Some(b',') if !first => {
                self.at += 1;
                self.skip_blanks();
                if self.byte() != Some(b'"') {
                    return self.unexpected("looking for beginning of object key string");
                }
            }
            Some(b'"') if first => {}
            _ if first => return self.unexpected("looking for beginning of object key string"),
            _ => return self.unexpected("after object key:value pair"),
        }
        let key = self.string()?;
        self.skip_blanks();
        if self.byte() != Some(b':') {
            return self.unexpected("after object key");
        }
        self.at += 1;
        Ok(Some(key))
    }

    fn close(&mut self) -> bool {
        self.depth -= 1;
        self.at += 1;
        false
    }

    pub(super) fn null(&mut self) -> Outcome<()> {
        self.word("null")
    }

    pub(super) fn bool(&mut self) -> Outcome<bool> {
        let value = self.byte() == Some(b't');
        self.word(if value { "true" } else { "false" })?;
        Ok(value)
    }

    fn word(&mut self, word: &str) -> Outcome<()> {
        for expected in word.bytes() {
            if self.byte() != Some(expected) {
                let wanted = format!("in literal {word} (expecting {:?})", char::from(expected));
                return self.unexpected(&wanted);
            }
            self.at += 1;
        }
        Ok(())
    }

    /// The text of a number.
    pub(super) fn number(&mut self) -> Outcome<&'t str> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return self.unexpected("in numeric literal"),
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            if !matches!(self.byte(), Some(b'0'..=b'9')) {
                return self.unexpected("after decimal point in numeric literal");
            }
            self.digits();
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !matches!(self.byte(), Some(b'0'..=b'9')) {
                return self.unexpected("in exponent of numeric literal");
            }
            self.digits();
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) {
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    /// A string, borrowed where it has no escapes.
    pub(super) fn string(&mut self) -> Outcome<Cow<'t, str>> {
        self.at += 1;
        let start = self.at;
        let mut text: Option<String> = None;
        let mut plain_from = start;
        loop {
            match self.byte() {
                Some(b'"') => {
                    let rest = &self.text[plain_from..self.at];
                    self.at += 1;
                    return Ok(match text {
                        Some(mut text) => {
                            text.push_str(rest);
                            Cow::Owned(text)
                        }
                        None => Cow::Borrowed(rest),
                    });
                }
                Some(b'\\') => {
                    let text = text.get_or_insert_default();
                    text.push_str(&self.text[plain_from..self.at]);
                    self.at += 1;
                    text.push(self.escape()?);
                    plain_from = self.at;
                }
                Some(0..=0x1f) | None => return self.unexpected("in string literal"),
                Some(_) => self.at += 1,
            }
        }
    }

    /// The character that an escape stands for; the backslash is consumed.
    fn escape(&mut self) -> Outcome<char> {
        let character = match self.byte() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return self.unexpected("in string escape code"),
        };
        self.at += 1;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Outcome<char> {
        let code = self.hexadecimal()?;
        if let Some(character) = char::from_u32(code) {
            return Ok(character);
        }
        let after_first = self.at;
        if code < 0xdc00 && self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.hexadecimal()?;
            if (0xdc00..0xe000).contains(&low) {
                let joined = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after_first;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hexadecimal(&mut self) -> Outcome<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.byte().and_then(|byte| char::from(byte).to_digit(16)) else {
                return self.unexpected("in \\u hexadecimal character escape");
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// Passes over the next value; its text.
    pub(super) fn skip(&mut self) -> Outcome<&'t str> {
        self.skip_blanks();
        let start = self.at;
        match self.peek()? {
            Next::Null => self.null()?,
            Next::Bool => {
                self.bool()?;
            }
            Next::Number => {
                self.number()?;
            }
            Next::String => {
                self.string()?;
            }
            Next::Array => {
                self.open()?;
                let mut first = true;
                while self.next_element(first)? {
                    first = false;
                    self.skip()?;
                }
            }
            Next::Object => {
                self.open()?;
                let mut first = true;
                while self.next_key(first)?.is_some() {
                    first = false;
                    self.skip()?;
                }
            }
        }
        Ok(&self.text[start..self.at])
    }

    /// A scanner of a part that was passed over, as deep as it is.
    pub(super) fn within(&self, start: usize) -> Scanner<'t> {
        Scanner { text: self.text, at: start, depth: self.depth }
    }
}
