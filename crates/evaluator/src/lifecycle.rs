//! What `ignore_changes` and references name, against the schema of the resource.
//!
//! Responsible for refusing names that the schema does not have, so that a slip of the pen neither
//! quietly leaves a change unignored nor hides in a branch that is not taken. It evaluates nothing.

use plumb_configuration::{IgnoreChanges, ResourceBlock, Taken};
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_schema::{Attribute, Block, NestedBlock, Nesting, Schema};
use plumb_value::{Path, PathStep, Type};

/// Checks a resource's `ignore_changes`.
pub fn check_ignored(block: &ResourceBlock, schema: &Schema) -> Diagnostics {
    let IgnoreChanges::Paths(paths) = &block.lifecycle.ignore_changes else { return Diagnostics::new() };
    let mut diagnostics = Diagnostics::new();
    for (path, span) in paths {
        if let Some((summary, detail)) = in_block(&schema.block, &path.0) {
            diagnostics.push(Diagnostic::error(summary, detail).at(*span));
        } else if schema.block.attribute_at(path).is_some_and(|found| found.computed && !found.optional) {
            diagnostics.push(redundant(path).at(block.header).note(*span, "it is named here"));
        }
    }
    diagnostics
}

/// Checks what an expression takes of an object, whether it is evaluated or not.
pub fn check_taken(taken: &Taken<'_>, schema: &Schema) -> Option<Diagnostic> {
    let (summary, detail) = in_block(&schema.block, &taken.path.0)?;
    Some(Diagnostic::error(summary, detail).at(taken.span))
}

/// What is wrong with a path: headline and explanation.
type Mistake = Option<(&'static str, String)>;

const UNSUPPORTED: &str = "Unsupported attribute";
const NOT_AN_INDEX: &str = "Invalid index operation";

fn redundant(path: &Path) -> Diagnostic {
    let path = path.to_string();
    let path = path.trim_start_matches('.');
    Diagnostic::warning(
        "Redundant ignore_changes element",
        format!(
            "Naming an argument in ignore_changes keeps the value that was configured when the object was created. The \
             attribute {path} is decided by the provider alone, so there is no configured value to keep, and naming it \
             has no effect. Remove it from ignore_changes."
        ),
    )
}

fn in_block(block: &Block, path: &[PathStep]) -> Mistake {
    let name = match path {
        [] => return None,
        [PathStep::Index(_), ..] => return Some((NOT_AN_INDEX, only_attributes())),
        [PathStep::Attribute(name), ..] => name,
    };
    let rest = &path[1..];
    if let Some(attribute) = block.attributes.get(name) {
        return in_attribute(attribute, rest);
    }
    if let Some(nested) = block.blocks.get(name) {
        return in_nested(name, nested, rest);
    }
    let names = block.attributes.keys().chain(block.blocks.keys()).map(|name| &**name);
    let hint = did_you_mean(name, names);
    Some((
        UNSUPPORTED,
        format!("This object has no argument, nested block, or exported attribute named \"{name}\".{hint}"),
    ))
}

fn only_attributes() -> String {
    "Only attribute access is allowed here, using the dot operator.".to_owned()
}

fn in_nested(name: &str, nested: &NestedBlock, path: &[PathStep]) -> Mistake {
    match (nested.nesting, path) {
        (_, []) => None,
        (Nesting::Single | Nesting::Group, path) => in_block(&nested.block, path),
        (Nesting::Set, _) => Some((
            "Cannot index a set value",
            format!(
                "Block type \"{name}\" is represented by a set of objects, and set elements do not have addressable keys. \
                 Name the whole of {name}."
            ),
        )),
        (_, [PathStep::Index(_), rest @ ..]) => in_block(&nested.block, rest),
        // What is a map can be named by its key either way.
        (Nesting::Map, [PathStep::Attribute(_), rest @ ..]) => in_block(&nested.block, rest),
        (Nesting::List, [PathStep::Attribute(_), ..]) => Some((
            "Invalid operation",
            format!(
                "Block type \"{name}\" is represented by a list of objects, so it must be indexed using a numeric key, \
                 like .{name}[0]."
            ),
        )),
    }
}

fn in_attribute(attribute: &Attribute, path: &[PathStep]) -> Mistake {
    let Some(nested) = &attribute.nested else { return in_type(&attribute.ty, path) };
    let mut path = path;
    if !matches!(nested.nesting, Nesting::Single | Nesting::Group) {
        let [_, rest @ ..] = path else { return None };
        path = rest;
    }
    let [PathStep::Attribute(name), rest @ ..] = path else { return None };
    match nested.attributes.get(name) {
        Some(attribute) => in_attribute(attribute, rest),
        None => Some(no_attribute(name, nested.attributes.keys().map(|name| &**name))),
    }
}

fn no_attribute<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> (&'static str, String) {
    (
        UNSUPPORTED,
        format!("This object does not have an attribute named \"{name}\".{}", did_you_mean(name, known)),
    )
}

fn in_type(ty: &Type, path: &[PathStep]) -> Mistake {
    let mut ty = ty;
    for step in path {
        ty = match (ty, step) {
            (Type::Dynamic, _) => return None,
            (Type::Bool | Type::Number | Type::String, PathStep::Attribute(_)) => {
                let kind = ty.friendly_name();
                return Some((
                    UNSUPPORTED,
                    format!("Can't access attributes on a primitive-typed value ({kind})."),
                ));
            }
            (Type::Bool | Type::Number | Type::String, PathStep::Index(_)) => {
                return Some(("Invalid index", "This value does not have any indices.".to_owned()));
            }
            (Type::Object(object), PathStep::Attribute(name)) => match object.attribute(name) {
                Some(ty) => ty,
                None => return Some(no_attribute(name, object.attributes().iter().map(|(name, _)| &**name))),
            },
            (Type::List(element) | Type::Set(element) | Type::Map(element), _) => element,
            // Whatever else there may be shows when the path is followed.
            (Type::Object(_) | Type::Tuple(_), _) => return None,
        };
    }
    None
}
