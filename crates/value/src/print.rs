//! Types and values as compact text in the manner of the language, for messages and debugging.
//!
//! Sensitive values are never printed.

use std::fmt::{self, Write};

use crate::{Kind, Type, Value};

/// The type as a constraint is written: `list(string)`, `object({a=number,b=optional(bool)})`.
impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => formatter.write_str("any"),
            Type::Bool => formatter.write_str("bool"),
            Type::Number => formatter.write_str("number"),
            Type::String => formatter.write_str("string"),
            Type::List(element) => write!(formatter, "list({element})"),
            Type::Set(element) => write!(formatter, "set({element})"),
            Type::Map(element) => write!(formatter, "map({element})"),
            Type::Tuple(elements) => {
                formatter.write_str("tuple([")?;
                for (index, element) in elements.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(formatter, "{comma}{element}")?;
                }
                formatter.write_str("])")
            }
            Type::Object(object) => {
                formatter.write_str("object({")?;
                for (index, (name, ty)) in object.attributes().iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    if object.is_optional(name) {
                        write!(formatter, "{comma}{name}=optional({ty})")?;
                    } else {
                        write!(formatter, "{comma}{name}={ty}")?;
                    }
                }
                formatter.write_str("})")
            }
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Debug for crate::ObjectType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.attributes().iter().map(|(name, ty)| (name, ty))).finish()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.marks().is_sensitive() {
            return formatter.write_str("(sensitive)");
        }
        match self.kind() {
            Kind::Null(Type::Dynamic) => formatter.write_str("null"),
            Kind::Null(ty) => write!(formatter, "null({ty})"),
            Kind::Unknown(ty, None) => write!(formatter, "unknown({ty})"),
            Kind::Unknown(ty, Some(limits)) => write!(formatter, "unknown({ty}; {limits})"),
            Kind::Bool(value) => write!(formatter, "{value}"),
            Kind::Number(value) => write!(formatter, "{value}"),
            Kind::String(text) => write!(formatter, "{text:?}"),
            Kind::List(_, values) => write_all(formatter, "[", values, "]"),
            Kind::Tuple(_, values) => write_all(formatter, "[", values, "]"),
            Kind::Set(_, values) => write_all(formatter, "set[", values, "]"),
            Kind::Map(..) | Kind::Object(..) => {
                formatter.write_char('{')?;
                for (index, (name, value)) in self.entries().unwrap_or_default().into_iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(formatter, "{comma}{name:?} = {value:?}")?;
                }
                formatter.write_char('}')
            }
        }
    }
}

fn write_all(formatter: &mut fmt::Formatter<'_>, open: &str, values: &[Value], close: &str) -> fmt::Result {
    formatter.write_str(open)?;
    for (index, value) in values.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(formatter, "{comma}{value:?}")?;
    }
    formatter.write_str(close)
}
