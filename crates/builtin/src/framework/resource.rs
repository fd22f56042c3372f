//! What a resource, data source, ephemeral resource or function says about itself.
//!
//! Responsible for the traits; whatever a kind does not say is as the protocol has it.

use std::time::Duration;

use plumb_schema::FunctionSignature;
use plumb_state::FunctionError;
use plumb_value::Value;

use super::{Object, Problem, Problems, Recorded, Shape, problem};
use crate::world::World;

/// A kind of managed resource.
pub(crate) trait Resource: Send + Sync {
    /// Its attributes.
    fn shape(&self) -> Shape;

    /// Checks what no single attribute can.
    fn check(&self, _config: &Object, _problems: &mut Problems) {}

    /// Changes a planned object after the rules of its attributes; not called for destruction.
    fn adjust_plan(&self, _prior: Option<&Object>, _planned: &mut Object) -> Result<(), Problem> {
        Ok(())
    }

    /// How long to wait before [`Resource::create`].
    fn wait_before_create(&self, _planned: &Object) -> Result<Duration, Problem> {
        Ok(Duration::ZERO)
    }

    /// Creates the object.
    fn create(&self, world: &dyn World, planned: Object) -> Result<Object, Problem>;

    /// Changes the object.
    fn update(&self, _prior: &Object, planned: Object) -> Result<Object, Problem> {
        Ok(planned)
    }

    /// Looks at the object; `None` where it is gone.
    fn read(&self, _world: &dyn World, current: Object) -> Result<Option<Object>, Problem> {
        Ok(Some(current))
    }

    /// How long to wait before [`Resource::delete`].
    fn wait_before_delete(&self, _prior: &Object) -> Result<Duration, Problem> {
        Ok(Duration::ZERO)
    }

    /// Destroys the object.
    fn delete(&self, _world: &dyn World, _prior: &Object) -> Result<(), Problem> {
        Ok(())
    }

    /// Finds the object with an identifier; `object` has nothing set.
    fn import(&self, _world: &dyn World, _id: &str, _object: Object) -> Result<Object, Problem> {
        Err(problem(
            "Resource Import Not Implemented",
            "This resource does not support import: nothing of it can be found out from an identifier.",
        ))
    }

    /// Brings an object of an older schema version to the current one, `object` having nothing
    /// set; `None` where there is no way from that version.
    fn upgrade(
        &self,
        _world: &dyn World,
        _version: u64,
        _recorded: &Recorded,
        _object: Object,
    ) -> Option<Result<Object, Problem>> {
        None
    }
}

/// A kind of data source.
pub(crate) trait DataSource: Send + Sync {
    /// Its attributes.
    fn shape(&self) -> Shape;

    /// Reads it.
    fn read(&self, world: &dyn World, config: Object) -> Result<Object, Problem>;
}

/// A kind of ephemeral resource.
pub(crate) trait EphemeralResource: Send + Sync {
    /// Its attributes.
    fn shape(&self) -> Shape;

    /// Opens it.
    fn open(&self, world: &dyn World, config: Object) -> Result<Object, Problem>;
}

/// A function.
pub(crate) trait Function: Send + Sync {
    /// How it is called.
    fn signature(&self) -> FunctionSignature;

    /// Calls it with arguments that are known and not null.
    fn call(&self, world: &dyn World, arguments: &[Value]) -> Result<Value, FunctionError>;
}
