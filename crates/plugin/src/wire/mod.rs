//! What goes over the wire, and what it means in the types of the contracts.
//!
//! Responsible for bytes: messages, schemas, values, paths, diagnostics. It starts no process and
//! opens no connection.

mod codec;
mod convert;
mod identity;
mod message;
mod schema_reader;
mod schema_writer;
mod value;

pub(crate) use codec::RawCodec;
pub(crate) use convert::{
    diagnostics_from_wire, diagnostics_to_wire, path_from_wire, path_text, path_to_wire,
};
pub(crate) use identity::{
    IdentitySchemas, identity_schema_to_wire, identity_schemas_from_wire, identity_to_wire, identity_value,
    raw_identity, recorded_identity,
};
pub(crate) use message::{Field, Fields, Writer};
pub(crate) use schema_reader::{Piece, decode_schema, is_table, schema_entry};
pub use schema_reader::{RawSchema, SchemaError};
pub(crate) use schema_writer::{function_to_wire, write_provider_schema};
pub(crate) use value::{decode_value, decode_value_like, encode_value};
