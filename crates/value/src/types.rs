//! The type system of the language.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use crate::Value;

/// A type, or a constraint with [`Type::Dynamic`] in the places where any type will do.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// Any type at all: a placeholder in constraints, and the type of values not known even in type.
    Dynamic,
    /// True or false.
    Bool,
    /// A number of 512 bits of precision.
    Number,
    /// Unicode text in normal form C.
    String,
    /// A sequence of values of one type.
    List(Arc<Type>),
    /// Distinct values of one type.
    Set(Arc<Type>),
    /// Values of one type by string key.
    Map(Arc<Type>),
    /// A sequence of values each of its own type. The pointer is a thin one: every value pays for it.
    Tuple(Arc<Vec<Type>>),
    /// Named values each of its own type.
    Object(Arc<ObjectType>),
}

/// The attributes of an object type, ordered by name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectType {
    attributes: Box<[(Arc<str>, Type)]>,
    /// Names that a value under conversion may lack, sorted. Only constraints have such.
    optional: Box<[Arc<str>]>,
    /// Where any type will do for some of the attributes: the types of the first values made of it.
    first_made: Remembered,
}

/// What is remembered beside a type and says nothing about it.
#[derive(Default)]
struct Remembered(OnceLock<Box<[OnceLock<Arc<ObjectType>>; 4]>>);

impl Clone for Remembered {
    fn clone(&self) -> Self {
        Remembered::default()
    }
}

impl PartialEq for Remembered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Remembered {}

impl Hash for Remembered {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl PartialOrd for Remembered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Remembered {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl ObjectType {
    /// An object type; later attributes of an equal name win.
    pub fn new(attributes: impl IntoIterator<Item = (Arc<str>, Type)>) -> Self {
        Self::with_optional(attributes, [])
    }

    /// An object type some of whose attributes may be missing in what is converted to it.
    pub fn with_optional(
        attributes: impl IntoIterator<Item = (Arc<str>, Type)>,
        optional: impl IntoIterator<Item = Arc<str>>,
    ) -> Self {
        let attributes: std::collections::BTreeMap<Arc<str>, Type> = attributes.into_iter().collect();
        let optional: std::collections::BTreeSet<Arc<str>> = optional.into_iter().collect();
        ObjectType {
            attributes: attributes.into_iter().collect(),
            optional: optional.into_iter().collect(),
            first_made: Remembered::default(),
        }
    }

    /// The type of an object with these values for the attributes of this type. Of objects of a
    /// schema with dynamic attributes nearly all have one of a few, and most of them share those.
    pub(crate) fn of_values(self: &Arc<Self>, values: &[Value]) -> Arc<ObjectType> {
        if self.is_of(values) {
            return self.clone();
        }
        let mut known = self.first_made.0.get().into_iter().flat_map(|places| places.iter());
        if let Some(made) = known.find_map(|place| place.get().filter(|made| made.is_of(values))) {
            return made.clone();
        }
        let names = self.attributes.iter().map(|(name, _)| name.clone());
        let made = Arc::new(ObjectType::new(names.zip(values.iter().map(Value::ty))));
        // Only what was made for all objects of a schema is worth keeping: before and after they are
        // made, and of one or two kinds of values. What comes later is made each time.
        if self.attributes.iter().any(|(_, ty)| ty.has_dynamic()) {
            let places = self.first_made.0.get_or_init(Box::default);
            let free = places.iter().find(|place| place.get().is_none());
            let _ = free.map(|place| place.set(made.clone()));
        }
        made
    }

    /// Whether both have attributes of the same names.
    pub(crate) fn has_names_of(self: &Arc<Self>, other: &Arc<ObjectType>) -> bool {
        Arc::ptr_eq(self, other)
            || (self.attributes.len() == other.attributes.len()
                && self.attributes.iter().zip(&other.attributes).all(|((one, _), (two, _))| one == two))
    }

    fn is_of(&self, values: &[Value]) -> bool {
        self.optional.is_empty()
            && self.attributes.iter().zip(values).all(|((_, ty), value)| value.is_of_type(ty))
    }

    /// Every attribute, ordered by name.
    pub fn attributes(&self) -> &[(Arc<str>, Type)] {
        &self.attributes
    }

    /// Position of an attribute in [`ObjectType::attributes`].
    pub fn position(&self, name: &str) -> Option<usize> {
        self.attributes.binary_search_by(|(candidate, _)| (**candidate).cmp(name)).ok()
    }

    /// Type of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&Type> {
        self.position(name).map(|at| &self.attributes[at].1)
    }

    /// Whether a value under conversion may lack the attribute.
    pub fn is_optional(&self, name: &str) -> bool {
        self.optional.binary_search_by(|candidate| (**candidate).cmp(name)).is_ok()
    }

    /// Names of the attributes that may be missing, sorted.
    pub fn optional(&self) -> &[Arc<str>] {
        &self.optional
    }
}

impl Type {
    /// A list of elements of a type.
    pub fn list(element: impl Into<Arc<Type>>) -> Type {
        Type::List(element.into())
    }

    /// A set of elements of a type.
    pub fn set(element: impl Into<Arc<Type>>) -> Type {
        Type::Set(element.into())
    }

    /// A map of elements of a type.
    pub fn map(element: impl Into<Arc<Type>>) -> Type {
        Type::Map(element.into())
    }

    /// A tuple of elements of these types.
    pub fn tuple(elements: impl IntoIterator<Item = Type>) -> Type {
        Type::Tuple(Arc::new(elements.into_iter().collect()))
    }

    /// An object with these attributes.
    pub fn object<N: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Type {
        Type::Object(Arc::new(ObjectType::new(attributes.into_iter().map(|(name, ty)| (name.into(), ty)))))
    }

    /// Whether it is bool, number or string.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// Whether it is a list, set or map.
    pub fn is_collection(&self) -> bool {
        matches!(self, Type::List(_) | Type::Set(_) | Type::Map(_))
    }

    /// The element type of a list, set or map.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Type::List(element) | Type::Set(element) | Type::Map(element) => Some(element),
            Type::Dynamic | Type::Bool | Type::Number | Type::String | Type::Tuple(_) | Type::Object(_) => {
                None
            }
        }
    }

    /// Whether [`Type::Dynamic`] stands anywhere in it.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.has_dynamic(),
            Type::Tuple(elements) => elements.iter().any(Type::has_dynamic),
            Type::Object(object) => object.attributes().iter().any(|(_, ty)| ty.has_dynamic()),
        }
    }
}
