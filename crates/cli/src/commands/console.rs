//! `console`: expressions and their values.

use std::borrow::Cow;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{Evaluator, Frame, Scope};
use plumb_expression::Expression;
use plumb_plan::PlanOptions;
use plumb_syntax::ast::{Expr, ExprKind};
use plumb_view::text::{format_type, format_value};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::{Context, Editor, Helper, Highlighter, Hinter, Validator};

use super::in_session;
use super::operation::{make_plan, prepare};
use crate::arguments::ConsoleArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{InputRequest, Loaded, PLAN, Session, StatePlace};
use crate::shell::Shell;

pub(super) fn run(shell: &Shell, arguments: &ConsoleArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    in_session(shell, async |session| {
        let console = open(session, arguments).await?;
        if session.shell.terminal.has_interactive_input() {
            return console.converse().await;
        }
        console.read_all().await
    })
}

/// Everything that expressions are evaluated with.
struct Console<'s> {
    session: &'s Session<'s>,
    evaluator: Arc<Evaluator>,
    names: Vec<String>,
}

async fn open<'s>(
    session: &'s Session<'s>,
    arguments: &ConsoleArguments,
) -> Result<Console<'s>, Diagnostics> {
    let place = StatePlace::of(&arguments.state, None);
    let prompt = session.prompt(session.shell.terminal.has_interactive_input());
    if arguments.plan.0 {
        let prepared = prepare(session, &place, &arguments.variables, &arguments.lock, PLAN, &prompt).await?;
        let planned = make_plan(session, &prepared, PlanOptions::default()).await?;
        session.shell.checked(((), planned.diagnostics))?;
        let objects = Arc::new(crate::session::PlannedValues::new(&planned.plan, &prepared.providers));
        let evaluator = session.evaluator_over(
            &prepared.loaded,
            objects,
            prepared.variables,
            session.evaluation(true, &prepared.providers)?,
        );
        let names = names(&prepared.loaded);
        prepared.opened.close().await?;
        return Ok(Console { session, evaluator, names });
    }
    // Functions and operators can be tried anywhere.
    let loaded = session.load_or_nothing()?;
    let backend = session.backend(Some(&loaded.config), &place)?;
    let state = session.read_state(&session.store(&backend)?).await?;
    let providers = session.providers(&loaded.config, Some(&state)).await?;
    let request = InputRequest { arguments: &arguments.variables.given, prompt: &prompt };
    let variables = session.suitable_inputs(&loaded.config, request).await?;
    let evaluator = session.recorded_evaluator(&loaded, &providers, state, variables)?;
    Ok(Console { session, evaluator, names: names(&loaded) })
}

/// What can be completed: functions, and what the root module has.
fn names(loaded: &Loaded) -> Vec<String> {
    let root = loaded.config.root();
    let mut names: Vec<String> =
        plumb_expression::function_names().into_iter().map(|name| format!("{name}(")).collect();
    names.extend(root.variables.keys().map(|name| format!("var.{name}")));
    names.extend(root.locals.keys().map(|name| format!("local.{name}")));
    names.extend(root.calls.keys().map(|name| format!("module.{name}")));
    names.extend(root.resources.keys().map(ToString::to_string));
    names.extend(["path.module", "path.root", "path.cwd", "terraform.workspace"].map(str::to_owned));
    names.sort();
    names
}

