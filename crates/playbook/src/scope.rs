//! What names of a playbook stand for in the code that is written.

use std::collections::{BTreeSet, HashMap};

use crate::code::{Expr, Level};
use crate::prelude::Helper;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Meaning {
    Value(Expr),
    /// What came of an operation. It is False where that may not have been come by.
    Operation {
        name: String,
        is_optional: bool,
    },
    /// What a fact said: `output`, `errors`, `status`.
    Answer(String),
    /// What there is at a path.
    Stat(String),
    /// What came of several operations.
    Results(String),
    /// Something of a dict that is gone through.
    Pair(String, String),
    /// Nothing that can be said, and why.
    Nothing(String),
}

/// The names that are known somewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    names: HashMap<String, Meaning>,
    /// The dict that has everything else.
    pub(crate) data: &'static str,
    /// Names that no variable here can have.
    taken: BTreeSet<String>,
    /// What each variable is called in the playbook.
    owners: HashMap<String, String>,
    /// Functions, which a variable of the same name would hide.
    functions: BTreeSet<String>,
    /// What variables are that are written out, unless they are given from outside.
    literals: HashMap<String, Expr>,
}

/// What was made use of on the way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Used {
    pub(crate) helpers: BTreeSet<Helper>,
    /// Variables that come from outside.
    pub(crate) wanted: BTreeSet<String>,
}

/// Words of the language, and names that code that is written here has.
const RESERVED: [&str; 74] = [
    "and",
    "as",
    "assert",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "load",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "None",
    "True",
    "False",
    "host",
    "given",
    "variables",
    "deploy",
    "any",
    "all",
    "bool",
    "dict",
    "dir",
    "enumerate",
    "fail",
    "float",
    "getattr",
    "hasattr",
    "hash",
    "int",
    "len",
    "list",
    "max",
    "min",
    "print",
    "range",
    "repr",
    "reversed",
    "set",
    "sorted",
    "str",
    "tuple",
    "type",
    "zip",
    "fact",
    "stat",
    "json",
    "quote",
    "secret",
    "render",
    "content",
    "struct",
    "map",
    "filter",
];

/// Modules of the library: variables of the same name would hide them.
const MODULES: [&str; 20] = [
    "apk", "apt", "brew", "crontab", "dnf", "docker", "files", "gem", "git", "npm", "packages", "pacman",
    "pip", "server", "services", "ssh", "systemd", "yum", "zypper", "users",
];

impl Scope {
    pub(crate) fn new(data: &'static str) -> Self {
        Scope { names: HashMap::new(), data, ..Scope::default() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Meaning> {
        self.names.get(name)
    }

    pub(crate) fn set(&mut self, name: &str, meaning: Meaning) {
        self.names.insert(name.to_owned(), meaning);
    }

    /// As it was, but for the names of variables that have been given away since.
    pub(crate) fn restored(&self, before: Scope) -> Scope {
        let (taken, owners) = (self.taken.clone(), self.owners.clone());
        Scope { taken, owners, functions: self.functions.clone(), ..before }
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.names.remove(name);
    }

    /// A name of the language for a variable, which stands for it from here on.
    pub(crate) fn declare(&mut self, name: &str) -> String {
        let mut own = identifier(name);
        let is_anothers = |own: &String| self.owners.get(own).is_some_and(|owner| owner != name);
        while self.functions.contains(&own) || is_anothers(&own) {
            own.push('_');
        }
        self.owners.insert(own.clone(), name.to_owned());
        self.set(name, Meaning::Value(Expr::atom(own.clone())));
        self.taken.insert(own.clone());
        own
    }

    /// A name that nothing else has.
    pub(crate) fn fresh(&mut self, wanted: &str) -> String {
        let wanted = identifier(wanted);
        let is_free = |name: &String| !self.taken.contains(name) && !self.functions.contains(name);
        let numbered = (2..).map(|number| format!("{wanted}_{number}"));
        let name = std::iter::once(wanted.clone()).chain(numbered).find(is_free).unwrap_or(wanted.clone());
        self.taken.insert(name.clone());
        name
    }

    /// Keeps variables from the names of functions.
    pub(crate) fn avoid(&mut self, functions: &[String]) {
        self.functions.extend(functions.iter().cloned());
    }

    /// Whether a variable has that name.
    pub(crate) fn has_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// Notes what a variable is, as it is written out. One that is said twice may be either.
    pub(crate) fn note(&mut self, name: &str, value: Expr) {
        let value = match self.literals.get(name) {
            Some(before) if *before != value => Expr::none(),
            _ => value,
        };
        self.literals.insert(name.to_owned(), value);
    }

    /// What a variable is as far as that is written out.
    pub(crate) fn written_out(&self, name: &str) -> Option<&Expr> {
        self.literals.get(name)
    }

    /// A value of that name which a role may be handed.
    pub(crate) fn value(&self, name: &str) -> Option<&Expr> {
        if let Some(Meaning::Value(value)) = self.names.get(name) { Some(value) } else { None }
    }

    /// A variable that comes from outside.
    pub(crate) fn outside(&self, name: &str) -> Expr {
        Expr::Code(format!("{}[{}]", self.data, crate::code::quoted(name)), Level::Atom)
    }
}

/// The text as a name of the language.
pub(crate) fn identifier(text: &str) -> String {
    let mut name: String = text
        .chars()
        .map(|one| if one.is_ascii_alphanumeric() || one == '_' { one.to_ascii_lowercase() } else { '_' })
        .collect();
    while name.contains("__") {
        name = name.replace("__", "_");
    }
    let name = name.trim_matches('_');
    let is_reserved = |name: &str| RESERVED.contains(&name) || MODULES.contains(&name) || Helper::named(name);
    match name {
        "" => "it".to_owned(),
        name if name.starts_with(|one: char| one.is_ascii_digit()) => format!("it_{name}"),
        name if is_reserved(name) => format!("{name}_"),
        name => name.to_owned(),
    }
}
