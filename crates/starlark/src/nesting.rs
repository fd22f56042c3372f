//! How deep code may be nested.
//!
//! The language's parser and compiler call themselves for each level, so that a file which nests without
//! end would end the process. What lies deeper than any person writes is refused before.

use plumb_diagnostics::Diagnostic;
use plumb_source::{FileId, Span};

/// Levels of brackets, of operators that hang on one another, and of indentation.
const BRACKETS_MAX: usize = 100;
const OPERATORS_MAX: usize = 500;
const INDENTATION_MAX: usize = 100;
const WORDS: [&str; 7] = ["not", "and", "or", "if", "else", "lambda", "in"];

/// Where it becomes too deep, and what does.
pub(crate) struct TooDeep {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

impl TooDeep {
    /// What people are told of it.
    pub(crate) fn diagnostic(&self, file: FileId) -> Diagnostic {
        let at = u32::try_from(self.at).unwrap_or(u32::MAX);
        Diagnostic::error(
            "Code that is nested too deep",
            format!("Here {} deeper than what is read. Give a part of it a name.", self.what),
        )
        .at(Span::new(file, at, at))
    }
}

/// Whether everything in a text lies within what is read safely.
pub(crate) fn check(text: &str) -> Result<(), TooDeep> {
    Scan { text: text.as_bytes(), at: 0, operators: vec![0], indentation: vec![0], branches: 0 }.run()
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    /// For each open bracket, how many operators hang on one another so far.
    operators: Vec<usize>,
    indentation: Vec<usize>,
    /// How many `elif` follow one another: each is inside of the one before.
    branches: usize,
}

impl Scan<'_> {
    fn run(mut self) -> Result<(), TooDeep> {
        self.begin_line()?;
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'#' => self.skip_comment(),
                b'"' | b'\'' => self.skip_string(byte),
                b'(' | b'[' | b'{' => {
                    self.operator()?;
                    self.operators.push(0);
                    if self.operators.len() > BRACKETS_MAX {
                        return self.too_deep("brackets are nested");
                    }
                    self.at += 1;
                }
                b')' | b']' | b'}' => {
                    if self.operators.len() > 1 {
                        self.operators.pop();
                    }
                    self.at += 1;
                }
                b',' | b';' => self.reset(),
                b'\n' if self.operators.len() == 1 => {
                    self.reset();
                    self.begin_line()?;
                }
                b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'|' | b'&' | b'^' | b'~' | b'<' | b'>' => {
                    self.operator()?;
                    self.at += 1;
                }
                byte if byte.is_ascii_alphanumeric() || byte == b'_' => self.word()?,
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    fn too_deep(&self, what: &'static str) -> Result<(), TooDeep> {
        Err(TooDeep { at: self.at, what })
    }

    fn reset(&mut self) {
        if let Some(operators) = self.operators.last_mut() {
            *operators = 0;
        }
        self.at += 1;
    }

    fn operator(&mut self) -> Result<(), TooDeep> {
        let Some(operators) = self.operators.last_mut() else { return Ok(()) };
        *operators += 1;
        if *operators > OPERATORS_MAX { self.too_deep("operators hang on one another") } else { Ok(()) }
    }

    fn word(&mut self) -> Result<(), TooDeep> {
        let rest = &self.text[self.at..];
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = rest.iter().position(|byte| !is_word(byte)).unwrap_or(rest.len());
        if WORDS.iter().any(|word| word.as_bytes() == &rest[..length]) {
            self.operator()?;
        }
        self.at += length;
        Ok(())
    }

    fn begin_line(&mut self) -> Result<(), TooDeep> {
        let rest = &self.text[self.at..];
        let width = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(rest.len());
        let line = &rest[width..];
        if line.first().is_none_or(|byte| matches!(byte, b'\n' | b'#' | b'\r')) {
            return Ok(());
        }
        while self.indentation.last().is_some_and(|last| *last > width) {
            self.indentation.pop();
        }
        if self.indentation.last() != Some(&width) {
            self.indentation.push(width);
        }
        if line.starts_with(b"elif") {
            self.branches += 1;
        } else if width == 0 {
            self.branches = 0;
        }
        if self.indentation.len() > INDENTATION_MAX {
            return self.too_deep("lines are indented");
        }
        if self.branches > OPERATORS_MAX {
            return self.too_deep("branches follow one another");
        }
        Ok(())
    }

    fn skip_comment(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    fn skip_string(&mut self, quote: u8) {
        let triple = [quote; 3];
        let end: &[u8] = if self.text[self.at..].starts_with(&triple) { &triple } else { &triple[..1] };
        self.at += end.len();
        while let Some(&byte) = self.text.get(self.at) {
            if self.text[self.at..].starts_with(end) {
                self.at += end.len();
                return;
            }
            if byte == b'\n' && end.len() == 1 {
                return;
            }
            self.at += if byte == b'\\' { 2 } else { 1 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_not_too_deep() {
        let list: String = (0..10_000).map(|number| format!("    {number} + 1,\n")).collect();
        let text = format!(
            "x = [\n{list}]\ndef f(a):\n    if a:\n        return \"((((\" # [[[[\n    return '''\n((\n'''\n"
        );
        assert!(check(&text).is_ok());
    }

    #[test]
    fn what_would_end_the_process_is_refused() {
        let deep = [
            format!("x = {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
            format!("x = {}1", "-".repeat(100_000)),
            format!("x = {}1", "not ".repeat(100_000)),
            format!("x = 1{}", " + 1".repeat(100_000)),
            format!("x = a{}", ".b".repeat(100_000)),
            format!("x = a{}", "()".repeat(100_000)),
            format!("x = {}2", "1 if 1 else ".repeat(100_000)),
            (0..2000).map(|level| format!("{}if x:\n", " ".repeat(level))).collect(),
            format!("def f():\n  if x: pass\n{}", "  elif x: pass\n".repeat(100_000)),
            format!("x = {}1", "lambda: ".repeat(100_000)),
        ];
        for text in deep {
            assert!(check(&text).is_err(), "{}", &text[..40]);
        }
    }
}
