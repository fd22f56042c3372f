//! `time_offset`: a timestamp at a distance from another.

use super::{Timestamp, now, number_part, out_of_range, parts, set_parts, timestamp_in, triggers};
use crate::framework::{Field, Form, Object, Problem, Problems, Resource, Shape, problem, quoted};
use crate::world::World;
use plumb_value::{Type, Value};

/// `time_offset`.
pub(super) struct TimeOffset;

/// In the order in which identifiers name them.
const OFFSETS: [&str; 6] =
    ["offset_years", "offset_months", "offset_days", "offset_hours", "offset_minutes", "offset_seconds"];

impl Resource for TimeOffset {
    fn shape(&self) -> Shape {
        let base = "The timestamp to count from; the current time if not set.";
        let fields = [
            triggers(),
            Field::optional_computed("base_rfc3339", Form::Timestamp, base),
            Field::computed("rfc3339", Form::Timestamp, "The timestamp at the distance."),
            Field::computed("id", Form::Timestamp, "The timestamp counted from."),
        ];
        let offsets = OFFSETS.map(|name| {
            Field::optional(name, Form::Integer, "A part of the distance; one at least must be set.")
        });
        Shape::new(
            "Keeps a timestamp at a distance from another.",
            fields.into_iter().chain(offsets).chain(parts()),
        )
    }

    fn check(&self, config: &Object, problems: &mut Problems) {
        if OFFSETS.iter().all(|name| config.is_null(name)) {
            let order = "offset_seconds,offset_minutes,offset_hours,offset_days,offset_months,offset_years";
            problems.push(problem(
                "Missing Attribute Configuration",
                format!("At least one of these attributes must be configured: [{order}]"),
            ));
        }
    }

    fn adjust_plan(&self, prior: Option<&Object>, planned: &mut Object) -> Result<(), Problem> {
        let Some(prior) = prior else { return Ok(()) };
        if OFFSETS.iter().all(|name| prior.get(name).same(planned.get(name))) {
            return Ok(());
        }
        let time =
            timestamp_in(if planned.is_unknown("base_rfc3339") { prior } else { planned }, "base_rfc3339")?;
        // An offset that is not known yet leaves its results unknown.
        if OFFSETS.iter().any(|name| planned.is_unknown(name)) {
            return Ok(());
        }
        fill(planned, &time)
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let configured = planned.text("base_rfc3339").is_some_and(|text| !text.is_empty());
        let time = if configured { timestamp_in(&planned, "base_rfc3339")? } else { now(world) };
        fill(&mut planned, &time)?;
        Ok(planned)
    }

    fn update(&self, prior: &Object, mut planned: Object) -> Result<Object, Problem> {
        let time =
            timestamp_in(if planned.is_unknown("base_rfc3339") { prior } else { &planned }, "base_rfc3339")?;
        fill(&mut planned, &time)?;
        Ok(planned)
    }

    fn import(&self, _world: &dyn World, id: &str, mut object: Object) -> Result<Object, Problem> {
        let parts: Vec<&str> = id.split(',').collect();
        let expected = "expected BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES,SECONDS";
        let unexpected = |more: &str| {
            let id = quoted(id);
            problem("Unexpected Format of ID", format!("Unexpected format of ID ({id}), {expected}{more}"))
        };
        let [base, offsets @ ..] = parts.as_slice() else { return Err(unexpected("")) };
        if offsets.len() != OFFSETS.len() {
            return Err(unexpected(""));
        }
        if base.is_empty() || offsets.iter().all(|offset| offset.is_empty()) {
            return Err(unexpected(" where at least one offset value is non-empty"));
        }
        let failed = |reason: String, error: String| {
            problem("Import time offset error", format!("{reason}\n\nOriginal Error: {error}"))
        };
        for (name, text) in OFFSETS.iter().zip(offsets) {
            let number = number_part(text, "offset")
                .map_err(|error| failed(format!("The part for {name} is not a whole number."), error))?;
            if let Some(number) = number {
                object.set_integer(name, number);
            }
        }
        let time = Timestamp::parse(base)
            .map_err(|error| failed("The base timestamp is not one as of RFC 3339.".to_owned(), error))?;
        fill(&mut object, &time)?;
        object.set("triggers", Value::map::<&str>(Type::String, []));
        Ok(object)
    }
}

/// Sets whatever follows from the base and the offsets. The order of the steps shows where a step
/// leads over the end of a month.
fn fill(object: &mut Object, base: &Timestamp) -> Result<(), Problem> {
    let mut time = *base;
    let seconds = |time: Timestamp, number: i64, unit: i64| time.add_seconds(number.checked_mul(unit)?);
    for (name, step) in [
        ("offset_days", &(|time: Timestamp, number| time.add_date(0, 0, number)) as &dyn Fn(_, _) -> _),
        ("offset_hours", &|time, number| seconds(time, number, 3_600)),
        ("offset_minutes", &|time, number| seconds(time, number, 60)),
        ("offset_months", &|time: Timestamp, number| time.add_date(0, number, 0)),
        ("offset_seconds", &|time, number| seconds(time, number, 1)),
        ("offset_years", &|time: Timestamp, number| time.add_date(number, 0, 0)),
    ] {
        if let Some(number) = object.integer(name) {
            time = step(time, number).ok_or_else(|| out_of_range(name))?;
        }
    }
    // What is configured stays as it is written where that says the same.
    let written = object.text("base_rfc3339").and_then(|text| Timestamp::parse(text).ok());
    if written.is_none_or(|written| written.to_string() != base.to_string()) {
        object.set_text("base_rfc3339", base.to_string());
    }
    set_parts(object, &time);
    object.set_text("rfc3339", time.to_string());
    object.set_text("id", base.to_string());
    Ok(())
}
