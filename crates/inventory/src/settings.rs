//! Values of the vocabulary as what they have to be, with what is wrong with them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;
use plumb_ssh::Secret;
use serde_json::Value;

use crate::address;
use crate::data::{Datum, is_secret_name};
use crate::inventory::Host;
use crate::name::{quoted, wrong_host_name};
use crate::way::Jump;

/// Longer than anybody waits.
const SECONDS_MAX: f64 = 86_400.0;

/// What is said of a host, setting by setting.
pub(crate) struct Settings<'a> {
    host: &'a Host,
    home: Option<&'a Path>,
    diagnostics: Diagnostics,
}

/// The value of a text that means yes or no.
pub(crate) fn flag_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) if number.as_u64() == Some(1) => Some(true),
        Value::Number(number) if number.as_u64() == Some(0) => Some(false),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" | "y" | "t" => Some(true),
            "false" | "no" | "off" | "0" | "n" | "f" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

impl<'a> Settings<'a> {
    pub(crate) fn of(host: &'a Host, home: Option<&'a Path>) -> Self {
        Settings { host, home, diagnostics: Diagnostics::new() }
    }

    pub(crate) fn finish(self) -> Diagnostics {
        self.diagnostics
    }

    pub(crate) fn host_name(&self) -> &'a str {
        &self.host.name
    }

    /// What is said under a name; null says nothing.
    fn datum(&self, name: &str) -> Option<&'a Datum> {
        self.host.get(name).map(|(_, datum)| datum).filter(|datum| !datum.value.is_null())
    }

    /// Notes that a setting is wrong: `why` goes on from its name.
    pub(crate) fn refuse(&mut self, name: &str, why: &str) {
        self.diagnostics.push(self.about(name, "Invalid connection setting", why, Diagnostic::error));
    }

    pub(crate) fn warn(&mut self, name: &str, why: &str) {
        let warning = self.about(name, "Unknown connection setting", why, Diagnostic::warning);
        self.diagnostics.push(warning);
    }

    /// The host is not named in the words: what is said of a group is told once for all in it.
    fn about(
        &self,
        name: &str,
        summary: &str,
        why: &str,
        make: impl Fn(String, String) -> Diagnostic,
    ) -> Diagnostic {
        let origin = self.host.get(name).map(|(_, datum)| &datum.origin);
        let span = origin.map_or(Span::NONE, |origin| origin.span);
        let place = match origin {
            Some(origin) if span.is_none() => format!(" (from {})", origin.source),
            _ => String::new(),
        };
        make(summary.to_owned(), format!("\"{name}\"{place} {why}"))
            .at(span)
            .on(format!("host {}", self.host.name))
    }

    /// A value as a message may show it.
    fn shown(name: &str, datum: &Datum) -> String {
        if is_secret_name(name) || datum.is_hidden() {
            return "a value that is not shown".to_owned();
        }
        quoted(&match &datum.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    fn refuse_kind(&mut self, name: &str, wanted: &str) {
        let Some(datum) = self.datum(name) else { return };
        let shown = Self::shown(name, datum);
        self.refuse(name, &format!("must be {wanted}, and is {shown}."));
    }

    /// A text; numbers and words that mean yes or no are texts as well, as somebody may have meant one.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let text = match &self.datum(name)?.value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                self.refuse_kind(name, "a text");
                return None;
            }
        };
        self.checked(name, text)
    }

    fn checked(&mut self, name: &str, text: String) -> Option<String> {
        if text.contains("{{") || text.contains("{%") {
            let why = "is a template of Ansible's, and those are not evaluated here. Write the value itself.";
            self.refuse(name, why);
            return None;
        }
        if text.contains('\0') {
            self.refuse(name, "contains a NUL byte.");
            return None;
        }
        // Whoever writes nothing says nothing, as in Ansible.
        Some(text).filter(|text| !text.is_empty())
    }

    /// A name, which no program takes for an option.
    pub(crate) fn name(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        if let Some(why) = wrong_host_name(&text) {
            self.refuse(name, &format!("cannot be {}: {why}.", quoted(&text)));
            return None;
        }
        Some(text)
    }

    pub(crate) fn secret(&mut self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    pub(crate) fn port(&mut self, name: &str) -> Option<u16> {
        let text = self.text(name)?;
        let port = address::number(&text).ok();
        if port.is_none() {
            self.refuse_kind(name, "a number from 1 to 65535");
        }
        port
    }

    pub(crate) fn count(&mut self, name: &str) -> Option<u32> {
        let text = self.text(name)?;
        let count = text.parse().ok();
        if count.is_none() {
            self.refuse_kind(name, "a number of times");
        }
        count
    }

    pub(crate) fn seconds(&mut self, name: &str) -> Option<Duration> {
        let text = self.text(name)?;
        let seconds: Option<f64> = text.parse().ok();
        let seconds = seconds.filter(|seconds| (0.0..=SECONDS_MAX).contains(seconds));
        if seconds.is_none() {
            self.refuse_kind(name, "a number of seconds, at most a day");
        }
        seconds.map(Duration::from_secs_f64)
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        let flag = flag_of(&self.datum(name)?.value);
        // A template is told as what it is.
        if flag.is_none() && self.text(name).is_some() {
            self.refuse_kind(name, "true or false");
        }
        flag
    }

    /// The same, for what may also be something else.
    pub(crate) fn flag_if_one(&self, name: &str) -> Option<bool> {
        flag_of(&self.datum(name)?.value)
    }

    pub(crate) fn path(&mut self, name: &str) -> Option<PathBuf> {
        let text = self.text(name)?;
        self.path_of(name, &text)
    }

    fn path_of(&mut self, name: &str, text: &str) -> Option<PathBuf> {
        let Some(rest) = text.strip_prefix('~') else { return Some(PathBuf::from(text)) };
        let rest = match rest {
            "" => Some(""),
            _ => rest.strip_prefix('/'),
        };
        match (rest, self.home) {
            (Some(rest), Some(home)) => Some(home.join(rest)),
            (Some(_), None) => {
                self.refuse(name, "begins with \"~\", and it is not known where your home directory is.");
                None
            }
            (None, _) => {
                self.refuse(name, "begins with the home directory of another user. Write the whole path.");
                None
            }
        }
    }

    /// One text, or a list of them.
    fn texts(&mut self, name: &str) -> Vec<String> {
        let Some(datum) = self.datum(name) else { return Vec::new() };
        let Value::Array(elements) = &datum.value else { return self.text(name).into_iter().collect() };
        let texts: Option<Vec<&str>> = elements.iter().map(Value::as_str).collect();
        let Some(texts) = texts else {
            self.refuse_kind(name, "a text or a list of texts");
            return Vec::new();
        };
        texts.into_iter().filter_map(|text| self.checked(name, text.to_owned())).collect()
    }

    pub(crate) fn paths(&mut self, name: &str) -> Vec<PathBuf> {
        let texts = self.texts(name);
        texts.iter().filter_map(|text| self.path_of(name, text)).collect()
    }

    pub(crate) fn jumps(&mut self, name: &str) -> Vec<Jump> {
        let texts = self.texts(name).join(",");
        if texts.is_empty() || texts == "none" {
            return Vec::new();
        }
        texts.split(',').filter_map(|text| self.jump(name, text.trim())).collect()
    }

    fn jump(&mut self, name: &str, text: &str) -> Option<Jump> {
        let text = text.strip_prefix("ssh://").unwrap_or(text);
        let parsed = address::parse(text, true).and_then(|address| {
            let parts = [Some(address.name), address.user];
            match parts.into_iter().flatten().find_map(wrong_host_name) {
                Some(why) => Err(why),
                None => Ok(address),
            }
        });
        match parsed {
            Ok(address) => Some(Jump {
                hostname: address.name.to_owned(),
                port: address.port,
                user: address.user.map(str::to_owned),
            }),
            Err(why) => {
                let why = format!(
                    "must name hosts as user@host:port, with commas between them, and {} is none: {why}.",
                    quoted(text)
                );
                self.refuse(name, &why);
                None
            }
        }
    }
}
