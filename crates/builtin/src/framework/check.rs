//! Checks of configured attributes.
//!
//! Responsible for what can be said of one attribute, alone or beside others, before anything is
//! planned. What is not known yet is not checked.

use std::sync::OnceLock;

use plumb_value::Value;
use regex::Regex;

use super::shape::{Field, Form, Shape};
use super::{Object, Problem, Problems, problem_at};
use crate::time;

/// What is demanded of an attribute.
#[derive(Clone, Copy)]
pub(crate) enum Check {
    /// A number no less than this.
    AtLeast(i64),
    /// A number no less than these attributes together.
    AtLeastSumOf(&'static [&'static str]),
    /// Not false together with all of these.
    AtLeastOneTrue(&'static [&'static str]),
    /// Set where none of these is, and only there.
    ExactlyOneOf(&'static [&'static str]),
    /// Set where none of these is.
    AtLeastOneOf(&'static [&'static str]),
    /// One number with one unit of time.
    Duration,
}

/// Checks every attribute of a configured object.
pub(super) fn check_fields(shape: &Shape, config: &Object, problems: &mut Problems) {
    for (field, value) in shape.fields.iter().zip(&config.values) {
        check_usage(field, value, problems);
        if check_form(field, value, problems) {
            problems.extend(field.checks.iter().filter_map(|check| check.problem(field.name, value, config)));
        }
        if let Some(message) = field.deprecated
            && value.is_known()
            && !value.is_null()
        {
            let warning = problem_at(field.name, "Attribute Deprecated", message);
            problems.push(Problem { is_error: false, ..warning });
        }
    }
}

fn check_usage(field: &Field, value: &Value, problems: &mut Problems) {
    let name = field.name;
    if field.computed && !field.optional && !value.is_null() {
        problems.push(problem_at(
            name,
            "Invalid Configuration for Read-Only Attribute",
            format!("The attribute {name} is decided by the provider. Remove the line that sets it."),
        ));
    }
    if field.required && value.is_null() {
        problems.push(problem_at(
            name,
            "Missing Configuration for Required Attribute",
            format!("The attribute {name} must have a value that is not null."),
        ));
    }
}

/// Whether the value is of the attribute's form, so that further checks make sense.
fn check_form(field: &Field, value: &Value, problems: &mut Problems) -> bool {
    let name = field.name;
    let found = match (field.form, value.as_number(), value.as_str()) {
        (Form::Integer, Some(number), _) if number.to_i64().is_none() => problem_at(
            name,
            "Invalid Attribute Value",
            format!("Attribute {name} must be a whole number that fits into 64 bits, got: {number}"),
        ),
        (Form::Timestamp, _, Some(text)) => match time::Timestamp::parse(text) {
            Ok(_) => return true,
            Err(error) => problem_at(
                name,
                "Invalid RFC3339 String Value",
                format!(
                    "Attribute {name} must be a timestamp such as 2006-01-02T15:04:05Z.\n\n\
                     Given Value: {text}\nError: {error}"
                ),
            ),
        },
        (Form::Permission, _, Some(text)) if parse_permissions(text).is_none() => {
            let reason = if (3..=4).contains(&text.len()) {
                "string must be expressed in octal numeric notation"
            } else {
                "string length should be 3 or 4 digits"
            };
            problem_at(
                name,
                "Invalid File Permission String Value",
                format!("bad mode permission: {reason}: {text}"),
            )
        }
        _ => return true,
    };
    problems.push(found);
    false
}

/// File permissions from three or four octal digits; no bits beyond the nine of user, group, others.
pub(crate) fn parse_permissions(text: &str) -> Option<u32> {
    if !(3..=4).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777)
}

impl Check {
    fn problem(self, name: &str, value: &Value, config: &Object) -> Option<Problem> {
        match self {
            Check::AtLeast(least) => {
                let number = value.as_number()?.to_i64()?;
                (number < least)
                    .then(|| invalid(name, &format!("value must be at least {least}, got: {number}")))
            }
            Check::AtLeastSumOf(others) => {
                let number = value.as_number()?.to_i64()?;
                let sum = sum_of(others, config)?;
                let detail =
                    || format!("value must be at least sum of {}, got: {number}", others.join(" + "));
                (i128::from(number) < sum).then(|| invalid(name, &detail()))
            }
            Check::AtLeastOneTrue(others) => {
                let all_false = value.as_bool() == Some(false)
                    && others.iter().all(|other| config.flag(other) == Some(false));
                all_false.then(|| {
                    let names = list(others.iter().copied().chain([name]));
                    combination(
                        name,
                        format!("At least one attribute out of {names} must be specified as true"),
                    )
                })
            }
            Check::ExactlyOneOf(others) => exactly_one(name, value, others, config),
            Check::AtLeastOneOf(others) => {
                let none = value.is_null() && others.iter().all(|other| config.is_null(other));
                none.then(|| {
                    let names = list(others.iter().copied().chain([name]));
                    combination(name, format!("At least one attribute out of {names} must be specified"))
                })
            }
            Check::Duration => {
                let text = value.as_str()?;
                (!is_simple_duration(text)).then(|| {
                    problem_at(
                        name,
                        "Invalid Attribute Value Match",
                        format!(
                            "Attribute {name} must be a number immediately followed by ms (milliseconds), \
                             s (seconds), m (minutes), or h (hours). For example, \"30s\" for 30 seconds., got: {text}"
                        ),
                    )
                })
            }
        }
    }
}

/// The sum of attributes, absent ones counting nothing; `None` where one is not known yet.
fn sum_of(names: &[&str], config: &Object) -> Option<i128> {
    names.iter().try_fold(0, |sum, name| {
        let value = config.get(name);
        if value.is_null() {
            return Some(sum);
        }
        Some(sum + i128::from(value.as_number()?.to_i64()?))
    })
}

fn exactly_one(name: &str, value: &Value, others: &[&str], config: &Object) -> Option<Problem> {
    let all = || others.iter().map(|other| config.get(other)).chain([value]);
    if !all().all(Value::is_known) {
        return None;
    }
    let names = list(others.iter().copied());
    match all().filter(|value| !value.is_null()).count() {
        0 => Some(combination(
            name,
            format!("No attribute specified when one (and only one) of {names} is required"),
        )),
        1 => None,
        count => Some(combination(
            name,
            format!("{count} attributes specified when one (and only one) of {names} is required"),
        )),
    }
}

fn is_simple_duration(text: &str) -> bool {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| Regex::new(r"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$").ok());
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

fn invalid(name: &str, detail: &str) -> Problem {
    problem_at(name, "Invalid Attribute Value", format!("Attribute {name} {detail}"))
}

fn combination(name: &str, detail: String) -> Problem {
    problem_at(name, "Invalid Attribute Combination", detail)
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", names.collect::<Vec<_>>().join(","))
}
