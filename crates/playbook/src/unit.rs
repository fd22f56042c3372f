//! A file of code that is being written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::code::{Statement, quoted};
use crate::layout::lay_out;
use crate::prelude::Helper;
use crate::scope::Used;
use crate::tasks::directory_of;

/// A file of code.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    /// Where it goes; nothing where it is shown.
    pub(crate) path: PathBuf,
    modules: BTreeSet<String>,
    helpers: BTreeSet<Helper>,
    /// Functions of other files: file, and names.
    loads: BTreeMap<String, BTreeSet<String>>,
    pub(crate) functions: Vec<Statement>,
}

impl Unit {
    pub(crate) fn new(path: PathBuf) -> Self {
        Unit { path, ..Unit::default() }
    }

    pub(crate) fn directory(&self) -> PathBuf {
        directory_of(&self.path)
    }

    /// Notes that an operation is called.
    pub(crate) fn uses(&mut self, function: &str) {
        self.modules.extend(function.split_once('.').map(|(module, _)| module.to_owned()));
    }

    pub(crate) fn takes(&mut self, used: &Used) {
        self.helpers.extend(&used.helpers);
    }

    pub(crate) fn loads(&mut self, file: &str, name: &str) {
        self.loads.entry(file.to_owned()).or_default().insert(name.to_owned());
    }

    /// The text of the file; `origin` is what it was made from.
    pub(crate) fn text(&self, origin: &str) -> String {
        let mut out = format!("# Made from {origin} by \"plumb convert\".\n\n");
        let names =
            |names: &BTreeSet<String>| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        if !self.modules.is_empty() {
            out.push_str(&format!("load(\"@plumb//ops\", {})\n", names(&self.modules)));
        }
        for (file, functions) in &self.loads {
            out.push_str(&format!("load({}, {})\n", quoted(file), names(functions)));
        }
        if !self.modules.is_empty() || !self.loads.is_empty() {
            out.push('\n');
        }
        for helper in &self.helpers {
            out.push_str(helper.code());
            out.push('\n');
        }
        for function in &self.functions {
            out.push_str(&lay_out(std::slice::from_ref(function)));
            out.push('\n');
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }
}
