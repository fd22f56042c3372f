//! `plan -generate-config-out`: blocks for objects that `import` blocks take over and nobody has
//! described yet.
//!
//! The objects are looked at first, the file is written, and then the plan is made as if the author had
//! written it. So what is planned is what the file says, and an error in it has a place there.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, InstanceKey, Mode};
use plumb_configuration::{Config, Import, ImportProvider, ImportTarget};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_plan::Plan;
use plumb_planner::{Identifier, ImportRequest, NoObserver};
use plumb_schema::Schema;
use plumb_value::Value;
use plumb_view::text::{FoundObject, found_object_block, write_found_objects};

use super::operation::Prepared;
use crate::session::{Schemas, Session};

/// A file that is to be written.
pub(super) struct Generation {
    path: PathBuf,
}

/// Blocks that were written, by what they are for.
pub(super) type GeneratedBlocks = BTreeMap<AbsResourceInstance, Arc<str>>;

/// Says in a plan which blocks were written for it.
pub(super) fn note_blocks(plan: &mut Plan, blocks: &GeneratedBlocks) {
    for change in plan.changes.iter_mut().filter(|change| change.importing.is_some()) {
        change.generated_config = blocks.get(&change.address).cloned();
    }
}

/// An object that a block is wanted for.
struct Wanted {
    address: AbsResourceInstance,
    id: Identifier,
    provider: Option<String>,
}

impl Generation {
    /// Refuses a path that is taken, or where the plan would not find the file.
    pub(super) fn to(path: &str) -> Result<Self, Diagnostics> {
        let path = PathBuf::from(path);
        if std::fs::symlink_metadata(&path).is_ok() {
            return Err(Diagnostic::error(
                "Target generated file already exists",
                format!(
                    "Plumb writes generated configuration into a new file only, and {} is there already. Choose another \
                     name, or move what is in it into your own files and remove it.",
                    path.display()
                ),
            )
            .into());
        }
        let is_here =
            path.parent().is_none_or(|parent| parent.as_os_str().is_empty() || parent == Path::new("."));
        if !is_here || path.extension().is_none_or(|extension| extension != "tf") {
            return Err(Diagnostic::error(
                "Invalid file for generated configuration",
                format!(
                    "The plan is made with what is generated, so the file must be part of the configuration: a file in \
                     this directory whose name ends with .tf, such as generated.tf, rather than {}.",
                    path.display()
                ),
            )
            .into());
        }
        Ok(Generation { path })
    }

    /// Writes blocks for what is to be imported and has none, and reads the configuration anew. The blocks
    /// by what they are for; `None` where there was nothing to write.
    pub(super) async fn run(
        &self,
        session: &Session<'_>,
        prepared: &mut Prepared,
        parallelism: usize,
    ) -> Result<Option<GeneratedBlocks>, Diagnostics> {
        let wanted = wanted(&prepared.loaded.config, &prepared.opened.state);
        if wanted.is_empty() {
            return Ok(None);
        }
        let (text, blocks) = self.find(session, prepared, wanted, parallelism).await?;
        self.write(&text)?;
        prepared.loaded = session.load()?;
        prepared.providers = session.providers(&prepared.loaded.config, Some(&prepared.opened.state)).await?;
        prepared.take_snapshot(session)?;
        Ok(Some(blocks))
    }

