//! Parts of values by key, and how many there are.

use std::fmt;

use crate::convert::convert;
use crate::equality::tentative;
use crate::{Kind, Number, Path, PathStep, Refinement, Type, Value};

/// Why a part of a value cannot be had.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexError {
    /// The value is null.
    NullValue,
    /// The key is null.
    NullKey,
    /// Values of this type have no parts with keys; the elements of a set have none either.
    NotIndexable(Type),
    /// The key is not of the type that keys of the value are, nor convertible to it.
    WrongKeyType {
        /// What keys must be.
        required: Type,
        /// What the key is.
        actual: Type,
    },
    /// There is no part with this key.
    Missing,
    /// The object type has no attribute of this name.
    NoAttribute(std::sync::Arc<str>),
    /// The value, of this type, is no object, so that it has no attributes.
    NotAnObject(Type),
}

impl fmt::Display for IndexError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IndexError::NullValue => formatter.write_str("the value is null"),
            IndexError::NullKey => formatter.write_str("the key is null"),
            IndexError::NotIndexable(ty) => {
                write!(formatter, "a {} has no parts that a key could select", ty.friendly_name())
            }
            IndexError::WrongKeyType { required, actual } => write!(
                formatter,
                "the key must be a {}, but it is a {}",
                required.friendly_name(),
                actual.friendly_name()
            ),
            IndexError::Missing => formatter.write_str("there is no element with this key"),
            IndexError::NoAttribute(name) => write!(formatter, "there is no attribute {name:?}"),
            IndexError::NotAnObject(ty) => {
                write!(formatter, "a {} has no attributes", ty.friendly_name())
            }
        }
    }
}

impl std::error::Error for IndexError {}

impl Value {
    /// The part with that key, which is converted as needed, with the marks of both. Unknown where
    /// either is.
    pub fn index(&self, key: &Value) -> Result<Value, IndexError> {
        let marks = self.marks() | key.marks();
        let part = self.unmarked_index(key)?;
        Ok(part.with_marks(marks))
    }

    fn unmarked_index(&self, key: &Value) -> Result<Value, IndexError> {
        if self.is_null() {
            return Err(IndexError::NullValue);
        }
        if key.is_null() {
            return Err(IndexError::NullKey);
        }
        let required = match self.kind() {
            Kind::Unknown(Type::Dynamic, _) => return Ok(Value::dynamic()),
            Kind::List(..) | Kind::Tuple(..) | Kind::Unknown(Type::List(_) | Type::Tuple(_), _) => {
                Type::Number
            }
            Kind::Map(..) | Kind::Object(..) | Kind::Unknown(Type::Map(_) | Type::Object(_), _) => {
                Type::String
            }
            _ => return Err(IndexError::NotIndexable(self.ty())),
        };
        let wrong = |_| IndexError::WrongKeyType { required: required.clone(), actual: key.ty() };
        let key = convert(key, &required).map_err(wrong)?;
        match self.kind() {
            Kind::Unknown(ty, _) => index_of_unknown(ty, &key),
            Kind::List(element, values) => at(values, &key, (**element).clone()),
            Kind::Tuple(_, values) => at(values, &key, Type::Dynamic),
            Kind::Map(element, _) => match key.as_str() {
                Some(name) => self.part(name).cloned().ok_or(IndexError::Missing),
                None => Ok(Value::unknown((**element).clone())),
            },
            _ => match key.as_text() {
                Some(name) => self.part(name).cloned().ok_or_else(|| IndexError::NoAttribute(name.clone())),
                None => Ok(Value::dynamic()),
            },
        }
    }

    /// Whether there is a part with that key, without conversions: unknown where either is.
    pub fn has_index(&self, key: &Value) -> Value {
        tentative(self.holds(key)).with_marks(self.marks() | key.marks())
    }

    fn holds(&self, key: &Value) -> Option<bool> {
        let key_is = |ty: &Type| key.is_of_type(ty);
        if matches!(key.kind(), Kind::Unknown(Type::Dynamic, _)) {
            return None;
        }
        match self.kind() {
            Kind::Unknown(Type::Dynamic, _) => None,
            Kind::Unknown(Type::Tuple(types), _) if key_is(&Type::Number) => {
                let index = key.as_number()?.to_usize();
                Some(index.is_some_and(|index| index < types.len()))
            }
            Kind::Unknown(Type::List(_), _) => {
                if key_is(&Type::Number) {
                    None
                } else {
                    Some(false)
                }
            }
            Kind::Unknown(Type::Map(_), _) => {
                if key_is(&Type::String) {
                    None
                } else {
                    Some(false)
                }
            }
            Kind::List(_, values) | Kind::Tuple(_, values) if key_is(&Type::Number) => {
                let index = key.as_number().map(Number::to_usize);
                if key.is_null() {
                    return Some(false);
                }
                index.map(|index| index.is_some_and(|index| index < values.len()))
            }
            Kind::Map(..) | Kind::Object(..) if key_is(&Type::String) => {
                if key.is_null() {
                    return Some(false);
                }
                key.as_str().map(|name| self.part(name).is_some())
            }
            _ => Some(false),
        }
    }

