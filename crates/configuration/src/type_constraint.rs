//! Type constraints: `list(object({ name = string, size = optional(number, 1) }))`.

use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::Span;
use plumb_syntax::ast::{Call, Expr, ExprKind, ObjectKey};
use plumb_value::{ObjectType, Type, Value, convert};

use crate::defaults::TypeDefaults;
use crate::reader::{constant, literal_text};

const SUMMARY: &str = "Invalid type specification";
const NAMES: [&str; 10] =
    ["any", "bool", "number", "string", "list", "set", "map", "object", "tuple", "optional"];

/// The type that an expression names, with the defaults of its optional attributes. Where it names
/// none the result takes any value.
pub(crate) fn parse_type(expression: &Expr) -> (Type, TypeDefaults, Diagnostics) {
    let mut parser = Parser { diagnostics: Diagnostics::new() };
    let (ty, defaults) = match &expression.kind {
        // The two forms without an element type are older than the rest of the language.
        ExprKind::Variable(name) if &*name.text == "list" => {
            (Type::list(Type::Dynamic), TypeDefaults::default())
        }
        ExprKind::Variable(name) if &*name.text == "map" => {
            (Type::map(Type::Dynamic), TypeDefaults::default())
        }
        ExprKind::Template(_) if literal_text(expression).is_some() => {
            parser.quoted(expression);
            (Type::Dynamic, TypeDefaults::default())
        }
        _ => parser.parse(expression),
    };
    (ty, defaults, parser.diagnostics)
}

struct Parser {
    diagnostics: Diagnostics,
}

impl Parser {
    fn fail(&mut self, summary: &str, detail: impl Into<String>, span: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
    }

    /// Before 0.12 there were three types, and they stood in quotes.
    fn quoted(&mut self, expression: &Expr) {
        let text = literal_text(expression).unwrap_or_default();
        let instead = match &*text {
            "string" => "string",
            "list" => "list(string)",
            "map" => "map(string)",
            _ => {
                self.fail(
                    "Invalid legacy variable type hint",
                    format!(
                        "Type constraints are no longer written in quotes, and \"{text}\" was none before either. Write \
                         the type without quotes, such as string, number, list(string) or map(string)."
                    ),
                    expression.span,
                );
                return;
            }
        };
        self.fail(
            "Invalid quoted type constraints",
            format!(
                "Type constraints are no longer written in quotes. Write type = {instead} instead, or another element \
                 type where the elements are not strings."
            ),
            expression.span,
        );
    }

    fn parse(&mut self, expression: &Expr) -> (Type, TypeDefaults) {
        match &expression.kind {
            ExprKind::Variable(name) => (self.keyword(&name.text, expression.span), TypeDefaults::default()),
            ExprKind::Call(call) => self.constructor(call, expression.span),
            ExprKind::Parentheses(inner) => self.parse(inner),
            ExprKind::Invalid => (Type::Dynamic, TypeDefaults::default()),
            _ => {
                self.fail(
                    SUMMARY,
                    "A type specification is either a primitive type keyword (bool, number, string), any, or a \
                     complex type constructor call, like list(string).",
                    expression.span,
                );
                (Type::Dynamic, TypeDefaults::default())
            }
        }
    }

    fn keyword(&mut self, name: &str, span: Span) -> Type {
        match name {
            "bool" => Type::Bool,
            "number" => Type::Number,
            "string" => Type::String,
            "any" => Type::Dynamic,
            "list" | "set" | "map" => {
                self.fail(
                    SUMMARY,
                    format!("The {name} type constructor requires one argument specifying the element type, such as {name}(string)."),
                    span,
                );
                Type::Dynamic
            }
            "object" => {
                self.fail(
                    SUMMARY,
                    "The object type constructor requires one argument specifying the attribute types and values as a map.",
                    span,
                );
                Type::Dynamic
            }
            "tuple" => {
                self.fail(SUMMARY, "The tuple type constructor requires one argument specifying the element types as a list.", span);
                Type::Dynamic
            }
            _ => {
                self.fail(
                    SUMMARY,
                    format!(
                        "The keyword \"{name}\" is not a valid type specification.{}",
                        did_you_mean(name, NAMES)
                    ),
                    span,
                );
                Type::Dynamic
            }
        }
    }

