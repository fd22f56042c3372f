//! A module and what is known of it, in one file.
//!
//! Responsible for the format, which `modules/README.md` describes. It does not run anything.

use std::io;
use std::path::{Path, PathBuf};

use plumb_testkit::own_directory;

use crate::said::Said;

/// The part that holds what Terraform says.
const EXPECTED: &str = "terraform says";

/// The same of what there is no program to ask about.
const EXPECTED_OF_OPENTOFU: &str = "opentofu documents";

/// One of the files of `modules/`.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// Its path below `modules/`, without the ending.
    pub(crate) name: String,
    /// Whether it lies with those that are accepted.
    pub(crate) is_valid: bool,
    /// Keys of the rows that it shows.
    pub(crate) covers: Vec<String>,
    /// The command, in words.
    pub(crate) command: Vec<String>,
    /// Variables of the environment.
    pub(crate) environment: Vec<(String, String)>,
    /// Whether it is of OpenTofu alone.
    pub(crate) is_of_opentofu: bool,
    /// Its files, by their paths.
    pub(crate) files: Vec<(String, String)>,
    /// What Terraform says of it.
    pub(crate) expected: Said,
    path: PathBuf,
}

/// Where they all are.
pub(crate) fn directory() -> PathBuf {
    own_directory().join("modules")
}

/// All of them, sorted by name.
pub(crate) fn read_all() -> io::Result<Vec<Module>> {
    let mut modules = Vec::new();
    for verdict in ["invalid", "valid"] {
        let directory = directory().join(verdict);
        let mut paths: Vec<PathBuf> = std::fs::read_dir(&directory)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<_>>()?;
        paths.sort();
        for path in paths {
            let wrong = |reason: String| {
                io::Error::new(io::ErrorKind::InvalidData, format!("{}: {reason}", path.display()))
            };
            let text = std::fs::read_to_string(&path)?;
            modules.push(Module::read(&path, verdict, &text).map_err(wrong)?);
        }
    }
    Ok(modules)
}

/// The name in a line that begins a part.
fn part_name(line: &str) -> Option<&str> {
    line.strip_prefix("-- ")?.strip_suffix(" --")
}

impl Module {
    fn read(path: &Path, verdict: &str, text: &str) -> Result<Module, String> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_valid = verdict == "valid";
        let mut module = Module {
            name: format!("{verdict}/{stem}"),
            is_valid,
            covers: Vec::new(),
            command: words(if is_valid { "plan" } else { "validate" }),
            environment: Vec::new(),
            is_of_opentofu: false,
            files: Vec::new(),
            expected: Said::default(),
            path: path.to_owned(),
        };
        let mut lines = text.split_inclusive('\n').peekable();
        if lines.next().is_none_or(|about| !about.trim_end().ends_with('.')) {
            return Err("it does not begin with a sentence".to_owned());
        }
        while let Some(line) = lines.next_if(|line| part_name(line.trim_end()).is_none()) {
            module.read_head(line.trim_end())?;
        }
        for line in lines {
            match part_name(line.trim_end()) {
                Some(name) => module.files.push((name.to_owned(), String::new())),
                None => module.files.last_mut().ok_or("there is no file")?.1.push_str(line),
            }
        }
        let is_expected = |name: &str| name == EXPECTED || name == EXPECTED_OF_OPENTOFU;
        if let Some((name, expected)) = module.files.pop_if(|(name, _)| is_expected(name)) {
            module.is_of_opentofu = name == EXPECTED_OF_OPENTOFU;
            module.expected = Said::read(&expected)?;
        }
        Ok(module)
    }

    fn read_head(&mut self, line: &str) -> Result<(), String> {
        let (key, value) = line.split_once(": ").ok_or_else(|| format!("what is \"{line}\"?"))?;
        match key {
            "covers" => self.covers = value.split(", ").map(str::to_owned).collect(),
            "run" => self.command = words(value),
            "environment" => {
                let (name, value) = value.split_once('=').ok_or("a variable has no value")?;
                self.environment.push((name.to_owned(), value.to_owned()));
            }
            _ => return Err(format!("what is \"{key}\"?")),
        }
        Ok(())
    }

    /// Whether it has modules that have to be installed.
    pub(crate) fn has_modules(&self) -> bool {
        let has = |path: &str, text: &str| {
            let is_called = |call: &str| text.contains(call);
            !path.contains(".terraform/")
                && ["module \"", "\"module\":", "module {"].into_iter().any(is_called)
        };
        self.files.iter().any(|(path, text)| has(path, text))
            && !self.files.iter().any(|(path, _)| path.ends_with("modules.json"))
    }

    /// Puts what Terraform says in the place of what it said.
    pub(crate) fn write_expected(&self, said: &Said) -> io::Result<()> {
        let text = std::fs::read_to_string(&self.path)?;
        let begin = format!("-- {EXPECTED} --\n");
        let (rest, _) = text.split_once(&begin).unwrap_or((&text, ""));
        let said = said.to_string();
        let text = if said.is_empty() { rest.to_owned() } else { format!("{rest}{begin}{said}") };
        std::fs::write(&self.path, text)
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
