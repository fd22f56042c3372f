//! Modules that say how code goes on, instead of what a host is like.

use std::path::Path;

use plumb_inventory::tree::Node;

use crate::code::{Expr, Statement};
use crate::frame::Frame;
use crate::jinja;
use crate::modules::expr_of;
use crate::scope::Meaning;
use crate::task::{Given, Task};
use crate::tasks::{Manner, texts_of};
use crate::writer::Writer;

impl Writer<'_> {
    /// Modules that say how code goes on, instead of what a host is like.
    pub(crate) fn flow(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        manner: &Manner<'_>,
        before: &mut Vec<Statement>,
        body: &mut Vec<Statement>,
    ) -> Option<Result<(), String>> {
        Some(match task.module.as_str() {
            "set_fact" => self.set_fact(frame, task, manner, before, body),
            "debug" => self.debug(frame, task, body),
            "assert" => self.assert(frame, task, body),
            "fail" => self.fail(frame, task, body),
            "stat" => self.stat(frame, task, manner, before, body),
            "include_vars" => self.include_vars(frame, task, body),
            "include_tasks" | "import_tasks" | "include" => self.include_tasks(frame, task, manner, body),
            "include_role" | "import_role" => self.include_role(frame, task, manner, body),
            "meta" => self.meta(frame, task, manner, body),
            "setup" | "gather_facts" | "wait_for_connection" | "ping" | "validate_argument_spec" => Ok(()),
            "package_facts" | "service_facts" => {
                let name = task.module.trim_end_matches("_facts").to_owned() + "s";
                let known = crate::facts::fact(&name, &mut frame.used);
                known.map(|known| frame.scope.set(&name, Meaning::Value(known)))
            }
            "pause" => Err("nobody is waited for".to_owned()),
            "add_host" | "group_by" => Err("hosts and groups come from the inventory alone".to_owned()),
            "async_status" => Err("nothing goes on behind a deploy".to_owned()),
            _ => return None,
        })
    }

    fn set_fact(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        manner: &Manner<'_>,
        before: &mut Vec<Statement>,
        body: &mut Vec<Statement>,
    ) -> Result<(), String> {
        for (name, given) in &task.arguments {
            if name == "cacheable" {
                continue;
            }
            let Given::Node(node) = given else { continue };
            if name.contains("{{") {
                return Err("the name of a variable is made of variables".to_owned());
            }
            frame.scope.note(name, Expr::none());
            let is_new = frame.scope.get(name).is_none();
            if is_new && manner.is_looped {
                return Err(format!("`{name}` is made up in a loop: say what it is before that"));
            }
            let value = expr_of(node, &frame.scope, &mut frame.used)?;
            if is_new && manner.is_conditional {
                let otherwise = Expr::atom(frame.scope.data).method("get", vec![Expr::text(name.as_str())]);
                let own = frame.scope.declare(name);
                before.push(Statement::Assign(own, otherwise));
            }
            let own = frame.scope.declare(name);
            body.push(Statement::Assign(own, value));
        }
        if let (Some(name), false) = (task.name(), body.is_empty()) {
            body.insert(0, Statement::Comment(name));
        }
        Ok(())
    }

    fn debug(&mut self, frame: &mut Frame, task: &Task, body: &mut Vec<Statement>) -> Result<(), String> {
        let value = match (task.argument("msg"), task.argument("var")) {
            (Some(Given::Node(message)), _) => expr_of(message, &frame.scope, &mut frame.used)?,
            (None, Some(Given::Node(variable))) => {
                let name = variable.as_text().ok_or("`var` is a name")?;
                jinja::expression(name, &frame.scope, &mut frame.used)?
            }
            _ => Expr::text("Hello world!"),
        };
        body.push(Statement::Do(Expr::call("print", vec![value])));
        Ok(())
    }

    fn assert(&mut self, frame: &mut Frame, task: &Task, body: &mut Vec<Statement>) -> Result<(), String> {
        let mut said = |name: &str| match task.argument(name) {
            Some(Given::Node(node)) => expr_of(node, &frame.scope, &mut frame.used).map(Some),
            _ => Ok(None),
        };
        let message = match said("fail_msg")? {
            Some(message) => Some(message),
            None => said("msg")?,
        };
        let Some(Given::Node(that)) = task.argument("that") else {
            return Err("the argument `that` is missing".to_owned());
        };
        for text in texts_of(that)? {
            let found = jinja::condition(&text, &frame.scope, &mut frame.used)?;
            let holds = found
                .after
                .iter()
                .fold(found.code, |code, name| code.and(Expr::atom(format!("{name}.changed"))));
            let why = message.clone().unwrap_or_else(|| Expr::text(format!("this does not hold: {text}")));
            let fail = Statement::Do(Expr::call("fail", vec![why]));
            body.push(Statement::If(holds.negated(), vec![fail]));
        }
        Ok(())
    }

    fn fail(&mut self, frame: &mut Frame, task: &Task, body: &mut Vec<Statement>) -> Result<(), String> {
        let message = match task.argument("msg") {
            Some(Given::Node(node)) => expr_of(node, &frame.scope, &mut frame.used)?,
            _ => Expr::text(task.name().unwrap_or_else(|| "failed as requested".to_owned())),
        };
        body.push(Statement::Do(Expr::call("fail", vec![message])));
        Ok(())
    }

    fn stat(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        manner: &Manner<'_>,
        before: &mut Vec<Statement>,
        body: &mut Vec<Statement>,
    ) -> Result<(), String> {
        let Some(Given::Node(path)) = task.argument("path").or_else(|| task.argument("name")) else {
            return Err("the argument `path` is missing".to_owned());
        };
        let path = expr_of(path, &frame.scope, &mut frame.used)?;
        let Some(name) = task.keyword("register").and_then(Node::as_text) else { return Ok(()) };
        if manner.is_looped {
            return Err(
                "what is registered in a loop of `stat` is a list that no code can be made of".to_owned()
            );
        }
        let own = frame.scope.fresh(name);
        // A fact changes nothing, so it is asked whatever the condition is.
        let asked = Statement::Assign(own.clone(), Expr::call("stat", vec![path]));
        if manner.is_conditional {
            before.push(asked);
        } else {
            body.push(asked);
        }
        if manner.is_conditional {
            body.clear();
        }
        frame.scope.set(name, Meaning::Stat(own));
        Ok(())
    }

    fn meta(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        manner: &Manner<'_>,
        body: &mut Vec<Statement>,
    ) -> Result<(), String> {
        match task.free.as_deref().unwrap_or_default().trim() {
            "flush_handlers" => self.handlers(frame, manner.inherited, body),
            "end_play" | "end_host" => body.push(Statement::Return),
            "noop" | "clear_facts" | "refresh_inventory" | "reset_connection" | "clear_host_errors" => {}
            other => return Err(format!("`meta: {other}` has no counterpart")),
        }
        Ok(())
    }

    fn include_vars(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        body: &mut Vec<Statement>,
    ) -> Result<(), String> {
        if task.argument("dir").is_some() {
            return Err("only a file of variables can be included, and not a directory".to_owned());
        }
        let into = match task.argument("name").filter(|_| task.argument("file").is_some()) {
            Some(Given::Node(name)) => {
                Some(name.as_text().ok_or("`name` is the name of a variable")?.to_owned())
            }
            _ => None,
        };
        let named = self.named_files(frame, task, "vars")?;
        let mut branches = Vec::new();
        for (condition, path) in named.files {
            let mut inner = vec![Statement::Comment(path.display().to_string())];
            match (self.reader.read(&path, Some(task.module_span), &mut self.diagnostics), &into) {
                (Ok(node), None) => self.variables(frame, &node, false, &mut inner),
                (Ok(node), Some(name)) => {
                    let value = expr_of(&node, &frame.scope, &mut frame.used)?;
                    inner.push(Statement::Assign(frame.scope.declare(name), value));
                }
                (Err(error), _) => self.diagnostics.push(error),
            }
            branches.push((condition, inner));
        }
        put(branches, named.is_first, body);
        Ok(())
    }

    fn include_tasks(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        manner: &Manner<'_>,
        body: &mut Vec<Statement>,
    ) -> Result<(), String> {
        let kind = if frame.is_role { "tasks" } else { "" };
        let named = self.named_files(frame, task, kind)?;
        let mut branches = Vec::new();
        for (condition, path) in named.files {
            let mut inner = vec![Statement::Comment(path.display().to_string())];
            self.included(frame, task, manner, &path, &mut inner);
            branches.push((condition, inner));
        }
        put(branches, named.is_first, body);
        Ok(())
    }

    /// The tasks of a file.
    fn included(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        manner: &Manner<'_>,
        path: &Path,
        body: &mut Vec<Statement>,
    ) {
        let includes = match frame.includes.with(path, task.module_span) {
            Ok(includes) => includes,
            Err(error) => {
                self.diagnostics.push(error);
                return;
            }
        };
        let node = match self.reader.read(path, Some(task.module_span), &mut self.diagnostics) {
            Ok(node) => node,
            Err(error) => {
                self.diagnostics.push(error);
                return;
            }
        };
        if let Some(variables) = task.keyword("vars") {
            self.variables(frame, variables, false, body);
        }
        let before = std::mem::replace(&mut frame.includes, includes);
        let mut inner = Vec::new();
        if let Some(nodes) = node.elements() {
            for node in nodes {
                match Task::of(node) {
                    Ok(task) => self.task(frame, &task, manner.inherited, &manner.after, &mut inner),
                    Err(error) => self.diagnostics.push(error),
                }
            }
        } else {
            self.tasks(frame, &node, manner.inherited, &mut inner);
        }
        frame.includes = before;
        body.extend(inner);
    }

    fn include_role(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        manner: &Manner<'_>,
        body: &mut Vec<Statement>,
    ) -> Result<(), String> {
        let Some(Given::Node(name)) = task.argument("name") else {
            return Err("the role is not named".to_owned());
        };
        let Expr::Text(name) = expr_of(name, &frame.scope, &mut frame.used)? else {
            return Err("which role it is depends on variables".to_owned());
        };
        if task.argument("tasks_from").is_some() {
            return Err("a role is done as a whole: `tasks_from` has no counterpart".to_owned());
        }
        let call = self.role_call(frame, &name, task.module_span, manner.inherited, task.keyword("vars"))?;
        body.push(Statement::Do(call));
        Ok(())
    }
}

/// Puts statements under their conditions, or those of the first condition that holds.
fn put(branches: Vec<(Expr, Vec<Statement>)>, is_first: bool, body: &mut Vec<Statement>) {
    if is_first && branches.first().is_some_and(|(condition, _)| *condition != Expr::Bool(true)) {
        body.push(Statement::Choice(branches));
        return;
    }
    let wanted = if is_first { 1 } else { branches.len() };
    for (condition, statements) in branches.into_iter().take(wanted) {
        if condition == Expr::Bool(true) {
            body.extend(statements);
        } else {
            body.push(Statement::If(condition, statements));
        }
    }
}
