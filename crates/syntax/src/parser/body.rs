//! Arguments and blocks.

use std::ops::Range;

use super::{Marker, Parser};
use crate::SyntaxKind as K;
use crate::error::SyntaxError;

/// Where a block starts, for messages about where it ends.
struct Header {
    /// From the type to the opening brace.
    range: Range<u32>,
    brace: Range<u32>,
    /// How far it is indented, where it is the first thing on its line.
    column: Option<u32>,
}

/// What ends the labels of a block.
enum Labels {
    /// An opening brace, not taken yet.
    Brace,
    /// A label that lacks its closing quote and so has the brace in it.
    BraceInLabel,
    NoBrace,
}

impl Parser<'_> {
    /// A whole file.
    pub(super) fn file(&mut self) {
        let marker = self.start();
        loop {
            self.items(None);
            if self.at(K::EndOfFile) {
                break;
            }
            self.stray_brace();
        }
        self.complete(&marker, K::File);
    }

    fn stray_brace(&mut self) {
        self.error_here(
            "Argument or block definition required",
            "This closing brace has no block to close. Remove it, or look above for a block that is closed \
             too early.",
        );
        let marker = self.start();
        self.bump();
        self.complete(&marker, K::Error);
        self.lost = false;
    }

    /// Arguments and blocks up to a closing brace or the end of the file. Returns the first one that
    /// seems not to belong here, as it is not indented further than the header.
    fn items(&mut self, header: Option<&Header>) -> Option<Range<u32>> {
        let mut names: Vec<Range<u32>> = Vec::new();
        let mut outlier = None;
        loop {
            match self.kind() {
                K::Newline => self.bump(),
                // A brace that the lexer took for the end of a sequence ends a block as well: the
                // sequence lacked its own.
                K::EndOfFile | K::RightBrace | K::CloseSequence => break,
                K::Ident => {
                    if outlier.is_none() && self.is_outlier(header) {
                        outlier = Some(self.range());
                    }
                    if self.kind_after() == K::Equals {
                        names.push(self.range());
                    }
                    self.item();
                }
                _ => self.stray(),
            }
            self.lost = false;
        }
        self.check_redefined(names);
        outlier
    }

    fn is_outlier(&self, header: Option<&Header>) -> bool {
        match (header.and_then(|header| header.column), self.column()) {
            (Some(outer), Some(own)) => own <= outer,
            _ => false,
        }
    }

    /// How far the current token is indented, where it is the first one on its line.
    fn column(&self) -> Option<u32> {
        if !self.is_first_on_line(self.current) {
            return None;
        }
        let before = self.range_of(self.current.checked_sub(1).unwrap_or(self.current));
        let is_blank = self.current > 0 && self.tokens[self.current - 1].kind == K::Whitespace;
        Some(if is_blank { before.end - before.start } else { 0 })
    }

    fn check_redefined(&mut self, mut names: Vec<Range<u32>>) {
        if names.len() < 2 {
            return;
        }
        let text = self.text;
        let name = |range: &Range<u32>| &text[range.start as usize..range.end as usize];
        names.sort_by(|left, right| name(left).cmp(name(right)).then(left.start.cmp(&right.start)));
        for same in names.chunk_by(|left, right| name(left) == name(right)) {
            for again in &same[1..] {
                let detail = format!(
                    "The argument \"{}\" is set already. Each argument may be set only once: remove one of them.",
                    name(again)
                );
                self.errors.push(
                    SyntaxError::new("Attribute redefined", detail, again.clone())
                        .note(same[0].clone(), "it is set here first"),
                );
            }
        }
    }

    /// Something that is neither a name nor the end.
    fn stray(&mut self) {
        if self.at(K::OpenQuote) {
            self.error_here(
                "Invalid argument name",
                "The name of an argument or a block type is written without quotes.",
            );
        } else {
            self.error_here(
                "Argument or block definition required",
                "An argument (name = value) or a block (type \"label\" { ... }) must start here.",
            );
        }
        self.skip_item();
    }

    fn item(&mut self) {
        if self.blocks == 0 {
            self.told_deep = false;
        }
        let marker = self.start();
        match self.kind_after() {
            K::Equals => {
                self.attribute(&marker);
                self.end_attribute();
            }
            K::OpenQuote | K::LeftBrace | K::Ident => self.block(&marker),
            other => {
                let name = self.current_text();
                let detail = match other {
                    K::Colon => {
                        format!("An argument is set with an equals sign: write {name} = ..., not a colon.")
                    }
                    K::Dot | K::LeftBracket => format!(
                        "An argument is set by its plain name: write name = value. References such as \
                         {name}... can only stand behind an equals sign."
                    ),
                    _ => format!(
                        "To set an argument, write {name} = value; to start a block, {name} {{ ... }}."
                    ),
                };
                self.error_here("Argument or block definition required", detail);
                self.skip_item();
            }
        }
    }

    fn attribute(&mut self, marker: &Marker) {
        self.bump();
        self.bump();
        self.expression();
        self.complete(marker, K::Attribute);
    }

    fn end_attribute(&mut self) {
        if self.lost {
            return self.skip_item();
        }
        match self.kind() {
            K::Newline | K::EndOfFile => return,
            K::Comma => self.error_here(
                "Unexpected comma after argument",
                "Arguments are separated by line breaks, not by commas: remove the comma and write each \
                 argument on a line of its own.",
            ),
            K::RightBrace if self.blocks > 0 => {
                self.error_here(
                    "Missing newline after argument",
                    "An argument ends with its line: put this closing brace on a line of its own.",
                );
                self.lost = false;
                return;
            }
            K::Equals => self.error_here(
                "Missing newline after argument",
                "An argument has one value, and it ends before this second equals sign. To compare, write \"==\".",
            ),
            K::Ident => self.error_here(
                "Missing newline after argument",
                "An argument ends with its line. Start the next argument on a line of its own; if this is text, \
                 enclose all of it in quotes.",
            ),
            _ => self.error_here(
                "Missing newline after argument",
                "An argument ends with its line; what stands here cannot be part of its value.",
            ),
        }
        self.skip_item();
    }

    fn block(&mut self, marker: &Marker) {
        let column = self.column();
        let start = self.range().start;
        self.bump();
        let brace = match self.labels(start) {
            Labels::Brace => self.range(),
            Labels::BraceInLabel => self.previous_range(),
            Labels::NoBrace => {
                self.complete(marker, K::Block);
                return self.skip_item();
            }
        };
        let header = Header { range: start..brace.end, brace, column };
        if self.enter() {
            self.eat(K::LeftBrace);
            self.blocks += 1;
            self.block_body(&header);
            self.blocks -= 1;
            self.leave();
            self.complete(marker, K::Block);
            self.end_block();
        } else {
            self.complete(marker, K::Block);
            self.skip_item();
            self.told_unclosed |= self.at(K::EndOfFile);
        }
    }

    /// Everything between the type and the opening brace.
    fn labels(&mut self, start: u32) -> Labels {
        loop {
            let detail = match self.kind() {
                K::LeftBrace => return Labels::Brace,
                K::OpenQuote => {
                    let closed = self.quoted_label();
                    if !closed && self.text_of(&self.previous_range()).trim_end().ends_with('{') {
                        self.lost = false;
                        return Labels::BraceInLabel;
                    }
                    continue;
                }
                K::Ident => {
                    let marker = self.start();
                    self.bump();
                    self.complete(&marker, K::Label);
                    continue;
                }
                K::Equals => {
                    "A block has no equals sign: write its opening brace directly behind its labels. To set an \
                     argument instead, write only its name before the equals sign."
                }
                K::Newline => "The opening brace of a block goes on the same line as its type and labels.",
                K::EndOfFile => "A block needs its content in braces: { ... }.",
                _ => "Only labels in quotes and an opening brace (\"{\") may follow the type of a block.",
            };
            let range = self.range();
            let context = start..range.end;
            self.error(SyntaxError::new("Invalid block definition", detail, range).within(context));
            return Labels::NoBrace;
        }
    }

    /// A label in quotes; says whether the closing one is there.
    fn quoted_label(&mut self) -> bool {
        let marker = self.start();
        let open = self.range();
        self.bump();
        let closed = loop {
            match self.kind() {
                K::QuotedText | K::QuotedNewline => self.bump(),
                K::CloseQuote => {
                    self.bump();
                    break true;
                }
                K::OpenInterpolation | K::OpenDirective => {
                    let sigil = &self.current_text()[..1];
                    let detail = format!(
                        "The label of a block is fixed text: it cannot contain expressions. To write \
                         \"{sigil}{{\" as plain text, double the sign: \"{sigil}{sigil}{{\"."
                    );
                    self.error_here("Invalid string literal", detail);
                    let rest = self.start();
                    self.bump();
                    if self.skip_to(K::CloseSequence) {
                        self.bump();
                    }
                    self.complete(&rest, K::Error);
                }
                _ => {
                    self.error(unterminated_string(open));
                    break false;
                }
            }
        };
        self.complete(&marker, K::Label);
        closed
    }

    fn block_body(&mut self, header: &Header) {
        let marker = self.start();
        let outlier = match self.kind() {
            K::Newline | K::EndOfFile | K::RightBrace => self.items(Some(header)),
            _ => self.one_line_body(header),
        };
        self.complete(&marker, K::Body);
        if matches!(self.kind(), K::RightBrace | K::CloseSequence) {
            self.note_suspect(header);
            self.bump();
        } else {
            self.unclosed_block(header, outlier);
        }
    }

    /// Remembers a block whose closing brace is indented less than its header: it is likely the
    /// brace of the block around it.
    fn note_suspect(&mut self, header: &Header) {
        if self.suspect.is_none()
            && let (Some(outer), Some(own)) = (header.column, self.column())
            && own < outer
        {
            self.suspect = Some(header.range.clone());
        }
    }

    /// Reports the innermost block that lacks its end; those around it lack theirs as well then.
    fn unclosed_block(&mut self, header: &Header, outlier: Option<Range<u32>>) {
        if std::mem::replace(&mut self.told_unclosed, true) {
            return;
        }
        let mut error = SyntaxError::new(
            "Unclosed configuration block",
            "No closing brace ends this block before the end of the file. Add it where the block is meant to \
             end; a brace may also be missing in a block inside this one.",
            header.brace.clone(),
        )
        .within(header.range.clone());
        if let Some(suspect) = self.suspect.take() {
            error = error.note(suspect, "going by the indentation, the brace of this block is missing");
        } else if let Some(outlier) = outlier {
            error = error.note(outlier, "going by the indentation, the brace is missing before this line");
        }
        self.error(error);
    }

    /// `type { name = value }`.
    fn one_line_body(&mut self, header: &Header) -> Option<Range<u32>> {
        if !self.at(K::Ident) {
            self.error_here(
                "Argument or block definition required",
                "Behind the opening brace there must be an argument (name = value), a closing brace, or the \
                 end of the line.",
            );
            return self.skip_one_line();
        }
        let marker = self.start();
        match self.kind_after() {
            K::Equals => self.attribute(&marker),
            after => {
                let name = self.current_text();
                let (summary, detail) = match after {
                    K::OpenQuote | K::LeftBrace | K::Ident => (
                        "Argument definition required",
                        format!(
                            "A block on one line can contain a single argument only. Put the nested block \
                             \"{name}\" on lines of its own; if it is an argument, write {name} = ..."
                        ),
                    ),
                    _ => (
                        "Argument or block definition required",
                        format!("To set an argument, write {name} = value."),
                    ),
                };
                self.error_here(summary, detail);
                return self.skip_one_line();
            }
        }
        if self.lost {
            return self.skip_one_line();
        }
        let detail = match self.kind() {
            K::RightBrace | K::EndOfFile => return None,
            K::Comma => {
                "A block on one line can contain a single argument only. Write each argument on a line of its \
                 own, without commas."
            }
            K::Newline => {
                "A block whose first argument is on the line of its opening brace must be closed on that line. \
                 Put the argument on the next line, or the closing brace behind it."
            }
            _ => {
                "A block on one line can contain a single argument only, and its closing brace must follow. \
                 Write each argument on a line of its own."
            }
        };
        self.error_here("Invalid single-argument block definition", detail);
        if self.at(K::Newline) {
            self.lost = false;
            return self.items(Some(header));
        }
        self.skip_one_line()
    }

    /// After an error in a block on one line: to its closing brace, or on with the next lines.
    fn skip_one_line(&mut self) -> Option<Range<u32>> {
        self.skip_item();
        if self.at(K::Newline) { self.items(None) } else { None }
    }

    fn end_block(&mut self) {
        match self.kind() {
            K::Newline | K::EndOfFile => return,
            _ => self.error_here(
                "Missing newline after block definition",
                "A block ends with the line of its closing brace: put what follows on a line of its own.",
            ),
        }
        if self.at(K::RightBrace) && self.blocks > 0 {
            self.lost = false;
            return;
        }
        self.skip_item();
    }
}

/// The message for a quote without a partner.
pub(super) fn unterminated_string(open: Range<u32>) -> SyntaxError {
    SyntaxError::new(
        "Unterminated template string",
        "No closing quote ends this string on its line. Write \" where it is meant to end; inside a string, a \
         quote is written as \\\".",
        open,
    )
}
