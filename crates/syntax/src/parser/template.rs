//! Templates: quoted strings, heredocs and template files, with their interpolations and directives.

use std::ops::Range;

use plumb_diagnostics::did_you_mean;

use super::body::unterminated_string;
use super::{Completed, Marker, Parser};
use crate::SyntaxKind as K;
use crate::error::SyntaxError;

/// Why a run of template parts ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The template ends, or what should end it is missing.
    End,
    Else,
    EndIf,
    EndFor,
}

impl Parser<'_> {
    /// A text that is a template as a whole.
    pub(super) fn whole_template(&mut self) {
        let marker = self.start();
        let template = self.start();
        let mut height = 0;
        self.all_parts(&mut height);
        self.complete(&template, K::Template);
        self.complete(&marker, K::File);
    }

    /// A quoted string or a heredoc.
    pub(super) fn template(&mut self, marker: &Marker) -> Completed {
        let open = self.range();
        let quoted = self.at(K::OpenQuote);
        let opener = self.current_text();
        self.bump();
        let mut height = 0;
        let closer = if quoted { K::CloseQuote } else { K::CloseHeredoc };
        self.all_parts(&mut height);
        if !self.eat(closer) && !self.lost {
            let error =
                if quoted { unterminated_string(open) } else { self.unterminated_heredoc(open, opener) };
            // That the blocks around a heredoc do not end either follows from it.
            self.told_unclosed |= !quoted;
            self.error(error);
        }
        self.complete_with_height(marker, K::Template, height + 1)
    }

    fn unterminated_heredoc(&self, open: Range<u32>, opener: &str) -> SyntaxError {
        let marker = opener.trim_start_matches(['<', '-']).trim_end();
        let rest = &self.text[open.end as usize..];
        let near = rest.lines().map(str::trim).find(|line| line.starts_with(marker));
        let detail = match near {
            Some(line) if line == marker => format!(
                "The line \"{marker}\" that ends this heredoc must itself end in a line break, but the file ends \
                 there. Add a line break at the end of the file."
            ),
            Some(line) => format!(
                "No line ends this heredoc. The closing \"{marker}\" must be alone on its line, but there is \
                 {line:?}: put what follows on the next line."
            ),
            None => format!(
                "No line ends this heredoc before the end of the file. Add a line that contains only \"{marker}\"."
            ),
        };
        SyntaxError::new("Unterminated template string", detail, open)
    }

    /// Parts up to the end of the template. Directives that have no beginning are reported.
    fn all_parts(&mut self, height: &mut u32) {
        loop {
            let before = self.range();
            let stop = self.parts(height);
            let name = match stop {
                Stop::End => return,
                Stop::Else => "else",
                Stop::EndIf => "endif",
                Stop::EndFor => "endfor",
            };
            let beginning = if stop == Stop::EndFor { "for" } else { "if" };
            let range = self.directive_range().unwrap_or(before);
            self.errors.push(SyntaxError::new(
                format!("Unexpected {name} directive"),
                format!("No %{{{beginning}}} directive is open here. Remove this %{{{name}}}, or add its beginning."),
                range,
            ));
            self.directive(K::Error, |_| {});
        }
    }

    /// Parts of a template until it ends or a directive belongs to the surrounding one. That
    /// directive is not taken.
    fn parts(&mut self, height: &mut u32) -> Stop {
        loop {
            match self.kind() {
                K::QuotedText | K::QuotedNewline | K::TemplateText => self.bump(),
                K::OpenInterpolation => *height = (*height).max(self.interpolation()),
                K::OpenDirective => {
                    if let Some(stop) = self.part_directive(height) {
                        return stop;
                    }
                }
                _ => return Stop::End,
            }
        }
    }

    fn interpolation(&mut self) -> u32 {
        let marker = self.start();
        let open = self.range();
        self.bump();
        let newlines = self.enter_brackets(K::CloseSequence, false);
        let inner = self.expression();
        if self.lost || !self.at(K::CloseSequence) {
            self.unclosed_interpolation(open);
        }
        self.close_sequence();
        self.leave_brackets(newlines);
        self.complete(&marker, K::Interpolation);
        inner.height
    }

    fn unclosed_interpolation(&mut self, open: Range<u32>) {
        let range = self.range();
        let error = match self.kind() {
            K::EndOfFile | K::OpenQuote | K::CloseQuote | K::QuotedNewline | K::RightBrace => SyntaxError::new(
                "Unclosed template interpolation sequence",
                "No closing brace ends this \"${\". Write \"}\" behind the expression; to write \"${\" as plain \
                 text, double the sign: \"$${\".",
                open,
            ),
            K::Colon => SyntaxError::new(
                "Extra characters after interpolation expression",
                "A colon cannot stand here. If this is text for another program, such as a shell, double the \
                 sign to write it as plain text: \"$${\".",
                range,
            )
            .within(open),
            _ => SyntaxError::new(
                "Extra characters after interpolation expression",
                "The expression ends before this, so a closing brace must follow. If this is text for another \
                 program, such as a shell, double the sign to write it as plain text: \"$${\".",
                range,
            )
            .within(open),
        };
        self.error(error);
    }

    /// Takes the end of a sequence, past whatever is in the way.
    fn close_sequence(&mut self) {
        if !self.lost && self.eat(K::CloseSequence) {
            return;
        }
        if self.skip_to(K::CloseSequence) {
            self.bump();
        }
    }

    /// The word that a directive starts with.
    fn directive_word(&self) -> &str {
        let index = self.next_past_newlines(self.current + 1);
        if self.tokens[index].kind == K::Ident { self.text_of(&self.range_of(index)) } else { "" }
    }

    fn directive_range(&self) -> Option<Range<u32>> {
        let index = self.next_past_newlines(self.current + 1);
        (self.tokens[index].kind == K::Ident).then(|| self.range_of(index))
    }

    fn next_past_newlines(&self, mut index: usize) -> usize {
        while self.tokens[index].kind == K::Newline || self.tokens[index].kind.is_trivia() {
            index += 1;
        }
        index
    }

    /// A directive, with everything up to its end; or the reason why the parts before it end.
    fn part_directive(&mut self, height: &mut u32) -> Option<Stop> {
        match self.directive_word() {
            "if" => self.template_if(height),
            "for" => self.template_for(height),
            "else" => return Some(Stop::Else),
            "endif" => return Some(Stop::EndIf),
            "endfor" => return Some(Stop::EndFor),
            "" => {
                let range = self.range();
                self.errors.push(SyntaxError::new(
                    "Invalid template directive",
                    "A directive starts with one of the words if, else, endif, for and endfor. To write \"%{\" as \
                     plain text, double the sign: \"%%{\".",
                    range,
                ));
                self.directive(K::Error, |_| {});
            }
            word => {
                let detail = format!(
                    "\"{word}\" is not a template directive; there are if, else, endif, for and endfor.{} To \
                     write \"%{{\" as plain text, double the sign: \"%%{{\".",
                    did_you_mean(word, ["if", "else", "endif", "for", "endfor"])
                );
                let range = self.directive_range().unwrap_or_else(|| self.range());
                self.errors.push(SyntaxError::new("Invalid template control keyword", detail, range));
                self.directive(K::Error, |_| {});
            }
        }
        None
    }

    /// `%{`, the rest, `}`. As an error, the rest is skipped.
    fn directive(&mut self, kind: K, rest: impl FnOnce(&mut Self)) {
        let marker = self.start();
        let open = self.range();
        self.bump();
        let newlines = self.enter_brackets(K::CloseSequence, false);
        if kind == K::Error {
            self.lost = true;
        } else {
            let word = self.current_text();
            self.bump();
            rest(self);
            if self.lost || !self.at(K::CloseSequence) {
                let range = self.range();
                self.error(
                    SyntaxError::new(
                        format!("Extra characters in {word} marker"),
                        "The directive ends before this, so a closing brace must follow.",
                        range,
                    )
                    .within(open),
                );
            }
        }
        self.close_sequence();
        self.leave_brackets(newlines);
        self.complete(&marker, kind);
    }

    fn template_if(&mut self, height: &mut u32) {
        let open = self.directive_range().unwrap_or_else(|| self.range());
        let marker = self.start();
        let mut inner = 0;
        self.directive(K::IfDirective, |parser| inner = parser.expression().height);
        if self.enter() {
            let mut in_else = false;
            loop {
                match self.parts(&mut inner) {
                    Stop::EndIf => {
                        self.directive(K::EndIfDirective, |_| {});
                        break;
                    }
                    Stop::Else if !in_else => {
                        in_else = true;
                        self.directive(K::ElseDirective, |_| {});
                    }
                    Stop::Else => self.wrong_directive("else", "has an %{else} already", &open),
                    Stop::EndFor => self.wrong_directive("endfor", "must end in %{endif} first", &open),
                    Stop::End => {
                        self.missing_end("if", "endif", &open);
                        break;
                    }
                }
            }
            self.leave();
        } else {
            self.skip_template();
        }
        *height = (*height).max(inner + 1);
        self.complete(&marker, K::TemplateIf);
    }

    fn template_for(&mut self, height: &mut u32) {
        let open = self.directive_range().unwrap_or_else(|| self.range());
        let marker = self.start();
        let mut inner = 0;
        self.directive(K::ForDirective, |parser| {
            if parser.for_names("Invalid 'for' directive") {
                inner = parser.expression().height;
            }
        });
        if self.enter() {
            loop {
                match self.parts(&mut inner) {
                    Stop::EndFor => {
                        self.directive(K::EndForDirective, |_| {});
                        break;
                    }
                    Stop::Else => self.wrong_directive("else", "can have no %{else}", &open),
                    Stop::EndIf => self.wrong_directive("endif", "must end in %{endfor} first", &open),
                    Stop::End => {
                        self.missing_end("for", "endfor", &open);
                        break;
                    }
                }
            }
            self.leave();
        } else {
            self.skip_template();
        }
        *height = (*height).max(inner + 1);
        self.complete(&marker, K::TemplateFor);
    }

    fn wrong_directive(&mut self, name: &str, why: &str, open: &Range<u32>) {
        let range = self.directive_range().unwrap_or_else(|| self.range());
        self.errors.push(
            SyntaxError::new(
                format!("Unexpected {name} directive"),
                format!("The directive that is open here {why}."),
                range,
            )
            .note(open.clone(), "it starts here"),
        );
        self.directive(K::Error, |_| {});
    }

    fn missing_end(&mut self, name: &str, end: &str, open: &Range<u32>) {
        if self.lost {
            return;
        }
        self.errors.push(SyntaxError::new(
            "Unexpected end of template",
            format!("This %{{{name}}} directive is missing its %{{{end}}} before the template ends."),
            open.clone(),
        ));
    }
}
