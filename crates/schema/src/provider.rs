//! Everything that one provider says about itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use plumb_address::Mode;
use plumb_value::Type;

use crate::{Schema, TextKind};

/// Schemas by type name, each decoded when it is first asked for: large providers have thousands
/// and a configuration uses a handful.
#[derive(Default)]
pub struct SchemaTable {
    entries: BTreeMap<Arc<str>, Entry>,
}

/// Makes a schema out of what is stored of it.
pub type Decode = dyn Fn() -> Option<Schema> + Send + Sync;

struct Entry {
    decode: Option<Box<Decode>>,
    schema: OnceLock<Option<Arc<Schema>>>,
}

impl SchemaTable {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// A table of schemas that are made on first use, as by [`SchemaTable::insert_lazy`].
    pub fn of_lazy(entries: Vec<(Arc<str>, Box<Decode>)>) -> Self {
        let entry = |decode| Entry { decode: Some(decode), schema: OnceLock::new() };
        SchemaTable { entries: entries.into_iter().map(|(name, decode)| (name, entry(decode))).collect() }
    }

    /// Adds a schema that is there already.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, schema: Schema) {
        let schema = OnceLock::from(Some(Arc::new(schema)));
        self.entries.insert(name.into(), Entry { decode: None, schema });
    }

    /// Adds a schema that is made on first use; a decoder that returns `None` makes the type one
    /// that the provider does not have.
    pub fn insert_lazy(
        &mut self,
        name: impl Into<Arc<str>>,
        decode: impl Fn() -> Option<Schema> + Send + Sync + 'static,
    ) {
        self.entries.insert(name.into(), Entry { decode: Some(Box::new(decode)), schema: OnceLock::new() });
    }

    /// The schema of a type.
    pub fn get(&self, name: &str) -> Option<Arc<Schema>> {
        let entry = self.entries.get(name)?;
        entry.schema.get_or_init(|| entry.decode.as_ref().and_then(|decode| decode()).map(Arc::new)).clone()
    }

    /// The schema of a type, not kept where it was not there yet: for looking at all of them once.
    pub fn peek(&self, name: &str) -> Option<Arc<Schema>> {
        let entry = self.entries.get(name)?;
        match entry.schema.get() {
            Some(schema) => schema.clone(),
            None => entry.decode.as_ref().and_then(|decode| decode()).map(Arc::new),
        }
    }

    /// Whether there is such a type, without decoding its schema.
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Every type name, sorted.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.entries.keys()
    }
}

impl fmt::Debug for SchemaTable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.entries.keys()).finish()
    }
}

/// What a provider process can do beyond the minimum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// It wants to be asked about plans to destroy.
    pub plan_destroy: bool,
    /// It works without having been asked for its schema first.
    pub schema_optional: bool,
    /// It can take over objects of other types.
    pub move_resource_state: bool,
}

/// Everything that one provider says about itself.
#[derive(Debug, Default)]
pub struct ProviderSchema {
    /// Of the provider's own configuration.
    pub provider: Arc<Schema>,
    /// Of `provider_meta` blocks, where the provider has such.
    pub provider_meta: Option<Arc<Schema>>,
    /// Of managed resources.
    pub resources: SchemaTable,
    /// Of data sources.
    pub data_sources: SchemaTable,
    /// Of ephemeral resources.
    pub ephemeral_resources: SchemaTable,
    /// Functions by name.
    pub functions: BTreeMap<Arc<str>, FunctionSignature>,
    /// What it can do.
    pub capabilities: Capabilities,
}

impl ProviderSchema {
    /// The table for a kind of block.
    pub fn table(&self, mode: Mode) -> &SchemaTable {
        match mode {
            Mode::Managed => &self.resources,
            Mode::Data => &self.data_sources,
            Mode::Ephemeral => &self.ephemeral_resources,
        }
    }
}

/// How a function of a provider is called.
#[derive(Clone, Debug)]
pub struct FunctionSignature {
    /// In order.
    pub parameters: Vec<FunctionParameter>,
    /// Takes any number of further arguments.
    pub variadic: Option<FunctionParameter>,
    /// What it returns.
    pub returns: Type,
    /// One line for people.
    pub summary: String,
    /// For people.
    pub description: String,
    /// How the description is written.
    pub description_kind: TextKind,
    /// What to say to those who use it, where it is deprecated.
    pub deprecation_message: String,
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub struct FunctionParameter {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Whether null may be passed.
    pub allow_null: bool,
    /// Whether values that are not wholly known may be passed.
    pub allow_unknown: bool,
    /// For people.
    pub description: String,
    /// How the description is written.
    pub description_kind: TextKind,
}
