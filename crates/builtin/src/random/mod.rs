//! The `random` provider: values drawn once and then kept.
//!
//! Responsible for what `hashicorp/random` does as of the version below. Values with a `seed` are
//! the same as there, see [`go_random`]; names of pets are drawn from words of our own.

mod bytes;
mod characters;
mod go_random;
mod hash;
mod id;
mod integer;
mod password;
mod pet;
mod shuffle;
mod text;
mod uuid;
mod words;

use std::sync::Arc;

pub(crate) use uuid::new_uuid;

use crate::framework::{Field, Form, Kit, Problem, Rule, problem};
use crate::world::World;

/// The release whose schemas and behaviour these are.
pub(crate) const VERSION: &str = "3.7.2";

/// Everything that the provider can do.
pub(crate) fn kit(world: Arc<dyn World>) -> Kit {
    Kit::new(world)
        .resource("random_bytes", bytes::RandomBytes)
        .resource("random_id", id::RandomId)
        .resource("random_integer", integer::RandomInteger)
        .resource("random_password", password::RandomPassword)
        .resource("random_pet", pet::RandomPet)
        .resource("random_shuffle", shuffle::RandomShuffle)
        .resource("random_string", text::RandomString)
        .resource("random_uuid", uuid::RandomUuid)
        .ephemeral("random_password", password::EphemeralPassword)
}

const KEEPERS: &str = "Values whose change leads to a new result.";

/// The attribute whose change leads to a new result, null values aside.
fn keepers() -> Field {
    Field::optional("keepers", Form::TextMap, KEEPERS).rule(Rule::ReplacesIfValuesNotNull)
}

/// Randomness for `summary`, the headline of the error if there is none.
fn fill(world: &dyn World, summary: &str, buffer: &mut [u8]) -> Result<(), Problem> {
    world.fill_random(buffer).map_err(|error| {
        problem(summary, format!("The system gave no randomness. Try again.\n\nOriginal Error: {error}"))
    })
}

/// A number below `limit`, each as likely as any other.
fn below(world: &dyn World, summary: &str, limit: u64) -> Result<u64, Problem> {
    // Numbers from the last, incomplete round would favour the small ones.
    let end = u64::MAX - (u64::MAX % limit + 1) % limit;
    loop {
        let mut bytes = [0; 8];
        fill(world, summary, &mut bytes)?;
        let number = u64::from_le_bytes(bytes);
        if number <= end {
            return Ok(number % limit);
        }
    }
}

/// How many bytes are asked for; bounded, for a mistake should not use up all memory.
fn size(count: i64, name: &str, summary: &str) -> Result<usize, Problem> {
    const MOST: usize = 1 << 26;
    usize::try_from(count).ok().filter(|count| *count <= MOST).ok_or_else(|| {
        problem(
            summary,
            format!("The {name} must be between 0 and {MOST}, got: {count}. Choose a smaller number."),
        )
    })
}
