//! `time_rotating`: a timestamp that is replaced once it has grown old.

use super::{Timestamp, now, number_part, out_of_range, parts, set_parts, timestamp_in, triggers};
use crate::framework::{
    Check, Edit, Field, Form, Object, Problem, Problems, Resource, Rule, Shape, problem, quoted,
};
use crate::world::World;
use plumb_value::{Type, Value};

/// `time_rotating`.
pub(super) struct TimeRotating;

/// In the order in which identifiers name them.
const ROTATIONS: [&str; 5] =
    ["rotation_years", "rotation_months", "rotation_days", "rotation_hours", "rotation_minutes"];

/// The time from which on the resource is to be replaced.
const ROTATION: &str = "rotation_rfc3339";

impl Resource for TimeRotating {
    fn shape(&self) -> Shape {
        let rotation = "When to replace the timestamp; one of the rotations at least must be set.";
        let fields = [
            triggers(),
            Field::optional_computed(
                "rfc3339",
                Form::Timestamp,
                "The base timestamp; the current time if not set.",
            )
            .replaces(),
            Field::optional_computed(ROTATION, Form::Timestamp, rotation).rule(Rule::ReplacesIf(is_outdated)),
            Field::computed("id", Form::Timestamp, "The base timestamp."),
        ];
        let rotations =
            ROTATIONS.map(|name| Field::optional(name, Form::Integer, rotation).check(Check::AtLeast(1)));
        Shape::new(
            "Keeps a timestamp and asks for its replacement once the time of rotation has passed.",
            fields.into_iter().chain(rotations).chain(parts()),
        )
    }

    fn check(&self, config: &Object, problems: &mut Problems) {
        if ROTATIONS.iter().chain([&ROTATION]).all(|name| config.is_null(name)) {
            let order = "rotation_minutes,rotation_hours,rotation_days,rotation_months,rotation_years,rotation_rfc3339";
            problems.push(problem(
                "Missing Attribute Configuration",
                format!("At least one of these attributes must be configured: [{order}]"),
            ));
        }
    }

    fn adjust_plan(&self, prior: Option<&Object>, planned: &mut Object) -> Result<(), Problem> {
        let Some(prior) = prior else { return Ok(()) };
        if rotations_are_same(prior, planned) {
            return Ok(());
        }
        let time = timestamp_in(if planned.is_unknown("rfc3339") { prior } else { planned }, "rfc3339")?;
        // A rotation that is not known yet leaves its results unknown.
        if ROTATIONS.iter().any(|name| planned.is_unknown(name)) {
            return Ok(());
        }
        fill(planned, &time)
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let configured = planned.text("rfc3339").is_some_and(|text| !text.is_empty());
        let time = if configured { timestamp_in(&planned, "rfc3339")? } else { now(world) };
        fill(&mut planned, &time)?;
        Ok(planned)
    }

    fn update(&self, prior: &Object, mut planned: Object) -> Result<Object, Problem> {
        if rotations_are_same(prior, &planned) {
            return Ok(prior.clone());
        }
        let time = timestamp_in(if planned.is_unknown("id") { prior } else { &planned }, "id")?;
        fill(&mut planned, &time)?;
        Ok(planned)
    }

    fn read(&self, world: &dyn World, current: Object) -> Result<Option<Object>, Problem> {
        if current.text(ROTATION).is_none_or(str::is_empty) {
            return Ok(Some(current));
        }
        let rotation = timestamp_in(&current, ROTATION)?;
        Ok((!now(world).is_after(&rotation)).then_some(current))
    }

    fn import(&self, _world: &dyn World, id: &str, mut object: Object) -> Result<Object, Problem> {
        let parts: Vec<&str> = id.split(',').collect();
        match parts.as_slice() {
            [base, rotation] => import_rotation(id, base, rotation, &mut object)?,
            [base, rotations @ ..] if rotations.len() == ROTATIONS.len() => {
                import_rotations(id, base, rotations, &mut object)?;
            }
            _ => {
                let expected =
                    "BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES or BASETIMESTAMP,ROTATIONTIMESTAMP";
                return Err(unexpected(id, expected));
            }
        }
        object.set("triggers", Value::map::<&str>(Type::String, []));
        Ok(object)
    }
}

