//! Where in a value the attributes are that a schema says something special of.
//!
//! Responsible for the paths of sensitive attributes, of those that are only ever sent, and of what is
//! unknown. Costs are linear to the value.

use plumb_value::{Kind, Path, PathStep, Value};

use crate::shape::Shape;
use crate::{Attribute, Block, Nesting};

/// The paths of the attributes that the schema calls sensitive, as far as the value has objects for
/// them. An attribute of the outermost object counts even where the value is null or unknown.
pub fn sensitive_paths(block: &Block, value: &Value) -> Vec<Path> {
    let mut walk = Walk { wanted: &|attribute| attribute.sensitive, steps: Vec::new(), found: Vec::new() };
    walk.object(Shape::Block(block), value, true);
    walk.found
}

/// The paths of the attributes that are only sent to the provider and never stored, as far as the
/// value has objects for them.
pub fn write_only_paths(block: &Block, value: &Value) -> Vec<Path> {
    let mut walk = Walk { wanted: &|attribute| attribute.write_only, steps: Vec::new(), found: Vec::new() };
    walk.object(Shape::Block(block), value, false);
    walk.found
}

/// The paths of everything that is unknown.
pub fn unknown_paths(value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    value.walk(&mut |path, part| {
        if !part.is_known() {
            found.push(path.clone());
        }
        !part.is_wholly_known()
    });
    found
}

/// A walk through a value along its schema.
struct Walk<'a> {
    wanted: &'a dyn Fn(&Attribute) -> bool,
    steps: Vec<PathStep>,
    found: Vec<Path>,
}

impl Walk<'_> {
    /// Looks at one object. `in_absence` says whether its own attributes count where it is not there.
    fn object(&mut self, shape: Shape<'_>, value: &Value, in_absence: bool) {
        let is_there = !value.is_null() && value.is_known();
        if !is_there && !in_absence {
            return;
        }
        for (name, schema) in shape.attributes() {
            self.steps.push(PathStep::Attribute(name.clone()));
            if (self.wanted)(schema) {
                self.found.push(Path(self.steps.clone()));
            } else if let (Some(nested), Some(part)) = (&schema.nested, value.part(name)) {
                self.nested(Shape::Nested(nested), nested.nesting, part, false);
            }
            self.steps.pop();
        }
        for (name, schema) in shape.blocks() {
            let Some(part) = value.part(name).filter(|part| !part.is_null() && part.is_known()) else {
                continue;
            };
            self.steps.push(PathStep::Attribute(name.clone()));
            self.nested(Shape::Block(&schema.block), schema.nesting, part, in_absence);
            self.steps.pop();
        }
    }

    fn nested(&mut self, shape: Shape<'_>, nesting: Nesting, value: &Value, in_absence: bool) {
        if let Nesting::Single | Nesting::Group = nesting {
            return self.object(shape, value, in_absence);
        }
        for (step, element) in value.steps() {
            self.steps.push(step);
            self.object(shape, element, in_absence);
            self.steps.pop();
        }
    }
}

/// The same object with null for every attribute that is only sent and never stored. Costs no more
/// than a look where it has none.
#[must_use]
pub fn null_write_only(block: &Block, value: &Value) -> Value {
    if write_only_paths(block, value).is_empty() {
        return value.clone();
    }
    null_attributes(Shape::Block(block), value, &|schema| schema.write_only)
}

/// The object with null for the chosen attributes, at any depth.
pub(crate) fn null_attributes(shape: Shape<'_>, value: &Value, chosen: &dyn Fn(&Attribute) -> bool) -> Value {
    let Kind::Object(ty, _) = value.kind() else { return value.clone() };
    let mut names = ty.attributes().iter().map(|(name, _)| name);
    value.rebuild(&mut |part| {
        let Some(name) = names.next() else { return part.clone() };
        match (shape.attributes().get(name), shape.blocks().get(name)) {
            (Some(schema), _) if chosen(schema) => Value::null(part.ty()),
            (Some(Attribute { nested: Some(nested), .. }), _) => {
                null_nested(Shape::Nested(nested), nested.nesting, part, chosen)
            }
            (None, Some(schema)) => null_nested(Shape::Block(&schema.block), schema.nesting, part, chosen),
            _ => part.clone(),
        }
    })
}

fn null_nested(
    shape: Shape<'_>,
    nesting: Nesting,
    value: &Value,
    chosen: &dyn Fn(&Attribute) -> bool,
) -> Value {
    match nesting {
        Nesting::Single | Nesting::Group => null_attributes(shape, value, chosen),
        Nesting::List | Nesting::Set | Nesting::Map => {
            value.rebuild(&mut |element| null_attributes(shape, element, chosen))
        }
    }
}
