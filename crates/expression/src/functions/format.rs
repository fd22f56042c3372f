//! `format` and `formatlist`: text made after a pattern with verbs, as in C and Go.

use plumb_value::{Kind, Number, Type, Value, convert, json};
use unicode_segmentation::UnicodeSegmentation;

use super::collection::elements;
use super::digits::Decimal;
use super::{Function, FunctionError, Invocation, Outcome, Parameter};

/// Widest field and most digits that a verb may ask for, so that one call cannot take all memory.
const WIDEST: usize = 1 << 20;

pub(super) fn functions() -> Vec<Function> {
    let arguments = || Parameter::new("args", Type::Dynamic).or_null().or_unknown();
    let pattern = || Parameter::new("format", Type::String);
    vec![
        Function::new("format", Type::String, format_one).takes(pattern()).takes_many(arguments()),
        Function::new("formatlist", Type::list(Type::String), format_list)
            .takes(pattern())
            .takes_many(arguments()),
    ]
}

fn format_one(call: &Invocation<'_>) -> Outcome {
    let pattern = call.text(0);
    let arguments = &call.arguments[1..];
    if !arguments.iter().all(Value::is_wholly_known) {
        return Ok(match pattern.find('%') {
            Some(end) if end > 0 => super::string::unknown_beginning_with(&pattern[..end]),
            _ => Value::unknown(Type::String),
        });
    }
    Ok(Value::string(format(pattern, arguments)?))
}

/// An argument of `formatlist`: one value for all results, or one for each.
enum Feed<'v> {
    Same(&'v Value),
    Each(&'v [Value]),
}

fn format_list(call: &Invocation<'_>) -> Outcome {
    let pattern = call.text(0);
    let arguments = &call.arguments[1..];
    let mut feeds = Vec::new();
    let mut length: Option<(usize, usize)> = None;
    let mut is_open = false;
    for (at, argument) in arguments.iter().enumerate() {
        let known_length = match (argument.kind(), argument.ty()) {
            (Kind::Null(_), _) => None,
            (Kind::Unknown(Type::Tuple(types), _), _) => Some(types.len()),
            (Kind::Unknown(Type::List(_) | Type::Set(_) | Type::Dynamic, _), _) => {
                is_open = true;
                continue;
            }
            (Kind::Set(_, parts), _) if parts.len() > 1 && !argument.is_wholly_known() => {
                is_open = true;
                continue;
            }
            (Kind::List(_, parts) | Kind::Set(_, parts) | Kind::Tuple(_, parts), _) => Some(parts.len()),
            _ => None,
        };
        let Some(own) = known_length else {
            feeds.push(Feed::Same(argument));
            continue;
        };
        match length {
            None => length = Some((own, at)),
            Some((other, chooser)) if other != own => {
                return Err(FunctionError::argument(
                    at + 1,
                    format!(
                        "argument {} has length {own}, which is inconsistent with argument {} of length {other}",
                        at + 1,
                        chooser + 1
                    ),
                ));
            }
            Some(_) => {}
        }
        is_open |= !argument.is_known();
        feeds.push(Feed::Each(elements(argument)));
    }
    if is_open {
        return Ok(Value::unknown(call.result.clone()));
    }
    let count = length.map_or(1, |(length, _)| length);
    let mut results = Vec::with_capacity(count);
    for round in 0..count {
        let values: Vec<Value> = feeds
            .iter()
            .map(|feed| match feed {
                Feed::Same(value) => (*value).clone(),
                Feed::Each(values) => values[round].clone(),
            })
            .collect();
        if !values.iter().all(Value::is_wholly_known) {
            results.push(Value::unknown(Type::String).refine_not_null());
            continue;
        }
        let text = format(pattern, &values).map_err(|error| {
            if arguments.is_empty() {
                return error;
            }
            FunctionError::call(format!("error on format iteration {round}: {}", error.message))
        })?;
        results.push(Value::string(text));
    }
    Ok(Value::list(Type::String, results))
}

/// One verb of a pattern.
#[derive(Default)]
struct Verb<'p> {
    /// As written.
    raw: &'p str,
    offset: usize,
    /// Which argument, counted from one.
    argument: usize,
    letter: char,
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    precision: Option<usize>,
    width: Option<usize>,
}

/// Fills the pattern in.
fn format(pattern: &str, arguments: &[Value]) -> Result<String, FunctionError> {
    let mut text = String::new();
    let mut rest = pattern;
    let mut next_argument = 1;
    let mut highest = 0;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let offset = pattern.len() - rest.len() + at;
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("%%") {
            text.push('%');
            rest = after;
            continue;
        }
        let verb = read_verb(pattern, offset, next_argument)?;
        highest = highest.max(verb.argument);
        next_argument = verb.argument + 1;
        rest = &rest[verb.raw.len()..];
        append(&verb, arguments, &mut text)?;
    }
    text.push_str(rest);
    if highest < arguments.len() {
        let message = match highest {
            0 => "too many arguments; no verbs in format string".to_owned(),
            used => format!("too many arguments; only {used} used by format string"),
        };
        return Err(FunctionError::argument(highest + 1, message));
    }
    Ok(text)
}

