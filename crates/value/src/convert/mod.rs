//! Conversion of values to types.
//!
//! Responsible for which values fit which types and for the message where they do not; the rules and
//! the words are those that users of the language know. First the types alone tell whether a
//! conversion can succeed at all, once for the whole value, then the value is walked. Defaults of
//! optional attributes are not applied here: what is missing becomes null.

mod elements;
mod mismatch;
mod possible;
mod primitive;
mod unify;
mod unknown;

use std::sync::Arc;

pub(crate) use self::elements::settle;
pub use self::mismatch::mismatch_message;
pub use self::unify::{unify, unify_safely};
use crate::{Kind, ObjectType, Path, PathStep, Type, Value};

/// Why a value could not be converted.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversionError {
    /// Which part of the value it is about.
    pub path: Path,
    /// What is wanted there, in the customary words: `a number is required`.
    pub message: String,
}

impl std::fmt::Display for ConversionError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.0.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for ConversionError {}

/// Whether values of one type can be converted to another at all; each value may still fail.
pub fn can_convert(from: &Type, to: &Type) -> bool {
    *from == to.without_optional() || possible::possible(from, to, true)
}

/// Converts a value to a type; where the type is dynamic anything goes.
pub fn convert(value: &Value, to: &Type) -> Result<Value, ConversionError> {
    let mut walk = Walk { steps: Vec::new() };
    walk.convert(value, to)
}

/// Converts a value of one of the types to what [`unify`] says that they have in common.
///
/// It is less strict than [`convert`] with objects beside maps and tuples beside lists: what is not known or
/// null in them can become anything where another part of them has no type yet, as it always could.
pub fn convert_to_common(value: &Value, types: &[Type], common: &Type) -> Result<Value, ConversionError> {
    let mut walk = Walk { steps: Vec::new() };
    let Some(stop) = unify::stop_on_the_way(&value.ty(), types, common) else {
        return walk.convert(value, common);
    };
    walk.convert(value, &stop)?;
    let (Some(own), Some(element)) = (stop.element(), common.element()) else {
        return walk.convert(value, common);
    };
    let converted = match value.kind() {
        Kind::Object(from, values) => {
            let entries = from.attributes().iter().zip(values.iter()).map(|((name, _), value)| (name, value));
            walk.entries_to_map(entries, own, element, "element")?
        }
        Kind::Tuple(_, values) => walk.sequence_to_sequence(value, own, values, element, false)?,
        _ => walk.apply(value, common)?,
    };
    Ok(converted.with_marks(value.marks()))
}

/// Where in the value the conversion is.
struct Walk {
    steps: Vec<PathStep>,
}

impl Walk {
    fn error(&self, message: impl Into<String>) -> ConversionError {
        ConversionError { path: Path(self.steps.clone()), message: message.into() }
    }

    /// Does `work` one step further into the value.
    fn at<T>(&mut self, step: PathStep, work: impl FnOnce(&mut Walk) -> T) -> T {
        self.steps.push(step);
        let result = work(self);
        self.steps.pop();
        result
    }

    /// Converts after a look at the types.
    fn convert(&mut self, value: &Value, to: &Type) -> Result<Value, ConversionError> {
        if value.is_of_type(to) && !to.has_optional() {
            return Ok(value.clone());
        }
        let from = value.ty();
        if from == to.without_optional() {
            return Ok(value.clone());
        }
        if !possible::possible(&from, to, true) {
            return Err(self.error(mismatch_message(&from, to)));
        }
        self.apply(value, to)
    }

