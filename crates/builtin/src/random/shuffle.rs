//! `random_shuffle`: texts in random order.

use super::go_random::GoRandom;
use super::{below, keepers, size};
use crate::framework::{Field, Form, Object, Problem, Resource, Shape};
use crate::world::World;
use plumb_value::{Type, Value};

/// `random_shuffle`.
pub(super) struct RandomShuffle;

impl Resource for RandomShuffle {
    fn shape(&self) -> Shape {
        Shape::new("Texts in random order.", [
            keepers(),
            Field::optional("seed", Form::Text, "The same seed leads to the same order.").replaces(),
            Field::required("input", Form::TextList, "The texts to bring into another order.").replaces(),
            Field::optional(
                "result_count",
                Form::Integer,
                "How many texts to return; as many as there are if not set. Beyond that all of them begin anew.",
            )
            .replaces(),
            Field::computed("result", Form::TextList, "The texts in random order.").kept(),
            Field::computed("id", Form::Text, "Always the same; of no use.").kept(),
        ])
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let summary = "Create Random Shuffle Error";
        planned.set_text("id", "-");
        let input = planned.get("input").as_sequence().unwrap_or_default().to_vec();
        let count = match planned.integer("result_count") {
            Some(count) => size(count, "result_count", summary)?,
            None => input.len(),
        };
        let mut result: Vec<Value> = Vec::new();
        if !input.is_empty() && count > 0 {
            let mut seeded = planned.text("seed").filter(|seed| !seed.is_empty()).map(GoRandom::seeded);
            while result.len() < count {
                let order = match &mut seeded {
                    Some(random) => random.permutation(input.len()),
                    None => permutation(world, summary, input.len())?,
                };
                let missing = count - result.len();
                result.extend(order.into_iter().take(missing).map(|at| input[at].clone()));
            }
        }
        planned.set("result", Value::list(Type::String, result));
        Ok(planned)
    }
}

fn permutation(world: &dyn World, summary: &str, count: usize) -> Result<Vec<usize>, Problem> {
    let mut order: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        let chosen = below(world, summary, at as u64 + 1)?;
        order.swap(at, usize::try_from(chosen).unwrap_or_default());
    }
    Ok(order)
}
