//! Values: what they are made of, how they are made and taken apart.

use std::sync::{Arc, LazyLock};

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::{Marks, Number, ObjectType, Path, PathStep, Refinement, Type};

/// A value of the language: immutable, cloned in constant time.
#[derive(Clone)]
pub struct Value {
    kind: Kind,
    /// Marks on this value itself.
    marks: Marks,
    /// Marks on this value or on anything inside.
    deep_marks: Marks,
    /// Whether this value or anything inside is unknown.
    has_unknown: bool,
}

/// What a value is.
#[derive(Clone)]
pub enum Kind {
    /// The absent value of a type.
    Null(Type),
    /// A value that will be known later, with what is known of it by now.
    Unknown(Type, Option<Arc<Refinement>>),
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text in normal form C.
    String(Arc<str>),
    /// Element type and elements.
    List(Arc<Type>, Arc<[Value]>),
    /// Element type and distinct elements in set order; none of them has marks.
    Set(Arc<Type>, Arc<[Value]>),
    /// Element type and entries ordered by key.
    Map(Arc<Type>, Arc<[(Arc<str>, Value)]>),
    /// Types and elements.
    Tuple(Arc<Vec<Type>>, Arc<[Value]>),
    /// Attributes, in the order of the type's.
    Object(Arc<ObjectType>, Arc<[Value]>),
}

impl Value {
    fn plain(kind: Kind) -> Value {
        Value { kind, marks: Marks::NONE, deep_marks: Marks::NONE, has_unknown: false }
    }

