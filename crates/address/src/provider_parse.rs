//! Reads the addresses of providers and of their configurations.
//!
//! Responsible for the short and full forms of provider sources, the rules for their parts, and the
//! form in which state files name a provider's configuration.

use std::sync::Arc;

use crate::parse::module_prefix;
use crate::scan::Steps;
use crate::{AddressError, ConfigModule, InstanceKey, ProviderAddress, ProviderConfigAddress};

/// The namespace of providers in states from before providers had namespaces.
const LEGACY_NAMESPACE: &str = "-";

impl ProviderAddress {
    /// Reads a source as `required_providers` and lock files have it: `aws`, `hashicorp/aws` or
    /// `registry.terraform.io/hashicorp/aws`. Upper case letters become lower case.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let parts: Vec<&str> = text.split('/').collect();
        let (host, namespace, kind) = match *parts.as_slice() {
            [kind] => (None, None, kind),
            [namespace, kind] => (None, Some(namespace), kind),
            [host, namespace, kind] => (Some(host), Some(namespace), kind),
            _ => return Err(bad_format(text)),
        };
        if parts.iter().any(|part| part.is_empty()) {
            return Err(bad_format(text));
        }
        let position = text.len() - kind.len();
        let kind = provider_part(kind).map_err(|reason| {
            AddressError::new(
                position,
                format!("Invalid provider type \"{kind}\" in source \"{text}\": {reason}."),
            )
            .summary("Invalid provider type")
        })?;
        let host = match host {
            None => Arc::from(Self::DEFAULT_HOST),
            Some(host) => host_name(host).map_err(|reason| {
                AddressError::new(
                    0,
                    format!("Invalid provider source hostname \"{host}\" in source \"{text}\": {reason}."),
                )
                .summary("Invalid provider source hostname")
            })?,
        };
        let namespace = namespace_part(namespace, &host, text)?;
        let address = ProviderAddress { host, namespace, kind };
        address.check_prefix(text, position)?;
        Ok(address)
    }

    /// Whether it stands for a provider in a state from before providers had namespaces.
    pub fn is_legacy(&self) -> bool {
        &*self.namespace == LEGACY_NAMESPACE && &*self.host == Self::DEFAULT_HOST
    }

    /// A provider as named in a state from before providers had namespaces.
    pub fn legacy(kind: impl Into<Arc<str>>) -> Self {
        ProviderAddress::new(Self::DEFAULT_HOST, LEGACY_NAMESPACE, kind)
    }

    /// Names of repositories often begin with what names of providers must not.
    fn check_prefix(&self, source: &str, position: usize) -> Result<(), AddressError> {
        let Some(rest) = self.kind.strip_prefix("terraform-") else { return Ok(()) };
        let suggestion = rest.strip_prefix("provider-").filter(|name| provider_part(name).is_ok());
        let error = match suggestion {
            Some(name) => {
                let better = ProviderAddress::new(self.host.clone(), self.namespace.clone(), name);
                AddressError::new(position, format!(
                    "Provider source \"{source}\" has a type with the prefix \"terraform-provider-\", which isn't valid: it belongs to the names of repositories, not of providers."
                ))
                .hint(format!("Did you mean \"{}\"?", better.for_display()))
            }
            None => AddressError::new(position, format!(
                "Provider source \"{source}\" has a type with the prefix \"terraform-\", which isn't allowed because it would be redundant."
            ))
            .hint("If you are the author of this provider, rename it."),
        };
        Err(error.summary("Invalid provider type"))
    }
}

fn bad_format(text: &str) -> AddressError {
    let error = AddressError::new(
        0,
        "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\".",
    )
    .summary("Invalid provider source string");
    let without_scheme = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match without_scheme.and_then(|rest| ProviderAddress::parse(rest).ok()) {
        Some(address) => error.hint(format!("Did you mean \"{}\"?", address.for_display())),
        None => error,
    }
}

fn namespace_part(namespace: Option<&str>, host: &str, source: &str) -> Result<Arc<str>, AddressError> {
    let invalid = |message: String| {
        let position = namespace.and_then(|namespace| source.find(namespace)).unwrap_or(0);
        AddressError::new(position, message).summary("Invalid provider namespace")
    };
    match namespace {
        None => Ok("hashicorp".into()),
        Some(LEGACY_NAMESPACE) if host == ProviderAddress::DEFAULT_HOST => Ok(LEGACY_NAMESPACE.into()),
        Some(LEGACY_NAMESPACE) => Err(invalid(format!(
            "The legacy provider namespace \"-\" can be used only with hostname {}.",
            ProviderAddress::DEFAULT_HOST
        ))),
        Some(namespace) => provider_part(namespace).map_err(|reason| {
            invalid(format!("Invalid provider namespace \"{namespace}\" in source \"{source}\": {reason}."))
        }),
    }
}

