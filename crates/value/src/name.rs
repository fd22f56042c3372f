//! What types are called in sentences, and how the `type` function of the console prints them.

use std::fmt::Write;
use std::sync::Arc;

use crate::Type;

impl Type {
    /// What a value of the type is called: `string`, `list of string`, `object`, `dynamic`.
    pub fn friendly_name(&self) -> String {
        self.name(false)
    }

    /// What the type is called where it says what is wanted: `any type` and `list of any single type`
    /// instead of `dynamic`.
    pub fn friendly_name_for_constraint(&self) -> String {
        self.name(true)
    }

    fn name(&self, constraint: bool) -> String {
        let of = |kind: &str, element: &Type| match element {
            Type::Dynamic if constraint => format!("{kind} of any single type"),
            _ => format!("{kind} of {}", element.name(constraint)),
        };
        match self {
            Type::Dynamic if constraint => "any type".to_owned(),
            Type::Dynamic => "dynamic".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Number => "number".to_owned(),
            Type::String => "string".to_owned(),
            Type::List(element) => of("list", element),
            Type::Set(element) => of("set", element),
            Type::Map(element) => of("map", element),
            Type::Tuple(_) => "tuple".to_owned(),
            Type::Object(_) => "object".to_owned(),
        }
    }

    /// The type over several lines, as the console's `type` function shows it.
    pub fn to_pretty_string(&self) -> String {
        let mut text = String::new();
        self.write_pretty(&mut text, 0);
        text
    }

    fn write_pretty(&self, text: &mut String, depth: usize) {
        const INDENT: usize = 4;
        let mut wrap = |kind: &str, element: &Type| {
            text.push_str(kind);
            text.push('(');
            element.write_pretty(text, depth);
            text.push(')');
        };
        match self {
            Type::List(element) => wrap("list", element),
            Type::Set(element) => wrap("set", element),
            Type::Map(element) => wrap("map", element),
            Type::Dynamic => text.push_str("dynamic"),
            Type::Bool | Type::Number | Type::String => text.push_str(&self.to_string()),
            Type::Tuple(elements) if elements.is_empty() => text.push_str("tuple([])"),
            Type::Object(object) if object.attributes().is_empty() => text.push_str("object({})"),
            Type::Tuple(elements) => {
                text.push_str("tuple([\n");
                for element in elements.iter() {
                    let _ = write!(text, "{:1$}", "", (depth + 1) * INDENT);
                    element.write_pretty(text, depth + 1);
                    text.push_str(",\n");
                }
                let _ = write!(text, "{:1$}])", "", depth * INDENT);
            }
            Type::Object(object) => {
                text.push_str("object({\n");
                for (name, ty) in object.attributes() {
                    let _ = write!(text, "{:1$}{name}: ", "", (depth + 1) * INDENT);
                    ty.write_pretty(text, depth + 1);
                    text.push_str(",\n");
                }
                let _ = write!(text, "{:1$}}})", "", depth * INDENT);
            }
        }
    }

    /// The same type without optional attributes anywhere: what values of it are of. Costs nothing
    /// but a look where there are none.
    #[must_use]
    pub fn without_optional(&self) -> Type {
        if !self.has_optional() {
            return self.clone();
        }
        match self {
            Type::Dynamic | Type::Bool | Type::Number | Type::String => self.clone(),
            Type::List(element) => Type::list(element.without_optional()),
            Type::Set(element) => Type::set(element.without_optional()),
            Type::Map(element) => Type::map(element.without_optional()),
            Type::Tuple(elements) => Type::tuple(elements.iter().map(Type::without_optional)),
            Type::Object(object) => Type::object(
                object.attributes().iter().map(|(name, ty)| (name.clone(), ty.without_optional())),
            ),
        }
    }

    /// Whether there are optional attributes anywhere in it.
    pub fn has_optional(&self) -> bool {
        match self {
            Type::Dynamic | Type::Bool | Type::Number | Type::String => false,
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.has_optional(),
            Type::Tuple(elements) => elements.iter().any(Type::has_optional),
            Type::Object(object) => {
                !object.optional().is_empty() || object.attributes().iter().any(|(_, ty)| ty.has_optional())
            }
        }
    }

    /// Whether every value of this type is also one of the constraint: equal to it but for places
    /// where the constraint takes any type.
    pub fn conforms_to(&self, constraint: &Type) -> bool {
        match (self, constraint) {
            (_, Type::Dynamic) => true,
            (Type::List(one), Type::List(two))
            | (Type::Set(one), Type::Set(two))
            | (Type::Map(one), Type::Map(two)) => one.conforms_to(two),
            (Type::Tuple(one), Type::Tuple(two)) => {
                one.len() == two.len() && one.iter().zip(two.iter()).all(|(one, two)| one.conforms_to(two))
            }
            (Type::Object(one), Type::Object(two)) => {
                std::sync::Arc::ptr_eq(one, two)
                    || (one.attributes().len() == two.attributes().len()
                        && one.attributes().iter().zip(two.attributes()).all(
                            |((name, ty), (other_name, other))| name == other_name && ty.conforms_to(other),
                        ))
            }
            _ => self == constraint,
        }
    }
}

/// The same as [`Type::without_optional`] of an element, sharing it where that changes nothing.
pub(crate) fn shared_without_optional(element: &Arc<Type>) -> Arc<Type> {
    if element.has_optional() { element.without_optional().into() } else { element.clone() }
}
