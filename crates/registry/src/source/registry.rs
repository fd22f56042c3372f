//! The registry of each provider's own host.
//!
//! Responsible for the provider registry protocol: the list of versions, and the description of one
//! package with its signed checksums. Tokens go to the registry's service only, never to where the
//! archives are.

use std::sync::Arc;

use plumb_address::ProviderAddress;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::network_mirror::unreachable;
use super::{
    Authentication, Available, Package, PackageLocation, Services, SignedChecksums, Source, SourceError,
    archive_name,
};
use crate::web::{WebAddress, WebClient};
use crate::{Platform, Version};

/// The service's name in discovery documents.
const SERVICE: &str = "providers.v1";

/// The major versions of the plugin protocol that can be spoken.
const PROTOCOLS: [&str; 2] = ["5", "6"];

/// The registries of all hosts.
pub struct RegistrySource {
    client: WebClient,
    services: Arc<Services>,
}

#[derive(Deserialize)]
struct VersionList {
    #[serde(default)]
    versions: Vec<ListedVersion>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ListedVersion {
    version: String,
}

#[derive(Deserialize)]
struct Download {
    #[serde(default)]
    protocols: Vec<String>,
    os: String,
    arch: String,
    #[serde(default)]
    filename: String,
    download_url: String,
    shasum: String,
    shasums_url: String,
    shasums_signature_url: String,
    #[serde(default)]
    signing_keys: SigningKeys,
}

#[derive(Default, Deserialize)]
struct SigningKeys {
    #[serde(default)]
    gpg_public_keys: Vec<PublicKey>,
}

#[derive(Deserialize)]
struct PublicKey {
    ascii_armor: String,
}

impl RegistrySource {
    /// Registries found through discovery.
    pub fn new(client: WebClient, services: Arc<Services>) -> Self {
        RegistrySource { client, services }
    }

    fn service(&self, provider: &ProviderAddress) -> Result<WebAddress, SourceError> {
        let host = provider.host.to_string();
        match self.services.of_host(&host)?.address(SERVICE) {
            Ok(Some(address)) => Ok(address),
            Ok(None) => Err(SourceError::NoRegistry { host }),
            Err(reason) => Err(SourceError::Unreachable {
                host,
                reason: format!("its discovery document has an unusable address for {SERVICE}: {reason}"),
            }),
        }
    }

    /// A document of the service; `None` where there is none.
    fn fetch<T: DeserializeOwned>(
        &self,
        provider: &ProviderAddress,
        path: &str,
    ) -> Result<Option<(T, WebAddress)>, SourceError> {
        let bad = |reason: String| SourceError::BadAnswer { provider: provider.clone(), reason };
        let service = self.service(provider)?;
        let path = format!("{}{}/{}/{path}", service.path(), provider.namespace, provider.kind);
        let address = service.join(&path).map_err(|error| bad(error.to_string()))?;
        let token = self.services.token_for(&provider.host)?;
        let document = self
            .client
            .document(&address, token.as_ref())
            .map_err(|error| unreachable(&provider.host, &error))?;
        match document.status {
            200 => {}
            404 => return Ok(None),
            401 | 403 => {
                let host = provider.host.to_string();
                return Err(SourceError::Unauthorized { host, had_token: token.is_some() });
            }
            status => return Err(bad(format!("{address} answered with status {status}"))),
        }
        let content = serde_json::from_slice(&document.content).map_err(|error| {
            bad(format!("the content of {address} is not as the registry protocol asks: {error}"))
        })?;
        Ok(Some((content, document.address)))
    }

