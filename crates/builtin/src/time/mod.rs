//! The `time` provider: timestamps that stay, move on, rotate, and waits.
//!
//! Responsible for what `hashicorp/time` does as of the version below.

mod calendar;
mod duration;
mod functions;
mod offset;
mod rotating;
mod sleep;
mod stationary;
mod timestamp;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use timestamp::Timestamp;

use crate::framework::{Field, Form, Kit, Object, Problem, problem};
use crate::world::World;

/// The release whose schemas and behaviour these are.
pub(crate) const VERSION: &str = "0.13.1";

/// Everything that the provider can do.
pub(crate) fn kit(world: Arc<dyn World>) -> Kit {
    Kit::new(world)
        .resource("time_offset", offset::TimeOffset)
        .resource("time_rotating", rotating::TimeRotating)
        .resource("time_sleep", sleep::TimeSleep)
        .resource("time_static", stationary::TimeStatic)
        .function("duration_parse", functions::DurationParse)
        .function("rfc3339_parse", functions::Rfc3339Parse)
        .function("unix_timestamp_parse", functions::UnixTimestampParse)
}

/// The time of day in UTC.
fn now(world: &dyn World) -> Timestamp {
    let seconds = |time: SystemTime| match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        // Half a second before 1970 lies in the second before it.
        Err(before) => {
            let before = before.duration();
            let seconds = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
            -seconds - i64::from(before.subsec_nanos() > 0)
        }
    };
    Timestamp::from_unix(seconds(world.now()))
}

/// The attributes that take a timestamp apart.
fn parts() -> [Field; 7] {
    [
        Field::computed("year", Form::Integer, "The year."),
        Field::computed("month", Form::Integer, "The month, from 1 to 12."),
        Field::computed("day", Form::Integer, "The day of the month."),
        Field::computed("hour", Form::Integer, "The hour."),
        Field::computed("minute", Form::Integer, "The minute."),
        Field::computed("second", Form::Integer, "The second."),
        Field::computed("unix", Form::Integer, "Seconds since the beginning of 1970."),
    ]
}

fn set_parts(object: &mut Object, time: &Timestamp) {
    let date = time.date();
    object.set_integer("year", date.year);
    object.set_integer("month", date.month);
    object.set_integer("day", date.day);
    object.set_integer("hour", date.hour);
    object.set_integer("minute", date.minute);
    object.set_integer("second", date.second);
    object.set_integer("unix", time.unix());
}

/// The attribute whose change leads to a new timestamp.
fn triggers() -> Field {
    Field::optional("triggers", Form::TextMap, "Values whose change leads to a new base timestamp.")
        .replaces()
}

/// The timestamp in an attribute that must have one.
fn timestamp_in(object: &Object, name: &str) -> Result<Timestamp, Problem> {
    let summary = "RFC3339 ValueRFC3339Time Error";
    match object.text(name) {
        Some(text) => Timestamp::parse(text).map_err(|error| problem(summary, format!("{name}: {error}"))),
        None if object.is_null(name) => Err(problem(summary, format!("The timestamp in {name} is null."))),
        None => Err(problem(summary, format!("The timestamp in {name} is not known yet."))),
    }
}

fn out_of_range(name: &str) -> Problem {
    problem("Timestamp out of range", format!("The attribute {name} leads to a time that no calendar has."))
}

/// A number that is part of an identifier; empty stands for none.
fn number_part(text: &str, what: &str) -> Result<Option<i64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error| {
        format!("could not parse {what} ({}) as int: {error}", crate::framework::quoted(text))
    })
}
