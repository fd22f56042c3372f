//! `random_string`: a text of random characters that may be shown.

use super::characters;
use crate::framework::{Field, Form, Object, Problem, Recorded, Resource, Shape};
use crate::world::World;

/// `random_string`.
pub(super) struct RandomString;

impl Resource for RandomString {
    fn shape(&self) -> Shape {
        let results = [
            Field::computed("result", Form::Text, "The text.").kept(),
            Field::computed("id", Form::Text, "The text.").kept(),
        ];
        Shape::new("A text of random characters.", characters::fields().into_iter().chain(results)).version(2)
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let text = characters::draw(world, &planned)?;
        planned.set_text("id", text.as_str());
        planned.set_text("result", text);
        Ok(planned)
    }

    fn import(&self, _world: &dyn World, id: &str, mut object: Object) -> Result<Object, Problem> {
        object.set_text("id", id);
        characters::import(&mut object, id);
        Ok(object)
    }

    fn upgrade(
        &self,
        _world: &dyn World,
        version: u64,
        recorded: &Recorded,
        _object: Object,
    ) -> Option<Result<Object, Problem>> {
        (version == 1).then(|| characters::upgrade(recorded, &self.shape()))
    }
}
