//! The fenced blocks of a document.

/// What a block asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Line of the opening fence, counted from 1.
    pub line: usize,
    /// The directory to begin with, where a new one is asked for.
    pub directory: Option<String>,
    /// What to do there.
    pub content: Content,
}

/// What is in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Commands to run.
    Commands(Vec<Command>),
    /// A file to write.
    File {
        /// Its path in the directory.
        name: String,
        /// What is in it.
        text: String,
    },
}

/// A command and what it is to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Line in the document, counted from 1.
    pub line: usize,
    /// The text for the shell.
    pub text: String,
    /// The lines that follow it.
    pub expected: Vec<String>,
}

/// The blocks of a document that ask for something, in order.
pub fn blocks(document: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = document.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(information) = line.strip_prefix("```") else { continue };
        let body: Vec<(usize, &str)> =
            lines.by_ref().take_while(|(_, line)| line.trim_end() != "```").collect();
        found.extend(block(at + 1, information, &body));
    }
    found
}

fn block(line: usize, information: &str, body: &[(usize, &str)]) -> Option<Block> {
    let mut words = information.split_whitespace();
    let language = words.next()?;
    let settings: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
    let setting = |name| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let content = match setting("file") {
        Some(name) => {
            Content::File { name, text: body.iter().map(|(_, line)| format!("{line}\n")).collect() }
        }
        None if language == "console" => Content::Commands(commands(body)),
        None => return None,
    };
    Some(Block { line, directory: setting("in"), content })
}

fn commands(body: &[(usize, &str)]) -> Vec<Command> {
    let mut found: Vec<Command> = Vec::new();
    for (at, line) in body {
        if let Some(text) = line.strip_prefix("$ ") {
            found.push(Command { line: at + 1, text: text.to_owned(), expected: Vec::new() });
        } else if let Some(last) = found.last_mut() {
            last.expected.push((*line).to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_with_their_directories_files_and_commands() {
        let document = "\
Text
```console in=first-steps
$ plumb version
Plumb
...
$ plumb init
```
```hcl file=main.tf
locals {}
```
```sh
not run
```
";
        let found = blocks(document);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[0].directory.as_deref()), (2, Some("first-steps")));
        let Content::Commands(commands) = &found[0].content else { panic!("{found:?}") };
        let [version, init] = commands.as_slice() else { panic!("{commands:?}") };
        assert_eq!((version.line, version.text.as_str()), (3, "plumb version"));
        assert_eq!(version.expected, ["Plumb", "..."]);
        assert_eq!((init.text.as_str(), init.expected.len()), ("plumb init", 0));
        let file = Content::File { name: "main.tf".into(), text: "locals {}\n".into() };
        assert_eq!(found[1], Block { line: 8, directory: None, content: file });
    }
}
