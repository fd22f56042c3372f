//! Schemas of the provider.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use plumb_schema::{Attribute, Block, NestedType, Nesting, ProviderSchema, Schema, SchemaTable, TextKind};
use plumb_value::{ObjectType, Type};

/// The resource type.
pub(crate) const DEPLOY: &str = "host_deploy";

/// The data source.
pub(crate) const FACTS: &str = "host_facts";

/// Attributes that the provider decides.
pub(crate) const COMPUTED: [&str; 4] = ["changes", "id", "operations", "pending"];

/// What the provider says about itself.
pub(crate) fn provider() -> &'static Arc<ProviderSchema> {
    static SCHEMA: LazyLock<Arc<ProviderSchema>> = LazyLock::new(|| {
        let mut resources = SchemaTable::new();
        resources.insert_lazy(DEPLOY, || Some(Schema { version: 0, block: deploy() }));
        let mut data_sources = SchemaTable::new();
        data_sources.insert_lazy(FACTS, || Some(Schema { version: 0, block: facts() }));
        let provider = Arc::new(Schema::default());
        Arc::new(ProviderSchema { provider, resources, data_sources, ..ProviderSchema::default() })
    });
    &SCHEMA
}

/// The type of a deploy.
pub(crate) fn deploy_type() -> &'static Arc<ObjectType> {
    static TYPE: LazyLock<Arc<ObjectType>> = LazyLock::new(|| deploy().object_type().clone());
    &TYPE
}

/// The type of a look at facts.
pub(crate) fn facts_type() -> &'static Arc<ObjectType> {
    static TYPE: LazyLock<Arc<ObjectType>> = LazyLock::new(|| facts().object_type().clone());
    &TYPE
}

type Attributes = Vec<(&'static str, Attribute)>;

fn deploy() -> Block {
    let mut attributes = reaching();
    attributes.extend([
        ("deploy", required(Type::String, "The file with the code, from the working directory.")),
        ("data", optional(Type::Dynamic, "What the code finds in `host.data`: an object.")),
        ("secrets", sensitive(Type::Dynamic, "The same, of which nothing is shown anywhere: an object.")),
        ("groups", optional(Type::list(Type::String), "What the code finds in `host.groups`.")),
        ("tags", optional(Type::list(Type::String), "Only operations with one of these tags are done.")),
        ("wait_seconds", optional(Type::Number, "How long the host is waited for when it is to be changed.")),
        ("undo", optional(Type::Bool, "Whether destroying this runs the function `undo(host)` of the code.")),
        ("id", computed(Type::String, "A word that nobody else has.")),
        (
            "operations",
            computed(texts(), "What the code declares, as far as it says without having asked the host."),
        ),
        ("pending", computed(texts(), "What would have to change on the host now.")),
        ("changes", computed(texts(), "What changed when arguments did.")),
    ]);
    block(attributes)
}

fn facts() -> Block {
    let mut attributes = reaching();
    attributes.extend([
        ("facts", optional(Type::list(Type::String), "Facts to ask for, as in `apt.installed`.")),
        ("wait_seconds", optional(Type::Number, "How long the host is waited for.")),
        ("machine", computed(Type::Dynamic, "What is always known of a host.")),
        ("values", computed(Type::Dynamic, "What was asked for, by its name.")),
    ]);
    block(attributes)
}

/// How a host is reached, and as whom things are done there.
fn reaching() -> Attributes {
    vec![
        (
            "name",
            optional(Type::String, "What the code finds in `host.name`; without it, where the host is."),
        ),
        ("host", optional(Type::String, "The name or address of a server of SSH.")),
        ("ssh", nested(Nesting::Single, ssh(), "How it is reached, where defaults do not do.")),
        ("local", optional(Type::Bool, "Whether the host is this machine.")),
        ("container", nested(Nesting::Single, container(), "A container that is the host.")),
        ("chroot", optional(Type::String, "A directory that is a system of its own, and the host.")),
        ("sudo", optional(Type::Bool, "Whether everything is done as root, by `sudo`.")),
        ("sudo_user", optional(Type::String, "As whom else, by `sudo`.")),
        ("sudo_password", sensitive(Type::String, "What `sudo` asks for.")),
        ("su_user", optional(Type::String, "As whom everything is done, by `su`.")),
        ("doas", optional(Type::Bool, "Whether everything is done as root, by `doas`.")),
        ("doas_user", optional(Type::String, "As whom else, by `doas`.")),
    ]
}

fn ssh() -> Attributes {
    vec![
        ("port", optional(Type::Number, "The port of the server.")),
        ("user", optional(Type::String, "Who logs in.")),
        ("password", sensitive(Type::String, "The password.")),
        ("private_key", sensitive(Type::String, "A private key.")),
        ("private_key_file", optional(Type::String, "A file with a private key.")),
        ("private_key_passphrase", sensitive(Type::String, "What decrypts it.")),
        ("known_hosts_file", optional(Type::String, "A file of known hosts.")),
        (
            "host_key_checking",
            optional(
                Type::String,
                "Which hosts are believed: those that are known (`strict`), new ones (`accept-new`), or all (`off`).",
            ),
        ),
        ("config_file", optional(Type::String, "A file in the form of `ssh_config`.")),
        ("connect_timeout_seconds", optional(Type::Number, "How long one attempt may take.")),
        (
            "jumps",
            nested(Nesting::List, jump(), "Hosts that the connection goes through, the nearest first."),
        ),
    ]
}

fn jump() -> Attributes {
    vec![
        ("host", required(Type::String, "Its name or address.")),
        ("port", optional(Type::Number, "The port of its server.")),
        ("user", optional(Type::String, "Who logs in there.")),
    ]
}

fn container() -> Attributes {
    vec![
        ("name", required(Type::String, "Its name or identifier.")),
        ("engine", optional(Type::String, "Who runs it: `docker` or `podman`.")),
    ]
}

fn texts() -> Type {
    Type::list(Type::String)
}

fn block(attributes: Attributes) -> Block {
    Block { attributes: by_name(attributes), ..Block::default() }
}

fn by_name(attributes: Attributes) -> BTreeMap<Arc<str>, Attribute> {
    attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect()
}

fn nested(nesting: Nesting, attributes: Attributes, description: &str) -> Attribute {
    let nested = NestedType { attributes: by_name(attributes), nesting };
    let ty = nested.implied_type();
    Attribute { nested: Some(Box::new(nested)), ..optional(ty, description) }
}

fn described(ty: Type, description: &str) -> Attribute {
    let description = description.to_owned();
    Attribute { description, description_kind: TextKind::Markdown, ..Attribute::new(ty) }
}

fn required(ty: Type, description: &str) -> Attribute {
    Attribute { required: true, ..described(ty, description) }
}

fn optional(ty: Type, description: &str) -> Attribute {
    Attribute { optional: true, ..described(ty, description) }
}

fn sensitive(ty: Type, description: &str) -> Attribute {
    Attribute { sensitive: true, ..optional(ty, description) }
}

fn computed(ty: Type, description: &str) -> Attribute {
    Attribute { computed: true, ..described(ty, description) }
}
