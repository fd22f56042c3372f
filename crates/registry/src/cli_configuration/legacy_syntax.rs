//! Reads the native form of CLI configuration files.
//!
//! They are written in the first version of HCL, which is laxer than the language of modules: keys
//! may be quoted (`"hashicorp/aws" = "/path"`), commas may stand between items, and nothing is
//! evaluated. That is why there is a reader of its own, and why it is this small.

use plumb_diagnostics::Diagnostic;
use plumb_source::{FileId, Span};

use super::tree::{Item, Key, Node, NodeKind};

/// Deeper nesting is no configuration but an attempt to exhaust the stack.
const NESTING_MAX: usize = 256;

/// Reads a file; stops at the first error, since what follows one cannot be trusted to be settings.
pub(super) fn parse(text: &str, file: FileId) -> Result<Vec<Item>, Diagnostic> {
    let mut reader = Reader { text, at: 0, file };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    let items = reader.items(0).map_err(|problem| *problem)?;
    match reader.peek() {
        None => Ok(items),
        Some(_) => Err(*reader.unexpected("a setting")),
    }
}

/// Small, as settings lie inside each other.
type Read<T> = Result<T, Box<Diagnostic>>;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    file: FileId,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.file, offset(start), offset(end))
    }

    fn error(&self, start: usize, end: usize, detail: impl Into<String>) -> Box<Diagnostic> {
        Box::new(Diagnostic::error("Invalid CLI configuration file", detail).at(self.span(start, end)))
    }

    fn unexpected(&mut self, wanted: &str) -> Box<Diagnostic> {
        self.skip_blank();
        match self.rest().chars().next() {
            None => {
                let detail = format!(
                    "The file ends where {wanted} is expected. Is a closing brace or bracket missing?"
                );
                self.error(self.at, self.at, detail)
            }
            Some(c) => self.error(
                self.at,
                self.at + c.len_utf8(),
                format!("Found {c:?} where {wanted} is expected."),
            ),
        }
    }

    /// Skips white space and comments.
    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            let rest = &rest[blank..];
            let comment = if rest.starts_with('#') || rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                0
            };
            self.at += blank + comment;
            if comment == 0 {
                return;
            }
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_blank();
        self.rest().chars().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// Items up to a closing brace or the end.
    fn items(&mut self, depth: usize) -> Read<Vec<Item>> {
        let mut items = Vec::new();
        loop {
            match self.peek() {
                None | Some('}') => return Ok(items),
                Some(_) => items.push(self.item(depth)?),
            }
            self.eat(',');
        }
    }

    fn item(&mut self, depth: usize) -> Read<Item> {
        let mut keys = Vec::new();
        loop {
            match self.peek() {
                Some('=') if !keys.is_empty() => {
                    self.at += 1;
                    let value = self.value(depth)?;
                    return Ok(Item { keys, is_assigned: true, value });
                }
                Some('{') if !keys.is_empty() => {
                    let value = self.value(depth)?;
                    return Ok(Item { keys, is_assigned: false, value });
                }
                Some('"') => {
                    let (text, span) = self.string()?;
                    keys.push(Key { text, span });
                }
                Some(c) if is_name_start(c) => keys.push(self.name()),
                _ if keys.is_empty() => return Err(self.unexpected("the name of a setting")),
                _ => return Err(self.unexpected("an equals sign or an opening brace")),
            }
        }
    }

    fn name(&mut self) -> Key {
        let start = self.at;
        let length = self.rest().find(|c: char| !is_name_part(c)).unwrap_or(self.rest().len());
        self.at += length;
        Key { text: self.text[start..self.at].to_owned(), span: self.span(start, self.at) }
    }

    fn value(&mut self, depth: usize) -> Read<Node> {
        if depth > NESTING_MAX {
            return Err(self.error(
                self.at,
                self.at,
                format!("Blocks and lists must not be nested more than {NESTING_MAX} deep."),
            ));
        }
        match self.peek() {
            Some('"') => {
                let (text, span) = self.string()?;
                Ok(Node { kind: NodeKind::String(text), span })
            }
            Some('{') => self.object(depth),
            Some('[') => self.list(depth),
            Some('<') if self.rest().starts_with("<<") => self.heredoc(),
            Some(c) if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') => Ok(self.number()),
            Some(c) if is_name_start(c) => {
                let key = self.name();
                let kind = match key.text.as_str() {
                    "true" => NodeKind::Bool(true),
                    "false" => NodeKind::Bool(false),
                    other => {
                        let detail = format!("{other:?} is not a value here: strings must be in quotes.");
                        return Err(Box::new(
                            Diagnostic::error("Invalid CLI configuration file", detail).at(key.span),
                        ));
                    }
                };
                Ok(Node { kind, span: key.span })
            }
            _ => Err(self.unexpected("a value")),
        }
    }

    fn object(&mut self, depth: usize) -> Read<Node> {
        let start = self.at;
        self.at += 1;
        let items = self.items(depth + 1)?;
        if !self.eat('}') {
            return Err(self.unexpected("a closing brace"));
        }
        Ok(Node { kind: NodeKind::Object(items), span: self.span(start, self.at) })
    }

    fn list(&mut self, depth: usize) -> Read<Node> {
        let start = self.at;
        self.at += 1;
        let mut elements = Vec::new();
        while self.peek() != Some(']') {
            elements.push(self.value(depth + 1)?);
            if !self.eat(',') && self.peek() != Some(']') {
                return Err(self.unexpected("a comma or a closing bracket"));
            }
        }
        self.at += 1;
        Ok(Node { kind: NodeKind::List(elements), span: self.span(start, self.at) })
    }

    fn number(&mut self) -> Node {
        let start = self.at;
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
        let length = self.rest().find(|c: char| !is_part(c)).unwrap_or(self.rest().len());
        self.at += length;
        Node { kind: NodeKind::Number(self.text[start..self.at].to_owned()), span: self.span(start, self.at) }
    }

    /// A quoted text. What looks like an interpolation is plain text, quotes within it included.
    fn string(&mut self) -> Read<(String, Span)> {
        let start = self.at;
        let mut text = String::new();
        let mut braces = 0_usize;
        let mut characters = self.text[start + 1..].char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' if braces == 0 => {
                    self.at = start + 1 + at + 1;
                    return Ok((text, self.span(start, self.at)));
                }
                '\n' if braces == 0 => break,
                '\\' if braces == 0 => {
                    let escape_start = start + 1 + at;
                    let Some(c) = unescape(&mut characters) else {
                        return Err(self.error(
                            escape_start,
                            escape_start + 1,
                            "This backslash starts no known escape sequence. Write \\\\ for a backslash.",
                        ));
                    };
                    text.push(c);
                }
                '$' if self.text[start + 1 + at..].starts_with("${") => {
                    braces += 1;
                    characters.next();
                    text.push_str("${");
                }
                other => {
                    if braces > 0 {
                        match other {
                            '{' => braces += 1,
                            '}' => braces -= 1,
                            _ => {}
                        }
                    }
                    text.push(other);
                }
            }
        }
        Err(self.error(start, start + 1, "The string that starts here has no closing quote."))
    }

    /// `<<NAME` or `<<-NAME`, up to a line that is the name.
    fn heredoc(&mut self) -> Read<Node> {
        let start = self.at;
        let line_end = self.rest().find('\n').map_or(self.text.len(), |end| self.at + end);
        let introduction = self.text[start + 2..line_end].trim_end_matches('\r');
        let (name, is_indented) = match introduction.strip_prefix('-') {
            Some(name) => (name, true),
            None => (introduction, false),
        };
        if name.is_empty() || !name.chars().all(is_name_part) {
            return Err(self.error(start, start + 2, "A name must follow << at once and end the line."));
        }
        let mut lines: Vec<&str> = Vec::new();
        let mut at = line_end + 1;
        for line in self.text.get(at..).unwrap_or("").split_inclusive('\n') {
            at += line.len();
            if line.trim() == name {
                // The line break behind the name is no part of the value.
                self.at = at - (line.len() - line.trim_end_matches(['\n', '\r']).len());
                let kind = NodeKind::String(join_heredoc(&lines, is_indented));
                return Ok(Node { kind, span: self.span(start, self.at) });
            }
            lines.push(line);
        }
        Err(self.error(
            start,
            line_end,
            format!("There is no line {name:?} that ends the text which starts here."),
        ))
    }
}

