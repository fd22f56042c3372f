//! Servers with copies of providers of many registries.
//!
//! Responsible for the network mirror protocol: `HOST/NAMESPACE/TYPE/index.json` lists versions,
//! `VERSION.json` the archives of one.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::ProviderAddress;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{
    Authentication, Available, Package, PackageLocation, Services, Source, SourceError, archive_name,
};
use crate::web::{WebAddress, WebClient, WebError};
use crate::{PackageHash, Platform, Version};

/// A server with copies of providers.
pub struct NetworkMirror {
    base: WebAddress,
    client: WebClient,
    services: Arc<Services>,
}

#[derive(Deserialize)]
struct Index {
    versions: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
struct Release {
    archives: BTreeMap<String, Archive>,
}

#[derive(Deserialize)]
struct Archive {
    url: String,
    #[serde(default)]
    hashes: Vec<String>,
}

impl NetworkMirror {
    /// The mirror below an address.
    pub fn new(base: WebAddress, client: WebClient, services: Arc<Services>) -> Self {
        NetworkMirror { base: base.as_directory(), client, services }
    }

    /// A document of the mirror and where it came from; `None` where there is none.
    fn fetch<T: DeserializeOwned>(
        &self,
        provider: &ProviderAddress,
        name: &str,
    ) -> Result<Option<(T, WebAddress)>, SourceError> {
        let bad = |reason: String| SourceError::BadAnswer { provider: provider.clone(), reason };
        let path = format!("{}/{}/{}/{name}", provider.host, provider.namespace, provider.kind);
        let address =
            self.base.join(&format!("{}{path}", self.base.path())).map_err(|error| bad(error.to_string()))?;
        let host = self.base.host_and_port();
        let token = self.services.token_for(&host)?;
        let document =
            self.client.document(&address, token.as_ref()).map_err(|error| unreachable(&host, &error))?;
        match document.status {
            200 => {}
            404 => return Ok(None),
            401 | 403 => return Err(SourceError::Unauthorized { host, had_token: token.is_some() }),
            status => return Err(bad(format!("{address} answered with status {status}"))),
        }
        let content = serde_json::from_slice(&document.content).map_err(|error| {
            bad(format!("the content of {address} is not as the mirror protocol asks: {error}"))
        })?;
        Ok(Some((content, document.address)))
    }

    fn absent(&self, provider: &ProviderAddress) -> SourceError {
        SourceError::NotFound { provider: provider.clone(), places: vec![self.label(provider)] }
    }
}

pub(super) fn unreachable(host: &str, error: &WebError) -> SourceError {
    SourceError::Unreachable { host: host.to_owned(), reason: error.to_string() }
}

impl Source for NetworkMirror {
    fn versions(&self, provider: &ProviderAddress) -> Result<Available, SourceError> {
        let (index, _) = self.fetch::<Index>(provider, "index.json")?.ok_or_else(|| self.absent(provider))?;
        let mut versions = Vec::new();
        for text in index.versions.into_keys() {
            versions.push(Version::parse_exact(&text).map_err(|error| SourceError::BadAnswer {
                provider: provider.clone(),
                reason: format!("the mirror's index lists a {error}"),
            })?);
        }
        Ok(Available { versions, warnings: Vec::new() })
    }

    fn package(
        &self,
        provider: &ProviderAddress,
        version: &Version,
        platform: &Platform,
    ) -> Result<Package, SourceError> {
        let bad = |reason: String| SourceError::BadAnswer { provider: provider.clone(), reason };
        let (mut release, address) = self
            .fetch::<Release>(provider, &format!("{version}.json"))?
            .ok_or_else(|| self.absent(provider))?;
        let Some(archive) = release.archives.remove(&platform.to_string()) else {
            return Err(SourceError::PlatformNotSupported {
                provider: provider.clone(),
                version: version.clone(),
                platform: platform.clone(),
            });
        };
        let location = address
            .join(&archive.url)
            .map_err(|error| bad(format!("the mirror's archive address {:?} {error}", archive.url)))?;
        let mut hashes: Vec<PackageHash> = Vec::new();
        for text in &archive.hashes {
            hashes.push(
                text.parse()
                    .map_err(|error| bad(format!("the mirror's checksum {text:?} is invalid: {error}")))?,
            );
        }
        let authentication =
            if hashes.is_empty() { Authentication::None } else { Authentication::Checksums(hashes) };
        Ok(Package {
            provider: provider.clone(),
            version: version.clone(),
            platform: platform.clone(),
            file_name: archive_name(provider, version, platform),
            location: PackageLocation::Remote(location),
            authentication,
        })
    }

    fn label(&self, _: &ProviderAddress) -> String {
        self.base.to_string()
    }
}
