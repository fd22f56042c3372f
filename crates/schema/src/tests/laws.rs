//! What holds for all values: proposals are valid plans, results that only fill in unknowns keep
//! their promise, and nothing changes where nothing was changed.

use plumb_value::{Kind, Type, Value};
use proptest::prelude::*;

use super::notation::schema;
use crate::*;

const SCHEMAS: [&str; 3] = [
    "id string computed; name string optional; either string optional computed; \
     nested single net optional computed { cidr string optional; id string computed }; \
     nested list disk optional { size number required; id string optional computed }; \
     nested map zone optional { name string optional; id string computed }",
    "id string computed; any any optional; block list disk { size number optional; id string computed; block group tail { id string optional computed } }; \
     block map zone { name string required }; block list free { value any optional }; block single one { name string optional }",
    "nested set rule optional { port number required; id string optional computed }; \
     block set item { name string optional; id string computed; block set inner { port number optional } }",
];

/// Whose value it is.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    /// Without what only the provider sets, and with unknowns.
    Config,
    /// Wholly known.
    State,
}

fn leaf(ty: &Type) -> BoxedStrategy<Value> {
    match ty {
        Type::Number => (0..3_i64).prop_map(Value::number).boxed(),
        Type::Dynamic => {
            prop_oneof![Just(Value::string("x")), Just(Value::tuple([Value::bool(true)]))].boxed()
        }
        _ => prop_oneof![Just("a"), Just("b"), Just("c")].prop_map(Value::string).boxed(),
    }
}

fn attribute(schema: &Attribute, role: Role) -> BoxedStrategy<Value> {
    let null = Just(Value::null(schema.ty.clone())).boxed();
    let is_provided = schema.computed && !schema.optional;
    if role == Role::Config && is_provided {
        return null;
    }
    let present = match &schema.nested {
        None => leaf(&schema.ty),
        Some(nested) => {
            let block = Block { attributes: nested.attributes.clone(), ..Block::default() };
            collection(nested.nesting, false, &nested.object_type(), object(&block, role))
        }
    };
    let unknown = Just(Value::unknown(schema.ty.clone())).boxed();
    match role {
        Role::Config => prop_oneof![2 => null, 5 => present, 1 => unknown].boxed(),
        Role::State => prop_oneof![1 => null, 4 => present].boxed(),
    }
}

fn object(block: &Block, role: Role) -> BoxedStrategy<Value> {
    let mut names = Vec::new();
    let mut parts = Vec::new();
    for (name, schema) in &block.attributes {
        names.push(name.clone());
        parts.push(attribute(schema, role));
    }
    for (name, schema) in &block.blocks {
        let ty = schema.block.implied_type();
        let one = object(&schema.block, role);
        let some = collection(schema.nesting, ty.has_dynamic(), &ty, one);
        names.push(name.clone());
        parts.push(match schema.nesting {
            Nesting::Single => prop_oneof![1 => Just(Value::null(ty)), 3 => some].boxed(),
            _ => some,
        });
    }
    parts.prop_map(move |values| Value::object(names.iter().cloned().zip(values))).boxed()
}

fn collection(nesting: Nesting, untyped: bool, ty: &Type, one: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let ty = ty.clone();
    match nesting {
        Nesting::Single | Nesting::Group => one,
        Nesting::Map => prop::collection::btree_map("[kl]", one, 0..3)
            .prop_map(
                move |entries| if untyped { Value::object(entries) } else { Value::map(ty.clone(), entries) },
            )
            .boxed(),
        _ => prop::collection::vec(one, 0..4)
            .prop_map(move |values| match nesting {
                Nesting::Set => Value::set(ty.clone(), values),
                _ if untyped => Value::tuple(values),
                _ => Value::list(ty.clone(), values),
            })
            .boxed(),
    }
}

/// A schema with a prior object, or none, and a configuration.
fn change() -> impl Strategy<Value = (Block, Value, Value)> {
    prop::sample::select(SCHEMAS.as_slice()).prop_flat_map(|text| {
        let block = schema(text);
        let absent = Just(Value::null(block.implied_type()));
        let prior = prop_oneof![1 => absent, 4 => object(&block, Role::State)];
        (Just(block.clone()), prior, object(&block, Role::Config))
    })
}

/// The value with everything unknown turned into something.
fn filled_in(value: &Value) -> Value {
    value.transform(&mut |_, part| match part.kind() {
        Kind::Unknown(Type::String | Type::Dynamic, _) => Value::string("made"),
        Kind::Unknown(Type::Number, _) => Value::number(7),
        Kind::Unknown(ty, _) => Value::null(ty.clone()),
        _ => part.clone(),
    })
}

proptest! {
    #[test]
    fn proposals_are_valid_plans((block, prior, config) in change()) {
        let proposed = proposed_new(&block, &prior, &config);
        prop_assert_eq!(assert_plan_valid(&block, &prior, &config, &proposed), Vec::new());
    }

    #[test]
    fn filling_in_keeps_promises((block, _, config) in change()) {
        let planned = planned_data_object(&block, &config);
        prop_assert_eq!(assert_object_compatible(&block, &planned, &filled_in(&planned)), Vec::new());
        prop_assert!(unknown_paths(&filled_in(&planned)).is_empty());
        prop_assert_eq!(unknown_paths(&planned).is_empty(), planned.is_wholly_known());
    }

    #[test]
    fn what_fits_stays((block, prior, config) in change()) {
        prop_assert_eq!(coerce(&block, &prior), Ok(prior.clone()));
        prop_assert_eq!(coerce(&block, &config), Ok(config.clone()));
        prop_assert_eq!(normalise_legacy(&block, &prior), prior.clone());
        prop_assert_eq!(null_write_only(&block, &prior), prior);
    }

    #[test]
    fn ignoring_all_changes_proposes_what_was_there((block, prior, config) in change()) {
        let has_sets = block.blocks.values().any(|nested| nested.nesting == Nesting::Set);
        prop_assume!(!prior.is_null() && !has_sets);
        let ignored = apply_ignore_changes(&prior, &config, Ignored::All, Some(&block));
        prop_assert_eq!(proposed_new(&block, &prior, &ignored), prior);
    }

    #[test]
    fn nothing_panics((block, _, _) in change(), (other, prior, config) in change()) {
        // Values of other schemas may come from faulty providers.
        let proposed = proposed_new(&block, &prior, &config);
        assert_plan_valid(&block, &prior, &config, &proposed);
        assert_object_compatible(&block, &config, &prior);
        let _ = (normalise_legacy(&block, &config), coerce(&block, &config), null_write_only(&block, &prior));
        let _ = (sensitive_paths(&block, &config), write_only_paths(&block, &config));
        let _ = apply_ignore_changes(&prior, &config, Ignored::All, Some(&block));
        prop_assert!(other.validate().is_empty());
    }
}
