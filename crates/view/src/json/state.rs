//! States, in format 1.0.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, DeposedKey, ProviderAddress};
use plumb_state::{Object, Output, State, Status};
use plumb_value::json::write_type;

use super::change::write_identity;
use super::checks::write_checks;
use super::module_tree::ModuleTree;
use super::value::{write_known, write_sensitive};
use super::writer::{Members, member, write_each};
use crate::schemas::{decode, require_schemas};
use crate::{COMPATIBLE_VERSION, FindSchema, ViewError};

/// Writes the state as one JSON document, without a line break at its end. Sensitive values are
/// among the others, and it says which they are.
pub fn write_state(out: &mut dyn Write, state: &State, schemas: &FindSchema<'_>) -> Result<(), ViewError> {
    require_schemas(state, schemas)?;
    out.write_all(b"{\"format_version\":\"1.0\"")?;
    if state.is_empty() {
        out.write_all(b"}")?;
        return Ok(());
    }
    write!(out, ",\"terraform_version\":\"{COMPATIBLE_VERSION}\",\"values\":{{")?;
    if !state.outputs.is_empty() {
        out.write_all(b"\"outputs\":")?;
        write_outputs(out, &state.outputs)?;
        out.write_all(b",")?;
    }
    out.write_all(b"\"root_module\":")?;
    recorded_objects(state).write(out, &mut |entry, text| entry.write(text, schemas))?;
    out.write_all(b"}")?;
    if !state.check_results.is_empty() {
        out.write_all(b",\"checks\":")?;
        write_checks(out, &state.check_results)?;
    }
    out.write_all(b"}")?;
    Ok(())
}

fn write_outputs(out: &mut dyn Write, outputs: &BTreeMap<Arc<str>, Output>) -> io::Result<()> {
    write_each(out, *b"{}", outputs, |text, (name, output)| {
        member(text, name, |members| {
            members.plain("sensitive", output.sensitive);
            write_known(&output.value, members.key("value"));
            write_type(&output.value.ty(), members.key("type"));
        });
    })
}

/// One recorded object with what is known of it from around.
struct Entry<'s> {
    address: AbsResourceInstance,
    provider: &'s ProviderAddress,
    deposed: Option<&'s DeposedKey>,
    object: &'s Object,
}

/// Every object of a state, sorted into modules.
fn recorded_objects(state: &State) -> ModuleTree<Entry<'_>> {
    let mut tree = ModuleTree::default();
    for (resource, recorded) in &state.resources {
        for (key, instance) in recorded.instances.iter() {
            let current = instance.current.iter().map(|object| (None, object));
            let deposed = instance.deposed.iter().map(|(key, object)| (Some(key), object));
            for (deposed, object) in current.chain(deposed) {
                let address = resource.instance(key.clone());
                let provider = &recorded.provider.provider;
                tree.add(&resource.module, Entry { address, provider, deposed, object });
            }
        }
    }
    tree
}

impl Entry<'_> {
    fn write(&self, text: &mut Vec<u8>, schemas: &FindSchema<'_>) -> Result<(), ViewError> {
        let (value, _) = decode(self.object, &self.address, self.provider, schemas)?;
        let mut members = Members::new(text);
        members.string("address", &self.address.to_string());
        write_identity(&self.address, &mut members);
        members.string("provider_name", &self.provider.to_string());
        // Deposed objects have always been written without their version.
        members.plain("schema_version", if self.deposed.is_some() { 0 } else { self.object.schema_version });
        if !value.is_null() {
            write_known(&value, members.key("values"));
        }
        write_sensitive(&value, members.key("sensitive_values"));
        if let Some((version, identity)) = &self.object.identity {
            members.plain("identity_schema_version", version);
            members.plain("identity", identity);
        }
        if !self.object.dependencies.is_empty() {
            let dependencies = self.object.dependencies.iter().map(ToString::to_string);
            members.strings("depends_on", dependencies);
        }
        if self.object.status == Status::Tainted {
            members.plain("tainted", true);
        }
        if let Some(key) = self.deposed {
            members.string("deposed_key", &key.0);
        }
        members.end();
        Ok(())
    }
}
