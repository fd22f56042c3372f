//! The schema file: what the provider has, and how each part of it behaves.
//!
//! Responsible for the file's format alone. Types are written as in JSON plans (`"string"`,
//! `["list", "number"]`), and type names begin with `probe`, which becomes the program's own name.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_plugin::Protocol;
use plumb_schema::{
    Attribute, Block, Capabilities, FunctionParameter, FunctionSignature, IdentityAttribute, IdentitySchema,
    NestedBlock, NestedType, Nesting, ProviderSchema, Schema, TextKind,
};
use plumb_value::{Refinement, Type, json};
use serde::{Deserialize, Deserializer};

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProviderDefinition {
    /// Versions of the protocol that are offered; all where it is empty.
    protocols: Vec<u64>,
    /// The provider's own configuration.
    pub(crate) provider: BlockDefinition,
    /// What modules may say about themselves.
    pub(crate) provider_meta: Option<BlockDefinition>,
    /// What the provider says that it can do.
    pub(crate) capabilities: CapabilitiesDefinition,
    /// Managed resources by type.
    pub(crate) resources: BTreeMap<Arc<str>, TypeDefinition>,
    /// Data sources by type.
    pub(crate) data_sources: BTreeMap<Arc<str>, TypeDefinition>,
    /// Ephemeral resources by type.
    pub(crate) ephemeral_resources: BTreeMap<Arc<str>, TypeDefinition>,
    /// Functions by name.
    pub(crate) functions: BTreeMap<Arc<str>, FunctionDefinition>,
}

/// See [`Capabilities`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CapabilitiesDefinition {
    plan_destroy: bool,
    schema_optional: bool,
    move_resource_state: bool,
}

impl Default for CapabilitiesDefinition {
    fn default() -> Self {
        CapabilitiesDefinition { plan_destroy: false, schema_optional: true, move_resource_state: true }
    }
}

/// A resource type, data source or ephemeral resource.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypeDefinition {
    /// Its content.
    #[serde(flatten)]
    pub(crate) block: BlockDefinition,
    /// Schema version.
    version: u64,
    /// Whether plans and results claim the tolerances of the older SDK.
    pub(crate) legacy_type_system: bool,
    /// How long each call takes, by the name of the call.
    pub(crate) delay_ms: BTreeMap<String, u64>,
    /// Faults that every object of the type commits.
    pub(crate) faults: String,
    /// Changes from one schema version to the next.
    pub(crate) upgrades: Vec<UpgradeDefinition>,
    /// What tells its objects from all others, if anything does.
    pub(crate) identity: Option<IdentityDefinition>,
    /// For data sources: the resource type whose object of the same id is read.
    pub(crate) from_object: Option<Arc<str>>,
    /// A program that makes the objects and ends them, see `maker`; nobody where it is empty.
    pub(crate) program: Vec<String>,
    /// For ephemeral resources: when to renew, counted from the opening or the last renewal.
    pub(crate) renew_after_ms: Option<i64>,
}

/// What tells objects of a type from all others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IdentityDefinition {
    /// Which version of it.
    pub(crate) version: u64,
    /// What identities are made of: attributes of the same name, which must have the object's identifier
    /// among them, and else what is always the same.
    pub(crate) attributes: BTreeMap<Arc<str>, IdentityAttributeDefinition>,
    /// Old names and what they became, whichever version they are of.
    pub(crate) rename: BTreeMap<String, String>,
}

/// A part of an identity.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IdentityAttributeDefinition {
    #[serde(rename = "type", deserialize_with = "some_type")]
    ty: Option<Type>,
    /// What it always is, where it is no attribute of the object.
    pub(crate) value: Option<serde_json::Value>,
    /// Whether who takes over an object may leave it out.
    optional: bool,
}

impl IdentityDefinition {
    /// The schema in the form of the contract.
    pub(crate) fn schema(&self) -> IdentitySchema {
        let attribute = |definition: &IdentityAttributeDefinition| IdentityAttribute {
            ty: definition.ty.clone().unwrap_or(Type::String),
            required_for_import: !definition.optional,
            optional_for_import: definition.optional,
            description: String::new(),
        };
        let attributes =
            self.attributes.iter().map(|(name, definition)| (name.clone(), attribute(definition)));
        IdentitySchema { version: self.version, attributes: attributes.collect() }
    }
}

/// What one schema version did to the objects of the one before.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UpgradeDefinition {
    /// The version upgraded from.
    pub(crate) from: u64,
    /// Old names and what they became.
    pub(crate) rename: BTreeMap<String, String>,
    /// Attributes that came new, with values.
    pub(crate) set: BTreeMap<String, serde_json::Value>,
}

/// Attributes and nested blocks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BlockDefinition {
    pub(crate) attributes: BTreeMap<Arc<str>, AttributeDefinition>,
    pub(crate) blocks: BTreeMap<Arc<str>, NestedBlockDefinition>,
    deprecated: bool,
}

