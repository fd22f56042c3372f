//! The language's `.name` and `[key]`, as operations on values.

use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_value::{Kind, Type, Value, convert};

/// `value.name`.
///
/// # Errors
/// An error diagnostic without a place, as Terraform words its summary.
pub fn attribute(value: &Value, name: &str) -> Result<Value, Diagnostic> {
    let unsupported = |detail: String| Err(Diagnostic::error("Unsupported attribute", detail));
    if value.is_null() {
        return Err(Diagnostic::error(
            "Attempt to get attribute from null value",
            "This value is null, so it does not have any attributes.",
        ));
    }
    // The type of a large tuple is not made only to look at it.
    let ty = match value.kind() {
        Kind::Object(..) => {
            return match value.attribute(name) {
                Some(part) => Ok(part),
                None => unsupported(no_attribute(&value.ty(), name)),
            };
        }
        Kind::Map(_, entries) => {
            return match value.part(name) {
                Some(part) => Ok(part.clone().with_marks(value.marks())),
                None => Err(Diagnostic::error(
                    "Missing map element",
                    format!(
                        "This map does not have an element with the key \"{name}\".{}",
                        did_you_mean(name, entries.iter().map(|(key, _)| &**key))
                    ),
                )),
            };
        }
        _ => value.ty(),
    };
    match &ty {
        Type::Dynamic => Ok(Value::dynamic().with_marks(value.marks())),
        Type::Object(object) => match object.attribute(name) {
            Some(ty) => Ok(Value::unknown(ty.clone()).with_marks(value.marks())),
            None => unsupported(no_attribute(&ty, name)),
        },
        Type::Map(element) => Ok(Value::unknown((**element).clone()).with_marks(value.marks())),
        Type::List(element) if matches!(**element, Type::Object(_)) => unsupported(format!(
            "Can't access attributes on a list of objects. To get \"{name}\" of one element, name its index before: \
             [0].{name}; to get it of all elements, write [*].{name}."
        )),
        Type::Set(element) if matches!(**element, Type::Object(_)) => unsupported(format!(
            "Can't access attributes on a set of objects. To get \"{name}\" of all elements, write [*].{name} or use a \
             for expression."
        )),
        Type::Bool | Type::Number | Type::String => unsupported(format!(
            "Can't access attributes on a primitive-typed value ({}).",
            ty.friendly_name()
        )),
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => {
            unsupported(format!("This value does not have any attributes: it is a {}.", ty.friendly_name()))
        }
    }
}

fn no_attribute(ty: &Type, name: &str) -> String {
    let Type::Object(object) = ty else { return String::new() };
    format!(
        "This object does not have an attribute named \"{name}\".{}",
        did_you_mean(name, object.attributes().iter().map(|(name, _)| &**name))
    )
}

/// `value[key]`.
///
/// # Errors
/// An error diagnostic without a place, as Terraform words its summary.
pub fn index(value: &Value, key: &Value) -> Result<Value, Diagnostic> {
    if value.is_null() {
        return Err(Diagnostic::error(
            "Attempt to index null value",
            "This value is null, so it does not have any indices.",
        ));
    }
    if key.is_null() {
        return Err(invalid("Can't use a null value as an indexing key.".to_owned()));
    }
    let is_dynamic = |value: &Value| matches!(value.kind(), Kind::Unknown(Type::Dynamic, _));
    if is_dynamic(value) || is_dynamic(key) {
        return Ok(Value::dynamic().with_marks(value.marks() | key.marks()));
    }
    match value.kind() {
        Kind::List(..) | Kind::Tuple(..) | Kind::Unknown(Type::List(_) | Type::Tuple(_), _) => {
            at_position(value, key)
        }
        Kind::Map(..) | Kind::Unknown(Type::Map(_), _) => at_key(value, key),
        Kind::Object(..) => at_name(value, key),
        // Only the value tells, as with the peer.
        Kind::Unknown(Type::Object(_), _) => Ok(Value::dynamic().with_marks(value.marks() | key.marks())),
        Kind::Set(..) | Kind::Unknown(Type::Set(_), _) => Err(invalid(
            "The elements of a set have no indices and no order. Go over all of them with a for expression, or make a \
             list of it with tolist() if any order will do."
                .to_owned(),
        )),
        _ => Err(invalid("This value does not have any indices.".to_owned())),
    }
}

