//! Plays, each a function, and the function `deploy` that calls them.

use std::path::Path;

use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_inventory::tree::{Entry, Node};

use crate::code::{Expr, Level, Statement, quoted};
use crate::frame::{Frame, Inherited};
use crate::read::Includes;
use crate::scope::{Scope, Used};
use crate::tasks::texts_of;
use crate::writer::Writer;

/// What a play may say.
const KEYWORDS: [&str; 43] = [
    "any_errors_fatal",
    "become",
    "become_exe",
    "become_flags",
    "become_method",
    "become_user",
    "check_mode",
    "collections",
    "connection",
    "debugger",
    "diff",
    "environment",
    "fact_path",
    "force_handlers",
    "gather_facts",
    "gather_subset",
    "gather_timeout",
    "handlers",
    "hosts",
    "ignore_errors",
    "ignore_unreachable",
    "import_playbook",
    "max_fail_percentage",
    "module_defaults",
    "name",
    "no_log",
    "order",
    "port",
    "post_tasks",
    "pre_tasks",
    "remote_user",
    "roles",
    "run_once",
    "serial",
    "strategy",
    "tags",
    "tasks",
    "throttle",
    "timeout",
    "user",
    "vars",
    "vars_files",
    "vars_prompt",
];

impl Writer<'_> {
    /// Writes the plays of a file; what calls them goes to `calls`.
    pub(crate) fn plays(
        &mut self,
        node: &Node,
        path: &Path,
        includes: &Includes,
        calls: &mut Vec<Statement>,
    ) {
        let Some(plays) = node.elements() else {
            let detail = format!(
                "A playbook is a list of plays, and {} has {} in it.",
                path.display(),
                node.described()
            );
            self.diagnostics.push(Diagnostic::error("Not a playbook", detail).at(node.span));
            return;
        };
        for play in plays {
            let Some(entries) = play.entries() else {
                let detail =
                    format!("A play is a mapping with `hosts` in it, and this is {}.", play.described());
                self.diagnostics.push(Diagnostic::error("Invalid play", detail).at(play.span));
                continue;
            };
            let imported = entries.iter().find(|entry| {
                matches!(crate::task::short(&entry.key), "import_playbook") || &*entry.key == "include"
            });
            match imported {
                Some(entry) => self.import(entry, path, includes, calls),
                None => self.play(play, entries, path, includes, calls),
            }
        }
    }

    fn import(&mut self, entry: &Entry, path: &Path, includes: &Includes, calls: &mut Vec<Statement>) {
        let Some(name) = entry.value.as_text() else {
            let detail =
                format!("A playbook is imported by its name, and this is {}.", entry.value.described());
            self.diagnostics.push(Diagnostic::error("Invalid play", detail).at(entry.value.span));
            return;
        };
        let imported = crate::tasks::directory_of(path).join(name);
        let inner = match includes.with(&imported, entry.value.span) {
            Ok(inner) => inner,
            Err(error) => return self.diagnostics.push(error),
        };
        match self.reader.read(&imported, Some(entry.value.span), &mut self.diagnostics) {
            Ok(node) => self.plays(&node, &imported, &inner, calls),
            Err(error) => self.diagnostics.push(error),
        }
    }

    fn play(
        &mut self,
        play: &Node,
        entries: &[Entry],
        path: &Path,
        includes: &Includes,
        calls: &mut Vec<Statement>,
    ) {
        let keyword =
            |name: &str| entries.iter().rev().find(|entry| &*entry.key == name).map(|entry| &entry.value);
        for entry in entries {
            if !KEYWORDS.contains(&&*entry.key) {
                let hint = did_you_mean(&entry.key, KEYWORDS);
                let detail = format!("No play says {:?}.{hint}", entry.key);
                self.diagnostics.push(Diagnostic::error("Invalid play", detail).at(entry.key_span));
            }
        }
        let Some(hosts) = keyword("hosts") else {
            let detail = "A play says by `hosts` which hosts it is for. A file of tasks is converted with the playbook that \
                          includes it.";
            self.diagnostics.push(Diagnostic::error("Not a playbook", detail).at(play.span));
            return;
        };
        let pattern = match texts_of(hosts) {
            Ok(texts) => texts.join(","),
            Err(why) => {
                self.diagnostics.push(Diagnostic::error("Invalid play", format!("{why}.")).at(hosts.span));
                return;
            }
        };
        let name = keyword("name").and_then(Node::as_text).unwrap_or_default().to_owned();
        let mut frame = Frame {
            unit: 0,
            scope: Scope::new("host.data"),
            used: Used::default(),
            directory: crate::tasks::directory_of(path),
            is_role: false,
            handlers: Vec::new(),
            lists: Vec::new(),
            includes: includes.clone(),
        };
        frame.scope.avoid(&self.functions);
        let mut body = Vec::new();
        self.play_variables(&mut frame, &keyword, &mut body);
        body.push(Statement::Blank);
        let inherited = match Inherited::default().with(keyword, &frame.scope, &mut frame.used) {
            Ok(inherited) => inherited,
            Err(why) => {
                self.diagnostics.push(Diagnostic::error("Invalid play", format!("{why}.")).at(play.span));
                return;
            }
        };
        if let Some(handlers) = keyword("handlers") {
            let directory = frame.directory.clone();
            self.take_handlers(&mut frame, handlers, &directory);
        }
        self.handlers_of_roles(&mut frame, keyword("roles"));
        for part in ["pre_tasks", "roles", "tasks", "post_tasks"] {
            let Some(tasks) = keyword(part) else { continue };
            if part == "roles" {
                for role in tasks.elements().unwrap_or_default() {
                    self.role_entry(&mut frame, role, &inherited, &mut body);
                }
                body.push(Statement::Blank);
                continue;
            }
            self.tasks(&mut frame, tasks, &inherited, &mut body);
            self.handlers(&mut frame, &inherited, &mut body);
        }
        self.handlers(&mut frame, &inherited, &mut body);
        let function = self.function_name(
            match (name.as_str(), pattern.as_str()) {
                ("", "all") => "all_hosts",
                ("", pattern) => pattern,
                (name, _) => name,
            },
            None,
        );
        let purpose = purpose(&name, &pattern);
        self.about_many_hosts(&keyword, calls);
        self.finish(frame, &function, "host", Some(purpose), body);
        let call = Statement::Do(Expr::call(function, vec![Expr::atom("host")]));
        match hosts_condition(&pattern) {
            Ok(None) => calls.push(call),
            Ok(Some(condition)) => calls.push(Statement::If(condition, vec![call])),
            Err(why) => {
                self.diagnostics.push(
                    Diagnostic::warning("Not converted", format!("Which hosts a play is for: {why}."))
                        .at(hosts.span),
                );
                calls.push(Statement::Comment(format!("not converted: hosts: {pattern}: {why}")));
                calls.push(Statement::If(Expr::Bool(false), vec![call]));
            }
        }
    }

    fn play_variables<'n>(
        &mut self,
        frame: &mut Frame,
        keyword: &impl Fn(&str) -> Option<&'n Node>,
        body: &mut Vec<Statement>,
    ) {
        if let Some(prompts) = keyword("vars_prompt") {
            let why = "Nobody is asked for variables: say them with -data, or in the inventory.";
            self.warn(why.to_owned(), prompts.span);
        }
        if let Some(variables) = keyword("vars") {
            self.variables(frame, variables, false, body);
        }
        for file in keyword("vars_files").and_then(Node::elements).unwrap_or_default() {
            let named = file.as_text().filter(|name| !name.contains("{{"));
            let Some(name) = named else {
                let why = "Which file of variables that is depends on variables.";
                self.diagnostics.push(Diagnostic::warning("Not converted", why).at(file.span));
                body.push(Statement::Comment(
                    "not converted: vars_files: a name that is made of variables".to_owned(),
                ));
                continue;
            };
            match self.reader.read(&frame.directory.join(name), Some(file.span), &mut self.diagnostics) {
                Ok(node) => {
                    body.push(Statement::Comment(name.to_owned()));
                    self.variables(frame, &node, false, body);
                }
                Err(error) => self.diagnostics.push(error),
            }
        }
    }

    /// Handlers of roles can be notified by the play.
    fn handlers_of_roles(&mut self, frame: &mut Frame, roles: Option<&Node>) {
        for role in roles.and_then(Node::elements).unwrap_or_default() {
            let named = ["role", "name"].iter().find_map(|name| role.entry(name)?.value.as_text());
            let Some(name) = role.as_text().or(named) else { continue };
            let directory = self.playbook.join("roles").join(name);
            let path = directory.join("handlers/main.yml");
            if !self.reader.is_file(&path) {
                continue;
            }
            // What is wrong with it is told where the role is written.
            let mut ignored = plumb_diagnostics::Diagnostics::new();
            if let Ok(node) = self.reader.read(&path, Some(role.span), &mut ignored) {
                self.take_handlers(frame, &node, &directory);
            }
        }
    }

    /// What a play says about hosts beside one another is for the command line.
    fn about_many_hosts<'n>(
        &mut self,
        keyword: &impl Fn(&str) -> Option<&'n Node>,
        calls: &mut Vec<Statement>,
    ) {
        let options = [("serial", "-serial"), ("max_fail_percentage", "-fail-at")];
        for (name, option) in options {
            let Some(said) = keyword(name) else { continue };
            let values = texts_of(said).unwrap_or_default().join(",");
            self.warn(format!("`{name}` is said on the command line, as {option}={values}."), said.span);
            calls.push(Statement::Comment(format!("{name}: plumb deploy {option}={values}")));
        }
        if let Some(user) = keyword("remote_user") {
            self.warn(
                "`remote_user` is said in the inventory, as the user of the host.".to_owned(),
                user.span,
            );
        }
    }
}