/// A kind of nested block.
#[derive(Debug, Deserialize)]
pub(crate) struct NestedBlockDefinition {
    #[serde(deserialize_with = "nesting")]
    nesting: Nesting,
    #[serde(default)]
    min_items: u64,
    #[serde(default)]
    max_items: u64,
    #[serde(default)]
    pub(crate) requires_replace: bool,
    #[serde(flatten)]
    pub(crate) block: BlockDefinition,
}

/// Objects inside an attribute.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NestedAttributesDefinition {
    #[serde(deserialize_with = "nesting")]
    nesting: Nesting,
    pub(crate) attributes: BTreeMap<Arc<str>, AttributeDefinition>,
}

/// An attribute: what the schema says of it, and how it behaves.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AttributeDefinition {
    #[serde(rename = "type", deserialize_with = "some_type")]
    ty: Option<Type>,
    /// In what type it really comes back, which is not what the schema says.
    #[serde(deserialize_with = "some_type")]
    served_type: Option<Type>,
    /// Objects with attributes of their own, instead of a type.
    pub(crate) nested: Option<NestedAttributesDefinition>,
    required: bool,
    optional: bool,
    pub(crate) computed: bool,
    sensitive: bool,
    deprecated: bool,
    pub(crate) write_only: bool,
    description: String,
    /// A change needs a new object.
    pub(crate) requires_replace: bool,
    /// The planned value where the configuration has none.
    pub(crate) default: Option<serde_json::Value>,
    /// Where the value comes from where the configuration has none.
    pub(crate) generated: Option<Generated>,
    /// Whether the value is in the plan already, as soon as what it is made from is known.
    pub(crate) planned_early: bool,
    /// Whether every update may change it.
    pub(crate) unknown_on_update: bool,
    /// What the plan says about the value before it is known.
    pub(crate) refinement: Option<RefinementDefinition>,
}

/// How a computed value is made.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Generated {
    /// The object's identifier.
    Id,
    /// How often the object was applied.
    Counter,
    /// The value of another attribute of the same object.
    Copy(Arc<str>),
    /// The text of another attribute in capitals.
    Upper(Arc<str>),
    /// Always the same.
    Value(serde_json::Value),
}

/// See [`Refinement`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RefinementDefinition {
    not_null: bool,
    prefix: Option<String>,
    min: Option<i64>,
    max: Option<i64>,
    length_min: Option<u64>,
    length_max: Option<u64>,
}

impl RefinementDefinition {
    pub(crate) fn refinement(&self) -> Refinement {
        Refinement {
            not_null: self.not_null,
            string_prefix: self.prefix.as_deref().map(Into::into),
            number_min: self.min.map(|limit| (limit.into(), true)),
            number_max: self.max.map(|limit| (limit.into(), true)),
            length_min: self.length_min,
            length_max: self.length_max,
        }
    }
}

/// A function.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FunctionDefinition {
    #[serde(default)]
    parameters: Vec<ParameterDefinition>,
    #[serde(default)]
    variadic: Option<ParameterDefinition>,
    #[serde(deserialize_with = "one_type")]
    pub(crate) returns: Type,
    pub(crate) does: FunctionBody,
}

/// What a function does.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FunctionBody {
    /// Returns its first argument.
    Echo,
    /// Joins all texts with dashes.
    Join,
    /// Fails and blames the first argument.
    Fail,
}

/// A parameter of a function.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterDefinition {
    name: Arc<str>,
    #[serde(rename = "type", deserialize_with = "one_type")]
    ty: Type,
    #[serde(default)]
    allow_null: bool,
    #[serde(default)]
    allow_unknown: bool,
}

fn one_type<'de, D: Deserializer<'de>>(input: D) -> Result<Type, D::Error> {
    let notation = serde_json::Value::deserialize(input)?;
    json::decode_type(&notation.to_string()).map_err(serde::de::Error::custom)
}

fn some_type<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Type>, D::Error> {
    one_type(input).map(Some)
}

fn nesting<'de, D: Deserializer<'de>>(input: D) -> Result<Nesting, D::Error> {
    match &*String::deserialize(input)? {
        "single" => Ok(Nesting::Single),
        "group" => Ok(Nesting::Group),
        "list" => Ok(Nesting::List),
        "set" => Ok(Nesting::Set),
        "map" => Ok(Nesting::Map),
        other => Err(serde::de::Error::custom(format!("there is no nesting \"{other}\""))),
    }
}

/// Whether a schema is the one that is told to others, or the one that values are written by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// What others are told.
    Officially,
    /// What is done.
    Really,
}

