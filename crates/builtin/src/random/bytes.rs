//! `random_bytes`: random bytes as a secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{KEEPERS, fill, size};
use crate::base64_text;
use crate::framework::{Check, Field, Form, Object, Problem, Resource, Shape, problem};
use crate::world::World;

/// `random_bytes`.
pub(super) struct RandomBytes;

impl Resource for RandomBytes {
    fn shape(&self) -> Shape {
        Shape::new(
            "Random bytes, meant as a secret.",
            [
                Field::optional("keepers", Form::TextMap, KEEPERS).replaces(),
                Field::required("length", Form::Integer, "How many bytes to draw; at least 1.")
                    .replaces()
                    .check(Check::AtLeast(1)),
                Field::computed("base64", Form::Text, "In base64.").sensitive().kept(),
                Field::computed("hex", Form::Text, "In hexadecimal digits, two for each byte.")
                    .sensitive()
                    .kept(),
            ],
        )
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let summary = "Create Random bytes error";
        let mut bytes = vec![0; size(planned.integer("length").unwrap_or_default(), "length", summary)?];
        fill(world, summary, &mut bytes)?;
        planned.set_text("base64", STANDARD.encode(&bytes));
        planned.set_text("hex", hex(&bytes));
        Ok(planned)
    }

    fn import(&self, _world: &dyn World, id: &str, mut object: Object) -> Result<Object, Problem> {
        let bytes = base64_text::decode(id).map_err(|error| {
            problem(
                "Import Random bytes Error",
                format!("The identifier must be the bytes in base64.\n\nOriginal Error: {error}"),
            )
        })?;
        object.set_integer("length", i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        object.set_text("base64", id);
        object.set_text("hex", hex(&bytes));
        Ok(object)
    }
}

/// Hexadecimal digits, two for each byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
