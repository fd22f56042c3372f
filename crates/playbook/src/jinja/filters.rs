//! Filters and tests in the language of deploys.

use super::Jinja;
use super::translate::{helped, ternary, value};
use crate::code::{Expr, Level};
use crate::prelude::Helper;
use crate::scope::{Meaning, Scope, Used};

/// The value of `of | name(arguments)`.
pub(super) fn filter(
    of: &Jinja,
    name: &str,
    arguments: &[(Option<String>, Jinja)],
    scope: &Scope,
    used: &mut Used,
) -> Result<Expr, String> {
    let mut given = Vec::new();
    for (_, argument) in arguments {
        given.push(value(argument, scope, used)?);
    }
    if matches!(name, "default" | "d") {
        return default(of, &given, scope, used);
    }
    if name == "map" {
        return mapped(of, arguments, scope, used);
    }
    if matches!(name, "selectattr" | "rejectattr" | "select" | "reject") {
        return selected(of, name, arguments, scope, used);
    }
    let of = value(of, scope, used)?;
    let first = given.first().cloned();
    let wanted = || first.clone().ok_or_else(|| format!("the filter `{name}` wants an argument"));
    Ok(match name {
        "bool" => boolean(of, used),
        "int" => Expr::call("int", vec![of]),
        "float" => Expr::call("float", vec![of]),
        "string" => Expr::call("str", vec![of]),
        // What is one already stays as it is.
        "list" if is_list(&of.line()) => of,
        "list" => Expr::call("list", vec![of]),
        "length" | "count" => Expr::call("len", vec![of]),
        "lower" | "upper" | "title" | "capitalize" => of.method(name, Vec::new()),
        "trim" => of.method("strip", Vec::new()),
        "replace" => of.method("replace", given),
        "split" => of.method("split", given),
        "splitlines" => of.method("splitlines", Vec::new()),
        "join" => joined(&of, first),
        "first" => of.index(&Expr::atom("0")),
        "last" => of.index(&Expr::atom("-1")),
        "sort" => Expr::call("sorted", vec![of]),
        "reverse" => Expr::call("reversed", vec![of]),
        "max" | "min" => Expr::call(name, vec![of]),
        "abs" => Expr::call("abs", vec![of]),
        "unique" => helped(Helper::Unique, of, used),
        "basename" | "dirname" => Expr::call(name, vec![of]),
        "quote" => Expr::call("quote", vec![Expr::call("str", vec![of])]),
        "to_json" | "tojson" => helped(Helper::ToJson, of, used),
        "to_nice_json" => helped(Helper::ToNiceJson, of, used),
        "from_json" => Expr::call("json.decode", vec![of]),
        "ternary" => {
            let otherwise = given.get(1).ok_or("the filter `ternary` wants two arguments")?;
            ternary(&wanted()?, &of, otherwise)
        }
        "flatten" => helped(Helper::Flatten, of, used),
        "symmetric_difference" => {
            let other = wanted()?;
            let only = |one: &Expr, other: &Expr| {
                comprehension(one, &format!("item not in {}", other.at(Level::Union)))
            };
            only(&of, &other).binary("+", &only(&other, &of), Level::Sum)
        }
        "subelements" => {
            let key = wanted()?;
            let key =
                key.literal().ok_or("the filter `subelements` wants the name of what is in the items")?;
            let skips = arguments
                .iter()
                .any(|(name, of)| name.as_deref() == Some("skip_missing") && *of == Jinja::Bool(true));
            crate::loops::subelements(&of, key, skips)
        }
        "zip" => Expr::call("zip", vec![of, wanted()?]),
        "dictsort" => Expr::call("sorted", vec![of.method("items", Vec::new())]),
        "regex_replace" => {
            used.helpers.insert(Helper::RegexReplace);
            let by = given.get(1).cloned().unwrap_or_else(|| Expr::text(""));
            Expr::call(Helper::RegexReplace.name(), vec![of, wanted()?, by])
        }
        "regex_escape" => Expr::call("literal_expression", vec![of]),
        "combine" => of.binary("|", &wanted()?, Level::Union),
        "union" => helped(Helper::Unique, of.binary("+", &wanted()?, Level::Sum), used),
        "difference" => comprehension(&of, &format!("item not in {}", wanted()?.at(Level::Union))),
        "intersect" => comprehension(&of, &format!("item in {}", wanted()?.at(Level::Union))),
        "dict2items" => Expr::atom(format!(
            "[{{\"key\": key, \"value\": value}} for key, value in {}.items()]",
            of.at(Level::Atom)
        )),
        "items2dict" => {
            Expr::atom(format!("{{item[\"key\"]: item[\"value\"] for item in {}}}", of.at(Level::Or)))
        }
        "mandatory" | "safe" => of,
        _ => return Err(format!("the filter `{name}` has no counterpart")),
    })
}

