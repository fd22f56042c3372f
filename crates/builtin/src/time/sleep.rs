//! `time_sleep`: a wait before creation, before destruction, or both.

use std::time::Duration;

use super::{duration, now, triggers};
use crate::framework::{Check, Field, Form, Object, Problem, Resource, Shape, problem, quoted};
use crate::world::World;
use plumb_value::{Type, Value};

/// `time_sleep`.
pub(super) struct TimeSleep;

impl Resource for TimeSleep {
    fn shape(&self) -> Shape {
        Shape::new(
            "Waits when it is created, when it is destroyed, or both.",
            [
                Field::optional(
                    "create_duration",
                    Form::Text,
                    "How long to wait at creation, such as `30s` or `5m`.",
                )
                .check(Check::AtLeastOneOf(&["destroy_duration"]))
                .check(Check::Duration),
                Field::optional(
                    "destroy_duration",
                    Form::Text,
                    "How long to wait at destruction, such as `30s` or `5m`.",
                )
                .check(Check::AtLeastOneOf(&["create_duration"]))
                .check(Check::Duration),
                triggers(),
                Field::computed("id", Form::Timestamp, "When it was created.").kept(),
            ],
        )
    }

    fn wait_before_create(&self, planned: &Object) -> Result<Duration, Problem> {
        wait(planned, "create_duration", "Create time sleep error")
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        planned.set_text("id", now(world).to_string());
        Ok(planned)
    }

    fn wait_before_delete(&self, prior: &Object) -> Result<Duration, Problem> {
        wait(prior, "destroy_duration", "Delete time sleep error")
    }

    fn import(&self, world: &dyn World, id: &str, mut object: Object) -> Result<Object, Problem> {
        let Some((create, destroy)) = id.split_once(',').filter(|(create, destroy)| {
            !destroy.contains(',') && (!create.is_empty() || !destroy.is_empty())
        }) else {
            let id = quoted(id);
            return Err(problem(
                "Unexpected Format of ID",
                format!(
                    "Unexpected format of ID ({id}), expected CREATEDURATION,DESTROYDURATION where at least one \
                     value is non-empty"
                ),
            ));
        };
        for (name, text) in [("create_duration", create), ("destroy_duration", destroy)] {
            if !text.is_empty() {
                object.set_text(name, text);
                wait(&object, name, "Import time sleep error")?;
            }
        }
        object.set_text("id", now(world).to_string());
        object.set("triggers", Value::map::<&str>(Type::String, []));
        Ok(object)
    }
}

fn wait(object: &Object, name: &str, summary: &str) -> Result<Duration, Problem> {
    let Some(text) = object.text(name).filter(|text| !text.is_empty()) else { return Ok(Duration::ZERO) };
    let nanoseconds = duration::parse(text).map_err(|error| {
        problem(summary, format!("The {name} cannot be parsed\n\nOriginal Error: {error}"))
    })?;
    Ok(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or_default()))
}
