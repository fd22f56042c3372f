//! `terraform_data`: a value that takes part in the life of resources.
//!
//! Responsible for planning and making changes to it. Configurations use it by the thousand, so it
//! works on positions of attributes and touches nothing that does not change.

use plumb_state::MoveRequest;
use plumb_value::{Kind, Path, Refinement, Type, Value, json};

use super::schema::data_type;
use crate::framework::{Problem, Problems, problem, problem_at};
use crate::random::new_uuid;
use crate::world::World;

/// The resource type.
pub(super) const KIND: &str = "terraform_data";

/// Attributes in the order of their names.
const ID: usize = 0;
const INPUT: usize = 1;
const OUTPUT: usize = 2;
const TRIGGERS: usize = 3;

/// The four attributes of an object; `None` where it is null.
fn attributes(object: &Value) -> Option<[&Value; 4]> {
    match object.kind() {
        Kind::Object(_, values) => match &**values {
            [id, input, output, triggers] => Some([id, input, output, triggers]),
            _ => None,
        },
        _ => None,
    }
}

fn object(values: [Value; 4]) -> Value {
    Value::object_of(data_type().clone(), values)
}

pub(super) fn validate(config: &Value) -> Problems {
    let Some(values) = attributes(config) else { return Problems::new() };
    let read_only = [("id", ID), ("output", OUTPUT)];
    let set = read_only.into_iter().filter(|(_, at)| !values[*at].is_null());
    set.map(|(name, _)| {
        let detail =
            format!("The attribute {name} is decided by the provider. Remove the line that sets it.");
        problem_at(name, format!("\"{name}\" attribute is read-only"), detail)
    })
    .collect()
}

/// An object as recorded, from JSON. The type is younger than states that are flat maps.
pub(super) fn upgrade(recorded: &str) -> Result<Value, Problem> {
    json::decode(recorded, &Type::Object(data_type().clone())).map_err(|error| {
        problem("Invalid recorded object", format!("The recorded object of {KIND} cannot be read: {error}."))
    })
}

/// The planned object, and the attribute that asks for replacement.
pub(super) fn plan(prior: &Value, proposed: &Value) -> (Value, Option<Path>) {
    let Some([id, input, _, triggers]) = attributes(proposed) else { return (proposed.clone(), None) };
    // Of the input's type, for a null is to come out as it went in.
    let new_output = || if input.is_null() { input.clone() } else { Value::unknown(input.ty()) };
    let new_id = || Value::unknown_refined(Type::String, Refinement::not_null());
    let planned = |id: Value, output: Value| object([id, input.clone(), output, triggers.clone()]);
    match attributes(prior) {
        None => (planned(new_id(), new_output()), None),
        Some(prior) if !prior[TRIGGERS].same(triggers) => {
            (planned(new_id(), new_output()), Some(Path::root().attribute("triggers_replace")))
        }
        // A null input makes the output unknown here, other than above.
        Some(prior) if !prior[INPUT].same(input) => (planned(id.clone(), Value::unknown(input.ty())), None),
        Some(_) => (proposed.clone(), None),
    }
}

/// The object that a planned one becomes.
pub(super) fn apply(world: &dyn World, planned: &Value) -> Result<Value, Problem> {
    let Some([id, input, output, triggers]) = attributes(planned) else { return Ok(planned.clone()) };
    if id.is_known() && output.is_known() {
        return Ok(planned.clone());
    }
    let id = if id.is_known() { id.clone() } else { Value::string(new_uuid(world, "Error generating id")?) };
    let output = if output.is_known() { output } else { input };
    Ok(object([id, input.clone(), output.clone(), triggers.clone()]))
}

/// All that an identifier tells is itself.
pub(super) fn import(id: &str) -> Value {
    let nothing = Value::null(Type::Dynamic);
    object([Value::string(id), nothing.clone(), nothing.clone(), nothing])
}

/// A `null_resource` carried on: its triggers become the ones of replacement.
pub(super) fn take_over(request: &MoveRequest) -> Result<Value, Problem> {
    if &*request.target_kind != KIND {
        return Err(super::unsupported("resource type", &request.target_kind));
    }
    // Whatever registry it comes from: mirrors have names of their own.
    if !request.source_provider.ends_with("hashicorp/null") || &*request.source_kind != "null_resource" {
        return Err(problem(
            "Unsupported source for move",
            format!(
                "Only a null_resource of hashicorp/null can become a {KIND}, not a {} of {}. Remove the moved \
                 block, or let the resource keep its type.",
                request.source_kind, request.source_provider
            ),
        ));
    }
    let ty = Type::object([("id", Type::String), ("triggers", Type::map(Type::String))]);
    let recorded = json::decode(&request.source_json, &ty).map_err(|error| {
        problem(
            "Invalid recorded object",
            format!("The recorded object of null_resource cannot be read: {error}."),
        )
    })?;
    let part = |name| recorded.part(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic));
    let triggers = match part("triggers").entries() {
        Some(entries) => Value::object(entries.into_iter().map(|(key, value)| (key.clone(), value.clone()))),
        None => Value::null(Type::Dynamic),
    };
    let nothing = Value::null(Type::Dynamic);
    Ok(object([part("id"), nothing.clone(), nothing, triggers]))
}
