//! `random_pet`: a name made of words.

use super::words::{ADJECTIVES, ADVERBS, NAMES};
use super::{below, keepers, size};
use crate::framework::{Field, Form, Object, Problem, Resource, Shape};
use crate::world::World;
use plumb_value::{Type, Value};

/// `random_pet`.
pub(super) struct RandomPet;

impl Resource for RandomPet {
    fn shape(&self) -> Shape {
        Shape::new(
            "A random name made of words.",
            [
                keepers(),
                Field::with_default(
                    "length",
                    Form::Integer,
                    Value::number(2_i64),
                    "How many words; 2 if not set.",
                )
                .replaces(),
                Field::optional("prefix", Form::Text, "Text in front of the name.").replaces(),
                Field::with_default(
                    "separator",
                    Form::Text,
                    Value::string("-"),
                    "What stands between the words; a hyphen if not set.",
                )
                .replaces(),
                Field::computed("id", Form::Text, "The name.").kept(),
            ],
        )
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let summary = "Create Random Pet Error";
        let length = planned.integer("length").unwrap_or(2);
        let separator = planned.text("separator").unwrap_or_default().to_owned();
        let draw = |words: &[&'static str]| -> Result<&'static str, Problem> {
            let at = below(world, summary, words.len() as u64)?;
            Ok(usize::try_from(at).ok().and_then(|at| words.get(at)).copied().unwrap_or_default())
        };
        // Everything but one is at least an adjective and a name.
        let mut words = Vec::new();
        for _ in 2..size(length.max(0), "length", summary)? {
            words.push(draw(&ADVERBS)?);
        }
        if length != 1 {
            words.push(draw(&ADJECTIVES)?);
        }
        words.push(draw(&NAMES)?);
        // The separator becomes lower case with the words, the prefix does not.
        let mut name = words.join(&separator).to_lowercase();
        match planned.text("prefix").filter(|prefix| !prefix.is_empty()) {
            Some(prefix) => name = format!("{prefix}{separator}{name}"),
            None => planned.set("prefix", Value::null(Type::String)),
        }
        planned.set_text("id", name);
        Ok(planned)
    }
}
