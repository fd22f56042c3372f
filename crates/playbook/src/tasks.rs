//! Tasks, written as code.

use std::path::{Path, PathBuf};

use plumb_diagnostics::Diagnostic;
use plumb_inventory::tree::{Entry, Kind, Node};
use serde_json::Value;

use crate::code::{Expr, Statement};
use crate::frame::{Frame, Inherited, Spots, conditions};
use crate::jinja;
use crate::modules::{Arguments, expr_of, operations};
use crate::prelude::Helper;
use crate::scope::Meaning;
use crate::task::{Given, Task};
use crate::writer::Writer;

/// The name of this machine, among those of other hosts.
const THIS_MACHINE: &str = "@local";

/// What a task is gone through for.
struct Loop {
    /// The names in the head of the loop.
    names: String,
    of: Expr,
    variable: String,
    meaning: Meaning,
}

/// How a task is done, beside what it does.
pub(crate) struct Manner<'a> {
    pub(crate) inherited: &'a Inherited,
    /// Operations of which one has to have changed something.
    pub(crate) after: Vec<String>,
    pub(crate) is_looped: bool,
    pub(crate) is_conditional: bool,
}

impl Writer<'_> {
    /// Writes tasks.
    pub(crate) fn tasks(
        &mut self,
        frame: &mut Frame,
        tasks: &Node,
        inherited: &Inherited,
        out: &mut Vec<Statement>,
    ) {
        let Some(nodes) = tasks.elements() else {
            if !tasks.is_null() {
                let detail = format!("Tasks are a list, and this is {}.", tasks.described());
                self.diagnostics.push(Diagnostic::error("Invalid tasks", detail).at(tasks.span));
            }
            return;
        };
        for node in nodes {
            match Task::of(node) {
                Ok(task) => self.task(frame, &task, inherited, &[], out),
                Err(error) => self.diagnostics.push(error),
            }
        }
    }

    /// Writes a task, or why it is not written. Handlers are done `after` others.
    pub(crate) fn task(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        inherited: &Inherited,
        after: &[String],
        out: &mut Vec<Statement>,
    ) {
        let mut written = Vec::new();
        let scope = frame.scope.clone();
        let result = self.whole(frame, task, inherited, after, &mut written);
        out.push(Statement::Blank);
        match result {
            Ok(()) => out.extend(written),
            Err(why) => {
                frame.scope = frame.scope.restored(scope);
                if let Some(name) = task.keyword("register").and_then(Node::as_text) {
                    let what = format!("`{name}` comes from a task that is not converted");
                    frame.scope.set(name, Meaning::Nothing(what));
                }
                self.refuse(task, &why, out);
            }
        }
        out.push(Statement::Blank);
    }

    /// A comment in the place of a task, and a warning.
    fn refuse(&mut self, task: &Task, why: &str, out: &mut Vec<Statement>) {
        let detail = format!("{}.", sentence(why));
        self.diagnostics.push(Diagnostic::warning("Not converted", detail).at(task.module_span));
        let place = self.reader.place(task.span);
        let lines = self.reader.lines(task.span);
        out.push(Statement::Comment(format!("not converted: {why} ({place})\n{}", indented(&lines))));
    }

    /// Something that a task says and its operations do not.
    fn note(&mut self, task: &Task, why: &str, out: &mut Vec<Statement>) {
        let detail = format!("{}.", sentence(why));
        self.diagnostics.push(Diagnostic::warning("Converted in part", detail).at(task.module_span));
        out.push(Statement::Comment(format!("not converted: {why}")));
    }

    fn whole(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        inherited: &Inherited,
        after: &[String],
        out: &mut Vec<Statement>,
    ) -> Result<(), String> {
        let inherited = inherited.with(|name| task.keyword(name), &frame.scope, &mut frame.used)?;
        let saved = frame.scope.clone();
        let (mut body, mut own) = (Vec::new(), Vec::new());
        let (of_all, of_each) = self.own_variables(task);
        self.variables(frame, &of_all, false, &mut own);
        let texts = condition_texts(task)?;
        let mut task = task.clone();
        let looped = if collapses(&mut task, frame)? { None } else { looped(&task, frame)? };
        let variable = looped.as_ref().map(|looped| looped.variable.clone());
        let is_inner = |text: &String| variable.as_ref().is_some_and(|name| mentions(text, name));
        let (inner, outer): (Vec<String>, Vec<String>) = texts.into_iter().partition(is_inner);
        let (outer, mut changed) = conditions(&outer, &frame.scope, &mut frame.used)?;
        changed.extend(after.iter().cloned());
        if let Some(looped) = &looped {
            frame.scope.set(&looped.variable, looped.meaning.clone());
        }
        self.variables(frame, &of_each, false, &mut body);
        let (inner, more) = conditions(&inner, &frame.scope, &mut frame.used)?;
        let inner = more.iter().fold(inner, |code, name| code.and(Expr::atom(format!("{name}.changed"))));
        let manner = Manner {
            inherited: &inherited,
            after: changed,
            is_looped: looped.is_some(),
            is_conditional: outer != Expr::Bool(true) || inner != Expr::Bool(true),
        };
        let mut before = Vec::new();
        self.inside(frame, &task, &manner, &mut before, &mut body)?;
        self.restore(frame, &task, saved, looped.as_ref());
        // A condition that asks for a variable of the task comes behind it.
        let assigned =
            |one: &Statement| matches!(one, Statement::Assign(name, _) if mentions(&outer.line(), name));
        let is_first_asked = own.iter().any(assigned);
        for (condition, of) in [(inner, looped), (outer.clone(), None)] {
            if condition != Expr::Bool(true) {
                body = vec![Statement::If(condition, body)];
            }
            if let Some(looped) = of {
                body = vec![Statement::For(looped.names, looped.of, body)];
            }
            if !is_first_asked {
                body.splice(0..0, own.drain(..));
            }
        }
        out.extend(before);
        out.extend(own);
        out.extend(body);
        Ok(())
    }

    /// Variables of the task itself: those that are the same for all that it is gone through for, and others.
    fn own_variables(&self, task: &Task) -> (Node, Node) {
        let node = |entries: Vec<Entry>| Node { span: task.span, kind: Kind::Mapping(entries.into()) };
        let own = task.keyword("vars").filter(|_| !is_include(&task.module)).and_then(Node::entries);
        let mut of_all = own.unwrap_or_default().to_vec();
        let Some(variable) = loop_variable(task) else { return (node(of_all), node(Vec::new())) };
        let (mut names, mut of_each) = (vec![variable], Vec::new());
        let is_of_each = |entry: &Entry, names: &[String]| {
            let text = self.reader.sources.text(entry.value.span);
            text.contains("{{") && names.iter().any(|name| mentions(&text, name))
        };
        while let Some(at) = of_all.iter().position(|entry| is_of_each(entry, &names)) {
            let entry = of_all.remove(at);
            names.push(entry.key.to_string());
            of_each.push(entry);
        }
        (node(of_all), node(of_each))
    }

    /// Forgets what was known inside of a task alone.
    fn restore(&self, frame: &mut Frame, task: &Task, saved: crate::scope::Scope, looped: Option<&Loop>) {
        let sets = ["set_fact", "include_vars", "package_facts", "service_facts"];
        let keep = sets.contains(&task.module.as_str()) || task.is_block() || is_include(&task.module);
        if !keep {
            let registered = task.keyword("register").and_then(Node::as_text);
            let meaning = registered.and_then(|name| frame.scope.get(name).cloned());
            frame.scope = frame.scope.restored(saved);
            if let (Some(name), Some(meaning)) = (registered, meaning) {
                frame.scope.set(name, meaning);
            }
        } else if let Some(looped) = looped {
            frame.scope.forget(&looped.variable);
        }
    }

    /// What a task does, without loop and conditions.
    fn inside(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        manner: &Manner<'_>,
        before: &mut Vec<Statement>,
        body: &mut Vec<Statement>,
    ) -> Result<(), String> {
        if task.is_block() {
            done_here(task)?;
            return self.block(frame, task, manner, body);
        }
        if let Some(found) = self.flow(frame, task, manner, before, body) {
            found?;
            done_here(task)?;
            if !manner.after.is_empty() && !body.is_empty() {
                let any = any_changed(&manner.after, frame);
                let inner = std::mem::take(body);
                body.push(Statement::If(any, inner));
            }
            return Ok(());
        }
        if asks(task, manner) {
            return self.ask(frame, task, before, body, manner);
        }
        self.operate(frame, task, manner, before, body)
    }

    fn block(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        manner: &Manner<'_>,
        body: &mut Vec<Statement>,
    ) -> Result<(), String> {
        if manner.is_looped {
            return Err("a block has no loop".to_owned());
        }
        if let Some(name) = task.name() {
            body.push(Statement::Comment(name));
        }
        for part in ["block", "always"] {
            let Some(tasks) = task.keyword(part) else { continue };
            if part == "always" {
                let why = "what stands under `always` is done only where nothing before it fails";
                self.note(task, why, body);
            }
            self.nested(frame, tasks, manner, body);
        }
        if let Some(rescue) = task.keyword("rescue") {
            let why = "what stands under `rescue` is left out: a deploy ends on a host where something fails";
            self.note(task, why, body);
            body.push(Statement::Comment(indented(&self.reader.lines(rescue.span))));
        }
        Ok(())
    }

    /// Tasks inside of a task.
    fn nested(&mut self, frame: &mut Frame, tasks: &Node, manner: &Manner<'_>, body: &mut Vec<Statement>) {
        let Some(nodes) = tasks.elements() else { return };
        for node in nodes {
            match Task::of(node) {
                Ok(task) => self.task(frame, &task, manner.inherited, &manner.after, body),
                Err(error) => self.diagnostics.push(error),
            }
        }
    }

    /// A command that changes nothing is a fact.
    fn ask(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        before: &mut Vec<Statement>,
        body: &mut Vec<Statement>,
        manner: &Manner<'_>,
    ) -> Result<(), String> {
        let spots = self.spots(frame);
        let mut arguments = Arguments::of(task, &frame.scope, &mut frame.used, &spots);
        let command = crate::modules::command_text(&mut arguments, task.module != "command")?;
        let name = task.keyword("register").and_then(Node::as_text).unwrap_or("result").to_owned();
        frame.used.helpers.insert(Helper::Ask);
        let own = frame.scope.fresh(&name);
        frame.scope.set(&name, Meaning::Answer(own.clone()));
        let into = if manner.is_conditional { before } else { body };
        into.extend(task.name().map(Statement::Comment));
        into.push(Statement::Assign(own, Expr::call("ask", vec![command])));
        Ok(())
    }

    /// Where files are that a task speaks of.
    pub(crate) fn spots(&self, frame: &Frame) -> Spots<'_> {
        Spots {
            reader: &self.reader,
            directory: frame.directory.clone(),
            playbook: self.playbook.clone(),
            code: self.units[frame.unit].directory(),
        }
    }

    fn operate(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        manner: &Manner<'_>,
        before: &mut Vec<Statement>,
        body: &mut Vec<Statement>,
    ) -> Result<(), String> {
        let spots = self.spots(frame);
        let mut arguments = Arguments::of(task, &frame.scope, &mut frame.used, &spots);
        let found = operations(&task.module, &mut arguments)?;
        let mut notes = std::mem::take(&mut arguments.notes);
        notes.extend(
            arguments.rest().into_iter().map(|name| format!("the argument `{name}` of `{}`", task.module)),
        );
        let mut common = manner.inherited.arguments()?;
        common.extend(self.commands(frame, task, &mut notes)?);
        for note in notes {
            self.note(task, &note, body);
        }
        let name = task.name().map(|name| jinja::text(&name, &frame.scope, &mut frame.used)).transpose();
        // A name that cannot be said is no reason to leave the operation out.
        let name = name.unwrap_or_else(|_| task.name().map(Expr::Text));
        let mut lists = Vec::new();
        for handler in task.keyword("notify").map(texts_of).transpose()?.unwrap_or_default() {
            let found = frame.notified(&handler);
            if found.is_empty() {
                self.note(task, &format!("there is no handler `{handler}`"), body);
            }
            lists.extend(found);
        }
        let registered = task.keyword("register").and_then(Node::as_text).map(str::to_owned);
        let is_conditional = manner.is_conditional || found.iter().any(|one| one.condition.is_some());
        let own = registered.as_ref().map(|name| frame.scope.fresh(name));
        if let (Some(name), Some(own)) = (&registered, &own) {
            let start = if manner.is_looped { Expr::List(Vec::new()) } else { Expr::Bool(false) };
            if manner.is_looped || is_conditional {
                before.push(Statement::Assign(own.clone(), start));
            }
            let meaning = match manner.is_looped {
                true => Meaning::Results(own.clone()),
                false => Meaning::Operation { name: own.clone(), is_optional: is_conditional },
            };
            frame.scope.set(name, meaning);
        }
        for operation in found {
            self.units[frame.unit].uses(operation.function);
            let (positional, named): (Vec<_>, Vec<_>) =
                operation.arguments.into_iter().partition(|(name, _)| name.is_none());
            let mut all = positional;
            all.extend(name.clone().map(|name| (Some("name".to_owned()), name)));
            let (mut spread, named): (Vec<_>, Vec<_>) =
                named.into_iter().partition(|(name, _)| name.as_deref() == Some("**"));
            let (optional, named): (Vec<_>, Vec<_>) =
                named.into_iter().partition(|(_, value)| matches!(value, Expr::Optional(_)));
            if !optional.is_empty() {
                frame.used.helpers.insert(Helper::WithoutNone);
                spread = vec![(Some("**".to_owned()), spread_out(optional, spread.pop()))];
            }
            all.extend(named);
            all.extend(common.iter().cloned());
            all.extend(after_argument(&manner.after));
            all.extend(spread);
            let call = Expr::Call { function: operation.function.to_owned(), arguments: all };
            let done = stored(call, own.as_deref(), manner.is_looped, &lists, frame);
            match operation.condition {
                Some(condition) => body.push(Statement::If(condition, done)),
                None => body.extend(done),
            }
        }
        Ok(())
    }

    /// What a task says about how its commands are done.
    fn commands(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        notes: &mut Vec<String>,
    ) -> Result<Vec<(Option<String>, Expr)>, String> {
        let mut common = Vec::new();
        let is_false = |node: &Node| matches!(node.kind, Kind::Scalar(Value::Bool(false)));
        for keyword in task.keywords() {
            let value = &keyword.value;
            match &*keyword.key {
                "failed_when" if is_false(value) => {
                    common.push((Some("ignore_errors".to_owned()), Expr::Bool(true)));
                }
                "failed_when" => notes.push("`failed_when`: a command fails by its status alone".to_owned()),
                "changed_when"
                    if matches!(task.module.as_str(), "command" | "shell" | "raw" | "script" | "uri") =>
                {
                    notes.push(
                        "`changed_when`: a command counts as a change each time that it is done".to_owned(),
                    );
                }
                "until" => {
                    let why = "`until`: it is done again where it fails, whatever it says";
                    let text = value.as_text().unwrap_or_default();
                    if !(text.contains("succe") || text.contains("not failed") || text.contains("rc == 0")) {
                        notes.push(why.to_owned());
                    }
                    if task.keyword("retries").is_none() {
                        common.push((Some("retries".to_owned()), Expr::atom("3")));
                    }
                }
                "retries" => {
                    common.push((Some("retries".to_owned()), expr_of(value, &frame.scope, &mut frame.used)?));
                }
                "delay" => common
                    .push((Some("retry_delay".to_owned()), expr_of(value, &frame.scope, &mut frame.used)?)),
                "timeout" => {
                    common.push((Some("timeout".to_owned()), expr_of(value, &frame.scope, &mut frame.used)?));
                }
                "async" | "poll" if !notes.iter().any(|note| note.starts_with("`async`")) => {
                    notes.push("`async`: what is done is waited for".to_owned());
                }
                "throttle" => {
                    common.push((Some("serial".to_owned()), expr_of(value, &frame.scope, &mut frame.used)?));
                }
                "run_once" if is_false(value) => {}
                "run_once" => {
                    common
                        .push((Some("run_once".to_owned()), expr_of(value, &frame.scope, &mut frame.used)?));
                }
                "delegate_to" | "local_action" => {
                    let is_here = matches!(value.as_text(), Some("localhost" | "127.0.0.1"));
                    let on = if is_here || &*keyword.key == "local_action" {
                        Expr::text(THIS_MACHINE)
                    } else {
                        expr_of(value, &frame.scope, &mut frame.used)?
                    };
                    common.push((Some("delegate_to".to_owned()), on));
                }
                _ => {}
            }
        }
        common.dedup_by(|one, other| one.0 == other.0);
        Ok(common)
    }
}

