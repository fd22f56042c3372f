//! Expressions of Jinja in the language of deploys.

use super::parser::parse;
use super::{Jinja, Piece, filters, others, pieces};
use crate::code::{Expr, Level};
use crate::facts;
use crate::prelude::Helper;
use crate::scope::{Meaning, Scope, Used};

/// What a task stands under.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) code: Expr,
    /// Operations of which one has to have changed something.
    pub(crate) after: Vec<String>,
}

/// A text with Jinja in it. What is one expression alone is its value.
pub(crate) fn text(text: &str, scope: &Scope, used: &mut Used) -> Result<Expr, String> {
    if !["{{", "{%", "{#"].iter().any(|sign| text.contains(sign)) {
        return Ok(Expr::text(text));
    }
    let pieces = pieces(text)?;
    if let [Piece::Expression(one)] = &pieces[..] {
        return value(one, scope, used);
    }
    let (mut format, mut values) = (String::new(), Vec::new());
    for piece in &pieces {
        match piece {
            Piece::Text(text) => format.push_str(&text.replace('%', "%%")),
            Piece::Expression(one) => {
                format.push_str("%s");
                values.push(value(one, scope, used)?);
            }
        }
    }
    Ok(formatted(&format, values))
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Text(String),
    Value(Expr),
}

/// What a text that is a variable alone is, as far as that is written out.
pub(crate) fn written_out<'s>(text: &str, scope: &'s Scope) -> Option<&'s Expr> {
    match &pieces(text).ok()?[..] {
        [Piece::Expression(Jinja::Name(name))] => scope.written_out(name),
        _ => None,
    }
}

/// The parts of a text. Of values that are put together each is one.
pub(crate) fn parts(text: &str, scope: &Scope, used: &mut Used) -> Result<Vec<Part>, String> {
    let mut parts: Vec<Part> = Vec::new();
    for piece in &pieces(text)? {
        match piece {
            Piece::Text(text) => parts.push(Part::Text(text.clone())),
            Piece::Expression(one) => parts_of(one, scope, used, &mut parts)?,
        }
    }
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
            (_, part) => joined.push(part),
        }
    }
    Ok(joined)
}

fn parts_of(one: &Jinja, scope: &Scope, used: &mut Used, parts: &mut Vec<Part>) -> Result<(), String> {
    match one {
        Jinja::Binary(left, "+" | "~", right) => {
            parts_of(left, scope, used, parts)?;
            parts_of(right, scope, used, parts)
        }
        other => {
            parts.push(match value(other, scope, used)? {
                Expr::Text(text) => Part::Text(text),
                value => Part::Value(value),
            });
            Ok(())
        }
    }
}

/// A text with `%s` in the places of values.
fn formatted(format: &str, values: Vec<Expr>) -> Expr {
    if values.is_empty() {
        Expr::text(format.replace("%%", "%"))
    } else {
        Expr::Format(format.to_owned(), values)
    }
}

/// An expression alone, as `when` and `loop` may have it without braces.
pub(crate) fn expression(code: &str, scope: &Scope, used: &mut Used) -> Result<Expr, String> {
    if code.contains("{{") {
        return text(code, scope, used);
    }
    value(&parse(code)?, scope, used)
}

/// What stands behind `when`.
pub(crate) fn condition(code: &str, scope: &Scope, used: &mut Used) -> Result<Condition, String> {
    let whole = match &pieces_of_condition(code)?[..] {
        [Piece::Expression(one)] => one.clone(),
        _ => parse(code)?,
    };
    let mut parts = Vec::new();
    split(&whole, "and", &mut parts);
    let mut found = Condition { code: Expr::Bool(true), after: Vec::new() };
    for part in parts {
        match changed_ones(part, scope) {
            Some(names) if found.after.is_empty() => found.after = names,
            _ => found.code = found.code.and(value(part, scope, used)?),
        }
    }
    Ok(found)
}

fn pieces_of_condition(code: &str) -> Result<Vec<Piece>, String> {
    if code.trim_start().starts_with("{{") { pieces(code.trim()) } else { Ok(Vec::new()) }
}

fn split<'a>(whole: &'a Jinja, operator: &str, parts: &mut Vec<&'a Jinja>) {
    match whole {
        Jinja::Binary(left, is, right) if *is == operator => {
            split(left, operator, parts);
            split(right, operator, parts);
        }
        other => parts.push(other),
    }
}