fn unexpected(id: &str, expected: &str) -> Problem {
    let id = quoted(id);
    problem("Unexpected Format of ID", format!("Unexpected format of ID ({id}), expected {expected}"))
}

fn import_failed(reason: &str, error: &str) -> Problem {
    problem("Import time rotating error", format!("{reason}\n\nOriginal Error: {error}"))
}

fn import_rotation(id: &str, base: &str, rotation: &str, object: &mut Object) -> Result<(), Problem> {
    if base.is_empty() || rotation.is_empty() {
        return Err(unexpected(id, "BASETIMESTAMP,ROTATIONTIMESTAMP"));
    }
    let parse = |text| {
        Timestamp::parse(text)
            .map_err(|error| import_failed("A part is not a timestamp as of RFC 3339.", &error))
    };
    let (base, rotation) = (parse(base)?, parse(rotation)?);
    object.set_text(ROTATION, rotation.to_string());
    fill(object, &base)
}

fn import_rotations(id: &str, base: &str, rotations: &[&str], object: &mut Object) -> Result<(), Problem> {
    if base.is_empty() || rotations.iter().all(|rotation| rotation.is_empty()) {
        let expected =
            "BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES where at least one rotation value is non-empty";
        return Err(unexpected(id, expected));
    }
    for (name, text) in ROTATIONS.iter().zip(rotations) {
        let number = number_part(text, "rotation")
            .map_err(|error| import_failed(&format!("The part for {name} is not a whole number."), &error))?;
        if let Some(number) = number {
            object.set_integer(name, number);
        }
    }
    let base = Timestamp::parse(base)
        .map_err(|error| import_failed("The base timestamp is not one as of RFC 3339.", &error))?;
    fill(object, &base)
}

fn rotations_are_same(one: &Object, two: &Object) -> bool {
    ROTATIONS.iter().chain([&ROTATION]).all(|name| one.get(name).same(two.get(name)))
}

/// Whether the recorded time of rotation has passed.
fn is_outdated(edit: &Edit<'_>, world: &dyn World) -> Result<bool, Problem> {
    let text = edit.prior.as_str().unwrap_or_default();
    let rotation = Timestamp::parse(text).map_err(|error| {
        problem(
            "replaceIfOutdated plan modifier error",
            format!(
                "The recorded time of rotation is not a timestamp as of RFC 3339.\n\nOriginal Error: {error}"
            ),
        )
    })?;
    Ok(now(world).is_after(&rotation))
}

/// Sets whatever follows from the base and the rotations. Each of them counts from the base, and
/// the last in this order that is set wins.
fn fill(object: &mut Object, base: &Timestamp) -> Result<(), Problem> {
    let mut rotation = None;
    let seconds = |number: i64, unit: i64| base.add_seconds(number.checked_mul(unit)?);
    for (name, step) in [
        ("rotation_days", &(|number| base.add_date(0, 0, number)) as &dyn Fn(_) -> _),
        ("rotation_hours", &|number| seconds(number, 3_600)),
        ("rotation_minutes", &|number| seconds(number, 60)),
        ("rotation_months", &|number| base.add_date(0, number, 0)),
        (ROTATION, &|_| None),
        ("rotation_years", &|number| base.add_date(number, 0, 0)),
    ] {
        if name == ROTATION {
            if object.text(name).is_some_and(|text| !text.is_empty()) {
                rotation = Some(timestamp_in(object, name)?);
            }
        } else if let Some(number) = object.integer(name).filter(|number| *number != 0) {
            rotation = Some(step(number).ok_or_else(|| out_of_range(name))?);
        }
    }
    let rotation = rotation.ok_or_else(|| {
        problem(
            "Missing Attribute Configuration",
            "None of the rotations is set, so there is no time to rotate at.",
        )
    })?;
    let written =
        |name| object.text(name).and_then(|text| Timestamp::parse(text).ok()).map(|time| time.to_string());
    // What is configured stays as it is written where that says the same.
    let (same_rotation, same_base) =
        (written(ROTATION) == Some(rotation.to_string()), written("rfc3339") == Some(base.to_string()));
    if !same_rotation {
        object.set_text(ROTATION, rotation.to_string());
    }
    if !same_base {
        object.set_text("rfc3339", base.to_string());
    }
    set_parts(object, &rotation);
    object.set_text("id", base.to_string());
    Ok(())
}
