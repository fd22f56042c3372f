//! The arguments of a module, taken one by one, so that what nobody takes is told.

use std::path::PathBuf;

use plumb_inventory::tree::{Kind, Node};
use serde_json::Value;

use crate::code::{Expr, Level};
use crate::jinja;
use crate::prelude::Helper;
use crate::scope::{Scope, Used};
use crate::task::{Given, Task};
use crate::tasks::mentions;

/// Files of this machine that a task speaks of.
pub(crate) trait Places {
    /// Where a file is, as code says it, and its path; None where it is not there.
    fn find(&self, kind: &str, name: &str) -> Option<(String, PathBuf)>;

    /// How code says a path that nothing is at.
    fn said(&self, kind: &str, name: &str) -> String;

    fn text(&self, path: &std::path::Path) -> Option<String>;

    /// The texts of the files whose names are made of these parts.
    fn fitting(&self, kind: &str, parts: &[jinja::Part]) -> Vec<String>;
}

/// The arguments of a module.
pub(crate) struct Arguments<'a> {
    given: Vec<(String, Given)>,
    pub(crate) free: Option<String>,
    pub(crate) scope: &'a Scope,
    pub(crate) used: &'a mut Used,
    pub(crate) places: &'a dyn Places,
    /// What is to be said about it.
    pub(crate) notes: Vec<String>,
}

impl<'a> Arguments<'a> {
    pub(crate) fn of(task: &Task, scope: &'a Scope, used: &'a mut Used, places: &'a dyn Places) -> Self {
        Arguments {
            given: task.arguments.clone(),
            free: task.free.clone(),
            scope,
            used,
            places,
            notes: Vec::new(),
        }
    }

    fn take(&mut self, name: &str) -> Option<Given> {
        let at = self.given.iter().rposition(|(key, _)| key == name)?;
        Some(self.given.remove(at).1)
    }

    /// How an argument is written.
    pub(crate) fn written(&self, name: &str) -> Option<&str> {
        let (_, given) = self.given.iter().rev().find(|(key, _)| key == name)?;
        if let Given::Node(node) = given { node.as_text() } else { None }
    }

    /// An argument by one of its names.
    pub(crate) fn get(&mut self, names: &[&str]) -> Result<Option<Expr>, String> {
        for name in names {
            match self.take(name) {
                Some(Given::Expr(expr)) => return Ok(Some(expr)),
                Some(Given::Node(node)) if node.is_null() => {}
                Some(Given::Node(node)) => {
                    let value = expr_of(&node, self.scope, self.used)?;
                    let is_optional = node.as_text().is_some_and(|text| mentions(text, "omit"));
                    return Ok(Some(if is_optional { Expr::Optional(Box::new(value)) } else { value }));
                }
                None => {}
            }
        }
        Ok(None)
    }

    pub(crate) fn need(&mut self, names: &[&str]) -> Result<Expr, String> {
        let found = self.get(names)?;
        found.ok_or_else(|| format!("the argument `{}` is missing", names.first().unwrap_or(&"")))
    }

    /// An argument that is text, as code has it.
    pub(crate) fn text(&mut self, names: &[&str]) -> Result<Option<Expr>, String> {
        Ok(self.get(names)?.map(|value| match value {
            Expr::Code(number, Level::Atom) if number.starts_with(|one: char| one.is_ascii_digit()) => {
                Expr::text(number)
            }
            other => other,
        }))
    }