/// The operations, where all that is asked is whether one of them has changed something.
fn changed_ones(part: &Jinja, scope: &Scope) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    split(part, "or", &mut parts);
    parts.into_iter().map(|part| changed_one(part, scope)).collect()
}

fn changed_one(part: &Jinja, scope: &Scope) -> Option<String> {
    let of = match part {
        Jinja::Test { of, name, is_negated: false, .. } if name == "changed" => of,
        Jinja::Attribute(of, name) if name == "changed" => of,
        Jinja::Filter(of, name, _) if name == "bool" => return changed_one(of, scope),
        _ => return None,
    };
    let Jinja::Name(name) = &**of else { return None };
    match scope.get(name)? {
        Meaning::Operation { name, .. } | Meaning::Results(name) => Some(name.clone()),
        _ => None,
    }
}

/// The value of an expression.
pub(super) fn value(jinja: &Jinja, scope: &Scope, used: &mut Used) -> Result<Expr, String> {
    let mut all =
        |items: &[Jinja]| items.iter().map(|item| value(item, scope, used)).collect::<Result<Vec<_>, _>>();
    Ok(match jinja {
        Jinja::Text(text) if text.contains("{{") => self::text(text, scope, used)?,
        Jinja::Text(text) => Expr::text(text.as_str()),
        Jinja::Number(number) => Expr::atom(number.as_str()),
        Jinja::Bool(is_true) => Expr::Bool(*is_true),
        Jinja::None => Expr::none(),
        Jinja::Name(name) => named(name, scope, used)?,
        Jinja::List(items) => Expr::List(all(items)?),
        Jinja::Dict(entries) => {
            let entry = |(key, of): &(Jinja, Jinja)| Ok((value(key, scope, used)?, value(of, scope, used)?));
            Expr::Dict(entries.iter().map(entry).collect::<Result<_, String>>()?)
        }
        Jinja::Attribute(of, name) => attribute(of, name, scope, used)?,
        Jinja::Index(of, index) if is_named(of, "groups") => others::names_in(&value(index, scope, used)?),
        Jinja::Index(of, index) => value(of, scope, used)?.index(&value(index, scope, used)?),
        Jinja::Slice(of, start, end) => {
            let mut bound = |bound: &Option<Box<Jinja>>| match bound {
                None => Ok(String::new()),
                Some(bound) => value(bound, scope, used).map(|bound| bound.line()),
            };
            let (start, end) = (bound(start)?, bound(end)?);
            Expr::atom(format!("{}[{start}:{end}]", value(of, scope, used)?.at(Level::Atom)))
        }
        Jinja::Call(of, arguments) => {
            let arguments = all(arguments);
            called(of, arguments, scope, used)?
        }
        Jinja::Filter(of, name, arguments) => filters::filter(of, name, arguments, scope, used)?,
        Jinja::Test { of, name, is_negated: true, .. } if name == "defined" => {
            filters::test(of, "undefined", &[], scope, used)?
        }
        Jinja::Test { of, name, arguments, is_negated } => {
            let holds = filters::test(of, name, arguments, scope, used)?;
            if *is_negated { holds.negated() } else { holds }
        }
        Jinja::Not(of) => match &**of {
            Jinja::Binary(left, operator, right)
                if opposite(operator).is_some() && group_of(left, right).is_none() =>
            {
                let turned = opposite(operator).unwrap_or(operator);
                binary(value(left, scope, used)?, turned, value(right, scope, used)?)?
            }
            _ => value(of, scope, used)?.negated(),
        },
        Jinja::Minus(of) => Expr::Code(format!("-{}", value(of, scope, used)?.at(Level::Sign)), Level::Sign),
        Jinja::Binary(left, operator @ ("in" | "not in"), right) if group_of(left, right).is_some() => {
            let group = group_of(left, right).unwrap_or_default();
            Expr::text(group).binary(operator, &Expr::atom("host.groups"), Level::Comparison)
        }
        Jinja::Binary(left, operator, right) => {
            let (left, right) = (value(left, scope, used)?, value(right, scope, used)?);
            binary(left, operator, right)?
        }
        Jinja::Ternary { then, condition, otherwise } => {
            let then = value(then, scope, used)?;
            let otherwise = match otherwise {
                Some(otherwise) => value(otherwise, scope, used)?,
                None => Expr::text(""),
            };
            ternary(&then, &value(condition, scope, used)?, &otherwise)
        }
    })
}