/// Reads the verb at an offset: flags, width, precision, number of the argument, letter.
fn read_verb(pattern: &str, offset: usize, argument: usize) -> Result<Verb<'_>, FunctionError> {
    let mut verb = Verb { offset, argument, ..Verb::default() };
    let bytes = pattern.as_bytes();
    let mut at = offset + 1;
    while let Some(flag) = bytes.get(at) {
        match flag {
            b'0' => verb.zero = true,
            b'#' => verb.sharp = true,
            b'-' => verb.minus = true,
            b'+' => verb.plus = true,
            b' ' => verb.space = true,
            _ => break,
        }
        at += 1;
    }
    let number = |at: &mut usize| {
        let start = *at;
        while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
            *at += 1;
        }
        let digits = &pattern[start..*at];
        if digits.is_empty() { Ok(0) } else { limited(digits) }
    };
    if bytes.get(at).is_some_and(u8::is_ascii_digit) {
        verb.width = Some(number(&mut at)?);
    }
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        verb.precision = Some(number(&mut at)?);
    }
    if bytes.get(at) == Some(&b'[') {
        at += 1;
        if !matches!(bytes.get(at), Some(b'1'..=b'9')) {
            return Err(unrecognized(pattern, at));
        }
        verb.argument = number(&mut at)?;
        if bytes.get(at) != Some(&b']') {
            return Err(unrecognized(pattern, at));
        }
        at += 1;
    }
    match bytes.get(at) {
        Some(letter) if letter.is_ascii_alphabetic() => verb.letter = char::from(*letter),
        _ => return Err(unrecognized(pattern, at)),
    }
    verb.raw = &pattern[offset..=at];
    Ok(verb)
}

fn limited(digits: &str) -> Result<usize, FunctionError> {
    digits
        .parse()
        .ok()
        .filter(|number| *number <= WIDEST)
        .ok_or_else(|| FunctionError::call(format!("the number {digits} in the format string is too large")))
}

fn unrecognized(pattern: &str, at: usize) -> FunctionError {
    FunctionError::call(match pattern.get(at..).and_then(|rest| rest.chars().next()) {
        Some(character) => format!("unrecognized format character '{character}' at offset {at}"),
        None => format!("invalid format string starting at offset {at}"),
    })
}

fn append(verb: &Verb<'_>, arguments: &[Value], text: &mut String) -> Result<(), FunctionError> {
    let unsupported = |why: String| {
        FunctionError::call(format!("unsupported value for \"{}\" at {}: {why}", verb.raw, verb.offset))
    };
    let Some(value) = arguments.get(verb.argument - 1) else {
        return Err(FunctionError::call(format!(
            "not enough arguments for \"{}\" at {}: need index {} but have {} total",
            verb.raw,
            verb.offset,
            verb.argument,
            arguments.len()
        )));
    };
    if verb.letter != 'v' && value.is_null() {
        return Err(unsupported("null value cannot be formatted".to_owned()));
    }
    let as_type = |ty: Type| convert(value, &ty).map_err(|error| unsupported(error.to_string()));
    match verb.letter {
        'v' => text.push_str(&pad(verb, &as_is(verb, value).map_err(unsupported)?)),
        't' => {
            let value = as_type(Type::Bool)?.as_bool();
            text.push_str(if value == Some(true) { "true" } else { "false" });
        }
        'b' | 'd' | 'o' | 'x' | 'X' => {
            let value = as_type(Type::Number)?;
            let number = value.as_number().filter(|number| number.is_finite() && number.is_integer());
            let number = number.ok_or_else(|| unsupported("an integer is required".to_owned()))?;
            text.push_str(&integer(verb, number));
        }
        'e' | 'E' | 'f' | 'g' | 'G' => {
            let value = as_type(Type::Number)?;
            text.push_str(&float(verb, value.as_number().unwrap_or(&Number::ZERO)));
        }
        's' | 'q' => {
            let value = as_type(Type::String)?;
            let given = value.as_str().unwrap_or("");
            let cut: String = match verb.precision {
                Some(precision) if precision > 0 => given.graphemes(true).take(precision).collect(),
                _ => given.to_owned(),
            };
            let shown =
                if verb.letter == 's' { cut } else { json_text(&Value::string(cut)).map_err(unsupported)? };
            text.push_str(&pad(verb, &shown));
        }
        other => {
            return Err(FunctionError::call(format!(
                "unsupported format verb '{other}' in \"{}\" at offset {}",
                verb.raw, verb.offset
            )));
        }
    }
    Ok(())
}

