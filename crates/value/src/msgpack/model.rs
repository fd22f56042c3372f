//! Sharing with a value that is at hand while another one is read.
//!
//! Responsible for telling where what is read is what is there already, so that it is taken over
//! instead of being made once more. What a provider answers is nearly always what it was sent, and
//! objects that are kept before and after a change then lie in memory once.

use std::sync::Arc;

use crate::{Kind, Number, ObjectType, Type, Value};

/// What the value that is being read is probably like; `None` where nobody knows.
#[derive(Clone, Copy)]
pub(super) struct Model<'v>(Option<&'v Value>);

impl<'v> Model<'v> {
    /// Nothing is known of it.
    pub(super) const NONE: Model<'static> = Model(None);

    /// It is like `value`, which has no marks.
    pub(super) fn of(value: &'v Value) -> Self {
        Model(Some(value))
    }

    /// The model, where it is just this text.
    pub(super) fn text(self, bytes: &[u8]) -> Option<Value> {
        self.0.filter(|value| value.as_str().is_some_and(|text| text.as_bytes() == bytes)).cloned()
    }

    /// The model, where it is just this number, of the same precision.
    pub(super) fn number(self, number: &Number) -> Option<Value> {
        self.0.filter(|value| value.as_number().is_some_and(|own| own.is_identical(number))).cloned()
    }

    /// Of an element or an attribute, by its position.
    pub(super) fn at(self, position: usize) -> Model<'v> {
        let (Kind::List(_, values) | Kind::Set(_, values) | Kind::Tuple(_, values) | Kind::Object(_, values)) =
            self.kind()
        else {
            return Model(None);
        };
        Model(values.get(position))
    }

    /// Of an entry of a map, and the key for sharing.
    pub(super) fn entry(self, key: &[u8]) -> Option<(&'v Arc<str>, Model<'v>)> {
        let Kind::Map(_, entries) = self.kind() else { return None };
        let at = entries.binary_search_by(|(candidate, _)| candidate.as_bytes().cmp(key)).ok()?;
        Some((&entries[at].0, Model(Some(&entries[at].1))))
    }

    /// The model, where it is the object of just these parts.
    pub(super) fn object(self, ty: &Arc<ObjectType>, parts: &[Value]) -> Option<Value> {
        let Kind::Object(own, values) = self.kind() else { return None };
        (are_shared(values, parts) && own.has_names_of(ty)).then(|| self.0.cloned()).flatten()
    }

    /// The model, where it is the list, set or tuple of just these parts in this order.
    pub(super) fn sequence(self, ty: &Type, parts: &[Value]) -> Option<Value> {
        let is_it = match (self.kind(), ty) {
            (Kind::List(own, values), Type::List(element)) | (Kind::Set(own, values), Type::Set(element)) => {
                own == element && are_shared(values, parts)
            }
            (Kind::Tuple(_, values), Type::Tuple(_)) => are_shared(values, parts),
            _ => false,
        };
        is_it.then(|| self.0.cloned()).flatten()
    }

    /// The model, where it is the map of just these entries.
    pub(super) fn map<'e>(
        self,
        element: &Type,
        entries: impl ExactSizeIterator<Item = (&'e Arc<str>, &'e Value)>,
    ) -> Option<Value> {
        let Kind::Map(own, values) = self.kind() else { return None };
        let is_it = **own == *element
            && values.len() == entries.len()
            && values
                .iter()
                .zip(entries)
                .all(|((own, value), (key, part))| own == key && value.is_shared_with(part));
        is_it.then(|| self.0.cloned()).flatten()
    }

    fn kind(self) -> &'v Kind {
        self.0.map_or(&Kind::Bool(false), Value::kind)
    }
}

fn are_shared(values: &[Value], parts: &[Value]) -> bool {
    values.len() == parts.len() && values.iter().zip(parts).all(|(value, part)| value.is_shared_with(part))
}
