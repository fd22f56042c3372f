//! The objects that nothing was set in, or nothing is known of.

use plumb_value::{Type, Value};

use crate::{Attribute, Block, NestedBlock, Nesting};

impl Block {
    /// The object of a block in which nothing is written: every attribute null, no nested blocks,
    /// groups with nothing set.
    pub fn empty_value(&self) -> Value {
        self.object_with(Attribute::empty_value, NestedBlock::empty_of)
    }

    /// An object of which every attribute and every collection of blocks is unknown.
    pub fn unknown_value(&self) -> Value {
        self.object_with(|attribute| Value::unknown(attribute.ty.clone()), |_, ty| Value::unknown(ty.clone()))
    }

    /// The object with a value made for each attribute and for each kind of block, whose type is
    /// given as well.
    pub(crate) fn object_with(
        &self,
        attribute: impl Fn(&Attribute) -> Value,
        block: impl Fn(&NestedBlock, &Type) -> Value,
    ) -> Value {
        let ty = self.object_type();
        let values = ty.attributes().iter().map(|(name, ty)| match self.attributes.get(name) {
            Some(schema) => attribute(schema),
            None => self.blocks.get(name).map_or_else(|| Value::null(ty.clone()), |schema| block(schema, ty)),
        });
        Value::object_of(ty.clone(), values)
    }
}

impl Attribute {
    /// The value of the attribute where it is not set.
    pub fn empty_value(&self) -> Value {
        Value::null(self.ty.clone())
    }
}

impl NestedBlock {
    /// The type of all blocks of this kind taken together.
    pub fn implied_type(&self) -> Type {
        self.nesting.wrap(self.block.implied_type())
    }

    /// What stands for no blocks of this kind.
    pub fn empty_value(&self) -> Value {
        self.empty_of(&self.implied_type())
    }

    /// The same where the type of all blocks taken together is at hand: finding out whether it is
    /// dynamic means looking through all that may be nested.
    pub(crate) fn empty_of(&self, ty: &Type) -> Value {
        match (self.nesting, ty) {
            (Nesting::Group, _) => self.block.empty_value(),
            (Nesting::List, Type::List(element)) => Value::list(element.clone(), []),
            (Nesting::List, _) => Value::tuple([]),
            (Nesting::Set, Type::Set(element)) => Value::set(element.clone(), []),
            (Nesting::Map, Type::Map(element)) => Value::map::<&str>(element.clone(), []),
            (Nesting::Map, _) => Value::object::<&str>([]),
            (Nesting::Single | Nesting::Set, _) => Value::null(ty.clone()),
        }
    }
}
