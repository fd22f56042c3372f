//! Functions that take timestamps and durations apart.

use plumb_schema::{FunctionParameter, FunctionSignature, TextKind};
use plumb_state::FunctionError;
use plumb_value::{Number, Type, Value};

use super::{Timestamp, duration};
use crate::framework::{Function, quoted};
use crate::world::World;

/// `duration_parse`.
pub(super) struct DurationParse;

/// `rfc3339_parse`.
pub(super) struct Rfc3339Parse;

/// `unix_timestamp_parse`.
pub(super) struct UnixTimestampParse;

impl Function for DurationParse {
    fn signature(&self) -> FunctionSignature {
        let returns = ["hours", "microseconds", "milliseconds", "minutes", "nanoseconds", "seconds"];
        signature(
            parameter("duration", Type::String, "A duration such as 1h30m."),
            Type::object(returns.map(|name| (name, Type::Number))),
            "Take a duration apart",
            "Returns a duration such as 1h30m, each time as a whole, in units from hours to nanoseconds.",
        )
    }

    fn call(&self, _world: &dyn World, arguments: &[Value]) -> Result<Value, FunctionError> {
        let text = text_argument(arguments)?;
        let nanoseconds = duration::parse(text).map_err(|_| {
            refused(format!("Error parsing duration string: {} is not a valid duration string", quoted(text)))
        })?;
        let fraction = |unit: i64| {
            // Whole units and the rest apart lose less than one division would.
            let value = (nanoseconds / unit) as f64 + (nanoseconds % unit) as f64 / unit as f64;
            Number::from_f64(value).map_or_else(|| Value::null(Type::Number), Value::number)
        };
        Ok(Value::object([
            ("hours", fraction(3_600_000_000_000)),
            ("minutes", fraction(60_000_000_000)),
            ("seconds", fraction(1_000_000_000)),
            ("milliseconds", Value::number(nanoseconds / 1_000_000)),
            ("microseconds", Value::number(nanoseconds / 1_000)),
            ("nanoseconds", Value::number(nanoseconds)),
        ]))
    }
}

impl Function for Rfc3339Parse {
    fn signature(&self) -> FunctionSignature {
        signature(
            parameter("timestamp", Type::String, "A timestamp as of RFC 3339."),
            parts_type("unix", Type::Number),
            "Take a timestamp apart",
            "Returns the parts of the date and the time of day of a timestamp as of RFC 3339.",
        )
    }

    fn call(&self, _world: &dyn World, arguments: &[Value]) -> Result<Value, FunctionError> {
        let text = text_argument(arguments)?;
        let time = Timestamp::parse(text).map_err(|_| {
            refused(format!(
                "Error parsing RFC3339 timestamp: {} is not a valid RFC3339 timestamp",
                quoted(text)
            ))
        })?;
        Ok(parts(&time, ("unix", Value::number(time.unix()))))
    }
}

impl Function for UnixTimestampParse {
    fn signature(&self) -> FunctionSignature {
        signature(
            parameter("unix_timestamp", Type::Number, "Seconds since the beginning of 1970."),
            parts_type("rfc3339", Type::String),
            "Take a number of seconds since 1970 apart",
            "Returns the parts of the date and the time of day, in UTC, of a number of seconds since 1970.",
        )
    }

    fn call(&self, _world: &dyn World, arguments: &[Value]) -> Result<Value, FunctionError> {
        let seconds = arguments.first().and_then(|value| value.as_number()?.to_i64());
        // Beyond this the year does not fit the calendar's arithmetic; it is 146 billion years off.
        let seconds = seconds.filter(|seconds| seconds.unsigned_abs() < 1 << 62).ok_or_else(|| {
            refused("A whole number of seconds that fits the calendar is required.".to_owned())
        })?;
        let time = Timestamp::from_unix(seconds);
        Ok(parts(&time, ("rfc3339", Value::string(time.to_string()))))
    }
}

const NUMBERS: [&str; 10] =
    ["year", "year_day", "day", "month", "weekday", "hour", "minute", "second", "iso_year", "iso_week"];
const TEXTS: [&str; 2] = ["month_name", "weekday_name"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

fn parts_type(extra: &'static str, ty: Type) -> Type {
    let numbers = NUMBERS.map(|name| (name, Type::Number));
    let texts = TEXTS.map(|name| (name, Type::String));
    Type::object(numbers.into_iter().chain(texts).chain([(extra, ty)]))
}

fn parts(time: &Timestamp, extra: (&'static str, Value)) -> Value {
    let date = time.date();
    let (iso_year, iso_week) = time.iso_week();
    let name = |names: &[&'static str], at: i64| {
        let at = usize::try_from(at).ok();
        Value::string(at.and_then(|at| names.get(at)).copied().unwrap_or_default())
    };
    let numbers = [
        date.year,
        time.year_day(),
        date.day,
        date.month,
        time.weekday(),
        date.hour,
        date.minute,
        date.second,
        iso_year,
        iso_week,
    ];
    let texts = [name(&MONTHS, date.month - 1), name(&WEEKDAYS, time.weekday())];
    Value::object(
        NUMBERS
            .into_iter()
            .zip(numbers.map(Value::number))
            .chain(TEXTS.into_iter().zip(texts))
            .chain([extra]),
    )
}

fn text_argument(arguments: &[Value]) -> Result<&str, FunctionError> {
    arguments.first().and_then(Value::as_str).ok_or_else(|| refused("A text is required.".to_owned()))
}

fn refused(text: String) -> FunctionError {
    FunctionError { text, argument: Some(0) }
}

fn parameter(name: &str, ty: Type, description: &str) -> FunctionParameter {
    FunctionParameter {
        name: name.into(),
        ty,
        allow_null: false,
        allow_unknown: false,
        description: description.to_owned(),
        description_kind: TextKind::Plain,
    }
}

fn signature(
    parameter: FunctionParameter,
    returns: Type,
    summary: &str,
    description: &str,
) -> FunctionSignature {
    FunctionSignature {
        parameters: vec![parameter],
        variadic: None,
        returns,
        summary: summary.to_owned(),
        description: description.to_owned(),
        description_kind: TextKind::Plain,
        deprecation_message: String::new(),
    }
}
