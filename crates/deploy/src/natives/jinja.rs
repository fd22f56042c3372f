//! The engine of templates, with what templates of Ansible and PyInfra have beyond Jinja itself.
//!
//! Responsible for filters and tests, for methods of texts and mappings as Python has them, and for how values are
//! written out. It knows nothing of deploys.

use std::cmp::Ordering;

use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, escape_formatter};
use regex::bytes::{Regex, RegexBuilder};

use super::replacement::Replacement;

/// An engine that takes what is not given for an error.
pub fn template_environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_keep_trailing_newline(true);
    environment.set_formatter(written);
    environment.set_unknown_method_callback(super::jinja_methods::call);
    environment.add_filter("basename", |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned());
    environment.add_filter("bool", truth);
    environment.add_filter("combine", combine);
    environment.add_filter("comment", comment);
    environment.add_filter("difference", |one: Value, other: Value| chosen(&one, &other, false));
    environment.add_filter("dirname", |path: &str| {
        path.trim_end_matches('/').rsplit_once('/').map_or(String::new(), |(before, _)| before.to_owned())
    });
    environment.add_filter("flatten", |of: Value| {
        let mut items = Vec::new();
        flatten(&of, 0, &mut items).map(|()| Value::from(items))
    });
    environment.add_filter("indent", indent);
    environment.add_filter("intersect", |one: Value, other: Value| chosen(&one, &other, true));
    environment.add_filter("mandatory", |value: Value| {
        let missing = || Error::new(ErrorKind::UndefinedError, "a value that is mandatory is not given");
        if value.is_undefined() { Err(missing()) } else { Ok(value) }
    });
    environment.add_filter("quote", |word: Value| plumb_host::quoted([word.to_string().as_str()]));
    environment.add_filter("regex_escape", |text: &str| regex::escape(text));
    environment.add_filter("regex_replace", regex_replace);
    environment.add_filter("regex_search", regex_search);
    environment.add_filter(
        "ternary",
        |value: Value, then: Value, otherwise: Value| {
            if value.is_true() { then } else { otherwise }
        },
    );
    environment.add_filter("to_json", |value: Value| super::jinja_json::written(&value, None));
    environment.add_filter("to_nice_json", |value: Value, options: Kwargs| {
        let indent = options.get::<Option<usize>>("indent")?.unwrap_or(4);
        options.get::<Option<bool>>("sort_keys")?;
        options.assert_all_used()?;
        super::jinja_json::written(&value, Some(indent.min(40)))
    });
    environment.add_filter("union", |one: Value, other: Value| {
        let both: Vec<_> = one.try_iter()?.chain(other.try_iter()?).collect();
        Ok::<_, Error>(unique(both))
    });
    environment.add_test("match", is_at_start);
    environment.add_test("search", |text: &str, pattern: &str| {
        Ok::<_, Error>(expression(pattern, &no_options())?.is_match(text.as_bytes()))
    });
    environment.add_test("regex", |text: &str, pattern: &str| {
        Ok::<_, Error>(expression(pattern, &no_options())?.is_match(text.as_bytes()))
    });
    environment
        .add_test("contains", |of: Value, item: Value| Ok::<_, Error>(of.try_iter()?.any(|own| own == item)));
    environment.add_test("truthy", |value: Value| value.is_true());
    environment.add_test("falsy", |value: Value| !value.is_true());
    for name in ["version", "version_compare"] {
        environment.add_test(name, is_version);
    }
    environment
}

/// Truth values and nothing are written as Python writes them: what templates were written for.
fn written(out: &mut Output<'_>, state: &State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = match value.kind() {
        ValueKind::Bool if value.is_true() => "True",
        ValueKind::Bool => "False",
        ValueKind::None => "None",
        _ => return escape_formatter(out, state, value),
    };
    out.write_str(text).map_err(Error::from)
}

