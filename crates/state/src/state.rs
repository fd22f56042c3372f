//! The state in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{
    AbsResource, AbsResourceInstance, ConfigResource, DeposedKey, InstanceKey, ProviderAddress,
    ProviderConfigAddress,
};
use plumb_value::{Marks, Path, Value};

/// Everything recorded about the world, as of one serial of one lineage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Version of the program that wrote it.
    pub terraform_version: String,
    /// Grows with every version written.
    pub serial: u64,
    /// Made up once for each history of states, so that two histories are not mixed up.
    pub lineage: String,
    /// Outputs of the root module.
    pub outputs: BTreeMap<Arc<str>, Output>,
    /// Resources by address, in the order of the file.
    pub resources: BTreeMap<AbsResource, ResourceState>,
    /// Results of checks as of the last run that made any.
    pub check_results: Vec<CheckResult>,
}

/// A recorded output.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Known, without marks.
    pub value: Value,
    /// Whether it must not be shown.
    pub sensitive: bool,
}

/// The recorded instances of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceState {
    /// The provider configuration that takes care of it, as a whole.
    pub provider: ProviderConfigAddress,
    /// By key, shared by copies of a state until one of them changes. An instance with neither current
    /// nor deposed objects is not recorded.
    pub instances: Arc<BTreeMap<InstanceKey, InstanceState>>,
}

/// The recorded objects of an instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InstanceState {
    /// What the instance stands for.
    pub current: Option<Arc<Object>>,
    /// What it stood for and what still must be destroyed.
    pub deposed: BTreeMap<DeposedKey, Arc<Object>>,
    /// Which instance of the provider configuration takes care of it, where that has several.
    pub provider_key: Option<Arc<str>>,
}

impl ResourceState {
    /// What takes care of one of the instances.
    pub fn provider_of(&self, instance: &InstanceState) -> ProviderConfigAddress {
        self.provider.with_key(instance.provider_key.clone())
    }

    /// Puts a provider configuration in charge. Where it cannot have several instances, none is meant
    /// any more.
    fn entrust(&mut self, provider: &ProviderConfigAddress) {
        let provider = provider.whole();
        if self.provider == provider {
            return;
        }
        let loses_keys = provider.alias.is_none()
            && self.instances.values().any(|instance| instance.provider_key.is_some());
        if loses_keys {
            self.instances_mut().values_mut().for_each(|instance| instance.provider_key = None);
        }
        self.provider = provider;
    }

    /// Whether both are copies of one, of which neither has been changed; of a constant cost.
    pub fn is_shared_with(&self, other: &ResourceState) -> bool {
        Arc::ptr_eq(&self.instances, &other.instances) && self.provider == other.provider
    }

    /// The instances, to be changed: from here on they are this copy's own.
    pub fn instances_mut(&mut self) -> &mut BTreeMap<InstanceKey, InstanceState> {
        Arc::make_mut(&mut self.instances)
    }
}

impl InstanceState {
    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.current.is_none() && self.deposed.is_empty()
    }
}

/// A recorded object. Its attributes stay JSON until a schema is at hand to decode them with.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Version of the schema that the attributes fit.
    pub schema_version: u64,
    /// The attributes: a JSON object without blanks, or `null`.
    pub attributes: Arc<str>,
    /// Whether the attributes are the flat map of texts that programs before 0.12 wrote, with keys
    /// such as `tags.%`; only the provider can say what it means, when it upgrades the object.
    pub flat: bool,
    /// Where marks were.
    pub sensitive: Vec<(Path, Marks)>,
    /// Whether it is as it should be.
    pub status: Status,
    /// What the provider stores beside it.
    pub private: Vec<u8>,
    /// Resources that this depended on when it was last applied, sorted.
    pub dependencies: Arc<[ConfigResource]>,
    /// Whether a replacement is to be created before this is destroyed.
    pub create_before_destroy: bool,
    /// Identity as the provider gave it, kept as it was read: JSON with its schema version.
    pub identity: Option<crate::RecordedIdentity>,
}

/// Whether an object is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is.
    Ready,
    /// Something failed while it was made: it is to be replaced.
    Tainted,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckStatus {
    /// Not evaluated or not decidable.
    Unknown,
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It could not be evaluated.
    Error,
}

/// Results of the checks of one object of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckResult {
    /// `resource`, `output`, `check` or `var`.
    pub object_kind: Arc<str>,
    /// Address in the configuration.
    pub config_address: Arc<str>,
    /// The worst of its objects.
    pub status: CheckStatus,
    /// Each instance: address, status and messages of failures.
    pub objects: Vec<(Arc<str>, CheckStatus, Vec<String>)>,
}

impl State {
    /// What is recorded of an instance.
    pub fn instance(&self, address: &AbsResourceInstance) -> Option<&InstanceState> {
        self.resources.get(&address.resource())?.instances.get(&address.key)
    }

    /// Changes what is recorded of an instance, making it where there is nothing and forgetting it
    /// where nothing is left.
    pub fn update_instance(
        &mut self,
        address: &AbsResourceInstance,
        provider: &ProviderConfigAddress,
        change: impl FnOnce(&mut InstanceState),
    ) {
        let resource = self
            .resources
            .entry(address.resource())
            .or_insert_with(|| ResourceState { provider: provider.whole(), instances: Arc::default() });
        resource.entrust(provider);
        let instances = resource.instances_mut();
        let instance = instances.entry(address.key.clone()).or_default();
        instance.provider_key = provider.key.clone();
        // Whoever puts another record in its place means that one's provider, too.
        change(instance);
        if instance.is_empty() {
            instances.remove(&address.key);
        }
        if resource.instances.is_empty() {
            self.resources.remove(&address.resource());
        }
    }

    /// Whose objects are recorded; providers of several resources come several times.
    pub fn providers(&self) -> impl Iterator<Item = &ProviderAddress> {
        self.resources.values().map(|resource| &resource.provider.provider)
    }

    /// Whether nothing at all is recorded.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.outputs.is_empty()
    }
}

impl Object {
    /// The `id` attribute, by which people find the object; `None` where there is none, or where it
    /// must not be shown.
    pub fn identifier(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Identifier {
            id: Option<String>,
        }
        let hidden = self.sensitive.iter().any(|(path, _)| match path.0.as_slice() {
            [] => true,
            [plumb_value::PathStep::Attribute(name)] => &**name == "id",
            _ => false,
        });
        if hidden {
            return None;
        }
        serde_json::from_str::<Identifier>(&self.attributes).ok()?.id
    }
}
