//! `direxists`: whether there is a directory.

use std::path::Path;

use plumb_schema::{FunctionParameter, FunctionSignature, TextKind};
use plumb_state::FunctionError;
use plumb_value::{Type, Value};

use crate::framework::{Function, quoted};
use crate::world::{Entry, World};

/// `direxists`.
pub(super) struct DirectoryExists;

impl Function for DirectoryExists {
    fn signature(&self) -> FunctionSignature {
        FunctionSignature {
            parameters: vec![FunctionParameter {
                name: "path".into(),
                ty: Type::String,
                allow_null: false,
                allow_unknown: false,
                description: "Where to look; relative to the working directory if it is not absolute."
                    .to_owned(),
                description_kind: TextKind::Plain,
            }],
            variadic: None,
            returns: Type::Bool,
            summary: "Whether there is a directory".to_owned(),
            description:
                "Returns whether there is a directory at a path; anything else there is an error. A \
                          leading `~` has no meaning: use pathexpand for that."
                    .to_owned(),
            description_kind: TextKind::Plain,
            deprecation_message: String::new(),
        }
    }

    fn call(&self, world: &dyn World, arguments: &[Value]) -> Result<Value, FunctionError> {
        let refused = |text: String| FunctionError { text, argument: Some(0) };
        let Some(path) = arguments.first().and_then(Value::as_str) else {
            return Err(refused("A text is required.".to_owned()));
        };
        let directory = if path.is_empty() { "." } else { path };
        match world.look_at(Path::new(directory)) {
            Ok(None) => Ok(Value::bool(false)),
            Ok(Some(Entry::Directory)) => Ok(Value::bool(true)),
            Ok(Some(Entry::File)) => Err(refused(format!(
                "Invalid file mode detected: {} was found, but is not a directory",
                quoted(path)
            ))),
            Err(error) => Err(refused(format!("Error checking for directory: {error}"))),
        }
    }
}