/// Lines further to the right, but for the first, and for empty ones unless that is said. What ends in the end of a
/// line does so afterwards.
fn indent(
    text: &str,
    width: Option<Value>,
    first: Option<bool>,
    blank: Option<bool>,
    options: Kwargs,
) -> Result<String, Error> {
    let said = |name: &str, given: Option<bool>| {
        Ok::<_, Error>(options.get::<Option<bool>>(name)?.or(given).unwrap_or(false))
    };
    let (first, blank) = (said("first", first)?, said("blank", blank)?);
    let width = options.get::<Option<Value>>("width")?.or(width).unwrap_or_else(|| Value::from(4));
    options.assert_all_used()?;
    let by = match width.as_str() {
        Some(text) => text.to_owned(),
        None => " ".repeat(usize::try_from(width)?.min(WIDTH_MAX)),
    };
    let indented = |(at, line): (usize, &str)| {
        let is_moved = if at == 0 { first } else { blank || !line.is_empty() };
        if is_moved { format!("{by}{line}") } else { line.to_owned() }
    };
    Ok(text.split('\n').enumerate().map(indented).collect::<Vec<_>>().join("\n"))
}

/// Nobody moves lines further than that.
const WIDTH_MAX: usize = 1000;

fn truth(value: Value) -> bool {
    match value.kind() {
        ValueKind::Bool => value.is_true(),
        _ => matches!(
            value.to_string().to_lowercase().as_str(),
            "1" | "1.0" | "on" | "t" | "true" | "y" | "yes"
        ),
    }
}

fn combine(first: Value, others: Rest<Value>, options: Kwargs) -> Result<Value, Error> {
    let is_recursive = options.get::<Option<bool>>("recursive")?.unwrap_or(false);
    options.assert_all_used()?;
    others.iter().try_fold(first, |one, other| merged(&one, other, is_recursive, 0))
}

/// Deeper than that nothing is merged.
const DEPTH_MAX: usize = 50;

fn merged(one: &Value, other: &Value, is_recursive: bool, depth: usize) -> Result<Value, Error> {
    let mut entries = Vec::new();
    for key in one.try_iter()? {
        let (own, new) = (one.get_item(&key)?, other.get_item(&key)?);
        let both_are_maps = own.kind() == ValueKind::Map && new.kind() == ValueKind::Map;
        let value = match () {
            () if new.is_undefined() => own,
            () if is_recursive && both_are_maps && depth < DEPTH_MAX => merged(&own, &new, true, depth + 1)?,
            () => new,
        };
        entries.push((key, value));
    }
    for key in other.try_iter()? {
        if one.get_item(&key)?.is_undefined() {
            let value = other.get_item(&key)?;
            entries.push((key, value));
        }
    }
    Ok(entries.into_iter().collect())
}

/// The items of one list that are, or are not, in another; each once.
fn chosen(one: &Value, other: &Value, are_in_both: bool) -> Result<Value, Error> {
    let others: Vec<_> = other.try_iter()?.collect();
    Ok(unique(one.try_iter()?.filter(|item| others.contains(item) == are_in_both).collect()))
}

fn unique(items: Vec<Value>) -> Value {
    let mut once: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        if !once.contains(&item) {
            once.push(item);
        }
    }
    Value::from(once)
}

fn flatten(of: &Value, depth: usize, into: &mut Vec<Value>) -> Result<(), Error> {
    for item in of.try_iter()? {
        if item.kind() == ValueKind::Seq && depth < DEPTH_MAX {
            flatten(&item, depth + 1, into)?;
        } else if !item.is_none() {
            into.push(item);
        }
    }
    Ok(())
}

