//! The objects that the provider has made: one JSON file for each.
//!
//! Responsible for real side effects that outlive the process and can be counted, changed and removed
//! by tests. A deleted object leaves a file behind whose name ends in `.deleted`, so that no
//! identifier is ever given twice and every deletion can be counted.

use std::io;
use std::path::{Path, PathBuf};

use plumb_value::{Type, Value, json};

use crate::definition::BlockDefinition;
use crate::upgrade::decode_leniently;

/// A directory with objects.
#[derive(Debug)]
pub(crate) struct ObjectStore {
    directory: PathBuf,
}

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// A file could not be used.
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    /// A file does not hold what the schema says.
    #[error("{path}: {reason}")]
    Content { path: PathBuf, reason: String },
    /// The program that makes objects has failed.
    #[error("{0}")]
    Program(String),
}

impl ObjectStore {
    /// The store in that directory, which is made when it is needed.
    pub(crate) fn new(directory: impl Into<PathBuf>) -> Self {
        ObjectStore { directory: directory.into() }
    }

    fn path(&self, kind: &str, id: &str) -> PathBuf {
        let plain: String =
            id.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
        self.directory.join(format!("{kind}.{plain}.json"))
    }

    /// A fresh identifier for an object of that name, taken at once.
    pub(crate) fn reserve(&self, kind: &str, name: &str) -> Result<String, StoreError> {
        let directory = self.directory.clone();
        std::fs::create_dir_all(&directory).map_err(|source| StoreError::File { path: directory, source })?;
        for number in 1_u32.. {
            let id = format!("{name}-{number}");
            let path = self.path(kind, &id);
            if path.with_extension("json.deleted").exists() {
                continue;
            }
            match std::fs::File::create_new(&path) {
                Ok(_) => return Ok(id),
                Err(problem) if problem.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(StoreError::File { path, source }),
            }
        }
        Ok(name.to_owned())
    }

    /// Gives an identifier back.
    pub(crate) fn release(&self, kind: &str, id: &str) {
        // A name that nothing was made under is no loss if it stays.
        let _ = std::fs::remove_file(self.path(kind, id));
    }

    /// Stores an object.
    pub(crate) fn write(&self, kind: &str, id: &str, object: &Value, ty: &Type) -> Result<(), StoreError> {
        let path = self.path(kind, id);
        let text = json::encode(object, ty)
            .map_err(|problem| StoreError::Content { path: path.clone(), reason: problem.to_string() })?;
        std::fs::create_dir_all(&self.directory)
            .and_then(|()| replace(&path, &text))
            .map_err(|source| StoreError::File { path, source })
    }

    /// The object as it is now, if it is there. Tests write such files, so they may be incomplete.
    pub(crate) fn read(
        &self,
        kind: &str,
        id: &str,
        block: &BlockDefinition,
    ) -> Result<Option<Value>, StoreError> {
        let path = self.path(kind, id);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::File { path, source }),
        };
        let object = decode_leniently(&text, block).map_err(|reason| StoreError::Content { path, reason })?;
        Ok(Some(object))
    }

    /// Deletes an object; one that is not there is deleted already.
    pub(crate) fn delete(&self, kind: &str, id: &str) -> Result<(), StoreError> {
        let path = self.path(kind, id);
        match std::fs::rename(&path, path.with_extension("json.deleted")) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StoreError::File { path, source }),
            _ => Ok(()),
        }
    }
}

/// Puts a whole file in place of another one: who is killed meanwhile leaves one of the two.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = path.with_extension("json.new");
    std::fs::write(&new, text)?;
    std::fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_identifier_is_given_twice() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = ObjectStore::new(directory.path().join("objects"));
        let ty = Type::object([("id", Type::String)]);
        let block: BlockDefinition =
            serde_json::from_str(r#"{"attributes": {"id": {"type": "string"}}}"#).expect("a block");
        let object = Value::object([("id", Value::string("web-1"))]);
        let id = store.reserve("probe_thing", "web").expect("an identifier");
        assert_eq!(id, "web-1");
        store.write("probe_thing", &id, &object, &ty).expect("written");
        assert_eq!(store.read("probe_thing", &id, &block).expect("read"), Some(object));
        store.delete("probe_thing", &id).expect("deleted");
        store.delete("probe_thing", &id).expect("deleted twice");
        assert_eq!(store.read("probe_thing", &id, &block).expect("read"), None);
        assert_eq!(store.reserve("probe_thing", "web").expect("an identifier"), "web-2");
    }
}
