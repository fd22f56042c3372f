//! One host, and what is told of it.

use std::path::PathBuf;
use std::sync::Arc;

use super::destination::{Destination, Surroundings};
use super::error::SettingsError;
use super::tokens::{Place, Tokens, Unexpandable};
use super::told::Told;

/// A host on its way from what is told of it to what is made of that.
pub(super) struct Named {
    pub(super) destination: Destination,
    pub(super) told: Arc<Told>,
}

impl Named {
    pub(super) fn host(&self) -> &str {
        self.told.one("hostname").unwrap_or(&self.destination.host)
    }

    pub(super) fn user(&self) -> &str {
        self.told.one("user").unwrap_or_default()
    }

    pub(super) fn port(&self) -> Result<u16, SettingsError> {
        let value = self.told.one("port").unwrap_or("22");
        value.parse().map_err(|_| self.wrong("Port", value, "it is no port".to_owned()))
    }

    /// Whether one of these ways to be let in is among those that are wanted.
    pub(super) fn prefers(&self, methods: &[&str]) -> bool {
        let Some(preferred) = self.told.one("preferredauthentications") else { return true };
        preferred.split(',').any(|method| methods.contains(&method.trim()))
    }

    pub(super) fn wrong(&self, option: &'static str, value: &str, why: String) -> SettingsError {
        SettingsError::Value { host: self.destination.host.clone(), option, value: value.to_owned(), why }
    }

    pub(super) fn expanded(
        &self,
        surroundings: &Surroundings,
        option: &'static str,
        value: &str,
        place: Place,
    ) -> Result<String, SettingsError> {
        let tokens = self.tokens(surroundings)?;
        tokens.expand(value, place).map_err(|problem| self.unexpandable(option, value, &problem))
    }

    pub(super) fn path(
        &self,
        surroundings: &Surroundings,
        option: &'static str,
        value: &str,
    ) -> Result<PathBuf, SettingsError> {
        let tokens = self.tokens(surroundings)?;
        tokens.path(value).map_err(|problem| self.unexpandable(option, value, &problem))
    }

    fn tokens<'a>(&'a self, surroundings: &'a Surroundings) -> Result<Tokens<'a>, SettingsError> {
        let asked = self.told.one("host").unwrap_or(&self.destination.host);
        Ok(Tokens {
            surroundings,
            host: self.host(),
            asked,
            known_as: self.told.one("hostkeyalias").unwrap_or(asked),
            port: self.port()?,
            user: self.user(),
            jump: self.told.one("proxyjump").unwrap_or_default(),
        })
    }

    fn unexpandable(&self, option: &'static str, value: &str, problem: &Unexpandable) -> SettingsError {
        match problem {
            Unexpandable::Token(token) => SettingsError::Unsupported {
                host: self.destination.host.clone(),
                what: vec![format!("{token} in {option}, which is \"{value}\"")],
            },
            Unexpandable::Variable(name) => {
                self.wrong(option, value, format!("there is no environment variable {name}"))
            }
        }
    }
}