impl ProviderDefinition {
    /// Reads a schema file for a provider of that name.
    pub(crate) fn read(text: &str, own_name: &str) -> Result<ProviderDefinition, serde_json::Error> {
        let mut definition: ProviderDefinition = serde_json::from_str(text)?;
        let tables =
            [&mut definition.resources, &mut definition.data_sources, &mut definition.ephemeral_resources];
        for table in tables {
            *table = std::mem::take(table)
                .into_iter()
                .map(|(name, definition)| (renamed(&name, own_name), definition))
                .collect();
        }
        Ok(definition)
    }

    /// Versions of the protocol that the schema can be told in.
    pub(crate) fn protocols(&self) -> Vec<Protocol> {
        match self.protocols.as_slice() {
            [] => Protocol::ALL.to_vec(),
            numbers => numbers.iter().filter_map(|number| Protocol::from_number(*number)).collect(),
        }
    }

    /// The schema in the form of the contract.
    pub(crate) fn schema(&self, told: Told) -> ProviderSchema {
        let plain = |block: &BlockDefinition| Arc::new(Schema { version: 0, block: block.schema(told) });
        let mut schema = ProviderSchema {
            provider: plain(&self.provider),
            provider_meta: self.provider_meta.as_ref().map(plain),
            capabilities: Capabilities {
                plan_destroy: self.capabilities.plan_destroy,
                schema_optional: self.capabilities.schema_optional,
                move_resource_state: self.capabilities.move_resource_state,
            },
            ..ProviderSchema::default()
        };
        for (name, definition) in &self.resources {
            schema.resources.insert(name.clone(), definition.schema(told));
        }
        for (name, definition) in &self.data_sources {
            schema.data_sources.insert(name.clone(), definition.schema(told));
        }
        for (name, definition) in &self.ephemeral_resources {
            schema.ephemeral_resources.insert(name.clone(), definition.schema(told));
        }
        for (name, definition) in &self.functions {
            schema.functions.insert(name.clone(), definition.signature());
        }
        schema
    }
}

fn renamed(name: &str, own_name: &str) -> Arc<str> {
    name.strip_prefix("probe").map_or_else(|| name.into(), |rest| format!("{own_name}{rest}").into())
}

impl TypeDefinition {
    /// The schema in the form of the contract.
    pub(crate) fn schema(&self, told: Told) -> Schema {
        Schema { version: self.version, block: self.block.schema(told) }
    }
}

impl BlockDefinition {
    /// The schema in the form of the contract.
    pub(crate) fn schema(&self, told: Told) -> Block {
        let blocks = self.blocks.iter().map(|(name, nested)| {
            let block = NestedBlock {
                block: nested.block.schema(told),
                nesting: nested.nesting,
                min_items: nested.min_items,
                max_items: nested.max_items,
            };
            (name.clone(), block)
        });
        Block {
            attributes: attributes(&self.attributes, told),
            blocks: blocks.collect(),
            deprecated: self.deprecated,
            ..Block::default()
        }
    }
}

fn attributes(
    definitions: &BTreeMap<Arc<str>, AttributeDefinition>,
    told: Told,
) -> BTreeMap<Arc<str>, Attribute> {
    definitions.iter().map(|(name, definition)| (name.clone(), definition.schema(told))).collect()
}

impl AttributeDefinition {
    fn schema(&self, told: Told) -> Attribute {
        let nested = self.nested.as_ref().map(|nested| NestedType {
            attributes: attributes(&nested.attributes, told),
            nesting: nested.nesting,
        });
        let served = self.served_type.as_ref().filter(|_| told == Told::Really);
        let ty = match (&nested, served) {
            (Some(nested), _) => nested.implied_type(),
            (None, Some(ty)) => ty.clone(),
            (None, None) => self.ty.clone().unwrap_or(Type::String),
        };
        Attribute {
            nested: nested.map(Box::new),
            description: self.description.clone(),
            required: self.required,
            optional: self.optional,
            computed: self.computed,
            sensitive: self.sensitive,
            deprecated: self.deprecated,
            write_only: self.write_only,
            ..Attribute::new(ty)
        }
    }

    /// The type in which its values are written.
    pub(crate) fn ty(&self) -> Type {
        self.schema(Told::Really).ty
    }
}

impl FunctionDefinition {
    fn signature(&self) -> FunctionSignature {
        let parameter = |definition: &ParameterDefinition| FunctionParameter {
            name: definition.name.clone(),
            ty: definition.ty.clone(),
            allow_null: definition.allow_null,
            allow_unknown: definition.allow_unknown,
            description: String::new(),
            description_kind: TextKind::Plain,
        };
        FunctionSignature {
            parameters: self.parameters.iter().map(parameter).collect(),
            variadic: self.variadic.as_ref().map(parameter),
            returns: self.returns.clone(),
            summary: String::new(),
            description: String::new(),
            description_kind: TextKind::Plain,
            deprecation_message: String::new(),
        }
    }
}
