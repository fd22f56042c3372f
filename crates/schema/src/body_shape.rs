//! A schema as configuration in JSON asks for it: which names are arguments, and which are blocks.

use std::borrow::Cow;

use plumb_configuration::BodyShape;
use plumb_value::Type;

use crate::{Attribute, Block, NestedBlock, Nesting};

/// A block's schema as the shape of its body.
pub struct SchemaShape<'s>(Cow<'s, Block>);

impl<'s> SchemaShape<'s> {
    /// The shape of bodies with that schema.
    pub fn of(block: &'s Block) -> Self {
        SchemaShape(Cow::Borrowed(block))
    }
}

impl BodyShape for SchemaShape<'_> {
    fn is_attribute(&self, name: &str) -> bool {
        self.0.attributes.contains_key(name)
    }

    fn block(&self, name: &str) -> Option<(usize, Box<dyn BodyShape + '_>)> {
        if let Some(nested) = self.0.blocks.get(name) {
            let labels = usize::from(nested.nesting == Nesting::Map);
            return Some((labels, Box::new(SchemaShape::of(&nested.block))));
        }
        let nested = as_blocks(self.0.attributes.get(name)?)?;
        Some((0, Box::new(SchemaShape(Cow::Owned(nested.block)))))
    }

    fn names(&self) -> Vec<&str> {
        self.0.attributes.keys().chain(self.0.blocks.keys()).map(|name| &**name).collect()
    }
}

/// Attributes that are lists or sets of objects may also be written as blocks: providers made with
/// the older SDK have such, and their documentation shows blocks.
pub fn as_blocks(schema: &Attribute) -> Option<NestedBlock> {
    if schema.nested.is_some() || !(schema.optional || schema.required) {
        return None;
    }
    let (nesting, element) = match &schema.ty {
        Type::List(element) => (Nesting::List, element),
        Type::Set(element) => (Nesting::Set, element),
        _ => return None,
    };
    let Type::Object(object) = &**element else { return None };
    let attributes = object
        .attributes()
        .iter()
        .map(|(name, ty)| (name.clone(), Attribute { optional: true, ..Attribute::new(ty.clone()) }))
        .collect();
    let block = Block { attributes, ..Block::default() };
    Some(NestedBlock { block, nesting, min_items: 0, max_items: 0 })
}
