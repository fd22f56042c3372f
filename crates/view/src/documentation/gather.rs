//! What a module says of itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use plumb_address::{Mode, ProviderAddress};
use plumb_configuration::{Module, ModuleCall, ResourceBlock, Variable};
use plumb_source::{FileId, SourceMap, Span};
use plumb_syntax::ast;
use plumb_value::Value;

use super::comments::{above, heading};
use super::value::pretty;
use super::{Documentation, Input, ModuleUse, Output, ProviderUse, Requirement, ResourceUse};

/// Texts that a module is made of, and versions that were selected for it.
pub struct ModuleTexts<'a> {
    /// All files that were read.
    pub sources: &'a SourceMap,
    /// The file that is called `main.tf`; empty where there is none.
    pub main: &'a str,
    /// Selected versions.
    pub locked: &'a BTreeMap<ProviderAddress, String>,
}

/// A comment with this in it hides what it stands above.
const IGNORE: &str = "terraform-docs-ignore";
/// The version of documentation where none is given exactly.
const LATEST: &str = "latest";

/// Gathers what there is to say of a module.
pub fn gather(module: &Module, texts: &ModuleTexts<'_>) -> Documentation {
    let mut gathering = Gathering { module, texts, files: HashMap::new() };
    Documentation {
        header: heading(texts.main),
        requirements: gathering.requirements(),
        providers: gathering.providers(),
        modules: gathering.modules(),
        resources: gathering.resources(),
        inputs: gathering.inputs(),
        outputs: gathering.outputs(),
    }
}

struct Gathering<'a> {
    module: &'a Module,
    texts: &'a ModuleTexts<'a>,
    /// Files that have been parsed once more, for how types are written.
    files: HashMap<FileId, Option<ast::Body>>,
}

