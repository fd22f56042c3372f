//! A state for people.

use std::io::Write;

use plumb_address::{AbsResourceInstance, DeposedKey, Mode, ProviderAddress};
use plumb_diagnostics::TextStyle;
use plumb_state::{Object, State, Status};
use plumb_value::Marks;

use super::block::compare_block;
use super::comparison::{Pair, compare_any};
use super::render::{Drawing, Options};
use crate::schemas::{decode, require_schemas};
use crate::{FindSchema, ViewError};

/// Writes every object and output of a state, one at a time.
pub fn write_state(
    out: &mut dyn Write,
    state: &State,
    schemas: &FindSchema<'_>,
    style: &TextStyle,
) -> Result<(), ViewError> {
    if state.is_empty() {
        writeln!(out, "The state is empty: no objects are recorded.")?;
        return Ok(());
    }
    require_schemas(state, schemas)?;
    let mut separator = "";
    for (resource, recorded) in &state.resources {
        for (key, instance) in recorded.instances.iter() {
            let address = resource.instance(key.clone());
            let current = instance.current.iter().map(|object| (None, object));
            let deposed = instance.deposed.iter().map(|(key, object)| (Some(key), object));
            for (deposed, object) in current.chain(deposed) {
                out.write_all(separator.as_bytes())?;
                separator = "\n";
                write_object(out, &address, deposed, object, &recorded.provider.provider, schemas, style)?;
            }
        }
    }
    if !state.outputs.is_empty() {
        writeln!(out, "{separator}{}\n", style.bold("Outputs:"))?;
    }
    for (name, output) in &state.outputs {
        let marks = if output.sensitive { Marks::SENSITIVE } else { Marks::NONE };
        let value = output.value.clone().with_marks(marks);
        let mut text = format!("{name} = ");
        Drawing { out: &mut text }.difference(
            &compare_any(&Pair::same(&value)),
            0,
            Options::for_state(*style),
        );
        text.push('\n');
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// Writes one object of a state.
pub fn write_object(
    out: &mut dyn Write,
    address: &AbsResourceInstance,
    deposed: Option<&DeposedKey>,
    object: &Object,
    provider: &ProviderAddress,
    schemas: &FindSchema<'_>,
    style: &TextStyle,
) -> Result<(), ViewError> {
    let (value, schema) = decode(object, address, provider, schemas)?;
    let note = match deposed {
        Some(key) => format!(" (deposed object {key})"),
        None if object.status == Status::Tainted => " (tainted)".to_owned(),
        None => String::new(),
    };
    let word = match address.resource.mode {
        Mode::Managed => "resource",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    };
    let (kind, name) = (&address.resource.kind, &address.resource.name);
    let mut text = format!("# {address}:{note}\n{word} \"{kind}\" \"{name}\" ");
    let difference = compare_block(&Pair::same(&value), &schema.block);
    Drawing { out: &mut text }.difference(&difference, 0, Options::for_state(*style));
    text.push('\n');
    out.write_all(text.as_bytes())?;
    Ok(())
}
