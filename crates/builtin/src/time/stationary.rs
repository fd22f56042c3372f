//! `time_static`: a timestamp that stays.

use super::{Timestamp, now, parts, set_parts, timestamp_in, triggers};
use crate::framework::{Field, Form, Object, Problem, Resource, Shape, problem};
use crate::world::World;
use plumb_value::{Type, Value};

/// `time_static`.
pub(super) struct TimeStatic;

impl Resource for TimeStatic {
    fn shape(&self) -> Shape {
        let fields = [
            triggers(),
            Field::optional_computed(
                "rfc3339",
                Form::Timestamp,
                "The timestamp; the current time if not set.",
            )
            .replaces(),
            Field::computed("id", Form::Timestamp, "The timestamp.").kept(),
        ];
        Shape::new("Keeps a timestamp until it is replaced.", fields.into_iter().chain(parts()))
    }

    fn adjust_plan(&self, prior: Option<&Object>, planned: &mut Object) -> Result<(), Problem> {
        if prior.is_none() && planned.text("rfc3339").is_some() {
            let time = timestamp_in(planned, "rfc3339")?;
            set_parts(planned, &time);
            planned.set("id", planned.get("rfc3339").clone());
        }
        Ok(())
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let time =
            if planned.text("rfc3339").is_some() { timestamp_in(&planned, "rfc3339")? } else { now(world) };
        fill(&mut planned, &time);
        Ok(planned)
    }

    fn import(&self, _world: &dyn World, id: &str, mut object: Object) -> Result<Object, Problem> {
        let time = Timestamp::parse(id).map_err(|error| {
            problem(
                "Import time static error",
                format!("The identifier must be a timestamp as of RFC 3339.\n\nOriginal Error: {error}"),
            )
        })?;
        fill(&mut object, &time);
        object.set("triggers", Value::map::<&str>(Type::String, []));
        Ok(object)
    }
}

fn fill(object: &mut Object, time: &Timestamp) {
    set_parts(object, time);
    object.set_text("rfc3339", time.to_string());
    object.set_text("id", time.to_string());
}
