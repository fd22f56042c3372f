//! Objects made from values, and values made from objects, by a schema's type.

use std::sync::Arc;

use plumb_value::json::{self, JsonError};
use plumb_value::{Path, Type, Value};

use crate::{Object, Status};

/// Why a value cannot be recorded or a record cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ObjectError {
    /// It does not fit the type.
    #[error("{0}")]
    Form(JsonError),
    /// Something in it must never be recorded.
    #[error("an ephemeral value cannot be recorded")]
    Ephemeral(Path),
    /// It is a flat map of texts, which the provider must upgrade first.
    #[error("the object was recorded by a program older than 0.12, and its provider has to upgrade it first")]
    Flat,
}

impl Object {
    /// Records a value of that type, wholly known; where it has sensitive marks is kept. It is ready,
    /// and everything that stands beside the attributes is empty: fill it in with
    /// `Object { private, dependencies, ..object }`.
    pub fn encode(value: &Value, ty: &Type, schema_version: u64) -> Result<Object, ObjectError> {
        let (plain, marks) = value.unmark_deep_with_paths();
        if let Some((path, _)) = marks.iter().find(|(_, marks)| marks.is_ephemeral()) {
            return Err(ObjectError::Ephemeral(path.clone()));
        }
        let attributes = json::encode(&plain, ty).map_err(ObjectError::Form)?;
        let attributes = String::from_utf8_lossy(&attributes);
        Ok(Object {
            schema_version,
            attributes: Arc::from(&*attributes),
            flat: false,
            sensitive: marks,
            status: Status::Ready,
            private: Vec::new(),
            dependencies: Arc::new([]),
            create_before_destroy: false,
            identity: None,
        })
    }

    /// The value that is recorded, with marks where they were. The type is the one of the schema
    /// version that the object has; an older object goes to its provider for an upgrade instead.
    pub fn decode(&self, ty: &Type) -> Result<Value, ObjectError> {
        if self.flat {
            return Err(ObjectError::Flat);
        }
        let value = json::decode(&self.attributes, ty).map_err(ObjectError::Form)?;
        Ok(value.with_marks_at(&self.sensitive))
    }
}