/// A namespace or name in its normal form: it follows the rules for labels of host names.
fn provider_part(part: &str) -> Result<Arc<str>, &'static str> {
    if part.is_empty() {
        return Err("must have at least one character");
    }
    if part.contains('.') {
        return Err("dots are not allowed");
    }
    // This also keeps out the prefix of encoded names, xn--.
    if part.contains("--") {
        return Err("cannot use multiple consecutive dashes");
    }
    label(part)
        .ok_or("must contain only letters, digits, and dashes, and may not use leading or trailing dashes")
}

/// A label of a host name in lower case.
fn label(label: &str) -> Option<Arc<str>> {
    let is_fine = !label.is_empty()
        && label.chars().count() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|character| character == '-' || character.is_alphanumeric());
    is_fine.then(|| label.to_lowercase().into())
}

/// A host name in lower case, with its port where that is not the usual one.
fn host_name(host: &str) -> Result<Arc<str>, &'static str> {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let labels: Option<Vec<Arc<str>>> = name.split('.').map(label).collect();
    let labels = labels.ok_or("it must be a host name of letters, digits, dashes and dots")?;
    let name = labels.join(".");
    let Some(port) = port else { return Ok(name.into()) };
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("the port number contains non-digit characters");
    }
    match port.parse::<u16>() {
        Ok(443) => Ok(name.into()),
        Ok(port) => Ok(format!("{name}:{port}").into()),
        Err(_) => Err("port number is greater than 65535"),
    }
}

impl ProviderConfigAddress {
    /// Reads `module.a.provider["registry.terraform.io/hashicorp/aws"].west`, as state files have it, with the
    /// key of an instance behind the alias where the configuration has several.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let invalid = |error: AddressError| error.summary("Invalid provider configuration address");
        Self::parse_current(text).map_err(invalid)
    }

    /// Reads the form of [`ProviderConfigAddress::parse`], or the older one of
    /// `module.a.provider.aws.west` whose provider is one without a namespace.
    pub fn parse_any(text: &str) -> Result<Self, AddressError> {
        let error = match Self::parse(text) {
            Ok(address) => return Ok(address),
            Err(error) => error,
        };
        Self::parse_legacy(text).ok_or(error)
    }

    fn parse_current(text: &str) -> Result<Self, AddressError> {
        let mut steps = Steps::scan(text)?;
        let module = provider_module(&mut steps)?;
        let at = steps.position();
        let source = match steps.key() {
            InstanceKey::String(source) => source,
            InstanceKey::None | InstanceKey::Int(_) => {
                return Err(AddressError::new(
                    at,
                    "The prefix \"provider\" must be followed by a provider's source in brackets.",
                )
                .hint("It looks like provider[\"registry.terraform.io/hashicorp/aws\"]."));
            }
        };
        let provider = ProviderAddress::parse(&source).map_err(|error| error.shifted(at + 2))?;
        if !steps.is_at_end() && steps.peek_name().is_none() {
            return Err(AddressError::new(
                steps.position(),
                "A provider address must not include an instance key.",
            ));
        }
        let alias = steps.name();
        let at = steps.position();
        let key = match steps.key() {
            InstanceKey::None => None,
            InstanceKey::String(key) => Some(key),
            InstanceKey::Int(_) => {
                let message = "The key of an instance of a provider configuration is a text in quotes.";
                return Err(AddressError::new(at, message));
            }
        };
        if !steps.is_at_end() {
            let message = "Nothing can follow the alias and the key of a provider configuration.";
            return Err(AddressError::new(steps.position(), message));
        }
        Ok(ProviderConfigAddress::new(module, provider, alias).with_key(key))
    }

    fn parse_legacy(text: &str) -> Option<Self> {
        let mut steps = Steps::scan(text).ok()?;
        let module = provider_module(&mut steps).ok()?;
        let provider = ProviderAddress::legacy(steps.name()?);
        let alias = steps.name();
        steps.is_at_end().then_some(ProviderConfigAddress::new(module, provider, alias))
    }
}

fn provider_module(steps: &mut Steps) -> Result<ConfigModule, AddressError> {
    let module = module_prefix(steps)?;
    let has_keys = module.0.iter().any(|step| step.key != InstanceKey::None);
    if has_keys {
        let message =
            "A provider configuration must not appear in a module instance that uses count or for_each.";
        return Err(AddressError::new(0, message));
    }
    let at = steps.position();
    if !steps.keyword("provider") {
        return Err(AddressError::new(
            at,
            "Provider address must begin with \"provider\", followed by a provider's source.",
        ));
    }
    Ok(module.config())
}