impl Console<'_> {
    /// What there is to show of an expression: its value, or the type of the value where it asks
    /// for that.
    async fn evaluate(&self, text: &str) -> Result<String, Diagnostics> {
        let file = self.session.shell.sources.add("<console-input>", text);
        let (syntax, diagnostics) = plumb_syntax::parse_expression(text, file);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let looked_at = argument_of_type(&syntax);
        let (expression, diagnostics) = Expression::compile(looked_at.unwrap_or(&syntax), &[]);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let config = self.evaluator.config();
        let diagnostics = plumb_configuration::check_expression(config, config.root(), &expression);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let scope = Scope::module(self.evaluator.root());
        let outcome = self.evaluator.evaluate(&expression, &scope, &mut Frame::new()).await;
        let diagnostics = self.evaluator.take_diagnostics();
        if outcome.failed || diagnostics.has_errors() {
            return Err(diagnostics);
        }
        self.session.shell.report(diagnostics);
        if looked_at.is_some() {
            return Ok(format_type(&outcome.value.ty()));
        }
        Ok(format_value(&outcome.value))
    }

    /// Evaluates what is piped in, and prints the last value.
    async fn read_all(&self) -> CommandResult {
        let terminal = &self.session.shell.terminal;
        let mut last = None;
        let mut pending = String::new();
        loop {
            let line = terminal
                .read_line()
                .map_err(|error| Diagnostic::error("Cannot read standard input", format!("{error}.")))?;
            let Some(line) = line else { break };
            if pending.is_empty() && (line.trim().is_empty() || line.trim() == "exit") {
                if line.trim() == "exit" {
                    break;
                }
                continue;
            }
            pending.push_str(&line);
            pending.push('\n');
            if is_open(&pending) {
                continue;
            }
            last = Some(self.evaluate(std::mem::take(&mut pending).trim_end()).await?);
        }
        if !pending.trim().is_empty() {
            last = Some(self.evaluate(pending.trim_end()).await?);
        }
        if let Some(shown) = last {
            terminal.line(shown);
        }
        Ok(Exit::Success)
    }

    /// Talks with somebody.
    async fn converse(&self) -> CommandResult {
        let fail = |error: &ReadlineError| {
            Diagnostics::from(Diagnostic::error("Cannot read from the terminal", format!("{error}.")))
        };
        self.session.shell.terminal.catch_up();
        let mut editor: Editor<Names, _> = Editor::new().map_err(|error| fail(&error))?;
        editor.set_helper(Some(Names(self.names.clone())));
        let mut pending = String::new();
        loop {
            let sign = if pending.is_empty() { "> " } else { ": " };
            let typed = match editor.readline(sign) {
                Ok(typed) => typed,
                Err(ReadlineError::Interrupted) if !pending.is_empty() => {
                    pending.clear();
                    continue;
                }
                Err(ReadlineError::Interrupted | ReadlineError::Eof) => return Ok(Exit::Success),
                Err(error) => return Err(fail(&error)),
            };
            // What is pasted comes at once, however many lines it has.
            for line in typed.split('\n') {
                match self.listen(line, &mut pending).await {
                    Heard::Part => {}
                    // A history that cannot be kept is no loss.
                    Heard::Expression(text) => _ = editor.add_history_entry(text),
                    Heard::Farewell => return Ok(Exit::Success),
                }
            }
        }
    }

    /// Answers a line, if it ends what is pending.
    async fn listen(&self, line: &str, pending: &mut String) -> Heard {
        match line.trim() {
            "exit" if pending.is_empty() => return Heard::Farewell,
            "" if pending.is_empty() => return Heard::Part,
            "help" if pending.is_empty() => {
                self.session.shell.terminal.line(HELP);
                return Heard::Part;
            }
            _ => {}
        }
        pending.push_str(line);
        pending.push('\n');
        if is_open(pending) {
            return Heard::Part;
        }
        let text = std::mem::take(pending).trim_end().to_owned();
        match self.evaluate(&text).await {
            Ok(shown) => self.session.shell.terminal.line(shown),
            Err(diagnostics) => self.session.shell.report(diagnostics),
        }
        Heard::Expression(text)
    }
}

/// What a line came to.
enum Heard {
    /// Nothing yet, or nothing at all.
    Part,
    /// An expression, which has been answered.
    Expression(String),
    /// The end.
    Farewell,
}

const HELP: &str = "The Plumb console allows you to experiment with expressions.\nYou may access resources in the state (if you \
have one) just as you would\nfrom a configuration. For example: \"aws_instance.foo.id\" would evaluate\nto the ID of \
\"aws_instance.foo\" if it exists in your state.\n\nType in the expression and hit <enter> to see its value. The tab \
key completes names.\n\nTo exit the console, type \"exit\" and hit <enter>, or use Control-C or\nControl-D.";

/// What an expression wants to know the type of, if that is all that it wants: no value stands for
/// a type, so that nothing can be made of one.
fn argument_of_type(syntax: &Expr) -> Option<&Expr> {
    match &syntax.kind {
        ExprKind::Parentheses(inner) => argument_of_type(inner),
        ExprKind::Call(call) if call.full_name() == "type" && !call.expand_final => match &*call.arguments {
            [argument] => Some(argument),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a bracket or here-document is still open, so that the expression goes on in the next line.
fn is_open(text: &str) -> bool {
    let mut depth = 0_i64;
    let mut in_string = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if in_string => _ = characters.next(),
            '"' => in_string = !in_string,
            '\n' if in_string => in_string = false,
            '(' | '[' | '{' if !in_string => depth += 1,
            ')' | ']' | '}' if !in_string => depth -= 1,
            _ => {}
        }
    }
    depth > 0 || has_open_heredoc(text)
}

fn has_open_heredoc(text: &str) -> bool {
    let mut marker: Option<&str> = None;
    for line in text.lines() {
        match marker {
            Some(end) if line.trim() == end => marker = None,
            Some(_) => {}
            None => {
                let name = line.rsplit_once("<<").map(|(_, rest)| rest.trim_start_matches('-').trim());
                marker = name.filter(|name| plumb_syntax::is_identifier(name));
            }
        }
    }
    marker.is_some()
}

/// Completes names.
#[derive(Helper, Hinter, Highlighter, Validator)]
struct Names(Vec<String>);

impl Completer for Names {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = &line[..position];
        let is_part =
            |character: char| character.is_alphanumeric() || matches!(character, '_' | '.' | '-' | ':');
        let start = before
            .rfind(|character| !is_part(character))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let beginning = &before[start..];
        let found = self.0.iter().filter(|name| name.starts_with(beginning));
        Ok((
            start,
            found
                .map(|name| Pair { display: name.clone(), replacement: Cow::from(name).into_owned() })
                .collect(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn expressions_may_go_on_in_the_next_line() {
        let open = ["{\n", "[1,\n", "f(\n", "<<EOT\nx\n", "{ a = \"}\"\n"];
        let closed = ["1\n", "{}\n", "\"{\"\n", "<<-EOT\nx\n  EOT\n", "1 << 2\n"];
        assert!(open.iter().all(|text| is_open(text)));
        for text in closed {
            assert!(!is_open(text), "{text}");
        }
    }
}