/// A text as a comment, in one of several languages or with signs that are given.
fn comment(text: &str, style: Option<&str>, options: Kwargs) -> Result<String, Error> {
    let (beginning, decoration, end) = match style.unwrap_or("plain") {
        "plain" => ("", "# ", ""),
        "erlang" => ("", "% ", ""),
        "c" => ("", "// ", ""),
        "cblock" => ("/*", " * ", " */"),
        "xml" => ("<!--", " - ", "-->"),
        other => {
            let why = format!("`{other}` is no style of comments: plain, erlang, c, cblock or xml");
            return Err(Error::new(ErrorKind::InvalidOperation, why));
        }
    };
    let said = |name: &str, otherwise: &str| {
        let value = options.get::<Option<&str>>(name)?;
        Ok::<_, Error>(value.unwrap_or(otherwise).to_owned())
    };
    let decoration = said("decoration", decoration)?;
    let newline = said("newline", "\n")?;
    let (beginning, end) = (said("beginning", beginning)?, said("end", end)?);
    let prefix = said("prefix", decoration.trim_end())?;
    let postfix = said("postfix", decoration.trim_end())?;
    let count = |name: &str| Ok::<_, Error>(options.get::<Option<usize>>(name)?.unwrap_or(1).min(100));
    let (before, behind) = (count("prefix_count")?, count("postfix_count")?);
    options.assert_all_used()?;
    let mut out = String::new();
    if !beginning.is_empty() {
        out.extend([beginning.as_str(), newline.as_str()]);
    }
    if !prefix.is_empty() {
        let line = if prefix == newline { prefix } else { prefix + &newline };
        out.push_str(&line.repeat(before));
    }
    let lines: Vec<&str> = text.split(newline.as_str()).collect();
    for (at, line) in lines.iter().enumerate() {
        // The last line keeps its space.
        let is_bare = line.is_empty() && at + 1 < lines.len();
        out.push_str(if is_bare { decoration.trim_end() } else { &decoration });
        out.push_str(line);
        out.push_str(if at + 1 < lines.len() { &newline } else { "" });
    }
    out.push_str(&format!("{newline}{postfix}").repeat(behind));
    if !end.is_empty() {
        out.extend([newline.as_str(), end.as_str()]);
    }
    Ok(out)
}

fn regex_replace(text: Value, pattern: &str, by: Option<&str>, options: Kwargs) -> Result<String, Error> {
    let expression = expression(pattern, &options)?;
    options.assert_all_used()?;
    let replacement = Replacement::parsed(by.unwrap_or_default(), expression.captures_len() - 1)
        .map_err(|why| Error::new(ErrorKind::InvalidOperation, why))?;
    let text = text.to_string();
    Ok(String::from_utf8_lossy(&expression.replace_all(text.as_bytes(), replacement)).into_owned())
}

/// What an expression matches, or what its groups do; nothing where it does not match.
fn regex_search(text: Value, pattern: &str, groups: Rest<String>, options: Kwargs) -> Result<Value, Error> {
    let expression = expression(pattern, &options)?;
    options.assert_all_used()?;
    let text = text.to_string();
    let Some(found) = expression.captures(text.as_bytes()) else { return Ok(Value::from(())) };
    let group = |at: usize| {
        let matched = found.get(at).map_or(&[][..], |matched| matched.as_bytes());
        Value::from(String::from_utf8_lossy(matched).into_owned())
    };
    if groups.is_empty() {
        return Ok(group(0));
    }
    let wanted = |name: &String| {
        let number = name.trim_start_matches('\\').parse::<usize>().ok();
        let number = number.filter(|number| *number < expression.captures_len());
        let why = || Error::new(ErrorKind::InvalidOperation, format!("the expression has no group `{name}`"));
        number.map(group).ok_or_else(why)
    };
    Ok(Value::from(groups.iter().map(wanted).collect::<Result<Vec<_>, _>>()?))
}

fn expression(pattern: &str, options: &Kwargs) -> Result<Regex, Error> {
    let flag = |name: &str| Ok::<_, Error>(options.get::<Option<bool>>(name)?.unwrap_or(false));
    let mut builder = RegexBuilder::new(pattern);
    builder.multi_line(flag("multiline")?).case_insensitive(flag("ignorecase")?);
    builder.build().map_err(|why| {
        let why = format!("`{pattern}` is no regular expression: {why}");
        Error::new(ErrorKind::InvalidOperation, why)
    })
}

fn no_options() -> Kwargs {
    std::iter::empty::<(String, Value)>().collect()
}

fn is_at_start(text: &str, pattern: &str) -> Result<bool, Error> {
    Ok(expression(&format!("^(?:{pattern})"), &no_options())?.is_match(text.as_bytes()))
}

fn is_version(own: Value, other: Value, operator: Option<&str>, options: Kwargs) -> Result<bool, Error> {
    // Which rules versions follow makes no difference to those that are made of numbers.
    for name in ["strict", "version_type"] {
        options.get::<Option<Value>>(name)?;
    }
    let named = options.get::<Option<&str>>("operator")?;
    options.assert_all_used()?;
    let order = compared(&own.to_string(), &other.to_string());
    Ok(match operator.or(named).unwrap_or("==") {
        "==" | "=" | "eq" => order.is_eq(),
        "!=" | "<>" | "ne" => order.is_ne(),
        ">=" | "ge" => order.is_ge(),
        "<=" | "le" => order.is_le(),
        ">" | "gt" => order.is_gt(),
        "<" | "lt" => order.is_lt(),
        other => {
            let why = format!("`{other}` does not compare versions");
            return Err(Error::new(ErrorKind::InvalidOperation, why));
        }
    })
}

