//! Arguments from the environment: `TF_CLI_ARGS` for every command, `TF_CLI_ARGS_plan` for one.

use crate::environment::Environment;

/// The words with those of the environment put behind the command's name, so that what was typed
/// comes last and wins.
pub(crate) fn with_environment(
    words: Vec<String>,
    root: &clap::Command,
    environment: &Environment,
) -> Result<Vec<String>, String> {
    let length = command_length(&words, root);
    let name = words[..length].join("_").replace('-', "_");
    let mut extra = Vec::new();
    for variable in [format!("TF_CLI_ARGS_{name}"), "TF_CLI_ARGS".to_owned()] {
        if let Some(text) = environment.get(&variable) {
            extra.extend(split(text).ok_or_else(|| {
                format!("Error parsing extra CLI args from {variable}: a quote in it is not closed.\n")
            })?);
        }
    }
    let mut words = words;
    words.splice(length..length, extra);
    Ok(words)
}

/// How many of the words name the command.
fn command_length(words: &[String], root: &clap::Command) -> usize {
    let mut command = root;
    for (at, word) in words.iter().enumerate() {
        match command.find_subcommand(word) {
            Some(next) => command = next,
            None => return at,
        }
    }
    words.len()
}

/// Words as a shell parts them; `None` where a quote is not closed.
fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().push(characters.next()?),
            (Some(_), other) => word.get_or_insert_default().push(other),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, blank) if blank.is_whitespace() => words.extend(word.take()),
            (None, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_parted_like_a_shell_does() {
        let cases = [
            ("-a  -b=c", Some(vec!["-a", "-b=c"])),
            ("-var 'a=b c' \"d\\\"e\"", Some(vec!["-var", "a=b c", "d\"e"])),
            ("a\\ b ''", Some(vec!["a b", ""])),
            ("", Some(vec![])),
            ("'a", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|words| words.into_iter().map(str::to_owned).collect());
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
