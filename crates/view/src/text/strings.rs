//! Strings: short ones in quotes, long ones line by line, and JSON as what it says.

use std::sync::Arc;

use plumb_value::{Value, json, quote};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::comparison::{Pair, compare_any};
use super::difference::{Act, Content, Difference};
use super::quote::visible;
use super::render::{Drawing, Options};

/// What a string is to readers.
enum Reading {
    Absent,
    Short(Arc<str>),
    Lines(Vec<String>),
    Json(Value),
}

fn read(text: Option<&Arc<str>>) -> Reading {
    let Some(text) = text else { return Reading::Absent };
    // Numbers and words alone are JSON too, but nobody thinks of them so.
    if text.starts_with(['{', '['])
        && let Ok(value) = json::decode_implied(text)
    {
        return Reading::Json(value);
    }
    if text.contains('\n') {
        return Reading::Lines(text.trim().split('\n').map(str::to_owned).collect());
    }
    Reading::Short(text.clone())
}

impl Reading {
    fn simple(&self) -> String {
        match self {
            Reading::Short(text) => quote(text),
            Reading::Absent | Reading::Lines(_) | Reading::Json(_) => "null".to_owned(),
        }
    }

    fn lines(self) -> Vec<String> {
        match self {
            Reading::Lines(lines) => lines,
            Reading::Short(text) => vec![text.to_string()],
            Reading::Absent | Reading::Json(_) => Vec::new(),
        }
    }
}

/// Draws a string before and after.
pub(crate) fn draw_text(
    drawing: &mut Drawing<'_>,
    difference: &Difference,
    before: Option<&Arc<str>>,
    after: Option<&Arc<str>>,
    depth: usize,
    options: Options,
) {
    match difference.act {
        Act::Create | Act::None => draw_one(drawing, difference, read(after), depth, options),
        Act::Delete => draw_one(drawing, difference, read(before), depth, options),
        Act::Update => draw_both(drawing, difference, read(before), read(after), depth, options),
    }
}

fn draw_one(
    drawing: &mut Drawing<'_>,
    difference: &Difference,
    reading: Reading,
    depth: usize,
    options: Options,
) {
    let act = difference.act;
    match reading {
        Reading::Json(value) => {
            let pair = match act {
                Act::Create => Pair::new(None, Some(value)),
                Act::Delete => Pair::new(Some(value), None),
                Act::None | Act::Update => Pair::same(&value),
            };
            draw_json(drawing, difference, &compare_any(&pair), depth, options);
        }
        Reading::Lines(lines) => {
            let lines = lines.into_iter().map(|line| (Act::None, line)).collect();
            draw_lines(drawing, difference, lines, depth, options);
        }
        Reading::Absent | Reading::Short(_) => {
            drawing.out.push_str(&reading.simple());
            if matches!(reading, Reading::Short(_)) {
                drawing.null_suffix(act, options);
            }
            drawing.blame(difference.replace, options);
        }
    }
}

fn draw_both(
    drawing: &mut Drawing<'_>,
    difference: &Difference,
    before: Reading,
    after: Reading,
    depth: usize,
    options: Options,
) {
    match (before, after) {
        (Reading::Json(before), Reading::Json(after)) => {
            let pair = Pair::new(Some(before), Some(after));
            draw_json(drawing, difference, &compare_any(&pair), depth, options);
        }
        (before @ (Reading::Json(_) | Reading::Lines(_)), after @ Reading::Absent)
        | (before @ Reading::Json(_), after)
        | (before, after @ Reading::Json(_)) => {
            let inside = Options { hides_null: true, ..options };
            let side = |act| Difference { act, replace: false, content: Content::WriteOnly };
            draw_one(drawing, &side(Act::Delete), before, depth, inside);
            drawing.out.push_str(&options.style.yellow(" -> "));
            draw_one(drawing, &side(Act::Create), after, depth, inside);
            drawing.blame(difference.replace, options);
        }
        (before @ (Reading::Short(_) | Reading::Absent), after @ (Reading::Short(_) | Reading::Absent)) => {
            drawing.out.push_str(&before.simple());
            drawing.out.push_str(&options.style.yellow(" -> "));
            drawing.out.push_str(&after.simple());
            drawing.blame(difference.replace, options);
        }
        (before, after) => {
            let lines = compare_lines(before.lines(), after.lines());
            draw_lines(drawing, difference, lines, depth, options);
        }
    }
}

fn compare_lines(before: Vec<String>, after: Vec<String>) -> Vec<(Act, String)> {
    let mut lines = Vec::with_capacity(before.len().max(after.len()));
    for operation in capture_diff_slices(Algorithm::Myers, &before, &after) {
        let (tag, old, new) = operation.as_tag_tuple();
        if tag == DiffTag::Equal {
            lines.extend(before[old].iter().map(|line| (Act::None, line.clone())));
        } else {
            lines.extend(before[old].iter().map(|line| (Act::Delete, line.clone())));
            lines.extend(after[new].iter().map(|line| (Act::Create, line.clone())));
        }
    }
    lines
}

fn draw_lines(
    drawing: &mut Drawing<'_>,
    difference: &Difference,
    lines: Vec<(Act, String)>,
    depth: usize,
    options: Options,
) {
    drawing.out.push_str("<<-EOT");
    drawing.blame(difference.replace, options);
    drawing.out.push('\n');
    for (act, line) in lines {
        if line.is_empty() && act == Act::None {
            drawing.out.push('\n');
            continue;
        }
        drawing.begin(depth + 1, act, options);
        drawing.out.push_str(&visible(&line));
        drawing.out.push('\n');
    }
    drawing.begin(depth, Act::None, options);
    drawing.out.push_str("EOT");
    drawing.null_suffix(difference.act, options);
}

fn draw_json(
    drawing: &mut Drawing<'_>,
    difference: &Difference,
    inner: &Difference,
    depth: usize,
    options: Options,
) {
    let is_layout_only = inner.act == Act::None && difference.act == Act::Update;
    let inside = Options {
        hides_null: true,
        blamed: false,
        shows_all: options.shows_all || is_layout_only,
        ..options
    };
    let mut text = String::new();
    Drawing { out: &mut text }.difference(inner, depth + 1, inside);
    let note = match (is_layout_only, difference.replace) {
        (true, true) => " # whitespace changes force replacement",
        (true, false) => " # whitespace changes",
        (false, _) => "",
    };
    let replace = difference.replace && !is_layout_only;
    drawing.out.push_str("jsonencode(");
    if !text.contains('\n') {
        drawing.out.push_str(&text);
        drawing.out.push(')');
        drawing.out.push_str(note);
        return drawing.blame(replace, options);
    }
    drawing.out.push_str(note);
    drawing.out.push('\n');
    let act = if difference.act == Act::Update && !is_layout_only { Act::Update } else { Act::None };
    drawing.begin(depth + 1, act, options);
    drawing.out.push_str(&text);
    drawing.blame(replace, Options { blamed: false, ..options });
    drawing.out.push('\n');
    drawing.begin(depth, Act::None, options);
    drawing.out.push(')');
    drawing.null_suffix(difference.act, options);
}
