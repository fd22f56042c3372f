//! What is being written: files of code, with variables, handlers and roles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_inventory::tree::{Entry, Node};
use plumb_source::Span;

use crate::code::{Expr, Level, Statement};
use crate::frame::{Frame, Handler, Inherited};
use crate::layout::lay_out;
use crate::modules::expr_of;
use crate::read::{Reader, relative};
use crate::role::Written;
use crate::scope::Meaning;
use crate::task::Task;
use crate::tasks::{mentions, texts_of};
use crate::unit::Unit;

/// What is being written.
pub(crate) struct Writer<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) diagnostics: Diagnostics,
    /// The directory of the playbook.
    pub(crate) playbook: PathBuf,
    /// The first is that of the playbook; roles have others, where anything is written to files.
    pub(crate) units: Vec<Unit>,
    pub(crate) has_files: bool,
    pub(crate) roles: BTreeMap<String, Vec<(Inherited, Written)>>,
    /// Roles that are being written because of one another.
    pub(crate) open_roles: Vec<String>,
    /// Names of functions that there are.
    pub(crate) functions: Vec<String>,
}

impl Writer<'_> {
    /// A name for a function that no other has.
    pub(crate) fn function_name(&mut self, wanted: &str, caller: Option<&Frame>) -> String {
        let wanted = crate::scope::identifier(wanted);
        let numbered = (2..).map(|number| format!("{wanted}_{number}"));
        // A variable of whoever calls it would hide it.
        let is_hidden = |name: &String| caller.is_some_and(|caller| caller.scope.has_taken(name));
        let is_free = |name: &String| !self.functions.contains(name) && !is_hidden(name);
        let name = std::iter::once(wanted.clone()).chain(numbered).find(is_free).unwrap_or(wanted);
        self.functions.push(name.clone());
        name
    }

    /// Writes variables. Those that are `defaults` count for less than what comes from outside.
    pub(crate) fn variables(
        &mut self,
        frame: &mut Frame,
        variables: &Node,
        defaults: bool,
        out: &mut Vec<Statement>,
    ) {
        let Some(entries) = variables.entries() else {
            if !variables.is_null() {
                let detail = format!("Variables are a mapping, and this is {}.", variables.described());
                self.diagnostics.push(Diagnostic::error("Invalid variables", detail).at(variables.span));
            }
            return;
        };
        for entry in ordered(entries, &self.reader) {
            let name = &*entry.key;
            match expr_of(&entry.value, &frame.scope, &mut frame.used) {
                Ok(value) => {
                    let data = Expr::atom(frame.scope.data);
                    frame.scope.note(name, value.clone());
                    let value = match value {
                        value if !defaults => value,
                        value if value.is_none() => data.method("get", vec![Expr::text(name)]),
                        value => data.method("get", vec![Expr::text(name), value]),
                    };
                    let own = frame.scope.declare(name);
                    out.push(Statement::Assign(own, value));
                }
                Err(why) => {
                    let place = self.reader.place(entry.key_span);
                    let detail = format!("The variable `{name}` has no value in code: {why}.");
                    self.diagnostics.push(Diagnostic::warning("Not converted", detail).at(entry.key_span));
                    out.push(Statement::Comment(format!("not converted: {name}: {why} ({place})")));
                    let is_vault = why.contains("vault");
                    if !is_vault && !defaults {
                        frame
                            .scope
                            .set(name, Meaning::Nothing(format!("`{name}` has no value in code: {why}")));
                    }
                }
            }
        }
    }

    /// Takes handlers in, for those that notify them.
    pub(crate) fn take_handlers(&mut self, frame: &mut Frame, handlers: &Node, directory: &Path) {
        let Some(nodes) = handlers.elements() else { return };
        for node in nodes {
            match Task::of(node) {
                Ok(task) => {
                    let mut names: Vec<String> = task.name().into_iter().collect();
                    match task.keyword("listen").map(texts_of) {
                        Some(Ok(listens)) => names.extend(listens),
                        Some(Err(why)) => {
                            self.diagnostics.push(Diagnostic::error("Invalid handler", why).at(task.span));
                        }
                        None => {}
                    }
                    frame.handlers.push(Handler {
                        task,
                        directory: directory.to_path_buf(),
                        names,
                        list: None,
                    });
                }
                Err(error) => self.diagnostics.push(error),
            }
        }
    }

    /// Writes those handlers that have been notified since this was done the last time.
    pub(crate) fn handlers(&mut self, frame: &mut Frame, inherited: &Inherited, out: &mut Vec<Statement>) {
        for at in 0..frame.handlers.len() {
            let Some(list) = frame.handlers[at].list.take() else { continue };
            let task = frame.handlers[at].task.clone();
            let directory = std::mem::replace(&mut frame.directory, frame.handlers[at].directory.clone());
            self.task(frame, &task, inherited, &[list], out);
            frame.directory = directory;
        }
    }

    /// A function, with what it needs at its top.
    pub(crate) fn finish(
        &mut self,
        frame: Frame,
        name: &str,
        parameters: &str,
        purpose: Option<String>,
        body: Vec<Statement>,
    ) {
        let mut whole = Vec::new();
        for list in &frame.lists {
            whole.push(Statement::Assign(list.clone(), Expr::List(Vec::new())));
        }
        whole.push(Statement::Blank);
        whole.extend(crate::frame::joined(body));
        if frame.scope.data == "given" && mentions(&lay_out(&whole), "given") {
            let given = Expr::atom("host.data").binary("|", &Expr::atom("variables"), Level::Union);
            whole.insert(0, Statement::Assign("given".to_owned(), given));
        }
        let unit = &mut self.units[frame.unit];
        unit.takes(&frame.used);
        unit.functions.push(Statement::Def(name.to_owned(), parameters.to_owned(), purpose, whole));
    }

    /// The files that were written, each with its text.
    pub(crate) fn files(&self, playbook: &Path) -> Vec<(PathBuf, String)> {
        let origin = |unit: &Unit| {
            let from = relative(&unit.directory(), playbook);
            if self.has_files { from } else { playbook.display().to_string() }
        };
        self.units.iter().map(|unit| (unit.path.clone(), unit.text(&origin(unit)))).collect()
    }

    pub(crate) fn warn(&mut self, detail: String, at: Span) {
        self.diagnostics.push(Diagnostic::warning("Converted in part", detail).at(at));
    }
}