    /// How many elements it has, as a number with the value's marks: of unknown collections an unknown
    /// number within their limits. `None` of nulls and of what has no elements.
    pub fn length(&self) -> Option<Value> {
        let length = match self.kind() {
            Kind::Unknown(Type::Tuple(types), _) => Value::number(types.len()),
            Kind::Unknown(Type::Object(object), _) => Value::number(object.attributes().len()),
            Kind::Unknown(Type::List(_) | Type::Set(_) | Type::Map(_), limits) => {
                let limits = limits.as_deref();
                let minimum = limits.and_then(|limits| limits.length_min).unwrap_or(0);
                // Every length is below the greatest integer, and the peers say so in plans.
                let maximum = limits.and_then(|limits| limits.length_max).unwrap_or(i64::MAX as u64);
                between(minimum, maximum)
            }
            Kind::Unknown(Type::Dynamic, _) => Value::unknown(Type::Number).refine_not_null(),
            Kind::Set(_, values) if values.len() > 1 && !self.is_wholly_known() => {
                // Unknown elements may turn out to be equal to others.
                between(1, values.len() as u64)
            }
            _ => Value::number(self.len()?),
        };
        Some(length.with_marks(self.marks()))
    }

    /// Its keys and parts, as `for` goes over them, each carrying the marks of the whole: indices of
    /// sequences, names of maps and objects, the elements themselves of sets. `None` where it is
    /// null, not known or has no parts.
    pub fn elements(&self) -> Option<Vec<(Value, Value)>> {
        let marks = self.marks();
        self.len()?;
        let elements = self.steps().into_iter().map(|(step, part)| {
            let key = match step {
                PathStep::Attribute(name) => Value::string(name),
                PathStep::Index(key) => key,
            };
            (key.with_marks(marks), part.clone().with_marks(marks))
        });
        Some(elements.collect())
    }
}

fn between(minimum: u64, maximum: u64) -> Value {
    Value::unknown_refined(
        Type::Number,
        Refinement {
            not_null: true,
            number_min: Some((Number::from(minimum), true)),
            number_max: Some((Number::from(maximum), true)),
            ..Refinement::default()
        },
    )
}

fn at(values: &[Value], key: &Value, element: Type) -> Result<Value, IndexError> {
    let Some(number) = key.as_number() else { return Ok(Value::unknown(element)) };
    number.to_usize().and_then(|index| values.get(index)).cloned().ok_or(IndexError::Missing)
}

fn index_of_unknown(ty: &Type, key: &Value) -> Result<Value, IndexError> {
    match ty {
        Type::List(element) | Type::Map(element) => Ok(Value::unknown((**element).clone())),
        Type::Tuple(types) => match key.as_number() {
            Some(number) => number
                .to_usize()
                .and_then(|index| types.get(index))
                .map(|ty| Value::unknown(ty.clone()))
                .ok_or(IndexError::Missing),
            None => Ok(Value::dynamic()),
        },
        Type::Object(object) => match key.as_text() {
            Some(name) => object
                .attribute(name)
                .map(|ty| Value::unknown(ty.clone()))
                .ok_or_else(|| IndexError::NoAttribute(name.clone())),
            None => Ok(Value::dynamic()),
        },
        _ => Err(IndexError::NotIndexable(ty.clone())),
    }
}

impl PathStep {
    /// The part of a value that the step leads to.
    pub fn apply(&self, value: &Value) -> Result<Value, IndexError> {
        if value.is_null() {
            return Err(IndexError::NullValue);
        }
        match self {
            PathStep::Attribute(name) => match value.ty() {
                Type::Object(_) | Type::Dynamic => {
                    value.attribute(name).ok_or_else(|| IndexError::NoAttribute(name.clone()))
                }
                ty => Err(IndexError::NotAnObject(ty)),
            },
            PathStep::Index(key) => {
                let Type::Set(element) = value.ty() else { return value.index(key) };
                let present = value.has_element(key);
                match present.as_bool() {
                    Some(true) => Ok(key.clone().with_marks(value.marks())),
                    Some(false) => Err(IndexError::Missing),
                    None => Ok(Value::unknown((*element).clone()).with_marks(value.marks())),
                }
            }
        }
    }
}

impl Path {
    /// The part of a value that the path leads to.
    pub fn apply(&self, value: &Value) -> Result<Value, IndexError> {
        self.0.iter().try_fold(value.clone(), |value, step| step.apply(&value))
    }
}

/// As the step is written in the language: `.name`, `[0]`, `["key"]`.
impl fmt::Display for PathStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathStep::Attribute(name) => write!(formatter, ".{name}"),
            PathStep::Index(key) => write!(formatter, "[{key:?}]"),
        }
    }
}

/// As the path is written in the language: `.a[0]["k"]`; nothing for the value itself.
impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| step.fmt(formatter))
    }
}
