//! `yamlencode`: values as YAML, to the byte as the peers write it.
//!
//! The layout is that of libyaml's emitter (<https://pyyaml.org/wiki/LibYAML>) with its defaults, from which
//! theirs descends: two spaces, lines of eighty characters, sequences no deeper than their keys.

use plumb_value::{Kind, Type, Value};

use super::super::{Invocation, Outcome};

/// How much deeper what is inside stands.
const STEP: usize = 2;
/// Behind this column a long text goes on in the next line.
const WIDTH: usize = 80;
/// Longer keys have a line of their own.
const SIMPLE_KEY_BYTES_MAX: usize = 128;

pub(in crate::functions) fn encode(call: &Invocation<'_>) -> Outcome {
    let value = &call.arguments[0];
    if !value.is_wholly_known() {
        return Ok(Value::unknown(Type::String));
    }
    let mut writer = Writer { text: String::new(), column: 0, is_blank: true, can_begin: true };
    writer.node(value, None, Context::Root);
    if writer.column > 0 {
        writer.end_line();
    }
    if is_plain(value) {
        // Nothing else says where it ends.
        writer.text.push_str("...\n");
    }
    Ok(Value::string(writer.text))
}

/// Numbers, truth values and null are written without quotes.
fn is_plain(value: &Value) -> bool {
    value.is_null() || matches!(value.kind(), Kind::Bool(_) | Kind::Number(_))
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    /// It is the document, or stands behind an indicator that begins something: a dash, or the mark of a
    /// key or a value that has lines of its own.
    Root,
    /// Behind its key, in the same line.
    Behind,
    /// A key with its value behind it in the same line.
    SimpleKey,
}

struct Writer {
    text: String,
    /// How many characters the line has.
    column: usize,
    /// Whether the line has nothing yet, or ends with a blank.
    is_blank: bool,
    /// Whether the line has nothing but blanks and indicators, so that something can begin in it.
    can_begin: bool,
}

impl Writer {
    /// Writes a value; `outer` is how deep that stands of which it is a part.
    fn node(&mut self, value: &Value, outer: Option<usize>, context: Context) {
        if value.is_null() {
            return self.word("null");
        }
        let inner = outer.map_or(0, |outer| outer + STEP);
        match value.kind() {
            Kind::Bool(true) => self.word("true"),
            Kind::Bool(false) => self.word("false"),
            Kind::Number(number) => self.word(&number.to_string()),
            Kind::String(text) => self.string(text, outer.unwrap_or(0) + STEP, context),
            Kind::List(_, elements) | Kind::Set(_, elements) | Kind::Tuple(_, elements) => {
                // A sequence behind its key is no deeper than the key.
                let depth = if context == Context::Behind { outer.unwrap_or(0) } else { inner };
                self.sequence(elements, depth);
            }
            Kind::Map(_, entries) => self.mapping(entries.iter().map(|(key, part)| (&**key, part)), inner),
            Kind::Object(ty, values) => {
                let names = ty.attributes().iter().map(|(name, _)| &**name);
                self.mapping(names.zip(values.iter()), inner);
            }
            // Both have been dealt with.
            Kind::Null(_) | Kind::Unknown(..) => {}
        }
    }

    fn sequence(&mut self, elements: &[Value], depth: usize) {
        if elements.is_empty() {
            return self.word("[]");
        }
        for element in elements {
            self.begin_at(depth);
            self.indicator("-");
            self.node(element, Some(depth), Context::Root);
        }
    }