/// Arguments that are left out where they are None, beside others that are spread out.
fn spread_out(optional: Vec<(Option<String>, Expr)>, others: Option<(Option<String>, Expr)>) -> Expr {
    let entry = |(name, value): (Option<String>, Expr)| (Expr::text(name.unwrap_or_default()), value);
    let entries = Expr::Dict(optional.into_iter().map(entry).collect());
    let spread = Expr::call(Helper::WithoutNone.name(), vec![entries]);
    match others {
        Some((_, others)) => others.binary("|", &spread, crate::code::Level::Union),
        None => spread,
    }
}

/// A call, and where what came of it goes.
fn stored(
    call: Expr,
    own: Option<&str>,
    is_looped: bool,
    lists: &[String],
    frame: &mut Frame,
) -> Vec<Statement> {
    let append = |list: &str, what: Expr| Statement::Do(Expr::call(format!("{list}.append"), vec![what]));
    match (own, lists) {
        (None, []) => vec![Statement::Do(call)],
        (None, [list]) => vec![append(list, call)],
        (Some(own), []) if is_looped => vec![append(own, call)],
        _ => {
            let name = match own {
                Some(own) if !is_looped => own.to_owned(),
                _ => frame.scope.fresh("done"),
            };
            let mut all = vec![Statement::Assign(name.clone(), call)];
            let results = own.filter(|_| is_looped);
            all.extend(results.map(|results| append(results, Expr::atom(name.as_str()))));
            all.extend(lists.iter().map(|list| append(list, Expr::atom(name.as_str()))));
            all
        }
    }
}

