//! A task as it is written: what every task may say, and the module with its arguments.

use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_inventory::tree::{Entry, Kind, Node};
use plumb_source::Span;
use serde_json::Value;

use crate::code::Expr;

/// What every task may say. What is not here is the name of a module.
const KEYWORDS: [&str; 52] = [
    "always",
    "any_errors_fatal",
    "args",
    "async",
    "become",
    "become_exe",
    "become_flags",
    "become_method",
    "become_user",
    "block",
    "changed_when",
    "check_mode",
    "collections",
    "connection",
    "debugger",
    "delay",
    "delegate_facts",
    "delegate_to",
    "diff",
    "environment",
    "failed_when",
    "ignore_errors",
    "ignore_unreachable",
    "listen",
    "local_action",
    "loop",
    "loop_control",
    "module_defaults",
    "name",
    "no_log",
    "notify",
    "poll",
    "port",
    "register",
    "remote_user",
    "rescue",
    "retries",
    "run_once",
    "tags",
    "throttle",
    "timeout",
    "until",
    "vars",
    "when",
    "with_dict",
    "with_fileglob",
    "with_flattened",
    "with_items",
    "with_list",
    "with_nested",
    "with_sequence",
    "with_together",
];

/// Modules whose text is not taken apart.
const FREE: [&str; 5] = ["command", "shell", "raw", "script", "win_command"];

/// What a free text may have in it besides.
const BESIDES: [&str; 7] = ["creates", "removes", "chdir", "executable", "stdin", "warn", "argv"];

/// An argument of a module.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Node(Node),
    Expr(Expr),
}

/// A task.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) span: Span,
    keywords: Vec<Entry>,
    /// The module without the name of its collection; empty where it is a block.
    pub(crate) module: String,
    pub(crate) module_span: Span,
    pub(crate) arguments: Vec<(String, Given)>,
    /// What a module is given that is no mapping and has no names in it.
    pub(crate) free: Option<String>,
}

