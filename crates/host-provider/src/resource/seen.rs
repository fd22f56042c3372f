//! What was seen of hosts while planning.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use plumb_value::{Value, json};

use crate::fields::Fields;
use crate::schema::COMPUTED;

/// What a deploy with these arguments would change, as it was seen when that was planned. What is planned once
/// more right before it is done has to come out alike, although others may have changed the host since.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<HashMap<Vec<u8>, Option<Vec<String>>>>>);

impl Seen {
    pub(super) fn get(&self, object: &Value) -> Option<Option<Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key(object)?).cloned()
    }

    pub(super) fn put(&self, object: &Value, changes: Option<Vec<String>>) {
        if let Some(key) = key(object) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, changes);
        }
    }

    pub(super) fn forget(&self, object: &Value) {
        if let Some(key) = key(object) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        }
    }
}

fn key(object: &Value) -> Option<Vec<u8>> {
    let arguments = object.entries()?;
    let arguments = arguments.into_iter().filter(|(name, _)| !COMPUTED.contains(&&***name));
    let arguments = Value::object(arguments.map(|(name, value)| (name.clone(), value.clone())));
    json::encode_untyped(&arguments).ok()
}

/// Whether two objects have the same arguments.
pub(super) fn are_alike(one: &Value, other: &Value) -> bool {
    let (one, other) = (Fields(one), Fields(other));
    crate::schema::deploy_type().attributes().iter().all(|(name, _)| {
        COMPUTED.contains(&&**name)
            || match (one.0.part(name), other.0.part(name)) {
                (Some(one), Some(other)) => one.same(other),
                (one, other) => one.is_none() && other.is_none(),
            }
    })
}
