//! Timestamps as of RFC 3339.
//!
//! Responsible for reading and writing them the way that Go does, which is a little more tolerant
//! than the standard, and for moving them along the calendar. It reads no clock.

use std::fmt;

use super::calendar::{date_of, days_of, month_length};
use crate::framework::quoted;

const DAY_SECONDS: i64 = 86_400;

/// An instant, in seconds, and the distance from UTC that it is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp {
    unix: i64,
    offset_seconds: i64,
    nanoseconds: u32,
}

/// An instant taken apart, at its own distance from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

impl Timestamp {
    /// An instant in UTC.
    pub(super) fn from_unix(unix: i64) -> Timestamp {
        // Far enough from the limits for a day more or less to be no problem anywhere below.
        let unix = unix.clamp(i64::MIN / 2, i64::MAX / 2);
        Timestamp { unix, offset_seconds: 0, nanoseconds: 0 }
    }

    /// Reads a timestamp; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Timestamp, String> {
        Parser { text, rest: text }.timestamp()
    }

    /// Seconds since the beginning of 1970.
    pub(super) fn unix(&self) -> i64 {
        self.unix
    }

    /// Whether it comes after another.
    pub(super) fn is_after(&self, other: &Timestamp) -> bool {
        (self.unix, self.nanoseconds) > (other.unix, other.nanoseconds)
    }

    fn local(&self) -> i64 {
        self.unix.saturating_add(self.offset_seconds)
    }

    /// Days since the beginning of 1970, and the weekday counted from Sunday.
    fn day(&self) -> (i64, i64) {
        let day = self.local().div_euclid(DAY_SECONDS);
        (day, (day + 4).rem_euclid(7))
    }

    /// The parts of the date and the time of day.
    pub(super) fn date(&self) -> Date {
        let (year, month, day) = date_of(self.day().0);
        let second = self.local().rem_euclid(DAY_SECONDS);
        Date { year, month, day, hour: second / 3_600, minute: second / 60 % 60, second: second % 60 }
    }

    /// The weekday, counted from Sunday.
    pub(super) fn weekday(&self) -> i64 {
        self.day().1
    }

    /// The day within the year, from 1.
    pub(super) fn year_day(&self) -> i64 {
        let first = days_of(self.date().year, 1, 1).unwrap_or_default();
        self.day().0 - first + 1
    }

    /// Year and number of the week as of ISO 8601: a week belongs to the year of its Thursday.
    pub(super) fn iso_week(&self) -> (i64, i64) {
        let (day, weekday) = self.day();
        let thursday = day - (weekday + 6) % 7 + 3;
        let (year, _, _) = date_of(thursday);
        let first = days_of(year, 1, 1).unwrap_or_default();
        (year, (thursday - first) / 7 + 1)
    }

    /// So many seconds later.
    pub(super) fn add_seconds(&self, seconds: i64) -> Option<Timestamp> {
        let unix = self.unix.checked_add(seconds)?;
        (unix.unsigned_abs() < (i64::MAX / 2).unsigned_abs()).then_some(Timestamp { unix, ..*self })
    }

    /// So many years, months and days later at the same time of day; a day that the month then
    /// does not have counts on into the next.
    pub(super) fn add_date(&self, years: i64, months: i64, days: i64) -> Option<Timestamp> {
        let date = self.date();
        let day = days_of(
            date.year.checked_add(years)?,
            date.month.checked_add(months)?,
            date.day.checked_add(days)?,
        )?;
        let local = day.checked_mul(DAY_SECONDS)?.checked_add(self.local().rem_euclid(DAY_SECONDS))?;
        let unix = local.checked_sub(self.offset_seconds)?;
        Timestamp { unix: 0, ..*self }.add_seconds(unix)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Date { year, month, day, hour, minute, second } = self.date();
        let sign = if year < 0 { "-" } else { "" };
        let year = year.unsigned_abs();
        write!(out, "{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.offset_seconds == 0 {
            return out.write_str("Z");
        }
        let minutes = self.offset_seconds / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        write!(out, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }
}

