//! Types as JSON: `"string"`, `["list","string"]`, `["object",{"a":"bool"},["a"]]`.

use std::sync::Arc;

use super::scanner::{Next, Scanner, SyntaxError};
use super::{JsonError, write_string};
use crate::{ObjectType, Path, Type};

/// The type as JSON text.
pub fn encode_type(ty: &Type) -> Vec<u8> {
    let mut text = Vec::new();
    write_type(ty, &mut text);
    text
}

/// Writes the type as JSON text.
pub fn write_type(ty: &Type, text: &mut Vec<u8>) {
    match ty {
        Type::Dynamic => text.extend(b"\"dynamic\""),
        Type::Bool => text.extend(b"\"bool\""),
        Type::Number => text.extend(b"\"number\""),
        Type::String => text.extend(b"\"string\""),
        Type::List(element) => write_collection("list", element, text),
        Type::Set(element) => write_collection("set", element, text),
        Type::Map(element) => write_collection("map", element, text),
        Type::Tuple(elements) => {
            text.extend(b"[\"tuple\",[");
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                write_type(element, text);
            }
            text.extend(b"]]");
        }
        Type::Object(object) => write_object(object, text),
    }
}

fn write_collection(kind: &str, element: &Type, text: &mut Vec<u8>) {
    text.extend(b"[\"");
    text.extend(kind.as_bytes());
    text.extend(b"\",");
    write_type(element, text);
    text.push(b']');
}

fn write_object(object: &ObjectType, text: &mut Vec<u8>) {
    text.extend(b"[\"object\",{");
    for (index, (name, ty)) in object.attributes().iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        write_string(name, text);
        text.push(b':');
        write_type(ty, text);
    }
    text.push(b'}');
    for (index, name) in object.optional().iter().enumerate() {
        text.extend(if index == 0 { b",[" } else { &b","[..] });
        write_string(name, text);
    }
    if !object.optional().is_empty() {
        text.push(b']');
    }
    text.push(b']');
}

/// Reads a type from JSON text.
pub fn decode_type(text: &str) -> Result<Type, JsonError> {
    let mut scanner = Scanner::new(text);
    scan_type(&mut scanner).and_then(|ty| scanner.finish().map(|()| ty)).map_err(|error| JsonError {
        path: Path::root(),
        offset: Some(error.offset),
        message: error.message,
    })
}

pub(super) fn scan_type(scanner: &mut Scanner<'_>) -> Result<Type, SyntaxError> {
    match scanner.peek()? {
        Next::String => match &*scanner.string()? {
            "string" => Ok(Type::String),
            "number" => Ok(Type::Number),
            "bool" => Ok(Type::Bool),
            "dynamic" => Ok(Type::Dynamic),
            other => scanner.error(format!("invalid primitive type name {other:?}")),
        },
        Next::Array => {
            scanner.open()?;
            expect_element(scanner, true)?;
            let ty = scan_complex(scanner)?;
            if scanner.next_element(false)? {
                return scanner.error("invalid complex type description: it has too many elements");
            }
            Ok(ty)
        }
        _ => scanner.error("invalid complex type description"),
    }
}

fn expect_element(scanner: &mut Scanner<'_>, first: bool) -> Result<(), SyntaxError> {
    if scanner.next_element(first)? {
        Ok(())
    } else {
        scanner.error("invalid complex type description: an element is missing")
    }
}

fn scan_complex(scanner: &mut Scanner<'_>) -> Result<Type, SyntaxError> {
    if scanner.peek()? != Next::String {
        return scanner.error("invalid complex type kind name");
    }
    let kind = scanner.string()?;
    expect_element(scanner, false)?;
    match &*kind {
        "list" => Ok(Type::list(scan_type(scanner)?)),
        "set" => Ok(Type::set(scan_type(scanner)?)),
        "map" => Ok(Type::map(scan_type(scanner)?)),
        "tuple" => {
            let mut elements = Vec::new();
            scan_array(scanner, |scanner| {
                elements.push(scan_type(scanner)?);
                Ok(())
            })?;
            Ok(Type::tuple(elements))
        }
        "object" => scan_object(scanner),
        other => scanner.error(format!("invalid complex type kind name {other:?}")),
    }
}

fn scan_array<'t>(
    scanner: &mut Scanner<'t>,
    mut element: impl FnMut(&mut Scanner<'t>) -> Result<(), SyntaxError>,
) -> Result<(), SyntaxError> {
    if scanner.peek()? != Next::Array {
        return scanner.error("invalid complex type description: an array is required");
    }
    scanner.open()?;
    let mut first = true;
    while scanner.next_element(first)? {
        first = false;
        element(scanner)?;
    }
    Ok(())
}

fn scan_object(scanner: &mut Scanner<'_>) -> Result<Type, SyntaxError> {
    if scanner.peek()? != Next::Object {
        return scanner.error("invalid complex type description: an object is required");
    }
    scanner.open()?;
    let mut attributes: Vec<(Arc<str>, Type)> = Vec::new();
    while let Some(name) = scanner.next_key(attributes.is_empty())? {
        attributes.push((Arc::from(&*name), scan_type(scanner)?));
    }
    // A third element names what is optional; the caller sees the end of the array if it is missing.
    let mut optional: Vec<Arc<str>> = Vec::new();
    if scanner.peek_comma() {
        expect_element(scanner, false)?;
        scan_array(scanner, |scanner| {
            if scanner.peek()? != Next::String {
                return scanner.error("invalid complex type description: an attribute name is required");
            }
            optional.push(Arc::from(&*scanner.string()?));
            Ok(())
        })?;
    }
    let object = ObjectType::with_optional(attributes, optional);
    if let Some(name) = object.optional().iter().find(|name| object.position(name).is_none()) {
        return scanner.error(format!("optional attribute {name:?} is not an attribute"));
    }
    Ok(Type::Object(Arc::new(object)))
}