pub(super) fn ternary(then: &Expr, condition: &Expr, otherwise: &Expr) -> Expr {
    let code = format!(
        "{} if {} else {}",
        then.at(Level::Or),
        condition.at(Level::Or),
        otherwise.at(Level::Ternary)
    );
    Expr::Code(code, Level::Ternary)
}

/// The group, where all that is asked is whether the host is in it.
fn group_of(left: &Jinja, right: &Jinja) -> Option<String> {
    let is_host = matches!(left, Jinja::Name(name) if name == "inventory_hostname");
    let Jinja::Attribute(of, group) = right else { return None };
    (is_host && is_named(of, "groups")).then(|| group.clone())
}

fn is_named(jinja: &Jinja, name: &str) -> bool {
    matches!(jinja, Jinja::Name(of) if of == name)
}

/// What says the opposite of a comparison, where there is such.
fn opposite(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "==" => "!=",
        "!=" => "==",
        "in" => "not in",
        "not in" => "in",
        _ => return None,
    })
}

fn binary(left: Expr, operator: &str, right: Expr) -> Result<Expr, String> {
    Ok(match operator {
        "and" => left.and(right),
        "or" => left.or(right),
        "~" => formatted("%s%s", vec![left, right]),
        "+" | "-" => left.binary(operator, &right, Level::Sum),
        "*" | "/" | "//" | "%" => left.binary(operator, &right, Level::Product),
        "**" => return Err("powers (`**`) are not there".to_owned()),
        "==" if right == Expr::Bool(true) => left,
        "==" if right == Expr::Bool(false) => left.negated(),
        _ => left.binary(operator, &right, Level::Comparison),
    })
}

fn named(name: &str, scope: &Scope, used: &mut Used) -> Result<Expr, String> {
    match scope.get(name) {
        Some(Meaning::Value(value)) => return Ok(value.clone()),
        Some(
            Meaning::Operation { name, .. }
            | Meaning::Results(name)
            | Meaning::Answer(name)
            | Meaning::Stat(name),
        ) => {
            return Ok(Expr::atom(name.as_str()));
        }
        Some(Meaning::Pair(key, value)) => {
            let entry = |name: &str, of: &String| (Expr::text(name), Expr::atom(of.as_str()));
            return Ok(Expr::Dict(vec![entry("key", key), entry("value", value)]));
        }
        Some(Meaning::Nothing(why)) => return Err(why.clone()),
        None => {}
    }
    if name == "ansible_play_hosts" {
        return Ok(others::names());
    }
    if let Some(fact) = name.strip_prefix("ansible_").filter(|name| !facts::is_of_connection(name)) {
        return facts::fact(fact, used);
    }
    Ok(match name {
        "inventory_hostname" => Expr::atom("host.name"),
        "inventory_hostname_short" => Expr::atom("host.name.split(\".\")[0]"),
        "group_names" => Expr::atom("host.groups"),
        "omit" => Expr::none(),
        "play_hosts" => others::names(),
        "hostvars" | "groups" | "vars" => {
            return Err(format!("`{name}` as a whole is nothing that code of a deploy can ask for"));
        }
        "item" => return Err("`item` is used outside of a loop".to_owned()),
        "playbook_dir" | "role_path" | "inventory_dir" => {
            return Err(format!(
                "`{name}` is not there: paths of this machine begin beside the file with the code"
            ));
        }
        _ => {
            used.wanted.insert(name.to_owned());
            scope.outside(name)
        }
    })
}

fn attribute(of: &Jinja, name: &str, scope: &Scope, used: &mut Used) -> Result<Expr, String> {
    match of {
        Jinja::Name(base) if base == "groups" => return Ok(others::names_in(&Expr::text(name))),
        Jinja::Index(base, host) if is_named(base, "hostvars") => {
            return others::data_of(&value(host, scope, used)?, name);
        }
        Jinja::Attribute(base, host) if is_named(base, "hostvars") => {
            return others::data_of(&Expr::text(host.as_str()), name);
        }
        Jinja::Name(base) if base == "ansible_facts" => {
            return facts::fact(name.strip_prefix("ansible_").unwrap_or(name), used);
        }
        Jinja::Name(base) if base == "ansible_env" && name == "HOME" => return facts::fact("user_dir", used),
        Jinja::Name(base) if base == "ansible_env" && name == "USER" => return facts::fact("user_id", used),
        Jinja::Name(base) if base == "ansible_lsb" && name == "codename" => {
            return facts::fact("distribution_release", used);
        }
        Jinja::Name(base) => {
            if let Some(meaning) = scope.get(base)
                && let Some(part) = part_of(meaning, name)?
            {
                return Ok(part);
            }
        }
        Jinja::Attribute(base, within) if within == "stat" => {
            if let Jinja::Name(base) = &**base
                && let Some(Meaning::Stat(of)) = scope.get(base)
            {
                return part_of_stat(of, name);
            }
        }
        _ => {}
    }
    Ok(value(of, scope, used)?.index(&Expr::text(name)))
}

