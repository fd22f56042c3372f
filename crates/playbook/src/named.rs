//! Files of the playbook that a task names, perhaps by what is known on the host alone.

use std::path::{Path, PathBuf};

use plumb_inventory::tree::Node;

use crate::code::{Expr, Level};
use crate::frame::Frame;
use crate::jinja::{self, Part};
use crate::read::{Reader, plain};
use crate::task::{Given, Task};
use crate::tasks::texts_of;
use crate::writer::Writer;

/// How many files a name with variables in it may mean.
const VARIANTS_MAX: usize = 60;
/// How deep below a directory they may be.
const DEPTH_MAX: usize = 3;

/// Files, each with what it is taken under.
pub(crate) struct Named {
    pub(crate) files: Vec<(Expr, PathBuf)>,
    /// Whether only the first of them is taken whose condition holds.
    pub(crate) is_first: bool,
}

/// Names of which the first is taken that there is.
struct Choices {
    names: Vec<String>,
    /// Where they are looked for beside the usual places.
    paths: Vec<String>,
    may_be_none: bool,
}

impl Writer<'_> {
    /// The files that a task names, by one of the arguments or without a name: where the name is made of
    /// variables, there is one for each value that they can have.
    pub(crate) fn named_files(
        &mut self,
        frame: &mut Frame,
        task: &Task,
        kind: &str,
    ) -> Result<Named, String> {
        let mut bases = vec![
            frame.directory.join(kind),
            frame.directory.clone(),
            self.playbook.join(kind),
            self.playbook.clone(),
        ];
        let said = said(task);
        if let Some(choices) = choices(task, said.as_deref())? {
            let within = |path: &String| path.trim_start_matches("{{ role_path }}/").to_owned();
            let own: Vec<_> = choices.paths.iter().map(|path| frame.directory.join(within(path))).collect();
            bases.splice(0..0, own);
            let mut files = Vec::new();
            for name in &choices.names {
                files.extend(self.fitting(frame, name, &bases)?);
            }
            let names = choices.names.join(", ");
            if files.is_empty() && !choices.may_be_none {
                return Err(format!("there is no file of {names}"));
            }
            return Ok(Named { files, is_first: true });
        }
        let text = said.ok_or("no file is named")?;
        let files = self.fitting(frame, &text, &bases)?;
        if files.is_empty() {
            Err(format!("there is no file {text}"))
        } else {
            Ok(Named { files, is_first: false })
        }
    }

    fn fitting(
        &self,
        frame: &mut Frame,
        name: &str,
        bases: &[PathBuf],
    ) -> Result<Vec<(Expr, PathBuf)>, String> {
        let parts = jinja::parts(name, &frame.scope, &mut frame.used)?;
        if let [Part::Text(name)] = &parts[..] {
            let found = self.reader.first(bases.iter().map(|base| base.join(name)));
            return Ok(found.map(|path| (Expr::Bool(true), path)).into_iter().collect());
        }
        if !parts.iter().any(|part| matches!(part, Part::Text(_))) {
            // It may be any file there is.
            return Ok(Vec::new());
        }
        for base in bases {
            let found = fitting(&self.reader, base, &parts);
            if !found.is_empty() && found.len() <= VARIANTS_MAX {
                return Ok(found.into_iter().map(|(values, path)| (holds(&parts, &values), path)).collect());
            }
        }
        Ok(Vec::new())
    }
}

/// What a task names.
fn said(task: &Task) -> Option<String> {
    let node = ["file", "_raw_params", "name"].into_iter().find_map(|name| task.argument(name));
    match (node, &task.free) {
        (Some(Given::Node(node)), _) => node.as_text().map(str::to_owned),
        (_, Some(free)) => Some(free.clone()),
        _ => None,
    }
}

