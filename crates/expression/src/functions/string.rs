//! Functions on text. Characters are what a reader takes for one: grapheme clusters.

use plumb_value::{Kind, Refinement, Type, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::{Function, FunctionError, Invocation, Outcome, Parameter};
use crate::evaluate::certain_prefix;

/// Longest text that padding may make, so that one call cannot take all memory.
const LONGEST_PADDING: usize = 1 << 24;

pub(super) fn functions() -> Vec<Function> {
    let text = |name| Parameter::new(name, Type::String);
    let number = |name| Parameter::new(name, Type::Number);
    let on_text = |name, run| Function::new(name, Type::String, run).takes(text("str"));
    let texts = || Type::list(Type::String);
    vec![
        on_text("chomp", chomp),
        Function::new("endswith", Type::Bool, ends_with).takes(text("str")).takes(text("suffix")),
        Function::new("indent", Type::String, indent).takes(number("spaces")).takes(text("str")),
        Function::new("join", Type::String, join)
            .takes(text("separator"))
            .takes_many(Parameter::new("lists", texts())),
        Function::new("lower", Type::String, lower).takes(text("str").or_dynamic()),
        Function::new("split", texts(), split).takes(text("separator")).takes(text("str")),
        Function::new("startswith", Type::Bool, starts_with)
            .takes(text("str").or_unknown())
            .takes(text("prefix")),
        Function::new("strcontains", Type::Bool, contains)
            .takes(text("str"))
            .takes(text("substr"))
            .promises_nothing(),
        Function::new("strrev", Type::String, reverse).takes(text("str").or_dynamic()),
        Function::new("substr", Type::String, substring)
            .takes(text("str").or_dynamic())
            .takes(number("offset").or_dynamic())
            .takes(number("length").or_dynamic()),
        on_text("title", title),
        Function::new("trim", Type::String, trim).takes(text("str")).takes(text("cutset")),
        Function::new("trimprefix", Type::String, trim_prefix).takes(text("str")).takes(text("prefix")),
        on_text("trimspace", trim_space),
        Function::new("trimsuffix", Type::String, trim_suffix).takes(text("str")).takes(text("suffix")),
        Function::new("upper", Type::String, upper).takes(text("str").or_dynamic()),
    ]
}

fn result(text: impl Into<std::sync::Arc<str>>) -> Outcome {
    Ok(Value::string(text))
}

fn chomp(call: &Invocation<'_>) -> Outcome {
    result(call.text(0).trim_end_matches(['\r', '\n']))
}

fn ends_with(call: &Invocation<'_>) -> Outcome {
    Ok(Value::bool(call.text(0).ends_with(call.text(1))))
}

fn starts_with(call: &Invocation<'_>) -> Outcome {
    let prefix = call.text(1);
    let Some(text) = call.arguments[0].as_str() else {
        return Ok(starts_with_unknown(&call.arguments[0], prefix));
    };
    Ok(Value::bool(text.starts_with(prefix)))
}

/// What is known of how a text begins can decide even where the text is not known.
fn starts_with_unknown(text: &Value, prefix: &str) -> Value {
    let certain = text.refinement().and_then(|limits| limits.string_prefix.as_deref()).unwrap_or("");
    if certain.starts_with(prefix) {
        Value::bool(true)
    } else if certain.len() >= prefix.len() {
        Value::bool(false)
    } else {
        Value::unknown(Type::Bool)
    }
}

fn contains(call: &Invocation<'_>) -> Outcome {
    Ok(Value::bool(call.text(0).contains(call.text(1))))
}

fn indent(call: &Invocation<'_>) -> Outcome {
    let spaces = call.integer(0)?;
    let text = call.text(1);
    let breaks = text.bytes().filter(|byte| *byte == b'\n').count();
    let spaces = usize::try_from(spaces)
        .ok()
        .filter(|spaces| spaces.saturating_mul(breaks.max(1)) <= LONGEST_PADDING)
        .ok_or_else(|| FunctionError::call("the number of spaces must be zero or more, and not too large"))?;
    result(text.replace('\n', &format!("\n{}", " ".repeat(spaces))))
}

fn join(call: &Invocation<'_>) -> Outcome {
    let separator = call.text(0);
    let lists = &call.arguments[1..];
    if lists.is_empty() {
        return Err(FunctionError::call("at least one list is required"));
    }
    if !lists.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown(Type::String));
    }
    let mut pieces = Vec::new();
    for (at, list) in lists.iter().enumerate() {
        for (index, element) in list.as_sequence().unwrap_or_default().iter().enumerate() {
            let piece = element.as_str().ok_or_else(|| {
                let which = if lists.len() > 1 { format!(" of list {}", at + 1) } else { String::new() };
                FunctionError::argument(
                    at + 1,
                    format!("element {index}{which} is null; cannot concatenate null values"),
                )
            })?;
            pieces.push(piece);
        }
    }
    result(pieces.join(separator))
}

