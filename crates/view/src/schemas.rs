//! Objects of a state with their schemas.

use std::sync::Arc;

use plumb_address::{AbsResourceInstance, Mode, ProviderAddress, Resource};
use plumb_schema::{Schema, sensitive_paths};
use plumb_state::{Object, State};
use plumb_value::{Marks, Value};

use crate::ViewError;

/// Finds the schema of a type of a provider.
pub type FindSchema<'a> = dyn Fn(&ProviderAddress, Mode, &str) -> Option<Arc<Schema>> + 'a;

/// Refuses a state with objects that cannot be shown for want of their schema. This is asked before
/// the first word is written: half a document would help nobody.
pub(crate) fn require_schemas(state: &State, schemas: &FindSchema<'_>) -> Result<(), ViewError> {
    for (resource, recorded) in &state.resources {
        for (key, instance) in recorded.instances.iter() {
            for object in instance.current.iter().chain(instance.deposed.values()) {
                let address = || resource.instance(key.clone()).to_string();
                require_schema(object, &resource.resource, &recorded.provider.provider, schemas, address)?;
            }
        }
    }
    Ok(())
}

fn require_schema(
    object: &Object,
    resource: &Resource,
    provider: &ProviderAddress,
    schemas: &FindSchema<'_>,
    address: impl Fn() -> String,
) -> Result<Arc<Schema>, ViewError> {
    let problem = |reason: String| ViewError::Object { address: address(), reason };
    let schema = schemas(provider, resource.mode, &resource.kind).ok_or_else(|| {
        problem(format!("the schema of {} from {provider} is not available", resource.kind))
    })?;
    if object.schema_version != schema.version {
        return Err(problem(format!(
            "it was recorded with version {} of its schema, and {provider} has version {}; the next plan or apply \
             brings it up to date",
            object.schema_version, schema.version
        )));
    }
    Ok(schema)
}

/// A recorded object as a value with marks on everything that must not be shown.
pub(crate) fn decode(
    object: &Object,
    address: &AbsResourceInstance,
    provider: &ProviderAddress,
    schemas: &FindSchema<'_>,
) -> Result<(Value, Arc<Schema>), ViewError> {
    let schema = require_schema(object, &address.resource, provider, schemas, || address.to_string())?;
    let value = object
        .decode(&schema.block.implied_type())
        .map_err(|error| ViewError::Object { address: address.to_string(), reason: error.to_string() })?;
    Ok((with_schema_marks(&value, &schema), schema))
}

/// The value with marks on what its schema calls sensitive too.
pub(crate) fn with_schema_marks(value: &Value, schema: &Schema) -> Value {
    if value.is_null() {
        return value.clone();
    }
    let marks: Vec<_> =
        sensitive_paths(&schema.block, value).into_iter().map(|path| (path, Marks::SENSITIVE)).collect();
    if marks.is_empty() { value.clone() } else { value.with_marks_at(&marks) }
}
