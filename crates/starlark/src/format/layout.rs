//! Writing tokens down, line by line.

use super::commas::holds_on;
use super::lexer::{Kind, Token};
use super::spacing::{Role, between, closes, is_prefix, opens};

/// How much deeper each block and each open bracket is.
const STEP: usize = 4;
/// Words that begin a block whose lines are as deep as what is left of the first one would be.
const BEGINNINGS: [&str; 3] = ["if", "elif", "for"];

/// A bracket that is open.
struct Open {
    /// How deep the line is in which it stands.
    indent: usize,
    /// How deep what stands in it is.
    inner: usize,
    /// Whether it is that of `x[...]`, where a colon stands between numbers.
    is_slice: bool,
    /// How many of `lambda` wait for their colon.
    lambdas: usize,
}

/// The text that the tokens make.
pub(super) fn laid_out(tokens: &[Token]) -> String {
    let lines: Vec<&[Token]> = tokens.split(|token| token.kind == Kind::Newline).collect();
    let mut writer = Writer::default();
    for (at, line) in lines.iter().enumerate() {
        writer.line(line, &lines[at + 1..]);
    }
    writer.text
}

#[derive(Default)]
struct Writer<'a> {
    text: String,
    /// Blank lines that were there, and are written once something follows.
    blank: usize,
    open: Vec<Open>,
    /// The columns at which the blocks begin that the last line of code is in.
    blocks: Vec<usize>,
    /// The last token that says something.
    previous: Option<&'a Token>,
    /// Whether the last line of code that is in no block begins a function.
    is_in_function: bool,
    /// Whether the last line is a comment that is in no block.
    is_behind_comment: bool,
    /// Whether the last line leaves a bracket open.
    is_behind_opening: bool,
}

impl<'a> Writer<'a> {
    fn line(&mut self, line: &'a [Token], rest: &[&[Token]]) {
        let Some(first) = line.first() else {
            self.blank += 1;
            return;
        };
        let is_inside = !self.open.is_empty();
        let is_comment = first.kind == Kind::Comment;
        let indent = match (is_inside, is_comment) {
            (true, _) => self.indent_inside(line),
            (false, true) => self.indent_of_comment(first, rest),
            (false, false) => self.enter(first.column),
        };
        self.separate(first, indent, is_inside);
        let opened = self.open.len();
        self.write(line, indent);
        self.is_behind_comment = !is_inside && is_comment && indent == 0;
        self.is_behind_opening = self.open.len() > opened;
        let is_full = self.previous.is_some_and(|last| !opens(last));
        if first.is("def") || (is_full && BEGINNINGS.iter().any(|word| first.is(word))) {
            self.open.iter_mut().skip(opened).for_each(|open| open.inner += STEP);
        }
    }

    /// Takes in that a line of code begins at a column. Returns how deep it is.
    fn enter(&mut self, column: usize) -> usize {
        while self.blocks.last().is_some_and(|last| *last > column) {
            self.blocks.pop();
        }
        if self.blocks.last() != Some(&column) {
            self.blocks.push(column);
        }
        (self.blocks.len() - 1) * STEP
    }

    /// How deep a line within brackets is: deeper than that in which the innermost of them stands.
    fn indent_inside(&self, line: &[Token]) -> usize {
        let closing = line.iter().take_while(|token| closes(token)).count();
        if closing == 0 {
            return self.open.last().map_or(0, |open| open.inner);
        }
        self.open.get(self.open.len().saturating_sub(closing)).map_or(0, |open| open.indent)
    }

    /// A comment belongs to the code behind it, unless it stands as deep as the block before it.
    fn indent_of_comment(&self, comment: &Token, rest: &[&[Token]]) -> usize {
        let next = rest.iter().filter_map(|line| line.first()).find(|token| token.kind != Kind::Comment);
        let next = next.map_or(0, |token| token.column);
        if self.blocks.last().is_some_and(|last| next > *last) {
            return self.blocks.len() * STEP;
        }
        let wanted = next.max(comment.column);
        let depth = self.blocks.iter().filter(|block| **block <= wanted).count();
        depth.saturating_sub(1) * STEP
    }

    /// Writes the blank lines before a line: those that are there, but not too many, and one around functions.
    fn separate(&mut self, first: &Token, indent: usize, is_inside: bool) {
        let blank = std::mem::take(&mut self.blank);
        let is_outermost = indent == 0 && !is_inside;
        let begins_function = first.is("def");
        let was_in_function = self.is_in_function;
        if is_outermost {
            self.is_in_function = begins_function;
        }
        if self.text.is_empty() {
            return;
        }
        let mut wanted = blank.min(if is_outermost { 2 } else { 1 });
        if is_inside && (self.is_behind_opening || closes(first)) {
            wanted = 0;
        }
        if is_outermost && (begins_function || was_in_function) && !self.is_behind_comment {
            wanted = wanted.max(1);
        }
        (0..wanted).for_each(|_| self.text.push('\n'));
    }

    fn write(&mut self, line: &'a [Token], indent: usize) {
        self.text.push_str(&" ".repeat(indent));
        let mut before: Option<(&Token, Role)> = None;
        for (at, token) in line.iter().enumerate() {
            if let Some((before, role)) = before {
                self.text.push_str(between(before, role, token));
            }
            let role = self.take(token, indent);
            match token.kind {
                Kind::Comment => self.text.push_str(token.text.trim_end()),
                Kind::Text => self.text.push_str(&quoted(&token.text)),
                Kind::Continuation => {
                    // Whoever breaks a line so has a mind of where it goes on.
                    let column =
                        line.get(at + 1).map_or(0, |next| next.column.saturating_sub(line[0].column));
                    self.text.push_str(&format!("\\\n{}", " ".repeat(indent + column.max(STEP))));
                    before = None;
                    continue;
                }
                Kind::Word | Kind::Sign | Kind::Newline => self.text.push_str(&token.text),
            }
            before = Some((token, role));
        }
        self.text.push('\n');
    }

    /// Takes in which brackets a token opens and closes. Returns what it is for.
    fn take(&mut self, token: &'a Token, indent: usize) -> Role {
        if matches!(token.kind, Kind::Comment | Kind::Continuation) {
            return Role::Plain;
        }
        let previous = self.previous.replace(token);
        if opens(token) {
            let is_slice = token.text == "[" && previous.is_some_and(holds_on);
            self.open.push(Open { indent, inner: indent + STEP, is_slice, lambdas: 0 });
        } else if closes(token) {
            self.open.pop();
        } else if let Some(open) = self.open.last_mut() {
            if token.is("lambda") {
                open.lambdas += 1;
            } else if token.is(":") && open.lambdas > 0 {
                open.lambdas -= 1;
            } else if token.is(":") && open.is_slice {
                return Role::OfSlice;
            }
        }
        if is_prefix(token, previous) { Role::Prefix } else { Role::Plain }
    }
}

/// A text in double quotes, where that is the same text.
fn quoted(text: &str) -> String {
    let Some(start) = text.find('\'').filter(|start| text[..*start].chars().all(char::is_alphabetic)) else {
        return text.to_owned();
    };
    let (prefix, rest) = text.split_at(start);
    let width = if rest.starts_with("'''") && rest.len() >= 6 { 3 } else { 1 };
    let inner = &rest[width..rest.len() - width];
    if inner.contains(['"', '\\', '\'']) {
        return text.to_owned();
    }
    let quotes = "\"".repeat(width);
    format!("{prefix}{quotes}{inner}{quotes}")
}
