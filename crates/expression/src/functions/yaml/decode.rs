//! `yamldecode`: YAML as values.
//!
//! The grammar is left to a parser; here its events become values. Aliases and merge keys are
//! shared, not copied, and yet a small text can stand for more than any memory holds: what a text may
//! stand for is limited.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use granit_parser::{Event, Marker, Options, Parser, ScalarStyle, ScanError, Tag};
use plumb_value::{Type, Value, convert};

use super::super::{FunctionError, Invocation, Outcome};
use super::scalar;
use crate::describe::quote;

/// How deep values may be nested, as in JSON.
const DEPTH_MAX: usize = 256;
/// How many values a text may stand for, with aliases counted as often as they are used.
const VALUES_MAX: usize = 10_000_000;

const MAPPING_TAG: &str = "tag:yaml.org,2002:map";
const SEQUENCE_TAG: &str = "tag:yaml.org,2002:seq";
const MERGE_TAG: &str = "tag:yaml.org,2002:merge";

pub(in crate::functions) fn decode(call: &Invocation<'_>) -> Outcome {
    let mut document = Document::default();
    for event in Parser::new_from_str_with_options(call.text(0), as_libyaml()) {
        let (event, place) = event.map_err(|error| syntax_error(&error))?;
        document.take(event).map_err(|why| at(&place.start, &why))?;
    }
    let whole =
        document.value.ok_or_else(|| FunctionError::call("the text has no document, hence no value"))?;
    Ok(whole.value)
}

/// Where libyaml reads otherwise than the specification says, so do the peers.
fn as_libyaml() -> Options {
    granit_parser::options! {
        bom_inside_document_as_content: true,
        block_scalar_eof_without_line_feed: true,
    }
}

fn syntax_error(error: &ScanError) -> FunctionError {
    at(error.marker(), &error.info())
}

fn at(place: &Marker, what: &str) -> FunctionError {
    FunctionError::call(format!("on line {}, column {}: {what}", place.line(), place.col() + 1))
}

/// A value and how many values it consists of, itself included.
#[derive(Clone)]
struct Counted {
    value: Value,
    count: usize,
}

/// A node's anchor; the parser numbers them, and each has another number.
type Anchor = usize;

/// The number of what has no anchor.
const NO_ANCHOR: Anchor = 0;

/// What has been read so far.
#[derive(Default)]
struct Document {
    /// Collections that have begun, from the outside in.
    open: Vec<Open>,
    anchors: HashMap<Anchor, Counted>,
    value: Option<Counted>,
}

/// A collection that has begun.
struct Open {
    anchor: Anchor,
    parts: Parts,
    count: usize,
}

enum Parts {
    Sequence(Vec<Value>),
    Mapping { entries: BTreeMap<Arc<str>, Value>, key: Option<Key> },
}

/// What a mapping's next value is for.
enum Key {
    Name(Arc<str>),
    /// The entries of the value belong to the mapping.
    Merge,
}

