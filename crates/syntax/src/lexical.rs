//! Errors that single tokens are: characters that the language has no use for, line breaks in
//! quoted strings, escapes and numbers that mean nothing.

use crate::SyntaxKind as K;
use crate::error::SyntaxError;
use crate::lexer::Token;
use crate::literal;

/// How often the same kind of slip is reported: further ones add noise only.
const REPEATS_MAX: u32 = 4;

/// Looks at every token by itself.
pub(crate) fn check(text: &str, tokens: &[Token]) -> Vec<SyntaxError> {
    let mut check = Check { text, errors: Vec::new(), told: [0; 5] };
    let mut string_goes_on = false;
    for pair in tokens.windows(2) {
        let (token, range) = (pair[0], pair[0].start..pair[1].start);
        match token.kind {
            K::QuotedNewline if !string_goes_on => check.multi_line_string(range),
            K::QuotedText => literal::check_escapes(text, &range, &mut check.errors),
            K::Number => check.number(range),
            kind if kind.is_invalid() => check.invalid(kind, range),
            _ => {}
        }
        // One report for each string, not for each of its lines.
        string_goes_on = match token.kind {
            K::QuotedNewline => true,
            K::QuotedText => string_goes_on,
            _ => false,
        };
    }
    check.errors
}

struct Check<'t> {
    text: &'t str,
    errors: Vec<SyntaxError>,
    told: [u32; 5],
}

impl Check<'_> {
    fn multi_line_string(&mut self, range: std::ops::Range<u32>) {
        self.errors.push(SyntaxError::new(
            "Invalid multi-line string",
            "A quoted string must end on the line on which it starts. Write \\n where the text is to \
             have a line break, or use a heredoc for text of several lines:\n\n  <<-EOT\n    first line\n    \
             second line\n  EOT",
            range,
        ));
    }

    fn number(&mut self, range: std::ops::Range<u32>) {
        let digits = &self.text[range.start as usize..range.end as usize];
        if literal::is_number(digits) {
            return;
        }
        self.errors.push(SyntaxError::new(
            "Invalid number literal",
            format!(
                "\"{digits}\" is not a number. A number has at most one decimal point and one exponent, \
                 as in 1.5e3, and no exponent of more than nine digits; write other text in quotes."
            ),
            range,
        ));
    }

    fn invalid(&mut self, kind: K, range: std::ops::Range<u32>) {
        let class = match kind {
            K::Ampersand | K::Pipe | K::Caret | K::Tilde => 0,
            K::Backtick => 1,
            K::Apostrophe => 2,
            K::Semicolon => 3,
            _ => 4,
        };
        self.told[class] += 1;
        // Quotes come in pairs: the second one is the same slip.
        let closes_pair = matches!(kind, K::Backtick | K::Apostrophe) && self.told[class].is_multiple_of(2);
        if closes_pair || self.told[class] > REPEATS_MAX {
            return;
        }
        let (summary, detail): (_, std::borrow::Cow<'static, str>) = match kind {
            K::Ampersand => ("Unsupported operator", "There are no bitwise operators. For a logical \"and\" write \"&&\".".into()),
            K::Pipe => ("Unsupported operator", "There are no bitwise operators and no pipes. For a logical \"or\" write \"||\".".into()),
            K::Tilde => ("Unsupported operator", "There are no bitwise operators. For a logical \"not\" write \"!\". In a template, \"~\" goes directly beside the brace, as in \"${~ name ~}\".".into()),
            K::Caret => ("Unsupported operator", "There are no bitwise operators. For a power write pow(base, exponent).".into()),
            K::Backtick => ("Invalid character", "A backtick does not enclose strings. Use double quotes, or a heredoc such as <<EOT for text of several lines.".into()),
            K::Apostrophe => ("Invalid character", "Single quotes do not enclose strings. Use double quotes (\") instead.".into()),
            K::Semicolon => ("Invalid character", "Nothing is separated by \";\". Put each argument and block on a line of its own, and write commas between the items of a list.".into()),
            _ => self.unknown(&range),
        };
        self.errors.push(SyntaxError::new(summary, detail, range));
    }

    fn unknown(&self, range: &std::ops::Range<u32>) -> (&'static str, std::borrow::Cow<'static, str>) {
        let found = &self.text[range.start as usize..range.end as usize];
        if found.starts_with("/*") {
            return (
                "Unterminated comment",
                "No \"*/\" ends this comment before the end of the file.".into(),
            );
        }
        let detail = match found {
            "\u{201c}" | "\u{201d}" | "\u{201e}" | "\u{ab}" | "\u{bb}" => {
                "Curly quotes do not enclose strings; they often slip in from documents and chats. Replace \
                 them by straight double quotes (\")."
                    .into()
            }
            "\u{2018}" | "\u{2019}" => {
                "Curly quotes do not enclose strings; they often slip in from documents and chats. Replace \
                 them by straight double quotes (\")."
                    .into()
            }
            "\\" => "A backslash has a meaning only inside a string. Inside \"${ ... }\" quotes are written \
                     plainly, without a backslash: \"${file(\"name\")}\"."
                .into(),
            "\r" => {
                "A carriage return without a line feed is not a line break here. Save the file with Unix \
                     or Windows line ends."
                    .into()
            }
            "\u{a0}" | "\u{2007}" | "\u{202f}" | "\u{2003}" | "\u{3000}" => {
                "This looks like a blank but is another character, which often slips in from web pages and \
                 documents. Replace it by an ordinary blank."
                    .into()
            }
            "\u{200b}" | "\u{200c}" | "\u{200d}" | "\u{2060}" | "\u{feff}" => {
                "There is an invisible character here, which often slips in from web pages and documents. \
                 Delete it."
                    .into()
            }
            other => {
                format!("The character {other:?} has no meaning here. In text, enclose it in double quotes.")
                    .into()
            }
        };
        ("Invalid character", detail)
    }
}
