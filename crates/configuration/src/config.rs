//! What a configuration is: the tree of modules as written.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, ConfigModule, ProviderAddress, ProviderConfigAddress, Resource};
use plumb_expression::{Expression, Reference};
use plumb_source::Span;
use plumb_value::{Path, Type, Value};

use crate::Body;
use crate::defaults::TypeDefaults;

/// A whole configuration: every module that the root leads to, once for each call that leads there.
#[derive(Debug, Default)]
pub struct Config {
    /// The root is the first; a module comes before the modules that it calls.
    pub modules: Vec<Module>,
    /// Position of each module by its path.
    pub by_path: HashMap<ConfigModule, ModuleId>,
}

/// Position of a module in [`Config::modules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(pub u32);

impl ModuleId {
    /// The root module.
    pub const ROOT: ModuleId = ModuleId(0);
}

impl Config {
    /// The module with this position.
    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.0 as usize]
    }

    /// The root module.
    pub fn root(&self) -> &Module {
        self.module(ModuleId::ROOT)
    }

    /// The module with this path.
    pub fn find(&self, path: &ConfigModule) -> Option<&Module> {
        self.by_path.get(path).map(|id| self.module(*id))
    }
}

/// A module as written, as one call of it sees it. What the calls of one directory have in common they
/// share.
#[derive(Clone, Debug)]
pub struct Module {
    /// Position in [`Config::modules`].
    pub id: ModuleId,
    /// Names of the calls that lead here.
    pub path: ConfigModule,
    /// The module that calls this one, and the call's name.
    pub parent: Option<(ModuleId, Arc<str>)>,
    /// Directory of its files, as `path.module` gives it.
    pub directory: PathBuf,
    /// Content of its `terraform` blocks.
    pub settings: Settings,
    /// Input variables.
    pub variables: Arc<BTreeMap<Arc<str>, Variable>>,
    /// Local values.
    pub locals: Arc<BTreeMap<Arc<str>, Local>>,
    /// Output values.
    pub outputs: Arc<BTreeMap<Arc<str>, Output>>,
    /// Resources of all modes.
    pub resources: BTreeMap<Resource, ResourceBlock>,
    /// Calls of other modules.
    pub calls: BTreeMap<Arc<str>, ModuleCall>,
    /// Provider configurations by local name and alias.
    pub providers: BTreeMap<(Arc<str>, Option<Arc<str>>), ProviderBlock>,
    /// `moved` blocks.
    pub moved: Vec<Moved>,
    /// `import` blocks.
    pub imports: Vec<Import>,
    /// `removed` blocks.
    pub removed: Vec<Removed>,
    /// `check` blocks.
    pub checks: Arc<BTreeMap<Arc<str>, Check>>,
    /// Instances of it that a test replaces, the first of two that mean the same before the second.
    pub replaced: Vec<ReplacedInstance>,
}

/// An instance of a module, or all instances in one of its caller's, in whose place a test says what the
/// outputs are.
#[derive(Clone, Debug)]
pub struct ReplacedInstance {
    /// The instance of the module that calls it.
    pub caller: plumb_address::ModuleInstance,
    /// Its own key; `None` means every one.
    pub key: Option<plumb_address::InstanceKey>,
    /// Values of the outputs: an object. What is not in it is null.
    pub outputs: Option<Value>,
}

impl ReplacedInstance {
    /// Whether an instance of its module is meant.
    pub fn means(&self, instance: &plumb_address::ModuleInstance) -> bool {
        let Some((own, caller)) = instance.0.split_last() else { return false };
        *caller == *self.caller.0 && self.key.as_ref().is_none_or(|key| *key == own.key)
    }
}

/// Content of `terraform` blocks.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Each `required_version`.
    pub required_versions: Vec<(Arc<str>, Span)>,
    /// `required_providers` by local name. Names that the module uses without declaring them are
    /// not here.
    pub required_providers: BTreeMap<Arc<str>, RequiredProvider>,
    /// Where the `required_providers` block stands.
    pub required_providers_block: Option<Span>,
    /// Where the state lives; in the root module only.
    pub backend: Option<Backend>,
    /// Whether there is a `cloud` block.
    pub cloud: Option<Span>,
    /// How states and plans are to be encrypted.
    pub encryption: Option<crate::Encryption>,
    /// `provider_meta` by local provider name.
    pub provider_meta: BTreeMap<Arc<str>, Body>,
}

/// An entry of `required_providers`.
#[derive(Clone, Debug)]
pub struct RequiredProvider {
    /// Where the provider comes from.
    pub address: ProviderAddress,
    /// Whether the source was written down rather than implied by the name.
    pub has_source: bool,
    /// Version constraints as written, each with its place.
    pub versions: Vec<(Arc<str>, Span)>,
    /// Configurations that the caller must hand in: local names with alias.
    pub configuration_aliases: Vec<(Arc<str>, Arc<str>)>,
    /// The entry.
    pub span: Span,
}

