//! Arguments that every operation has.

use std::sync::Arc;

use plumb_diagnostics::did_you_mean;
use plumb_host::Login;
use plumb_starlark::language as starlark;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::dict::DictRef;
use serde_json::Value as Json;

use super::convert::{shown, texts};
use super::error;
use super::outcome::Condition;
use crate::pass::{Pass, Wrap};
use crate::setting::Setting;

/// What every operation may be given, beside what it wants itself.
pub const NAMES: [&str; 20] = [
    "chdir",
    "delegate_to",
    "doas",
    "doas_user",
    "env",
    "ignore_errors",
    "name",
    "no_log",
    "parallel",
    "retries",
    "retry_delay",
    "run_once",
    "serial",
    "su_user",
    "sudo",
    "sudo_password",
    "sudo_user",
    "tags",
    "timeout",
    "when",
];

/// What an operation was given of them.
#[derive(Default)]
pub(super) struct Common {
    pub(super) name: Option<String>,
    pub(super) login: Option<Login>,
    pub(super) wrap: Wrap,
    pub(super) ignores_errors: bool,
    pub(super) is_hidden: bool,
    pub(super) tags: Vec<String>,
    pub(super) condition: Option<Condition>,
    /// The other host that it is done on.
    pub(super) on: Option<Arc<str>>,
    pub(super) is_once: bool,
    pub(super) hosts_max: Option<usize>,
}

/// How to become somebody else, as it is given piece by piece.
#[derive(Clone, Default)]
struct Becoming {
    sudo: Option<bool>,
    sudo_user: Option<String>,
    sudo_password: Option<String>,
    su_user: Option<String>,
    doas: Option<bool>,
    doas_user: Option<String>,
}

impl Becoming {
    fn login(self) -> Option<Login> {
        if let Some(user) = self.su_user {
            return Some(Login::Su { user });
        }
        let root = || "root".to_owned();
        if self.doas == Some(true) || (self.doas.is_none() && self.doas_user.is_some()) {
            return Some(Login::Doas { user: self.doas_user.unwrap_or_else(root) });
        }
        if self.sudo == Some(true) || (self.sudo.is_none() && self.sudo_user.is_some()) {
            let password = self.sudo_password.map(plumb_host::Secret::new);
            return Some(Login::Sudo { user: self.sudo_user.unwrap_or_else(root), password });
        }
        (self.sudo == Some(false) || self.doas == Some(false)).then_some(Login::Own)
    }

    /// Takes one of them in; false if it is none of them.
    fn take_json(&mut self, name: &str, value: &Json) -> bool {
        let text = value.as_str().map(str::to_owned);
        match name {
            "sudo" => self.sudo = value.as_bool(),
            "sudo_user" => self.sudo_user = text,
            "sudo_password" => self.sudo_password = text,
            "su_user" => self.su_user = text,
            "doas" => self.doas = value.as_bool(),
            "doas_user" => self.doas_user = text,
            _ => return false,
        }
        true
    }
}

/// As whom everything is done on a host that does not say otherwise: what the command line says goes before
/// what the inventory says of the host.
pub fn login_of(setting: &Setting) -> Login {
    let mut becoming = Becoming::default();
    for source in [&setting.data, &setting.defaults] {
        for (name, value) in source.iter().filter(|(_, value)| !value.is_null()) {
            becoming.take_json(name, value);
        }
    }
    if let Some(password) = &becoming.sudo_password {
        setting.secrets.add(password);
    }
    becoming.login().unwrap_or_default()
}