    fn constructor(&mut self, call: &Call, span: Span) -> (Type, TypeDefaults) {
        let name = call.full_name();
        let [argument] = &call.arguments[..] else {
            self.fail(SUMMARY, format!("The {name} type constructor requires exactly one argument."), span);
            return (Type::Dynamic, TypeDefaults::default());
        };
        match &*name {
            "list" | "set" | "map" => {
                let (element, defaults) = self.parse(argument);
                let ty = match &*name {
                    "list" => Type::list(element),
                    "set" => Type::set(element),
                    _ => Type::map(element),
                };
                let element = (!defaults.is_empty()).then(|| Box::new(defaults));
                (ty, TypeDefaults { element, ..TypeDefaults::default() })
            }
            "object" => self.object(argument),
            "tuple" => self.tuple(argument),
            "optional" => {
                self.fail(
                    SUMMARY,
                    "Keyword \"optional\" is valid only as a modifier for object type attributes.",
                    call.name_span,
                );
                (Type::Dynamic, TypeDefaults::default())
            }
            "bool" | "number" | "string" | "any" => {
                self.fail(
                    SUMMARY,
                    format!("Primitive type keyword \"{name}\" does not expect arguments."),
                    span,
                );
                (Type::Dynamic, TypeDefaults::default())
            }
            _ => {
                self.fail(
                    SUMMARY,
                    format!(
                        "Keyword \"{name}\" is not a valid type constructor.{}",
                        did_you_mean(&name, NAMES)
                    ),
                    call.name_span,
                );
                (Type::Dynamic, TypeDefaults::default())
            }
        }
    }

    fn tuple(&mut self, argument: &Expr) -> (Type, TypeDefaults) {
        let ExprKind::Tuple(elements) = &argument.kind else {
            self.fail(SUMMARY, "Tuple type constructor requires a list of element types.", argument.span);
            return (Type::Dynamic, TypeDefaults::default());
        };
        let mut types = Vec::with_capacity(elements.len());
        let mut all = TypeDefaults::default();
        for (at, element) in elements.iter().enumerate() {
            let (ty, defaults) = self.parse(element);
            types.push(ty);
            if !defaults.is_empty() {
                all.positions.insert(at, defaults);
            }
        }
        (Type::tuple(types), all)
    }

    fn object(&mut self, argument: &Expr) -> (Type, TypeDefaults) {
        let ExprKind::Object(items) = &argument.kind else {
            self.fail(
                SUMMARY,
                "Object type constructor requires a map whose keys are attribute names and whose values are the \
                 corresponding attribute types.",
                argument.span,
            );
            return (Type::Dynamic, TypeDefaults::default());
        };
        let mut attributes: Vec<(Arc<str>, Type)> = Vec::with_capacity(items.len());
        let mut optional = Vec::new();
        let mut all = TypeDefaults::default();
        for item in items {
            let Some(name) = attribute_name(&item.key) else {
                self.fail(
                    SUMMARY,
                    "Object constructor map keys must be attribute names, without quotes.",
                    item.value.span,
                );
                continue;
            };
            let (ty, default, defaults) = self.attribute(&item.value);
            if let Some(default) = default {
                optional.push(name.clone());
                if let Some(value) = default {
                    all.attributes.insert(name.clone(), value);
                }
            }
            if !defaults.is_empty() {
                all.children.insert(name.clone(), defaults);
            }
            attributes.push((name, ty));
        }
        (Type::Object(Arc::new(ObjectType::with_optional(attributes, optional))), all)
    }

    /// Type, whether it is optional and with what default, and the defaults inside.
    fn attribute(&mut self, expression: &Expr) -> (Type, Option<Option<Value>>, TypeDefaults) {
        let ExprKind::Call(call) = &expression.kind else {
            let (ty, defaults) = self.parse(expression);
            return (ty, None, defaults);
        };
        if call.full_name() != "optional" {
            let (ty, defaults) = self.parse(expression);
            return (ty, None, defaults);
        }
        let (Some(of), true) = (call.arguments.first(), call.arguments.len() <= 2) else {
            self.fail(
                SUMMARY,
                "Optional attribute modifier requires the attribute type as its argument, and perhaps a default value.",
                expression.span,
            );
            return (Type::Dynamic, Some(None), TypeDefaults::default());
        };
        let (ty, defaults) = self.parse(of);
        let Some(given) = call.arguments.get(1) else { return (ty, Some(None), defaults) };
        let (value, diagnostics) = constant(given);
        self.diagnostics.append(diagnostics);
        let Some(value) = value else { return (ty, Some(None), defaults) };
        match convert(&defaults.apply(&value), &ty) {
            Ok(value) => (ty, Some(Some(value)), defaults),
            Err(error) => {
                self.fail(
                    "Invalid default value for optional attribute",
                    format!(
                        "This default value is not compatible with the attribute's type constraint: {}.",
                        error.message
                    ),
                    given.span,
                );
                (ty, Some(None), defaults)
            }
        }
    }
}

fn attribute_name(key: &ObjectKey) -> Option<Arc<str>> {
    match key {
        ObjectKey::Name(name) => Some(name.text.clone()),
        ObjectKey::Expr(_) => None,
    }
}