fn json_text(value: &Value) -> Result<String, String> {
    let bytes = json::encode_untyped(value).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Texts and numbers plainly, everything else as JSON.
fn as_is(verb: &Verb<'_>, value: &Value) -> Result<String, String> {
    match value.kind() {
        Kind::String(text) if !verb.sharp => Ok(text.to_string()),
        Kind::Number(number) if !verb.sharp => Ok(general(number, None)),
        _ => json_text(value),
    }
}

/// Fills up to the width, counted in characters.
fn pad(verb: &Verb<'_>, text: &str) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(text.graphemes(true).count());
    let filler = if verb.zero { "0" } else { " " }.repeat(missing);
    if verb.minus { format!("{text}{filler}") } else { format!("{filler}{text}") }
}

fn sign(verb: &Verb<'_>, is_negative: bool) -> &'static str {
    match (is_negative, verb.plus, verb.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn integer(verb: &Verb<'_>, number: &Number) -> String {
    let (base, prefix) = match verb.letter {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let prefix = if verb.sharp { prefix } else { "" };
    let mut digits = in_base(&number.absolute(), base);
    if verb.letter == 'X' {
        digits = digits.to_uppercase();
    }
    let sign = sign(verb, number.is_negative() && !number.is_zero());
    if digits == "0" && verb.precision == Some(0) {
        return String::new();
    }
    let mut zeros = verb.precision.map_or(0, |precision| precision.saturating_sub(digits.len()));
    let length = sign.len() + prefix.len() + zeros + digits.len();
    let missing = verb.width.unwrap_or(0).saturating_sub(length);
    let (mut left, mut right) = (0, 0);
    if verb.minus {
        right = missing;
    } else if verb.zero && verb.precision.is_none() {
        zeros = missing;
    } else {
        left = missing;
    }
    format!("{}{sign}{prefix}{}{digits}{}", " ".repeat(left), "0".repeat(zeros), " ".repeat(right))
}

/// The digits of a whole number that is not negative.
fn in_base(number: &Number, base: u32) -> String {
    if base == 10 {
        return number.to_string();
    }
    let divisor = Number::from(i64::from(base));
    let mut digits = Vec::new();
    let mut rest = number.clone();
    while !rest.is_zero() {
        let Some(digit) = rest.modulo(&divisor).and_then(|digit| digit.to_i64()) else { break };
        digits.extend(u32::try_from(digit).ok().and_then(|digit| char::from_digit(digit, base)));
        let Some(next) = rest.subtract(&Number::from(digit)).and_then(|even| even.divide(&divisor)) else {
            break;
        };
        rest = next.truncate();
    }
    if digits.is_empty() {
        digits.push('0');
    }
    digits.iter().rev().collect()
}

fn float(verb: &Verb<'_>, number: &Number) -> String {
    let is_negative = number.is_negative();
    let digits = if !number.is_finite() {
        "Inf".to_owned()
    } else {
        match verb.letter {
            'f' => {
                let places = verb.precision.unwrap_or(6);
                let mut decimal = Decimal::exact(number);
                decimal.round(decimal.exponent + places as i64);
                decimal.fixed(places)
            }
            'e' | 'E' => {
                let places = verb.precision.unwrap_or(6);
                let mut decimal = Decimal::exact(number);
                decimal.round(places as i64 + 1);
                decimal.scientific(places)
            }
            _ => general(&number.absolute(), verb.precision),
        }
    };
    let digits =
        if verb.letter.is_uppercase() && number.is_finite() { digits.to_uppercase() } else { digits };
    let sign = match (number.is_finite(), sign(verb, is_negative)) {
        // An infinity always has a sign.
        (false, "") => "+",
        (_, sign) => sign,
    };
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
    let padding = |filler: &str| filler.repeat(missing);
    if verb.minus {
        format!("{sign}{digits}{}", padding(" "))
    } else if verb.zero && number.is_finite() {
        format!("{sign}{}{digits}", padding("0"))
    } else {
        format!("{}{sign}{digits}", padding(" "))
    }
}

/// Whichever of the two forms is the more readable one, with a sign if the number is negative.
fn general(number: &Number, precision: Option<usize>) -> String {
    if !number.is_finite() {
        return if number.is_negative() { "-Inf" } else { "+Inf" }.to_owned();
    }
    let (decimal, limit) = match precision {
        None => (Decimal::shortest(number), 6),
        Some(precision) => {
            let precision = precision.max(1);
            let mut decimal = Decimal::exact(number);
            decimal.round(precision as i64);
            let count = decimal.digits.len();
            let limit = if precision > count && count as i64 >= decimal.exponent { count } else { precision };
            (decimal, limit)
        }
    };
    let count = decimal.digits.len();
    let exponent = decimal.exponent - 1;
    let sign = if decimal.is_negative && count > 0 { "-" } else { "" };
    if count > 0 && (exponent < -4 || exponent >= limit as i64) {
        return format!("{sign}{}", decimal.scientific(count.saturating_sub(1)));
    }
    let places = usize::try_from(count as i64 - decimal.exponent).unwrap_or(0);
    format!("{sign}{}", decimal.fixed(if count == 0 { 0 } else { places }))
}
