//! Roles, each a function.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use plumb_diagnostics::Diagnostic;
use plumb_inventory::tree::Node;
use plumb_source::Span;

use crate::code::{Expr, Level, Statement};
use crate::frame::{Frame, Inherited};
use crate::modules::expr_of;
use crate::read::{Includes, plain, relative};
use crate::scope::{Meaning, Scope, Used, identifier};
use crate::unit::Unit;
use crate::writer::{Writer, without_unused};

/// How many roles need one another.
const DEPTH_MAX: usize = 40;

/// A role that has been written.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    function: String,
    unit: usize,
    /// Variables that it takes from outside.
    wanted: BTreeSet<String>,
}

impl Writer<'_> {
    /// A call of a role, which is written where it has not been.
    pub(crate) fn role_call(
        &mut self,
        frame: &mut Frame,
        name: &str,
        mentioned: Span,
        inherited: &Inherited,
        variables: Option<&Node>,
    ) -> Result<Expr, String> {
        let written = self.role(frame, name, mentioned, inherited)?;
        let mut given = Vec::new();
        for entry in variables.and_then(Node::entries).unwrap_or_default() {
            let value = expr_of(&entry.value, &frame.scope, &mut frame.used)?;
            given.push((Expr::text(&*entry.key), value));
        }
        for name in &written.wanted {
            let is_given = given.iter().any(|(key, _)| key.literal() == Some(name));
            if let (false, Some(value)) = (is_given, frame.scope.value(name)) {
                given.push((Expr::text(name.as_str()), value.clone()));
            }
        }
        if written.unit != frame.unit {
            let file = relative(&self.units[frame.unit].directory(), &self.units[written.unit].path);
            self.units[frame.unit].loads(&file, &written.function);
        }
        let mut arguments = vec![Expr::atom("host")];
        match (given.is_empty(), frame.is_role) {
            (true, false) => {}
            (false, false) => arguments.push(Expr::Dict(given)),
            (true, true) => arguments.push(Expr::atom("given")),
            (false, true) => {
                arguments.push(Expr::atom("given").binary("|", &Expr::Dict(given), Level::Union));
            }
        }
        frame.scope.avoid(std::slice::from_ref(&written.function));
        frame.used.wanted.extend(written.wanted);
        Ok(Expr::call(written.function, arguments))
    }

    fn role(
        &mut self,
        frame: &mut Frame,
        name: &str,
        mentioned: Span,
        inherited: &Inherited,
    ) -> Result<Written, String> {
        let known = self.roles.get(name).and_then(|all| all.iter().find(|(as_whom, _)| as_whom == inherited));
        if let Some((_, written)) = known {
            return Ok(written.clone());
        }
        let bases = [
            self.playbook.join("roles"),
            self.playbook.clone(),
            frame.directory.join("roles"),
            frame.directory.join(".."),
        ];
        let is_directory = |base: &PathBuf| {
            let path = plain(&base.join(name));
            self.reader.files.is_directory(&path).then_some(path)
        };
        let directory = bases.iter().find_map(is_directory);
        let directory =
            directory.ok_or_else(|| format!("there is no role `{name}` in {}", bases[0].display()))?;
        if self.open_roles.iter().any(|open| open == name) || self.open_roles.len() >= DEPTH_MAX {
            let detail = format!("The role {name:?} needs itself, by way of {}.", self.open_roles.join(", "));
            self.diagnostics.push(Diagnostic::error("Recursive role", detail).at(mentioned));
            return Err(format!("the role `{name}` needs itself"));
        }
        self.open_roles.push(name.to_owned());
        let written = self.write_role(frame, name, &directory, mentioned, inherited);
        self.open_roles.pop();
        self.roles.entry(name.to_owned()).or_default().push((inherited.clone(), written.clone()));
        Ok(written)
    }

    /// The file of a role; all that there is, where nothing is written to files.
    fn unit_of(&mut self, name: &str) -> usize {
        if !self.has_files {
            return 0;
        }
        let file = format!("{}.star", identifier(name));
        let path = self.units[0].directory().join("roles").join(file);
        if let Some(at) = self.units.iter().position(|unit| unit.path == path) {
            return at;
        }
        self.units.push(Unit::new(path));
        self.units.len() - 1
    }

    fn write_role(
        &mut self,
        caller: &Frame,
        name: &str,
        directory: &Path,
        mentioned: Span,
        inherited: &Inherited,
    ) -> Written {
        let unit = self.unit_of(name);
        let function = self.function_name(name.rsplit(['/', '.']).next().unwrap_or(name), Some(caller));
        let mut frame = Frame {
            unit,
            scope: Scope::new("given"),
            used: Used::default(),
            directory: directory.to_path_buf(),
            is_role: true,
            handlers: Vec::new(),
            lists: Vec::new(),
            includes: Includes::default(),
        };
        frame.scope.avoid(&self.functions);
        for own in ["ansible_role_name", "role_name"] {
            frame.scope.set(own, Meaning::Value(Expr::text(name)));
        }
        let mut defaults = Vec::new();
        self.part(&mut frame, "defaults", mentioned, |writer, frame, node| {
            writer.variables(frame, node, true, &mut defaults);
        });
        let mut variables = Vec::new();
        self.part(&mut frame, "vars", mentioned, |writer, frame, node| {
            writer.variables(frame, node, false, &mut variables);
        });
        defaults.append(&mut variables);
        let own = directory.to_path_buf();
        self.part(&mut frame, "handlers", mentioned, |writer, frame, node| {
            writer.take_handlers(frame, node, &own);
        });
        for handler in &caller.handlers {
            let is_known = frame.handlers.iter().any(|own| own.names == handler.names);
            if !is_known {
                frame.handlers.push(crate::frame::Handler {
                    task: handler.task.clone(),
                    directory: handler.directory.clone(),
                    names: handler.names.clone(),
                    list: None,
                });
            }
        }
        let mut body = Vec::new();
        self.dependencies(&mut frame, mentioned, inherited, &mut body);
        self.part(&mut frame, "tasks", mentioned, |writer, frame, node| {
            writer.tasks(frame, node, inherited, &mut body);
        });
        self.handlers(&mut frame, inherited, &mut body);
        let mut whole = without_unused(defaults, &body);
        whole.push(Statement::Blank);
        whole.extend(body);
        let mut wanted = frame.used.wanted.clone();
        for statement in &whole {
            if let Statement::Assign(name, Expr::Call { function, arguments }) = statement {
                let key = arguments.first().and_then(|(_, key)| key.literal());
                if function == "given.get" {
                    wanted.extend(key.or(Some(name)).map(str::to_owned));
                }
            }
        }
        let purpose = format!("The role {name}.");
        self.finish(frame, &function, "host, variables = {}", Some(purpose), whole);
        Written { function, unit, wanted }
    }

    /// Reads the main file of a part of a role, where it has one.
    fn part(
        &mut self,
        frame: &mut Frame,
        part: &str,
        mentioned: Span,
        take: impl FnOnce(&mut Self, &mut Frame, &Node),
    ) {
        let names = ["main.yml", "main.yaml", "main"].map(|name| frame.directory.join(part).join(name));
        let Some(path) = names.into_iter().find(|path| self.reader.is_file(path)) else { return };
        match self.reader.read(&path, Some(mentioned), &mut self.diagnostics) {
            Ok(node) => {
                if let Ok(includes) = frame.includes.with(&path, mentioned) {
                    let before = std::mem::replace(&mut frame.includes, includes);
                    take(self, frame, &node);
                    frame.includes = before;
                }
            }
            Err(error) => self.diagnostics.push(error),
        }
    }

    /// Roles that have to be done first.
    fn dependencies(
        &mut self,
        frame: &mut Frame,
        mentioned: Span,
        inherited: &Inherited,
        body: &mut Vec<Statement>,
    ) {
        let mut found = Vec::new();
        self.part(frame, "meta", mentioned, |_, _, node| {
            let entry = node.entry("dependencies").map(|entry| entry.value.clone());
            found.extend(entry.as_ref().and_then(Node::elements).unwrap_or_default().iter().cloned());
        });
        for node in &found {
            self.role_entry(frame, node, inherited, body);
        }
    }

    /// A role as plays and dependencies name it.
    pub(crate) fn role_entry(
        &mut self,
        frame: &mut Frame,
        node: &Node,
        inherited: &Inherited,
        body: &mut Vec<Statement>,
    ) {
        let named = ["role", "name", "src"].iter().find_map(|name| node.entry(name)?.value.as_text());
        let Some(name) = node.as_text().or(named).map(str::to_owned) else {
            let detail = format!(
                "A role is a name, or a mapping with `role` in it, and this is {}.",
                node.described()
            );
            self.diagnostics.push(Diagnostic::error("Invalid role", detail).at(node.span));
            return;
        };
        match self.entry_call(frame, node, &name, inherited) {
            Ok(statement) => body.push(statement),
            Err(why) => {
                let place = self.reader.place(node.span);
                let detail = format!("The role {name:?} is left out: {why}.");
                self.diagnostics.push(Diagnostic::warning("Not converted", detail).at(node.span));
                body.push(Statement::Comment(format!("not converted: role {name}: {why} ({place})")));
            }
        }
    }

    fn entry_call(
        &mut self,
        frame: &mut Frame,
        node: &Node,
        name: &str,
        inherited: &Inherited,
    ) -> Result<Statement, String> {
        let keyword = |name: &str| node.entry(name).map(|entry| &entry.value);
        let inherited = inherited.with(keyword, &frame.scope, &mut frame.used)?;
        let mut own: Vec<_> = keyword("vars").and_then(Node::entries).unwrap_or_default().to_vec();
        // What is no keyword is a variable.
        let keywords = [
            "role",
            "name",
            "src",
            "vars",
            "when",
            "tags",
            "become",
            "become_user",
            "become_method",
            "environment",
            "ignore_errors",
            "no_log",
            "version",
            "delegate_to",
            "any_errors_fatal",
        ];
        let others = node.entries().unwrap_or_default().iter();
        own.extend(others.filter(|entry| !keywords.contains(&&*entry.key)).cloned());
        let variables = Node { span: node.span, kind: plumb_inventory::tree::Kind::Mapping(own.into()) };
        let texts = keyword("when").map(crate::tasks::texts_of).transpose()?.unwrap_or_default();
        let (condition, after) = crate::frame::conditions(&texts, &frame.scope, &mut frame.used)?;
        let condition =
            after.iter().fold(condition, |code, name| code.and(Expr::atom(format!("{name}.changed"))));
        let call = self.role_call(frame, name, node.span, &inherited, Some(&variables))?;
        let call = Statement::Do(call);
        Ok(if condition == Expr::Bool(true) { call } else { Statement::If(condition, vec![call]) })
    }
}