/// Whether code is a list that is written out or made of another.
fn is_list(code: &str) -> bool {
    let mut depth = 0_usize;
    let end = code.find(|one| {
        depth += usize::from(one == '[');
        depth = depth.saturating_sub(usize::from(one == ']'));
        depth == 0
    });
    code.starts_with('[') && end == Some(code.len() - 1)
}

/// Those of some items for which a test holds, or does not.
fn selected(
    of: &Jinja,
    name: &str,
    arguments: &[(Option<String>, Jinja)],
    scope: &Scope,
    used: &mut Used,
) -> Result<Expr, String> {
    let of = value(of, scope, used)?.at(Level::Or);
    let mut within = scope.clone();
    within.set("item", Meaning::Value(Expr::atom("item")));
    let item = Jinja::Name("item".into());
    let mut rest = arguments.iter().map(|(_, argument)| argument);
    let tested = if name.ends_with("attr") {
        let Some(Jinja::Text(path)) = rest.next() else {
            return Err(format!("the filter `{name}` wants the name of what is in the items"));
        };
        path.split('.').fold(item, |of, part| Jinja::Attribute(Box::new(of), part.to_owned()))
    } else {
        item
    };
    let test = match rest.next() {
        None => "truthy",
        Some(Jinja::Text(test)) => test.as_str(),
        Some(_) => return Err(format!("the test of the filter `{name}` is made of variables")),
    };
    let given: Vec<Jinja> = rest.cloned().collect();
    let holds = self::test(&tested, test, &given, &within, used)?;
    let holds = if name.starts_with("reject") { holds.negated() } else { holds };
    Ok(Expr::atom(format!("[item for item in {of} if {}]", holds.line())))
}

fn comprehension(of: &Expr, condition: &str) -> Expr {
    Expr::atom(format!("[item for item in {} if {condition}]", of.at(Level::Or)))
}

fn joined(of: &Expr, by: Option<Expr>) -> Expr {
    by.unwrap_or_else(|| Expr::text("")).method("join", vec![of.clone()])
}

/// Whether a value says yes: what is a truth value already stays as it is.
fn boolean(of: Expr, used: &mut Used) -> Expr {
    if of.is_condition() { of } else { helped(Helper::Truth, of, used) }
}

/// The value, or something else where there is none.
fn default(of: &Jinja, given: &[Expr], scope: &Scope, used: &mut Used) -> Result<Expr, String> {
    let otherwise = given.first().cloned().unwrap_or_else(|| Expr::text(""));
    let is_for_empty = matches!(given.get(1), Some(Expr::Bool(true)));
    let found = match of {
        Jinja::Name(name) if scope.get(name).is_none() => match value(of, scope, used) {
            Ok(found) if found == scope.outside(name) => {
                let arguments = vec![Expr::text(name.as_str()), otherwise.clone()];
                Expr::atom(scope.data).method("get", without_none(arguments))
            }
            // What nobody can say is not there.
            Err(_) => return Ok(otherwise),
            Ok(found) => found,
        },
        Jinja::Attribute(base, name) => {
            let plain = value(of, scope, used)?;
            let key = Expr::text(name.as_str());
            let base = value(base, scope, used)?;
            if plain == base.index(&key) {
                base.method("get", without_none(vec![key, otherwise.clone()]))
            } else {
                plain
            }
        }
        _ => value(of, scope, used)?,
    };
    Ok(if is_for_empty && !otherwise.is_none() { found.or(otherwise) } else { found })
}

