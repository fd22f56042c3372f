//! Schemas of objects: attributes and nested blocks.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use plumb_value::{ObjectType, Path, PathStep, Type};

/// The schema of a kind of object, with the version that state remembers.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Grows whenever objects in older state must be upgraded by the provider.
    pub version: u64,
    /// The object's content.
    pub block: Block,
}

/// How a description is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextKind {
    /// Plain text.
    #[default]
    Plain,
    /// Markdown.
    Markdown,
}

/// Attributes and nested blocks of an object.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// By name.
    pub attributes: BTreeMap<Arc<str>, Attribute>,
    /// By type name.
    pub blocks: BTreeMap<Arc<str>, NestedBlock>,
    /// For people.
    pub description: String,
    /// How the description is written.
    pub description_kind: TextKind,
    /// Whether using it earns a warning.
    pub deprecated: bool,
    /// Made on first use; see [`Block::implied_type`].
    pub implied: OnceLock<Arc<ObjectType>>,
}

/// One attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The type; for an attribute with [`Attribute::nested`] the type which that implies.
    pub ty: Type,
    /// The content, where the attribute is an object or a collection of objects that have their own
    /// schema.
    pub nested: Option<Box<NestedType>>,
    /// For people.
    pub description: String,
    /// How the description is written.
    pub description_kind: TextKind,
    /// Must be set.
    pub required: bool,
    /// May be set.
    pub optional: bool,
    /// The provider may set it.
    pub computed: bool,
    /// Must not be shown.
    pub sensitive: bool,
    /// Using it earns a warning.
    pub deprecated: bool,
    /// Is sent to the provider and never stored.
    pub write_only: bool,
}

impl Attribute {
    /// An attribute of a type that is neither required, optional nor computed yet.
    pub fn new(ty: Type) -> Self {
        Attribute {
            ty,
            nested: None,
            description: String::new(),
            description_kind: TextKind::Plain,
            required: false,
            optional: false,
            computed: false,
            sensitive: false,
            deprecated: false,
            write_only: false,
        }
    }

    fn at(&self, rest: &[PathStep]) -> Option<&Attribute> {
        if rest.is_empty() { Some(self) } else { self.nested.as_ref()?.attribute_at(rest) }
    }
}

/// The first name on a path, skipping elements, and what follows it.
fn next_name(steps: &[PathStep]) -> Option<(&Arc<str>, &[PathStep])> {
    steps.iter().enumerate().find_map(|(index, step)| match step {
        PathStep::Attribute(name) => Some((name, &steps[index + 1..])),
        PathStep::Index(_) => None,
    })
}

/// The schema of an attribute that holds objects.
#[derive(Clone, Debug)]
pub struct NestedType {
    /// Attributes of each object.
    pub attributes: BTreeMap<Arc<str>, Attribute>,
    /// How the objects lie in the attribute.
    pub nesting: Nesting,
}

impl NestedType {
    /// The type of one of the objects.
    pub fn object_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone())))
    }

    /// The type of the attribute that has this content.
    pub fn implied_type(&self) -> Type {
        self.wrap(self.object_type())
    }

    /// The type of the objects taken together. Unlike for blocks it is a list or map even where the
    /// objects have attributes of any type.
    pub(crate) fn wrap(&self, object: Type) -> Type {
        match self.nesting {
            Nesting::Single | Nesting::Group => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }

    /// The attribute that a path from the attribute's value leads to exactly, elements aside.
    fn attribute_at(&self, steps: &[PathStep]) -> Option<&Attribute> {
        let (name, rest) = next_name(steps)?;
        self.attributes.get(name)?.at(rest)
    }
}

/// A kind of nested block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// Content of each block.
    pub block: Block,
    /// How the blocks lie in the object.
    pub nesting: Nesting,
    /// At least so many must be there.
    pub min_items: u64,
    /// At most so many may be there; 0 for any number.
    pub max_items: u64,
}

/// How nested objects lie in the object around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One or null.
    Single,
    /// One, never null: an absent block is one with nothing set.
    Group,
    /// In order.
    List,
    /// Without order or duplicates.
    Set,
    /// By one label.
    Map,
}

impl Nesting {
    /// The type of nested objects of type `object` taken together.
    pub fn wrap(self, object: Type) -> Type {
        match self {
            Nesting::Single | Nesting::Group => object,
            Nesting::List if object.has_dynamic() => Type::Dynamic,
            Nesting::Map if object.has_dynamic() => Type::Dynamic,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}

impl Block {
    /// The type of the objects that this describes.
    pub fn implied_type(&self) -> Type {
        Type::Object(self.object_type().clone())
    }

    /// The attribute that a path leads to exactly; elements of collections are all alike.
    pub fn attribute_at(&self, path: &Path) -> Option<&Attribute> {
        let mut block = self;
        let mut steps = path.0.as_slice();
        loop {
            let (name, rest) = next_name(steps)?;
            if let Some(attribute) = block.attributes.get(name) {
                return attribute.at(rest);
            }
            block = &block.blocks.get(name)?.block;
            steps = rest;
        }
    }

    /// The same as [`Block::implied_type`], shared.
    pub fn object_type(&self) -> &Arc<ObjectType> {
        self.implied.get_or_init(|| {
            let attributes =
                self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone()));
            let blocks = self
                .blocks
                .iter()
                .map(|(name, nested)| (name.clone(), nested.nesting.wrap(nested.block.implied_type())));
            Arc::new(ObjectType::new(attributes.chain(blocks)))
        })
    }
}
