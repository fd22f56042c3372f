//! `random_uuid`: random bytes written as a UUID.

use super::bytes::hex;
use super::{fill, keepers};
use crate::framework::{Field, Form, Object, Problem, Resource, Shape, problem};
use crate::world::World;

/// `random_uuid`.
pub(super) struct RandomUuid;

impl Resource for RandomUuid {
    fn shape(&self) -> Shape {
        Shape::new(
            "Random bytes written as a UUID.",
            [
                keepers(),
                Field::computed("result", Form::Text, "The UUID.").kept(),
                Field::computed("id", Form::Text, "The UUID.").kept(),
            ],
        )
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let uuid = new_uuid(world, "Create Random UUID error")?;
        set_result(&mut planned, &uuid);
        Ok(planned)
    }

    fn import(&self, _world: &dyn World, id: &str, mut object: Object) -> Result<Object, Problem> {
        if !is_uuid(id) {
            return Err(problem(
                "Import Random UUID Error",
                format!(
                    "The identifier must be a UUID: 36 characters, hexadecimal digits in groups of 8, 4, 4, 4 and \
                     12 with hyphens between them, got: {id}"
                ),
            ));
        }
        set_result(&mut object, &id.to_ascii_lowercase());
        Ok(object)
    }
}

fn set_result(object: &mut Object, uuid: &str) {
    object.set_text("result", uuid);
    object.set_text("id", uuid);
}

/// Sixteen random bytes written as a UUID. No bits are set aside for a version, as in the programs
/// that this is compatible with.
pub(crate) fn new_uuid(world: &dyn World, summary: &str) -> Result<String, Problem> {
    let mut bytes = [0; 16];
    fill(world, summary, &mut bytes)?;
    let mut text = hex(&bytes);
    for at in [20, 16, 12, 8] {
        text.insert(at, '-');
    }
    Ok(text)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
