//! Environment variables, read once.
//!
//! Responsible for what each variable means to the commands. Everything else of the program gets
//! what it needs from here and never asks the process.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plumb_provisioner::Surroundings;

/// How many seconds a server may be silent.
const SERVER_TIMEOUT: &str = "PLUMB_SERVER_TIMEOUT";

/// What the process was started with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
    /// Names of variables that are meant for us and that nobody can read.
    unreadable: Vec<String>,
}

impl Environment {
    /// The variables of this process. Text that is not Unicode is read as well as it can be, and noted where it
    /// is meant for us.
    pub(crate) fn of_process() -> Self {
        let mut unreadable = Vec::new();
        let all = std::env::vars_os().map(|(name, value)| {
            let is_garbled = name.to_str().is_none() || value.to_str().is_none();
            let name = name.to_string_lossy().into_owned();
            if is_garbled && (name.starts_with("TF_") || name.starts_with("PLUMB_")) {
                unreadable.push(name.clone());
            }
            (name, value.to_string_lossy().into_owned())
        });
        let environment: Environment = all.collect();
        unreadable.sort();
        Environment { unreadable, ..environment }
    }

    /// Names of variables that are meant for us and whose text nobody can read.
    pub(crate) fn unreadable(&self) -> &[String] {
        &self.unreadable
    }

    /// A variable that is set to something.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All of them, for programs that are asked on the user's behalf.
    pub(crate) fn all(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Where working data lies: `.terraform` where nothing else is said.
    pub(crate) fn data_directory(&self) -> PathBuf {
        self.get("TF_DATA_DIR").unwrap_or(".terraform").into()
    }

    /// The workspace that is to be used whatever is selected.
    pub(crate) fn workspace(&self) -> Option<&str> {
        self.get("TF_WORKSPACE")
    }

    /// Whether a program runs the commands, so that hints about the next command help nobody.
    pub(crate) fn in_automation(&self) -> bool {
        self.get("TF_IN_AUTOMATION").is_some()
    }

    /// Whether questions may be asked.
    pub(crate) fn allows_input(&self) -> bool {
        !self
            .get("TF_INPUT")
            .is_some_and(|value| matches!(value, "0" | "false" | "f" | "F" | "FALSE" | "False"))
    }

    /// Whether colours are unwanted, whatever the terminal can do.
    pub(crate) fn forbids_colour(&self) -> bool {
        self.get("NO_COLOR").is_some() || self.get("TERM") == Some("dumb")
    }

    /// What clients of Amazon's services look at.
    pub(crate) fn for_aws(&self) -> BTreeMap<String, String> {
        self.those(|name| name.starts_with("AWS_") || matches!(name, "HOME" | SERVER_TIMEOUT))
    }

    /// What clients of PostgreSQL look at.
    pub(crate) fn for_postgres(&self) -> BTreeMap<String, String> {
        self.those(|name| name.starts_with("PG") || matches!(name, "HOME" | "USER" | SERVER_TIMEOUT))
    }

    fn those(&self, are_meant: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
        let meant = self.variables.iter().filter(|(name, _)| are_meant(name));
        meant.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Values of input variables: `TF_VAR_NAME`, the prefix taken off.
    pub(crate) fn inputs(&self) -> Vec<(String, String)> {
        self.variables
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("TF_VAR_")?.to_owned(), value.clone())))
            .collect()
    }

    /// The user's home directory.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.get("HOME").or_else(|| self.get("USERPROFILE")).map(PathBuf::from)
    }

    /// What provisioners are to know of it.
    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings { home: self.home(), agent_socket: self.get("SSH_AUTH_SOCK").map(PathBuf::from) }
    }

    /// The file of logins for servers that other programs use too.
    pub(crate) fn netrc(&self) -> Option<PathBuf> {
        let name = if cfg!(windows) { "_netrc" } else { ".netrc" };
        self.get("NETRC").map(PathBuf::from).or_else(|| self.home().map(|home| home.join(name)))
    }

    /// A directory for what can be made again, such as schemas of providers.
    pub(crate) fn cache_directory(&self) -> Option<PathBuf> {
        let base = match self.get("XDG_CACHE_HOME") {
            Some(directory) => PathBuf::from(directory),
            None => self.home()?.join(".cache"),
        };
        Some(base.join("plumb"))
    }

    /// Where schemas of providers are remembered.
    pub(crate) fn schema_directory(&self) -> Option<PathBuf> {
        Some(self.cache_directory()?.join("schemas"))
    }

    /// The same for the crate that installs providers.
    pub(crate) fn for_registry(&self) -> plumb_registry::Environment {
        self.variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Environment { variables: variables.into_iter().collect(), unreadable: Vec::new() }
    }
}