/// A part of what was registered.
fn part_of(meaning: &Meaning, name: &str) -> Result<Option<Expr>, String> {
    Ok(Some(match meaning {
        Meaning::Operation { name: of, is_optional } => {
            let part = told(of, name, "()").ok_or_else(|| unknown_part(name))?;
            if *is_optional { Expr::atom(of.as_str()).and(part) } else { part }
        }
        Meaning::Answer(of) => told(of, name, "").ok_or_else(|| unknown_part(name))?,
        Meaning::Pair(key, _) if name == "key" => Expr::atom(key.as_str()),
        Meaning::Pair(_, value) if name == "value" => Expr::atom(value.as_str()),
        Meaning::Stat(_) | Meaning::Results(_) => return Err(unknown_part(name)),
        _ => return Ok(None),
    }))
}

fn unknown_part(name: &str) -> String {
    format!("`{name}` is nothing that is known of a result")
}

fn told(of: &str, name: &str, call: &str) -> Option<Expr> {
    Some(match name {
        "rc" => Expr::atom(format!("{of}.status{call}")),
        "stdout" => Expr::atom(format!("{of}.output{call}.strip()")),
        "stderr" => Expr::atom(format!("{of}.errors{call}.strip()")),
        "stdout_lines" => Expr::atom(format!("{of}.output{call}.strip().splitlines()")),
        "stderr_lines" => Expr::atom(format!("{of}.errors{call}.strip().splitlines()")),
        "failed" => Expr::Code(format!("{of}.status{call} != 0"), Level::Comparison),
        "changed" if call.is_empty() => Expr::Bool(false),
        "changed" => Expr::atom(format!("{of}.changed")),
        _ => return None,
    })
}

fn part_of_stat(of: &str, name: &str) -> Result<Expr, String> {
    let is_kind = |kind: &str| Expr::Code(format!("{of}.kind == \"{kind}\""), Level::Comparison);
    Ok(match name {
        "exists" => Expr::atom(format!("{of}.exists")),
        "isdir" => is_kind("directory"),
        "isreg" => is_kind("file"),
        "islnk" => is_kind("link"),
        "mode" | "size" => Expr::atom(format!("{of}.{name}")),
        "pw_name" => Expr::atom(format!("{of}.user")),
        "gr_name" => Expr::atom(format!("{of}.group")),
        _ => return Err(format!("`stat.{name}` is nothing that is known of a file")),
    })
}

/// Methods that texts and dicts have there as well as here.
const METHODS: [&str; 22] = [
    "capitalize",
    "count",
    "endswith",
    "find",
    "format",
    "get",
    "index",
    "isdigit",
    "items",
    "join",
    "keys",
    "lower",
    "lstrip",
    "replace",
    "rfind",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "title",
    "upper",
];

fn called(
    of: &Jinja,
    arguments: Result<Vec<Expr>, String>,
    scope: &Scope,
    used: &mut Used,
) -> Result<Expr, String> {
    match of {
        Jinja::Name(name) if name == "range" => Ok(Expr::call("range", arguments?)),
        Jinja::Name(name) if name == "lookup" || name == "query" || name == "q" => {
            Err("lookups of Ansible have no counterpart".to_owned())
        }
        Jinja::Name(name) => Err(format!("there is no function `{name}`")),
        Jinja::Attribute(of, method) if METHODS.contains(&method.as_str()) || method == "values" => {
            Ok(value(of, scope, used)?.method(method, arguments?))
        }
        Jinja::Attribute(_, method) => Err(format!("there is no method `{method}`")),
        _ => Err("what is called there is no function".to_owned()),
    }
}

/// A call of one of the small functions.
pub(super) fn helped(helper: Helper, argument: Expr, used: &mut Used) -> Expr {
    used.helpers.insert(helper);
    Expr::call(helper.name(), vec![argument])
}