fn after_argument(after: &[String]) -> Option<(Option<String>, Expr)> {
    let value = match after {
        [] => return None,
        [one] => Expr::atom(one.as_str()),
        many => Expr::List(many.iter().map(|name| Expr::atom(name.as_str())).collect()),
    };
    Some((Some("when".to_owned()), value))
}

/// Whether one of some operations, or lists of them, has changed something.
fn any_changed(after: &[String], frame: &Frame) -> Expr {
    let one = |name: &String| {
        if frame.lists.contains(name) {
            Expr::atom(format!("any([done.changed for done in {name}])"))
        } else {
            Expr::atom(format!("{name}.changed"))
        }
    };
    after.iter().map(one).reduce(Expr::or).unwrap_or(Expr::Bool(true))
}

fn is_include(module: &str) -> bool {
    matches!(module, "include_tasks" | "import_tasks" | "include" | "include_role" | "import_role")
}

/// What of a task has it done elsewhere, or on one host for all.
fn elsewhere(task: &Task) -> Option<&'static str> {
    let is_said = |name: &&str| {
        task.keyword(name).is_some_and(|node| !matches!(node.kind, Kind::Scalar(Value::Bool(false))))
    };
    ["delegate_to", "local_action", "run_once"].into_iter().find(is_said)
}