impl Task {
    /// Reads one.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn of(node: &Node) -> Result<Self, Diagnostic> {
        let refused = |detail: String| Diagnostic::error("Invalid task", detail).at(node.span);
        let entries = node.entries().ok_or_else(|| {
            refused(format!(
                "A task is a mapping with the name of a module in it, and this is {}.",
                node.described()
            ))
        })?;
        let is_keyword = |entry: &&Entry| is_keyword(&entry.key);
        let keywords: Vec<Entry> = entries.iter().filter(is_keyword).cloned().collect();
        let mut task = Task {
            span: node.span,
            keywords,
            module: String::new(),
            module_span: node.span,
            arguments: Vec::new(),
            free: None,
        };
        if let Some(block) = task.keyword("block") {
            if block.elements().is_none() && !block.is_null() {
                return Err(refused(format!(
                    "A block is a list of tasks, and this is {}.",
                    block.described()
                )));
            }
            return Ok(task);
        }
        let is_module = |entry: &&Entry| !is_keyword(entry) || &*entry.key == "local_action";
        let mut modules = entries.iter().filter(is_module);
        let Some(module) = modules.next() else {
            return Err(refused(
                "There is no module in this task, which would say what is to be done.".to_owned(),
            ));
        };
        if let Some(other) = modules.next() {
            let hint = did_you_mean(&other.key, KEYWORDS);
            let detail = format!(
                "A task has one module, and here are two names that no task has by itself: {:?} and {:?}.{hint}",
                module.key, other.key
            );
            return Err(Diagnostic::error("Invalid task", detail).at(other.key_span));
        }
        task.module_span = module.key_span;
        let (name, value) = task.action(module)?;
        task.module = short(&name).to_owned();
        task.take_arguments(&value)?;
        Ok(task)
    }

    /// `action` and `local_action` name the module in their value.
    fn action(&self, module: &Entry) -> Result<(String, Node), Diagnostic> {
        if !matches!(&*module.key, "action" | "local_action") {
            return Ok((module.key.to_string(), module.value.clone()));
        }
        if let Some(text) = module.value.as_text() {
            let (name, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
            return Ok((name.to_owned(), Node::of_value(Value::String(rest.to_owned()), module.value.span)));
        }
        let name = module.value.entry("module").and_then(|entry| entry.value.as_text());
        let refused =
            || Diagnostic::error("Invalid task", "An action names its module.").at(module.value.span);
        let name = name.ok_or_else(refused)?.to_owned();
        let rest: Vec<Entry> = module
            .value
            .entries()
            .unwrap_or_default()
            .iter()
            .filter(|entry| &*entry.key != "module")
            .cloned()
            .collect();
        Ok((name, Node { span: module.value.span, kind: Kind::Mapping(rest.into()) }))
    }

    fn take_arguments(&mut self, value: &Node) -> Result<(), Diagnostic> {
        match &value.kind {
            Kind::Mapping(entries) => self.take_entries(entries),
            Kind::Scalar(Value::Null) => {}
            Kind::Scalar(Value::String(text)) => self.take_text(text, value.span),
            Kind::Scalar(other) => self.free = Some(other.to_string()),
            Kind::Sequence(_) | Kind::Vault => {
                let detail = format!(
                    "The arguments of the module {:?} are a mapping or a text, and this is {}.",
                    self.module,
                    value.described()
                );
                return Err(Diagnostic::error("Invalid task", detail).at(value.span));
            }
        }
        if let Some(more) = self.keyword("args").cloned() {
            self.take_entries(more.entries().unwrap_or_default());
        }
        Ok(())
    }

    fn take_entries(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.arguments.push((entry.key.to_string(), Given::Node(entry.value.clone())));
        }
    }

    fn take_text(&mut self, text: &str, span: Span) {
        let is_free = FREE.contains(&self.module.as_str());
        let mut rest = Vec::new();
        for word in words(text) {
            let parts = word.split_once('=').filter(|(name, _)| is_name(name));
            match parts {
                Some((name, value)) if !is_free || BESIDES.contains(&name) => {
                    let value = Value::String(unquoted(value).to_owned());
                    self.arguments.push((name.to_owned(), Given::Node(Node::of_value(value, span))));
                }
                _ => rest.push(word),
            }
        }
        if !rest.is_empty() {
            let has_named = !self.arguments.is_empty();
            self.free = Some(if is_free && !has_named { text.trim().to_owned() } else { rest.join(" ") });
        }
    }

    /// What the task says beside its module.
    pub(crate) fn keyword(&self, name: &str) -> Option<&Node> {
        self.keywords.iter().rev().find(|entry| &*entry.key == name).map(|entry| &entry.value)
    }

    pub(crate) fn keywords(&self) -> impl Iterator<Item = &Entry> {
        self.keywords.iter()
    }

    pub(crate) fn name(&self) -> Option<String> {
        self.keyword("name").and_then(Node::as_text).map(|name| name.trim().to_owned())
    }

    pub(crate) fn is_block(&self) -> bool {
        self.keyword("block").is_some()
    }

    pub(crate) fn argument(&self, name: &str) -> Option<&Given> {
        self.arguments.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name) || name.starts_with("with_")
}

/// A module's name without its collection.
pub(crate) fn short(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, name)| name)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

/// The words of a text. Quotes and expressions of Jinja hold together.
pub(crate) fn words(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut quote, mut braces) = (Vec::new(), None, None, 0_usize);
    for (at, one) in text.char_indices() {
        match quote {
            Some(open) if one == open => quote = None,
            Some(_) => {}
            None if one == '"' || one == '\'' => quote = Some(one),
            None if one == '{' => braces += 1,
            None if one == '}' => braces = braces.saturating_sub(1),
            None if one.is_whitespace() && braces == 0 => {
                words.extend(start.take().map(|start| &text[start..at]));
                continue;
            }
            None => {}
        }
        start.get_or_insert(at);
    }
    words.extend(start.map(|start| &text[start..]));
    words
}
