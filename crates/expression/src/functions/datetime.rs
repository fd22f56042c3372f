//! Functions on points in time, which are texts in the form of RFC 3339.

use plumb_value::{Type, Value};

use super::{Function, FunctionError, Invocation, Outcome, Parameter};
use crate::describe::quote;

const DAY_SECONDS: i64 = 86_400;
const NANOSECONDS: i128 = 1_000_000_000;
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
const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

pub(super) fn functions() -> Vec<Function> {
    let text = |name| Parameter::new(name, Type::String);
    vec![
        Function::new("formatdate", Type::String, format_date).takes(text("format")).takes(text("time")),
        Function::new("plantimestamp", Type::String, |call| now(call.world.plan_time_ms)).reads_world(),
        Function::new("timeadd", Type::String, add)
            .takes(text("timestamp"))
            .takes(text("duration"))
            .promises_nothing(),
        Function::new("timecmp", Type::Number, compare).takes(text("timestamp_a")).takes(text("timestamp_b")),
        Function::new("timestamp", Type::String, |call| now(call.world.now_ms)).reads_world(),
    ]
}

/// A point in time as a clock somewhere shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Moment {
    /// Since the beginning of 1970, in universal time.
    nanoseconds: i128,
    /// How far the clock is ahead of universal time.
    offset_seconds: i64,
}

/// What a clock and a calendar show.
struct Shown {
    year: i64,
    month: i64,
    day: i64,
    weekday: usize,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Moment {
    fn shown(self) -> Shown {
        let seconds = self.nanoseconds.div_euclid(NANOSECONDS) as i64 + self.offset_seconds;
        let (days, time) = (seconds.div_euclid(DAY_SECONDS), seconds.rem_euclid(DAY_SECONDS));
        let (year, month, day) = date_of(days);
        Shown {
            year,
            month,
            day,
            weekday: days.rem_euclid(7) as usize,
            hour: time / 3600,
            minute: time / 60 % 60,
            second: time % 60,
        }
    }

    /// The offset as `+02:00`, or as something else where there is none.
    fn offset(self, none: &str, colon: &str) -> String {
        if self.offset_seconds == 0 && !none.is_empty() {
            return none.to_owned();
        }
        let sign = if self.offset_seconds < 0 { '-' } else { '+' };
        let minutes = self.offset_seconds.abs() / 60;
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.shown();
        write!(
            out,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}",
            shown.year,
            shown.month,
            shown.day,
            shown.hour,
            shown.minute,
            shown.second,
            self.offset("Z", ":")
        )
    }
}

/// Days since the beginning of 1970 of a date, by counting years from March.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

pub(super) fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Reads a time from left to right, naming the first part that is wrong.
struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn number(&mut self, digits: usize, what: &str) -> Result<i64, String> {
        if self.rest.is_empty() {
            return Err(format!("end of string before {what}"));
        }
        let number = self
            .rest
            .get(..digits)
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| format!("cannot use {} as {what}", quote(self.rest)))?;
        self.rest = &self.rest[digits..];
        Ok(number)
    }

    fn within(&mut self, what: &str, range: std::ops::RangeInclusive<i64>) -> Result<i64, String> {
        let number = self.number(2, what)?;
        if range.contains(&number) {
            return Ok(number);
        }
        Err(format!("{what} must be between {} and {} inclusive", range.start(), range.end()))
    }

    fn sign(&mut self, sign: char) -> Result<(), String> {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None if sign == 'T' => Err("missing required time introducer 'T'".to_owned()),
            None if self.rest.is_empty() => Err(format!("end of string where \"{sign}\" is expected")),
            None => Err(format!("found {} where \"{sign}\" is expected", quote(self.rest))),
        }
    }

    fn fraction(&mut self) -> i128 {
        let Some(rest) = self.rest.strip_prefix('.') else { return 0 };
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return 0;
        }
        self.rest = &rest[count..];
        // Beyond nanoseconds nothing counts.
        let digits: String = rest[..count].chars().chain("000000000".chars()).take(9).collect();
        digits.parse().unwrap_or(0)
    }

    fn offset(&mut self) -> Result<i64, String> {
        if self.rest == "Z" {
            return Ok(0);
        }
        let sign = match self.rest.chars().next() {
            Some('+') => 1,
            Some('-') => -1,
            None => return Err("end of string before UTC offset".to_owned()),
            Some(_) => return Err(format!("cannot use {} as UTC offset", quote(self.rest))),
        };
        self.rest = &self.rest[1..];
        let hours = self.within("UTC offset", 0..=23)?;
        self.sign(':')?;
        let minutes = self.within("UTC offset", 0..=59)?;
        if !self.rest.is_empty() {
            return Err(format!("extra text {} behind the UTC offset", quote(self.rest)));
        }
        Ok(sign * (hours * 3600 + minutes * 60))
    }
}