/// Refuses what is no operation and is to be done elsewhere.
fn done_here(task: &Task) -> Result<(), String> {
    match elsewhere(task) {
        Some(name) => Err(format!("`{name}`: only operations are done on another host, or on one for all")),
        None => Ok(()),
    }
}

/// Whether a command only finds something out, for the user that everything is done as.
fn asks(task: &Task, manner: &Manner<'_>) -> bool {
    let is_command = matches!(task.module.as_str(), "command" | "shell" | "raw");
    let changes_nothing = task
        .keyword("changed_when")
        .is_some_and(|node| matches!(node.kind, Kind::Scalar(Value::Bool(false))));
    let has_more = ["creates", "removes", "chdir", "stdin", "executable"]
        .iter()
        .any(|name| task.argument(name).is_some());
    is_command
        && changes_nothing
        && elsewhere(task).is_none()
        && !has_more
        && !manner.is_looped
        && manner.after.is_empty()
        && !manner.inherited.has_sudo()
        && task.keyword("register").is_some()
        && task.keyword("environment").is_none()
        && task.keyword("notify").is_none()
}

fn condition_texts(task: &Task) -> Result<Vec<String>, String> {
    task.keyword("when").map(texts_of).transpose().map(Option::unwrap_or_default)
}

/// One or more texts.
pub(crate) fn texts_of(node: &Node) -> Result<Vec<String>, String> {
    match &node.kind {
        Kind::Scalar(Value::Null) => Ok(Vec::new()),
        Kind::Scalar(Value::String(text)) => Ok(vec![text.clone()]),
        Kind::Scalar(value) => Ok(vec![value.to_string()]),
        Kind::Sequence(items) => {
            let each = items.iter().map(texts_of).collect::<Result<Vec<_>, _>>()?;
            Ok(each.into_iter().flatten().collect())
        }
        Kind::Mapping(_) | Kind::Vault => {
            Err(format!("a text is expected there, and not {}", node.described()))
        }
    }
}

