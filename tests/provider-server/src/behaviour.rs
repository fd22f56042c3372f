//! What a well-behaved provider answers: plans, and the objects that they lead to.
//!
//! Responsible for the decisions alone, as functions of values. Faults, side effects and delays are
//! `probe`'s.

use plumb_value::{Path, Type, Value};

use crate::definition::{BlockDefinition, Told, TypeDefinition};
use crate::generated::{self, Source};
use crate::walk::Leaf;

/// A planned object, and which changes cannot be made in place.
pub(crate) struct Planned {
    pub(crate) object: Value,
    pub(crate) requires_replace: Vec<Path>,
}

impl BlockDefinition {
    /// The type of the objects.
    pub(crate) fn ty(&self) -> Type {
        self.schema(Told::Really).implied_type()
    }
}

impl TypeDefinition {
    /// Plans to make `proposed` of `prior`, which is null where there is nothing yet.
    pub(crate) fn plan(&self, prior: &Value, proposed: &Value, config: &Value) -> Planned {
        let is_update = !prior.is_null();
        let prior_object = is_update.then_some(prior);
        let fill = |leaf: &Leaf<'_>, may_change: bool| {
            if leaf.definition.write_only {
                return Value::null(leaf.definition.ty());
            }
            if !leaf.is_free() {
                return leaf.value.clone();
            }
            if let Some(default) = generated::default(leaf.definition) {
                return default;
            }
            let is_new = leaf.prior.is_none() || !is_update;
            let changes = may_change && leaf.definition.unknown_on_update;
            if (is_new && leaf.value.is_null()) || changes {
                return generated::planned(leaf, &Source { id: None });
            }
            leaf.value.clone()
        };
        let mut object = self.block.walk(proposed, prior_object, Some(config), &mut |leaf| fill(leaf, false));
        if is_update && !object.same(prior) {
            object = self.block.walk(proposed, prior_object, Some(config), &mut |leaf| fill(leaf, true));
        }
        let requires_replace =
            if is_update { self.requires_replace(prior, &object, config) } else { Vec::new() };
        Planned { object, requires_replace }
    }

    fn requires_replace(&self, prior: &Value, planned: &Value, config: &Value) -> Vec<Path> {
        let mut paths = Vec::new();
        self.block.walk(planned, Some(prior), Some(config), &mut |leaf| {
            let is_same = leaf.prior.is_some_and(|prior| prior.same(leaf.value));
            if leaf.definition.requires_replace && !is_same {
                paths.push(leaf.path.clone());
            }
            leaf.value.clone()
        });
        // What has objects inside is not a leaf, but may ask for a new object as a whole.
        let whole_attributes = self
            .block
            .attributes
            .iter()
            .filter(|(_, definition)| definition.requires_replace && definition.nested.is_some());
        let whole_blocks = self.block.blocks.iter().filter(|(_, nested)| nested.requires_replace);
        let names = whole_attributes.map(|(name, _)| name).chain(whole_blocks.map(|(name, _)| name));
        for name in names {
            let path = Path::root().attribute(name.clone());
            let is_same = match (prior.part(name), planned.part(name)) {
                (Some(prior), Some(planned)) => prior.same(planned),
                _ => true,
            };
            if !is_same && !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    /// The object that a plan leads to.
    pub(crate) fn result(&self, prior: &Value, planned: &Value, config: &Value, id: &str) -> Value {
        let prior = (!prior.is_null()).then_some(prior);
        let source = Source { id: Some(id) };
        self.block.walk(planned, prior, Some(config), &mut |leaf| {
            if leaf.definition.write_only {
                Value::null(leaf.definition.ty())
            } else if leaf.value.is_wholly_known() || !leaf.definition.computed {
                leaf.value.clone()
            } else {
                generated::value(leaf, &source)
            }
        })
    }

    /// What a data source or ephemeral resource of that configuration is.
    pub(crate) fn answer(&self, config: &Value, id: &str) -> Value {
        let source = Source { id: Some(id) };
        self.block.walk(config, None, Some(config), &mut |leaf| {
            if leaf.is_free() {
                generated::default(leaf.definition).unwrap_or_else(|| generated::value(leaf, &source))
            } else {
                leaf.value.clone()
            }
        })
    }

    /// An object of which nothing but its identifier is known.
    pub(crate) fn stub(&self, id: &str) -> Result<Value, String> {
        let text = serde_json::json!({ "id": id }).to_string();
        crate::upgrade::decode_leniently(&text, &self.block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{
        "attributes": {
            "id": {"type": "string", "computed": true, "generated": "id"},
            "name": {"type": "string", "required": true, "requires_replace": true},
            "size": {"type": "number", "optional": true, "computed": true, "default": 3},
            "revision": {"type": "number", "computed": true, "generated": "counter", "unknown_on_update": true},
            "secret": {"type": "string", "optional": true, "write_only": true}
        },
        "blocks": {"rule": {"nesting": "set", "attributes": {
            "port": {"type": "number", "required": true},
            "handle": {"type": "string", "computed": true, "generated": {"value": "made"}}
        }}}
    }"#;

    fn object(text: &str, definition: &TypeDefinition) -> Value {
        crate::upgrade::decode_leniently(text, &definition.block).expect("an object")
    }

    #[test]
    fn an_object_lives_from_creation_to_replacement() {
        let definition: TypeDefinition = serde_json::from_str(SCHEMA).expect("a type");
        let nothing = Value::null(definition.block.ty());
        let config = object(
            r#"{"name": "a", "secret": "s", "rule": [{"port": 1, "handle": null}, {"port": 2, "handle": null}]}"#,
            &definition,
        );
        let planned = definition.plan(&nothing, &config, &config).object;
        assert!(!planned.part("id").expect("id").is_known());
        assert_eq!(planned.part("size"), Some(&Value::number(3_i64)));
        assert!(planned.part("secret").expect("secret").is_null());

        let made = definition.result(&nothing, &planned, &config, "a-1");
        assert!(made.is_wholly_known());
        assert_eq!(made.part("id"), Some(&Value::string("a-1")));
        assert_eq!(made.part("rule").and_then(Value::len), Some(2));

        // Nothing changes where nothing is asked for.
        let mut proposed = made.clone();
        let again = definition.plan(&made, &proposed, &config);
        assert!(again.object.same(&made) && again.requires_replace.is_empty());

        // Another name is another object, and its revision may be anything.
        proposed = Value::object(proposed.entries().unwrap_or_default().into_iter().map(|(name, value)| {
            (name.clone(), if &**name == "name" { Value::string("b") } else { value.clone() })
        }));
        let changed = definition.plan(&made, &proposed, &config);
        assert_eq!(changed.requires_replace, [Path::root().attribute("name")]);
        assert!(!changed.object.part("revision").expect("revision").is_known());
        let updated = definition.result(&made, &changed.object, &config, "a-1");
        assert_eq!(updated.part("revision"), Some(&Value::number(2_i64)));
    }
}