impl Document {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref()),
            Event::Alias(anchor) => {
                self.refuse_key()?;
                // What is meant has not ended: the peers' values are finite, and so are ours.
                let meant = self.anchors.get(&anchor).cloned();
                let meant =
                    meant.ok_or("a value cannot refer to an anchor from inside of its own definition")?;
                self.complete(NO_ANCHOR, meant)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(anchor, tag.as_deref(), SEQUENCE_TAG, Parts::Sequence(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                let parts = Parts::Mapping { entries: BTreeMap::new(), key: None };
                self.open(anchor, tag.as_deref(), MAPPING_TAG, parts)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::DocumentStart(..) if self.value.is_some() => {
                Err("only a single document is allowed".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: Anchor,
        tag: Option<&Tag>,
    ) -> Result<(), String> {
        let tag = tag.map(full_name);
        let is_merge = tag.as_deref().map_or(text == "<<", |tag| tag == MERGE_TAG);
        if self.wants_key() && is_merge {
            self.set_key(Key::Merge);
            return Ok(());
        }
        let value = scalar::value(tag.as_deref(), text, style)?;
        if self.wants_key() {
            self.set_key(name(&value)?);
            return Ok(());
        }
        // A block is a text: that of the number or word in it, if it is one.
        let is_text = tag.is_none() && matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let value = if is_text { as_text(&value)? } else { value };
        self.complete(anchor, Counted { value, count: 1 })
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { parts: Parts::Mapping { key: None, .. }, .. }))
    }

    fn refuse_key(&self) -> Result<(), String> {
        if self.wants_key() { Err("only strings are allowed as mapping keys".to_owned()) } else { Ok(()) }
    }

    fn set_key(&mut self, next: Key) {
        if let Some(Open { parts: Parts::Mapping { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(next);
        }
    }

    fn open(&mut self, anchor: Anchor, tag: Option<&Tag>, own: &str, parts: Parts) -> Result<(), String> {
        self.refuse_key()?;
        if let Some(tag) = tag.map(full_name).filter(|tag| tag != own) {
            let what = if own == MAPPING_TAG { "mapping" } else { "sequence" };
            return Err(format!("a {what} cannot be a {}", quote(&tag)));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(format!("values are nested deeper than {DEPTH_MAX} levels"));
        }
        self.open.push(Open { anchor, parts, count: 1 });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(Open { anchor, parts, count }) = self.open.pop() else { return Ok(()) };
        let value = match parts {
            Parts::Sequence(values) => Value::tuple(values),
            Parts::Mapping { entries, .. } => Value::object(entries),
        };
        self.complete(anchor, Counted { value, count })
    }

    /// Puts a value where it belongs.
    fn complete(&mut self, anchor: Anchor, whole: Counted) -> Result<(), String> {
        if anchor != NO_ANCHOR {
            self.anchors.insert(anchor, whole.clone());
        }
        let Some(outer) = self.open.last_mut() else {
            self.value = Some(whole);
            return Ok(());
        };
        outer.count = outer.count.saturating_add(whole.count);
        if outer.count > VALUES_MAX {
            return Err(format!("the text stands for more than {VALUES_MAX} values"));
        }
        match &mut outer.parts {
            Parts::Sequence(values) => values.push(whole.value),
            Parts::Mapping { entries, key } => match key.take() {
                Some(Key::Name(name)) => {
                    entries.insert(name, whole.value);
                }
                Some(Key::Merge) => merge(entries, &whole.value)?,
                // `wants_key` has been asked before.
                None => {}
            },
        }
        Ok(())
    }
}

/// A tag with its shorthand spelled out.
fn full_name(tag: &Tag) -> String {
    format!("{}{}", tag.handle(), tag.suffix())
}

/// The name that a key is.
fn name(key: &Value) -> Result<Key, String> {
    if key.is_null() {
        return Err("mapping key cannot be null".to_owned());
    }
    as_text(key)?
        .as_text()
        .cloned()
        .map(Key::Name)
        .ok_or_else(|| "only strings are allowed as mapping keys".to_owned())
}

fn as_text(value: &Value) -> Result<Value, String> {
    convert(value, &Type::String).map_err(|error| error.to_string())
}

/// Takes over the entries of a mapping, or of each of a sequence of them; what comes later wins.
fn merge(into: &mut BTreeMap<Arc<str>, Value>, value: &Value) -> Result<(), String> {
    if let Some(entries) = value.entries() {
        into.extend(entries.into_iter().map(|(name, value)| (name.clone(), value.clone())));
        return Ok(());
    }
    let refused = |ty: &Type| format!("cannot merge {} into a mapping", ty.friendly_name());
    let sequence = value.as_sequence().ok_or_else(|| refused(&value.ty()))?;
    for element in sequence {
        let entries = element.entries().ok_or_else(|| refused(&element.ty()))?;
        into.extend(entries.into_iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use plumb_source::MemoryFiles;
    use proptest::prelude::*;

    use super::*;
    use crate::expression::FunctionWorld;

    fn decoded(text: &str) -> Outcome {
        let files = MemoryFiles::new();
        let world = FunctionWorld::nothing(&files);
        let arguments = [Value::string(text)];
        decode(&Invocation { arguments: &arguments, result: Type::Dynamic, world: &world })
    }

    #[test]
    fn a_small_text_cannot_stand_for_more_than_a_machine_can_hold() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        let error = decoded(&text).expect_err("too much");
        assert!(error.message.contains("stands for more than 10000000 values"), "{}", error.message);
    }

    #[test]
    fn depth_is_limited() {
        for text in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(100_000)] {
            decoded(&text).expect_err("too deep");
        }
    }

    /// Pieces that mean something in YAML.
    const PIECES: &[&str] = &[
        "a",
        "b: ",
        "- ",
        "\n",
        "\n  ",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "\"",
        "'",
        "|",
        ">",
        "|-\n",
        "&x ",
        "*x",
        "!!str ",
        "<<: ",
        "#c",
        "---",
        "...",
        "%YAML 1.1\n",
        "1",
        "\t",
        "é",
        "\\n",
        "~",
        "\r\n",
        "\u{2028}",
        "@",
        "\u{feff}",
        "\"\\u263a\"",
        "2001-01-01",
        "0x",
    ];

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12)) {
            let _ = decoded(&pieces.concat());
        }

        #[test]
        fn even_what_is_no_yaml_at_all(text in any::<String>()) {
            let _ = decoded(&text);
        }
    }
}