/// Whether a name stands in a text as a word.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    let is_part = |one: char| one.is_alphanumeric() || one == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + name.len()..].chars().next();
        !before.is_some_and(|one| is_part(one) || one == '.') && !behind.is_some_and(is_part)
    })
}

/// Modules that take a list by themselves.
const LISTED: [&str; 10] =
    ["apt", "dnf", "yum", "package", "pip", "apk", "pacman", "zypper", "homebrew", "npm"];

/// A loop over the names of packages is a list of packages.
fn collapses(task: &mut Task, frame: &mut Frame) -> Result<bool, String> {
    if !LISTED.contains(&task.module.as_str()) || task.keyword("loop_control").is_some() {
        return Ok(false);
    }
    let Some(of) = ["loop", "with_items"].iter().find_map(|name| task.keyword(name)).cloned() else {
        return Ok(false);
    };
    let is_item = |given: &Given| match given {
        Given::Node(node) => node.as_text().map(|text| text.replace(' ', "")).as_deref() == Some("{{item}}"),
        Given::Expr(_) => false,
    };
    let is_about_item = |given: &Given| match given {
        Given::Node(node) => node.as_text().is_some_and(|text| mentions(text, "item")),
        Given::Expr(_) => false,
    };
    let name = task
        .arguments
        .iter()
        .position(|(name, given)| matches!(name.as_str(), "name" | "pkg") && is_item(given));
    let Some(at) = name else { return Ok(false) };
    let others =
        task.arguments.iter().enumerate().any(|(other, (_, given))| other != at && is_about_item(given));
    let when = condition_texts(task)?.iter().any(|text| mentions(text, "item"));
    if others || when || task.keyword("register").is_some() {
        return Ok(false);
    }
    let list = loop_list(&of, frame)?;
    task.arguments[at].1 = Given::Expr(list);
    Ok(true)
}

