//! Finding how two values differ.
//!
//! Responsible for walking through both values along their types and schemas. Marks of what a schema
//! calls sensitive are expected to be on the values. It draws nothing.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use plumb_schema::{Attribute, NestedType, Nesting};
use plumb_value::{Kind, Path, PathStep, Type, Value};

use super::difference::{Act, Content, Difference};
use super::sequence::{Match, align};
use crate::json::write_output_value;

/// The two sides of something; a side where it is absent is `None`, which is not the same as null.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
    /// Ways from here to what forces a replacement.
    pub(crate) replace: Vec<Path>,
}

impl Pair {
    pub(crate) fn new(before: Option<Value>, after: Option<Value>) -> Self {
        Pair { before, after, replace: Vec::new() }
    }

    /// Something that stays as it is, for showing states.
    pub(crate) fn same(value: &Value) -> Self {
        Pair::new(Some(value.clone()), Some(value.clone()))
    }

    /// Whether this itself forces a replacement.
    pub(crate) fn forces_replacement(&self) -> bool {
        self.replace.iter().any(|path| path.0.is_empty())
    }

    fn narrowed(&self, leads_here: impl Fn(&PathStep) -> bool) -> Vec<Path> {
        let inside = self.replace.iter().filter_map(|path| path.0.split_first());
        inside.filter(|(step, _)| leads_here(step)).map(|(_, rest)| Path(rest.to_vec())).collect()
    }

    /// An attribute of both sides. Null is the same as absent for attributes.
    pub(crate) fn attribute(&self, name: &str) -> Pair {
        let side = |value: &Option<Value>| {
            let part = value.as_ref().filter(|value| value.is_known())?.part(name)?;
            (!part.is_null()).then(|| part.clone())
        };
        let leads_here = |step: &PathStep| matches!(step, PathStep::Attribute(own) if **own == *name);
        Pair { before: side(&self.before), after: side(&self.after), replace: self.narrowed(leads_here) }
    }

    /// Many providers know no null and say it with an empty text.
    pub(crate) fn without_empty_text(&self) -> Pair {
        let keep = |side: &Option<Value>| side.clone().filter(|value| value.as_str() != Some(""));
        Pair { before: keep(&self.before), after: keep(&self.after), replace: self.replace.clone() }
    }

    /// An entry of a map or object of both sides, null where it is.
    fn entry(&self, key: &str) -> Pair {
        let side = |value: &Option<Value>| value.as_ref()?.part(key).cloned();
        let leads_here = |step: &PathStep| match step {
            PathStep::Attribute(name) => **name == *key,
            PathStep::Index(own) => own.as_str() == Some(key),
        };
        Pair { before: side(&self.before), after: side(&self.after), replace: self.narrowed(leads_here) }
    }

    /// Elements of both sides.
    pub(crate) fn element(&self, at: Match) -> Pair {
        let side = |value: &Option<Value>, at: Option<usize>| elements(value).get(at?).cloned();
        let index = at.0.or(at.1);
        let leads_here = |step: &PathStep| match step {
            PathStep::Index(key) => key.as_number().and_then(plumb_value::Number::to_usize) == index,
            PathStep::Attribute(_) => false,
        };
        Pair {
            before: side(&self.before, at.0),
            after: side(&self.after, at.1),
            replace: self.narrowed(leads_here),
        }
    }

    /// Elements of sets, which paths name by themselves.
    fn set_element(&self, before: Option<&Value>, after: Option<&Value>) -> Pair {
        let leads_here = |step: &PathStep| match step {
            PathStep::Index(key) => [before, after].into_iter().flatten().any(|one| one.same(key)),
            PathStep::Attribute(_) => false,
        };
        Pair { before: before.cloned(), after: after.cloned(), replace: self.narrowed(leads_here) }
    }

    fn is_null(side: &Option<Value>) -> bool {
        side.as_ref().is_none_or(Value::is_null)
    }

    /// What happens to it as a whole.
    pub(crate) fn act(&self) -> Act {
        match (&self.before, &self.after) {
            (None, None) => Act::None,
            (None, Some(_)) => Act::Create,
            (Some(_), None) => Act::Delete,
            (Some(before), Some(after)) => {
                let secrecy = |value: &Value| value.marks().is_sensitive();
                if after.is_wholly_known() && alike(before, after) && secrecy(before) == secrecy(after) {
                    Act::None
                } else {
                    Act::Update
                }
            }
        }
    }

