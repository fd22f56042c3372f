//! Changing lines of files: contents go in, and contents come out.

use plumb_host::Content;
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::none::NoneOr;
use regex::bytes::Regex;

use super::lines::{Lines, Place, Which};
use super::replacement::Replacement;
use super::{content, error};

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// A content in which a line stands, or does not. Where lines match the expression, they become that
    /// line or are gone, and with `once` all but the first of them are; where none does, the line is put behind
    /// the last one that matches `after`, before the first that matches `before`, at the start, or at the end.
    /// With `only`, `"first"` or `"last"`, that one is meant wherever several match.
    fn with_line<'v>(
        of: Value<'v>,
        line: &str,
        #[starlark(require = named, default = true)] present: bool,
        #[starlark(require = named, default = NoneOr::None)] r#match: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] after: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] before: NoneOr<&str>,
        #[starlark(require = named, default = false)] once: bool,
        #[starlark(require = named, default = NoneOr::None)] only: NoneOr<&str>,
        #[starlark(require = named, default = false)] at_start: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        if line.contains('\n') {
            return Err(error("a line has no end of a line in it: see `files.block` for several lines"));
        }
        let content = content::of(of)?;
        let expression = optional("match", r#match)?;
        let only = which(only)?;
        let place = place(after, before, only, at_start)?;
        let is_it = |text: &[u8]| {
            text == line.as_bytes() || expression.as_ref().is_some_and(|expression| expression.is_match(text))
        };
        let mut lines = Lines::of(content.bytes());
        let matched = only.and_then(|which| {
            let expression = expression.as_ref()?;
            lines.position(which, |text| expression.is_match(text))
        });
        if !present {
            lines.retain(|text| !is_it(text));
        } else if let Some(at) = matched {
            lines.replace_at(at, line.as_bytes());
        } else if only.is_some() && lines.texts().any(|text| text == line.as_bytes()) {
            // It stands there already.
        } else if lines.texts().any(is_it) {
            let mut seen = false;
            lines.retain(|text| !once || !is_it(text) || !std::mem::replace(&mut seen, true));
            lines.replace(|text| is_it(text).then_some(line.as_bytes()));
        } else {
            lines.insert(&place, line.as_bytes());
        }
        Ok(content::value(Content::new(lines.joined()), eval.heap()))
    }

    /// A content in which lines stand between two lines that mark them, or neither does.
    fn with_block<'v>(
        of: Value<'v>,
        block: &str,
        #[starlark(require = named)] begin: &str,
        #[starlark(require = named)] end: &str,
        #[starlark(require = named, default = true)] present: bool,
        #[starlark(require = named, default = NoneOr::None)] after: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] before: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] only: NoneOr<&str>,
        #[starlark(require = named, default = false)] at_start: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        if begin == end || begin.is_empty() || end.is_empty() || begin.contains('\n') || end.contains('\n') {
            return Err(error("a block is marked by two lines that are not the same"));
        }
        if block.lines().any(|line| line == begin || line == end) {
            return Err(error("the block has one of the lines in it that mark it: choose another marker"));
        }
        let content = content::of(of)?;
        let place = place(after, before, which(only)?, at_start)?;
        let mut lines = Lines::of(content.bytes());
        let blocks = lines.between(begin.as_bytes(), end.as_bytes()).map_err(error)?;
        let mut wanted: Vec<&[u8]> = Vec::new();
        if present {
            wanted.push(begin.as_bytes());
            wanted.extend(block.lines().map(str::as_bytes));
            wanted.push(end.as_bytes());
        }
        match blocks.split_first() {
            Some((first, others)) => {
                // A second block with the same marks is one that was copied.
                for range in others.iter().rev() {
                    lines.splice(range.clone(), &[]);
                }
                lines.splice(first.clone(), &wanted);
            }
            None => lines.insert_all(&place, &wanted),
        }
        Ok(content::value(Content::new(lines.joined()), eval.heap()))
    }

    /// A content in which whatever matches is replaced. In the replacement `\1` to `\9` stand for what the groups
    /// of the expression matched, `\0` for all of it, and two backslashes for one. `^` and `$` are the ends of lines. A literal text is no
    /// expression.
    fn with_replaced<'v>(
        of: Value<'v>,
        text: &str,
        replacement: &str,
        #[starlark(require = named, default = false)] literal: bool,
        #[starlark(require = named, default = false)] ignore_case: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        if text.is_empty() {
            return Err(error("the text that is replaced is empty"));
        }
        let content = content::of(of)?;
        let pattern = if literal { regex::escape(text) } else { text.to_owned() };
        let flags = if ignore_case { "(?mi)" } else { "(?m)" };
        let expression = expression("text", &pattern, flags)?;
        let replacement = if literal {
            Replacement::literal(replacement)
        } else {
            Replacement::parsed(replacement, expression.captures_len() - 1).map_err(error)?
        };
        let replaced = expression.replace_all(content.bytes(), replacement).into_owned();
        Ok(content::value(Content::new(replaced), eval.heap()))
    }

    /// Text as an expression that matches it alone.
    fn literal_expression(text: &str) -> starlark::Result<String> {
        Ok(escaped(text))
    }

    /// Whether an expression matches somewhere in a text or content.
    fn matches<'v>(expression: &str, of: Value<'v>) -> starlark::Result<bool> {
        Ok(self::expression("the expression", expression, "")?.is_match(content::of(of)?.bytes()))
    }
}

/// Text as an expression that matches it alone.
pub fn escaped(text: &str) -> String {
    regex::escape(text)
}

fn optional(name: &str, text: NoneOr<&str>) -> starlark::Result<Option<Regex>> {
    text.into_option().map(|text| expression(name, text, "")).transpose()
}

fn which(only: NoneOr<&str>) -> starlark::Result<Option<Which>> {
    match only.into_option() {
        None => Ok(None),
        Some("first") => Ok(Some(Which::First)),
        Some("last") => Ok(Some(Which::Last)),
        Some(other) => {
            Err(error(format!("only says which line is meant, \"first\" or \"last\", and not `{other}`")))
        }
    }
}

fn place(
    after: NoneOr<&str>,
    before: NoneOr<&str>,
    only: Option<Which>,
    at_start: bool,
) -> starlark::Result<Place> {
    match (optional("after", after)?, optional("before", before)?, at_start) {
        (Some(after), None, false) => Ok(Place::After(after, only.unwrap_or(Which::Last))),
        (None, Some(before), false) => Ok(Place::Before(before, only.unwrap_or(Which::First))),
        (None, None, true) => Ok(Place::Start),
        (None, None, false) => Ok(Place::End),
        (Some(_), Some(_), _) => Err(error("after and before say two places: give one of them")),
        _ => Err(error("at_start is a place of its own: give neither after nor before beside it")),
    }
}

/// A regular expression over bytes.
fn expression(name: &str, text: &str, flags: &str) -> starlark::Result<Regex> {
    let explained = |why: regex::Error| {
        let why = why.to_string();
        // The last line says what is wrong, those before it show where.
        let last = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        error(format!("{name} is no regular expression, `{text}`: {last}"))
    };
    Regex::new(&format!("{flags}{text}")).map_err(explained)
}
