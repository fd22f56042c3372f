//! Values in the notation that reports about faulty providers are known by: `cty.StringVal("a")`.
//!
//! Responsible for text that developers of providers recognise and can search for; nothing else is
//! ever written this way. Sensitive values are not shown.

use std::fmt::{self, Display, Write};

use plumb_value::{Kind, Refinement, Type, Value};

/// A value in that notation.
pub(crate) struct Notation<'a>(pub(crate) &'a Value);

/// A type in that notation.
struct TypeNotation<'a>(&'a Type);

/// A text in double quotes, escaped.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' => out.write_str("\\\"")?,
                '\\' => out.write_str("\\\\")?,
                '\n' => out.write_str("\\n")?,
                '\r' => out.write_str("\\r")?,
                '\t' => out.write_str("\\t")?,
                control if control.is_control() => write!(out, "\\x{:02x}", u32::from(control))?,
                other => out.write_char(other)?,
            }
        }
        out.write_char('"')
    }
}

impl Display for Notation<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        if value.deep_marks().is_sensitive() {
            return out.write_str("(sensitive value)");
        }
        match value.kind() {
            Kind::Unknown(Type::Dynamic, _) => out.write_str("cty.DynamicVal"),
            Kind::Unknown(ty, limits) => {
                write!(out, "cty.UnknownVal({})", TypeNotation(ty))?;
                limits.as_deref().map_or(Ok(()), |limits| write_limits(out, limits))
            }
            Kind::Null(ty) => write!(out, "cty.NullVal({})", TypeNotation(ty)),
            Kind::Bool(true) => out.write_str("cty.True"),
            Kind::Bool(false) => out.write_str("cty.False"),
            Kind::Number(number) if number.is_integer() => write!(out, "cty.NumberIntVal({number})"),
            Kind::Number(number) => write!(out, "cty.NumberFloatVal({number})"),
            Kind::String(text) => write!(out, "cty.StringVal({})", Quoted(text)),
            Kind::List(element, values) => write_collection(out, "List", element, values),
            Kind::Set(element, values) => write_collection(out, "Set", element, values),
            Kind::Map(element, entries) if entries.is_empty() => {
                write!(out, "cty.MapValEmpty({})", TypeNotation(element))
            }
            Kind::Map(..) => write_entries(out, "Map", value),
            Kind::Tuple(_, values) if values.is_empty() => out.write_str("cty.EmptyTupleVal"),
            Kind::Tuple(_, values) => {
                out.write_str("cty.TupleVal([]cty.Value")?;
                write_list(out, values.iter().map(Notation))?;
                out.write_char(')')
            }
            Kind::Object(_, values) if values.is_empty() => out.write_str("cty.EmptyObjectVal"),
            Kind::Object(..) => write_entries(out, "Object", value),
        }
    }
}

fn write_collection(
    out: &mut fmt::Formatter<'_>,
    kind: &str,
    element: &Type,
    values: &[Value],
) -> fmt::Result {
    if values.is_empty() {
        return write!(out, "cty.{kind}ValEmpty({})", TypeNotation(element));
    }
    write!(out, "cty.{kind}Val([]cty.Value")?;
    write_list(out, values.iter().map(Notation))?;
    out.write_char(')')
}

fn write_entries(out: &mut fmt::Formatter<'_>, kind: &str, value: &Value) -> fmt::Result {
    write!(out, "cty.{kind}Val(map[string]cty.Value")?;
    let entries = value.entries().unwrap_or_default();
    write_list(out, entries.into_iter().map(|(name, value)| Entry(name, Notation(value))))?;
    out.write_char(')')
}

fn write_list(out: &mut fmt::Formatter<'_>, items: impl Iterator<Item = impl Display>) -> fmt::Result {
    out.write_char('{')?;
    for (index, item) in items.enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(out, "{comma}{item}")?;
    }
    out.write_char('}')
}

struct Entry<'a, T>(&'a str, T);

impl<T: Display> Display for Entry<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", Quoted(self.0), self.1)
    }
}

fn write_limits(out: &mut fmt::Formatter<'_>, limits: &Refinement) -> fmt::Result {
    if *limits == Refinement::not_null() {
        return out.write_str(".RefineNotNull()");
    }
    out.write_str(".Refine()")?;
    if limits.not_null {
        out.write_str(".NotNull()")?;
    }
    if let Some(prefix) = &limits.string_prefix {
        write!(out, ".StringPrefixFull({})", Quoted(prefix))?;
    }
    for (bound, name) in [(&limits.number_min, "Lower"), (&limits.number_max, "Upper")] {
        if let Some((number, inclusive)) = bound {
            let number = Value::number(number.clone());
            write!(out, ".Number{name}Bound({}, {inclusive})", Notation(&number))?;
        }
    }
    for (bound, name) in [(limits.length_min, "Lower"), (limits.length_max, "Upper")] {
        if let Some(length) = bound {
            write!(out, ".CollectionLength{name}Bound({length})")?;
        }
    }
    out.write_str(".NewValue()")
}

impl Display for TypeNotation<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Type::Dynamic => out.write_str("cty.DynamicPseudoType"),
            Type::Bool => out.write_str("cty.Bool"),
            Type::Number => out.write_str("cty.Number"),
            Type::String => out.write_str("cty.String"),
            Type::List(element) => write!(out, "cty.List({})", TypeNotation(element)),
            Type::Set(element) => write!(out, "cty.Set({})", TypeNotation(element)),
            Type::Map(element) => write!(out, "cty.Map({})", TypeNotation(element)),
            Type::Tuple(types) if types.is_empty() => out.write_str("cty.EmptyTuple"),
            Type::Tuple(types) => {
                out.write_str("cty.Tuple([]cty.Type")?;
                write_list(out, types.iter().map(TypeNotation))?;
                out.write_char(')')
            }
            Type::Object(object) if object.attributes().is_empty() => out.write_str("cty.EmptyObject"),
            Type::Object(object) => {
                out.write_str("cty.Object(map[string]cty.Type")?;
                write_list(out, object.attributes().iter().map(|(name, ty)| Entry(name, TypeNotation(ty))))?;
                out.write_char(')')
            }
        }
    }
}
