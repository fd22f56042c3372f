//! What a scalar stands for: its tag, its quotes and its text decide.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use granit_parser::ScalarStyle;
use plumb_value::{Number, Type, Value};
use regex::{Captures, Regex};

use super::super::datetime::days_in;
use crate::describe::quote;

/// What tags of YAML itself begin with; a text writes it as `!!`.
const YAML_TAG: &str = "tag:yaml.org,2002:";

/// What a scalar is said to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    None,
    Text,
    Binary,
    Bool,
    Integer,
    Float,
    Null,
    Timestamp,
}

/// The value of a scalar.
pub(super) fn value(tag: Option<&str>, text: &str, style: ScalarStyle) -> Result<Value, String> {
    let tag = known_tag(tag)?;
    let is_quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
    let may_be_word = text.is_empty() || text.starts_with(WORD_BEGINNINGS);
    if matches!(tag, Tag::Text | Tag::Binary) || !may_be_word {
        return tagged(tag, text);
    }
    if is_quoted {
        return Ok(Value::string(text));
    }
    if let Some(word) = word(text) {
        return Ok(word);
    }
    let may_be_number = text.starts_with(NUMBER_BEGINNINGS);
    if tag == Tag::None && [".nan", ".NaN", ".NAN"].contains(&text) {
        return Err(format!("{text} is not a number that can be computed with"));
    }
    if may_be_number && !text.starts_with('.') {
        if matches!(tag, Tag::None | Tag::Timestamp)
            && let Some(time) = timestamp(text)
        {
            return Ok(Value::string(time));
        }
        if NUMBER.is_match(text) {
            return tagged(Tag::Float, text);
        }
    } else if may_be_number && let Some(number) = Number::parse(text) {
        return Ok(Value::number(number));
    }
    tagged(tag, text)
}

/// What everything begins with that may be more than a text.
const WORD_BEGINNINGS: &[char] = &[
    '+', '-', '.', '~', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'y', 'Y', 'n', 'N', 't', 'T', 'f',
    'F', 'o', 'O',
];

const NUMBER_BEGINNINGS: &[char] = &['+', '-', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/// Numbers of YAML 1.2: <https://yaml.org/spec/1.2.2/#103-core-schema>.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\A(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+)\z")
        .expect("a pattern that a test compiles")
});

fn known_tag(tag: Option<&str>) -> Result<Tag, String> {
    let Some(tag) = tag else { return Ok(Tag::None) };
    Ok(match tag.strip_prefix(YAML_TAG) {
        Some("str") => Tag::Text,
        Some("binary") => Tag::Binary,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Integer,
        Some("float") => Tag::Float,
        Some("null") => Tag::Null,
        Some("timestamp") => Tag::Timestamp,
        _ => return Err(format!("unsupported tag {}", quote(tag))),
    })
}

/// The value of a text that has to be what its tag says.
fn tagged(tag: Tag, text: &str) -> Result<Value, String> {
    let refused = |what: &str| format!("cannot parse {} as {YAML_TAG}{what}", quote(text));
    match tag {
        Tag::None | Tag::Text => Ok(Value::string(text)),
        // It stays as it is, for values are no bytes.
        Tag::Binary => match STANDARD.decode(text.replace(['\n', '\r'], "")) {
            Ok(_) => Ok(Value::string(text)),
            Err(_) => Err(format!("{}: not valid base64", refused("binary"))),
        },
        Tag::Bool => word(text).filter(|word| word.as_bool().is_some()).ok_or_else(|| refused("bool")),
        Tag::Integer | Tag::Float => number(text)
            .map(Value::number)
            .ok_or_else(|| refused(if tag == Tag::Integer { "int" } else { "float" })),
        Tag::Null => Ok(Value::null(Type::Dynamic)),
        Tag::Timestamp => timestamp(text).map(Value::string).ok_or_else(|| refused("timestamp")),
    }
}

fn word(text: &str) -> Option<Value> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::bool(false)
        }
        "" | "~" | "null" | "Null" | "NULL" => Value::null(Type::Dynamic),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::number(Number::parse("Inf")?),
        "-.inf" | "-.Inf" | "-.INF" => Value::number(Number::parse("-Inf")?),
        _ => return None,
    })
}

/// A number in one of the bases that have a prefix, with underscores anywhere.
fn number(text: &str) -> Option<Number> {
    let digits = text.replace('_', "");
    if let Some(number) = Number::parse(&digits) {
        return Some(number);
    }
    let (sign, magnitude) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let (base, magnitude) = match magnitude.get(..2)? {
        "0x" | "0X" => (16, &magnitude[2..]),
        "0o" | "0O" => (8, &magnitude[2..]),
        "0b" | "0B" => (2, &magnitude[2..]),
        _ => return None,
    };
    if magnitude.starts_with(['+', '-']) {
        return None;
    }
    let number = sign * i128::from(u64::from_str_radix(magnitude, base).ok()?);
    // Beyond what a machine can hold there are none in these bases, as with the peers.
    (number >= i128::from(i64::MIN)).then(|| Number::parse(&number.to_string()))?
}

/// The forms of <https://yaml.org/type/timestamp.html> that the peers know.
static TIMESTAMP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\A(?<year>[0-9]{4})-(?<month>[0-9]{1,2})-(?<day>[0-9]{1,2})
        (?:(?<apart>[Tt\ ])(?<hour>[0-9]{1,2}):(?<minute>[0-9]{1,2}):(?<second>[0-9]{1,2})(?:[.,][0-9]+)?
           (?<zone>Z|[-+](?<zone_hours>[0-9]{2}):(?<zone_minutes>[0-9]{2}))?)?\z",
    )
    .expect("a pattern that a test compiles")
});

/// A time as RFC 3339 writes it, to the second.
fn timestamp(text: &str) -> Option<String> {
    let parts = TIMESTAMP.captures(text)?;
    let (year, month, day) =
        (number_of(&parts, "year"), number_of(&parts, "month"), number_of(&parts, "day"));
    let (hour, minute) = (number_of(&parts, "hour"), number_of(&parts, "minute"));
    let second = number_of(&parts, "second");
    let is_date = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    let zone = parts.name("zone").map(|zone| zone.as_str());
    // Behind a T the zone has to be said; behind a blank it cannot.
    let is_complete = match parts.name("apart").map(|apart| apart.as_str()) {
        None => true,
        Some(" ") => zone.is_none(),
        Some(_) => zone.is_some(),
    };
    let has_zone = number_of(&parts, "zone_hours") <= 24 && number_of(&parts, "zone_minutes") <= 60;
    if !is_date || !is_complete || !has_zone || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let zone = zone.filter(|zone| !zone.ends_with("00:00")).unwrap_or("Z");
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"))
}

/// A part that consists of digits; none is zero.
fn number_of(parts: &Captures<'_>, name: &str) -> i64 {
    parts.name(name).and_then(|part| part.as_str().parse().ok()).unwrap_or(0)
}
