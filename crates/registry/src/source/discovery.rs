//! What services a host offers, and where.
//!
//! Responsible for the discovery document, `/.well-known/terraform.json`, and for the `host` blocks
//! of the CLI configuration that replace it. Each host is asked once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::SourceError;
use crate::web::{Token, WebAddress, WebClient};
use crate::{CliConfiguration, Credentials};

/// The services of all hosts, as far as they were asked for.
pub struct Services {
    client: WebClient,
    credentials: Credentials,
    overrides: BTreeMap<String, BTreeMap<String, Value>>,
    /// A lock per host, so that hosts are asked in parallel but each only once.
    known: Mutex<BTreeMap<String, Arc<Mutex<Option<Answer>>>>>,
}

type Answer = Result<HostServices, SourceError>;

/// The services of one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostServices {
    address: WebAddress,
    services: BTreeMap<String, Value>,
}

impl HostServices {
    /// The address of a service such as `providers.v1`, ending in a slash.
    ///
    /// # Errors
    /// Why the host's word on it is no address; `None` where it has no such service.
    pub fn address(&self, service: &str) -> Result<Option<WebAddress>, String> {
        let Some(value) = self.services.get(service) else { return Ok(None) };
        let Some(text) = value.as_str() else { return Err("it is not given as a string".to_owned()) };
        match self.address.join(text) {
            Ok(address) => Ok(Some(address.as_directory())),
            Err(error) => Err(format!("{text:?} {error}")),
        }
    }

    /// What the host says about a service that is described by an object, such as `login.v1`.
    pub fn description(&self, service: &str) -> Option<&Value> {
        self.services.get(service)
    }

    /// Where the document came from, which addresses in it are relative to.
    pub fn document_address(&self) -> &WebAddress {
        &self.address
    }
}

impl Services {
    /// Services found through a client, with the tokens and replacements of a configuration.
    pub fn new(client: WebClient, credentials: Credentials, configuration: &CliConfiguration) -> Self {
        Services { client, credentials, overrides: configuration.hosts.clone(), known: Mutex::default() }
    }

    /// The token for a host.
    ///
    /// # Errors
    /// When a helper program fails.
    pub fn token_for(&self, host: &str) -> Result<Option<Token>, SourceError> {
        self.credentials
            .token_for(host)
            .map_err(|error| SourceError::Credentials { reason: error.to_string() })
    }

    /// The services of a host.
    ///
    /// # Errors
    /// When it cannot be reached or does not answer as it should.
    pub fn of_host(&self, host: &str) -> Result<HostServices, SourceError> {
        let slot = {
            let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            known.entry(host.to_owned()).or_default().clone()
        };
        let mut slot = slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        slot.get_or_insert_with(|| self.discover(host)).clone()
    }

    fn discover(&self, host: &str) -> Result<HostServices, SourceError> {
        let fail = |reason: String| SourceError::Unreachable { host: host.to_owned(), reason };
        let root = WebAddress::of_host(host).map_err(|error| fail(format!("its name {error}")))?;
        let address = root.join("/.well-known/terraform.json").map_err(|error| fail(error.to_string()))?;
        if let Some(services) = self.overrides.get(host) {
            return Ok(HostServices { address, services: services.clone() });
        }
        let token = self.token_for(host)?;
        let document = self
            .client
            .document(&address, token.as_ref())
            .map_err(|error| fail(format!("failed to request discovery document: {error}")))?;
        match document.status {
            200 => {}
            // A host without the document is a host without services.
            404 => return Ok(HostServices { address: document.address, services: BTreeMap::new() }),
            401 => {
                return Err(SourceError::Unauthorized { host: host.to_owned(), had_token: token.is_some() });
            }
            status => {
                return Err(fail(format!(
                    "failed to request discovery document: it answered with status {status}"
                )));
            }
        }
        let services: BTreeMap<String, Value> = serde_json::from_slice(&document.content)
            .map_err(|error| fail(format!("its discovery document is not a JSON object: {error}")))?;
        Ok(HostServices { address: document.address, services })
    }
}
