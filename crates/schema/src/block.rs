//! Schemas of objects: attributes and nested blocks.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use plumb_value::{ObjectType, Type};

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
    /// The type of the attribute that has this content.
    pub fn implied_type(&self) -> Type {
        let object = Type::object(self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone())));
        self.nesting.wrap(object)
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

    /// The same as [`Block::implied_type`], shared.
    pub fn object_type(&self) -> &Arc<ObjectType> {
        self.implied.get_or_init(|| {
            let attributes = self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone()));
            let blocks = self
                .blocks
                .iter()
                .map(|(name, nested)| (name.clone(), nested.nesting.wrap(nested.block.implied_type())));
            Arc::new(ObjectType::new(attributes.chain(blocks)))
        })
    }
}