    /// What happens to something with an inside, as far as can be told without looking inside.
    pub(crate) fn act_outside(&self) -> Act {
        match (Self::is_null(&self.before), Self::is_null(&self.after)) {
            (true, true) | (false, false) => Act::None,
            (true, false) => Act::Create,
            (false, true) => Act::Delete,
        }
    }

    fn without_after(&self) -> Pair {
        Pair { after: None, ..self.clone() }
    }

    fn without_before(&self) -> Pair {
        Pair { before: None, ..self.clone() }
    }

    pub(crate) fn difference(&self, act: Act, content: Content) -> Difference {
        Difference { act, replace: self.forces_replacement(), content }
    }

    /// Whether the sides themselves are secret.
    pub(crate) fn secrecy(&self) -> (bool, bool) {
        let is_secret =
            |side: &Option<Value>| side.as_ref().is_some_and(|value| value.marks().is_sensitive());
        (is_secret(&self.before), is_secret(&self.after))
    }

    /// What happens to a secret, and to the value behind it.
    pub(crate) fn secret_acts(&self) -> (Act, Act) {
        let bare = |side: &Option<Value>| side.clone().map(|value| value.unmark().0);
        let inner = Pair::new(bare(&self.before), bare(&self.after)).act();
        let (before, after) = self.secrecy();
        let outer =
            if inner == Act::None && before != after && self.before.is_some() { Act::Update } else { inner };
        (outer, inner)
    }

    fn secret(&self) -> Option<Difference> {
        let (before, after) = self.secrecy();
        if !before && !after {
            return None;
        }
        let (act, inner) = self.secret_acts();
        Some(self.difference(act, Content::Sensitive { before, after, inner }))
    }

    /// The difference where the new value is not known yet; `compare` is for what it was.
    pub(crate) fn unknown(&self, compare: impl FnOnce(&Pair) -> Difference) -> Option<Difference> {
        if self.after.as_ref()?.is_known() {
            return None;
        }
        let Some(_) = &self.before else {
            return Some(self.difference(Act::Create, Content::Unknown(None)));
        };
        let before = compare(&Pair { replace: Vec::new(), ..self.without_after() });
        Some(self.difference(Act::Update, Content::Unknown(Some(Box::new(before)))))
    }
}

/// The elements of a sequence; none where it has none or is absent.
pub(crate) fn elements(value: &Option<Value>) -> &[Value] {
    value.as_ref().and_then(Value::as_sequence).unwrap_or_default()
}

/// Whether both look the same in JSON, which has fewer types.
fn alike(one: &Value, two: &Value) -> bool {
    if one.same(two) {
        return true;
    }
    match (one.kind(), two.kind()) {
        (Kind::Null(_), Kind::Null(_)) => true,
        _ => match (one.entries(), two.entries()) {
            (Some(one), Some(two)) => {
                one.len() == two.len()
                    && one.iter().zip(&two).all(|(one, two)| one.0 == two.0 && alike(one.1, two.1))
            }
            (None, None) => match (one.as_sequence(), two.as_sequence()) {
                (Some(one), Some(two)) => {
                    one.len() == two.len() && one.iter().zip(two).all(|(one, two)| alike(one, two))
                }
                _ => false,
            },
            _ => false,
        },
    }
}

/// Of an attribute by its schema. `around` is what happens to the object that it is in.
pub(crate) fn compare_attribute(pair: &Pair, attribute: &Attribute, around: Act) -> Difference {
    if attribute.write_only {
        let act = if around == Act::None && pair.forces_replacement() { Act::Update } else { around };
        return pair.difference(act, Content::WriteOnly);
    }
    match &attribute.nested {
        Some(nested) => compare_nested(pair, nested, nested.nesting),
        None => compare(pair, &attribute.ty),
    }
}

