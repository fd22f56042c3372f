//! The host that a deploy runs for.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use plumb_starlark::language as starlark;
use plumb_starlark::language::eval::{Arguments, Evaluator};
use plumb_starlark::language::values::list::AllocList;
use plumb_starlark::language::values::{Heap, Value};
use plumb_starlark::{Native, Object};
use serde_json::{Map, Value as Json};

use super::arguments::login_of;
use super::convert::from_json;
use super::given::Given;
use super::{error, pass};
use crate::known::FactKey;
use crate::machine;
use crate::pass::{Blinks, Pass, machine_key};
use crate::setting::Setting;
use crate::testing::{MadeUp, Missing};

/// A host. The parts of the host itself are its data and its facts; those of others are made when they are looked at.
#[derive(Debug)]
struct HostValue {
    name: String,
    groups: Vec<String>,
    name_seen: Arc<AtomicBool>,
    /// Of another host than the one that the code runs for.
    other: Option<Other>,
}

/// What is known of another host.
#[derive(Debug)]
struct Other {
    name: Arc<str>,
    data: Arc<Map<String, Json>>,
    machine: Option<Vec<u8>>,
    key: FactKey,
    blinks: Arc<Blinks>,
}

/// What is always known of a machine, once it has been asked.
#[derive(Debug)]
struct Facts {
    facts: Option<std::collections::BTreeMap<&'static str, Json>>,
    key: FactKey,
    blinks: Arc<Blinks>,
    /// Where the host is made up: what is asked for and not given.
    missing: Option<Arc<Missing>>,
}

/// Asks a host a fact.
#[derive(Debug)]
struct Asks {
    host: Option<Arc<str>>,
}

/// What is handed to `deploy`.
pub(crate) fn host_value<'v>(pass: &Pass, heap: Heap<'v>) -> Value<'v> {
    let key = machine_key(None, &pass.login);
    let made_up = pass.made_up.as_ref();
    let facts = match made_up {
        Some(made_up) => Some(made_up.machine.clone()),
        None => pass.machine(&key).map(|output| machine::facts(&output)),
    };
    if let (Some(recorder), Some(facts)) = (&pass.setting.recorder, &facts) {
        recorder.machine(facts);
    }
    if facts.is_none() {
        pass.state.borrow_mut().want(key.clone());
    }
    let missing = made_up.map(|made_up| made_up.missing.clone());
    let facts =
        heap.alloc(Object::new(Facts { facts, key, blinks: pass.blinks.clone(), missing }, Vec::new()));
    let data = from_json(&Json::Object((*pass.setting.data).clone()), heap);
    let Setting { name, groups, name_seen, .. } = &pass.setting;
    let host =
        HostValue { name: name.clone(), groups: groups.clone(), name_seen: name_seen.clone(), other: None };
    heap.alloc(Object::new(host, vec![data, facts]))
}

/// Another host, or the host itself by its name.
pub(super) fn other_value<'v>(pass: &Pass, name: &Arc<str>, of: &Setting, heap: Heap<'v>) -> Value<'v> {
    if **name == *pass.setting.name {
        return host_value(pass, heap);
    }
    let key = machine_key(Some(name.clone()), &login_of(of));
    let other = Other {
        name: name.clone(),
        data: of.data.clone(),
        machine: pass.machine(&key),
        key,
        blinks: pass.blinks.clone(),
    };
    let host = HostValue {
        name: of.name.clone(),
        groups: of.groups.clone(),
        name_seen: Arc::default(),
        other: Some(other),
    };
    heap.alloc(Object::new(host, Vec::new()))
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
        ["data", "fact", "facts", "groups", "name"].map(str::to_owned).to_vec()
    }

    fn attribute<'v>(&self, parts: &[Value<'v>], name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        match name {
            "name" => {
                self.name_seen.store(true, Ordering::Relaxed);
                Some(heap.alloc(self.name.as_str()))
            }
            "groups" => Some(heap.alloc(AllocList(self.groups.iter().map(String::as_str)))),
            "fact" => {
                let host = self.other.as_ref().map(|other| other.name.clone());
                Some(heap.alloc(Object::new(Asks { host }, Vec::new())))
            }
            "data" => Some(match &self.other {
                Some(other) => from_json(&Json::Object((*other.data).clone()), heap),
                None => parts.first().copied()?,
            }),
            "facts" => Some(match &self.other {
                Some(Other { machine, key, blinks, .. }) => {
                    let facts = machine.as_ref().map(|output| machine::facts(output));
                    let facts = Facts { facts, key: key.clone(), blinks: blinks.clone(), missing: None };
                    heap.alloc(Object::new(facts, Vec::new()))
                }
                None => parts.get(1).copied()?,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Asks {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("fact of a host")
    }
}

impl Native for Asks {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    /// Calls a fact with further arguments, as if the code ran for that host.
    fn call<'v>(
        &self,
        _: &[Value<'v>],
        arguments: &Arguments<'v, '_>,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(evaluator, "a fact")?;
        let mut given = Given::of(arguments, evaluator)?;
        let fact = given.first("which fact? It comes first, and then its arguments: fact(apt.installed)")?;
        if !super::fact::is_fact(fact) && fact.parameters_spec().is_none() {
            return Err(error(format!("fact wants a fact, and not {}", super::convert::shown(fact))));
        }
        let Some(host) = &self.host else { return given.call(fact, None, evaluator) };
        let (_, peer) = super::inventory::peer(pass, host)?;
        let elsewhere = Some((host.clone(), login_of(&peer.setting)));
        let before = std::mem::replace(&mut pass.state.borrow_mut().elsewhere, elsewhere);
        let value = given.call(fact, None, evaluator);
        pass.state.borrow_mut().elsewhere = before;
        value
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
                    let mut wanted = self.blinks.wanted.lock().unwrap_or_else(PoisonError::into_inner);
                    wanted.push(self.key.clone());
                }
                None
            }
        }
    }
}
