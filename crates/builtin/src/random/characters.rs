//! Texts of random characters, and the attributes that say which.
//!
//! Responsible for what `random_string` and `random_password` share.

use super::{fill, keepers, size};
use crate::framework::{Check, Edit, Field, Form, Object, Problem, Recorded, Rule, Shape, problem};
use crate::world::World;
use plumb_value::Value;

const DIGITS: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";

const READ_ERROR: &str = "Random Read Error";
const LENGTH: &str = "How many characters; at least 1, and at least as many as the minimums together.";
const OVERRIDE: &str = "The special characters to choose from, in place of the usual ones.";
const MINIMUMS: [&str; 4] = ["min_upper", "min_lower", "min_numeric", "min_special"];
const SET_CHECK: Check = Check::AtLeastOneTrue(&["special", "upper", "lower"]);

/// The kinds of characters: whether they may occur, how often they must, which they are.
const KINDS: [(&str, &str, &str); 4] = [
    ("upper", "min_upper", UPPER),
    ("lower", "min_lower", LOWER),
    ("numeric", "min_numeric", DIGITS),
    ("special", "min_special", SPECIAL),
];

/// The attributes that say what characters to draw, for a managed resource.
pub(super) fn fields() -> Vec<Field> {
    let number = "Whether digits may occur; they may if not set.";
    let mut fields = vec![
        keepers(),
        length().replaces(),
        Field::optional_computed("number", Form::Flag, number)
            .deprecated("Use numeric instead of number.")
            .rule(Rule::Settles(settle_digits))
            .replaces()
            .check(SET_CHECK),
        Field::optional_computed("numeric", Form::Flag, number)
            .rule(Rule::Settles(settle_digits))
            .replaces()
            .check(SET_CHECK),
        Field::optional("override_special", Form::Text, OVERRIDE).rule(Rule::ReplacesIf(is_not_cleared)),
    ];
    fields.extend(["special", "upper", "lower"].map(|name| {
        Field::with_default(
            name,
            Form::Flag,
            Value::bool(true),
            "Whether such characters may occur; they may if not set.",
        )
        .replaces()
    }));
    fields.extend(MINIMUMS.map(|name| {
        Field::with_default(
            name,
            Form::Integer,
            Value::number(0_i64),
            "How many such characters must occur; 0 if not set.",
        )
        .replaces()
    }));
    fields
}

/// The same for an ephemeral resource, which has no plan to settle anything in.
pub(super) fn ephemeral_fields() -> Vec<Field> {
    let flag = "Whether such characters may occur; they may if not set.";
    let mut fields = vec![
        length(),
        Field::optional_computed("numeric", Form::Flag, flag).check(SET_CHECK),
        Field::optional("override_special", Form::Text, OVERRIDE),
    ];
    fields.extend(["special", "upper", "lower"].map(|name| Field::optional_computed(name, Form::Flag, flag)));
    let minimum = "How many such characters must occur; 0 if not set.";
    fields.extend(MINIMUMS.map(|name| Field::optional_computed(name, Form::Integer, minimum)));
    fields
}

fn length() -> Field {
    Field::required("length", Form::Integer, LENGTH)
        .check(Check::AtLeast(1))
        .check(Check::AtLeastSumOf(&MINIMUMS))
}

/// `number` is the old name of `numeric`: both have the value of the one that is configured.
fn settle_digits(config: &Object) -> Result<Option<Value>, Problem> {
    let (number, numeric) = (config.get("number"), config.get("numeric"));
    match (number.is_null(), numeric.is_null()) {
        (true, true) => Ok(Some(Value::bool(true))),
        (true, false) => Ok(Some(numeric.clone())),
        (false, true) => Ok(Some(number.clone())),
        (false, false) if number.as_bool() == numeric.as_bool() => Ok(None),
        (false, false) => Err(problem(
            "Number and numeric are both configured with different values",
            "The attribute number is the deprecated name of numeric. Remove it and keep numeric.",
        )),
    }
}

