//! How text for people is dressed: colours and width. Nothing here decides whether there is a
//! terminal; whoever prints knows.

/// How text for people is dressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextStyle {
    /// Whether escape sequences for colours are written.
    pub color: bool,
    /// Where prose is wrapped, in columns; 0 for nowhere.
    pub width: usize,
}

impl TextStyle {
    /// Width of plain text, the one of a terminal that does not say how wide it is.
    pub const PLAIN_WIDTH: usize = 78;

    /// No colours, and a width that does not depend on the terminal.
    pub const PLAIN: TextStyle = TextStyle { color: false, width: Self::PLAIN_WIDTH };

    /// The text in bold.
    pub fn bold(self, text: &str) -> String {
        self.dress("\x1b[1m", text)
    }

    /// The text in bold red: errors and what is destroyed.
    pub fn alarm(self, text: &str) -> String {
        self.dress("\x1b[1;31m", text)
    }

    /// The text in bold yellow: warnings.
    pub fn caution(self, text: &str) -> String {
        self.dress("\x1b[1;33m", text)
    }

    /// The text in bold green: what went well.
    pub fn success(self, text: &str) -> String {
        self.dress("\x1b[1;32m", text)
    }

    /// The text in red.
    pub fn red(self, text: &str) -> String {
        self.dress("\x1b[31m", text)
    }

    /// The text in green.
    pub fn green(self, text: &str) -> String {
        self.dress("\x1b[32m", text)
    }

    /// The text in yellow.
    pub fn yellow(self, text: &str) -> String {
        self.dress("\x1b[33m", text)
    }

    /// The text in cyan.
    pub fn cyan(self, text: &str) -> String {
        self.dress("\x1b[36m", text)
    }

    /// The text in grey: what matters less.
    pub fn faint(self, text: &str) -> String {
        self.dress("\x1b[90m", text)
    }

    fn dress(self, code: &str, text: &str) -> String {
        if self.color { format!("{code}{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Prose broken into lines at blanks. Lines that begin with a blank are left alone: they are
    /// lists or examples whose shape matters.
    pub fn wrap(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + text.len() / 16);
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                out.push('\n');
            }
            if self.width == 0 || line.starts_with([' ', '\t']) {
                out.push_str(line);
            } else {
                wrap_line(line, self.width, &mut out);
            }
        }
        out
    }
}

fn wrap_line(line: &str, width: usize, out: &mut String) {
    let mut column = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_prose_and_leaves_lists_alone() {
        let style = TextStyle { color: false, width: 12 };
        assert_eq!(
            style.wrap("one two three four\n - a list item that is long"),
            "one two\nthree four\n - a list item that is long"
        );
        let endless = TextStyle { color: false, width: 0 };
        assert_eq!(endless.wrap("one two three four five"), "one two three four five");
    }
}