/// `get` says None by itself.
fn without_none(mut arguments: Vec<Expr>) -> Vec<Expr> {
    if arguments.last().is_some_and(Expr::is_none) {
        arguments.pop();
    }
    arguments
}

fn mapped(
    of: &Jinja,
    arguments: &[(Option<String>, Jinja)],
    scope: &Scope,
    used: &mut Used,
) -> Result<Expr, String> {
    let of = value(of, scope, used)?.at(Level::Or);
    match arguments {
        [(Some(name), Jinja::Text(attribute))] if name == "attribute" => {
            let keys: String =
                attribute.split('.').map(|part| format!("[{}]", crate::code::quoted(part))).collect();
            Ok(Expr::atom(format!("[item{keys} for item in {of}]")))
        }
        [(None, Jinja::Text(inner)), rest @ ..] => {
            let mut within = scope.clone();
            within.set("item", Meaning::Value(Expr::atom("item")));
            let one = filter(&Jinja::Name("item".into()), inner, rest, &within, used)?;
            Ok(Expr::atom(format!("[{} for item in {of}]", one.line())))
        }
        _ => Err("this use of the filter `map` has no counterpart".to_owned()),
    }
}

/// Whether `of is name(arguments)` holds.
pub(super) fn test(
    of: &Jinja,
    name: &str,
    arguments: &[Jinja],
    scope: &Scope,
    used: &mut Used,
) -> Result<Expr, String> {
    if matches!(name, "defined" | "undefined") {
        return defined(of, name == "defined", scope, used);
    }
    if let Some(found) = of_result(of, name, scope) {
        return found;
    }
    let of = value(of, scope, used)?;
    let mut given = Vec::new();
    for argument in arguments {
        given.push(value(argument, scope, used)?);
    }
    let compared = |operator: &str| {
        let other = given.first().ok_or_else(|| format!("the test `{name}` wants an argument"))?;
        Ok::<_, String>(of.binary(operator, other, Level::Comparison))
    };
    let of_type = |types: &[&str]| {
        let found = format!("type({})", of.line());
        let code = match types {
            [one] => format!("{found} == \"{one}\""),
            many => format!("{found} in {many:?}"),
        };
        Expr::Code(code, Level::Comparison)
    };
    Ok(match name {
        "none" => Expr::Code(format!("{} == None", of.at(Level::Union)), Level::Comparison),
        "true" | "truthy" => of,
        "false" | "falsy" => of.negated(),
        "string" => of_type(&["string"]),
        "number" => of_type(&["int", "float"]),
        "integer" => of_type(&["int"]),
        "boolean" => of_type(&["bool"]),
        "mapping" => of_type(&["dict"]),
        "sequence" | "iterable" => of_type(&["string", "list", "tuple", "dict"]),
        "eq" | "equalto" | "sameas" => compared("==")?,
        "ne" => compared("!=")?,
        "in" => compared("in")?,
        "contains" => {
            let inner = given.first().ok_or("the test `contains` wants an argument")?;
            inner.binary("in", &of, Level::Comparison)
        }
        "gt" | "greaterthan" => compared(">")?,
        "ge" => compared(">=")?,
        "lt" | "lessthan" => compared("<")?,
        "le" => compared("<=")?,
        "match" => {
            let expression = given.first().ok_or("the test `match` wants an expression")?;
            let expression = match expression {
                Expr::Text(text) => Expr::text(format!("^(?:{text})")),
                other => Expr::Format("^(?:%s)".to_owned(), vec![other.clone()]),
            };
            Expr::call("matches", vec![expression, of])
        }
        "search" | "regex" => {
            let expression = given.first().ok_or_else(|| format!("the test `{name}` wants an expression"))?;
            Expr::call("matches", vec![expression.clone(), of])
        }
        "subset" => {
            let other = given.first().ok_or("the test `subset` wants a list")?;
            let each = format!("[item in {} for item in {}]", other.at(Level::Union), of.at(Level::Or));
            Expr::call("all", vec![Expr::atom(each)])
        }
        "version" | "version_compare" => version(of, &given, used)?,
        _ => return Err(format!("the test `{name}` has no counterpart")),
    })
}

