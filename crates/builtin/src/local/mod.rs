//! The `local` provider: files on the machine that runs this.
//!
//! Responsible for what `hashicorp/local` does as of the version below.

mod data;
mod directory;
mod file;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::framework::{Field, Form, Kit, Object};
use crate::world::World;

/// The release whose schemas and behaviour these are.
pub(crate) const VERSION: &str = "2.5.3";

/// Everything that the provider can do.
pub(crate) fn kit(world: Arc<dyn World>) -> Kit {
    Kit::new(world)
        .acting_outside()
        .resource("local_file", file::LOCAL_FILE)
        .resource("local_sensitive_file", file::LOCAL_SENSITIVE_FILE)
        .data_source("local_file", data::FileData { sensitive: false })
        .data_source("local_sensitive_file", data::FileData { sensitive: true })
        .function("direxists", directory::DirectoryExists)
}

/// The attributes with checksums of a file's content.
fn checksum_fields() -> [Field; 7] {
    [
        Field::computed("id", Form::Text, "The SHA-1 checksum in hexadecimal digits."),
        Field::computed("content_md5", Form::Text, "The MD5 checksum in hexadecimal digits."),
        Field::computed("content_sha1", Form::Text, "The SHA-1 checksum in hexadecimal digits."),
        Field::computed("content_sha256", Form::Text, "The SHA-256 checksum in hexadecimal digits."),
        Field::computed("content_base64sha256", Form::Text, "The SHA-256 checksum in base64."),
        Field::computed("content_sha512", Form::Text, "The SHA-512 checksum in hexadecimal digits."),
        Field::computed("content_base64sha512", Form::Text, "The SHA-512 checksum in base64."),
    ]
}

fn set_checksums(object: &mut Object, content: &[u8]) {
    let (sha256, sha512) = (Sha256::digest(content), Sha512::digest(content));
    object.set_text("content_md5", hex(&Md5::digest(content)));
    object.set_text("content_sha256", hex(&sha256));
    object.set_text("content_base64sha256", STANDARD.encode(sha256));
    object.set_text("content_sha512", hex(&sha512));
    object.set_text("content_base64sha512", STANDARD.encode(sha512));
    let sha1 = identifier(content);
    object.set_text("content_sha1", sha1.as_str());
    object.set_text("id", sha1);
}

/// What a file with this content is known by.
fn identifier(content: &[u8]) -> String {
    hex(&Sha1::digest(content))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
