//! What a deploy found out of a host, written down so that tests can be given it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plumb_host::{Answer, Entry, EntryKind};
use plumb_starlark::language::values::dict::DictRef;
use plumb_starlark::language::values::list::ListRef;
use plumb_starlark::language::values::{UnpackValue as _, Value};
use serde_json::{Map, Value as Json, json};

/// Values that are nested deeper are kept as what the host said.
const DEPTH_MAX: usize = 50;

/// What a deploy found out of one host.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    facts: BTreeMap<String, Json>,
    files: BTreeMap<String, Json>,
}

impl Recorder {
    fn with<T>(&self, work: impl FnOnce(&mut Recorded) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was found out, as `plan` takes it.
    pub fn document(&self, name: &str, groups: &[String]) -> Json {
        self.with(|recorded| {
            json!({ "name": name, "groups": groups, "facts": recorded.facts, "files": recorded.files })
        })
    }

    /// What is always known.
    pub(crate) fn machine(&self, facts: &BTreeMap<&'static str, Json>) {
        self.with(|recorded| recorded.facts.insert("host".to_owned(), json!(facts)));
    }

    /// A fact. What JSON cannot say is kept as what the host said.
    pub(crate) fn fact(&self, name: &str, value: Value<'_>, answer: &Answer) {
        let value = plain(value, 0).or_else(|| {
            let Answer::Script { status, output, errors } = answer else { return None };
            let mut said = Map::new();
            said.insert("said".to_owned(), String::from_utf8_lossy(output).into());
            if *status != 0 {
                said.insert("status".to_owned(), (*status).into());
            }
            if !errors.is_empty() {
                said.insert("errors".to_owned(), String::from_utf8_lossy(errors).into());
            }
            Some(Json::Object(said))
        });
        if let Some(value) = value {
            self.with(|recorded| recorded.facts.insert(name.to_owned(), value));
        }
    }

    /// What there is at a path. Who asks for less than somebody before takes nothing away.
    pub(crate) fn path(&self, path: &str, entry: &Entry) {
        let mut found = Map::new();
        let is_there = !matches!(entry.kind, EntryKind::Absent | EntryKind::Denied);
        if entry.kind != EntryKind::File {
            found.insert("kind".to_owned(), entry.kind.name().into());
        }
        if is_there {
            found.insert("mode".to_owned(), format!("{:o}", entry.mode).into());
            found.insert("user".to_owned(), entry.user.clone().into());
            found.insert("group".to_owned(), entry.group.clone().into());
        }
        if let Some(target) = &entry.target {
            found.insert("target".to_owned(), target.clone().into());
        }
        let content = entry.content.as_ref().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        match (content, &entry.sha256) {
            (Some(content), _) => drop(found.insert("content".to_owned(), content.into())),
            (None, Some(sum)) => {
                found.insert("sha256".to_owned(), sum.clone().into());
                found.insert("size".to_owned(), entry.size.into());
            }
            (None, None) => {}
        }
        self.with(|recorded| {
            let knows_more = recorded.files.get(path).is_some_and(|known| {
                let has = |name: &str| known.get(name).is_some();
                (has("content") && !found.contains_key("content"))
                    || (has("sha256") && !found.contains_key("content") && !found.contains_key("sha256"))
            });
            if !knows_more {
                recorded.files.insert(path.to_owned(), Json::Object(found));
            }
        });
    }
}

/// A value as JSON, where it comes back from there as it was.
fn plain(value: Value<'_>, depth: usize) -> Option<Json> {
    if depth > DEPTH_MAX {
        return None;
    }
    if value.is_none() {
        return Some(Json::Null);
    }
    if let Some(is_true) = value.unpack_bool() {
        return Some(is_true.into());
    }
    if let Some(text) = value.unpack_str() {
        return Some(text.into());
    }
    if let Ok(Some(number)) = i64::unpack_value(value) {
        return Some(number.into());
    }
    if let Some(list) = ListRef::from_value(value) {
        return list.iter().map(|item| plain(item, depth + 1)).collect::<Option<Vec<_>>>().map(Json::Array);
    }
    let dict = DictRef::from_value(value)?;
    // This would be taken for what a host said.
    if dict.get_str("said").is_some() {
        return None;
    }
    let entry = |(name, value): (Value<'_>, Value<'_>)| {
        Some((name.unpack_str()?.to_owned(), plain(value, depth + 1)?))
    };
    dict.iter().map(entry).collect::<Option<Map<_, _>>>().map(Json::Object)
}
