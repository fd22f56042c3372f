//! Conversions that make or take apart lists, sets and maps.

use std::sync::Arc;

use super::unify::unify;
use super::unknown::fill_dynamic;
use super::{ConversionError, Walk};
use crate::{Kind, ObjectType, PathStep, Type, Value};

impl Walk {
    pub(super) fn tuple_to_sequence(
        &mut self,
        types: &[Type],
        values: &[Value],
        element: &Type,
        is_set: bool,
    ) -> Result<Value, ConversionError> {
        if values.is_empty() {
            return Ok(sequence(element.without_optional(), Vec::new(), is_set));
        }
        let common;
        let element = if *element == Type::Dynamic {
            common = unify(types).unwrap_or(Type::Dynamic);
            &common
        } else {
            element
        };
        let mut converted = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let part = self.part(PathStep::Index(Value::number(index)), value, element)?;
            converted.push(if is_set { public_null(part) } else { part });
        }
        let kind = if is_set { "set" } else { "list" };
        if !element.has_dynamic() {
            return Ok(sequence(element.without_optional(), converted, is_set));
        }
        // Of lists alone, so the peers have it: elements of a set that is empty and those of one that is not
        // have no type in common in a set, and `toset` says so.
        let converted =
            if is_set { converted } else { self.agree(converted, &|at| PathStep::Index(Value::number(at)))? };
        let (element, converted) = settle(converted)
            .ok_or_else(|| self.error(format!("element types must all match for conversion to {kind}")))?;
        Ok(sequence(element, converted, is_set))
    }

    pub(super) fn sequence_to_sequence(
        &mut self,
        whole: &Value,
        own: &Type,
        values: &[Value],
        element: &Type,
        is_set: bool,
    ) -> Result<Value, ConversionError> {
        let plain = element.without_optional();
        if !is_set && matches!(whole.kind(), Kind::Set(..)) && !whole.is_wholly_known() && values.len() > 1 {
            // How many elements the list will have depends on which of them turn out to be equal.
            return Ok(Value::unknown(Type::list(fill_dynamic(own, &plain))));
        }
        if values.is_empty() {
            let element = if *element == Type::Dynamic { own.clone() } else { plain };
            return Ok(sequence(element, Vec::new(), is_set));
        }
        if own == element {
            return Ok(sequence(own.clone(), values.iter().cloned().map(public_null).collect(), is_set));
        }
        let mut converted = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            converted.push(public_null(self.element(
                PathStep::Index(Value::number(index)),
                value,
                own,
                element,
            )?));
        }
        if !element.has_dynamic() {
            return Ok(sequence(plain, converted, is_set));
        }
        let kind = if is_set { "set" } else { "list" };
        let (element, converted) = settle(converted)
            .ok_or_else(|| self.error(format!("element types must all match for conversion to {kind}")))?;
        Ok(sequence(element, converted, is_set))
    }

    pub(super) fn object_to_map(
        &mut self,
        from: &ObjectType,
        values: &[Value],
        element: &Type,
    ) -> Result<Value, ConversionError> {
        if values.is_empty() {
            return Ok(Value::map::<Arc<str>>(element.without_optional(), []));
        }
        let common;
        let element = if *element == Type::Dynamic {
            let types: Vec<Type> = from.attributes().iter().map(|(_, ty)| ty.clone()).collect();
            common = unify(&types).unwrap_or(Type::Dynamic);
            &common
        } else {
            element
        };
        let entries = from.attributes().iter().zip(values).map(|((name, _), value)| (name, value));
        // Any type without dynamic places says that the attributes' types have been looked at.
        self.entries_to_map(entries, &Type::String, element, "attribute")
    }

    pub(super) fn map_to_map(
        &mut self,
        own: &Type,
        entries: &[(Arc<str>, Value)],
        element: &Type,
    ) -> Result<Value, ConversionError> {
        if entries.is_empty() {
            let element = if *element == Type::Dynamic { own.clone() } else { element.without_optional() };
            return Ok(Value::map::<Arc<str>>(element, []));
        }
        self.entries_to_map(entries.iter().map(|(key, value)| (key, value)), own, element, "element")
    }

    pub(super) fn entries_to_map<'a>(
        &mut self,
        entries: impl Iterator<Item = (&'a Arc<str>, &'a Value)>,
        own: &Type,
        element: &Type,
        noun: &str,
    ) -> Result<Value, ConversionError> {
        let mut keys = Vec::new();
        let mut converted = Vec::new();
        for (key, value) in entries {
            converted.push(self.element(PathStep::Index(Value::string(key.clone())), value, own, element)?);
            keys.push(key.clone());
        }
        if !element.has_dynamic() {
            return Ok(Value::map(element.without_optional(), keys.into_iter().zip(converted)));
        }
        if element.is_collection() || matches!(element, Type::Object(_)) {
            let step = |at: usize| PathStep::Index(Value::string(keys[at].clone()));
            converted = self.agree(converted, &step)?;
        }
        let (element, converted) = settle(converted)
            .ok_or_else(|| self.error(format!("{noun} types must all match for conversion to map")))?;
        Ok(Value::map(element, keys.into_iter().zip(converted)))
    }

    /// Brings elements whose types came out different, for there was a dynamic place, to one type.
    fn agree(
        &mut self,
        values: Vec<Value>,
        step: &dyn Fn(usize) -> PathStep,
    ) -> Result<Vec<Value>, ConversionError> {
        let types: Vec<Type> = values.iter().map(Value::ty).collect();
        if types.windows(2).all(|pair| pair[0] == pair[1]) {
            return Ok(values);
        }
        let Some(common) = unify(&types) else {
            return Err(self.error("cannot find a common base type for all elements"));
        };
        values.iter().enumerate().map(|(index, value)| self.part(step(index), value, &common)).collect()
    }
}

/// Where sets, lists and objects are converted nulls lose their marks, as with the peers: so a set with one is
/// not sensitive as a whole.
pub(super) fn public_null(value: Value) -> Value {
    if value.is_null() { value.unmark().0 } else { value }
}

fn sequence(element: Type, values: Vec<Value>, is_set: bool) -> Value {
    if is_set { Value::set(element, values) } else { Value::list(element, values) }
}

/// The one type of elements; those of no type of their own, nulls and unknowns, take that of the
/// others. `None` if they have several.
pub(crate) fn settle(values: Vec<Value>) -> Option<(Type, Vec<Value>)> {
    let element = values.iter().map(Value::ty).find(|ty| *ty != Type::Dynamic).unwrap_or(Type::Dynamic);
    let mut settled = Vec::with_capacity(values.len());
    for value in values {
        settled.push(match value.kind() {
            Kind::Null(Type::Dynamic) => Value::null(element.clone()).with_marks(value.marks()),
            Kind::Unknown(Type::Dynamic, _) => Value::unknown(element.clone()).with_marks(value.marks()),
            _ if value.is_of_type(&element) => value,
            _ => return None,
        });
    }
    Some((element, settled))
}