    /// An argument that is a number.
    pub(crate) fn number(&mut self, names: &[&str]) -> Result<Option<Expr>, String> {
        Ok(self.get(names)?.map(|value| match value {
            Expr::Text(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Expr::atom(text)
            }
            Expr::Text(_) | Expr::Bool(_) | Expr::List(_) | Expr::Dict(_) | Expr::Optional(_) => value,
            other
                if other.line().starts_with("int(")
                    || other.line().bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                other
            }
            other => Expr::call("int", vec![other]),
        }))
    }

    /// An argument that has to be written out.
    pub(crate) fn literal(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.get(&[name])? {
            None => Ok(None),
            Some(Expr::Text(text)) => Ok(Some(text)),
            Some(Expr::Bool(is_true)) => Ok(Some(if is_true { "yes" } else { "no" }.to_owned())),
            Some(Expr::Code(number, Level::Atom)) if number.starts_with(|one: char| one.is_ascii_digit()) => {
                Ok(Some(number))
            }
            Some(_) => Err(format!(
                "the argument `{name}` is made of variables, and what it is decides what the operation is"
            )),
        }
    }

    /// True or false.
    pub(crate) fn flag(&mut self, names: &[&str]) -> Result<Option<Expr>, String> {
        let written = names.iter().find_map(|name| self.written(name)).unwrap_or_default();
        let is_bool = matches!(jinja::written_out(written, self.scope), Some(Expr::Bool(_)));
        let Some(value) = self.get(names)? else { return Ok(None) };
        Ok(Some(match value.literal().map(str::to_lowercase).as_deref() {
            Some("yes" | "true" | "on" | "1") => Expr::Bool(true),
            Some("no" | "false" | "off" | "0") => Expr::Bool(false),
            _ if is_bool || value.is_none() => value,
            _ => self.truth(value),
        }))
    }

    /// A value as a truth value: there are many words for one.
    fn truth(&mut self, value: Expr) -> Expr {
        match value {
            Expr::Optional(value) => Expr::Optional(Box::new(self.truth(*value))),
            value if value.is_condition() => value,
            value => {
                self.used.helpers.insert(Helper::Truth);
                Expr::call(Helper::Truth.name(), vec![value])
            }
        }
    }

    pub(crate) fn is_set(&mut self, names: &[&str]) -> Result<bool, String> {
        Ok(self.flag(names)? == Some(Expr::Bool(true)))
    }

    /// A mode, in octal digits.
    pub(crate) fn mode(&mut self, name: &str) -> Result<Option<Expr>, String> {
        let Some(Given::Node(node)) = self.take(name) else { return Ok(None) };
        if let Kind::Scalar(Value::Number(number)) = &node.kind {
            // What was written with a zero in front has been read as octal.
            return Ok(number.as_u64().map(|number| Expr::text(format!("{number:o}"))));
        }
        let mode = expr_of(&node, self.scope, self.used)?;
        let known = node.as_text().and_then(|text| jinja::written_out(text, self.scope));
        let Some(text) = mode.literal() else {
            let is_text = matches!(known, Some(Expr::Text(_))) || matches!(mode, Expr::Format(..));
            if is_text || mode.is_none() {
                return Ok(Some(mode));
            }
            // Where it was written without quotes it has been read as a number.
            self.used.helpers.insert(Helper::ModeText);
            return Ok(Some(Expr::call(Helper::ModeText.name(), vec![mode])));
        };
        if text == "preserve" {
            self.notes.push("`mode: preserve`: say the mode in octal digits".to_owned());
            return Ok(None);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            let short = text.strip_prefix('0').filter(|rest| rest.len() >= 3).unwrap_or(text);
            return Ok(Some(Expr::text(short)));
        }
        match octal(text) {
            Some(mode) => Ok(Some(Expr::text(mode))),
            None => {
                self.notes
                    .push(format!("the mode `{text}` depends on what there is: say it in octal digits"));
                Ok(None)
            }
        }
    }

    /// Owner, group and mode, as operations on files have them.
    pub(crate) fn owner(&mut self, mut operation: super::Operation) -> Result<super::Operation, String> {
        operation = operation.maybe("user", self.text(&["owner"])?);
        operation = operation.maybe("group", self.text(&["group"])?);
        Ok(operation.maybe("mode", self.mode("mode")?))
    }

    /// Arguments that make no difference here.
    pub(crate) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            while self.take(name).is_some() {}
        }
    }

    /// What nobody has taken.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        self.given.drain(..).map(|(name, _)| name).collect()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(key, _)| key == name)
    }

    /// The whole free text.
    pub(crate) fn free(&mut self) -> Result<Option<Expr>, String> {
        match self.free.take() {
            Some(text) => jinja::text(&text, self.scope, self.used).map(Some),
            None => Ok(None),
        }
    }
}

/// What a value of YAML is in code.
///
/// # Errors
/// Why it cannot be said.
pub(crate) fn expr_of(node: &Node, scope: &Scope, used: &mut Used) -> Result<Expr, String> {
    Ok(match &node.kind {
        Kind::Scalar(Value::String(text)) => jinja::text(text, scope, used)?,
        Kind::Scalar(Value::Bool(is_true)) => Expr::Bool(*is_true),
        Kind::Scalar(Value::Null) => Expr::none(),
        Kind::Scalar(other) => {
            let level = if other.to_string().starts_with('-') { Level::Sign } else { Level::Atom };
            Expr::Code(other.to_string(), level)
        }
        Kind::Vault => {
            return Err(
                "it is encrypted with Ansible's vault: say it with -data, or in the inventory".to_owned()
            );
        }
        Kind::Sequence(items) => {
            Expr::List(items.iter().map(|item| expr_of(item, scope, used)).collect::<Result<_, _>>()?)
        }
        Kind::Mapping(entries) => {
            let mut all = Vec::new();
            for entry in entries.iter() {
                let key = jinja::text(&entry.key, scope, used)?;
                all.push((key, expr_of(&entry.value, scope, used)?));
            }
            Expr::Dict(all)
        }
    })
}

/// A symbolic mode that says everything, in octal digits.
fn octal(text: &str) -> Option<String> {
    let mut digits = [None; 3];
    for part in text.split(',') {
        let (who, what) = part.split_once('=')?;
        let mut bits = 0_u8;
        for letter in what.chars() {
            bits |= match letter {
                'r' => 4,
                'w' => 2,
                'x' => 1,
                _ => return None,
            };
        }
        for letter in who.chars() {
            match letter {
                'u' => digits[0] = Some(bits),
                'g' => digits[1] = Some(bits),
                'o' => digits[2] = Some(bits),
                'a' => digits = [Some(bits); 3],
                _ => return None,
            }
        }
    }
    let [Some(user), Some(group), Some(other)] = digits else { return None };
    Some(format!("{user}{group}{other}"))
}
