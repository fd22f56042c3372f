//! Expressions: operators, conditionals, terms and the steps behind them.

use super::{Completed, Marker, NESTING_MAX, Parser};
use crate::SyntaxKind as K;
use crate::error::SyntaxError;

/// How tightly an operator binds; `None` for what is no operator on two operands.
fn binding(kind: K) -> Option<u8> {
    Some(match kind {
        K::OrOr => 1,
        K::AndAnd => 2,
        K::EqualEqual | K::BangEqual => 3,
        K::Greater | K::GreaterEqual | K::Less | K::LessEqual => 4,
        K::Plus | K::Minus => 5,
        K::Star | K::Slash | K::Percent => 6,
        _ => return None,
    })
}

impl Parser<'_> {
    /// A text that is one expression. Line breaks mean nothing, as if it stood in parentheses.
    pub(super) fn whole_expression(&mut self) {
        let marker = self.start();
        self.set_newlines(false);
        self.expression();
        if !self.at(K::EndOfFile) {
            self.error_here(
                "Extra characters after expression",
                "The expression ends before this. Remove the rest, or join it to the expression with an operator.",
            );
            let rest = self.start();
            while !self.at(K::EndOfFile) {
                self.bump();
            }
            self.complete(&rest, K::Error);
        }
        self.complete(&marker, K::File);
    }

    /// One expression. Always makes a node; after an error, [`Parser::lost`] is set.
    pub(super) fn expression(&mut self) -> Completed {
        if !self.enter() {
            return self.missing();
        }
        let done = self.conditional();
        self.leave();
        done
    }

    fn conditional(&mut self) -> Completed {
        let condition = self.binary(1);
        if self.lost || !self.at(K::Question) {
            return condition;
        }
        let start = self.position;
        let marker = self.precede(condition);
        let question = self.range();
        self.bump();
        let when_true = self.expression();
        let mut height = condition.height.max(when_true.height);
        if !self.lost && !self.at(K::Colon) {
            let range = self.range();
            let context = self.range_of(start).start..range.end;
            self.error(
                SyntaxError::new(
                    "Missing false expression in conditional",
                    "A conditional needs two results: condition ? value if true : value if false. The colon \
                     with the second one is missing here.",
                    range,
                )
                .within(context)
                .note(question, "the conditional"),
            );
        }
        if self.lost {
            self.missing();
        } else {
            self.bump();
            height = height.max(self.expression().height);
        }
        self.complete_with_height(&marker, K::Conditional, height + 1)
    }

    /// Operands joined by operators that bind at least as tightly as `least`.
    fn binary(&mut self, least: u8) -> Completed {
        let mut left = self.term_with_steps();
        while !self.lost
            && let Some(tightness) = binding(self.kind())
            && tightness >= least
        {
            if left.height >= NESTING_MAX {
                self.too_deep();
                break;
            }
            let marker = self.precede(left);
            self.bump();
            let right = self.binary(tightness + 1);
            let height = left.height.max(right.height) + 1;
            left = self.complete_with_height(&marker, K::Binary, height);
        }
        left
    }

    fn term_with_steps(&mut self) -> Completed {
        let term = self.term();
        if self.lost || !matches!(self.kind(), K::Dot | K::LeftBracket) {
            return term;
        }
        let marker = self.precede(term);
        let height = self.steps().max(term.height) + 1;
        self.complete_with_height(&marker, K::Traversal, height)
    }

    /// Steps behind a term; returns the height of what is in them.
    fn steps(&mut self) -> u32 {
        let mut height = 0;
        while !self.lost {
            height = height.max(match self.kind() {
                K::Dot => self.dot_step(),
                K::LeftBracket => self.bracket_step(),
                _ => break,
            });
        }
        height
    }

    fn dot_step(&mut self) -> u32 {
        let marker = self.start();
        match self.kind_after() {
            K::Star => {
                self.bump();
                self.bump();
                while !self.lost && self.at(K::Dot) {
                    self.splat_attribute_step();
                }
                self.complete(&marker, K::AttributeSplatStep);
            }
            _ => self.name_step(&marker),
        }
        1
    }

    fn splat_attribute_step(&mut self) {
        let marker = self.start();
        if self.kind_after() == K::Star {
            self.bump();
            self.error_here(
                "Nested splat expression not allowed",
                "Behind \".*\" only attribute names may follow. Use \"[*]\" for both: list[*].inner[*].name.",
            );
            self.complete(&marker, K::Error);
            return;
        }
        self.name_step(&marker);
    }

    /// `.name` or `.0`.
    fn name_step(&mut self, marker: &Marker) {
        self.bump();
        match self.kind() {
            K::Ident => {
                self.bump();
                self.complete(marker, K::AttributeStep);
            }
            K::Number => {
                let digits = self.current_text();
                if let Some((first, second)) = digits.split_once('.') {
                    let detail = format!(
                        "Two indexes written with dots look like the number {digits}. Write them in brackets: \
                         [{first}][{second}]."
                    );
                    let range = self.range();
                    // The text can still be read, so what follows can be checked.
                    self.errors.push(SyntaxError::new("Invalid legacy index syntax", detail, range));
                }
                self.bump();
                self.complete(marker, K::LegacyIndexStep);
            }
            _ => {
                self.error_here(
                    "Invalid attribute name",
                    "A dot must be followed by the name of an attribute. For a computed name or one with other \
                     characters, use brackets: [\"name\"].",
                );
                self.complete(marker, K::Error);
            }
        }
    }

    fn bracket_step(&mut self) -> u32 {
        let marker = self.start();
        if self.kind_after() == K::Star {
            return self.full_splat(&marker);
        }
        let open = self.range();
        self.bump();
        let newlines = self.enter_brackets(K::RightBracket, false);
        let key = self.expression();
        self.close_bracket(
            K::RightBracket,
            "Missing close bracket on index",
            "An index ends with a closing bracket (\"]\"), which is missing here.",
            open,
        );
        self.leave_brackets(newlines);
        self.complete(&marker, K::IndexStep);
        key.height
    }

    fn full_splat(&mut self, marker: &Marker) -> u32 {
        self.bump();
        self.bump();
        if !self.eat(K::RightBracket) {
            self.error_here(
                "Missing close bracket on splat index",
                "The star of a splat is directly followed by a closing bracket: [*].",
            );
            if self.skip_to(K::RightBracket) {
                self.bump();
            }
        }
        let mut height = 1;
        if self.enter() {
            height += self.steps();
            self.leave();
        }
        self.complete(marker, K::FullSplatStep);
        height
    }

    /// Takes the closing bracket; where something else is in the way, reports it, skips it, and finds
    /// its feet behind the bracket if there is one.
    pub(super) fn close_bracket(
        &mut self,
        closer: K,
        summary: &'static str,
        detail: &'static str,
        open: std::ops::Range<u32>,
    ) {
        if !self.lost && self.eat(closer) {
            return;
        }
        let here = self.range();
        self.error(SyntaxError::new(summary, detail, here).note(open, "it starts here"));
        if self.skip_to(closer) {
            self.bump();
        }
    }

    fn term(&mut self) -> Completed {
        let marker = self.start();
        match self.kind() {
            K::Number => {
                self.bump();
                self.complete(&marker, K::NumberLiteral)
            }
            K::Ident => self.name_or_call(&marker),
            K::OpenQuote | K::OpenHeredoc => self.template(&marker),
            K::LeftParenthesis => self.parentheses(&marker),
            K::LeftBracket => self.tuple(&marker),
            K::LeftBrace => self.object(&marker),
            K::Minus | K::Bang => self.unary(&marker),
            kind => {
                self.not_an_expression(kind);
                self.complete(&marker, K::Missing)
            }
        }
    }

    fn unary(&mut self, marker: &Marker) -> Completed {
        let mut height = 0;
        if self.enter() {
            self.bump();
            height = self.term_with_steps().height;
            self.leave();
        } else {
            self.missing();
        }
        self.complete_with_height(marker, K::Unary, height + 1)
    }

    fn name_or_call(&mut self, marker: &Marker) -> Completed {
        if matches!(self.kind_after(), K::LeftParenthesis | K::DoubleColon) {
            return self.call(marker);
        }
        let kind = match self.current_text() {
            "true" | "false" => K::BoolLiteral,
            "null" => K::NullLiteral,
            _ => K::Variable,
        };
        self.bump();
        self.complete(marker, kind)
    }

    fn parentheses(&mut self, marker: &Marker) -> Completed {
        let open = self.range();
        self.bump();
        let newlines = self.enter_brackets(K::RightParenthesis, false);
        let inner = self.expression();
        self.close_bracket(
            K::RightParenthesis,
            "Unbalanced parentheses",
            "The expression in parentheses must end with a closing parenthesis here.",
            open,
        );
        self.leave_brackets(newlines);
        self.complete_with_height(marker, K::Parentheses, inner.height + 1)
    }

    fn not_an_expression(&mut self, kind: K) {
        let detail = match kind {
            K::EndOfFile => {
                return self.error_here("Missing expression", "A value must stand here, but the text ends.");
            }
            K::Newline => {
                "A value must follow on the same line. To spread an expression over several lines, enclose it \
                 in parentheses."
            }
            K::Equals => "A value must stand here, not another equals sign. To compare, write \"==\".",
            K::Less if self.kind_after() == K::Less => {
                "A heredoc starts with << or <<- and a name directly behind it, without quotes, and the line \
                 ends there: <<EOT."
            }
            K::Question => "A conditional needs its condition before the question mark.",
            K::Comma => "A value must stand before the comma.",
            K::RightBracket | K::RightParenthesis | K::RightBrace | K::CloseSequence => {
                "A value must stand before this closing bracket."
            }
            K::Star | K::Slash | K::Percent | K::Plus => "An operator needs a value on both sides.",
            _ => {
                "A value must stand here: a literal, a reference, a function call, or an expression in brackets."
            }
        };
        self.error_here("Invalid expression", detail);
    }
}