/// A `backend` block.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Which kind.
    pub kind: Arc<str>,
    /// Its arguments.
    pub body: Body,
    /// Type and label.
    pub span: Span,
}

/// An input variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Arc<str>,
    /// Values are converted to this; [`Type::Dynamic`] where anything will do.
    pub ty: Type,
    /// Whether a type was written down; without one, texts from outside stay texts.
    pub has_type: bool,
    /// Defaults of optional attributes in the type.
    pub type_defaults: Option<Arc<TypeDefaults>>,
    /// Its value where none is given, already converted; without one the variable must be set.
    pub default: Option<Value>,
    /// For people.
    pub description: Option<Arc<str>>,
    /// Whether its value must not be shown.
    pub sensitive: bool,
    /// Whether its value must not be stored.
    pub ephemeral: bool,
    /// Whether null is a value for it; otherwise null means the default.
    pub nullable: bool,
    /// What callers who set it are told.
    pub deprecated: Option<Arc<str>>,
    /// What must hold of its value.
    pub validations: Vec<CheckRule>,
    /// Type and label.
    pub span: Span,
}

/// A condition that must hold.
#[derive(Clone, Debug)]
pub struct CheckRule {
    /// What must be true.
    pub condition: Arc<Expression>,
    /// What to say where it is not.
    pub error_message: Arc<Expression>,
    /// The block's header.
    pub span: Span,
}

/// A local value.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: Arc<str>,
    /// Its value.
    pub value: Arc<Expression>,
    /// The whole line.
    pub span: Span,
}

/// An output value.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: Arc<str>,
    /// Its value.
    pub value: Arc<Expression>,
    /// For people.
    pub description: Option<Arc<str>>,
    /// Whether its value must not be shown.
    pub sensitive: bool,
    /// Whether its value must not be stored.
    pub ephemeral: bool,
    /// What must be done before it has its value.
    pub depends_on: Vec<Reference>,
    /// What callers who refer to it are told.
    pub deprecated: Option<Arc<str>>,
    /// What must hold.
    pub preconditions: Vec<CheckRule>,
    /// Type and label.
    pub span: Span,
}

/// How often an object is there.
#[derive(Clone, Debug)]
pub enum Repetition {
    /// Once.
    Single,
    /// As often as a number says.
    Count(Arc<Expression>),
    /// Once for each element of a map or set.
    ForEach(Arc<Expression>),
    /// Once or not at all, as `lifecycle.enabled` says.
    Enabled(Arc<Expression>),
}

impl Repetition {
    /// What decides about the instances, where anything does.
    pub fn expression(&self) -> Option<&Arc<Expression>> {
        match self {
            Repetition::Single => None,
            Repetition::Count(expression)
            | Repetition::ForEach(expression)
            | Repetition::Enabled(expression) => Some(expression),
        }
    }

    /// Whether instances have keys.
    pub fn has_keys(&self) -> bool {
        matches!(self, Repetition::Count(_) | Repetition::ForEach(_))
    }
}

/// A `resource`, `data` or `ephemeral` block.
#[derive(Clone, Debug)]
pub struct ResourceBlock {
    /// What it declares.
    pub resource: Resource,
    /// How often.
    pub repetition: Repetition,
    /// The provider configuration named by `provider = NAME.ALIAS`: local name, alias, place.
    pub provider: Option<(Arc<str>, Option<Arc<str>>, Span)>,
    /// The key in `provider = NAME.ALIAS[KEY]`.
    pub provider_key: Option<Arc<Expression>>,
    /// The provider configuration that this comes to after following the calls' `providers`, as a whole.
    pub provider_config: ProviderConfigAddress,
    /// What names the instance of that configuration, where it has several.
    pub provider_instance: Option<ProviderInstance>,
    /// What must be done before.
    pub depends_on: Vec<Reference>,
    /// What its changes have to respect.
    pub lifecycle: Lifecycle,
    /// Its own arguments.
    pub body: Arc<Body>,
    /// Provisioners in order, with the connection that holds for all of them.
    pub provisioners: Vec<Provisioner>,
    /// Connection settings of provisioners.
    pub connection: Option<Body>,
    /// Type and labels.
    pub header: Span,
    /// The whole block.
    pub span: Span,
}

/// What names the instance of a provider configuration that a resource belongs to.
#[derive(Clone, Debug)]
pub enum ProviderInstance {
    /// The resource, for each of its instances.
    OfResource(Arc<Expression>),
    /// A call, for each instance of the module that it leads to, which is this one.
    OfModule(ModuleId, Arc<Expression>),
}

