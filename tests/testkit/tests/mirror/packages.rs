//! Two versions of a provider that only ever gets installed, as a mirror and as a registry offer them.
//!
//! The packages lie in `data`, with the sums over them signed by the key beside them. Both are the
//! same for every platform, so that what was signed once is right everywhere.

use crate::server::Server;

/// A version with all that there is to download.
pub(crate) struct Package {
    pub(crate) version: &'static str,
    pub(crate) archive: &'static [u8],
    pub(crate) sums: &'static str,
    pub(crate) signature: &'static [u8],
    /// The hash of its content.
    pub(crate) h1: &'static str,
}

macro_rules! package {
    ($version:literal, $h1:literal) => {
        Package {
            version: $version,
            archive: include_bytes!(concat!("data/terraform-provider-probe_", $version, ".zip")),
            sums: include_str!(concat!("data/SHA256SUMS_", $version)),
            signature: include_bytes!(concat!("data/SHA256SUMS_", $version, ".sig")),
            h1: $h1,
        }
    };
}

pub(crate) const PACKAGES: [Package; 2] = [
    package!("1.0.0", "h1:FjX9tZGyGkdAsKFj5acYrT0uGOycXkOQ/7xmInPGV6A="),
    package!("1.1.0", "h1:WqozgyVIk29TJ1ShO2bTo4UUYuM3PPrIN8bq1WsFehA="),
];

const SIGNING_KEY: &str = include_str!("data/signing_key.asc");
const SIGNING_KEY_ID: &str = "C855765EA2D82A71";

/// Platforms for which the sums have lines.
pub(crate) const PLATFORMS: [&str; 4] = ["darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64"];

/// Where the mirror is on the server.
const MIRROR: &str = "/mirror/registry.terraform.io/testing/probe";
/// Where the registry is on the server.
const REGISTRY: &str = "/v1/providers/testing/probe";

/// What is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Nothing.
    None,
    /// The mirror tells no hashes.
    NoHashes,
    /// The hash or sum that is told is that of something else.
    WrongHash,
    /// The package is not the one that was announced.
    ChangedArchive,
    /// The sums were changed after they had been signed.
    ChangedSums,
    /// The key is not the one that has signed.
    OtherKey,
    /// No platform is this one.
    NoPlatform,
    /// There is no such page.
    Gone,
}

fn archive_name(package: &Package, platform: &str) -> String {
    format!("terraform-provider-probe_{}_{platform}.zip", package.version)
}

fn archive(package: &Package, flaw: Flaw) -> Vec<u8> {
    // The other version is a sound package, but not the one that was announced.
    let other = PACKAGES.iter().find(|other| other.version != package.version).unwrap_or(package);
    if flaw == Flaw::ChangedArchive { other.archive.to_vec() } else { package.archive.to_vec() }
}

fn platforms(flaw: Flaw) -> &'static [&'static str] {
    if flaw == Flaw::NoPlatform { &["plan9_arm"] } else { &PLATFORMS }
}

/// Offers all packages by the protocol of network mirrors.
pub(crate) fn offer_mirror(server: &Server, flaw: Flaw) {
    server.clear();
    if flaw == Flaw::Gone {
        return;
    }
    server.put(&format!("{MIRROR}/index.json"), r#"{"versions": {"1.0.0": {}, "1.1.0": {}}}"#);
    for package in &PACKAGES {
        let hashes = match flaw {
            Flaw::NoHashes => String::new(),
            Flaw::WrongHash => {
                r#", "hashes": ["h1:1111111111111111111111111111111111111111111="]"#.to_owned()
            }
            _ => format!(r#", "hashes": ["{}"]"#, package.h1),
        };
        let archives: Vec<String> = platforms(flaw)
            .iter()
            .map(|platform| {
                format!(r#""{platform}": {{"url": "{}"{hashes}}}"#, archive_name(package, platform))
            })
            .collect();
        let page = format!(r#"{{"archives": {{{}}}}}"#, archives.join(", "));
        server.put(&format!("{MIRROR}/{}.json", package.version), page);
        for platform in platforms(flaw) {
            server.put(&format!("{MIRROR}/{}", archive_name(package, platform)), archive(package, flaw));
        }
    }
}

/// Offers all packages by the protocol of registries.
pub(crate) fn offer_registry(server: &Server, flaw: Flaw) {
    server.clear();
    if flaw == Flaw::Gone {
        return;
    }
    server.put("/.well-known/terraform.json", r#"{"providers.v1": "/v1/providers/"}"#);
    let platform_list: Vec<String> = platforms(flaw)
        .iter()
        .filter_map(|platform| platform.split_once('_'))
        .map(|(system, processor)| format!(r#"{{"os": "{system}", "arch": "{processor}"}}"#))
        .collect();
    let versions: Vec<String> = PACKAGES
        .iter()
        .map(|package| {
            format!(
                r#"{{"version": "{}", "protocols": ["5.0", "6.0"], "platforms": [{}]}}"#,
                package.version,
                platform_list.join(", ")
            )
        })
        .collect();
    server.put(&format!("{REGISTRY}/versions"), format!(r#"{{"versions": [{}]}}"#, versions.join(", ")));
    for package in &PACKAGES {
        let files = format!("/files/{}", package.version);
        let sums = match flaw {
            Flaw::ChangedSums => format!("{}\n", package.sums),
            _ => package.sums.to_owned(),
        };
        server.put(&format!("{files}/SHA256SUMS"), sums);
        server.put(&format!("{files}/SHA256SUMS.sig"), package.signature);
        for platform in platforms(flaw) {
            let name = archive_name(package, platform);
            server.put(&format!("{files}/{name}"), archive(package, flaw));
            let (system, processor) = platform.split_once('_').unwrap_or_default();
            let path = format!("{REGISTRY}/{}/download/{system}/{processor}", package.version);
            server.put(&path, download_page(package, platform, flaw));
        }
    }
}

/// Where to get a package, and what it has to be.
fn download_page(package: &Package, platform: &str, flaw: Flaw) -> String {
    let (system, processor) = platform.split_once('_').unwrap_or_default();
    let (version, name) = (package.version, archive_name(package, platform));
    let sum = match flaw {
        Flaw::WrongHash => "1".repeat(64),
        _ => package.sums.split(' ').next().unwrap_or_default().to_owned(),
    };
    let (id, key) = match flaw {
        Flaw::OtherKey => ("0123456789ABCDEF", include_str!("data/other_key.asc")),
        _ => (SIGNING_KEY_ID, SIGNING_KEY),
    };
    let key = key.replace('\n', "\\n");
    let files = format!("/files/{version}");
    format!(
        r#"{{"protocols": ["5.0", "6.0"], "os": "{system}", "arch": "{processor}", "filename": "{name}",
            "download_url": "{files}/{name}", "shasums_url": "{files}/SHA256SUMS",
            "shasums_signature_url": "{files}/SHA256SUMS.sig", "shasum": "{sum}",
            "signing_keys": {{"gpg_public_keys": [{{"key_id": "{id}", "ascii_armor": "{key}",
                "trust_signature": "", "source": "Tests", "source_url": ""}}]}}}}"#
    )
}
