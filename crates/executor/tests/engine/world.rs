//! The world outside: objects that exist, how calls go wrong, and a log of what was asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use plumb_value::Value;
use tokio::sync::Notify;

/// The world that a test provider works in. It outlives commands, as the real one does.
#[derive(Default)]
pub(crate) struct World {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    log: Vec<String>,
    /// Names of what was looked at.
    reads: Vec<String>,
    objects: BTreeMap<String, Value>,
    /// How often an object of a name was made.
    made: BTreeMap<String, usize>,
    /// How calls go wrong, by operation and name.
    faults: BTreeMap<(String, String), String>,
    gates: BTreeMap<(String, String), Arc<Gate>>,
    under_way: usize,
    most_under_way: usize,
}

/// Holds a call up until it is let go.
#[derive(Default)]
pub(crate) struct Gate {
    reached: Notify,
    open: Notify,
}

impl Gate {
    /// Waits until the call is there.
    pub(crate) async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets the call go on.
    pub(crate) fn open(&self) {
        self.open.notify_one();
    }
}

impl World {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn note(&self, line: impl Into<String>) {
        self.inner().log.push(line.into());
    }

    /// Everything noted since the last time.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().log)
    }

    pub(crate) fn note_read(&self, name: &str) {
        self.inner().reads.push(name.to_owned());
    }

    /// Names of everything that was looked at since the last time, in order.
    pub(crate) fn take_reads(&self) -> Vec<String> {
        let mut reads = std::mem::take(&mut self.inner().reads);
        reads.sort();
        reads
    }

    /// Puts what was noted so far in order: while planning it comes as it comes.
    pub(crate) fn sort_log(&self) {
        self.inner().log.sort();
    }

    pub(crate) fn object(&self, id: &str) -> Option<Value> {
        self.inner().objects.get(id).cloned()
    }

    /// Identifiers of everything that exists.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.inner().objects.keys().cloned().collect()
    }

    pub(crate) fn put(&self, id: &str, object: Value) {
        self.inner().objects.insert(id.to_owned(), object);
    }

    pub(crate) fn remove(&self, id: &str) {
        self.inner().objects.remove(id);
    }

    /// The identifier of a new object.
    pub(crate) fn new_id(&self, name: &str) -> String {
        let mut inner = self.inner();
        let made = inner.made.entry(name.to_owned()).or_default();
        *made += 1;
        format!("{name}-{made}")
    }

    pub(crate) fn set_fault(&self, operation: &str, name: &str, fault: &str) {
        self.inner().faults.insert((operation.to_owned(), name.to_owned()), fault.to_owned());
    }

    pub(crate) fn clear_faults(&self) {
        self.inner().faults.clear();
    }

    /// How a call goes wrong, if it does.
    pub(crate) fn fault(&self, operation: &str, name: &str) -> Option<String> {
        self.inner().faults.get(&(operation.to_owned(), name.to_owned())).cloned()
    }

    /// Holds the next call up.
    pub(crate) fn hold(&self, operation: &str, name: &str) -> Arc<Gate> {
        let gate = Arc::new(Gate::default());
        self.inner().gates.insert((operation.to_owned(), name.to_owned()), gate.clone());
        gate
    }

    /// Waits where a call is held up. A call that nobody holds gives others a chance to begin.
    pub(crate) async fn pass(&self, operation: &str, name: &str) {
        {
            let mut inner = self.inner();
            inner.under_way += 1;
            inner.most_under_way = inner.most_under_way.max(inner.under_way);
        }
        let gate = self.inner().gates.remove(&(operation.to_owned(), name.to_owned()));
        match gate {
            Some(gate) => {
                gate.reached.notify_one();
                gate.open.notified().await;
            }
            None => tokio::task::yield_now().await,
        }
        self.inner().under_way -= 1;
    }

    /// The most calls that were under way at the same time.
    pub(crate) fn most_under_way(&self) -> usize {
        self.inner().most_under_way
    }

    /// Changes an attribute of everything of a name behind everybody's back.
    pub(crate) fn drift(&self, name: &str, attribute: &str, text: &str) {
        for object in self.inner().objects.values_mut().filter(|object| is_named(object, name)) {
            *object = with(object, attribute, Value::string(text));
        }
    }

    /// Takes everything of a name away behind everybody's back.
    pub(crate) fn vanish(&self, name: &str) {
        self.inner().objects.retain(|_, object| !is_named(object, name));
    }
}

fn is_named(object: &Value, name: &str) -> bool {
    object.part("name").and_then(Value::as_str) == Some(name)
}

/// The same object with another attribute.
pub(crate) fn with(object: &Value, name: &str, value: Value) -> Value {
    let ty = match object.ty() {
        plumb_value::Type::Object(ty) => ty,
        other => panic!("not an object: {other:?}"),
    };
    let parts = object.entries().expect("an object");
    let value = Some(value);
    Value::object_of(
        ty,
        parts
            .into_iter()
            .map(|(key, part)| if &**key == name { value.clone().expect("set") } else { part.clone() }),
    )
}
