//! Where a function of the code is being written: what its names mean, who is notified, and for whom.

use std::path::{Path, PathBuf};

use plumb_inventory::tree::Node;

use crate::code::{Expr, Level, Statement};
use crate::jinja;
use crate::modules::{Places, expr_of};
use crate::read::{Includes, Reader, plain, relative};
use crate::scope::{Scope, Used};
use crate::task::Task;

/// A function that is being written.
pub(crate) struct Frame {
    /// The file that it is in.
    pub(crate) unit: usize,
    pub(crate) scope: Scope,
    pub(crate) used: Used,
    /// The directory of the role, or that of the playbook.
    pub(crate) directory: PathBuf,
    pub(crate) is_role: bool,
    pub(crate) handlers: Vec<Handler>,
    /// Lists of what notifies handlers, which are made at the top.
    pub(crate) lists: Vec<String>,
    pub(crate) includes: Includes,
}

/// A handler.
pub(crate) struct Handler {
    pub(crate) task: Task,
    pub(crate) directory: PathBuf,
    /// Its own name, and what it listens to.
    pub(crate) names: Vec<String>,
    /// The list of those that notify it, where there is one since it was last looked at.
    pub(crate) list: Option<String>,
}

impl Frame {
    /// The list for a handler of that name; there may be several handlers that listen to it.
    pub(crate) fn notified(&mut self, name: &str) -> Vec<String> {
        let mut lists = Vec::new();
        for at in 0..self.handlers.len() {
            if !self.handlers[at].names.iter().any(|own| own == name) {
                continue;
            }
            if self.handlers[at].list.is_none() {
                let wanted = self.handlers[at].names.first().cloned().unwrap_or_default();
                let list = self.scope.fresh(&wanted);
                self.lists.push(list.clone());
                self.handlers[at].list = Some(list);
            }
            lists.extend(self.handlers[at].list.clone());
        }
        lists
    }
}

/// What a task has from the blocks, roles and plays around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Inherited {
    becomes: Option<Expr>,
    user: Option<Expr>,
    method: Option<String>,
    pub(crate) tags: Vec<Expr>,
    environment: Option<Expr>,
    ignores_errors: Option<Expr>,
    no_log: Option<Expr>,
}

impl Inherited {
    /// With what something inside says itself.
    pub(crate) fn with<'n>(
        &self,
        keyword: impl Fn(&str) -> Option<&'n Node>,
        scope: &Scope,
        used: &mut Used,
    ) -> Result<Self, String> {
        let mut own = self.clone();
        let mut said = |name: &str| keyword(name).map(|node| expr_of(node, scope, used)).transpose();
        own.becomes = said("become")?.or(own.becomes);
        own.user = said("become_user")?.or(own.user);
        own.ignores_errors = said("ignore_errors")?.or(own.ignores_errors);
        own.no_log = said("no_log")?.or(own.no_log);
        own.environment = match (own.environment, said("environment")?) {
            (Some(outer), Some(inner)) => Some(outer.binary("|", &inner, Level::Union)),
            (outer, inner) => inner.or(outer),
        };
        match said("tags")? {
            Some(Expr::List(tags)) => own.tags.extend(tags),
            Some(Expr::Text(tags)) => own.tags.extend(tags.split(',').map(|tag| Expr::text(tag.trim()))),
            Some(other) => own.tags.push(other),
            None => {}
        }
        if let Some(method) = keyword("become_method").and_then(Node::as_text) {
            own.method = Some(method.to_owned());
        }
        let mut seen = Vec::new();
        own.tags.retain(|tag| {
            !seen.contains(tag) && {
                seen.push(tag.clone());
                true
            }
        });
        Ok(own)
    }

    pub(crate) fn has_sudo(&self) -> bool {
        !matches!(self.becomes, None | Some(Expr::Bool(false)))
    }

    /// As arguments of an operation.
    pub(crate) fn arguments(&self) -> Result<Vec<(Option<String>, Expr)>, String> {
        let mut arguments = Vec::new();
        let mut add = |name: &str, value: Expr| arguments.push((Some(name.to_owned()), value));
        if self.has_sudo() {
            let becomes = self.becomes.clone().unwrap_or(Expr::Bool(true));
            let user = self.user.clone().filter(|user| user.literal() != Some("root"));
            match self.method.as_deref().unwrap_or("sudo") {
                "su" => add("su_user", user.unwrap_or_else(|| Expr::text("root"))),
                method @ ("sudo" | "doas") => match user {
                    Some(user) => add(&format!("{method}_user"), user),
                    None => add(method, becomes),
                },
                other => return Err(format!("nobody becomes somebody else by `{other}` here")),
            }
        }
        if let Some(environment) = &self.environment {
            add("env", environment.clone());
        }
        for (name, value) in [("ignore_errors", &self.ignores_errors), ("no_log", &self.no_log)] {
            if let Some(value) = value.as_ref().filter(|value| **value != Expr::Bool(false)) {
                add(name, value.clone());
            }
        }
        if !self.tags.is_empty() {
            add("tags", Expr::List(self.tags.clone()));
        }
        Ok(arguments)
    }
}

