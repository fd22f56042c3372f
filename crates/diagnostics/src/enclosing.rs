//! Which top-level block a place in a file lies in, as far as the text tells.
//!
//! Messages name it so that a reader finds his way without the line number. Files that are cited may
//! be broken, so this looks at braces, quotes and comments only and never fails. It knows nothing
//! else of the grammar.

/// The header of the outermost block around a place, such as `resource "aws_instance" "web"`.
pub(crate) fn enclosing_block(text: &str, offset: usize) -> Option<String> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    let mut depth = 0_usize;
    let mut line_start = 0;
    let mut header: Option<(usize, usize)> = None;
    while let Some(byte) = scan.bytes.get(scan.at).copied() {
        if depth == 0 && line_start > offset {
            return None;
        }
        match byte {
            b'\n' if depth == 0 => line_start = scan.at + 1,
            b'{' => {
                if depth == 0 {
                    header = Some((line_start, scan.at));
                }
                depth += 1;
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    if scan.at >= offset {
                        break;
                    }
                    header = None;
                }
            }
            _ => {}
        }
        scan.step(byte);
    }
    let (start, end) = header.filter(|(start, _)| *start <= offset && scan.at >= offset)?;
    describe(text.get(start..end)?)
}

/// The words of a header, each label in quotes. `None` where it is no header of a block.
fn describe(header: &str) -> Option<String> {
    let mut words = header.split_whitespace();
    let kind = words.next()?;
    let is_name = |word: &str| word.chars().all(|letter| letter.is_alphanumeric() || "_-".contains(letter));
    if !is_name(kind) {
        return None;
    }
    let mut text = kind.to_owned();
    for word in words {
        if word.starts_with('"') && word.len() > 1 && word.ends_with('"') {
            text = format!("{text} {word}");
        } else if is_name(word) {
            text = format!("{text} \"{word}\"");
        } else {
            return None;
        }
    }
    Some(text)
}

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Scan<'_> {
    /// Goes on behind what begins at the current byte: a comment, a text or just the byte.
    fn step(&mut self, byte: u8) {
        let rest = &self.bytes[self.at..];
        match byte {
            b'#' => self.skip_line(),
            b'/' if rest.starts_with(b"//") => self.skip_line(),
            b'/' if rest.starts_with(b"/*") => self.behind(b"*/"),
            b'"' => self.string(),
            b'<' if rest.starts_with(b"<<") => self.heredoc(),
            _ => self.at += 1,
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    fn behind(&mut self, end: &[u8]) {
        let rest = &self.bytes[self.at..];
        let found = rest.windows(end.len()).position(|window| window == end);
        self.at += found.map_or(rest.len(), |position| position + end.len());
    }

    /// A text in quotes. Quotes inside `${}` do not end it; a line break does, for such a text is
    /// broken, and what follows should still be told apart.
    fn string(&mut self) {
        self.at += 1;
        let mut templates = 0_usize;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'$' | b'%' if self.bytes.get(self.at) == Some(&b'{') => {
                    templates += 1;
                    self.at += 1;
                }
                b'}' => templates = templates.saturating_sub(1),
                b'"' if templates == 0 => return,
                b'\n' if templates == 0 => {
                    self.at -= 1;
                    return;
                }
                _ => {}
            }
        }
    }

    fn heredoc(&mut self) {
        let start = self.at;
        self.skip_line();
        let word = String::from_utf8_lossy(&self.bytes[start..self.at]);
        let word = word.trim_start_matches(['<', '-']).trim().to_owned();
        if word.is_empty() || !word.chars().all(|letter| letter.is_alphanumeric() || "_-".contains(letter)) {
            self.at = start + 2;
            return;
        }
        while self.at < self.bytes.len() {
            let line_start = self.at + 1;
            self.at = line_start.min(self.bytes.len());
            self.skip_line();
            let line = self.bytes.get(line_start..self.at).unwrap_or_default();
            if String::from_utf8_lossy(line).trim() == word {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_outermost_block() {
        let text = "locals { a = 1 }\n# resource {\nresource \"t\" \"n\" {\n  x = \"}${f({})}\"\n  y = <<-E\n   }\n   E\n  \
                    z {\n    here = 1\n  }\n}\nmodule m {\n}\nlast = 1\n";
        let at = |needle: &str| enclosing_block(text, text.find(needle).expect("is there"));
        assert_eq!(at("a = 1").as_deref(), Some("locals"));
        assert_eq!(at("here").as_deref(), Some("resource \"t\" \"n\""));
        assert_eq!(at("\"t\"").as_deref(), Some("resource \"t\" \"n\""));
        assert_eq!(at("m {").as_deref(), Some("module \"m\""));
        assert_eq!(at("last"), None);
        assert_eq!(enclosing_block("resource \"t\" {\n x = ", 20).as_deref(), Some("resource \"t\""));
        assert_eq!(enclosing_block("", 0), None);
        assert_eq!(enclosing_block("{{{\"", 2), None);
    }
}
