//! `[for ...]` and `{for ...}`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use plumb_diagnostics::Diagnostic;
use plumb_value::{Kind, Marks, Type, Value, convert};

use super::{Evaluator, truth};
use crate::node::{For, Node};

/// What the walk is over.
pub(super) enum Collection {
    /// Keys and elements, and the marks of the whole.
    Elements(Vec<(Value, Value)>, Marks),
    /// It is not known what there is to walk over; the marks are of the collection and of a
    /// condition.
    Unknown(Marks),
    /// Not possible, which is reported.
    Failed,
}

impl Evaluator<'_> {
    pub(super) fn walk(&mut self, walk: &For, node: &Node) -> Value {
        let (elements, marks) = match self.collection(walk, node) {
            Collection::Elements(elements, marks) => (elements, marks),
            Collection::Unknown(marks) => return Value::dynamic().with_marks(marks),
            Collection::Failed => return Value::dynamic(),
        };
        match &walk.key {
            Some(key) => self.walk_to_object(walk, key, elements, marks, node),
            None => self.walk_to_tuple(walk, elements, marks, node),
        }
    }

    /// Evaluates what is walked over and tries the condition once without an element, so that a
    /// condition that can never do is reported once only.
    pub(super) fn collection(&mut self, walk: &For, node: &Node) -> Collection {
        let collection = self.node(&walk.collection);
        let fail = |this: &mut Self, summary: &str, detail: String| {
            let error = Diagnostic::error(summary, detail).at(walk.collection.span).within(node.span);
            this.fail(error, &walk.collection);
            Collection::Failed
        };
        if collection.is_null() {
            let detail = "A null value cannot be used as the collection in a 'for' expression.";
            return fail(self, "Iteration over null value", detail.to_owned());
        }
        let ty = collection.ty();
        if ty == Type::Dynamic {
            return Collection::Unknown(collection.marks());
        }
        if ty.is_primitive() {
            let detail = format!(
                "A value of type {} cannot be used as the collection in a 'for' expression.",
                ty.friendly_name()
            );
            return fail(self, "Iteration over non-iterable value", detail);
        }
        let (collection, marks) = collection.unmark();
        let condition_marks = match &walk.condition {
            Some(condition) => match self.try_condition(walk, condition, node) {
                Some(marks) => marks,
                None => return Collection::Failed,
            },
            None => Marks::NONE,
        };
        match collection.elements() {
            Some(elements) => Collection::Elements(elements, marks),
            None => Collection::Unknown(marks | condition_marks),
        }
    }

    /// The marks of the condition with nothing known of the element; nothing where it is unsuitable
    /// whatever the element, which is reported.
    fn try_condition(&mut self, walk: &For, condition: &Node, node: &Node) -> Option<Marks> {
        let before = self.found.len();
        let bound = self.bind(walk, Value::dynamic(), Value::dynamic());
        let result = self.node(condition);
        let mut problem = None;
        if result.is_null() {
            problem =
                Some(("Condition is null", "The value of the 'if' clause must not be null.".to_owned()));
        } else if let Err(why) = truth(&result) {
            problem = Some(("Invalid 'for' condition", format!("The 'if' clause value is invalid: {why}.")));
        }
        self.slots.truncate(bound);
        if let Some((summary, detail)) = problem {
            self.fail(Diagnostic::error(summary, detail).at(condition.span).within(node.span), condition);
        }
        (!self.has_errors_since(before)).then(|| result.marks())
    }

    /// Binds the names of the walk; the number is what to cut the slots back to afterwards.
    pub(super) fn bind(&mut self, walk: &For, key: Value, element: Value) -> usize {
        let before = self.slots.len();
        if walk.has_key_name {
            self.slots.push(key);
        }
        self.slots.push(element);
        before
    }

    fn walk_to_tuple(
        &mut self,
        walk: &For,
        elements: Vec<(Value, Value)>,
        mut marks: Marks,
        node: &Node,
    ) -> Value {
        let mut values = Vec::with_capacity(elements.len());
        let mut is_known = true;
        for (key, element) in elements {
            let bound = self.bind(walk, key, element);
            if self.includes(walk, &mut marks, &mut is_known, node) {
                values.push(self.node(&walk.value));
            }
            self.slots.truncate(bound);
        }
        let result = if is_known { Value::tuple(values) } else { Value::dynamic() };
        result.with_marks(marks)
    }

    /// Whether the condition keeps the element that is bound. Where that cannot be told the whole
    /// result is not known.
    fn includes(&mut self, walk: &For, marks: &mut Marks, is_known: &mut bool, node: &Node) -> bool {
        let Some(condition) = &walk.condition else { return true };
        let result = self.node(condition);
        let why = if result.is_null() {
            "The value of the 'if' clause must not be null.".to_owned()
        } else {
            *marks |= result.marks();
            match truth(&result) {
                Ok(Some(answer)) => return answer,
                Ok(None) => {
                    *is_known = false;
                    return false;
                }
                Err(why) => format!("The 'if' clause value is invalid: {why}."),
            }
        };
        if *is_known {
            let error = Diagnostic::error("Invalid 'for' condition", why);
            self.fail(error.at(condition.span).within(node.span), condition);
        }
        *is_known = false;
        false
    }

    fn walk_to_object(
        &mut self,
        walk: &For,
        key_node: &Node,
        elements: Vec<(Value, Value)>,
        mut marks: Marks,
        node: &Node,
    ) -> Value {
        let mut single: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut groups: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
        let mut is_known = true;
        for (key, element) in elements {
            let bound = self.bind(walk, key, element);
            if self.includes(walk, &mut marks, &mut is_known, node)
                && let Some(name) = self.result_key(key_node, &mut marks, &mut is_known, node)
            {
                let value = self.node(&walk.value);
                if walk.group {
                    groups.entry(name).or_default().push(value);
                } else {
                    match single.entry(name) {
                        Entry::Vacant(place) => {
                            place.insert(value);
                        }
                        Entry::Occupied(place) => {
                            let name = place.key().clone();
                            self.duplicate_key(&name, marks, key_node, node);
                        }
                    }
                }
            }
            self.slots.truncate(bound);
        }
        if !is_known {
            return Value::dynamic().with_marks(marks);
        }
        let result = if walk.group {
            Value::object(groups.into_iter().map(|(name, values)| (name, Value::tuple(values))))
        } else {
            Value::object(single)
        };
        result.with_marks(marks)
    }

    /// The name under which a result goes.
    fn result_key(
        &mut self,
        key_node: &Node,
        marks: &mut Marks,
        is_known: &mut bool,
        node: &Node,
    ) -> Option<Arc<str>> {
        let key = self.node(key_node);
        let why = if key.is_null() {
            "Key expression in 'for' expression must not produce a null value.".to_owned()
        } else {
            *marks |= key.marks();
            match convert(&key, &Type::String) {
                _ if !key.is_known() => {
                    *is_known = false;
                    return None;
                }
                Ok(text) => match text.kind() {
                    Kind::String(text) => return Some(text.clone()),
                    _ => {
                        *is_known = false;
                        return None;
                    }
                },
                Err(error) => format!("The key expression produced an invalid result: {error}."),
            }
        };
        if *is_known {
            let error = Diagnostic::error("Invalid object key", why);
            self.fail(error.at(key_node.span).within(node.span), key_node);
        }
        *is_known = false;
        None
    }

    fn duplicate_key(&mut self, name: &str, marks: Marks, key_node: &Node, node: &Node) {
        // A key made from something sensitive must not be told.
        let which =
            if marks.is_sensitive() { "the same key".to_owned() } else { format!("the key \"{name}\"") };
        let detail = format!(
            "Two different items produced {which} in this 'for' expression. If duplicates are expected, use the \
             ellipsis (...) after the value expression to enable grouping by key."
        );
        let error = Diagnostic::error("Duplicate object key", detail);
        self.fail(error.at(key_node.span).within(node.span), key_node);
    }
}
