//! Words of a command line as a shell on the other side reads them.

/// Characters that mean nothing but themselves to every shell.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-./:=@%+,".contains(character)
}

/// Words for a POSIX shell.
pub fn posix_quoted(words: &[&str]) -> String {
    let quoted = words.iter().map(|word| {
        if !word.is_empty() && word.chars().all(is_plain) {
            (*word).to_owned()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// Words for programs on Windows, which take their command lines apart by themselves.
pub fn windows_quoted(words: &[&str]) -> String {
    words.iter().map(|word| windows_word(word)).collect::<Vec<_>>().join(" ")
}

fn windows_word(word: &str) -> String {
    if !word.is_empty() && !word.contains([' ', '\t', '\n', '"']) {
        return word.to_owned();
    }
    let mut quoted = "\"".to_owned();
    let mut backslashes = 0;
    for character in word.chars() {
        match character {
            '\\' => backslashes += 1,
            // Backslashes stand for themselves unless a quote follows them.
            '"' => {
                quoted.extend(std::iter::repeat_n('\\', backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        quoted.push(character);
    }
    quoted.extend(std::iter::repeat_n('\\', backslashes));
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_posix_shells() {
        assert_eq!(posix_quoted(&["scp", "-t", "/tmp/a b"]), "scp -t '/tmp/a b'");
        assert_eq!(posix_quoted(&["it's", "", "~", "$HOME"]), r"'it'\''s' '' '~' '$HOME'");
    }

    #[test]
    fn words_for_windows() {
        assert_eq!(windows_quoted(&["scp", "C:/Program Files"]), r#"scp "C:/Program Files""#);
        assert_eq!(windows_quoted(&[r#"a\"b"#, r"c d\", ""]), r#""a\\\"b" "c d\\" """#);
    }
}
