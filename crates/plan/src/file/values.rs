//! Values on their way into the file and out of it.

use std::collections::HashMap;
use std::sync::Arc;

use plumb_value::{Marks, ObjectType, Path, PathStep, Type, Value, json, msgpack};
use serde_json::value::RawValue;

use super::PlanFileError;
use super::form::{PathForm, StepOfPathForm, ValueForm};

/// Collects values as bytes, and their types, each once.
#[derive(Default)]
pub(super) struct ValueWriter {
    pub(super) bytes: Vec<u8>,
    types: Vec<Type>,
    by_type: HashMap<Type, u32>,
    /// Objects of one schema share their type, so that most lookups need not look at its content.
    /// Each type stays alive here, so that no other one can get its address.
    by_address: HashMap<usize, (u32, Arc<ObjectType>)>,
}

impl ValueWriter {
    /// Puts a value behind the others. `place` is what to call it in messages.
    pub(super) fn value(
        &mut self,
        value: &Value,
        place: &dyn Fn() -> String,
    ) -> Result<ValueForm, PlanFileError> {
        let (plain, marks) = value.unmark_deep_with_paths();
        let ty = plain.ty();
        let start = self.bytes.len() as u64;
        msgpack::encode_into(&plain, &ty, &mut self.bytes)
            .map_err(|error| PlanFileError::Unstorable { place: place(), problem: error.to_string() })?;
        let mut sensitive = Vec::with_capacity(marks.len());
        for (path, marks) in marks {
            if marks.is_ephemeral() {
                return Err(PlanFileError::Ephemeral { place: place() });
            }
            sensitive.push(path);
        }
        let length = self.bytes.len() as u64 - start;
        let ty = self.type_number(&ty);
        let sensitive = sensitive.iter().map(|path| self.path(path, place)).collect::<Result<_, _>>()?;
        Ok(ValueForm { ty, at: (start, length), sensitive })
    }

    fn type_number(&mut self, ty: &Type) -> u32 {
        let Type::Object(object) = ty else { return self.table_number(ty) };
        let address = Arc::as_ptr(object) as usize;
        if let Some((number, _)) = self.by_address.get(&address) {
            return *number;
        }
        let number = self.table_number(ty);
        self.by_address.insert(address, (number, object.clone()));
        number
    }

    fn table_number(&mut self, ty: &Type) -> u32 {
        if let Some(number) = self.by_type.get(ty) {
            return *number;
        }
        let number = self.types.len() as u32;
        self.types.push(ty.clone());
        self.by_type.insert(ty.clone(), number);
        number
    }

    /// Puts a path into the form of the file.
    pub(super) fn path(
        &mut self,
        path: &Path,
        place: &dyn Fn() -> String,
    ) -> Result<PathForm, PlanFileError> {
        path.0
            .iter()
            .map(|step| {
                let key = match step {
                    PathStep::Attribute(name) => return Ok(StepOfPathForm::Attribute(name.to_string())),
                    PathStep::Index(key) => key,
                };
                if let Some(text) = key.as_str() {
                    return Ok(StepOfPathForm::Key(text.to_owned()));
                }
                match key.as_number().and_then(plumb_value::Number::to_i64) {
                    Some(number) => Ok(StepOfPathForm::Index(number)),
                    None => self.value(key, place).map(StepOfPathForm::Element),
                }
            })
            .collect()
    }

    /// The table of types as JSON.
    pub(super) fn types(&self) -> Result<Vec<Box<RawValue>>, PlanFileError> {
        let unstorable = |problem: String| PlanFileError::Unstorable { place: "A type".to_owned(), problem };
        self.types
            .iter()
            .map(|ty| {
                let text = String::from_utf8(json::encode_type(ty))
                    .map_err(|error| unstorable(error.to_string()))?;
                RawValue::from_string(text).map_err(|error| unstorable(error.to_string()))
            })
            .collect()
    }
}

/// Gives values back.
pub(super) struct ValueReader<'a> {
    bytes: &'a [u8],
    types: Vec<Type>,
}

impl<'a> ValueReader<'a> {
    pub(super) fn new(bytes: &'a [u8], types: &[Box<RawValue>]) -> Result<Self, PlanFileError> {
        let types = types
            .iter()
            .map(|text| {
                json::decode_type(text.get()).map_err(|error| PlanFileError::damaged("a type", error))
            })
            .collect::<Result<_, _>>()?;
        Ok(ValueReader { bytes, types })
    }

    /// The value, marks on. `part` is what to call it in messages.
    pub(super) fn value(&self, form: &ValueForm, part: &str) -> Result<Value, PlanFileError> {
        let range = usize::try_from(form.at.0).ok().zip(usize::try_from(form.at.1).ok());
        let bytes = range
            .and_then(|(start, length)| self.bytes.get(start..start.checked_add(length)?))
            .ok_or_else(|| PlanFileError::damaged(part, "its value is missing"))?;
        let ty = self
            .types
            .get(form.ty as usize)
            .ok_or_else(|| PlanFileError::damaged(part, "its value has no type"))?;
        let value = msgpack::decode(bytes, ty).map_err(|error| PlanFileError::damaged(part, error))?;
        if form.sensitive.is_empty() {
            return Ok(value);
        }
        let marks = form
            .sensitive
            .iter()
            .map(|path| Ok((self.path(path, part)?, Marks::SENSITIVE)))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(value.with_marks_at(&marks))
    }

    pub(super) fn path(&self, form: &PathForm, part: &str) -> Result<Path, PlanFileError> {
        let steps = form.iter().map(|step| {
            Ok(match step {
                StepOfPathForm::Attribute(name) => PathStep::Attribute(name.as_str().into()),
                StepOfPathForm::Key(key) => PathStep::Index(Value::string(key.as_str())),
                StepOfPathForm::Index(number) => PathStep::Index(Value::number(*number)),
                StepOfPathForm::Element(value) => PathStep::Index(self.value(value, part)?),
            })
        });
        Ok(Path(steps.collect::<Result<_, _>>()?))
    }
}