/// Takes what is common out of the arguments of an operation.
pub(super) fn take<'v>(
    named: Vec<(String, Value<'v>)>,
    pass: &Pass,
    evaluator: &Evaluator<'v, '_, '_>,
) -> starlark::Result<(Common, Vec<(String, Value<'v>)>)> {
    let mut common = Common::default();
    let mut becoming = Becoming::default();
    let (mut own, mut becomes) = (Vec::new(), false);
    for (name, value) in named {
        if !NAMES.contains(&name.as_str()) {
            own.push((name, value));
            continue;
        }
        if value.is_none() {
            continue;
        }
        match name.as_str() {
            "name" => common.name = Some(text(&name, value)?),
            "chdir" => common.wrap.directory = Some(text(&name, value)?),
            "env" => common.wrap.environment = environment(value)?,
            "timeout" => common.wrap.timeout_s = Some(number(&name, value)?.max(1)),
            "retries" => common.wrap.retries = number(&name, value)?,
            "retry_delay" => common.wrap.retry_delay_s = number(&name, value)?,
            "ignore_errors" => common.ignores_errors = boolean(&name, value)?,
            "no_log" => common.is_hidden = boolean(&name, value)?,
            "tags" => common.tags = texts(value, "tags")?,
            "when" => common.condition = Some(Condition::of(value)?),
            "delegate_to" => common.on = other_host(&text(&name, value)?, pass)?,
            "run_once" => common.is_once = boolean(&name, value)?,
            "serial" | "parallel" => {
                let at_most = hosts_at_once(&name, value)?;
                common.hosts_max = match (common.hosts_max, at_most) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
            }
            _ => {
                becomes = true;
                let json = value.to_json_value().map_err(starlark::Error::new_other)?;
                let fits = if matches!(name.as_str(), "sudo" | "doas") {
                    json.is_boolean()
                } else {
                    json.is_string()
                };
                if !fits {
                    return Err(error(format!("{name} cannot be {}", shown(value))));
                }
                becoming.take_json(&name, &json);
            }
        }
    }
    let on = common.on.as_deref().and_then(|name| Some(&pass.setting.peers.as_ref()?.peer(name)?.1.setting));
    if becomes {
        common.login = becoming_of(becoming, on.unwrap_or(&pass.setting)).login();
    } else if let Some(on) = on {
        common.login = Some(login_of(on));
    }
    let _ = evaluator;
    Ok((common, own))
}

/// A password that holds for all operations of a host holds for one that says only as whom.
fn becoming_of(mut becoming: Becoming, setting: &Setting) -> Becoming {
    if becoming.sudo_password.is_none() {
        let sources = [&setting.defaults, &setting.data];
        let password = sources.iter().find_map(|source| source.get("sudo_password")?.as_str());
        becoming.sudo_password = password.map(str::to_owned);
    }
    if let Some(password) = &becoming.sudo_password {
        setting.secrets.add(password);
    }
    becoming
}

/// Another host that something is done on; nothing where that is the host itself.
fn other_host(name: &str, pass: &Pass) -> starlark::Result<Option<Arc<str>>> {
    if name == pass.setting.name {
        return Ok(None);
    }
    super::inventory::peer(pass, name).map(|(name, _)| Some(name.clone()))
}

/// How many hosts do something at once: True is one after the other.
fn hosts_at_once(name: &str, value: Value<'_>) -> starlark::Result<Option<usize>> {
    if let Some(is_serial) = value.unpack_bool() {
        return Ok(is_serial.then_some(1));
    }
    let number =
        value.unpack_i32().and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
    let wrong =
        || error(format!("{name} is True or a number of hosts from 1, and cannot be {}", shown(value)));
    number.map(Some).ok_or_else(wrong)
}

/// Why an operation has no such argument.
pub(super) fn unknown(function: &str, name: &str, parameters: &[String]) -> starlark::Error {
    let known = parameters.iter().map(String::as_str).chain(NAMES);
    let hint = did_you_mean(name, known);
    error(format!(
        "{function} has no argument `{name}`.{hint} It has {}, and those that every operation has",
        parameters.join(", ")
    ))
}

fn text(name: &str, value: Value<'_>) -> starlark::Result<String> {
    let text = value.unpack_str().map(str::to_owned);
    text.ok_or_else(|| error(format!("{name} is text, and cannot be {}", shown(value))))
}

fn boolean(name: &str, value: Value<'_>) -> starlark::Result<bool> {
    value
        .unpack_bool()
        .ok_or_else(|| error(format!("{name} is True or False, and cannot be {}", shown(value))))
}

fn number(name: &str, value: Value<'_>) -> starlark::Result<u64> {
    let number = value.unpack_i32().and_then(|number| u64::try_from(number).ok());
    number.ok_or_else(|| error(format!("{name} is a number from 0, and cannot be {}", shown(value))))
}

fn environment(value: Value<'_>) -> starlark::Result<Vec<(String, String)>> {
    let entries = DictRef::from_value(value)
        .ok_or_else(|| error(format!("env is a dict, and cannot be {}", shown(value))))?;
    let mut environment = Vec::new();
    for (name, value) in entries.iter() {
        let name = text("a name in env", name)?;
        let is_name = name.bytes().enumerate().all(|(at, byte)| {
            byte == b'_' || byte.is_ascii_alphabetic() || (at > 0 && byte.is_ascii_digit())
        });
        if !is_name || name.is_empty() {
            return Err(error(format!("env has `{name}` in it, which no variable can be called")));
        }
        environment.push((name, value.unpack_str().map_or_else(|| value.to_str(), str::to_owned)));
    }
    Ok(environment)
}
