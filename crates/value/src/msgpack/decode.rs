//! Values from MessagePack.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::model::Model;
use super::reader::{Malformed, Numeral, Reader};
use super::{MsgpackError, REFINED_UNKNOWN, REFINEMENT_LIMIT, key};
use crate::convert::settle;
use crate::json::{self, DEPTH_LIMIT};
use crate::name::shared_without_optional;
use crate::{Number, ObjectType, Path, PathStep, Refinement, Type, Value};

/// Reads a value of a type.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, MsgpackError> {
    decode_with(bytes, ty, Model::NONE)
}

/// Reads a value of a type that is probably much like another one. The result is the same as without
/// knowing that; what is equal is shared, the marks of the other one aside.
pub fn decode_like(bytes: &[u8], ty: &Type, like: &Value) -> Result<Value, MsgpackError> {
    decode_with(bytes, ty, Model::of(&like.unmark_deep()))
}

fn decode_with(bytes: &[u8], ty: &Type, model: Model<'_>) -> Result<Value, MsgpackError> {
    let mut decoder = Decoder { reader: Reader::new(bytes), steps: Vec::new(), depth: 0 };
    decoder.value(ty, model).map_err(|message| MsgpackError { path: Path(decoder.steps), message })
}

/// On an error the steps stay where they were.
struct Decoder<'b> {
    reader: Reader<'b>,
    steps: Vec<PathStep>,
    depth: usize,
}

type Outcome<T> = Result<T, String>;

/// The message for something else than what is wanted.
fn required(wanted: &str) -> impl Fn(Malformed) -> String + '_ {
    move |malformed| match malformed {
        Malformed::Truncated => "the serialized value ends too early".to_owned(),
        Malformed::Unexpected => format!("{wanted} is required"),
    }
}

/// Text from a provider; what is not Unicode becomes U+FFFD, as it would in the state.
fn text(bytes: &[u8]) -> Value {
    Value::string(String::from_utf8_lossy(bytes).as_ref())
}