fn version(of: Expr, given: &[Expr], used: &mut Used) -> Result<Expr, String> {
    let other = given.first().cloned().ok_or("the test `version` wants a version")?;
    let operator = match given.get(1).map(|operator| operator.literal().unwrap_or("?")) {
        None | Some("==" | "=" | "eq") => "==",
        Some(">=" | "ge") => ">=",
        Some("<=" | "le") => "<=",
        Some(">" | "gt") => ">",
        Some("<" | "lt") => "<",
        Some("!=" | "<>" | "ne") => "!=",
        Some(_) => return Err("the operator of the test `version` is none that is known".to_owned()),
    };
    let left = helped(Helper::Version, of, used);
    let right = helped(Helper::Version, other, used);
    Ok(left.binary(operator, &right, Level::Comparison))
}

/// Tests of what was registered.
fn of_result(of: &Jinja, name: &str, scope: &Scope) -> Option<Result<Expr, String>> {
    let Jinja::Name(registered) = of else { return None };
    let (result, status) = match scope.get(registered)? {
        Meaning::Operation { name, .. } => (name, format!("{name}.status()")),
        Meaning::Answer(name) => (name, format!("{name}.status")),
        Meaning::Results(name) => (name, String::new()),
        Meaning::Stat(_) if matches!(name, "changed" | "failed" | "skipped") => {
            return Some(Ok(Expr::Bool(false)));
        }
        Meaning::Stat(_) if matches!(name, "succeeded" | "success") => return Some(Ok(Expr::Bool(true))),
        _ => return None,
    };
    let compared = |operator: &str| Expr::Code(format!("{status} {operator} 0"), Level::Comparison);
    Some(Ok(match name {
        "changed" if status.is_empty() => Expr::atom(format!("any([result.changed for result in {result}])")),
        "changed" if status.ends_with(')') => match scope.get(registered) {
            Some(Meaning::Operation { is_optional: true, .. }) => {
                Expr::Code(format!("{result} and {result}.changed"), Level::And)
            }
            _ => Expr::atom(format!("{result}.changed")),
        },
        "changed" => Expr::Bool(false),
        "failed" | "failure" if !status.is_empty() => compared("!="),
        "succeeded" | "success" | "successful" if !status.is_empty() => compared("=="),
        _ => return Some(Err(format!("the test `{name}` of a result has no counterpart"))),
    }))
}

/// Whether something is there.
fn defined(of: &Jinja, wanted: bool, scope: &Scope, used: &mut Used) -> Result<Expr, String> {
    let operator = if wanted { "in" } else { "not in" };
    let is_in = |key: &str, base: &Expr| Expr::text(key).binary(operator, base, Level::Comparison);
    match of {
        Jinja::Name(name) if scope.get(name).is_none() => match value(of, scope, used) {
            Ok(found) if found == scope.outside(name) => Ok(is_in(name, &Expr::atom(scope.data))),
            Ok(_) => Ok(Expr::Bool(wanted)),
            Err(_) => Ok(Expr::Bool(!wanted)),
        },
        Jinja::Attribute(base, name) => {
            let plain = value(of, scope, used)?;
            let base = value(base, scope, used)?;
            let is_entry = plain == base.index(&Expr::text(name.as_str()));
            Ok(if is_entry { is_in(name, &base) } else { Expr::Bool(wanted) })
        }
        _ => value(of, scope, used).map(|_| Expr::Bool(wanted)),
    }
}
