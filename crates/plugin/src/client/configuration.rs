//! What a process is configured with, for those who look for one that already is.

use std::fmt;

use plumb_schema::ProviderSchema;
use plumb_value::Value;
use prost::Message as _;

use super::session::CAPABILITIES;
use crate::generated::provider as wire;
use crate::wire::encode_value;

/// What a process is configured with: the very message that it is sent. It holds secrets, so it is
/// nothing to store or show.
#[derive(Clone, PartialEq, Eq)]
pub struct Configuration {
    request: Vec<u8>,
    texts: Vec<String>,
}

impl Configuration {
    /// Nothing where not everything about it is known.
    pub(super) fn new(schema: &ProviderSchema, config: &Value, version: &str) -> Option<Configuration> {
        if !config.is_wholly_known() {
            return None;
        }
        let request = configure_request(schema, config, version).ok()?.encode_to_vec();
        let mut texts = Vec::new();
        config.walk(&mut |_, part| {
            texts.extend(part.as_str().map(str::to_owned));
            true
        });
        Some(Configuration { request, texts })
    }

    /// The message, in which equal configurations are equal and others are not.
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// Every text in it, some of which may name files.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }
}

impl fmt::Debug for Configuration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Configuration").finish_non_exhaustive()
    }
}

/// The message that configures a provider, or why the value does not fit the schema.
pub(super) fn configure_request(
    schema: &ProviderSchema,
    config: &Value,
    version: &str,
) -> Result<wire::ConfigureRequest, String> {
    let config = encode_value(config, &schema.provider.block.implied_type())?;
    let terraform_version = version.to_owned();
    Ok(wire::ConfigureRequest { terraform_version, config, client_capabilities: CAPABILITIES })
}

/// What a configured process is told by from others. It says nothing about what it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationKey(String);

impl ConfigurationKey {
    /// A key in the form that a [`crate::spare::SpareSource`] gives it.
    pub fn new(text: impl Into<String>) -> ConfigurationKey {
        ConfigurationKey(text.into())
    }

    /// The same form.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plumb_schema::{Attribute, Schema};
    use plumb_value::Type;

    use super::*;

    fn schema() -> ProviderSchema {
        let mut schema = Schema::default();
        for name in ["region", "token"] {
            schema.block.attributes.insert(name.into(), Attribute::new(Type::String));
        }
        ProviderSchema { provider: Arc::new(schema), ..ProviderSchema::default() }
    }

    #[test]
    fn it_is_the_message_and_is_not_shown() {
        let of = |token: Value, version: &str| {
            let config = Value::object([("region", Value::string("here")), ("token", token)]);
            Configuration::new(&schema(), &config, version)
        };
        let secret = of(Value::string("sesame"), "1").unwrap();
        assert_eq!(of(Value::string("sesame"), "1"), Some(secret.clone()));
        for other in [of(Value::string("sesame"), "2"), of(Value::null(Type::String), "1")] {
            assert_ne!(other.unwrap().request(), secret.request());
        }
        assert_eq!(secret.texts(), ["here", "sesame"]);
        assert!(!format!("{secret:?}").contains("sesame"));
        assert_eq!(of(Value::unknown(Type::String), "1"), None);
    }
}