/// Where files of this machine are that a task speaks of.
pub(crate) struct Spots<'a> {
    pub(crate) reader: &'a Reader<'a>,
    pub(crate) directory: PathBuf,
    pub(crate) playbook: PathBuf,
    /// The directory of the file that code is written to.
    pub(crate) code: PathBuf,
}

impl Places for Spots<'_> {
    fn find(&self, kind: &str, name: &str) -> Option<(String, PathBuf)> {
        let wants_directory = kind.ends_with('/');
        let kind = kind.trim_end_matches('/');
        let bases = [&self.directory, &self.playbook];
        let candidates = bases.into_iter().flat_map(|base| [base.join(kind).join(name), base.join(name)]);
        let found = self.reader.first(candidates)?;
        if wants_directory && self.reader.is_file(&found) {
            return None;
        }
        Some((relative(&self.code, &found), found))
    }

    fn said(&self, kind: &str, name: &str) -> String {
        if name.starts_with('/') {
            return name.to_owned();
        }
        let base = plain(&self.directory.join(kind));
        let said = relative(&self.code, &base);
        if said.is_empty() { name.to_owned() } else { format!("{said}/{name}") }
    }

    fn text(&self, path: &Path) -> Option<String> {
        self.reader.text(path)
    }

    fn fitting(&self, kind: &str, parts: &[jinja::Part]) -> Vec<String> {
        let bases = [self.directory.join(kind), self.playbook.join(kind)];
        let found = bases.iter().map(|base| crate::named::fitting(self.reader, base, parts));
        let first = found.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
        first.iter().filter_map(|(_, path)| self.reader.text(path)).collect()
    }
}

/// Conditions that stand beside one another, as one.
pub(crate) fn conditions(
    texts: &[String],
    scope: &Scope,
    used: &mut Used,
) -> Result<(Expr, Vec<String>), String> {
    let (mut code, mut after) = (Expr::Bool(true), Vec::new());
    for text in texts {
        let found = jinja::condition(text, scope, used)?;
        code = code.and(found.code);
        if after.is_empty() {
            after = found.after;
        } else {
            for name in found.after {
                code = code.and(Expr::atom(format!("{name}.changed")));
            }
        }
    }
    Ok((code, after))
}

/// Adjacent blocks under one condition are one block, unless the condition may be another by then.
pub(crate) fn joined(statements: Vec<Statement>) -> Vec<Statement> {
    let mut out: Vec<Statement> = Vec::new();
    for statement in statements {
        if let Statement::If(condition, body) = &statement {
            let last = out.iter().rposition(|one| *one != Statement::Blank);
            if let Some(Statement::If(before, earlier)) = last.map(|at| &mut out[at]) {
                let code = condition.line();
                if before.line() == code && !assigns(earlier, &code) {
                    earlier.push(Statement::Blank);
                    earlier.extend(body.clone());
                    if let Some(at) = last {
                        out.truncate(at + 1);
                    }
                    continue;
                }
            }
        }
        out.push(statement);
    }
    out.into_iter()
        .map(|statement| match statement {
            Statement::If(condition, body) => Statement::If(condition, joined(body)),
            Statement::For(names, of, body) => Statement::For(names, of, joined(body)),
            Statement::Choice(branches) => {
                let each = branches.into_iter().map(|(condition, body)| (condition, joined(body)));
                Statement::Choice(each.collect())
            }
            other => other,
        })
        .collect()
}

fn assigns(statements: &[Statement], code: &str) -> bool {
    statements.iter().any(|statement| match statement {
        Statement::Assign(name, _) => code.contains(name.as_str()),
        Statement::If(_, body) | Statement::For(_, _, body) => assigns(body, code),
        Statement::Choice(branches) => branches.iter().any(|(_, body)| assigns(body, code)),
        // A condition that looks at the host may see what was done.
        Statement::Do(_) => code.contains("stat("),
        _ => false,
    })
}
