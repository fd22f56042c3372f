//! Commands.

use super::{Arguments, Found, Operation};
use crate::code::Expr;
use crate::task::words;

pub(super) fn operation(module: &str, arguments: &mut Arguments<'_>) -> Found {
    Some(match module {
        "command" => command(arguments, false),
        "shell" | "raw" => command(arguments, true),
        "script" => script(arguments),
        "uri" => uri(arguments),
        _ => return None,
    })
}

/// The text of a command as a shell has to have it.
///
/// # Errors
/// It cannot be said.
pub(crate) fn text(arguments: &mut Arguments<'_>, by_shell: bool) -> Result<Expr, String> {
    if let Some(words) = arguments.get(&["argv"])? {
        return Ok(Expr::call("quote", vec![words]));
    }
    let raw = arguments.free.clone();
    let command = match arguments.free()? {
        Some(command) => Some(command),
        None => arguments.text(&["cmd", "_raw_params"])?,
    };
    let command = command.ok_or("there is no command")?;
    Ok(match command {
        Expr::Text(text) if by_shell => Expr::Text(text),
        Expr::Text(text) => Expr::Text(words_for_shell(&text)),
        other => {
            if !by_shell && raw.is_some_and(|raw| has_signs(&without_jinja(&raw))) {
                arguments
                    .notes
                    .push("the command goes through a shell here: quote what is special there".to_owned());
            }
            other
        }
    })
}

fn has_signs(text: &str) -> bool {
    text.contains(['$', '`', '|', '&', ';', '<', '>', '*', '?', '(', '~', '#'])
}

fn without_jinja(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        rest = rest[at..].find("}}").map_or("", |end| &rest[at + end + 2..]);
    }
    out + rest
}

/// Whether there is nothing after a dollar sign but names of variables.
fn names_variable(word: &str) -> bool {
    let mut after = word.split('$').skip(1).peekable();
    let is_name = |rest: &str| {
        rest.trim_start_matches('{').starts_with(|one: char| one.is_ascii_alphabetic() || one == '_')
    };
    after.peek().is_some() && after.all(is_name)
}

/// A command that no shell has looked at, so that one leaves it as it is.
fn words_for_shell(text: &str) -> String {
    let text = text.trim().replace('\n', " ");
    if !has_signs(&text) {
        return text;
    }
    let quote = |word: &str| {
        let is_quoted = word.starts_with(['"', '\'']) && word.ends_with(['"', '\'']) && word.len() > 1;
        let inner = if is_quoted { &word[1..word.len() - 1] } else { word };
        if names_variable(inner) {
            // Variables of the environment are all that Ansible has no shell for.
            let escaped = inner.replace('\\', "\\\\").replace('"', "\\\"").replace('`', "\\`");
            return format!("\"{escaped}\"");
        }
        if has_signs(inner) || (is_quoted && inner.contains(char::is_whitespace)) {
            format!("'{}'", inner.replace('\'', "'\\''"))
        } else {
            word.to_owned()
        }
    };
    words(&text).into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// What `creates` and `removes` say.
fn guarded(arguments: &mut Arguments<'_>, mut operation: Operation) -> Result<Operation, String> {
    for name in ["creates", "removes"] {
        let Some(path) = arguments.text(&[name])? else { continue };
        if path.literal().is_some_and(|path| path.contains(['*', '?', '['])) {
            arguments.notes.push(format!("`{name}` has a pattern in it, which is taken for a name"));
        }
        operation = operation.with(name, path);
    }
    Ok(operation)
}

fn command(arguments: &mut Arguments<'_>, by_shell: bool) -> Result<Vec<Operation>, String> {
    let mut command = text(arguments, by_shell)?;
    if let Some(text) = arguments.text(&["stdin"])? {
        let format = "printf '%%s\\n' %s | %s".to_owned();
        command = Expr::Format(format, vec![Expr::call("quote", vec![text]), command]);
    }
    if let Some(program) = arguments.text(&["executable"])?
        && !matches!(program.literal(), Some("/bin/sh" | "sh"))
    {
        command = Expr::Format("%s -c %s".to_owned(), vec![program, Expr::call("quote", vec![command])]);
    }
    let operation = Operation::new("server.shell").of(command);
    let operation = operation.maybe("chdir", arguments.text(&["chdir"])?);
    arguments.ignore(&["warn", "strip_empty_ends", "stdin_add_newline", "expand_argument_vars"]);
    Ok(vec![guarded(arguments, operation)?])
}

fn script(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let whole = match arguments.free.take() {
        Some(text) => text,
        None => match arguments.text(&["cmd", "_raw_params"])? {
            Some(Expr::Text(text)) => text,
            _ => return Err("there is no script".to_owned()),
        },
    };
    let (name, rest) = whole.trim().split_once(char::is_whitespace).unwrap_or((whole.trim(), ""));
    if name.contains("{{") {
        return Err("the name of the script is made of variables".to_owned());
    }
    let found = arguments.places.find("files", name);
    let src = Expr::text(found.map_or_else(|| arguments.places.said("files", name), |(said, _)| said));
    let mut operation = Operation::new("server.script").of(src);
    if !rest.trim().is_empty() {
        let mut each = Vec::new();
        for word in words(rest) {
            each.push(crate::jinja::text(word.trim_matches(['"', '\'']), arguments.scope, arguments.used)?);
        }
        operation = operation.with("args", Expr::List(each));
    }
    let operation = operation.maybe("chdir", arguments.text(&["chdir"])?);
    arguments.ignore(&["executable", "decrypt"]);
    Ok(vec![guarded(arguments, operation)?])
}

fn uri(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let url = arguments.need(&["url"])?;
    let method = arguments.text(&["method"])?.unwrap_or_else(|| Expr::text("GET"));
    let mut format = "curl --fail --silent --show-error --location".to_owned();
    let mut values = Vec::new();
    if method.literal() != Some("GET") {
        format.push_str(" --request %s");
        values.push(method);
    }
    if let Some(Expr::Dict(headers)) = arguments.get(&["headers"])? {
        for (name, value) in headers {
            format.push_str(" --header %s");
            values.push(Expr::Format("%s: %s".to_owned(), vec![name, value]));
        }
    }
    if let Some(body) = arguments.get(&["body"])? {
        format.push_str(" --data %s");
        let is_structure = matches!(body, Expr::Dict(_) | Expr::List(_));
        values.push(if is_structure { Expr::call("json.encode", vec![body]) } else { body });
        if arguments.literal("body_format")?.is_some_and(|format| format == "json") {
            format.push_str(" --header 'Content-Type: application/json'");
        }
    }
    if arguments.flag(&["validate_certs"])? == Some(Expr::Bool(false)) {
        format.push_str(" --insecure");
    }
    if let Some(dest) = arguments.text(&["dest"])? {
        format.push_str(" --output %s");
        values.push(dest);
    }
    let status = arguments.get(&["status_code"])?;
    if status.is_some_and(|status| !matches!(status.line().as_str(), "200" | "[200]")) {
        arguments.notes.push("every status that is no failure counts as success".to_owned());
    }
    arguments.ignore(&["return_content", "follow_redirects", "timeout", "force", "use_proxy"]);
    format.push_str(" -- %s");
    values.push(url);
    let words = values.into_iter().map(|value| Expr::call("quote", vec![value])).collect();
    let command = Expr::Format(format, words);
    Ok(vec![guarded(arguments, Operation::new("server.shell").of(command))?])
}