impl Decoder<'_> {
    fn value(&mut self, ty: &Type, model: Model<'_>) -> Outcome<Value> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(format!("values are nested deeper than {DEPTH_LIMIT} levels"));
        }
        let value = self.value_here(ty, model);
        self.depth -= 1;
        value
    }

    fn value_here(&mut self, ty: &Type, model: Model<'_>) -> Outcome<Value> {
        let wanted = required("a value");
        if self.reader.is_extension().map_err(&wanted)? {
            return self.unknown(ty);
        }
        if self.reader.null().map_err(&wanted)? {
            return Ok(Value::null(ty.without_optional()));
        }
        match ty {
            Type::Dynamic => self.dynamic(model),
            Type::Bool => self.reader.bool().map(Value::bool).map_err(required("bool")),
            Type::Number => self.number(model),
            Type::String => {
                let bytes = self.reader.text().map_err(required("string"))?;
                Ok(model.text(bytes).unwrap_or_else(|| text(bytes)))
            }
            Type::List(element) => {
                let length = self.reader.array().map_err(required("a list"))?;
                let values = self.sequence(length, model, |_| element)?;
                let (element, values) = uniform(element, values)?;
                let shared = model.sequence(&Type::list(element.clone()), &values);
                Ok(shared.unwrap_or_else(|| Value::list(element, values)))
            }
            Type::Set(element) => {
                let length = self.reader.array().map_err(required("a set"))?;
                let values = self.sequence(length, model, |_| element)?;
                let (element, values) = uniform(element, values)?;
                let shared = model.sequence(&Type::set(element.clone()), &values);
                Ok(shared.unwrap_or_else(|| Value::set(element, values)))
            }
            Type::Map(element) => self.map(element, model),
            Type::Tuple(types) => {
                let length = self.reader.array().map_err(required("a tuple"))?;
                if length != types.len() {
                    return Err(format!("a tuple of length {} is required", types.len()));
                }
                let values = self.sequence(length, model, |index| &types[index])?;
                Ok(model.sequence(ty, &values).unwrap_or_else(|| Value::tuple(values)))
            }
            Type::Object(object) => self.object(object, model),
        }
    }

    fn number(&mut self, model: Model<'_>) -> Outcome<Value> {
        let wanted = required("number");
        let number = match self.reader.number().map_err(&wanted)? {
            Numeral::Signed(value) => Some(Number::from(value)),
            Numeral::Unsigned(value) => Some(Number::from(value)),
            Numeral::Double(value) => Number::from_f64(value),
            Numeral::Text(bytes) => std::str::from_utf8(bytes).ok().and_then(Number::parse),
        };
        let number = number.ok_or_else(|| wanted(Malformed::Unexpected))?;
        Ok(model.number(&number).unwrap_or_else(|| Value::number(number)))
    }

    fn sequence<'y>(
        &mut self,
        length: usize,
        model: Model<'_>,
        ty: impl Fn(usize) -> &'y Type,
    ) -> Outcome<Vec<Value>> {
        // Each element takes a byte at least, so a false length cannot reserve more than there is.
        let mut values = Vec::with_capacity(length.min(self.reader.remaining()));
        for index in 0..length {
            self.steps.push(PathStep::Index(Value::number(index)));
            values.push(self.value(ty(index), model.at(index))?);
            self.steps.pop();
        }
        Ok(values)
    }

    fn map(&mut self, element: &Arc<Type>, model: Model<'_>) -> Outcome<Value> {
        let length = self.reader.map().map_err(required("a map"))?;
        let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        for _ in 0..length {
            let key = self.reader.text().map_err(required("a string as key of a map"))?;
            let (name, model) = match model.entry(key) {
                Some((name, model)) => (name.clone(), model),
                None => (text(key).as_text().cloned().unwrap_or_default(), Model::NONE),
            };
            self.steps.push(PathStep::Index(Value::string(name.clone())));
            let value = self.value(element, model)?;
            self.steps.pop();
            entries.insert(name, value);
        }
        if !element.has_dynamic() {
            let shared = model.map(element, entries.iter());
            return Ok(shared.unwrap_or_else(|| Value::map(shared_without_optional(element), entries)));
        }
        let (keys, values): (Vec<Arc<str>>, Vec<Value>) = entries.into_iter().unzip();
        let (element, values) = uniform(element, values)?;
        let shared = model.map(&element, keys.iter().zip(&values));
        Ok(shared.unwrap_or_else(|| Value::map(element, keys.into_iter().zip(values))))
    }

    fn object(&mut self, object: &Arc<ObjectType>, model: Model<'_>) -> Outcome<Value> {
        let length = self.reader.map().map_err(required("an object"))?;
        let wanted = object.attributes().len();
        if length != wanted {
            return Err(format!("an object with {wanted} attributes is required ({length} given)"));
        }
        let mut values: Vec<Option<Value>> = vec![None; wanted];
        for _ in 0..length {
            let key = self.reader.text().map_err(required("a string as key of an object"))?;
            let key = String::from_utf8_lossy(key);
            let Some(at) = object.position(&key) else {
                self.steps.push(PathStep::Attribute(Arc::from(&*key)));
                return Err("unsupported attribute".to_owned());
            };
            let (name, ty) = &object.attributes()[at];
            self.steps.push(PathStep::Attribute(name.clone()));
            values[at] = Some(self.value(ty, model.at(at))?);
            self.steps.pop();
        }
        let Some(values) = values.into_iter().collect::<Option<Vec<Value>>>() else {
            return Err("an attribute is given twice".to_owned());
        };
        Ok(model.object(object, &values).unwrap_or_else(|| Value::object_of(object.clone(), values)))
    }

    fn dynamic(&mut self, model: Model<'_>) -> Outcome<Value> {
        let length = self.reader.array().map_err(required("a dynamic value"))?;
        if length != 2 {
            return Err("dynamic value array must have exactly two elements".to_owned());
        }
        let ty = self.reader.text().map_err(required("a type"))?;
        let ty = std::str::from_utf8(ty).map_err(|_| "a type is required".to_owned())?;
        let ty = json::decode_type(ty).map_err(|error| error.message)?;
        self.value(&ty, model)
    }

    fn unknown(&mut self, ty: &Type) -> Outcome<Value> {
        let wanted = required("an unknown value");
        let (code, length) = self.reader.extension().map_err(&wanted)?;
        let plain = ty.without_optional();
        if code != REFINED_UNKNOWN || length <= 1 {
            // Whatever other extensions there may be, they all mean unknown.
            self.reader.take(length).map_err(&wanted)?;
            return Ok(Value::unknown(plain));
        }
        if length > REFINEMENT_LIMIT {
            return Err("oversize unknown value refinement".to_owned());
        }
        let content = self.reader.take(length).map_err(&wanted)?;
        let limits = limits(content, ty)?;
        match limits {
            Limits::Null => Ok(Value::null(plain)),
            Limits::Within(limits) => Ok(Value::unknown_refined(plain, limits)),
        }
    }
}

