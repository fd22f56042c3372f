//! The host that a deploy runs for.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use plumb_starlark::language::values::list::AllocList;
use plumb_starlark::language::values::{Heap, Value};
use plumb_starlark::{Native, Object};
use serde_json::Value as Json;

use super::convert::from_json;
use crate::machine;
use crate::pass::{Blinks, Pass};
use crate::setting::Setting;
use crate::testing::{MadeUp, Missing};

/// The host itself. Its parts are its data and its facts.
#[derive(Debug)]
struct HostValue {
    name: String,
    groups: Vec<String>,
    name_seen: Arc<AtomicBool>,
}

/// What is always known of a machine, once it has been asked.
#[derive(Debug)]
struct Facts {
    facts: Option<std::collections::BTreeMap<&'static str, Json>>,
    blinks: Arc<Blinks>,
    /// Where the host is made up: what is asked for and not given.
    missing: Option<Arc<Missing>>,
}

/// What is handed to `deploy`.
pub(crate) fn host_value<'v>(pass: &Pass, heap: Heap<'v>) -> Value<'v> {
    let made_up = pass.made_up.as_ref();
    let facts = match made_up {
        Some(made_up) => Some(made_up.machine.clone()),
        None => pass.machine().map(|output| machine::facts(&output)),
    };
    if let (Some(recorder), Some(facts)) = (&pass.setting.recorder, &facts) {
        recorder.machine(facts);
    }
    if facts.is_none() {
        let key = crate::pass::machine_key(&pass.login);
        pass.state.borrow_mut().want(key);
    }
    let facts = heap.alloc(Object::new(
        Facts { facts, blinks: pass.blinks.clone(), missing: made_up.map(|made_up| made_up.missing.clone()) },
        Vec::new(),
    ));
    let data = from_json(&Json::Object((*pass.setting.data).clone()), heap);
    let Setting { name, groups, name_seen, .. } = &pass.setting;
    let host = HostValue { name: name.clone(), groups: groups.clone(), name_seen: name_seen.clone() };
    heap.alloc(Object::new(host, vec![data, facts]))
}

impl fmt::Display for HostValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name_seen.store(true, Ordering::Relaxed);
        write!(out, "host {}", self.name)
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("facts of the machine")
    }
}

impl Native for HostValue {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attributes(&self) -> Vec<String> {
        ["data", "facts", "groups", "name"].map(str::to_owned).to_vec()
    }

    fn attribute<'v>(&self, parts: &[Value<'v>], name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        match name {
            "name" => {
                self.name_seen.store(true, Ordering::Relaxed);
                Some(heap.alloc(self.name.as_str()))
            }
            "groups" => Some(heap.alloc(AllocList(self.groups.iter().map(String::as_str)))),
            "data" => parts.first().copied(),
            "facts" => parts.get(1).copied(),
            _ => None,
        }
    }
}

impl Native for Facts {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attributes(&self) -> Vec<String> {
        machine::NAMES.map(str::to_owned).to_vec()
    }

    /// Whoever looks before the machine was asked cannot be told so but by an error, which is taken for
    /// what it is.
    fn attribute<'v>(&self, _: &[Value<'v>], name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        match &self.facts {
            Some(facts) => {
                let known = facts.get(name).map(|value| from_json(value, heap));
                if let (None, Some(missing)) = (known, &self.missing)
                    && machine::NAMES.contains(&name)
                {
                    MadeUp::lacks_machine_fact(missing, name);
                }
                known
            }
            None => {
                if machine::NAMES.contains(&name) {
                    self.blinks.machine.store(true, Ordering::Relaxed);
                }
                None
            }
        }
    }
}