impl Gathering<'_> {
    /// What stands above a block; `None` where that hides it.
    fn comment(&self, block: Span) -> Option<String> {
        Some(above(self.texts.sources, block)).filter(|text| !text.contains(IGNORE))
    }

    /// A description, or what stands above the block instead.
    fn described(&self, description: Option<&Arc<str>>, block: Span) -> Option<String> {
        let comment = self.comment(block)?;
        let given = description.map(|text| text.replace("\r\n", "\n")).filter(|text| !text.is_empty());
        Some(given.unwrap_or(comment))
    }

    fn requirements(&self) -> Vec<Requirement> {
        let settings = &self.module.settings;
        let terraform = settings.required_versions.iter().map(|(version, _)| ("terraform", version));
        let providers = settings.required_providers.iter().flat_map(|(name, required)| {
            required.versions.iter().map(move |(version, _)| (&**name, version))
        });
        let all = terraform.chain(providers);
        all.map(|(name, version)| Requirement { name: name.to_owned(), version: version.to_string() })
            .collect()
    }

    /// Managed resources and data sources that are not hidden.
    fn blocks(&self) -> impl Iterator<Item = (&ResourceBlock, String)> {
        let blocks = self.module.resources.values();
        let blocks = blocks.filter(|block| matches!(block.resource.mode, Mode::Managed | Mode::Data));
        blocks.filter_map(|block| Some((block, self.comment(block.header)?)))
    }

    fn providers(&self) -> Vec<ProviderUse> {
        let uses = self.blocks().map(|(block, _)| {
            let (name, alias) = provider_of(block);
            ProviderUse { version: self.version_in_use(&name), name, alias }
        });
        uses.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn version_in_use(&self, name: &str) -> String {
        if let Some(locked) = self.texts.locked.get(&self.module.provider_address(name)) {
            return locked.clone();
        }
        self.constraints(name).join(" ")
    }

    fn constraints(&self, name: &str) -> Vec<&str> {
        let required = self.module.settings.required_providers.get(name);
        required
            .map(|required| required.versions.iter().map(|(version, _)| &**version).collect())
            .unwrap_or_default()
    }

    /// A piece of a file as it is written.
    fn written(&self, span: Span) -> String {
        let file = self.texts.sources.get(span.file);
        let text =
            file.and_then(|file| Some(file.text.get(span.start as usize..span.end as usize)?.to_owned()));
        text.unwrap_or_default()
    }

    fn modules(&self) -> Vec<ModuleUse> {
        let calls = self.module.calls.values();
        let calls = calls.filter_map(|call| {
            let description = self.comment(call.span)?;
            let (mut source, mut version) = source_and_version(call);
            // Nothing is evaluated here: what is computed stands as it is written.
            if let Some(computed) = &call.computed {
                source = computed.source.as_ref().map_or(source, |one| self.written(one.span()));
                version = computed.version.as_ref().map_or(version, |one| self.written(one.span()));
            }
            Some(ModuleUse { name: call.name.to_string(), source, version, description })
        });
        calls.collect()
    }

    fn resources(&self) -> Vec<ResourceUse> {
        let mut resources: Vec<ResourceUse> = self
            .blocks()
            .map(|(block, description)| {
                let (provider, _) = provider_of(block);
                let address = self.module.provider_address(&provider);
                ResourceUse {
                    is_data: block.resource.mode == Mode::Data,
                    kind: block.resource.kind.to_string(),
                    name: block.resource.name.to_string(),
                    version: documented_version(self.constraints(&provider).last().copied()),
                    provider,
                    source: format!("{}/{}", address.namespace, address.kind),
                    is_public: !address.is_builtin() && &*address.host == ProviderAddress::DEFAULT_HOST,
                    description,
                }
            })
            .collect();
        resources.sort_by(|one, other| {
            (one.is_data, &one.kind, &one.name).cmp(&(other.is_data, &other.kind, &other.name))
        });
        resources
    }

    fn inputs(&mut self) -> Vec<Input> {
        let variables = self.module.variables.clone();
        let inputs = variables.values().filter_map(|variable| {
            let description = self.described(variable.description.as_ref(), variable.span)?;
            Some(Input {
                name: variable.name.to_string(),
                kind: self.type_text(variable),
                description,
                default: variable.default.as_ref().map(|value| pretty(&value.unmark_deep())),
            })
        });
        inputs.collect()
    }

    fn outputs(&self) -> Vec<Output> {
        let outputs = self.module.outputs.values().filter_map(|output| {
            let description = self.described(output.description.as_ref(), output.span)?;
            Some(Output { name: output.name.to_string(), description })
        });
        outputs.collect()
    }

    /// A variable's type as it is written; where nothing is, what its default tells.
    fn type_text(&mut self, variable: &Variable) -> String {
        if !variable.has_type {
            return variable.default.as_ref().map_or("any", kind_of).to_owned();
        }
        let file = variable.span.file;
        let body = self.files.entry(file).or_insert_with(|| {
            let text = self.texts.sources.get(file)?.text.clone();
            Some(plumb_syntax::parse_file(&text, file).0)
        });
        let blocks = body.iter().flat_map(|body| body.blocks_of("variable"));
        let written = blocks
            .filter(|block| block.labels.first().is_some_and(|label| label.text == variable.name))
            .find_map(|block| block.body.attribute("type"));
        match written {
            Some(written) => {
                let text = self.texts.sources.text(written.value.span);
                // Types in quotes are a remnant of old versions.
                text.trim().trim_matches('"').replace("\r\n", "\n")
            }
            None => variable.ty.friendly_name_for_constraint(),
        }
    }
}

/// The provider that a block belongs to: its name in the module, and which of its configurations.
fn provider_of(block: &ResourceBlock) -> (String, String) {
    match &block.provider {
        Some((name, alias, _)) => (name.to_string(), alias.as_deref().unwrap_or_default().to_owned()),
        None => {
            let kind = &*block.resource.kind;
            (kind.split_once('_').map_or(kind, |(name, _)| name).to_owned(), String::new())
        }
    }
}

/// Modules from git have their version in their source.
fn source_and_version(call: &ModuleCall) -> (String, String) {
    match (&call.version, call.source.rsplit_once("?ref=")) {
        (Some((version, _)), _) => (call.source.to_string(), version.to_string()),
        (None, Some((source, version))) if !version.is_empty() => (source.to_owned(), version.to_owned()),
        (None, _) => (call.source.to_string(), String::new()),
    }
}

/// The version whose documentation is meant: one that is given exactly.
fn documented_version(constraint: Option<&str>) -> String {
    let exact = constraint.map(|constraint| constraint.trim().trim_start_matches('=').trim());
    let exact = exact
        .filter(|text| text.starts_with(|first: char| first.is_ascii_digit()) && !text.contains([',', ' ']));
    exact.unwrap_or(LATEST).to_owned()
}

fn kind_of(default: &Value) -> &'static str {
    use plumb_value::Kind;
    match default.kind() {
        Kind::String(_) => "string",
        Kind::Number(_) => "number",
        Kind::Bool(_) => "bool",
        Kind::List(..) | Kind::Set(..) | Kind::Tuple(..) => "list",
        Kind::Map(..) | Kind::Object(..) => "map",
        Kind::Null(_) | Kind::Unknown(..) => "any",
    }
}
