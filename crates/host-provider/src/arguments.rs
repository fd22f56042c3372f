//! What a deploy or a look at facts is given.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use plumb_deploy::{Secrets, Setting};
use plumb_inventory::is_secret_name;
use serde_json::{Map, Value as Json};

use crate::fields::{Fields, as_json};
use crate::outside::Outside;
use crate::problem::{Problem, problem_at};

/// Arguments that are defaults of the arguments of all operations.
const DEFAULTS: [&str; 6] = ["sudo", "sudo_user", "sudo_password", "su_user", "doas", "doas_user"];

/// Arguments that the code sees something of.
const SEEN: [&str; 5] = ["deploy", "data", "secrets", "groups", "tags"];

/// Whether something that the code sees is not known yet, beside the host and its name.
pub(crate) fn is_open(object: Fields<'_>) -> bool {
    SEEN.into_iter().chain(DEFAULTS).any(|name| object.is_open(name))
}

/// What code runs with for a host of that name. Whatever is a secret is hidden from now on.
pub(crate) fn setting(
    object: Fields<'_>,
    name: &str,
    outside: &dyn Outside,
    secrets: &Secrets,
    stop: &Arc<AtomicBool>,
) -> Result<Setting, Problem> {
    let deploy = object.text("deploy").unwrap_or_default();
    let directory = std::path::Path::new(&deploy).parent().unwrap_or(std::path::Path::new(""));
    let mut setting = Setting::new(name, &directory.to_string_lossy(), outside.files(), secrets.clone());
    setting.machine = outside.machine();
    setting.groups = object.texts("groups");
    setting.data = Arc::new(data(object, secrets)?);
    setting.defaults = Arc::new(defaults(object, secrets)?);
    setting.tags = Arc::new(object.texts("tags"));
    setting.stop = stop.clone();
    Ok(setting)
}

fn data(object: Fields<'_>, secrets: &Secrets) -> Result<Map<String, Json>, Problem> {
    let read = |name: &'static str| {
        object.data(name).map_err(|why| {
            problem_at(name, format!("Invalid {name}"), format!("The argument {name}: {why}."))
        })
    };
    let mut data = read("data")?;
    data.iter().for_each(|(name, value)| hide(value, is_secret_name(name), secrets));
    for (name, value) in read("secrets")? {
        hide(&value, true, secrets);
        if data.insert(name.clone(), value).is_some() {
            let detail = format!("Both data and secrets have {name:?}, and code finds both in host.data.");
            return Err(problem_at("secrets", "Something is said twice", detail));
        }
    }
    Ok(data)
}

/// Recursion ends where values do, which are limited in depth.
fn hide(value: &Json, is_secret: bool, secrets: &Secrets) {
    match value {
        Json::String(text) if is_secret => secrets.add(text),
        Json::Number(number) if is_secret => secrets.add(&number.to_string()),
        Json::Array(elements) => elements.iter().for_each(|value| hide(value, is_secret, secrets)),
        Json::Object(entries) => {
            entries.iter().for_each(|(name, value)| hide(value, is_secret || is_secret_name(name), secrets));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn defaults(object: Fields<'_>, secrets: &Secrets) -> Result<Map<String, Json>, Problem> {
    let mut defaults = Map::new();
    for name in DEFAULTS {
        if let Some(value) = object.get(name) {
            let value = as_json(value).map_err(|why| problem_at(name, format!("Invalid {name}"), why))?;
            hide(&value, is_secret_name(name), secrets);
            defaults.insert(name.to_owned(), value);
        }
    }
    Ok(defaults)
}
