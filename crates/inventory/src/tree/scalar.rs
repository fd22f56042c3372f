//! What a scalar of YAML stands for: its tag, its quotes and its text decide.
//!
//! Plain words are those of YAML 1.1 as PyYAML has them, which Ansible is made with: `yes` is true, `010` is eight,
//! and `22:30` is a number to the base of sixty.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Number, Value};

use super::Kind;
use crate::name::quoted;

/// What tags of YAML itself begin with; a text writes it as `!!`.
pub(super) const YAML_TAG: &str = "tag:yaml.org,2002:";

/// What a scalar stands for.
pub(super) fn kind(tag: Option<&str>, text: &str, is_plain: bool) -> Result<Kind, String> {
    let Some(tag) = tag else {
        let value = if is_plain { plain(text) } else { Value::String(text.to_owned()) };
        return Ok(Kind::Scalar(value));
    };
    let refused = || format!("{} is not what its tag {} says", quoted(text), quoted(tag));
    let plain = |is: fn(&Value) -> bool| Some(plain(text)).filter(is).ok_or_else(refused);
    Ok(Kind::Scalar(match tag.strip_prefix(YAML_TAG).unwrap_or(tag) {
        "!vault" | "!vault-encrypted" => return Ok(Kind::Vault),
        "!unsafe" | "str" | "!" | "binary" | "timestamp" => Value::String(text.to_owned()),
        "int" => plain(|value| value.is_i64() || value.is_u64())?,
        "float" => plain(Value::is_number)?,
        "bool" => plain(Value::is_boolean)?,
        "null" => plain(Value::is_null)?,
        _ => return Err(format!("the tag {} is not known here", quoted(tag))),
    }))
}

/// What a plain word stands for.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Value::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    let may_be_number = text.starts_with(|one: char| one.is_ascii_digit() || matches!(one, '+' | '-' | '.'));
    let number = if may_be_number { integer(text).or_else(|| float(text)) } else { None };
    number.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// <https://yaml.org/type/int.html>, as far as PyYAML follows it.
static INTEGER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\A(?<sign>[-+]?)(?:0b(?<binary>[01_]+)|0x(?<hex>[0-9a-fA-F_]+)
        |(?<sixty>[1-9][0-9_]*(?::[0-5]?[0-9])+)|0(?<octal>[0-7_]+)|(?<decimal>0|[1-9][0-9_]*))\z",
    )
    .expect("a pattern that a test compiles")
});

/// <https://yaml.org/type/float.html>, the same.
static FLOAT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\A(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?
        |(?<sixty>[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*))\z",
    )
    .expect("a pattern that a test compiles")
});

fn integer(text: &str) -> Option<Value> {
    let parts = INTEGER.captures(text)?;
    let digits = |name: &str| parts.name(name).map(|part| part.as_str().replace('_', ""));
    let in_base = |name: &str, base| digits(name).map(|digits| i128::from_str_radix(&digits, base).ok());
    let magnitude = in_base("binary", 2)
        .or_else(|| in_base("hex", 16))
        .or_else(|| in_base("octal", 8))
        .or_else(|| in_base("decimal", 10))
        .or_else(|| digits("sixty").map(|digits| to_base_of_sixty(&digits)))?;
    let is_negative = &parts["sign"] == "-";
    // What no number here can hold stays as it is written.
    let number = magnitude.map(|magnitude| if is_negative { -magnitude } else { magnitude })?;
    let number = i64::try_from(number).map(Number::from).or_else(|_| u64::try_from(number).map(Number::from));
    number.ok().map(Value::Number)
}

fn to_base_of_sixty(digits: &str) -> Option<i128> {
    let add = |sum: i128, part: &str| sum.checked_mul(60)?.checked_add(part.parse().ok()?);
    digits.split(':').try_fold(0_i128, add)
}

fn float(text: &str) -> Option<Value> {
    let parts = FLOAT.captures(text)?;
    let digits = text.replace('_', "");
    let number = if parts.name("sixty").is_some() {
        let magnitude = digits.trim_start_matches(['-', '+']);
        let add = |sum: f64, part: &str| Some(sum * 60.0 + part.parse::<f64>().ok()?);
        let magnitude = magnitude.split(':').try_fold(0.0, add)?;
        if digits.starts_with('-') { -magnitude } else { magnitude }
    } else {
        digits.parse().ok()?
    };
    Number::from_f64(number).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_words_are_as_pyyaml_has_them() {
        let cases = [
            ("yes", json!(true)),
            ("y", json!("y")),
            ("Off", json!(false)),
            ("~", json!(null)),
            ("010", json!(8)),
            ("0o10", json!("0o10")),
            ("0x1F", json!(31)),
            ("0b11", json!(3)),
            ("1_000", json!(1000)),
            ("-12", json!(-12)),
            ("+12", json!(12)),
            ("22:30", json!(1350)),
            ("-1:30", json!(-90)),
            ("089", json!("089")),
            ("1.5", json!(1.5)),
            ("1e5", json!("1e5")),
            ("1.0e+5", json!(100_000.0)),
            (".5", json!(0.5)),
            ("1:30.5", json!(90.5)),
            ("10.0.0.1", json!("10.0.0.1")),
            ("00:11:22:33:44:55", json!("00:11:22:33:44:55")),
            ("2001-01-01", json!("2001-01-01")),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("99999999999999999999999", json!("99999999999999999999999")),
            (".inf", json!(".inf")),
            ("-", json!("-")),
        ];
        for (text, value) in cases {
            assert_eq!(plain(text), value, "{text}");
        }
    }

    #[test]
    fn tags_count_for_more_than_words() {
        let cases =
            [("tag:yaml.org,2002:str", "yes", json!("yes")), ("tag:yaml.org,2002:int", "7", json!(7))];
        for (tag, text, value) in cases {
            assert!(matches!(kind(Some(tag), text, true), Ok(Kind::Scalar(read)) if read == value), "{tag}");
        }
        kind(Some("tag:yaml.org,2002:int"), "x", true).expect_err("no number");
    }
}
