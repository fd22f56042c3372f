//! What templates need: which variables, and what the engine that will fill them lacks.

use minijinja::{Environment, ErrorKind};

/// What a template needs.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Needs {
    /// Variables, each with whether the template copes without it.
    pub(crate) names: Vec<(String, bool)>,
    /// Filters and tests that are not there, as people call them.
    pub(crate) lacking: Vec<String>,
    /// What it asks of `ansible_facts`.
    pub(crate) facts: Vec<String>,
}

impl Needs {
    /// With what another template needs. What only one of them needs may be missing.
    pub(crate) fn extend(&mut self, other: Needs) {
        for (name, copes) in other.names {
            match self.names.iter_mut().find(|(own, _)| *own == name) {
                Some((_, own)) => *own &= copes,
                None => self.names.push((name, copes)),
            }
        }
        self.names.sort_unstable();
        for (own, others) in [(&mut self.lacking, other.lacking), (&mut self.facts, other.facts)] {
            own.extend(others);
            own.sort_unstable();
            own.dedup();
        }
    }
}

/// Looks at a template.
///
/// # Errors
/// Why it cannot be read, as the end of a sentence.
pub(crate) fn needs(text: &str) -> Result<Needs, String> {
    let environment = plumb_deploy::template_environment();
    let template = environment.template_from_str(text).map_err(|why| {
        let what = why.detail().map_or_else(|| why.kind().to_string(), str::to_owned);
        why.line().map_or_else(|| what.clone(), |line| format!("{what} (in its line {line})"))
    })?;
    let mut names: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    names.sort_unstable();
    let functions = ["range", "dict", "debug", "namespace", "loop", "lookup", "query"];
    names.retain(|name| !functions.contains(&name.as_str()));
    let copes = |name: &String| {
        text.contains(&format!("{name} is defined"))
            || text.contains(&format!("{name} is not defined"))
            || text.contains(&format!("{name} is undefined"))
            || text.contains(&format!("{name} | default"))
            || text.contains(&format!("{name}|default"))
    };
    let names = names
        .into_iter()
        .map(|name| {
            let copes = copes(&name);
            (name, copes)
        })
        .collect();
    Ok(Needs { names, lacking: lacking(text, &environment), facts: facts(text) })
}

/// The names behind `ansible_facts`.
fn facts(text: &str) -> Vec<String> {
    let mut names: Vec<String> = text
        .match_indices("ansible_facts")
        .filter_map(|(at, word)| {
            let rest = &text[at + word.len()..];
            let rest = rest
                .strip_prefix('.')
                .or_else(|| rest.strip_prefix("['"))
                .or_else(|| rest.strip_prefix("[\""))?;
            let end = rest.find(|one: char| !(one.is_alphanumeric() || one == '_')).unwrap_or(rest.len());
            Some(rest[..end].to_owned())
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn lacking(text: &str, environment: &Environment<'_>) -> Vec<String> {
    let mut lacking = Vec::new();
    for code in codes(text) {
        for (word, name) in words(code) {
            let (probe, kind) = match word {
                Word::Filter => (format!("1|{name}"), ErrorKind::UnknownFilter),
                Word::Test => (format!("1 is {name}"), ErrorKind::UnknownTest),
                Word::Function => {
                    if matches!(name.as_str(), "lookup" | "query") {
                        lacking.push(format!("function `{name}`"));
                    }
                    continue;
                }
            };
            let said = environment.compile_expression(&probe).and_then(|probe| probe.eval(()));
            if said.is_err_and(|error| error.kind() == kind) {
                let what = if matches!(word, Word::Filter) { "filter" } else { "test" };
                lacking.push(format!("{what} `{name}`"));
            }
        }
    }
    lacking.sort_unstable();
    lacking.dedup();
    lacking
}

#[derive(Clone, Copy)]
enum Word {
    Filter,
    Test,
    Function,
}

/// What stands between the signs of a template.
fn codes(text: &str) -> Vec<&str> {
    let mut codes = Vec::new();
    let mut rest = text;
    while let Some(at) = ["{{", "{%", "{#"].iter().filter_map(|sign| rest.find(sign)).min() {
        let end = match &rest[at..at + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let inside = &rest[at + 2..];
        let Some(length) = inside.find(end) else { break };
        if end != "#}" {
            codes.push(&inside[..length]);
        }
        rest = &inside[length + 2..];
    }
    codes
}

/// Names of filters, tests and functions. Words in texts are left alone.
fn words(code: &str) -> Vec<(Word, String)> {
    let Ok(tokens) = super::lexer::tokens(code.trim_matches(['-', '+'])) else { return Vec::new() };
    use super::lexer::Token;
    let mut words = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let name = |at: usize| match tokens.get(at) {
            Some(Token::Name(name)) => Some(name.clone()),
            _ => None,
        };
        match token {
            Token::Sign("|") => words.extend(name(at + 1).map(|name| (Word::Filter, name))),
            Token::Name(is) if is == "is" => {
                let next = if name(at + 1).as_deref() == Some("not") { at + 2 } else { at + 1 };
                words.extend(name(next).map(|name| (Word::Test, name)));
            }
            Token::Name(function) if tokens.get(at + 1) == Some(&Token::Sign("(")) => {
                words.push((Word::Function, function.clone()));
            }
            _ => {}
        }
    }
    words
}