/// Lower case as Go makes it: each character by itself, without a view to its neighbours.
fn lower(call: &Invocation<'_>) -> Outcome {
    let simple = |character: char| {
        let mut mapped = character.to_lowercase();
        match (mapped.next(), mapped.next()) {
            (Some(one), None) => one,
            // The one letter that has two in lower case.
            (Some(first), Some(_)) => first,
            _ => character,
        }
    };
    result(call.text(0).chars().map(simple).collect::<String>())
}

fn upper(call: &Invocation<'_>) -> Outcome {
    result(call.text(0).chars().map(upper_character).collect::<String>())
}

/// Upper case of a character where that is one character; others stay as they are.
fn upper_character(character: char) -> char {
    let mut mapped = character.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

fn split(call: &Invocation<'_>) -> Outcome {
    let (separator, text) = (call.text(0), call.text(1));
    let pieces: Vec<Value> = if separator.is_empty() {
        text.chars().map(|character| Value::string(character.to_string())).collect()
    } else {
        text.split(separator).map(Value::string).collect()
    };
    Ok(Value::list(Type::String, pieces))
}

fn reverse(call: &Invocation<'_>) -> Outcome {
    result(call.text(0).graphemes(true).rev().collect::<String>())
}

fn substring(call: &Invocation<'_>) -> Outcome {
    let text = call.text(0);
    let (offset, length) = (call.integer(1)?, call.integer(2)?);
    let start = if offset < 0 {
        // Counted from the end; before the beginning means the beginning.
        let total = text.graphemes(true).count() as i64;
        usize::try_from(offset.saturating_add(total)).unwrap_or(0)
    } else if length == 0 {
        return result("");
    } else {
        usize::try_from(offset).unwrap_or(usize::MAX)
    };
    let rest = text.graphemes(true).skip(start);
    match usize::try_from(length) {
        // A negative offset with a length of zero takes everything, which users rely on.
        Ok(0) | Err(_) => result(rest.collect::<String>()),
        Ok(length) => result(rest.take(length).collect::<String>()),
    }
}

/// A capital behind everything that is no letter, digit or underscore.
fn title(call: &Invocation<'_>) -> Outcome {
    let mut at_start = true;
    let mut titled = String::new();
    for character in call.text(0).chars() {
        titled.push(if at_start { title_character(character) } else { character });
        at_start = is_separator(character);
    }
    result(titled)
}

/// The title form, which for a few double letters is not the capital.
fn title_character(character: char) -> char {
    match character {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        other => upper_character(other),
    }
}

fn is_separator(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_alphanumeric() && character != '_';
    }
    !character.is_alphanumeric() && character.is_whitespace()
}

fn trim(call: &Invocation<'_>) -> Outcome {
    let cut = call.text(1);
    result(call.text(0).trim_matches(|character| cut.contains(character)))
}

fn trim_prefix(call: &Invocation<'_>) -> Outcome {
    let text = call.text(0);
    result(text.strip_prefix(call.text(1)).unwrap_or(text))
}

fn trim_suffix(call: &Invocation<'_>) -> Outcome {
    let text = call.text(0);
    result(text.strip_suffix(call.text(1)).unwrap_or(text))
}

fn trim_space(call: &Invocation<'_>) -> Outcome {
    result(call.text(0).trim())
}

/// How many characters a text has; of one that is not known, at least so many as its beginning.
pub(super) fn length(text: &Value) -> Value {
    let count = |text: &str| text.graphemes(true).count();
    if let Kind::String(text) = text.kind() {
        return Value::number(count(text));
    }
    let certain = text.refinement().and_then(|limits| limits.string_prefix.as_deref()).unwrap_or("");
    let limits = Refinement {
        number_min: Some((plumb_value::Number::from(count(certain)), true)),
        ..Refinement::not_null()
    };
    Value::unknown_refined(Type::Number, limits)
}

/// A text of which only the beginning is known.
pub(super) fn unknown_beginning_with(prefix: &str) -> Value {
    match certain_prefix(prefix).as_str() {
        "" => Value::unknown(Type::String),
        prefix => Value::unknown_with_prefix(prefix),
    }
}
