//! The protocol of module registries: which versions there are, and where one is.
//!
//! Responsible for asking each registry once about each module. Tokens go to the registry's service
//! only, never to where the packages are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::source::shown;
use super::{PackageSource, RegistryModule};
use crate::source::{Services, SourceError};
use crate::web::{Document, WebClient};
use crate::{Constraints, Version};

/// The service's name in discovery documents.
const SERVICE: &str = "modules.v1";

/// Registries of modules, found through discovery.
pub(super) struct ModuleRegistry {
    client: WebClient,
    services: Arc<Services>,
    /// A lock per module, so that registries are asked in parallel but about each only once.
    known: Mutex<BTreeMap<RegistryModule, Arc<Mutex<Option<Answer>>>>>,
}

type Answer = Result<Listed, RegistryError>;

/// The versions that a registry lists.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    pub(super) versions: Vec<Version>,
    /// What it lists as versions and is none.
    pub(super) unreadable: Vec<String>,
}

/// Why a registry has no module for us.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// It does not know the module.
    #[error("the registry {} has no module {module}", .module.host)]
    NotFound {
        /// Which module.
        module: RegistryModule,
    },
    /// It knows the module and no version of it.
    #[error("the registry {} has no version of {module} that could be chosen without naming it", .module.host)]
    NoVersions {
        /// Which module.
        module: RegistryModule,
    },
    /// It has no version that is allowed.
    #[error("no version of {module} matches {constraints:?}; the newest version is {newest}")]
    NoMatch {
        /// Which module.
        module: RegistryModule,
        /// What was asked for.
        constraints: String,
        /// What there is.
        newest: Version,
    },
    /// It cannot be asked, or refuses to answer.
    #[error("{0}")]
    Access(SourceError),
    /// The host has none.
    #[error("host {host} does not offer a module registry")]
    NoRegistry {
        /// The host.
        host: String,
    },
    /// It does not answer as the protocol asks.
    #[error("the registry {host} {reason}")]
    BadAnswer {
        /// The host.
        host: String,
        /// What is wrong, after the registry's name.
        reason: String,
    },
    /// It does not list any module where it should list the one.
    #[error("the registry {} answers with no module where the versions of {module} were asked for", .module.host)]
    EmptyAnswer {
        /// Which module.
        module: RegistryModule,
    },
    /// It says that the package is where none can be.
    #[error("the registry {host} says that the package is at {location:?}: {reason}")]
    BadLocation {
        /// The host.
        host: String,
        /// Where.
        location: String,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Deserialize)]
struct VersionsDocument {
    #[serde(default)]
    modules: Vec<ModuleEntry>,
}

#[derive(Deserialize)]
struct ModuleEntry {
    #[serde(default)]
    versions: Vec<VersionEntry>,
}

#[derive(Deserialize)]
struct VersionEntry {
    version: String,
}

#[derive(Deserialize)]
struct LocationDocument {
    location: String,
}

impl ModuleRegistry {
    pub(super) fn new(client: WebClient, services: Arc<Services>) -> Self {
        ModuleRegistry { client, services, known: Mutex::default() }
    }

    /// The versions of a module.
    pub(super) fn versions(&self, module: &RegistryModule) -> Answer {
        let slot = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(module.clone()).or_default().clone()
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert_with(|| self.ask_for_versions(module)).clone()
    }

    fn ask_for_versions(&self, module: &RegistryModule) -> Answer {
        let document = self.fetch(module, "versions")?;
        match document.status {
            200 => {}
            404 => return Err(RegistryError::NotFound { module: module.clone() }),
            _ => return Err(refused(module, &document, self.has_token(module))),
        }
        let answer: VersionsDocument = serde_json::from_slice(&document.content).map_err(|error| {
            let reason = format!("lists versions in a way that the registry protocol does not know: {error}");
            RegistryError::BadAnswer { host: module.host.clone(), reason }
        })?;
        let Some(entry) = answer.modules.into_iter().next() else {
            return Err(RegistryError::EmptyAnswer { module: module.clone() });
        };
        let mut listed = Listed::default();
        for VersionEntry { version } in entry.versions {
            match version.parse() {
                Ok(version) => listed.versions.push(version),
                Err(_) => listed.unreadable.push(version),
            }
        }
        Ok(listed)
    }

    /// Where the package of a version is.
    pub(super) fn location(
        &self,
        module: &RegistryModule,
        version: &Version,
    ) -> Result<PackageSource, RegistryError> {
        let document = self.fetch(module, &format!("{version}/download"))?;
        let host = module.host.clone();
        let header = document.header("x-terraform-get").filter(|location| !location.is_empty());
        let location = match (document.status, header) {
            (200 | 204, Some(location)) => location.to_owned(),
            (200, None) => match serde_json::from_slice::<LocationDocument>(&document.content) {
                Ok(LocationDocument { location }) if !location.is_empty() => location,
                _ => return Err(no_location(host, module, version)),
            },
            (204, None) => return Err(no_location(host, module, version)),
            (404, _) => {
                let reason = format!("lists version {version} of {module} and does not know where it is");
                return Err(RegistryError::BadAnswer { host, reason });
            }
            _ => return Err(refused(module, &document, self.has_token(module))),
        };
        PackageSource::parse_relative(&location, &document.address)
            .map_err(|reason| RegistryError::BadLocation { host, location: shown(&location), reason })
    }

