//! What modules of Ansible are in the library of operations, argument by argument.

mod arguments;
mod commands;
mod files;
mod other;
mod packages;
mod system;
mod templates;

pub(crate) use arguments::{Arguments, Places, expr_of};
pub(crate) use commands::text as command_text;

use crate::code::Expr;

/// A call of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) function: &'static str,
    pub(crate) arguments: Vec<(Option<String>, Expr)>,
    /// What it is to be done under.
    pub(crate) condition: Option<Expr>,
}

impl Operation {
    fn new(function: &'static str) -> Self {
        Operation { function, arguments: Vec::new(), condition: None }
    }

    /// An argument without a name.
    fn of(mut self, value: Expr) -> Self {
        self.arguments.push((None, value));
        self
    }

    /// An argument with a name.
    fn with(mut self, name: &str, value: Expr) -> Self {
        self.arguments.push((Some(name.to_owned()), value));
        self
    }

    /// The argument of that name.
    fn argument(&self, name: &str) -> Option<&Expr> {
        self.arguments.iter().find(|(own, _)| own.as_deref() == Some(name)).map(|(_, value)| value)
    }

    /// The same, where there is a value.
    fn maybe(self, name: &str, value: Option<Expr>) -> Self {
        match value {
            Some(value) if !value.is_none() => self.with(name, value),
            _ => self,
        }
    }

    /// `name = True` or the like, where that is not what holds anyway.
    fn flag(self, name: &str, value: Option<Expr>, default: bool) -> Self {
        self.maybe(name, value.filter(|value| *value != Expr::Bool(default)))
    }
}

/// Modules that operations are made of.
const KNOWN: [&str; 58] = [
    "acl",
    "apk",
    "apt",
    "apt_key",
    "apt_repository",
    "authorized_key",
    "blockinfile",
    "command",
    "copy",
    "cron",
    "deb822_repository",
    "dnf",
    "docker_container",
    "docker_image",
    "docker_network",
    "docker_volume",
    "file",
    "get_url",
    "git",
    "git_config",
    "group",
    "homebrew",
    "hostname",
    "iptables",
    "known_hosts",
    "lineinfile",
    "modprobe",
    "mount",
    "npm",
    "package",
    "pacman",
    "pip",
    "raw",
    "reboot",
    "replace",
    "rpm_key",
    "script",
    "service",
    "shell",
    "sysctl",
    "systemd",
    "systemd_service",
    "synchronize",
    "sysvinit",
    "template",
    "timezone",
    "ufw",
    "unarchive",
    "uri",
    "user",
    "wait_for",
    "yum",
    "yum_repository",
    "zypper",
    "zypper_repository",
    "gem",
    "fetch",
    "locale_gen",
];

/// The operations that a module with its arguments is.
///
/// # Errors
/// Why it is none, as a sentence without its end.
pub(crate) fn operations(module: &str, arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let of_area =
        [files::operation, commands::operation, packages::operation, system::operation, other::operation];
    for area in of_area {
        if let Some(found) = area(module, arguments) {
            return found;
        }
    }
    let hint = plumb_diagnostics::did_you_mean(module, KNOWN);
    Err(format!("nothing in the library is what the module `{module}` is.{hint}")
        .trim_end_matches('.')
        .to_owned())
}

type Found = Option<Result<Vec<Operation>, String>>;

/// Whether something is to be there.
fn is_present(state: Option<&str>) -> Option<Expr> {
    matches!(state, Some("absent" | "removed")).then_some(Expr::Bool(false))
}