fn invalid(detail: String) -> Diagnostic {
    Diagnostic::error("Invalid index", detail)
}

fn missing(why: &str) -> Diagnostic {
    invalid(format!("The given key does not identify an element in this collection value{why}"))
}

fn converted_key(key: &Value, to: &Type) -> Result<Value, Diagnostic> {
    convert(key, to).map_err(|error| missing(&format!(": {error}.")))
}

fn at_position(value: &Value, key: &Value) -> Result<Value, Diagnostic> {
    let key = converted_key(key, &Type::Number)?;
    let marks = value.marks() | key.marks();
    let count = match value.kind() {
        Kind::Unknown(Type::Tuple(types), _) => Some(types.len()),
        _ => value.len(),
    };
    let Some(number) = key.as_number() else {
        let part = match value.kind() {
            Kind::List(element, _) => Value::unknown((**element).clone()),
            Kind::Unknown(Type::List(element), _) => Value::unknown((**element).clone()),
            _ => Value::dynamic(),
        };
        return Ok(part.with_marks(marks));
    };
    if let Kind::Unknown(Type::List(element), _) = value.kind() {
        // Of a list that is not known the peers leave even negative indices for later, when it may not be reached.
        return Ok(Value::unknown((**element).clone()).with_marks(marks));
    }
    if !number.is_integer() {
        return Err(missing(
            ": indexing a sequence requires a whole number, but the given index has a fractional part.",
        ));
    }
    if number.is_negative() {
        return Err(missing(": a negative number is not a valid index for a sequence."));
    }
    let part = match (value.kind(), number.to_usize()) {
        (Kind::List(_, parts) | Kind::Tuple(_, parts), Some(at)) => parts.get(at).cloned(),
        (Kind::Unknown(Type::Tuple(types), _), Some(at)) => types.get(at).cloned().map(Value::unknown),
        _ => None,
    };
    part.map(|part| part.with_marks(marks)).ok_or_else(|| match count {
        // How long a sensitive sequence is, is not told.
        _ if value.marks().is_sensitive() => missing("."),
        Some(0) => missing(": the collection has no elements."),
        _ => missing(": the given index is greater than or equal to the length of the collection."),
    })
}

fn at_key(value: &Value, key: &Value) -> Result<Value, Diagnostic> {
    let key = converted_key(key, &Type::String)?;
    let part = match (value.kind(), key.as_str()) {
        (Kind::Map(_, _), Some(name)) => value.part(name).cloned().ok_or_else(|| missing("."))?,
        (Kind::Map(element, _), None) => Value::unknown((**element).clone()),
        (Kind::Unknown(Type::Map(element), _), _) => Value::unknown((**element).clone()),
        _ => Value::dynamic(),
    };
    Ok(part.with_marks(value.marks() | key.marks()))
}

fn at_name(value: &Value, key: &Value) -> Result<Value, Diagnostic> {
    let was_number = key.is_of_type(&Type::Number);
    let key = converted_key(key, &Type::String)?;
    let Some(name) = key.as_str() else {
        return Ok(Value::dynamic().with_marks(value.marks() | key.marks()));
    };
    match value.attribute(name) {
        // Which attribute it was is no secret, as with the peers: a sensitive name marks nothing.
        Some(part) => Ok(part.with_marks(value.marks())),
        None if was_number => {
            Err(missing(". An object only supports looking up attributes by name, not by numeric index."))
        }
        None => Err(missing(".")),
    }
}