/// Of an attribute that holds objects with their own schema.
fn compare_nested(pair: &Pair, nested: &NestedType, nesting: Nesting) -> Difference {
    let same = |pair: &Pair| compare_nested(pair, nested, nesting);
    let single = |pair: &Pair| compare_nested(pair, nested, Nesting::Single);
    if let Some(difference) = pair.secret().or_else(|| pair.unknown(same)) {
        return difference;
    }
    let mut act = pair.act_outside();
    let content = match nesting {
        Nesting::Single | Nesting::Group => {
            let (around, mut attributes) = (act, Vec::new());
            for (name, attribute) in &nested.attributes {
                let inner = pair.attribute(name);
                let difference = compare_attribute(&inner.without_empty_text(), attribute, around);
                keep_attribute(name, &inner, difference, &mut act, &mut attributes);
            }
            Content::Object { attributes, tells_null: true }
        }
        Nesting::Map => Content::Map { entries: compare_entries(pair, &mut act, single), of_objects: true },
        Nesting::List => {
            let count = elements(&pair.before).len().max(elements(&pair.after).len());
            let matches = (0..count).map(|at| (Some(at), Some(at)));
            let elements = matches.map(|at| include(&mut act, single(&pair.element(at)))).collect();
            Content::List { elements, with_neighbours: false }
        }
        Nesting::Set => Content::Set { elements: compare_set(pair, &mut act, single), blames_elements: true },
    };
    pair.difference(act, content)
}

/// Keeps an attribute unless it is absent on both sides. One that is only ever sent always is, and
/// is told of nevertheless.
pub(crate) fn keep_attribute(
    name: &Arc<str>,
    pair: &Pair,
    difference: Difference,
    act: &mut Act,
    attributes: &mut Vec<(Arc<str>, Difference)>,
) {
    let is_write_only = matches!(difference.content, Content::WriteOnly);
    if pair.before.is_none() && pair.after.is_none() && !is_write_only {
        return;
    }
    *act = act.including(difference.act);
    attributes.push((name.clone(), difference));
}

fn include(act: &mut Act, difference: Difference) -> Difference {
    *act = act.including(difference.act);
    difference
}

/// Of values of a type.
fn compare(pair: &Pair, ty: &Type) -> Difference {
    if let Some(difference) = pair.secret().or_else(|| pair.unknown(|pair| compare(pair, ty))) {
        return difference;
    }
    let mut act = pair.act_outside();
    let content = match ty {
        Type::Dynamic => return compare_any(pair),
        Type::Bool | Type::Number | Type::String => return compare_primitive(pair, ty),
        Type::Object(object) => {
            let mut attributes = Vec::new();
            for (name, ty) in object.attributes() {
                let inner = pair.attribute(name);
                let difference = compare(&inner.without_empty_text(), ty);
                keep_attribute(name, &inner, difference, &mut act, &mut attributes);
            }
            Content::Object { attributes, tells_null: false }
        }
        Type::Map(element) => Content::Map {
            entries: compare_entries(pair, &mut act, |pair| compare(pair, element)),
            of_objects: false,
        },
        Type::List(element) => {
            let elements = compare_list(pair, &mut act, |pair| compare(pair, element));
            Content::List { elements, with_neighbours: true }
        }
        Type::Tuple(types) => {
            let matches = types.iter().enumerate();
            let elements = matches
                .map(|(at, ty)| include(&mut act, compare(&pair.element((Some(at), Some(at))), ty)))
                .collect();
            Content::List { elements, with_neighbours: true }
        }
        Type::Set(element) => Content::Set {
            elements: compare_set(pair, &mut act, |pair| compare(pair, element)),
            blames_elements: false,
        },
    };
    pair.difference(act, content)
}

fn compare_primitive(pair: &Pair, ty: &Type) -> Difference {
    let content = match ty {
        Type::String => {
            let text = |side: &Option<Value>| side.as_ref().and_then(Value::as_text).cloned();
            Content::Text(text(&pair.before), text(&pair.after))
        }
        _ => Content::Plain(plain(&pair.before), plain(&pair.after)),
    };
    pair.difference(pair.act(), content)
}

fn plain(side: &Option<Value>) -> String {
    match side.as_ref().map(Value::kind) {
        Some(Kind::Bool(value)) => value.to_string(),
        Some(Kind::Number(number)) => number.to_string(),
        _ => "null".to_owned(),
    }
}

/// What a value is in JSON, as far as it decides how two are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Null,
    Plain,
    Text,
    Array,
    Object,
}

fn shape(side: &Option<Value>) -> Shape {
    match side.as_ref().map(Value::kind) {
        None | Some(Kind::Null(_) | Kind::Unknown(..)) => Shape::Null,
        Some(Kind::Bool(_) | Kind::Number(_)) => Shape::Plain,
        Some(Kind::String(_)) => Shape::Text,
        Some(Kind::List(..) | Kind::Set(..) | Kind::Tuple(..)) => Shape::Array,
        Some(Kind::Map(..) | Kind::Object(..)) => Shape::Object,
    }
}