fn parse(text: &str) -> Result<Moment, String> {
    let mut reader = Reader { rest: text };
    let mut read = || -> Result<Moment, String> {
        let year = reader.number(4, "year")?;
        reader.sign('-')?;
        let month = reader.within("month", 1..=12)?;
        reader.sign('-')?;
        let day = reader.number(2, "day of month")?;
        if day < 1 || day > days_in(year, month) {
            return Err("day out of range".to_owned());
        }
        reader.sign('T')?;
        let hour = reader.within("hour", 0..=23)?;
        reader.sign(':')?;
        let minute = reader.within("minute", 0..=59)?;
        reader.sign(':')?;
        let second = reader.within("second", 0..=59)?;
        let fraction = reader.fraction();
        let offset_seconds = reader.offset()?;
        let seconds =
            days_of(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset_seconds;
        Ok(Moment { nanoseconds: i128::from(seconds) * NANOSECONDS + fraction, offset_seconds })
    };
    read().map_err(|why| format!("not a valid RFC3339 timestamp: {why}"))
}

fn moment(call: &Invocation<'_>, position: usize) -> Result<Moment, FunctionError> {
    parse(call.text(position)).map_err(|why| FunctionError::argument(position, why))
}

fn now(milliseconds: Option<i64>) -> Outcome {
    Ok(match milliseconds {
        None => Value::unknown(Type::String),
        Some(milliseconds) => {
            let moment = Moment { nanoseconds: i128::from(milliseconds) * 1_000_000, offset_seconds: 0 };
            Value::string(moment.to_string())
        }
    })
}

fn add(call: &Invocation<'_>) -> Outcome {
    let moment = parse(call.text(0)).map_err(FunctionError::call)?;
    let duration = parse_duration(call.text(1)).map_err(FunctionError::call)?;
    let sum = Moment { nanoseconds: moment.nanoseconds + i128::from(duration), ..moment };
    Ok(Value::string(sum.to_string()))
}

fn compare(call: &Invocation<'_>) -> Outcome {
    let (one, two) = (moment(call, 0)?, moment(call, 1)?);
    Ok(Value::number(one.nanoseconds.cmp(&two.nanoseconds) as i64))
}

/// A duration as Go writes them, such as `-1h30m0.5s`, in nanoseconds; the error says what is wrong with it.
pub fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("invalid duration {}", quote(text));
    let (sign, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number_end = rest
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || whole.len() > 19 {
            return Err(invalid());
        }
        let unit_end = after
            .find(|character: char| character.is_ascii_digit() || character == '.')
            .unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        let scale: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => NANOSECONDS,
            "m" => 60 * NANOSECONDS,
            "h" => 3600 * NANOSECONDS,
            "" => return Err(format!("missing unit in duration {}", quote(text))),
            other => return Err(format!("unknown unit {} in duration {}", quote(other), quote(text))),
        };
        total += whole.parse::<i128>().unwrap_or(0) * scale;
        let digits = &fraction[..fraction.len().min(18)];
        if !digits.is_empty() {
            total += digits.parse::<i128>().unwrap_or(0) * scale / 10_i128.pow(digits.len() as u32);
        }
        rest = next;
    }
    i64::try_from(sign * total).map_err(|_| invalid())
}

