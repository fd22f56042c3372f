//! Fixtures shared by this crate's tests. It is compiled for tests only.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use zip::write::SimpleFileOptions;

/// A file in an archive.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) mode: u32,
    pub(crate) content: &'a [u8],
}

impl<'a> Entry<'a> {
    pub(crate) fn file(name: &'a str, content: &'a [u8]) -> Self {
        Entry { name, mode: 0o644, content }
    }

    pub(crate) fn executable(name: &'a str, content: &'a [u8]) -> Self {
        Entry { name, mode: 0o755, content }
    }
}

pub(crate) fn write_zip(path: &Path, entries: &[Entry<'_>]) {
    std::fs::write(path, zip_bytes(entries)).expect("writes");
}

pub(crate) fn zip_bytes(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for entry in entries {
        let options = SimpleFileOptions::default().unix_permissions(entry.mode);
        if entry.mode & 0o170_000 == 0o120_000 {
            let target = std::str::from_utf8(entry.content).expect("is text");
            writer.add_symlink(entry.name, target, options).expect("adds a link");
            continue;
        }
        writer.start_file(entry.name, options).expect("starts a file");
        writer.write_all(entry.content).expect("writes");
    }
    writer.finish().expect("finishes").into_inner()
}

/// An entry of a `tar` archive: its name, and what it holds or leads to.
#[derive(Clone, Copy)]
pub(crate) enum TarEntry<'a> {
    File(&'a str, &'a str),
    Directory(&'a str),
    Symlink(&'a str, &'a str),
    HardLink(&'a str, &'a str),
}

/// A `tar` archive, whatever the names in it say.
pub(crate) fn tar_bytes(entries: &[TarEntry<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for entry in entries {
        let (name, kind, content, target) = match *entry {
            TarEntry::File(name, content) => (name, tar::EntryType::Regular, content, None),
            TarEntry::Directory(name) => (name, tar::EntryType::Directory, "", None),
            TarEntry::Symlink(name, target) => (name, tar::EntryType::Symlink, "", Some(target)),
            TarEntry::HardLink(name, target) => (name, tar::EntryType::Link, "", Some(target)),
        };
        if name.len() > 100 {
            let mut long = header(tar::EntryType::GNULongName, name.len() + 1);
            long.set_cksum();
            builder.append(&long, format!("{name}\0").as_bytes()).expect("appends");
        }
        let mut header = header(kind, content.len());
        // The library would refuse names that lead outside.
        let room = &mut header.as_old_mut().name;
        let length = name.len().min(room.len());
        room[..length].copy_from_slice(&name.as_bytes()[..length]);
        if let Some(target) = target {
            header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        }
        header.set_cksum();
        builder.append(&header, content.as_bytes()).expect("appends");
    }
    builder.into_inner().expect("finishes")
}

fn header(kind: tar::EntryType, size: usize) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size as u64);
    header
}

/// The same, packed with `gzip`.
pub(crate) fn tar_gz_bytes(entries: &[TarEntry<'_>]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&tar_bytes(entries)).expect("packs");
    encoder.finish().expect("packs")
}

/// A package with one executable.
pub(crate) fn package_zip(kind: &str, version: &str, content: &[u8]) -> Vec<u8> {
    let name = format!("terraform-provider-{kind}_v{version}_x5");
    zip_bytes(&[Entry::executable(&name, content), Entry::file("sub/LICENSE.txt", b"lic")])
}

/// An unpacked package with one executable.
pub(crate) fn write_package(directory: &Path, kind: &str, version: &str, content: &[u8]) {
    std::fs::create_dir_all(directory).expect("makes a directory");
    let path = directory.join(format!("terraform-provider-{kind}_v{version}_x5"));
    let mut file = File::create(&path).expect("creates");
    file.write_all(content).expect("writes");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("sets the mode");
    }
}

/// A fresh OpenPGP key with a signing subkey.
pub(crate) struct SigningKey {
    secret: pgp::composed::SignedSecretKey,
}

impl SigningKey {
    pub(crate) fn generate() -> Self {
        use pgp::composed::{EncryptionCaps, KeyType, SecretKeyParamsBuilder, SubkeyParamsBuilder};
        let mut subkey = SubkeyParamsBuilder::default();
        subkey.key_type(KeyType::Ed25519Legacy).can_sign(true).can_encrypt(EncryptionCaps::None);
        let mut key = SecretKeyParamsBuilder::default();
        key.key_type(KeyType::Ed25519Legacy)
            .can_certify(true)
            .can_sign(true)
            .primary_user_id("Test <test@example.com>".to_owned())
            .subkeys(vec![subkey.build().expect("builds")]);
        let secret = key.build().expect("builds").generate(rand_legacy::thread_rng()).expect("generates");
        SigningKey { secret }
    }

    fn public(&self) -> pgp::composed::SignedPublicKey {
        self.secret.to_public_key()
    }

    pub(crate) fn public_armour(&self) -> String {
        self.public().to_armored_string(pgp::composed::ArmorOptions::default()).expect("prints")
    }

    /// A certificate of this key that claims a subkey of another.
    pub(crate) fn public_armour_with_subkey_of(&self, other: &SigningKey) -> String {
        let mut public = self.public();
        public.public_subkeys = other.public().public_subkeys;
        public.to_armored_string(pgp::composed::ArmorOptions::default()).expect("prints")
    }

    pub(crate) fn key_id(&self) -> String {
        use pgp::types::KeyDetails;
        self.public().legacy_key_id().to_string().to_uppercase()
    }

    pub(crate) fn sign(&self, document: &[u8]) -> Vec<u8> {
        detached(&self.secret.primary_key, document)
    }

    pub(crate) fn sign_with_subkey(&self, document: &[u8]) -> Vec<u8> {
        detached(&self.secret.secret_subkeys[0].key, document)
    }

    pub(crate) fn sign_in_armour(&self, document: &[u8]) -> Vec<u8> {
        use pgp::composed::{ArmorOptions, Deserializable, DetachedSignature};
        let signature = DetachedSignature::from_bytes(&self.sign(document)[..]).expect("reads");
        signature.to_armored_bytes(ArmorOptions::default()).expect("prints")
    }
}

fn detached(key: &impl pgp::types::SigningKey, document: &[u8]) -> Vec<u8> {
    use pgp::composed::DetachedSignature;
    use pgp::crypto::hash::HashAlgorithm;
    use pgp::ser::Serialize;
    use pgp::types::Password;
    let signature = DetachedSignature::sign_binary_data(
        rand_legacy::thread_rng(),
        key,
        &Password::empty(),
        HashAlgorithm::Sha256,
        document,
    );
    signature.expect("signs").to_bytes().expect("prints")
}