fn join_heredoc(lines: &[&str], is_indented: bool) -> String {
    let indent = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = if is_indented {
        lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0)
    } else {
        0
    };
    lines.iter().map(|line| line.get(common..).unwrap_or("\n")).collect()
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn unescape(characters: &mut std::str::CharIndices<'_>) -> Option<char> {
    let (_, c) = characters.next()?;
    let digits = match c {
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'a' => return Some('\u{7}'),
        'b' => return Some('\u{8}'),
        'f' => return Some('\u{c}'),
        'v' => return Some('\u{b}'),
        '"' | '\\' => return Some(c),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return None,
    };
    let mut code = 0_u32;
    for _ in 0..digits {
        let (_, digit) = characters.next()?;
        code = code.checked_mul(16)?.checked_add(digit.to_digit(16)?)?;
    }
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree in a form that is easy to compare.
    fn show(items: &[Item]) -> String {
        let item = |item: &Item| {
            let keys: Vec<String> = item.keys.iter().map(|key| format!("{:?}", key.text)).collect();
            format!("{}{}{}", keys.join(" "), if item.is_assigned { "=" } else { "" }, show_node(&item.value))
        };
        items.iter().map(item).collect::<Vec<_>>().join("; ")
    }

    fn show_node(node: &Node) -> String {
        match &node.kind {
            NodeKind::String(text) => format!("{text:?}"),
            NodeKind::Number(text) => text.clone(),
            NodeKind::Bool(value) => value.to_string(),
            NodeKind::List(elements) => {
                format!("[{}]", elements.iter().map(show_node).collect::<Vec<_>>().join(","))
            }
            NodeKind::Object(items) => format!("{{{}}}", show(items)),
        }
    }

    #[test]
    fn reads_what_the_first_hcl_allows() {
        let cases = [
            ("a = 1", "\"a\"=1"),
            ("a = -1.5e3 b=true", "\"a\"=-1.5e3; \"b\"=true"),
            ("a { b {} }", "\"a\"{\"b\"{}}"),
            ("a \"x\" y.z { \"q/r\" = \"s\" }", "\"a\" \"x\" \"y.z\"{\"q/r\"=\"s\"}"),
            (
                "a = { b = [1, \"two\", {c = 3},], d = \"e\" }",
                "\"a\"={\"b\"=[1,\"two\",{\"c\"=3}]; \"d\"=\"e\"}",
            ),
            ("# c\n// c\n/* c\n*/ a = \"\\\"\\n\\u00e9\" # c", "\"a\"=\"\\\"\\né\""),
            ("a = \"${x(\"y\", {z})}\"", "\"a\"=\"${x(\\\"y\\\", {z})}\""),
            ("a = \"C:\\\\x\"", "\"a\"=\"C:\\\\x\""),
            ("a = <<E\n x\n  y\nE\nb = 1", "\"a\"=\" x\\n  y\\n\"; \"b\"=1"),
            ("a = <<-E\n  x\n   y\n\n  E\n", "\"a\"=\"x\\n y\\n\\n\""),
            ("\u{feff}a = 1\r\n", "\"a\"=1"),
            ("", ""),
        ];
        for (text, expected) in cases {
            let items = parse(text, FileId(0)).expect(text);
            assert_eq!(show(&items), expected, "{text}");
        }
    }

    #[test]
    fn says_where_it_is_wrong() {
        let cases = [
            (
                "a {\n  b {\n",
                10,
                "The file ends where a closing brace is expected. Is a closing brace or bracket missing?",
            ),
            ("a = ", 4, "The file ends where a value is expected. Is a closing brace or bracket missing?"),
            ("a = foo", 4, "\"foo\" is not a value here: strings must be in quotes."),
            ("a = \"x\ny\"", 4, "The string that starts here has no closing quote."),
            ("a = \"\\q\"", 5, "This backslash starts no known escape sequence. Write \\\\ for a backslash."),
            (
                "a b",
                3,
                "The file ends where an equals sign or an opening brace is expected. Is a closing brace or bracket missing?",
            ),
            ("a = [1 2]", 7, "Found '2' where a comma or a closing bracket is expected."),
            ("= 1", 0, "Found '=' where the name of a setting is expected."),
            ("}", 0, "Found '}' where a setting is expected."),
            ("a = <<E\nx\n", 4, "There is no line \"E\" that ends the text which starts here."),
            ("é = ü", 5, "\"ü\" is not a value here: strings must be in quotes."),
        ];
        for (text, at, detail) in cases {
            let error = parse(text, FileId(0)).expect_err(text);
            assert_eq!(
                (error.subject.expect("has a place").start, error.detail.as_str()),
                (at, detail),
                "{text}"
            );
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        for open in ["[", "{a="] {
            let text = format!("a = {}", open.repeat(100_000));
            let error = parse(&text, FileId(0)).expect_err("is too deep");
            assert!(error.detail.contains("nested"), "{}", error.detail);
        }
        let blocks = "a {".repeat(100_000);
        assert!(parse(&blocks, FileId(0)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_may_be_read(text in "[a-z\"\\\\={}\\[\\],<#/*$\n é]{0,60}") {
            let _ = parse(&text, FileId(0));
        }
    }
}