enum Limits {
    /// It is certain that it is null.
    Null,
    Within(Refinement),
}

fn limits(content: &[u8], ty: &Type) -> Outcome<Limits> {
    let mut reader = Reader::new(content);
    let malformed = |_| "the limits of an unknown value are malformed".to_owned();
    let mut limits = Refinement::default();
    let count = reader.map().map_err(malformed)?;
    if *ty == Type::Dynamic {
        return Ok(Limits::Within(limits));
    }
    let misplaced = |noun: &str| Err(format!("{noun} is given for an unknown value of another type"));
    for _ in 0..count {
        match reader.integer().map_err(malformed)? {
            key::NULLNESS => {
                if reader.bool().map_err(malformed)? {
                    return Ok(Limits::Null);
                }
                limits.not_null = true;
            }
            key::STRING_PREFIX => {
                if *ty != Type::String {
                    return misplaced("a prefix");
                }
                let prefix = std::str::from_utf8(reader.text().map_err(malformed)?)
                    .map_err(|_| "the prefix of an unknown string is not valid UTF-8".to_owned())?;
                limits.string_prefix = Value::string(prefix).as_text().cloned();
            }
            bound @ (key::NUMBER_MINIMUM | key::NUMBER_MAXIMUM) => {
                if *ty != Type::Number {
                    return misplaced("a limit of a number");
                }
                let limit =
                    Some(number_limit(&mut reader).ok_or("the limits of an unknown value are malformed")?);
                if bound == key::NUMBER_MINIMUM {
                    limits.number_min = limit;
                } else {
                    limits.number_max = limit;
                }
            }
            bound @ (key::LENGTH_MINIMUM | key::LENGTH_MAXIMUM) => {
                if !ty.is_collection() {
                    return misplaced("a limit of a length");
                }
                let limit = Some(u64::try_from(reader.integer().map_err(malformed)?).unwrap_or(0));
                if bound == key::LENGTH_MINIMUM {
                    limits.length_min = limit;
                } else {
                    limits.length_max = limit;
                }
            }
            // A later version of the protocol may know more.
            _ => reader.skip().map_err(malformed)?,
        }
    }
    Ok(Limits::Within(limits))
}

fn number_limit(reader: &mut Reader<'_>) -> Option<(Number, bool)> {
    if reader.array().ok()? != 2 {
        return None;
    }
    let number = match reader.number().ok()? {
        Numeral::Signed(value) => Number::from(value),
        Numeral::Unsigned(value) => Number::from(value),
        Numeral::Double(value) => Number::from_f64(value)?,
        Numeral::Text(bytes) => Number::parse(std::str::from_utf8(bytes).ok()?)?,
    };
    Some((number, reader.bool().ok()?))
}

/// Elements of a dynamic type must be of one type all the same.
fn uniform(element: &Arc<Type>, values: Vec<Value>) -> Outcome<(Arc<Type>, Vec<Value>)> {
    if values.is_empty() || !element.has_dynamic() {
        return Ok((shared_without_optional(element), values));
    }
    let (element, values) =
        settle(values).ok_or_else(|| "all elements must have the same type".to_owned())?;
    Ok((element.into(), values))
}
