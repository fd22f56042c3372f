//! Lists that tasks are gone through for and that are made of others.

use plumb_inventory::tree::Node;

use crate::code::{Expr, Level};
use crate::frame::Frame;
use crate::modules::expr_of;
use crate::tasks::loop_list;

/// What a keyword of this name makes of its value; nothing for those that go through a list as it is.
pub(crate) fn pairs(keyword: &str, value: &Node, frame: &mut Frame) -> Result<Option<Expr>, String> {
    let name = keyword.strip_prefix("with_").unwrap_or(keyword).rsplit('.').next().unwrap_or_default();
    let mut lists = || -> Result<Vec<Expr>, String> {
        let nodes = value.elements().ok_or_else(|| format!("`{keyword}` wants a list of lists"))?;
        nodes.iter().map(|node| loop_list(node, frame)).collect()
    };
    Ok(Some(match name {
        "subelements" => {
            let nodes = value.elements().unwrap_or_default();
            let [of, key, rest @ ..] = nodes else {
                return Err("`with_subelements` wants a list and the name of what is in its items".to_owned());
            };
            let key = key.as_text().ok_or("what `with_subelements` takes of the items is a name")?.to_owned();
            let may_be_missing = rest.iter().any(|flags| {
                flags.entry("skip_missing").is_some_and(|entry| {
                    matches!(expr_of(&entry.value, &frame.scope, &mut frame.used), Ok(Expr::Bool(true)))
                        || matches!(entry.value.as_text(), Some("yes" | "true" | "True"))
                })
            });
            subelements(&loop_list(of, frame)?, &key, may_be_missing)
        }
        "nested" | "cartesian" => nested(&lists()?),
        "together" => Expr::call("zip", lists()?),
        "indexed_items" => Expr::call("enumerate", vec![loop_list(value, frame)?]),
        "sequence" => sequence(value.as_text().unwrap_or_default())?,
        _ => return Ok(None),
    }))
}

/// Each item with each part of a list in it.
pub(crate) fn subelements(of: &Expr, key: &str, may_be_missing: bool) -> Expr {
    let path: Vec<&str> = key.split('.').collect();
    let (last, before) = path.split_last().unwrap_or((&key, &[]));
    let mut inner = Expr::atom("item");
    for part in before {
        inner = inner.index(&Expr::text(*part));
    }
    let inner = if may_be_missing {
        inner.method("get", vec![Expr::text(*last), Expr::List(Vec::new())])
    } else {
        inner.index(&Expr::text(*last))
    };
    let of = of.at(Level::Or);
    Expr::atom(format!("[(item, inner) for item in {of} for inner in {}]", inner.line()))
}

fn nested(lists: &[Expr]) -> Expr {
    let names: Vec<String> = (1..=lists.len()).map(|number| format!("item_{number}")).collect();
    let each = names.iter().zip(lists).map(|(name, of)| format!(" for {name} in {}", of.at(Level::Or)));
    let each: String = each.collect();
    let comma = if names.len() == 1 { "," } else { "" };
    Expr::atom(format!("[({}{comma}){each}]", names.join(", ")))
}

/// Numbers as text, from one to another.
fn sequence(said: &str) -> Result<Expr, String> {
    let (mut start, mut end, mut stride) = (1_i64, None, 1_i64);
    for word in said.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap_or(("end", word));
        let number =
            value.parse::<i64>().map_err(|_| format!("`with_sequence` has `{word}`, which is no number"))?;
        match key {
            "start" => start = number,
            "end" => end = Some(number),
            "count" => end = Some(start + number - 1),
            "stride" => stride = number,
            _ => return Err(format!("`{key}` of `with_sequence` has no counterpart")),
        }
    }
    let end = end.ok_or("`with_sequence` has no end")?;
    let end = if stride > 0 { end + 1 } else { end - 1 };
    let range = if stride == 1 {
        format!("range({start}, {end})")
    } else {
        format!("range({start}, {end}, {stride})")
    };
    Ok(Expr::atom(format!("[str(number) for number in {range}]")))
}