    fn containing<'a>(kind: Kind, parts: impl Iterator<Item = &'a Value>) -> Value {
        let mut value = Value::plain(kind);
        for part in parts {
            value.deep_marks |= part.deep_marks;
            value.has_unknown |= part.has_unknown;
        }
        value
    }

    /// The absent value of a type.
    pub fn null(ty: Type) -> Value {
        Value::plain(Kind::Null(ty))
    }

    /// A value of that type that nothing else is known of.
    pub fn unknown(ty: Type) -> Value {
        Value { has_unknown: true, ..Value::plain(Kind::Unknown(ty, None)) }
    }

    /// A value of which not even the type is known.
    pub fn dynamic() -> Value {
        Value::unknown(Type::Dynamic)
    }

    /// A value of that type of which something is known. What cannot apply to the type is left out,
    /// and where only one value is left it is that value; see [`Value::refine`].
    #[expect(clippy::needless_pass_by_value, reason = "callers make the limits for this one value")]
    pub fn unknown_refined(ty: Type, refinement: Refinement) -> Value {
        Value::unknown(ty).refine(&refinement)
    }

    /// As [`Value::unknown_refined`], of a refinement that is known to suit the type.
    pub(crate) fn unknown_within(ty: Type, refinement: Refinement) -> Value {
        // Of nearly all that a plan does not know it knows this much, and one will do for all of them.
        static NOT_NULL: LazyLock<Arc<Refinement>> = LazyLock::new(|| Arc::new(Refinement::not_null()));
        let refinement = match refinement {
            refinement if refinement.is_empty() => None,
            refinement if refinement == **NOT_NULL => Some(NOT_NULL.clone()),
            refinement => Some(Arc::new(refinement)),
        };
        Value { has_unknown: true, ..Value::plain(Kind::Unknown(ty, refinement)) }
    }

    /// True or false.
    pub fn bool(value: bool) -> Value {
        Value::plain(Kind::Bool(value))
    }

    /// A number.
    pub fn number(value: impl Into<Number>) -> Value {
        Value::plain(Kind::Number(value.into()))
    }

    /// A text; it is brought into normal form C.
    pub fn string(text: impl Into<Arc<str>>) -> Value {
        let text = text.into();
        if text.is_ascii() {
            return Value::plain(Kind::String(text));
        }
        let text = match is_nfc_quick(text.chars()) {
            IsNormalized::Yes => text,
            IsNormalized::No | IsNormalized::Maybe => text.nfc().collect::<String>().into(),
        };
        Value::plain(Kind::String(text))
    }

    /// A list; every element is of the type `element`, or of one that fits it where it is dynamic.
    pub fn list(element: impl Into<Arc<Type>>, values: impl IntoIterator<Item = Value>) -> Value {
        let values: Arc<[Value]> = values.into_iter().collect();
        Value::containing(Kind::List(element.into(), values.clone()), values.iter())
    }

    /// A set; equal elements become one, and the marks of elements go to the set as a whole, for a
    /// mark on one of them would tell which one it is.
    pub fn set(element: impl Into<Arc<Type>>, values: impl IntoIterator<Item = Value>) -> Value {
        let mut marks = Marks::NONE;
        let plain: Vec<Value> = values
            .into_iter()
            .map(|value| {
                marks |= value.deep_marks;
                value.unmark_deep()
            })
            .collect();
        let mut plain = crate::order::sorted(plain);
        // Two values that are not known may turn out to be different ones, so both stay.
        plain.dedup_by(|left, right| left.is_wholly_known() && left.same(right));
        let values: Arc<[Value]> = plain.into();
        Value::containing(Kind::Set(element.into(), values.clone()), values.iter()).with_marks(marks)
    }

    /// A map; later entries of an equal key win.
    pub fn map<K: Into<Arc<str>>>(
        element: impl Into<Arc<Type>>,
        entries: impl IntoIterator<Item = (K, Value)>,
    ) -> Value {
        let entries: std::collections::BTreeMap<Arc<str>, Value> =
            entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        let entries: Arc<[(Arc<str>, Value)]> = entries.into_iter().collect();
        Value::containing(Kind::Map(element.into(), entries.clone()), entries.iter().map(|(_, value)| value))
    }

    /// A tuple; its type follows from its elements.
    pub fn tuple(values: impl IntoIterator<Item = Value>) -> Value {
        let values: Arc<[Value]> = values.into_iter().collect();
        let types = Arc::new(values.iter().map(Value::ty).collect());
        Value::containing(Kind::Tuple(types, values.clone()), values.iter())
    }

    /// An object; its type follows from its attributes, later ones of an equal name win.
    pub fn object<N: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (N, Value)>) -> Value {
        let attributes: std::collections::BTreeMap<Arc<str>, Value> =
            attributes.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let ty = ObjectType::new(attributes.iter().map(|(name, value)| (name.clone(), value.ty())));
        Value::object_of(Arc::new(ty), attributes.into_values())
    }

    /// An object of a type that is at hand; `values` are in the order of its attributes, one for
    /// each. Where the type has dynamic attributes the result's own type is the one of its values.
    pub fn object_of(ty: Arc<ObjectType>, values: impl IntoIterator<Item = Value>) -> Value {
        let values: Arc<[Value]> = values.into_iter().collect();
        debug_assert_eq!(ty.attributes().len(), values.len());
        let ty = ty.of_values(&values);
        Value::containing(Kind::Object(ty, values.clone()), values.iter())
    }

    /// What it is, marks aside.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Its type; of a constant cost.
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Null(ty) | Kind::Unknown(ty, _) => ty.clone(),
            Kind::Bool(_) => Type::Bool,
            Kind::Number(_) => Type::Number,
            Kind::String(_) => Type::String,
            Kind::List(element, _) => Type::list(element.clone()),
            Kind::Set(element, _) => Type::set(element.clone()),
            Kind::Map(element, _) => Type::map(element.clone()),
            Kind::Tuple(types, _) => Type::Tuple(types.clone()),
            Kind::Object(ty, _) => Type::Object(ty.clone()),
        }
    }

    /// Whether its type is exactly `ty`, without making its type.
    pub fn is_of_type(&self, ty: &Type) -> bool {
        match (&self.kind, ty) {
            (Kind::Null(own) | Kind::Unknown(own, _), _) => own == ty,
            (Kind::Bool(_), Type::Bool)
            | (Kind::Number(_), Type::Number)
            | (Kind::String(_), Type::String) => true,
            (Kind::List(own, _), Type::List(element))
            | (Kind::Set(own, _), Type::Set(element))
            | (Kind::Map(own, _), Type::Map(element)) => own == element,
            (Kind::Tuple(own, _), Type::Tuple(types)) => Arc::ptr_eq(own, types) || own == types,
            (Kind::Object(own, _), Type::Object(object)) => Arc::ptr_eq(own, object) || own == object,
            _ => false,
        }
    }

    /// Whether it is the absent value.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null(_))
    }

    /// Whether the value itself is known; something inside may still not be.
    pub fn is_known(&self) -> bool {
        !matches!(self.kind, Kind::Unknown(..))
    }

    /// Whether it and everything inside are known; of a constant cost.
    pub fn is_wholly_known(&self) -> bool {
        !self.has_unknown
    }

    /// What is known of an unknown value.
    pub fn refinement(&self) -> Option<&Refinement> {
        match &self.kind {
            Kind::Unknown(_, refinement) => refinement.as_deref(),
            _ => None,
        }
    }

    /// Whether it is certain that it is not null.
    pub fn is_surely_not_null(&self) -> bool {
        match &self.kind {
            Kind::Null(_) => false,
            Kind::Unknown(_, refinement) => refinement.as_ref().is_some_and(|refinement| refinement.not_null),
            _ => true,
        }
    }

    /// Marks on the value itself.
    pub fn marks(&self) -> Marks {
        self.marks
    }

    /// Marks on the value or on anything inside; of a constant cost.
    pub fn deep_marks(&self) -> Marks {
        self.deep_marks
    }

    /// With further marks on the value itself.
    #[must_use]
    pub fn with_marks(mut self, marks: Marks) -> Value {
        self.marks |= marks;
        self.deep_marks |= marks;
        self
    }

    /// Without marks on the value itself, and those marks.
    pub fn unmark(mut self) -> (Value, Marks) {
        let marks = std::mem::take(&mut self.marks);
        self.deep_marks = self.parts().iter().fold(Marks::NONE, |all, part| all | part.deep_marks);
        (self, marks)
    }

    /// Without marks anywhere. Costs nothing where there are none.
    #[must_use]
    pub fn unmark_deep(&self) -> Value {
        if self.deep_marks.is_empty() {
            return self.clone();
        }
        self.rebuild(&mut |part| part.unmark_deep()).without_own_marks()
    }

    fn without_own_marks(mut self) -> Value {
        self.marks = Marks::NONE;
        self.deep_marks = Marks::NONE;
        self
    }

    /// Without marks anywhere, and where they were.
    pub fn unmark_deep_with_paths(&self) -> (Value, Vec<(Path, Marks)>) {
        let mut found = Vec::new();
        if !self.deep_marks.is_empty() {
            self.collect_marks(&Path::root(), &mut found);
        }
        (self.unmark_deep(), found)
    }

    fn collect_marks(&self, path: &Path, found: &mut Vec<(Path, Marks)>) {
        if self.deep_marks.is_empty() {
            return;
        }
        if !self.marks.is_empty() {
            found.push((path.clone(), self.marks));
        }
        for (step, part) in self.steps() {
            part.collect_marks(&path.with(step), found);
        }
    }

    /// With marks put at each of the paths that lead somewhere.
    #[must_use]
    pub fn with_marks_at(&self, marks: &[(Path, Marks)]) -> Value {
        let relevant: Vec<(&[PathStep], Marks)> =
            marks.iter().map(|(path, marks)| (path.0.as_slice(), *marks)).collect();
        self.mark_below(&relevant)
    }

    fn mark_below(&self, marks: &[(&[PathStep], Marks)]) -> Value {
        let own = marks
            .iter()
            .filter(|(path, _)| path.is_empty())
            .fold(Marks::NONE, |all, (_, marks)| all | *marks);
        let deeper = marks.iter().filter_map(|(path, marks)| Some((path.split_first()?, *marks)));
        if matches!(self.kind, Kind::Set(..)) {
            // A mark inside a set is one on the whole set.
            let inside = deeper.fold(Marks::NONE, |all, (_, marks)| all | marks);
            return self.clone().with_marks(own | inside);
        }
        let mut by_position: std::collections::BTreeMap<usize, Vec<(&[PathStep], Marks)>> =
            Default::default();
        for ((step, rest), marks) in deeper {
            if let Some(position) = self.position(step) {
                by_position.entry(position).or_default().push((rest, marks));
            }
        }
        if by_position.is_empty() {
            return self.clone().with_marks(own);
        }
        let mut position = 0;
        let inside = self.rebuild(&mut |part| {
            let marks = by_position.get(&position);
            position += 1;
            marks.map_or_else(|| part.clone(), |marks| part.mark_below(marks))
        });
        inside.with_marks(own)
    }

    /// Which of [`Value::parts`] a step leads to, of a value other than a set.
    fn position(&self, step: &PathStep) -> Option<usize> {
        match (&self.kind, step) {
            (Kind::Object(ty, _), PathStep::Attribute(name)) => ty.position(name),
            (Kind::List(_, values) | Kind::Tuple(_, values), PathStep::Index(key)) => {
                key.as_number()?.to_usize().filter(|index| *index < values.len())
            }
            (Kind::Map(_, entries), PathStep::Index(key)) => {
                let key = key.as_str()?;
                entries.binary_search_by(|(candidate, _)| (**candidate).cmp(key)).ok()
            }
            _ => None,
        }
    }

    /// The values directly inside, in order.
    pub fn parts(&self) -> Vec<&Value> {
        match &self.kind {
            Kind::List(_, values)
            | Kind::Set(_, values)
            | Kind::Tuple(_, values)
            | Kind::Object(_, values) => values.iter().collect(),
            Kind::Map(_, entries) => entries.iter().map(|(_, value)| value).collect(),
            Kind::Null(_) | Kind::Unknown(..) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
                Vec::new()
            }
        }
    }

    /// The values directly inside, each with the step that leads there.
    pub fn steps(&self) -> Vec<(PathStep, &Value)> {
        match &self.kind {
            Kind::List(_, values) | Kind::Tuple(_, values) => values
                .iter()
                .enumerate()
                .map(|(index, value)| (PathStep::Index(Value::number(index as i64)), value))
                .collect(),
            Kind::Set(_, values) => {
                values.iter().map(|value| (PathStep::Index(value.clone()), value)).collect()
            }
            Kind::Map(_, entries) => entries
                .iter()
                .map(|(key, value)| (PathStep::Index(Value::plain(Kind::String(key.clone()))), value))
                .collect(),
            Kind::Object(ty, values) => ty
                .attributes()
                .iter()
                .zip(values.iter())
                .map(|((name, _), value)| (PathStep::Attribute(name.clone()), value))
                .collect(),
            Kind::Null(_) | Kind::Unknown(..) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
                Vec::new()
            }
        }
    }

    /// The same value with each part directly inside replaced, own marks kept. Parts may change
    /// their type in objects and tuples only.
    #[must_use]
    pub fn rebuild(&self, change: &mut dyn FnMut(&Value) -> Value) -> Value {
        let rebuilt = match &self.kind {
            Kind::List(element, values) => Value::list(element.clone(), values.iter().map(change)),
            Kind::Set(element, values) => Value::set(element.clone(), values.iter().map(change)),
            Kind::Map(element, entries) => {
                Value::map(element.clone(), entries.iter().map(|(key, value)| (key.clone(), change(value))))
            }
            Kind::Tuple(_, values) => Value::tuple(values.iter().map(change)),
            Kind::Object(ty, values) => Value::object_of(ty.clone(), values.iter().map(change)),
            Kind::Null(_) | Kind::Unknown(..) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
                self.clone()
            }
        };
        rebuilt.with_marks(self.marks)
    }

    /// The boolean, if it is a known one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is a known one.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            Kind::Number(value) => Some(value),
            _ => None,
        }
    }

    /// The text, if it is a known one.
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(|text| &**text)
    }

    /// The text, if it is a known one, for sharing.
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match &self.kind {
            Kind::String(value) => Some(value),
            _ => None,
        }
    }

    /// The elements of a known list, set or tuple.
    pub fn as_sequence(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(_, values) | Kind::Set(_, values) | Kind::Tuple(_, values) => Some(values),
            _ => None,
        }
    }

    /// The entries of a known map or object, ordered by key.
    pub fn entries(&self) -> Option<Vec<(&Arc<str>, &Value)>> {
        match &self.kind {
            Kind::Map(_, entries) => Some(entries.iter().map(|(key, value)| (key, value)).collect()),
            Kind::Object(ty, values) => {
                Some(ty.attributes().iter().map(|(name, _)| name).zip(values.iter()).collect())
            }
            _ => None,
        }
    }

    /// How many values are directly inside; `None` where it has no inside or that is not known.
    pub fn len(&self) -> Option<usize> {
        match &self.kind {
            Kind::List(_, values)
            | Kind::Set(_, values)
            | Kind::Tuple(_, values)
            | Kind::Object(_, values) => Some(values.len()),
            Kind::Map(_, entries) => Some(entries.len()),
            Kind::Null(_) | Kind::Unknown(..) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => None,
        }
    }

    /// Whether it is known to have nothing inside.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The attribute of an object or the entry of a map, as it lies there, without the marks of what
    /// it lies in.
    pub fn part(&self, name: &str) -> Option<&Value> {
        match &self.kind {
            Kind::Object(ty, values) => ty.position(name).map(|at| &values[at]),
            Kind::Map(_, entries) => {
                entries.binary_search_by(|(key, _)| (**key).cmp(name)).ok().map(|at| &entries[at].1)
            }
            _ => None,
        }
    }

    /// An attribute of an object, carrying the object's marks; of an unknown object an unknown one,
    /// of a null object none.
    pub fn attribute(&self, name: &str) -> Option<Value> {
        match &self.kind {
            Kind::Object(..) => self.part(name).map(|part| part.clone().with_marks(self.marks)),
            Kind::Unknown(Type::Object(ty), _) => {
                ty.attribute(name).map(|ty| Value::unknown(ty.clone()).with_marks(self.marks))
            }
            Kind::Unknown(Type::Dynamic, _) => Some(Value::dynamic().with_marks(self.marks)),
            _ => None,
        }
    }

    /// Whether both are one and the same in memory, or small enough for that to make no difference; of
    /// a constant cost. Values without marks that are shared cannot be told apart.
    pub(crate) fn is_shared_with(&self, other: &Value) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Null(one), Kind::Null(two)) => one == two,
            (Kind::Unknown(one, limits), Kind::Unknown(two, other_limits)) => {
                one == two && limits == other_limits
            }
            (Kind::Bool(one), Kind::Bool(two)) => one == two,
            (Kind::Number(one), Kind::Number(two)) => one.is_identical(two),
            (Kind::String(one), Kind::String(two)) => Arc::ptr_eq(one, two),
            (Kind::List(_, one), Kind::List(_, two))
            | (Kind::Set(_, one), Kind::Set(_, two))
            | (Kind::Tuple(_, one), Kind::Tuple(_, two))
            | (Kind::Object(_, one), Kind::Object(_, two)) => Arc::ptr_eq(one, two) && !one.is_empty(),
            (Kind::Map(_, one), Kind::Map(_, two)) => Arc::ptr_eq(one, two) && !one.is_empty(),
            _ => false,
        }
    }

    /// Whether both are the same in every respect but marks, unknowns being the same as unknowns of
    /// equal type and refinement. This is not the language's `==`.
    pub fn same(&self, other: &Value) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Null(one), Kind::Null(two)) => one == two,
            (Kind::Unknown(one, limits), Kind::Unknown(two, other_limits)) => {
                one == two && limits == other_limits
            }
            (Kind::Bool(one), Kind::Bool(two)) => one == two,
            (Kind::Number(one), Kind::Number(two)) => one == two,
            (Kind::String(one), Kind::String(two)) => one == two,
            (Kind::List(ty, one), Kind::List(other_ty, two))
            | (Kind::Set(ty, one), Kind::Set(other_ty, two)) => {
                Arc::ptr_eq(one, two) || (ty == other_ty && same_all(one, two))
            }
            (Kind::Map(ty, one), Kind::Map(other_ty, two)) => {
                Arc::ptr_eq(one, two)
                    || (ty == other_ty
                        && one.len() == two.len()
                        && one.iter().zip(two.iter()).all(|(one, two)| one.0 == two.0 && one.1.same(&two.1)))
            }
            (Kind::Tuple(_, one), Kind::Tuple(_, two)) => Arc::ptr_eq(one, two) || same_all(one, two),
            (Kind::Object(ty, one), Kind::Object(other_ty, two)) => {
                Arc::ptr_eq(one, two)
                    || (ty.attributes().len() == other_ty.attributes().len()
                        && ty.attributes().iter().zip(other_ty.attributes()).all(|(one, two)| one.0 == two.0)
                        && same_all(one, two))
            }
            _ => false,
        }
    }
}

fn same_all(one: &[Value], two: &[Value]) -> bool {
    one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.same(two))
}

/// Equal in every respect, marks included. This is not the language's `==`.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        if self.deep_marks != other.deep_marks || self.marks != other.marks {
            return false;
        }
        if self.deep_marks == self.marks {
            return self.same(other);
        }
        self.same(other) && self.parts().iter().zip(other.parts()).all(|(one, two)| *one == two)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_small() {
        // Objects of many attributes are most of what a run keeps.
        assert_eq!(size_of::<Value>(), 40);
    }
}