    /// The text for objects as they are now, and the block for each.
    async fn find(
        &self,
        session: &Session<'_>,
        prepared: &Prepared,
        wanted: Vec<Wanted>,
        parallelism: usize,
    ) -> Result<(String, GeneratedBlocks), Diagnostics> {
        let loaded = session.load_with(&self.path, stubs(&wanted))?;
        let state = &prepared.opened.state;
        let providers = session.providers(&loaded.config, Some(state)).await?;
        let written: Vec<(AbsResourceInstance, Option<String>)> =
            wanted.iter().map(|wanted| (wanted.address.clone(), wanted.provider.clone())).collect();
        let found = plumb_planner::import(ImportRequest {
            config: loaded.config.clone(),
            index: loaded.index.clone(),
            environment: session.evaluation(false, &providers)?,
            variables: prepared.variables.clone(),
            state: state.clone(),
            providers: providers.providers.clone(),
            observer: Arc::new(NoObserver),
            parallelism,
            targets: wanted.into_iter().map(|wanted| (wanted.address, wanted.id)).collect(),
        })
        .await;
        let Some(state) = found.state else { return Err(found.diagnostics) };
        let schemas = Schemas::of(&providers).await?;
        let mut objects: Vec<(AbsResourceInstance, Option<String>, Arc<Schema>, Value)> = Vec::new();
        for (address, provider) in written {
            let resource = state.resources.get(&address.resource());
            let object = state.instance(&address).and_then(|instance| instance.current.clone());
            let (Some(resource), Some(object)) = (resource, object) else { continue };
            let kind = &address.resource.kind;
            let Some(schema) = schemas.find(&resource.provider.provider, Mode::Managed, kind) else {
                continue;
            };
            let value = object.decode(&schema.block.implied_type()).map_err(|error| {
                Diagnostic::error("Object cannot be read", format!("{address}: {error}."))
            })?;
            objects.push((address, provider, schema, value));
        }
        let blocks: Vec<FoundObject<'_>> = objects
            .iter()
            .map(|(address, provider, schema, value)| FoundObject {
                resource: &address.resource,
                id: &found.identifiers[address],
                provider: provider.as_deref(),
                schema: &schema.block,
                value,
            })
            .collect();
        let addresses = objects.iter().map(|(address, ..)| address.clone());
        let each = addresses.zip(blocks.iter().map(|block| found_object_block(block).into())).collect();
        Ok((write_found_objects(&blocks), each))
    }

    /// All of it or nothing, and never over something that came in between.
    fn write(&self, text: &str) -> Result<(), Diagnostics> {
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(".")?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist_noclobber(&self.path).map_err(|error| error.error).map(drop)
        };
        write().map_err(|error: std::io::Error| {
            let detail = format!(
                "The generated configuration cannot be written to {}: {}. Nothing has been changed.",
                self.path.display(),
                error.kind()
            );
            Diagnostic::error("Failed to write generated configuration", detail).into()
        })
    }

    /// What to do with the file.
    pub(super) fn next_step(&self) -> String {
        format!(
            "Plumb has generated configuration and written it to {}. Please review\nthe configuration and edit it as \
             necessary before adding it to version\ncontrol.",
            self.path.display()
        )
    }

    /// The same where the plan has failed.
    pub(super) fn note(&self) -> Diagnostic {
        Diagnostic::warning(
            "Configuration was generated",
            format!(
                "The objects that are to be imported were found, and blocks for them are in {}. Change there what the \
                 errors name, and plan again without -generate-config-out.",
                self.path.display()
            ),
        )
    }
}

/// What is to be imported into the root module and has no block. What cannot be generated is refused by
/// the plan like any import without a block.
fn wanted(config: &Config, state: &plumb_state::State) -> Vec<Wanted> {
    let root = config.root();
    let wanted = |import: &Import| {
        let ImportTarget::Static(address, _) = &import.to else { return None };
        let is_eligible = address.module.is_root()
            && address.key == InstanceKey::None
            && import.for_each.is_none()
            && !root.resources.contains_key(&address.resource)
            && state.instance(address).is_none();
        let provider = match &import.provider {
            Some(provider) => Some(reference_text(provider)?),
            None => None,
        };
        let id = Identifier::Written(import.by.clone());
        is_eligible.then(|| Wanted { address: address.clone(), id, provider })
    };
    root.imports.iter().filter_map(wanted).collect()
}

/// A provider configuration as blocks name it; `None` where its key is not written out.
fn reference_text(provider: &ImportProvider) -> Option<String> {
    let ImportProvider { name, alias, key, .. } = provider;
    let key = match key {
        Some(key) => InstanceKey::from_value(&key.constant()?)?,
        None => InstanceKey::None,
    };
    Some(match alias {
        Some(alias) => format!("{name}.{alias}{key}"),
        None => name.to_string(),
    })
}

/// Blocks with nothing in them: enough to ask which provider is in charge.
fn stubs(wanted: &[Wanted]) -> String {
    let mut text = String::new();
    for wanted in wanted {
        let resource = &wanted.address.resource;
        let provider =
            wanted.provider.as_ref().map(|name| format!("  provider = {name}\n")).unwrap_or_default();
        text.push_str(&format!("resource \"{}\" \"{}\" {{\n{provider}}}\n", resource.kind, resource.name));
    }
    text
}