/// Of values whose types nothing is said of: outputs, dynamic attributes, JSON in strings.
pub(crate) fn compare_any(pair: &Pair) -> Difference {
    if let Some(difference) = pair.secret().or_else(|| pair.unknown(compare_any)) {
        return difference;
    }
    let (before, after) = (shape(&pair.before), shape(&pair.after));
    if before == after || pair.before.is_none() || pair.after.is_none() {
        return compare_shaped(pair, if pair.before.is_none() { after } else { before });
    }
    let was = compare_shaped(&pair.without_after(), before);
    let becomes = compare_shaped(&pair.without_before(), after);
    pair.difference(Act::Update, Content::OtherKind(Box::new(was), Box::new(becomes)))
}

fn compare_shaped(pair: &Pair, shape: Shape) -> Difference {
    let mut act = pair.act_outside();
    let content = match shape {
        Shape::Null | Shape::Plain => return compare_primitive(pair, &Type::Dynamic),
        Shape::Text => return compare_primitive(pair, &Type::String),
        Shape::Array => {
            Content::List { elements: compare_list(pair, &mut act, compare_any), with_neighbours: true }
        }
        Shape::Object => {
            Content::Object { attributes: compare_entries(pair, &mut act, compare_any), tells_null: false }
        }
    };
    pair.difference(act, content)
}

pub(crate) fn compare_entries(
    pair: &Pair,
    act: &mut Act,
    compare: impl Fn(&Pair) -> Difference,
) -> Vec<(Arc<str>, Difference)> {
    let names = |side: &Option<Value>| -> Vec<Arc<str>> {
        let entries = side.as_ref().and_then(Value::entries).unwrap_or_default();
        entries.into_iter().map(|(name, _)| name.clone()).collect()
    };
    let all: BTreeSet<Arc<str>> = names(&pair.before).into_iter().chain(names(&pair.after)).collect();
    all.into_iter()
        .map(|name| {
            let difference = include(act, compare(&pair.entry(&name)));
            (name, difference)
        })
        .collect()
}

fn compare_list(pair: &Pair, act: &mut Act, compare: impl Fn(&Pair) -> Difference) -> Vec<Difference> {
    let (before, after) = (elements(&pair.before), elements(&pair.after));
    let are_alike = |old: usize, new: usize| is_worth_comparing(&before[old], &after[new]);
    let matches = align(&keys(before), &keys(after), &are_alike);
    matches.into_iter().map(|at| include(act, compare(&pair.element(at)))).collect()
}

/// Whether one that goes and one that comes are better shown as a change.
fn is_worth_comparing(before: &Value, after: &Value) -> bool {
    if before.entries().is_some() && after.entries().is_some() {
        return true;
    }
    let (Some(before), Some(after)) = (before.as_str(), after.as_str()) else { return false };
    if !before.contains('\n') && !after.contains('\n') {
        return false;
    }
    let lines: BTreeSet<&str> = before.lines().filter(|line| !line.trim().is_empty()).collect();
    after.lines().any(|line| lines.contains(line))
}

/// A text for each value, equal for values that look the same.
fn keys(values: &[Value]) -> Vec<String> {
    values
        .iter()
        .map(|value| {
            let mut text = Vec::new();
            // Writing to a vector cannot fail.
            let _ = write_output_value(&mut text, value);
            String::from_utf8_lossy(&text).into_owned()
        })
        .collect()
}

/// Elements that are on both sides, then those that go, then those that come: each in set order.
pub(crate) fn compare_set(
    pair: &Pair,
    act: &mut Act,
    compare: impl Fn(&Pair) -> Difference,
) -> Vec<Difference> {
    let (before, after) = (elements(&pair.before), elements(&pair.after));
    let mut coming: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, key) in keys(after).into_iter().enumerate().rev() {
        // What is not wholly known may turn out to be anything.
        if after[at].is_wholly_known() {
            coming.entry(key).or_default().push(at);
        }
    }
    let mut is_matched = vec![false; after.len()];
    let mut differences = Vec::with_capacity(before.len());
    for (old, key) in before.iter().zip(keys(before)) {
        let new = coming.get_mut(&key).and_then(Vec::pop);
        if let Some(at) = new {
            is_matched[at] = true;
        }
        let inner = pair.set_element(Some(old), new.map(|at| &after[at]));
        differences.push(include(act, compare(&inner)));
    }
    for (new, _) in after.iter().zip(is_matched).filter(|(_, is_matched)| !is_matched) {
        differences.push(include(act, compare(&pair.set_element(None, Some(new)))));
    }
    differences
}