fn format_date(call: &Invocation<'_>) -> Outcome {
    let moment = moment(call, 1)?;
    let mut text = String::new();
    let mut rest = call.text(0);
    while let Some(first) = rest.chars().next() {
        let length = if first == '\'' {
            quoted_length(rest).ok_or_else(|| FunctionError::argument(0, "unterminated literal '"))?
        } else if first.is_ascii_alphabetic() {
            rest.bytes().take_while(|byte| char::from(*byte) == first).count()
        } else {
            first.len_utf8()
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        if first == '\'' {
            // Two quotes are one, between others as well as alone.
            let inside = &piece[1..piece.len() - 1];
            text.push_str(if inside.is_empty() { "'" } else { inside }.replace("''", "'").as_str());
        } else if first.is_ascii_alphabetic() {
            text.push_str(&verb(piece, moment).map_err(|why| {
                let why = if why.is_empty() { String::new() } else { format!(": {why}") };
                FunctionError::argument(0, format!("invalid date format verb {}{why}", quote(piece)))
            })?);
        } else {
            text.push_str(piece);
        }
    }
    Ok(Value::string(text))
}

/// Length of a literal in quotes at the beginning of a text.
fn quoted_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    if bytes.get(1) == Some(&b'\'') {
        return Some(2);
    }
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == b'\'' {
            if bytes.get(at + 1) != Some(&b'\'') {
                return Some(at + 1);
            }
            at += 1;
        }
        at += 1;
    }
    None
}

fn verb(verb: &str, moment: Moment) -> Result<String, String> {
    let shown = moment.shown();
    let two = |number: i64, why: &str| match verb.len() {
        1 => Ok(number.to_string()),
        2 => Ok(format!("{number:02}")),
        _ => Err(why.to_owned()),
    };
    let half = |morning: &str, evening: &str| match verb.len() {
        2 => Ok(if shown.hour < 12 { morning } else { evening }.to_owned()),
        _ => Err(format!("must be \"{0}{0}\"", &verb[..1])),
    };
    let name = |names: &[&str], at: usize| names.get(at).copied().unwrap_or("").to_owned();
    match verb.as_bytes()[0] {
        b'Y' => match verb.len() {
            2 => Ok(format!("{:02}", shown.year % 100)),
            4 => Ok(format!("{:04}", shown.year)),
            _ => Err("year must either be \"YY\" or \"YYYY\"".to_owned()),
        },
        b'M' => match verb.len() {
            3 => Ok(name(&MONTHS, shown.month as usize - 1)[..3].to_owned()),
            4 => Ok(name(&MONTHS, shown.month as usize - 1)),
            _ => two(shown.month, "month must be \"M\", \"MM\", \"MMM\", or \"MMMM\""),
        },
        b'D' => two(shown.day, "day of month must either be \"D\" or \"DD\""),
        b'E' => match verb.len() {
            3 => Ok(name(&WEEKDAYS, shown.weekday)[..3].to_owned()),
            4 => Ok(name(&WEEKDAYS, shown.weekday)),
            _ => Err("day of week must either be \"EEE\" or \"EEEE\"".to_owned()),
        },
        b'h' => two(shown.hour, "24-hour must either be \"h\" or \"hh\""),
        b'H' => two((shown.hour + 11) % 12 + 1, "12-hour must either be \"H\" or \"HH\""),
        b'A' => half("AM", "PM"),
        b'a' => half("am", "pm"),
        b'm' => two(shown.minute, "minute must either be \"m\" or \"mm\""),
        b's' => two(shown.second, "second must either be \"s\" or \"ss\""),
        b'Z' => match verb.len() {
            1 => Ok(moment.offset("Z", ":")),
            3 => Ok(moment.offset("UTC", "")),
            4 => Ok(moment.offset("", "")),
            5 => Ok(moment.offset("", ":")),
            _ => Err("timezone must be Z, ZZZZ, or ZZZZZ".to_owned()),
        },
        _ => Err(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_are_inverse() {
        for days in (-800_000..800_000).step_by(97) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
        }
        assert_eq!(date_of(0), (1970, 1, 1));
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanoseconds) in [
            ("1h30m", 5_400_000_000_000),
            ("-1.5s", -1_500_000_000),
            ("0", 0),
            ("1us2ns", 1_002),
            (".5ms", 500_000),
        ] {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
        }
        for text in ["", "x", "1", "1d", "-", "9999999h", "1..5s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
