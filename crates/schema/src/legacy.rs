//! Objects from providers built with the older SDK, brought into the form that others return.
//!
//! That SDK cannot tell null from empty, and returns nested blocks as null or unknown, which blocks
//! never are. Responsible for that difference only: attributes stay as they are.

use plumb_value::{Type, Value};

use crate::shape::{child, with_elements};
use crate::{Attribute, Block, NestedBlock, Nesting};

/// The same object with nested blocks that are neither null nor unknown. Marks stay where they were.
#[must_use]
pub fn normalise_legacy(block: &Block, value: &Value) -> Value {
    // Asked once here, since it means looking at the whole type, and hardly any block has such.
    let has_dynamic = block.implied_type().has_dynamic();
    if value.deep_marks().is_empty() {
        return normalise(block, value, has_dynamic);
    }
    let (plain, marks) = value.unmark_deep_with_paths();
    normalise(block, &plain, has_dynamic).with_marks_at(&marks)
}

fn normalise(block: &Block, value: &Value, has_dynamic: bool) -> Value {
    if value.is_null() {
        return Value::null(block.implied_type());
    }
    if block.blocks.is_empty() {
        return value.clone();
    }
    let types = block.object_type();
    let values = types.attributes().iter().map(|(name, ty)| {
        let part = child(value, name, ty);
        match block.blocks.get(name) {
            // That SDK knows no attributes of any type: this comes from another one.
            Some(nested) if has_dynamic && nested.block.implied_type().has_dynamic() => part,
            Some(nested) => normalise_nested(nested, ty, part),
            None => part,
        }
    });
    let values: Vec<Value> = values.collect();
    Value::object_of(types.clone(), values)
}

/// Blocks without attributes of any type.
fn normalise_nested(nested: &NestedBlock, ty: &Type, value: Value) -> Value {
    let block = &nested.block;
    match nested.nesting {
        Nesting::Single | Nesting::Group if !value.is_known() => unknown_stub(block),
        Nesting::Group if value.is_null() => nested.empty_of(ty),
        Nesting::Single | Nesting::Group => normalise(block, &value, false),
        Nesting::List | Nesting::Set if !value.is_known() => stub_collection(nested, ty),
        Nesting::List | Nesting::Set => match value.as_sequence() {
            Some(elements) if !elements.is_empty() => with_elements(
                &value,
                elements.iter().map(|element| normalise(block, element, false)).collect(),
            ),
            _ => nested.empty_of(ty),
        },
        // That SDK has no such blocks.
        Nesting::Map => value,
    }
}

/// A block of which everything is unknown, as there is for a dynamic block over something unknown.
fn unknown_stub(block: &Block) -> Value {
    block.object_with(
        |attribute: &Attribute| Value::unknown(attribute.ty.clone()),
        |nested, ty| match nested.nesting {
            Nesting::Single | Nesting::Group => unknown_stub(&nested.block),
            Nesting::List | Nesting::Set => stub_collection(nested, ty),
            Nesting::Map => nested.empty_of(ty),
        },
    )
}

fn stub_collection(nested: &NestedBlock, ty: &Type) -> Value {
    with_elements(&nested.empty_of(ty), vec![unknown_stub(&nested.block)])
}