pub(crate) fn loop_list(of: &Node, frame: &mut Frame) -> Result<Expr, String> {
    match of.as_text() {
        Some(text) => jinja::expression(text, &frame.scope, &mut frame.used),
        None => expr_of(of, &frame.scope, &mut frame.used),
    }
}

/// What a task calls each that it is gone through for.
fn loop_variable(task: &Task) -> Option<String> {
    task.keywords().find(|entry| &*entry.key == "loop" || entry.key.starts_with("with_"))?;
    let said = task.keyword("loop_control").and_then(|control| control.entry("loop_var"));
    Some(said.and_then(|entry| entry.value.as_text()).unwrap_or("item").to_owned())
}

/// What a task is gone through for.
fn looped(task: &Task, frame: &mut Frame) -> Result<Option<Loop>, String> {
    let Some(keyword) = task.keywords().find(|entry| &*entry.key == "loop" || entry.key.starts_with("with_"))
    else {
        return Ok(None);
    };
    let kind = keyword.key.rsplit(['_', '.']).next().unwrap_or_default();
    if &*keyword.key == "with_first_found" && (is_include(&task.module) || task.module == "include_vars") {
        return Ok(None);
    }
    let control = task.keyword("loop_control");
    let control =
        |name: &str| control.and_then(|node| node.entry(name)).and_then(|entry| entry.value.as_text());
    if control("index_var").is_some() {
        return Err("`index_var` has no counterpart: write the loop with `enumerate`".to_owned());
    }
    let variable = loop_variable(task).unwrap_or_default();
    if let Some(of) = crate::loops::pairs(&keyword.key, &keyword.value, frame)? {
        let name = crate::scope::identifier(&variable);
        let meaning = Meaning::Value(Expr::atom(name.as_str()));
        return Ok(Some(Loop { names: name, of, variable, meaning }));
    }
    if !matches!(kind, "loop" | "list" | "items" | "flattened" | "dict") {
        return Err(format!("`{}` has no counterpart", keyword.key));
    }
    let of = loop_list(&keyword.value, frame)?;
    if kind == "dict" {
        let (key, value) = (frame.scope.fresh("key"), frame.scope.fresh("value"));
        return Ok(Some(Loop {
            names: format!("{key}, {value}"),
            of: of.method("items", Vec::new()),
            variable,
            meaning: Meaning::Pair(key, value),
        }));
    }
    let of = match kind {
        "loop" | "list" => of,
        _ => flattened(of),
    };
    if let Some(pairs) = of.line().strip_prefix("[{\"key\": key, \"value\": value} for key, value in ") {
        let inner = pairs.trim_end_matches(']').to_owned();
        return Ok(Some(Loop {
            names: "key, value".to_owned(),
            of: Expr::atom(inner),
            variable,
            meaning: Meaning::Pair("key".to_owned(), "value".to_owned()),
        }));
    }
    let name = crate::scope::identifier(&variable);
    Ok(Some(Loop { names: name.clone(), of, variable, meaning: Meaning::Value(Expr::atom(name)) }))
}

/// Lists in a list are taken for their items.
fn flattened(of: Expr) -> Expr {
    let Expr::List(items) = of else { return of };
    let is_list = |item: &Expr| matches!(item, Expr::List(_));
    if !items.iter().any(is_list)
        && items.len() == 1
        && !matches!(items[0], Expr::Text(_) | Expr::Dict(_) | Expr::Bool(_))
    {
        return items.into_iter().next().unwrap_or(Expr::List(Vec::new()));
    }
    Expr::List(
        items
            .into_iter()
            .flat_map(|item| match item {
                Expr::List(inner) => inner,
                other => vec![other],
            })
            .collect(),
    )
}

fn indented(lines: &str) -> String {
    lines.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// The directory of a path.
pub(crate) fn directory_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}