/// A `provisioner` block.
#[derive(Clone, Debug)]
pub struct Provisioner {
    /// Which kind.
    pub kind: Arc<str>,
    /// Whether it runs before the destruction rather than after the creation.
    pub when_destroy: bool,
    /// Whether the run goes on when it fails.
    pub continue_on_failure: bool,
    /// Its arguments.
    pub body: Body,
    /// Its own connection settings.
    pub connection: Option<Body>,
    /// Type and label.
    pub span: Span,
}

impl Provisioner {
    /// Its connection settings: its own on top of those that hold for all provisioners of the block.
    pub fn connection_over(&self, shared: Option<&Body>) -> Option<Body> {
        let (shared, own) = match (shared, &self.connection) {
            (Some(shared), Some(own)) => (shared, own),
            (shared, own) => return shared.or(own.as_ref()).cloned(),
        };
        let mut merged = shared.clone();
        merged.attributes.extend(own.attributes.clone());
        merged.blocks.extend(own.blocks.clone());
        merged.span = own.span;
        Some(merged)
    }
}

/// A `lifecycle` block.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    /// Create a replacement before the old object is destroyed.
    pub create_before_destroy: Option<bool>,
    /// Whether plans that would destroy it are refused.
    pub prevent_destroy: Option<PreventDestroy>,
    /// Which changes of the configuration do not count.
    pub ignore_changes: IgnoreChanges,
    /// Replace it when one of these changes.
    pub replace_triggered_by: Vec<Arc<Expression>>,
    /// What must hold before it is planned or applied.
    pub preconditions: Vec<CheckRule>,
    /// What must hold after.
    pub postconditions: Vec<CheckRule>,
}

/// A `prevent_destroy` argument.
#[derive(Clone, Debug)]
pub struct PreventDestroy {
    /// What it is set to.
    pub value: Arc<Expression>,
    /// The whole argument.
    pub span: Span,
}

/// Which changes of the configuration do not count.
#[derive(Clone, Debug, Default)]
pub enum IgnoreChanges {
    /// All of them do.
    #[default]
    None,
    /// None of them does.
    All,
    /// All but those at these places.
    Paths(Vec<(Path, Span)>),
}

/// A `module` block.
#[derive(Clone, Debug)]
pub struct ModuleCall {
    /// Its name.
    pub name: Arc<str>,
    /// Where the module comes from, as written or as computed.
    pub source: Arc<str>,
    /// Where that stands.
    pub source_span: Span,
    /// Version constraint, for modules from a registry.
    pub version: Option<(Arc<str>, Span)>,
    /// What source and version are computed from, where they are not written out.
    pub computed: Option<Arc<ComputedSource>>,
    /// The module that it leads to; `None` where that could not be loaded, which is reported.
    pub module: Option<ModuleId>,
    /// How often.
    pub repetition: Repetition,
    /// Arguments: values of the module's variables.
    pub arguments: Arc<BTreeMap<Arc<str>, crate::BodyAttribute>>,
    /// Provider configurations handed in: name and alias inside, name and alias outside.
    pub providers: Vec<PassedProvider>,
    /// Whether there is a `providers` argument.
    pub has_providers: bool,
    /// What must be done before.
    pub depends_on: Vec<Reference>,
    /// Type and label.
    pub span: Span,
}

/// What the source and the version of a module are computed from, before anything else is evaluated.
#[derive(Clone, Debug)]
pub struct ComputedSource {
    /// The source.
    pub source: Option<Arc<Expression>>,
    /// The version constraint.
    pub version: Option<Arc<Expression>>,
}

/// An entry of a call's `providers`.
#[derive(Clone, Debug)]
pub struct PassedProvider {
    /// Local name and alias in the called module.
    pub inside: (Arc<str>, Option<Arc<str>>),
    /// Local name and alias in the calling module.
    pub outside: (Arc<str>, Option<Arc<str>>),
    /// Which instance of it, where it has several.
    pub key: Option<Arc<Expression>>,
    /// The entry.
    pub span: Span,
}

/// A `provider` block.
#[derive(Clone, Debug)]
pub struct ProviderBlock {
    /// Local name of the provider.
    pub name: Arc<str>,
    /// The alias, where it is not the default configuration.
    pub alias: Option<Arc<str>>,
    /// Absolute address of this configuration.
    pub address: ProviderConfigAddress,
    /// What its instances are made for, where it has several.
    pub for_each: Option<Arc<Expression>>,
    /// Its instances, where it has several: what `each.value` is, by key. They are known early.
    pub instances: Arc<BTreeMap<Arc<str>, Value>>,
    /// The deprecated `version` argument.
    pub version: Option<(Arc<str>, Span)>,
    /// Its arguments.
    pub body: Body,
    /// Values of names that its arguments know from its surroundings, such as `run` in a test file.
    pub locals: Vec<(Arc<str>, Value)>,
    /// Whether answers are made up in the provider's place, so that there is nothing to configure.
    pub is_mocked: bool,
    /// Type and label.
    pub span: Span,
}