/// Variables so that each stands behind those that it is made of. Ansible looks them up when they are used.
fn ordered<'n>(entries: &'n [Entry], reader: &Reader<'_>) -> Vec<&'n Entry> {
    let texts: Vec<String> = entries.iter().map(|entry| jinja_of(&entry.value, reader)).collect();
    let mut left: Vec<usize> = (0..entries.len()).collect();
    let mut out = Vec::with_capacity(entries.len());
    while !left.is_empty() {
        let is_free = |at: &usize| {
            texts[*at].is_empty()
                || !left.iter().any(|other| other != at && mentions(&texts[*at], &entries[*other].key))
        };
        // Variables that are made of one another stay where they are.
        let next = left.iter().position(is_free).unwrap_or(0);
        out.push(&entries[left.remove(next)]);
    }
    out
}

/// The text of a value, where there is Jinja in it.
fn jinja_of(node: &Node, reader: &Reader<'_>) -> String {
    let text = reader.sources.text(node.span);
    if text.contains("{{") { text } else { String::new() }
}

/// Takes out variables that nothing uses.
pub(crate) fn without_unused(defaults: Vec<Statement>, body: &[Statement]) -> Vec<Statement> {
    let mut text = lay_out(body);
    let mut kept = Vec::new();
    for statement in defaults.into_iter().rev() {
        let is_used = match &statement {
            Statement::Assign(name, _) => mentions(&text, name),
            _ => false,
        };
        if is_used {
            text.push_str(&lay_out(std::slice::from_ref(&statement)));
            kept.push(statement);
        }
    }
    kept.reverse();
    kept
}
