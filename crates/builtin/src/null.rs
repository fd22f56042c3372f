//! The `null` provider: a resource and a data source that do nothing.
//!
//! Responsible for what `hashicorp/null` does as of the version below.

use std::sync::Arc;

use crate::framework::{DataSource, Field, Form, Kit, Object, Problem, Resource, Rule, Shape, problem};
use crate::world::World;

/// The release whose schemas and behaviour these are.
pub(crate) const VERSION: &str = "3.2.4";

/// Everything that the provider can do.
pub(crate) fn kit(world: Arc<dyn World>) -> Kit {
    Kit::new(world).resource("null_resource", NullResource).data_source("null_data_source", NullDataSource)
}

struct NullResource;

impl Resource for NullResource {
    fn shape(&self) -> Shape {
        Shape::new(
            "Does nothing; its provisioners run, and run again when it is replaced.",
            [
                Field::optional("triggers", Form::TextMap, "Values whose change leads to replacement.")
                    .rule(Rule::ReplacesIfValuesNotNull),
                Field::computed("id", Form::Text, "A random number, drawn at creation.").kept(),
            ],
        )
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        planned.set_text("id", random_number(world)?);
        Ok(planned)
    }
}

const DEPRECATED: &str = "Use local values, or terraform_data, instead of null_data_source.";
const ID_DEPRECATED: &str = "The attribute id is there for old configurations only and will go away.";

struct NullDataSource;

impl DataSource for NullDataSource {
    fn shape(&self) -> Shape {
        Shape::new(
            "Hands its inputs on as outputs.",
            [
                Field::optional("inputs", Form::TextMap, "Texts to hand on."),
                Field::computed("outputs", Form::TextMap, "The same texts."),
                Field::computed("random", Form::Text, "A random number, another at each reading."),
                Field::optional_computed("has_computed_default", Form::Text, "A text; `default` if not set."),
                Field::computed("id", Form::Text, "Always the same; of no use.").deprecated(ID_DEPRECATED),
            ],
        )
        .deprecated(DEPRECATED)
    }

    fn read(&self, world: &dyn World, mut config: Object) -> Result<Object, Problem> {
        let inputs = config.get("inputs").clone();
        config.set("outputs", inputs);
        config.set_text("random", random_number(world)?);
        if config.is_null("has_computed_default") {
            config.set_text("has_computed_default", "default");
        }
        config.set_text("id", "static");
        Ok(config)
    }
}

/// A random number that fits a signed one of 64 bits.
fn random_number(world: &dyn World) -> Result<String, Problem> {
    let mut bytes = [0; 8];
    world.fill_random(&mut bytes).map_err(|error| {
        problem(
            "Random Read Error",
            format!("The system gave no randomness. Try again.\n\nOriginal Error: {error}"),
        )
    })?;
    Ok((u64::from_le_bytes(bytes) >> 1).to_string())
}
