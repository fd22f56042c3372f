//! `random_id`: random bytes as an identifier.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{fill, keepers, size};
use crate::base64_text;
use crate::framework::{Field, Form, Object, Problem, Resource, Shape, problem};
use crate::world::World;

use super::bytes::hex;

/// `random_id`.
pub(super) struct RandomId;

impl Resource for RandomId {
    fn shape(&self) -> Shape {
        Shape::new(
            "Random bytes in several spellings, meant as an identifier.",
            [
                keepers(),
                Field::required("byte_length", Form::Integer, "How many bytes to draw; at least 1.")
                    .replaces(),
                Field::optional("prefix", Form::Text, "Text in front of every spelling.").replaces(),
                Field::computed(
                    "b64_url",
                    Form::Text,
                    "In base64 with the alphabet for URLs, without padding.",
                )
                .kept(),
                Field::computed("b64_std", Form::Text, "In base64.").kept(),
                Field::computed("hex", Form::Text, "In hexadecimal digits, two for each byte.").kept(),
                Field::computed("dec", Form::Text, "As a decimal number.").kept(),
                Field::computed("id", Form::Text, "Like `b64_url`, without the prefix.").kept(),
            ],
        )
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let summary = "Randomness Generation Error";
        let length = size(planned.integer("byte_length").unwrap_or_default(), "byte_length", summary)?;
        let mut bytes = vec![0; length];
        fill(world, summary, &mut bytes)?;
        let prefix = planned.text("prefix").unwrap_or_default().to_owned();
        spell(&mut planned, &prefix, &bytes);
        Ok(planned)
    }

    fn import(&self, _world: &dyn World, id: &str, mut object: Object) -> Result<Object, Problem> {
        let (prefix, encoded) = id.rsplit_once(',').unwrap_or(("", id));
        let bytes = base64_text::decode_url(encoded).map_err(|error| {
            problem(
                "Import Random ID Error",
                format!(
                    "The identifier must be base64 with the alphabet for URLs and without padding, after a prefix \
                     and a comma if there is a prefix.\n\nOriginal Error: {error}"
                ),
            )
        })?;
        object.set_integer("byte_length", i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        if !prefix.is_empty() {
            object.set_text("prefix", prefix);
        }
        spell(&mut object, prefix, &bytes);
        // These stay as they were given.
        object.set_text("id", encoded);
        object.set_text("b64_url", format!("{prefix}{encoded}"));
        Ok(object)
    }
}

fn spell(object: &mut Object, prefix: &str, bytes: &[u8]) {
    let id = base64_text::encode_url(bytes);
    object.set_text("b64_url", format!("{prefix}{id}"));
    object.set_text("b64_std", format!("{prefix}{}", STANDARD.encode(bytes)));
    object.set_text("hex", format!("{prefix}{}", hex(bytes)));
    object.set_text("dec", format!("{prefix}{}", decimal(bytes)));
    object.set_text("id", id);
}

/// Bytes as one decimal number, the first being the most significant.
fn decimal(bytes: &[u8]) -> String {
    /// Digits go in groups of nine, the least significant group first.
    const GROUP: u64 = 1_000_000_000;
    let mut groups: Vec<u32> = vec![0];
    for chunk in bytes.chunks(4) {
        let factor = 1_u64 << (8 * chunk.len());
        let mut carry = chunk.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        for group in &mut groups {
            let value = u64::from(*group) * factor + carry;
            *group = (value % GROUP) as u32;
            carry = value / GROUP;
        }
        while carry > 0 {
            groups.push((carry % GROUP) as u32);
            carry /= GROUP;
        }
    }
    let mut text = groups.pop().unwrap_or_default().to_string();
    for group in groups.iter().rev() {
        text.push_str(&format!("{group:09}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn bytes_are_one_number() {
        for (bytes, number) in [
            (&[][..], "0"),
            (&[0, 0], "0"),
            (&[255], "255"),
            (&[1, 0, 0, 0, 0], "4294967296"),
            (&[255; 16], "340282366920938463463374607431768211455"),
            (&[0x0d, 0xe0, 0xb6, 0xb3, 0xa7, 0x64, 0, 0], "1000000000000000000"),
        ] {
            assert_eq!(decimal(bytes), number);
        }
    }
}
