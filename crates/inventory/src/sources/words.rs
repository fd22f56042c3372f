//! Words with quotes, as shells and Ansible's hosts have them.
//!
//! The rules are those of a POSIX shell without expansions: blanks part words, single quotes take everything as it
//! is, double quotes all but `\"` and `\\`, and a backslash outside of quotes the next character.

/// A word without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// Where it stands, quotes included.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Why a text has no words, and where that began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrongWords {
    pub(crate) at: usize,
    pub(crate) why: &'static str,
}

/// The words of a line. With comments, one begins with `#` wherever it stands outside of quotes.
pub(crate) fn split(text: &str, with_comments: bool) -> Result<Vec<Word>, WrongWords> {
    let mut words = Vec::new();
    let mut current: Option<Word> = None;
    let mut characters = text.char_indices();
    while let Some((at, one)) = characters.next() {
        match one {
            '#' if with_comments => break,
            ' ' | '\t' | '\r' | '\n' => {
                words.extend(current.take());
                continue;
            }
            _ => {}
        }
        let word = current.get_or_insert_with(|| Word { text: String::new(), start: at, end: at });
        word.end = match one {
            '\'' => in_single_quotes(&mut word.text, &mut characters, at)?,
            '"' => in_double_quotes(&mut word.text, &mut characters, at)?,
            '\\' => {
                let nothing = WrongWords { at, why: "there is nothing behind the backslash" };
                let (at, next) = characters.next().ok_or(nothing)?;
                word.text.push(next);
                at + next.len_utf8()
            }
            plain => {
                word.text.push(plain);
                at + plain.len_utf8()
            }
        };
    }
    words.extend(current);
    Ok(words)
}

type Characters<'a> = std::str::CharIndices<'a>;

const NOT_CLOSED: &str = "the quotation that begins here has no end";

fn in_single_quotes(
    text: &mut String,
    characters: &mut Characters<'_>,
    from: usize,
) -> Result<usize, WrongWords> {
    for (at, one) in characters.by_ref() {
        if one == '\'' {
            return Ok(at + 1);
        }
        text.push(one);
    }
    Err(WrongWords { at: from, why: NOT_CLOSED })
}

fn in_double_quotes(
    text: &mut String,
    characters: &mut Characters<'_>,
    from: usize,
) -> Result<usize, WrongWords> {
    while let Some((at, one)) = characters.next() {
        match one {
            '"' => return Ok(at + 1),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                Some((_, other)) => text.extend(['\\', other]),
                None => break,
            },
            other => text.push(other),
        }
    }
    Err(WrongWords { at: from, why: NOT_CLOSED })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        split(text, true).expect(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_are_as_a_shell_has_them() {
        let cases: &[(&str, &[&str])] = &[
            ("a b  c", &["a", "b", "c"]),
            (r#"a="b c" d='e "f"'"#, &["a=b c", r#"d=e "f""#]),
            (r#""a\"b" "a\nb" a\ b '' "#, &["a\"b", "a\\nb", "a b", ""]),
            ("a=b#c d", &["a=b"]),
            ("a '#' # c", &["a", "#"]),
            ("é=\"ü\"", &["é=ü"]),
        ];
        for (text, words) in cases {
            assert_eq!(texts(text), *words, "{text}");
        }
        let words = split("ab \"c d\"e f", true).expect("words");
        assert_eq!((words[1].start, words[1].end), (3, 9));
        assert_eq!(split("a=b#c", false).expect("words")[0].text, "a=b#c");
    }

    #[test]
    fn what_has_no_end_is_refused_where_it_begins() {
        assert_eq!(split("ab 'c", true).expect_err("no end").at, 3);
        assert_eq!(split("ab \"c\\", true).expect_err("no end").at, 3);
        assert_eq!(split("ab\\", true).expect_err("no end").at, 2);
    }
}