fn purpose(name: &str, pattern: &str) -> String {
    let hosts = if pattern == "all" { "all hosts".to_owned() } else { pattern.to_owned() };
    if name.is_empty() {
        format!("For {hosts}.")
    } else {
        format!("{}, for {hosts}.", name.trim_end_matches('.'))
    }
}

/// Whether a host is one of those that a pattern is about; nothing where all are.
fn hosts_condition(pattern: &str) -> Result<Option<Expr>, String> {
    let (mut any, mut all, mut none) = (Vec::new(), Vec::new(), Vec::new());
    for part in pattern.split([',', ':']).map(str::trim).filter(|part| !part.is_empty()) {
        match part.chars().next() {
            Some('&') => all.push(one_of(&part[1..])?),
            Some('!') => none.push(one_of(&part[1..])?),
            _ => any.push(one_of(part)?),
        }
    }
    let mut condition = any.into_iter().reduce(Expr::or).unwrap_or(Expr::Bool(true));
    for other in all {
        condition = condition.and(other);
    }
    for other in none {
        condition = condition.and(other.negated());
    }
    Ok(Some(condition).filter(|condition| *condition != Expr::Bool(true)))
}

fn one_of(name: &str) -> Result<Expr, String> {
    if matches!(name, "all" | "*") {
        return Ok(Expr::Bool(true));
    }
    if name.contains(['*', '?', '[', '~', '{']) {
        return Err("patterns of names are for -limit".to_owned());
    }
    if matches!(name, "localhost" | "127.0.0.1") {
        return Ok(Expr::Code("host.name in (\"localhost\", \"@local\")".to_owned(), Level::Comparison));
    }
    Ok(Expr::Code(format!("{} in host.groups + [host.name]", quoted(name)), Level::Comparison))
}
