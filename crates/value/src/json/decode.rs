//! Values from JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::JsonError;
use super::scanner::{Next, Scanner, SyntaxError};
use super::types::scan_type;
use crate::convert::settle;
use crate::name::shared_without_optional;
use crate::{Number, ObjectType, Path, PathStep, Type, Value};

/// Reads a value of a type. Attributes that are missing are null; where the type is dynamic the text
/// has the value's own type beside it.
pub fn decode(text: &str, ty: &Type) -> Result<Value, JsonError> {
    let mut reader = Reader::new(text);
    let outcome = reader.value(ty);
    reader.finish(outcome)
}

/// Reads a value without knowing its type: arrays become tuples, objects objects, and null has no
/// type. This is what `jsondecode` does.
pub fn decode_implied(text: &str) -> Result<Value, JsonError> {
    let mut reader = Reader::new(text);
    let outcome = reader.implied();
    reader.finish(outcome)
}

/// The type of what [`decode_implied`] gives.
pub fn implied_type(text: &str) -> Result<Type, JsonError> {
    decode_implied(text).map(|value| value.ty())
}

/// On an error the steps stay where they were.
struct Reader<'t> {
    scanner: Scanner<'t>,
    steps: Vec<PathStep>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Reader<'t> {
        Reader { scanner: Scanner::new(text), steps: Vec::new() }
    }

    /// The value, if nothing follows it.
    fn finish(mut self, outcome: Result<Value, SyntaxError>) -> Result<Value, JsonError> {
        let complete = outcome.and_then(|value| self.scanner.finish().map(|()| value));
        complete.map_err(|error| JsonError {
            path: Path(self.steps),
            offset: Some(error.offset),
            message: error.message,
        })
    }

    fn value(&mut self, ty: &Type) -> Result<Value, SyntaxError> {
        let next = self.scanner.peek()?;
        if next == Next::Null {
            self.scanner.null()?;
            return Ok(Value::null(ty.without_optional()));
        }
        match ty {
            Type::Dynamic => self.dynamic(next),
            Type::Bool => self.bool(next),
            Type::Number => self.number(next),
            Type::String => self.string(next),
            Type::List(element) => {
                let values = self.sequence(next, |_| Ok(element))?;
                let (element, values) = self.uniform(element, values)?;
                Ok(Value::list(element, values))
            }
            Type::Set(element) => {
                let values = self.sequence(next, |_| Ok(element))?;
                let (element, values) = self.uniform(element, values)?;
                Ok(Value::set(element, values))
            }
            Type::Map(element) => self.map(next, element),
            Type::Tuple(types) => self.tuple(next, types),
            Type::Object(object) => self.object(next, object),
        }
    }

    fn bool(&mut self, next: Next) -> Result<Value, SyntaxError> {
        match next {
            Next::Bool => self.scanner.bool().map(Value::bool),
            Next::String => {
                let text = self.scanner.string()?;
                self.converted(&text, &Type::Bool)
            }
            _ => self.scanner.error("bool is required"),
        }
    }

    fn converted(&mut self, text: &str, ty: &Type) -> Result<Value, SyntaxError> {
        match crate::convert(&Value::string(text), ty) {
            Ok(value) => Ok(value),
            Err(error) => self.scanner.error(error.message),
        }
    }

    fn number(&mut self, next: Next) -> Result<Value, SyntaxError> {
        let text: Cow<'_, str> = match next {
            Next::Number => self.scanner.number()?.into(),
            Next::String => self.scanner.string()?,
            _ => return self.scanner.error("number is required"),
        };
        match Number::parse(&text) {
            Some(number) => Ok(Value::number(number)),
            None => self.scanner.error("a number is required"),
        }
    }

    fn string(&mut self, next: Next) -> Result<Value, SyntaxError> {
        match next {
            Next::String => Ok(Value::string(&*self.scanner.string()?)),
            Next::Number => Ok(Value::string(self.scanner.number()?)),
            Next::Bool => Ok(Value::string(if self.scanner.bool()? { "true" } else { "false" })),
            _ => self.scanner.error("string is required"),
        }
    }

    fn sequence<'y>(
        &mut self,
        next: Next,
        element: impl Fn(usize) -> Result<&'y Type, String>,
    ) -> Result<Vec<Value>, SyntaxError> {
        if next != Next::Array {
            return self.scanner.error("missing expected [");
        }
        self.scanner.open()?;
        let mut values = Vec::new();
        while self.scanner.next_element(values.is_empty())? {
            let ty = match element(values.len()) {
                Ok(ty) => ty,
                Err(message) => return self.scanner.error(message),
            };
            self.steps.push(PathStep::Index(Value::number(values.len())));
            values.push(self.value(ty)?);
            self.steps.pop();
        }
        Ok(values)
    }

    /// Elements of a dynamic type must be of one type all the same.
    fn uniform(
        &mut self,
        element: &Arc<Type>,
        values: Vec<Value>,
    ) -> Result<(Arc<Type>, Vec<Value>), SyntaxError> {
        if values.is_empty() || !element.has_dynamic() {
            return Ok((shared_without_optional(element), values));
        }
        match settle(values) {
            Some((element, values)) => Ok((element.into(), values)),
            None => self.scanner.error("all elements must have the same type"),
        }
    }

    fn map(&mut self, next: Next, element: &Arc<Type>) -> Result<Value, SyntaxError> {
        self.expect_object(next)?;
        let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut first = true;
        while let Some(key) = self.scanner.next_key(first)? {
            first = false;
            let key = Value::string(&*key);
            let name = key.as_text().cloned().unwrap_or_default();
            self.steps.push(PathStep::Index(key));
            let value = self.value(element)?;
            self.steps.pop();
            entries.insert(name, value);
        }
        let (keys, values): (Vec<Arc<str>>, Vec<Value>) = entries.into_iter().unzip();
        let (element, values) = self.uniform(element, values)?;
        Ok(Value::map(element, keys.into_iter().zip(values)))
    }

    fn expect_object(&mut self, next: Next) -> Result<(), SyntaxError> {
        if next == Next::Object { self.scanner.open() } else { self.scanner.error("missing expected {") }
    }

    fn tuple(&mut self, next: Next, types: &[Type]) -> Result<Value, SyntaxError> {
        let too_many = format!("too many tuple elements (need {})", types.len());
        let values = self.sequence(next, |index| types.get(index).ok_or_else(|| too_many.clone()))?;
        if values.len() < types.len() {
            return self.scanner.error(format!("not enough tuple elements (need {})", types.len()));
        }
        Ok(Value::tuple(values))
    }

    fn object(&mut self, next: Next, object: &Arc<ObjectType>) -> Result<Value, SyntaxError> {
        self.expect_object(next)?;
        let mut values: Vec<Option<Value>> = vec![None; object.attributes().len()];
        let mut first = true;
        while let Some(key) = self.scanner.next_key(first)? {
            first = false;
            let Some(at) = object.position(&key) else {
                return self.scanner.error(format!("unsupported attribute {key:?}"));
            };
            let (name, ty) = &object.attributes()[at];
            self.steps.push(PathStep::Attribute(name.clone()));
            values[at] = Some(self.value(ty)?);
            self.steps.pop();
        }
        let absent = object.attributes().iter().map(|(_, ty)| ty);
        let values = values
            .into_iter()
            .zip(absent)
            .map(|(value, ty)| value.unwrap_or_else(|| Value::null(ty.without_optional())));
        Ok(Value::object_of(object.clone(), values))
    }

    /// `{"value": …, "type": …}`, in any order.
    fn dynamic(&mut self, next: Next) -> Result<Value, SyntaxError> {
        self.expect_object(next)?;
        let mut ty = None;
        let mut value_at = None;
        let mut first = true;
        while let Some(key) = self.scanner.next_key(first)? {
            first = false;
            match &*key {
                "type" => ty = Some(scan_type(&mut self.scanner)?),
                "value" => {
                    value_at = Some(self.scanner.offset());
                    self.scanner.skip()?;
                }
                _ => return self.scanner.error(format!("invalid key {key:?} in dynamically-typed value")),
            }
        }
        let Some(ty) = ty else { return self.scanner.error("missing type in dynamically-typed value") };
        let Some(value_at) = value_at else {
            return self.scanner.error("missing value in dynamically-typed value");
        };
        let after = std::mem::replace(&mut self.scanner, Scanner::new(""));
        self.scanner = after.within(value_at);
        let value = self.value(&ty)?;
        self.scanner = after;
        Ok(value)
    }

    fn implied(&mut self) -> Result<Value, SyntaxError> {
        match self.scanner.peek()? {
            Next::Null => self.scanner.null().map(|()| Value::null(Type::Dynamic)),
            Next::Bool => self.scanner.bool().map(Value::bool),
            Next::Number => self.number(Next::Number),
            Next::String => Ok(Value::string(&*self.scanner.string()?)),
            Next::Array => {
                self.scanner.open()?;
                let mut values = Vec::new();
                while self.scanner.next_element(values.is_empty())? {
                    self.steps.push(PathStep::Index(Value::number(values.len())));
                    values.push(self.implied()?);
                    self.steps.pop();
                }
                Ok(Value::tuple(values))
            }
            Next::Object => self.implied_object(),
        }
    }

    fn implied_object(&mut self) -> Result<Value, SyntaxError> {
        self.scanner.open()?;
        let mut attributes: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut first = true;
        while let Some(key) = self.scanner.next_key(first)? {
            first = false;
            let name = Value::string(&*key).as_text().cloned().unwrap_or_default();
            self.steps.push(PathStep::Attribute(name.clone()));
            let value = self.implied()?;
            self.steps.pop();
            // Of properties that repeat the last one counts.
            attributes.insert(name, value);
        }
        Ok(Value::object(attributes))
    }
}
