//! `random_integer`: a number from a range.

use super::go_random::GoRandom;
use super::{below, keepers};
use crate::framework::{Field, Form, Object, Problem, Resource, Shape, problem};
use crate::world::World;
use plumb_value::{Type, Value};

/// `random_integer`.
pub(super) struct RandomInteger;

impl Resource for RandomInteger {
    fn shape(&self) -> Shape {
        Shape::new(
            "A random whole number from a range.",
            [
                keepers(),
                Field::required("min", Form::Integer, "The least number that may come out.").replaces(),
                Field::required("max", Form::Integer, "The greatest number that may come out.").replaces(),
                Field::optional("seed", Form::Text, "The same seed always leads to the same number.")
                    .replaces(),
                Field::computed("result", Form::Integer, "The number.").kept(),
                Field::computed("id", Form::Text, "The number as text.").kept(),
            ],
        )
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let summary = "Create Random Integer Error";
        let (least, most) =
            (planned.integer("min").unwrap_or_default(), planned.integer("max").unwrap_or_default());
        if most < least {
            return Err(problem(
                summary,
                format!(
                    "The minimum {least} is greater than the maximum {most}. Exchange them or move one of them."
                ),
            ));
        }
        let count = i128::from(most) - i128::from(least) + 1;
        let count = i64::try_from(count).map_err(|_| {
            problem(
                summary,
                format!("The range from {least} to {most} has more numbers than 64 bits can count."),
            )
        })?;
        let seed = planned.text("seed").filter(|seed| !seed.is_empty());
        let drawn = match seed {
            Some(seed) => GoRandom::seeded(seed).below(count),
            None => i64::try_from(below(world, summary, count.unsigned_abs())?).unwrap_or_default(),
        };
        if seed.is_none() {
            planned.set("seed", Value::null(Type::String));
        }
        set_result(&mut planned, least + drawn);
        Ok(planned)
    }

    fn import(&self, _world: &dyn World, id: &str, mut object: Object) -> Result<Object, Problem> {
        let summary = "Import Random Integer Error";
        let parts: Vec<&str> = id.split(',').collect();
        let ([result, min, max] | [result, min, max, _]) = parts.as_slice() else {
            return Err(problem(
                summary,
                "Invalid import usage: expecting {result},{min},{max} or {result},{min},{max},{seed}",
            ));
        };
        let number = |what: &str, text: &str| {
            text.parse::<i64>().map_err(|error| {
                problem(
                    summary,
                    format!("The {what} is not a whole number: {text}\n\nOriginal Error: {error}"),
                )
            })
        };
        set_result(&mut object, number("result", result)?);
        // The identifier stays as it was given.
        object.set_text("id", *result);
        object.set_integer("min", number("minimum", min)?);
        object.set_integer("max", number("maximum", max)?);
        if let Some(seed) = parts.get(3) {
            object.set_text("seed", *seed);
        }
        Ok(object)
    }
}

fn set_result(object: &mut Object, number: i64) {
    object.set_integer("result", number);
    object.set_text("id", number.to_string());
}