    fn mapping<'v>(&mut self, entries: impl Iterator<Item = (&'v str, &'v Value)>, depth: usize) {
        let mut is_empty = true;
        for (key, value) in entries {
            is_empty = false;
            self.begin_at(depth);
            if is_simple_key(key) {
                self.string(key, depth + STEP, Context::SimpleKey);
                self.put(":");
                self.node(value, Some(depth), Context::Behind);
            } else {
                self.indicator("?");
                self.string(key, depth + STEP, Context::Root);
                self.begin_at(depth);
                self.indicator(":");
                self.node(value, Some(depth), Context::Root);
            }
        }
        if is_empty {
            self.word("{}");
        }
    }

    /// Something that needs no quotes.
    fn word(&mut self, word: &str) {
        self.separate();
        self.put(word);
    }

    /// Something behind which something else can begin.
    fn indicator(&mut self, indicator: &str) {
        let can_begin = self.can_begin;
        self.separate();
        self.put(indicator);
        self.can_begin = can_begin;
    }

    fn separate(&mut self) {
        if !self.is_blank {
            self.put(" ");
        }
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.chars().count();
        self.is_blank = false;
        self.can_begin = false;
    }

    fn end_line(&mut self) {
        self.text.push('\n');
        self.column = 0;
        self.is_blank = true;
        self.can_begin = true;
    }

    /// Goes to a depth, in this line where something can still begin there.
    fn begin_at(&mut self, depth: usize) {
        if !self.can_begin || self.column > depth || (self.column == depth && !self.is_blank) {
            self.end_line();
        }
        while self.column < depth {
            self.put(" ");
        }
        self.is_blank = true;
        self.can_begin = true;
    }

    /// A text, whose further lines stand at a depth.
    fn string(&mut self, text: &str, depth: usize, context: Context) {
        if text.contains('\n') && context != Context::SimpleKey && can_be_literal(text) {
            self.literal(text, depth);
        } else {
            self.quoted(text, depth, context != Context::SimpleKey);
        }
    }

    /// Line by line, as it is.
    fn literal(&mut self, text: &str, depth: usize) {
        self.separate();
        self.put("|");
        if text.starts_with([' ', '\n', '\u{2028}', '\u{2029}']) {
            self.put(&STEP.to_string());
        }
        let mut last = text.chars().rev();
        match (last.next().is_some_and(is_break), last.next().map(is_break)) {
            (false, _) => self.put("-"),
            (true, None | Some(true)) => self.put("+"),
            (true, Some(false)) => {}
        }
        self.end_line();
        let mut after_break = true;
        for letter in text.chars() {
            if letter == '\n' {
                self.end_line();
                after_break = true;
            } else if is_break(letter) {
                self.text.push(letter);
                self.column = 0;
                self.is_blank = true;
                self.can_begin = true;
                after_break = true;
            } else {
                if after_break {
                    self.begin_at(depth);
                    after_break = false;
                }
                self.put(letter.encode_utf8(&mut [0; 4]));
            }
        }
    }

    /// In quotes, with everything escaped that cannot be shown.
    fn quoted(&mut self, text: &str, depth: usize, may_break: bool) {
        self.separate();
        self.put("\"");
        let mut after_space = false;
        let mut letters = text.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if letter != ' ' {
                match escape(letter) {
                    Some(escaped) => self.put(&escaped),
                    None => self.put(letter.encode_utf8(&mut [0; 4])),
                }
                after_space = false;
                continue;
            }
            let is_inside = at > 0 && letters.peek().is_some();
            if may_break && !after_space && self.column > WIDTH && is_inside {
                self.can_begin = false;
                self.begin_at(depth);
                if letters.peek().is_some_and(|(_, next)| *next == ' ') {
                    // Else it would be taken for more depth.
                    self.put("\\");
                }
            } else {
                self.put(" ");
            }
            after_space = true;
        }
        self.put("\"");
    }
}

/// Whether a key can have its value behind it.
fn is_simple_key(key: &str) -> bool {
    key.len() <= SIMPLE_KEY_BYTES_MAX && !key.contains(is_break)
}

fn is_break(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a text means the same when it is written as it is: nothing that cannot be shown, and no spaces
/// at the ends of lines.
fn can_be_literal(text: &str) -> bool {
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if !is_printable(letter) || letter == ' ' && letters.peek().is_none_or(|next| is_break(*next)) {
            return false;
        }
    }
    true
}

/// As YAML 1.1 in libyaml has it, which knows neither tabs nor what is beyond the first plane.
fn is_printable(letter: char) -> bool {
    matches!(letter, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && letter != '\u{feff}'
}

/// How a character is written in quotes, where it is not written as it is.
fn escape(letter: char) -> Option<String> {
    let short = match letter {
        '\0' => "\\0",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        '\u{1b}' => "\\e",
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{85}' => "\\N",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        printable if is_printable(printable) => return None,
        other => {
            let number = u32::from(other);
            return Some(match number {
                0..=0xff => format!("\\x{number:02X}"),
                0x100..=0xffff => format!("\\u{number:04X}"),
                _ => format!("\\U{number:08X}"),
            });
        }
    };
    Some(short.to_owned())
}