/// Versions part by part: numbers as numbers, words as words.
fn compared(one: &str, other: &str) -> Ordering {
    let (one, other) = (parts(one), parts(other));
    for (own, theirs) in one.iter().zip(&other) {
        let order = match (own.parse::<u64>(), theirs.parse::<u64>()) {
            (Ok(own), Ok(theirs)) => own.cmp(&theirs),
            _ => own.cmp(theirs),
        };
        if order.is_ne() {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

fn parts(version: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last = None;
    for one in version.chars() {
        let kind = (one.is_ascii_digit(), one.is_alphabetic());
        match parts.last_mut().filter(|_| last == Some(kind)) {
            Some(part) => part.push(one),
            None if one.is_alphanumeric() => parts.push(one.to_string()),
            None => {}
        }
        last = Some(kind).filter(|_| one.is_alphanumeric());
    }
    parts
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[track_caller]
    fn check(template: &str, expected: &str) {
        let given = context! {
            yes => true, version => "9.2.1", text => "one\n\ntwo",
            list => vec![1, 2, 3], nested => context! { a => vec![1], b => "x" },
        };
        let rendered = template_environment().render_str(template, given);
        assert_eq!(rendered.unwrap_or_else(|why| why.to_string()), expected, "{template}");
    }

    #[test]
    fn values_are_written_as_python_writes_them() {
        check("{{ yes }} {{ not yes }} {{ none }}", "True False None");
        check("{{ 'no' | bool }} {{ 'on' | bool }}", "False True");
    }

    #[test]
    fn filters_of_ansible_are_there() {
        check("{{ text | comment }}", "#\n# one\n#\n# two\n#");
        check("{{ 'x' | comment('xml') }}", "<!--\n -\n - x\n -\n-->");
        check("{{ 'x' | comment(decoration='; ', prefix_count=2) }}", ";\n;\n; x\n;");
        check("{{ list | difference([2]) | join(',') }}", "1,3");
        check("{{ list | union([3, 4]) | join(',') }}", "1,2,3,4");
        check("{{ [1, [2, [3]]] | flatten | join(',') }}", "1,2,3");
        check("{{ nested | to_json }}", r#"{"a": [1], "b": "x"}"#);
        check(
            "{{ {'b': [], 'a': [none, 'ä']} | to_nice_json }}",
            "{\n    \"a\": [\n        null,\n        \"\\u00e4\"\n    ],\n    \"b\": []\n}",
        );
        check("{{ 'a\n\nb\n' | indent(2) }}|{{ 'a' | indent(width=1, first=true) }}", "a\n\n  b\n| a");
        check("{{ yes | ternary('a', 'b') }}", "a");
        check("{{ (nested | combine({'b': 'y'})).b }}", "y");
        check("{{ 'OpenSSH_9.2' | regex_replace('.*_([0-9]+).*', 'v\\\\1') }}", "v9");
        check("{{ '/etc/x.conf' | basename }} {{ '/etc/x.conf' | dirname }}", "x.conf /etc");
        check("{{ \"it's\" | quote }}", "'it'\\''s'");
    }

    #[test]
    fn versions_are_compared_part_by_part() {
        check("{{ version is version('9.10', '<') }}", "True");
        check("{{ version is version('9.2', '>=') }}", "True");
        check("{{ version is version('9.2.1') }}", "True");
        check(
            "{{ 'web1' is match('web') and 'web1' is not match('eb') and 'web1' is search('eb') }}",
            "True",
        );
    }

    #[test]
    fn methods_of_python_are_there() {
        check("{{ 'a b'.split(' ')[0] }}{{ 'X'.lower() }}{{ 'x'.startswith('x') }}", "axTrue");
        check("{% for key, value in nested.items() %}{{ key }} {% endfor %}", "a b ");
        check("{{ nested.get('c', 'none') }}", "none");
        check("{{ 'x'.nothing() }}", "unknown method: string has no method named nothing (in <string>:1)");
    }
}
