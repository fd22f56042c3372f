//! `random_password`: a text of random characters that must not be shown, kept or ephemeral.

use super::{characters, hash};
use crate::framework::{EphemeralResource, Field, Form, Object, Problem, Recorded, Resource, Shape, problem};
use crate::world::World;
use plumb_value::Value;

/// `random_password` as a managed resource.
pub(super) struct RandomPassword;

/// `random_password` as an ephemeral resource.
pub(super) struct EphemeralPassword;

const HASH: &str = "A bcrypt hash of the password's first 72 bytes.";

impl Resource for RandomPassword {
    fn shape(&self) -> Shape {
        let results = [
            Field::computed("result", Form::Text, "The password.").sensitive().kept(),
            Field::computed("bcrypt_hash", Form::Text, HASH).sensitive().kept(),
            Field::computed("id", Form::Text, "Always the same; of no use.").kept(),
        ];
        Shape::new("A secret text of random characters.", characters::fields().into_iter().chain(results))
            .version(3)
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let password = characters::draw(world, &planned)?;
        planned.set_text("bcrypt_hash", hash::hash(world, &password)?);
        planned.set_text("id", "none");
        planned.set_text("result", password);
        Ok(planned)
    }

    fn import(&self, world: &dyn World, id: &str, mut object: Object) -> Result<Object, Problem> {
        object.set_text("id", "none");
        object.set_text("bcrypt_hash", hash::hash(world, id)?);
        characters::import(&mut object, id);
        Ok(object)
    }

    fn upgrade(
        &self,
        world: &dyn World,
        version: u64,
        recorded: &Recorded,
        _object: Object,
    ) -> Option<Result<Object, Problem>> {
        (version <= 2).then(|| self.upgrade_from(world, version, recorded))
    }
}

impl RandomPassword {
    fn upgrade_from(&self, world: &dyn World, version: u64, recorded: &Recorded) -> Result<Object, Problem> {
        let mut object = characters::upgrade(recorded, &self.shape())?;
        let password = object.text("result").unwrap_or_default().to_owned();
        let hash_fits = match version {
            // There was no hash yet.
            0 => false,
            1 => true,
            // Some releases recorded the hash of another text.
            _ => {
                let hash = object.text("bcrypt_hash").unwrap_or_default();
                hash::fits(hash, &password).ok_or_else(|| {
                    problem(
                        "Version 3 State Upgrade Error",
                        "The recorded bcrypt_hash is not a bcrypt hash. If the state was edited by hand, put back \
                         what was there; otherwise replace the resource.",
                    )
                })?
            }
        };
        if !hash_fits {
            object.set_text("bcrypt_hash", hash::hash(world, &password)?);
        }
        Ok(object)
    }
}

impl EphemeralResource for EphemeralPassword {
    fn shape(&self) -> Shape {
        let results = [
            Field::computed("result", Form::Text, "The password.").sensitive(),
            Field::computed("bcrypt_hash", Form::Text, HASH).sensitive(),
        ];
        Shape::new("A secret text of random characters that is stored nowhere.", {
            characters::ephemeral_fields().into_iter().chain(results)
        })
    }

    fn open(&self, world: &dyn World, mut config: Object) -> Result<Object, Problem> {
        for name in ["special", "upper", "lower", "numeric"] {
            if config.is_null(name) {
                config.set(name, Value::bool(true));
            }
        }
        for name in ["min_numeric", "min_upper", "min_lower", "min_special"] {
            if config.is_null(name) {
                config.set_integer(name, 0);
            }
        }
        let password = characters::draw(world, &config)?;
        config.set_text("bcrypt_hash", hash::hash(world, &password)?);
        config.set_text("result", password);
        Ok(config)
    }
}