    fn has_token(&self, module: &RegistryModule) -> bool {
        self.services.token_for(&module.host).is_ok_and(|token| token.is_some())
    }

    fn fetch(&self, module: &RegistryModule, path: &str) -> Result<Document, RegistryError> {
        let host = module.host.clone();
        let services = self.services.of_host(&host).map_err(RegistryError::Access)?;
        let service = match services.address(SERVICE) {
            Ok(Some(address)) => address,
            Ok(None) => return Err(RegistryError::NoRegistry { host }),
            Err(reason) => {
                let reason = format!("says that its modules are at an address that is none: {reason}");
                return Err(RegistryError::BadAnswer { host, reason });
            }
        };
        let RegistryModule { namespace, name, system, .. } = module;
        let path = format!("{}{namespace}/{name}/{system}/{path}", service.path());
        let token = self.services.token_for(&host).map_err(RegistryError::Access)?;
        let unreachable =
            |reason: String| RegistryError::Access(SourceError::Unreachable { host: host.clone(), reason });
        let address = service.join(&path).map_err(|error| unreachable(error.to_string()))?;
        self.client.document(&address, token.as_ref()).map_err(|error| unreachable(error.to_string()))
    }
}

fn refused(module: &RegistryModule, document: &Document, had_token: bool) -> RegistryError {
    let host = module.host.clone();
    match document.status {
        401 | 403 => RegistryError::Access(SourceError::Unauthorized { host, had_token }),
        status => {
            let reason = format!("answered with status {status} at {}", document.address.without_query());
            RegistryError::BadAnswer { host, reason }
        }
    }
}

fn no_location(host: String, module: &RegistryModule, version: &Version) -> RegistryError {
    let reason = format!("does not say where version {version} of {module} is");
    RegistryError::BadAnswer { host, reason }
}

/// The version to install: the newest that is allowed.
pub(super) fn choose(
    module: &RegistryModule,
    listed: &Listed,
    constraints: &Constraints,
) -> Result<Version, RegistryError> {
    // A pre-release must be named exactly, as for providers, and nothing else asked for.
    let is_candidate = |version: &&Version| !version.is_prerelease() || constraints.allows(version);
    let candidates: Vec<&Version> = listed.versions.iter().filter(is_candidate).collect();
    let Some(newest) = candidates.iter().max() else {
        return Err(RegistryError::NoVersions { module: module.clone() });
    };
    let allowed = candidates.iter().filter(|version| constraints.allows_by_term(version)).max();
    allowed.map(|version| (**version).clone()).ok_or_else(|| RegistryError::NoMatch {
        module: module.clone(),
        constraints: constraints.to_string(),
        newest: (**newest).clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::WebAddress;

    #[test]
    fn the_newest_allowed_version_is_chosen() {
        let (module, _) = RegistryModule::parse("a/b/aws").expect("is one");
        let listed = |versions: &[&str]| Listed {
            versions: versions.iter().map(|text| text.parse().expect("is a version")).collect(),
            unreadable: Vec::new(),
        };
        let all = listed(&["1.0.0", "1.1.0", "2.0.0-beta1", "2.0.0", "3.0.0-rc1"]);
        let chosen = |listed: &Listed, constraints: &str| {
            let constraints = Constraints::parse(constraints).expect("is a list");
            choose(&module, listed, &constraints).map(|version| version.to_string())
        };
        let newest = || "2.0.0".parse().expect("is a version");
        for (constraints, expected) in [
            ("", Some("2.0.0")),
            ("~> 1.0", Some("1.1.0")),
            ("2.0.0-beta1", Some("2.0.0-beta1")),
            (">= 2.0.0-beta1", Some("2.0.0")),
            (">= 1.0, 2.0.0-beta1", None),
            ("> 3.0", None),
        ] {
            let got = chosen(&all, constraints);
            match expected {
                Some(expected) => assert_eq!(got.as_deref(), Ok(expected), "{constraints}"),
                None => {
                    assert!(
                        matches!(&got, Err(RegistryError::NoMatch { newest: found, .. }) if *found == newest()),
                        "{constraints}: {got:?}"
                    );
                }
            }
        }
        for (versions, constraints) in
            [(&[][..], ""), (&["1.0.0-rc1"][..], ""), (&["1.0.0-rc1"][..], "> 0.1")]
        {
            let got = chosen(&listed(versions), constraints);
            assert!(matches!(got, Err(RegistryError::NoVersions { .. })), "{versions:?}: {got:?}");
        }
    }

    #[test]
    fn locations_may_be_relative() {
        let base = WebAddress::parse("https://h.example/v1/modules/a/b/aws/1.0.0/download").expect("is one");
        let read =
            |location: &str| PackageSource::parse_relative(location, &base).map(|source| source.to_full());
        for (location, expected) in [
            ("/a.tgz//x", "https://h.example/a.tgz//x"),
            ("./a?archive=zip", "https://h.example/v1/modules/a/b/aws/1.0.0/a?archive=zip"),
            ("../a.zip", "https://h.example/v1/modules/a/b/aws/a.zip"),
            ("git::https://g.example/a.git?ref=v1", "git::https://g.example/a.git?ref=v1"),
        ] {
            assert_eq!(read(location).as_deref(), Ok(expected), "{location}");
        }
        assert!(read("a/b/aws").is_err());
    }
}