/// What a task takes the first of.
fn choices(task: &Task, said: Option<&str>) -> Result<Option<Choices>, String> {
    if let Some(node) = task.keyword("with_first_found") {
        return Choices::of(node).map(Some);
    }
    let Some(said) = said.map(|said| said.replace(' ', "")) else { return Ok(None) };
    let looked_up = ["lookup", "query", "q"].iter().find_map(|word| {
        let rest = said.strip_prefix(&format!("{{{{{word}("))?;
        let rest = rest.trim_start_matches(['\'', '"']).trim_start_matches("ansible.builtin.");
        rest.strip_prefix("first_found")?.trim_start_matches(['\'', '"']).strip_prefix(',')
    });
    let Some(rest) = looked_up else { return Ok(None) };
    let name = rest.split(|one: char| !(one.is_alphanumeric() || one == '_')).next().unwrap_or_default();
    let own = task.keyword("vars").and_then(|vars| vars.entry(name));
    let own = own.ok_or("what the first is found of is not said beside it, under `vars`")?;
    Choices::of(&own.value).map(Some)
}

impl Choices {
    fn of(node: &Node) -> Result<Self, String> {
        let mut choices = Choices { names: Vec::new(), paths: Vec::new(), may_be_none: false };
        choices.take(node)?;
        Ok(choices)
    }

    fn take(&mut self, node: &Node) -> Result<(), String> {
        if node.entries().is_some() {
            for (key, into) in [("files", &mut self.names), ("paths", &mut self.paths)] {
                if let Some(entry) = node.entry(key) {
                    into.extend(texts_of(&entry.value)?);
                }
            }
            let skip =
                node.entry("skip").is_some_and(|entry| texts_of(&entry.value) == Ok(vec!["true".into()]));
            self.may_be_none |= skip;
            return Ok(());
        }
        match node.elements() {
            Some(nodes) => nodes.iter().try_for_each(|node| self.take(node)),
            None => texts_of(node).map(|texts| self.names.extend(texts)),
        }
    }
}

/// The files below a directory whose path is made of these parts, with what stands in the places of values.
pub(crate) fn fitting(reader: &Reader<'_>, base: &Path, parts: &[Part]) -> Vec<(Vec<String>, PathBuf)> {
    // What stands before the first value leads to a directory.
    let (mut base, mut parts) = (base.to_path_buf(), parts.to_vec());
    if let Some(Part::Text(text)) = parts.first_mut()
        && let Some((directory, rest)) = text.clone().rsplit_once('/')
    {
        base = base.join(directory);
        *text = rest.to_owned();
    }
    let mut names = Vec::new();
    below(reader, &base, "", 0, &mut names);
    let fits = |name: String| values(&parts, &name).map(|found| (found, plain(&base.join(&name))));
    names.into_iter().filter_map(fits).collect()
}

fn below(reader: &Reader<'_>, base: &Path, within: &str, depth: usize, names: &mut Vec<String>) {
    for (name, is_directory) in reader.files.list(&base.join(within)).unwrap_or_default() {
        let name = if within.is_empty() { name } else { format!("{within}/{name}") };
        if !is_directory {
            names.push(name);
        } else if depth < DEPTH_MAX {
            below(reader, base, &name, depth + 1, names);
        }
    }
}

/// What stands in a text in the places of values.
fn values(parts: &[Part], text: &str) -> Option<Vec<String>> {
    match parts.split_first() {
        None => text.is_empty().then(Vec::new),
        Some((Part::Text(own), rest)) => values(rest, text.strip_prefix(own.as_str())?),
        Some((Part::Value(value), rest)) => {
            let ends = text.char_indices().map(|(at, one)| at + one.len_utf8());
            let ends = ends.take_while(|end| !text[..*end].contains('/'));
            ends.filter(|end| can_be(value, &text[..*end])).find_map(|end| {
                let mut found = vec![text[..end].to_owned()];
                found.extend(values(rest, &text[end..])?);
                Some(found)
            })
        }
    }
}

/// Systems are not called like parts of roles, such as `main`.
fn can_be(value: &Expr, text: &str) -> bool {
    let is_of_system = matches!(value.line().as_str(), "os_family(host)" | "distribution(host)");
    !is_of_system || (text.starts_with(char::is_uppercase) && !text.ends_with('-'))
}

fn holds(parts: &[Part], values: &[String]) -> Expr {
    let of = parts.iter().filter_map(|part| if let Part::Value(value) = part { Some(value) } else { None });
    let each =
        of.zip(values).map(|(value, text)| value.binary("==", &Expr::text(text.as_str()), Level::Comparison));
    each.fold(Expr::Bool(true), Expr::and)
}
