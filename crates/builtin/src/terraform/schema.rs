//! Schemas of the `terraform` provider.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use plumb_schema::{Attribute, Block, Capabilities, ProviderSchema, Schema, SchemaTable, TextKind};
use plumb_value::{ObjectType, Type};

use super::{data, functions, remote_state};

/// What the provider says about itself.
pub(super) fn provider() -> &'static Arc<ProviderSchema> {
    static SCHEMA: LazyLock<Arc<ProviderSchema>> = LazyLock::new(|| {
        let mut resources = SchemaTable::new();
        resources.insert_lazy(data::KIND, || Some(schema(data_block())));
        let mut data_sources = SchemaTable::new();
        data_sources.insert_lazy(remote_state::KIND, || Some(schema(remote_state_block())));
        Arc::new(ProviderSchema {
            provider: Arc::new(Schema::default()),
            resources,
            data_sources,
            functions: functions::signatures(),
            capabilities: Capabilities { move_resource_state: true, ..Capabilities::default() },
            ..ProviderSchema::default()
        })
    });
    &SCHEMA
}

/// The type of a `terraform_data` object before its attributes have types of their own.
pub(super) fn data_type() -> &'static Arc<ObjectType> {
    static TYPE: LazyLock<Arc<ObjectType>> = LazyLock::new(|| data_block().object_type().clone());
    &TYPE
}

/// The same for `terraform_remote_state`.
pub(super) fn remote_state_type() -> &'static Arc<ObjectType> {
    static TYPE: LazyLock<Arc<ObjectType>> = LazyLock::new(|| remote_state_block().object_type().clone());
    &TYPE
}

fn schema(block: Block) -> Schema {
    Schema { version: 0, block }
}

fn block(attributes: impl IntoIterator<Item = (&'static str, Attribute)>) -> Block {
    let attributes: BTreeMap<Arc<str>, Attribute> =
        attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    Block { attributes, ..Block::default() }
}

fn data_block() -> Block {
    block([
        ("id", computed(Type::String)),
        ("input", optional(Type::Dynamic)),
        ("output", computed(Type::Dynamic)),
        ("triggers_replace", optional(Type::Dynamic)),
    ])
}

fn remote_state_block() -> Block {
    let required = Attribute { required: true, ..Attribute::new(Type::String) };
    block([
        ("backend", described("The kind of place where the state is, such as `s3`.", required)),
        (
            "config",
            described(
                "Where exactly: the arguments that a `backend` block of that kind would have.",
                optional(Type::Dynamic),
            ),
        ),
        (
            "defaults",
            described("Outputs to assume where the state does not have them.", optional(Type::Dynamic)),
        ),
        ("outputs", described("The outputs of the state's root module.", computed(Type::Dynamic))),
        ("workspace", described("The workspace, where the backend has several.", optional(Type::String))),
    ])
}

fn optional(ty: Type) -> Attribute {
    Attribute { optional: true, ..Attribute::new(ty) }
}

fn computed(ty: Type) -> Attribute {
    Attribute { computed: true, ..Attribute::new(ty) }
}

fn described(description: &str, attribute: Attribute) -> Attribute {
    Attribute { description: description.to_owned(), description_kind: TextKind::Markdown, ..attribute }
}
