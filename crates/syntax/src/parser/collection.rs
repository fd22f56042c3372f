//! Everything in brackets: calls, tuples, objects, and the for expressions in their shape.

use std::ops::Range;

use super::recovery::Found;
use super::{Completed, Marker, Parser};
use crate::SyntaxKind as K;
use crate::error::SyntaxError;

/// What to do after an item of a list.
#[derive(PartialEq, Eq)]
enum Next {
    Item,
    End,
}

impl Parser<'_> {
    /// `name(arguments)`, where the name may have namespaces.
    pub(super) fn call(&mut self, marker: &Marker) -> Completed {
        let name_start = self.range().start;
        if !self.call_name() {
            return self.complete(marker, K::Error);
        }
        let open = name_start..self.range().end;
        self.bump();
        let newlines = self.enter_brackets(K::RightParenthesis, false);
        let mut height = 0;
        loop {
            if self.eat(K::RightParenthesis) {
                break;
            }
            height = height.max(self.expression().height);
            if !self.lost && self.at(K::Ellipsis) {
                self.bump();
                self.close_expansion(&open);
                break;
            }
            if self.after_item(K::RightParenthesis, &open, &CALL) == Next::End {
                break;
            }
        }
        self.leave_brackets(newlines);
        self.complete_with_height(marker, K::Call, height + 1)
    }

    /// The name of a function; leaves the opening parenthesis to be taken.
    fn call_name(&mut self) -> bool {
        let marker = self.start();
        self.bump();
        while self.eat(K::DoubleColon) {
            if !self.eat(K::Ident) {
                self.error_here(
                    "Missing function name",
                    "Behind \"::\" the next part of the function's name must follow, as in \
                     provider::name::function(...).",
                );
                self.complete(&marker, K::CallName);
                return false;
            }
        }
        self.complete(&marker, K::CallName);
        if !self.at(K::LeftParenthesis) {
            self.error_here(
                "Missing open parenthesis",
                "A name with \"::\" is a function: its arguments must follow in parentheses.",
            );
            return false;
        }
        true
    }

    fn close_expansion(&mut self, open: &Range<u32>) {
        if self.eat(K::RightParenthesis) {
            return;
        }
        let range = self.range();
        let context = open.start..range.end;
        self.error(
            SyntaxError::new(
                "Missing closing parenthesis",
                "Only the last argument of a call can be expanded with \"...\": the closing parenthesis must \
                 follow.",
                range,
            )
            .within(context),
        );
        if self.skip_to(K::RightParenthesis) {
            self.bump();
        }
    }

    /// Takes the separator or the closing bracket behind an item.
    fn after_item(&mut self, closer: K, open: &Range<u32>, words: &Words) -> Next {
        if !self.lost {
            if self.eat(closer) {
                return Next::End;
            }
            if self.eat(K::Comma) || (closer == K::RightBrace && self.eat(K::Newline)) {
                return Next::Item;
            }
            self.missing_separator(closer, open, words);
        }
        match self.skip_to_item(closer) {
            Found::Separator => {
                if matches!(self.kind(), K::Comma | K::Newline) {
                    self.bump();
                }
                Next::Item
            }
            Found::Closer => {
                self.bump();
                Next::End
            }
            Found::Nothing => {
                // The message that is out may be about what comes behind; this is the cause then.
                self.lost = true;
                Next::End
            }
        }
    }

    fn missing_separator(&mut self, closer: K, open: &Range<u32>, words: &Words) {
        let range = self.range();
        let unterminated = self.at(K::EndOfFile)
            || self.kind().is_closer()
            || (closer != K::RightBrace && self.at_statement());
        if unterminated {
            self.error(
                SyntaxError::new(words.unterminated, words.unterminated_detail, open.clone())
                    .note(range, "it should have ended before this"),
            );
            return;
        }
        let detail = match self.kind() {
            K::Ellipsis => {
                "\"...\" expands the last argument of a function call, or groups the results of a \
                            {for ...} expression; it has no meaning here."
                    .into()
            }
            _ => std::borrow::Cow::Borrowed(words.separator_detail),
        };
        let context = open.start..range.end;
        self.error(SyntaxError::new(words.separator, detail, range).within(context));
    }

    /// `[a, b]` or `[for ...]`.
    pub(super) fn tuple(&mut self, marker: &Marker) -> Completed {
        let open = self.range();
        self.bump();
        let newlines = self.enter_brackets(K::RightBracket, false);
        if self.at_word("for") {
            let height = self.for_expression(K::RightBracket, &open);
            self.leave_brackets(newlines);
            return self.complete_with_height(marker, K::ForTuple, height + 1);
        }
        let mut height = 0;
        loop {
            if self.eat(K::RightBracket) {
                break;
            }
            height = height.max(self.expression().height);
            if self.after_item(K::RightBracket, &open, &TUPLE) == Next::End {
                break;
            }
        }
        self.leave_brackets(newlines);
        self.complete_with_height(marker, K::Tuple, height + 1)
    }

    /// `{a = b}` or `{for ...}`.
    pub(super) fn object(&mut self, marker: &Marker) -> Completed {
        let open = self.range();
        self.bump();
        let newlines = self.enter_brackets(K::RightBrace, false);
        if self.at_word("for") {
            let height = self.for_expression(K::RightBrace, &open);
            self.leave_brackets(newlines);
            return self.complete_with_height(marker, K::ForObject, height + 1);
        }
        self.set_newlines(true);
        let mut height = 0;
        loop {
            if self.eat(K::Newline) {
                continue;
            }
            if self.eat(K::RightBrace) {
                break;
            }
            height = height.max(self.object_item(&open));
            if self.after_item(K::RightBrace, &open, &OBJECT) == Next::End {
                break;
            }
        }
        self.leave_brackets(newlines);
        self.complete_with_height(marker, K::Object, height + 1)
    }

    fn object_item(&mut self, open: &Range<u32>) -> u32 {
        let marker = self.start();
        let key = self.expression();
        if !self.lost && !matches!(self.kind(), K::Equals | K::Colon) {
            self.missing_value(open);
        }
        if self.lost {
            // Without its value the entry says nothing.
            self.complete(&marker, K::Error);
            return key.height;
        }
        self.bump();
        let value = self.expression();
        self.complete(&marker, K::ObjectItem);
        key.height.max(value.height)
    }

    fn missing_value(&mut self, open: &Range<u32>) {
        let (summary, detail) = match self.kind() {
            K::Newline | K::Comma => (
                "Missing attribute value",
                "Each entry of an object needs a value: write name = value. For a list of values use square \
                 brackets.",
            ),
            K::LeftBrace => (
                "Missing key/value separator",
                "Inside an object there are no blocks: write an equals sign before the brace, name = { ... }.",
            ),
            K::Ident => (
                "Missing key/value separator",
                "An equals sign (\"=\") must stand between the name and the value. A name that contains dots or \
                 blanks must be in quotes.",
            ),
            K::EndOfFile => {
                let error = SyntaxError::new(OBJECT.unterminated, OBJECT.unterminated_detail, open.clone());
                return self.error(error);
            }
            _ => (
                "Missing key/value separator",
                "An equals sign (\"=\") must stand between the name and the value.",
            ),
        };
        let range = self.range();
        let context = open.start..range.end;
        self.error(SyntaxError::new(summary, detail, range).within(context));
    }

    /// What is inside the brackets of a for expression, and the closing one. Returns its height.
    fn for_expression(&mut self, closer: K, open: &Range<u32>) -> u32 {
        let mut height = self.for_introduction();
        if !self.lost && !self.eat(K::Colon) {
            self.for_error("A colon must follow the collection: for item in collection : result.", open);
        }
        if !self.lost {
            height = height.max(self.for_result(closer, open));
        }
        if self.lost || !self.eat(closer) {
            self.for_error(
                "The for expression must end here with its closing bracket. Conditions go last: \
                 for item in collection : result if condition.",
                open,
            );
            if self.skip_to(closer) {
                self.bump();
            }
        }
        height
    }

    /// `for k, v in collection`.
    fn for_introduction(&mut self) -> u32 {
        let marker = self.start();
        self.bump();
        let mut height = 0;
        if self.for_names("Invalid 'for' expression") {
            height = self.expression().height;
        }
        self.complete(&marker, K::ForIntroduction);
        height
    }

    /// `k, v in`; says whether all of it is there.
    pub(super) fn for_names(&mut self, summary: &'static str) -> bool {
        if !self.eat(K::Ident) {
            self.error_here(summary, "A name for each element must follow \"for\": for item in collection.");
            return false;
        }
        if self.eat(K::Comma) && !self.eat(K::Ident) {
            self.error_here(
                summary,
                "A name for the value of each element must follow the comma: for key, value in collection.",
            );
            return false;
        }
        if !self.at_word("in") {
            self.error_here(
                summary,
                "The word \"in\" and the collection must follow the names: for item in collection.",
            );
            return false;
        }
        self.bump();
        true
    }

    fn for_result(&mut self, closer: K, open: &Range<u32>) -> u32 {
        let makes_object = closer == K::RightBrace;
        let start = self.range().start;
        let first = self.expression();
        let mut height = first.height;
        if !self.lost && self.at(K::FatArrow) {
            if !makes_object {
                self.for_warning("A for expression in square brackets makes a list, so its results have no keys. Use braces to make an object.", open);
            }
            let marker = self.precede(first);
            self.bump();
            self.complete(&marker, K::ForKey);
            height = height.max(self.expression().height);
        } else if !self.lost && makes_object {
            let range = start..self.previous_range().end;
            self.errors.push(
                SyntaxError::new(
                    "Invalid 'for' expression",
                    "A for expression in braces makes an object, so each result needs a key: \
                     {for item in collection : key => value}. Use square brackets to make a list.",
                    range,
                )
                .within(open.clone()),
            );
        }
        if !self.lost && self.at(K::Ellipsis) {
            if !makes_object {
                self.for_warning("\"...\" groups results by their keys, and a for expression in square brackets has no keys. Remove it, or use braces.", open);
            }
            self.bump();
        }
        if !self.lost && self.at_word("if") {
            let marker = self.start();
            self.bump();
            height = height.max(self.expression().height);
            self.complete(&marker, K::ForCondition);
        }
        height
    }

    fn for_error(&mut self, detail: &'static str, open: &Range<u32>) {
        let range = self.range();
        let context = open.start..range.end;
        self.error(SyntaxError::new("Invalid 'for' expression", detail, range).within(context));
    }

    /// Like [`Self::for_error`], where the rest can still be read.
    fn for_warning(&mut self, detail: &'static str, open: &Range<u32>) {
        let range = self.range();
        let context = open.start..range.end;
        self.errors.push(SyntaxError::new("Invalid 'for' expression", detail, range).within(context));
    }
}

/// How messages about one form of brackets are worded.
struct Words {
    unterminated: &'static str,
    unterminated_detail: &'static str,
    separator: &'static str,
    separator_detail: &'static str,
}

const CALL: Words = Words {
    unterminated: "Unterminated function call",
    unterminated_detail: "No closing parenthesis ends this function call. Write \")\" behind its last argument.",
    separator: "Missing argument separator",
    separator_detail: "A comma must stand between the arguments of a function.",
};

const TUPLE: Words = Words {
    unterminated: "Unterminated tuple constructor expression",
    unterminated_detail: "No closing bracket ends this list. Write \"]\" behind its last item.",
    separator: "Missing item separator",
    separator_detail: "A comma must stand between the items of a list, also where each is on a line of its own.",
};

const OBJECT: Words = Words {
    unterminated: "Unterminated object constructor expression",
    unterminated_detail: "No closing brace ends this object. Write \"}\" behind its last entry.",
    separator: "Missing attribute separator",
    separator_detail: "A comma or a line break must stand between the entries of an object.",
};