/// Reads a timestamp from left to right.
struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Parser<'_> {
    fn timestamp(mut self) -> Result<Timestamp, String> {
        let year = self.number(4, 4, "2006")?;
        self.literal("-")?;
        let month = self.number(2, 2, "01")?;
        self.within("month", 1, month, 12)?;
        self.literal("-")?;
        let day = self.number(2, 2, "02")?;
        self.literal("T")?;
        // Go takes an hour of one digit.
        let hour = self.number(1, 2, "15")?;
        self.within("hour", 0, hour, 23)?;
        self.literal(":")?;
        let minute = self.number(2, 2, "04")?;
        self.within("minute", 0, minute, 59)?;
        self.literal(":")?;
        let second = self.number(2, 2, "05")?;
        self.within("second", 0, second, 59)?;
        let nanoseconds = self.fraction();
        let offset_seconds = self.offset()?;
        if !self.rest.is_empty() {
            return Err(self.error(&format!("extra text: {}", quoted(self.rest))));
        }
        self.within("day", 1, day, month_length(year, month))?;
        let days = days_of(year, month, day).unwrap_or_default();
        let unix = days * DAY_SECONDS + hour * 3_600 + minute * 60 + second - offset_seconds;
        Ok(Timestamp { unix, offset_seconds, nanoseconds })
    }

    /// A number of `least` to `most` digits.
    fn number(&mut self, least: usize, most: usize, pattern: &str) -> Result<i64, String> {
        let digits = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if digits < least {
            return Err(self.mismatch(pattern));
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        number.parse().map_err(|_| self.mismatch(pattern))
    }

    fn literal(&mut self, literal: &str) -> Result<(), String> {
        self.rest = self.rest.strip_prefix(literal).ok_or_else(|| self.mismatch(literal))?;
        Ok(())
    }

    /// A part of a second, behind a point or, as Go has it, a comma.
    fn fraction(&mut self) -> u32 {
        let Some(behind) = self.rest.strip_prefix(['.', ',']) else { return 0 };
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return 0;
        }
        let (fraction, rest) = behind.split_at(digits);
        self.rest = rest;
        let nine = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
        nine.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    }

    fn offset(&mut self) -> Result<i64, String> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        let sign = match self.rest.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(self.mismatch("Z07:00")),
        };
        let from = self.rest;
        self.rest = &self.rest[1..];
        let parts = (|| {
            let hours = self.number(2, 2, "")?;
            self.literal(":")?;
            Ok((hours, self.number(2, 2, "")?))
        })();
        let (hours, minutes) = parts.map_err(|_: String| {
            self.rest = from;
            self.mismatch("Z07:00")
        })?;
        self.within("time zone offset hour", 0, hours, 24)?;
        self.within("time zone offset minute", 0, minutes, 59)?;
        Ok(sign * (hours * 3_600 + minutes * 60))
    }

    fn within(&self, what: &str, least: i64, number: i64, most: i64) -> Result<(), String> {
        if (least..=most).contains(&number) {
            Ok(())
        } else {
            Err(self.error(&format!("{what} out of range")))
        }
    }

    fn mismatch(&self, pattern: &str) -> String {
        let text = quoted(self.text);
        format!(
            "parsing time {text} as \"2006-01-02T15:04:05Z07:00\": cannot parse {} as {}",
            quoted(self.rest),
            quoted(pattern)
        )
    }

    fn error(&self, reason: &str) -> String {
        format!("parsing time {}: {reason}", quoted(self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_read_and_written() {
        let same = [
            "2020-02-29T06:36:13Z",
            "0001-01-01T00:00:00Z",
            "2020-01-01T00:00:00+02:30",
            "1969-12-31T23:59:59-11:00",
        ];
        for text in same {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        }
        for (text, written) in [
            ("2020-01-01T00:00:00+00:00", "2020-01-01T00:00:00Z"),
            ("2020-01-01T00:00:00-00:00", "2020-01-01T00:00:00Z"),
            ("2020-01-01T1:00:00.123456789123Z", "2020-01-01T01:00:00Z"),
            ("2020-01-01T00:00:00,5Z", "2020-01-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), written, "{text}");
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, error) in [
            ("", "parsing time \"\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"2006\""),
            ("2020-13-01T00:00:00Z", "parsing time \"2020-13-01T00:00:00Z\": month out of range"),
            ("2021-02-29T00:00:00Z", "parsing time \"2021-02-29T00:00:00Z\": day out of range"),
            ("2021-02-20T24:00:00Z", "parsing time \"2021-02-20T24:00:00Z\": hour out of range"),
            ("2021-02-20T23:00:00Zx", "parsing time \"2021-02-20T23:00:00Zx\": extra text: \"x\""),
            (
                "2021-02-20 23:00:00Z",
                "parsing time \"2021-02-20 23:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \" 23:00:00Z\" as \"T\"",
            ),
            (
                "2021-02-20T23:00:00+1",
                "parsing time \"2021-02-20T23:00:00+1\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"+1\" as \"Z07:00\"",
            ),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap_err(), error);
        }
        for text in ["é", "2020-01-01T00:00:0é", "2020-01-01T00:00:00.", "99999-01-01T00:00:00Z"] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_move_along_the_calendar() {
        let start = Timestamp::parse("2020-01-31T10:00:00+02:00").unwrap();
        let moved = |years, months, days| start.add_date(years, months, days).unwrap().to_string();
        assert_eq!(moved(0, 1, 0), "2020-03-02T10:00:00+02:00");
        assert_eq!(moved(-1, 0, 1), "2019-02-01T10:00:00+02:00");
        assert_eq!(moved(0, -2, 0), "2019-12-01T10:00:00+02:00");
        assert_eq!(start.add_date(i64::MAX, 0, 0), None);
        assert_eq!(start.add_date(0, 0, i64::MAX), None);
        assert_eq!(start.add_seconds(i64::MAX), None);
        assert_eq!(start.add_seconds(-3_600).unwrap().to_string(), "2020-01-31T09:00:00+02:00");
    }

    #[test]
    fn weeks_and_days_of_the_year() {
        for (text, weekday, year_day, week) in [
            ("2023-07-25T23:43:16Z", 2, 206, (2023, 30)),
            ("2021-01-03T00:00:00Z", 0, 3, (2020, 53)),
            ("2018-12-31T00:00:00Z", 1, 365, (2019, 1)),
            ("2024-12-31T00:00:00Z", 2, 366, (2025, 1)),
        ] {
            let time = Timestamp::parse(text).unwrap();
            assert_eq!(
                (time.weekday(), time.year_day(), time.iso_week()),
                (weekday, year_day, week),
                "{text}"
            );
        }
    }
}