impl ProviderBlock {
    /// Every instance, each with its key where there are several.
    pub fn addresses(&self) -> Vec<ProviderConfigAddress> {
        match &self.for_each {
            None => vec![self.address.clone()],
            Some(_) => self.instances.keys().map(|key| self.address.with_key(Some(key.clone()))).collect(),
        }
    }

    /// Whether there is an instance with a key; without one, whether it is a single one.
    pub fn has_instance(&self, key: Option<&Arc<str>>) -> bool {
        match (key, &self.for_each) {
            // Whatever is asked for is made up.
            _ if self.is_mocked => true,
            (Some(key), Some(_)) => self.instances.contains_key(key),
            (None, None) => true,
            _ => false,
        }
    }
}

/// A `moved` block. Addresses are within the module that it stands in.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Old address as written.
    pub from: MoveEndpoint,
    /// New address as written.
    pub to: MoveEndpoint,
    /// The block's header.
    pub span: Span,
}

/// One end of a move, relative to a module: steps of module calls, then perhaps a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveEndpoint {
    /// Module calls with the instance key where one is written.
    pub modules: Vec<(Arc<str>, Option<plumb_address::InstanceKey>)>,
    /// The resource with the instance key where one is written; without it a module is meant.
    pub resource: Option<(Resource, Option<plumb_address::InstanceKey>)>,
    /// Where it stands.
    pub span: Span,
}

/// An `import` block; only the root module has such.
#[derive(Clone, Debug)]
pub struct Import {
    /// Which instance the object becomes: the address as an expression whose index may refer to
    /// `each`.
    pub to: ImportTarget,
    /// What the object is known by.
    pub by: ImportBy,
    /// One import for each element.
    pub for_each: Option<Arc<Expression>>,
    /// `provider = NAME.ALIAS[KEY]`.
    pub provider: Option<ImportProvider>,
    /// The block's header.
    pub span: Span,
}

/// The provider configuration that an object is imported with.
#[derive(Clone, Debug)]
pub struct ImportProvider {
    /// The provider's local name.
    pub name: Arc<str>,
    /// Which of its configurations.
    pub alias: Option<Arc<str>>,
    /// Which instance of it.
    pub key: Option<Arc<Expression>>,
    /// Where it is written.
    pub span: Span,
}

/// What an object that is imported is known by.
#[derive(Clone, Debug)]
pub enum ImportBy {
    /// An identifier.
    Id(Arc<Expression>),
    /// An identity: an object.
    Identity(Arc<Expression>),
}

impl ImportBy {
    /// What says it.
    pub fn expression(&self) -> &Arc<Expression> {
        match self {
            ImportBy::Id(expression) | ImportBy::Identity(expression) => expression,
        }
    }
}

/// What an import leads to.
#[derive(Clone, Debug)]
pub enum ImportTarget {
    /// An address with literal keys.
    Static(AbsResourceInstance, Span),
    /// A resource with a key to be evaluated.
    Keyed(plumb_address::AbsResource, Arc<Expression>, Span),
}

impl ImportTarget {
    /// The resource that it is an instance of.
    pub fn resource(&self) -> plumb_address::AbsResource {
        match self {
            ImportTarget::Static(address, _) => address.resource(),
            ImportTarget::Keyed(resource, _, _) => resource.clone(),
        }
    }

    /// Where it is written.
    pub fn span(&self) -> Span {
        match self {
            ImportTarget::Static(_, span) | ImportTarget::Keyed(_, _, span) => *span,
        }
    }
}

/// A `removed` block.
#[derive(Clone, Debug)]
pub struct Removed {
    /// What was there before, relative to the module.
    pub from: MoveEndpoint,
    /// Whether the objects are destroyed or just forgotten.
    pub destroy: bool,
    /// What runs before objects are destroyed.
    pub provisioners: Vec<Provisioner>,
    /// Connection settings of provisioners.
    pub connection: Option<Body>,
    /// The block's header.
    pub span: Span,
}

/// A `check` block.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name.
    pub name: Arc<str>,
    /// A data source that only this block may refer to; it is among the module's resources too.
    pub data: Option<Resource>,
    /// What should hold.
    pub asserts: Vec<CheckRule>,
    /// Type and label.
    pub span: Span,
}
