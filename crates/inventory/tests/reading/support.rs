//! A world in memory, and inventories as texts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plumb_diagnostics::{Diagnostics, TextStyle, render_all_text};
use plumb_inventory::{Code, Ended, Host, Inventory, ProgramError, Programs, States, World, read};
use plumb_source::{Files, MemoryFiles, SourceMap};
use plumb_state::State;

/// What an inventory is read in.
#[derive(Default)]
pub(crate) struct Setting {
    files: MemoryFiles,
    programs: Scripts,
    state: Recorded,
    given: Vec<String>,
}

/// Programs that only say something, by their command lines.
#[derive(Default)]
struct Scripts(BTreeMap<String, Ended>);

impl Programs for Scripts {
    fn run(&self, program: &Path, arguments: &[String]) -> Result<Ended, ProgramError> {
        let line = [&[program.display().to_string()], arguments].concat().join(" ");
        let not_there = || ProgramError::NotStarted(std::io::ErrorKind::NotFound.into());
        self.0.get(&line).cloned().ok_or_else(not_there)
    }

    fn is_executable(&self, path: &Path) -> bool {
        self.0.contains_key(&format!("./{} --list", path.display()))
    }
}

/// The state of the directory, if there is one.
#[derive(Default)]
struct Recorded(Option<State>);

impl States for Recorded {
    fn state(&self) -> Result<State, Diagnostics> {
        self.0.clone().ok_or_else(Diagnostics::new)
    }
}

/// Code that says what is written in its place.
struct Spoken<'a>(&'a MemoryFiles);

impl Code for Spoken<'_> {
    fn inventory(&self, path: &Path) -> Result<String, Diagnostics> {
        let said = self.0.read(path).map_err(|_| Diagnostics::new())?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }
}

/// A home directory besides files in memory.
struct AtHome<'a>(&'a MemoryFiles);

impl Files for AtHome<'_> {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        self.0.read(path)
    }

    fn list(&self, path: &Path) -> std::io::Result<Vec<(String, bool)>> {
        self.0.list(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.is_file(path)
    }

    fn is_directory(&self, path: &Path) -> bool {
        self.0.is_directory(path)
    }

    fn working_directory(&self) -> PathBuf {
        self.0.working_directory()
    }

    fn home_directory(&self) -> Option<PathBuf> {
        Some("/home/me".into())
    }
}

impl Setting {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path, text);
        self
    }

    #[must_use]
    pub(crate) fn program(mut self, line: &str, output: &str) -> Self {
        let ended = Ended { failure: None, output: output.into(), errors: String::new() };
        self.programs.0.insert(line.to_owned(), ended);
        self
    }

    #[must_use]
    pub(crate) fn failing(mut self, line: &str, errors: &str) -> Self {
        let ended = Ended {
            failure: Some("exit status: 3".to_owned()),
            output: Vec::new(),
            errors: errors.to_owned(),
        };
        self.programs.0.insert(line.to_owned(), ended);
        self
    }

    #[must_use]
    pub(crate) fn state(mut self, text: &str) -> Self {
        self.state.0 = plumb_state::file::read(text.as_bytes()).expect("a state").map(|(state, _)| state);
        self
    }

    #[must_use]
    pub(crate) fn given(mut self, given: &str) -> Self {
        self.given.push(given.to_owned());
        self
    }

    /// Reads inventories; what is said of them is text.
    pub(crate) fn read(&self, words: &[&str]) -> (Inventory, String, SourceMap) {
        let sources = SourceMap::new();
        let files = AtHome(&self.files);
        let config = PathBuf::from("/home/me/.ssh/config");
        let world = World {
            files: &files,
            sources: &sources,
            programs: &self.programs,
            code: &Spoken(&self.files),
            states: &self.state,
            ssh_config: Some(&config),
        };
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let (inventory, mut diagnostics) = read(&words, &self.given, world);
        if !diagnostics.has_errors() {
            diagnostics.append(inventory.select(&[], &sources).1);
        }
        let said = render_all_text(diagnostics.iter(), &sources, &TextStyle::PLAIN);
        (inventory, said, sources)
    }

    /// The hosts of what is read without any complaint, a line for each.
    #[track_caller]
    pub(crate) fn hosts(&self, words: &[&str]) -> Vec<String> {
        let (inventory, said, _) = self.read(words);
        assert_eq!(said, "");
        inventory.hosts().iter().map(|host| shown(host)).collect()
    }

    /// Reads a file of lines.
    #[track_caller]
    pub(crate) fn lines(text: &str) -> Vec<String> {
        Setting::new().file("hosts.ini", text).hosts(&["hosts.ini"])
    }
}

/// A host in a line: name, way, groups, data.
pub(crate) fn shown(host: &Host) -> String {
    let groups: Vec<&str> = host.groups().collect();
    let connection = ["ssh_", "connection", "container", "chroot_"];
    let data = host.data();
    let others = data.iter().filter(|(name, _)| !connection.iter().any(|start| name.starts_with(start)));
    let data: Vec<String> =
        others.map(|(name, (_, datum))| format!("{name}={}", datum.shown(name))).collect();
    format!(
        "{} | {} | {} | {}",
        host.name(),
        host.way().described(host.name()),
        groups.join(" "),
        data.join(" ")
    )
}

/// What is said, without the breaks of its lines.
pub(crate) fn flat(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}
