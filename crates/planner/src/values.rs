//! Marks that schemas put on values, and the attributes that people know objects by.

use plumb_schema::{Block, Schema, sensitive_paths};
use plumb_state::{Object, ObjectError};
use plumb_value::{Marks, Path, Value};

/// The value with the marks that its schema says it has.
pub fn schema_marked(block: &Block, value: &Value) -> Value {
    let paths = sensitive_paths(block, &value.unmark_deep());
    if paths.is_empty() {
        return value.clone();
    }
    let marks: Vec<(Path, Marks)> = paths.into_iter().map(|path| (path, Marks::SENSITIVE)).collect();
    value.with_marks_at(&marks)
}

/// The attribute that people know an object by, where it has one that may be shown.
pub fn identity(value: &Value) -> Option<(&'static str, String)> {
    if !value.marks().is_empty() {
        return None;
    }
    ["id", "name"].into_iter().find_map(|name| {
        let part = value.part(name)?;
        let text = part.as_str().filter(|text| !text.is_empty())?;
        part.deep_marks().is_empty().then(|| (name, text.to_owned()))
    })
}

/// A recorded object under the current schema; only for objects of the schema's own version.
pub(crate) fn decode(object: &Object, schema: &Schema) -> Result<Value, ObjectError> {
    let value = object.decode(&schema.block.implied_type())?;
    Ok(schema_marked(&schema.block, &value))
}

/// The value with null wherever it is unknown.
pub fn null_unknown(value: &Value) -> Value {
    if value.is_wholly_known() {
        return value.clone();
    }
    if !value.is_known() {
        return Value::null(value.ty()).with_marks(value.marks());
    }
    value.rebuild(&mut |part| null_unknown(part))
}