    fn signed_checksums(
        &self,
        provider: &ProviderAddress,
        download: &Download,
        base: &WebAddress,
    ) -> Result<SignedChecksums, SourceError> {
        let bad = |reason: String| SourceError::BadAnswer { provider: provider.clone(), reason };
        let archive_digest = read_digest(&download.shasum)
            .ok_or_else(|| bad(format!("{:?} is not a SHA-256 checksum", download.shasum)))?;
        let get = |what: &str, reference: &str| {
            let address = base
                .join(reference)
                .map_err(|error| bad(format!("the address of {what}, {reference:?}, {error}")))?;
            let document = self.client.existing_document(&address, None);
            document
                .map(|document| document.content)
                .map_err(|error| bad(format!("failed to retrieve {what}: {error}")))
        };
        Ok(SignedChecksums {
            archive_digest,
            document: get("the checksums", &download.shasums_url)?,
            signature: get("the signature of the checksums", &download.shasums_signature_url)?,
            keys: download.signing_keys.gpg_public_keys.iter().map(|key| key.ascii_armor.clone()).collect(),
        })
    }
}

/// A SHA-256 in hexadecimal digits.
pub(crate) fn read_digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 {
        return None;
    }
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(digest)
}

fn speaks_known_protocol(protocols: &[String]) -> bool {
    // Registries that do not say leave it to be found out when the provider starts.
    protocols.is_empty()
        || protocols.iter().any(|protocol| PROTOCOLS.contains(&protocol.split('.').next().unwrap_or("")))
}

impl Source for RegistrySource {
    fn versions(&self, provider: &ProviderAddress) -> Result<Available, SourceError> {
        let Some((list, _)) = self.fetch::<VersionList>(provider, "versions")? else {
            return Err(SourceError::Unknown { host: provider.host.to_string(), provider: provider.clone() });
        };
        // A registry may list what we cannot read; it is no reason to refuse all the rest.
        let versions =
            list.versions.iter().filter_map(|listed| Version::parse_exact(&listed.version).ok()).collect();
        Ok(Available { versions, warnings: list.warnings.unwrap_or_default() })
    }

    fn package(
        &self,
        provider: &ProviderAddress,
        version: &Version,
        platform: &Platform,
    ) -> Result<Package, SourceError> {
        let bad = |reason: String| SourceError::BadAnswer { provider: provider.clone(), reason };
        let path = format!("{version}/download/{}/{}", platform.os, platform.arch);
        let Some((download, base)) = self.fetch::<Download>(provider, &path)? else {
            return Err(SourceError::PlatformNotSupported {
                provider: provider.clone(),
                version: version.clone(),
                platform: platform.clone(),
            });
        };
        if !speaks_known_protocol(&download.protocols) {
            return Err(SourceError::ProtocolNotSupported {
                provider: provider.clone(),
                version: version.clone(),
                protocols: download.protocols.join(" and "),
            });
        }
        if download.os != platform.os || download.arch != platform.arch {
            return Err(bad(format!(
                "the registry answered with a package for {}_{} where one for {platform} was asked for",
                download.os, download.arch
            )));
        }
        let location = base.join(&download.download_url).map_err(|error| {
            bad(format!("the registry's download address {:?} {error}", download.download_url))
        })?;
        let checksums = self.signed_checksums(provider, &download, &base)?;
        let file_name = if download.filename.is_empty() {
            archive_name(provider, version, platform)
        } else {
            download.filename
        };
        Ok(Package {
            provider: provider.clone(),
            version: version.clone(),
            platform: platform.clone(),
            file_name,
            location: PackageLocation::Remote(location),
            authentication: Authentication::Signed(Box::new(checksums)),
        })
    }

    fn label(&self, provider: &ProviderAddress) -> String {
        format!("provider registry {}", provider.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_digests_and_protocols() {
        assert_eq!(read_digest(&"0f".repeat(32)), Some([15; 32]));
        for text in ["", "0f", &"0g".repeat(32), &"é".repeat(32), &"+f".repeat(32)] {
            assert_eq!(read_digest(text), None, "{text}");
        }
        let speaks = |list: &[&str]| {
            speaks_known_protocol(&list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        assert!(speaks(&["5.0"]) && speaks(&["4.0", "6.1"]) && speaks(&[]));
        assert!(!speaks(&["4.0"]) && !speaks(&["50.0", "7"]));
    }
}