    /// Converts where the types are known to allow it.
    fn apply(&mut self, value: &Value, to: &Type) -> Result<Value, ConversionError> {
        if *to == Type::Dynamic {
            return Ok(value.clone());
        }
        let marks = value.marks();
        let converted = match (value.kind(), to) {
            (Kind::Unknown(from, _), _) => unknown::convert_unknown(value, from, &to.without_optional()),
            (Kind::Null(from), _) => Value::null(unknown::fill_dynamic(from, &to.without_optional())),
            (Kind::Bool(_) | Kind::Number(_) | Kind::String(_), _) => {
                primitive::convert(value, to).map_err(|message| self.error(message))?
            }
            (Kind::Object(from, values), Type::Object(to)) => self.object_to_object(from, values, to)?,
            (Kind::Map(_, entries), Type::Object(to)) => self.map_to_object(entries, to)?,
            (Kind::Tuple(_, values), Type::Tuple(types)) => self.tuple_to_tuple(values, types)?,
            (Kind::Tuple(types, values), Type::List(element) | Type::Set(element)) => {
                self.tuple_to_sequence(types, values, element, matches!(to, Type::Set(_)))?
            }
            (Kind::Object(from, values), Type::Map(element)) => self.object_to_map(from, values, element)?,
            (Kind::Map(own, entries), Type::Map(element)) => self.map_to_map(own, entries, element)?,
            (Kind::List(own, values) | Kind::Set(own, values), Type::List(element) | Type::Set(element)) => {
                self.sequence_to_sequence(value, own, values, element, matches!(to, Type::Set(_)))?
            }
            _ => return Err(self.error(mismatch_message(&value.ty(), to))),
        };
        Ok(converted.with_marks(marks))
    }

    /// Like [`Walk::apply`], for a part whose type may already be right.
    fn part(&mut self, step: PathStep, value: &Value, to: &Type) -> Result<Value, ConversionError> {
        if value.is_of_type(to) && !to.has_optional() {
            return Ok(value.clone());
        }
        self.at(step, |walk| walk.apply(value, to))
    }

    /// Like [`Walk::part`], for an element of a collection that `own` is the element type of. Where
    /// that is dynamic the types were not looked at before, and only those of known values matter.
    fn element(
        &mut self,
        step: PathStep,
        value: &Value,
        own: &Type,
        to: &Type,
    ) -> Result<Value, ConversionError> {
        if own.has_dynamic() && value.is_known() && !value.is_null() {
            return self.at(step, |walk| walk.convert(value, to));
        }
        self.part(step, value, to)
    }

    fn object_to_object(
        &mut self,
        from: &ObjectType,
        values: &[Value],
        to: &Arc<ObjectType>,
    ) -> Result<Value, ConversionError> {
        let mut converted = Vec::with_capacity(to.attributes().len());
        for (name, ty) in to.attributes() {
            converted.push(match from.position(name) {
                Some(at) => {
                    elements::public_null(self.part(PathStep::Attribute(name.clone()), &values[at], ty)?)
                }
                None => Value::null(ty.without_optional()),
            });
        }
        Ok(Value::object_of(to.clone(), converted))
    }

    fn map_to_object(
        &mut self,
        entries: &[(Arc<str>, Value)],
        to: &Arc<ObjectType>,
    ) -> Result<Value, ConversionError> {
        let mut converted = Vec::with_capacity(to.attributes().len());
        for (name, ty) in to.attributes() {
            let Ok(at) = entries.binary_search_by(|(key, _)| key.cmp(name)) else {
                if to.is_optional(name) {
                    converted.push(Value::null(ty.without_optional()));
                    continue;
                }
                return Err(self.error(format!("map has no element for required attribute \"{name}\"")));
            };
            let value = &entries[at].1;
            if !can_convert(&value.ty(), ty) {
                let mismatch = mismatch_message(&value.ty(), ty);
                return Err(self.error(format!(
                    "map element type is incompatible with attribute \"{name}\": {mismatch}"
                )));
            }
            let part = self.part(PathStep::Index(Value::string(name.clone())), value, ty)?;
            converted.push(elements::public_null(part));
        }
        Ok(Value::object_of(to.clone(), converted))
    }

    fn tuple_to_tuple(&mut self, values: &[Value], types: &[Type]) -> Result<Value, ConversionError> {
        let mut converted = Vec::with_capacity(values.len());
        for (index, (value, ty)) in values.iter().zip(types).enumerate() {
            converted.push(self.part(PathStep::Index(Value::number(index)), value, ty)?);
        }
        Ok(Value::tuple(converted))
    }
}