/// An empty text that is taken away altogether changes nothing.
fn is_not_cleared(edit: &Edit<'_>, _world: &dyn World) -> Result<bool, Problem> {
    if !edit.config.is_known() {
        return Ok(false);
    }
    Ok(!edit.config.is_null() || edit.prior.is_null() || edit.prior.as_str() != Some(""))
}

/// Draws a text as the attributes say.
pub(super) fn draw(world: &dyn World, object: &Object) -> Result<String, Problem> {
    let special = object.text("override_special").filter(|text| !text.is_empty()).unwrap_or(SPECIAL);
    let length = size(object.integer("length").unwrap_or_default(), "length", READ_ERROR)?;
    let mut source = Source { world, buffer: [0; 64], used: 64 };
    let mut drawn: Vec<char> = Vec::with_capacity(length);
    let mut all: Vec<char> = Vec::new();
    for (allowed, minimum, usual) in KINDS {
        let characters: Vec<char> = if allowed == "special" { special } else { usual }.chars().collect();
        let minimum = size(object.integer(minimum).unwrap_or_default().max(0), minimum, READ_ERROR)?;
        for _ in 0..minimum {
            drawn.push(source.choose(&characters)?);
        }
        if object.flag(allowed).unwrap_or(true) {
            all.extend(characters);
        }
    }
    if all.is_empty() {
        return Err(problem(
            READ_ERROR,
            "No character is allowed to occur: upper, lower, numeric and special are all false. Allow one of them.",
        ));
    }
    while drawn.len() < length {
        drawn.push(source.choose(&all)?);
    }
    for at in (1..drawn.len()).rev() {
        let chosen = source.below(at + 1)?;
        drawn.swap(at, chosen);
    }
    Ok(drawn.into_iter().collect())
}

/// Randomness in small numbers, drawn in larger amounts.
struct Source<'a> {
    world: &'a dyn World,
    buffer: [u8; 64],
    used: usize,
}

impl Source<'_> {
    fn choose(&mut self, characters: &[char]) -> Result<char, Problem> {
        let at = self.below(characters.len())?;
        Ok(characters.get(at).copied().unwrap_or_default())
    }

    /// A number below `limit`, each as likely as any other.
    fn below(&mut self, limit: usize) -> Result<usize, Problem> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX).max(1);
        // Numbers from the last, incomplete round would favour the small ones.
        let end = u32::MAX - (u32::MAX % limit + 1) % limit;
        loop {
            if self.used + 4 > self.buffer.len() {
                fill(self.world, READ_ERROR, &mut self.buffer)?;
                self.used = 0;
            }
            let bytes = &self.buffer[self.used..self.used + 4];
            let number = bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
            self.used += 4;
            if number <= end {
                return Ok((number % limit) as usize);
            }
        }
    }
}

/// What is known of a text that nothing but itself is known of.
pub(super) fn import(object: &mut Object, text: &str) {
    object.set_text("result", text);
    fill_unset(object, text);
}

/// An object of an older version: what was recorded, with defaults where older releases left gaps.
pub(super) fn upgrade(recorded: &Recorded, shape: &Shape) -> Result<Object, Problem> {
    let mut object = recorded.decode(shape)?;
    let text = object.text("result").unwrap_or_default().to_owned();
    // The old name is the one that every older version has.
    object.set("numeric", object.get("number").clone());
    fill_unset(&mut object, &text);
    Ok(object)
}

fn fill_unset(object: &mut Object, text: &str) {
    let mut unset = |name: &str, value: Value| {
        if object.is_null(name) {
            object.set(name, value);
        }
    };
    unset("length", Value::number(i64::try_from(text.len()).unwrap_or(i64::MAX)));
    for name in ["special", "upper", "lower", "number", "numeric"] {
        unset(name, Value::bool(true));
    }
    for name in MINIMUMS {
        unset(name, Value::number(0_i64));
    }
}
