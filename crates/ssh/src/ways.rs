//! Ways to prove who a user is, and which comes first.

use std::collections::VecDeque;

use russh::MethodKind;
use russh::keys::agent::AgentIdentity;
use russh::keys::{Certificate, HashAlg, PublicKey};

use crate::agent::Keys;
use crate::key::Identity;
use crate::secret::Secret;
use crate::settings::Host;

/// One way to prove it.
pub(crate) enum Way<'a> {
    Key(Box<Shown<'a>>),
    Password(&'a Secret),
    /// Questions, all of which are answered with the password.
    Questions(&'a Secret),
}

/// A key that is shown, and who signs with it.
pub(crate) struct Shown<'a> {
    pub(crate) public: PublicKey,
    pub(crate) certificate: Option<Certificate>,
    /// By which name an agent has it.
    pub(crate) in_agent: Option<AgentIdentity>,
    pub(crate) identity: Option<&'a Identity>,
}

impl Way<'_> {
    pub(crate) fn method(&self) -> MethodKind {
        match self {
            Way::Key(_) => MethodKind::PublicKey,
            Way::Password(_) => MethodKind::Password,
            Way::Questions(_) => MethodKind::KeyboardInteractive,
        }
    }

    pub(crate) fn is_key(&self) -> bool {
        matches!(self, Way::Key(_))
    }
}

impl Shown<'_> {
    pub(crate) fn describe(&self) -> String {
        let with = if self.certificate.is_some() { " with its certificate" } else { "" };
        let fingerprint = || self.public.fingerprint(HashAlg::Sha256);
        match (self.identity, &self.in_agent) {
            (Some(Identity { name: Some(name), .. }), _) => format!("the private key {name}{with}"),
            (Some(_), None) => format!("the private key{with}"),
            _ => format!("the agent's key {}{with}", fingerprint()),
        }
    }
}

/// All ways that there are for a host, in the order of OpenSSH: certificates, keys that are named and that an
/// agent has, what else it has, what is in files alone, passwords. A host takes only so many attempts, so
/// that a password, which somebody has given for it, comes before keys that nobody has named.
pub(crate) fn ways<'a>(host: &'a Host, keys: Option<&Keys>) -> VecDeque<Way<'a>> {
    let in_agent = keys.map(|keys| keys.identities.as_slice()).unwrap_or_default();
    let of_agent = |identity: &Identity| {
        let is_it = |held: &&AgentIdentity| held.public_key().key_data() == identity.public.key_data();
        let plain = |held: &&AgentIdentity| matches!(held, AgentIdentity::PublicKey { .. });
        // Its certificate may be in the agent as well; the key alone signs for all.
        in_agent.iter().filter(is_it).find(plain).cloned()
    };
    let shown = |identity: &'a Identity, certificate: Option<Certificate>| Shown {
        public: identity.public.clone(),
        certificate,
        in_agent: of_agent(identity),
        identity: Some(identity),
    };
    let certified = host.identities.iter().filter_map(|identity| {
        let certificate = identity.certificate.clone()?;
        Some(shown(identity, Some(certificate)))
    });
    let plain = host.identities.iter().map(|identity| shown(identity, None));
    let (named, in_files): (Vec<_>, Vec<_>) = plain.partition(|shown| shown.in_agent.is_some());
    let names = |held: &AgentIdentity| {
        let key = held.public_key();
        host.identities.iter().any(|identity| identity.public.key_data() == key.key_data())
    };
    let shows_others = host.agent.as_ref().is_some_and(|agent| !agent.named_only);
    let others = in_agent.iter().filter(|held| match held {
        AgentIdentity::PublicKey { .. } => shows_others && !names(held),
        AgentIdentity::Certificate { .. } => shows_others || names(held),
    });
    let others: Vec<Shown<'_>> = others.map(held).collect();
    // What only an agent could sign with, and no agent has, proves nothing.
    let in_files = in_files.into_iter().filter(|shown| shown.identity.is_some_and(Identity::is_here));
    let key = |shown| Way::Key(Box::new(shown));
    let mut ways: VecDeque<Way<'a>> = certified.chain(named).map(key).collect();
    match &host.password {
        None => ways.extend(others.into_iter().chain(in_files).map(key)),
        Some(password) => {
            ways.extend(in_files.map(key));
            ways.extend([Way::Password(password), Way::Questions(password)]);
            ways.extend(others.into_iter().map(key));
        }
    }
    ways
}

/// A key that an agent alone has.
fn held<'a>(held: &AgentIdentity) -> Shown<'a> {
    let certificate = match held {
        AgentIdentity::PublicKey { .. } => None,
        AgentIdentity::Certificate { certificate, .. } => Some(certificate.clone()),
    };
    let public = held.public_key().into_owned();
    Shown { public, certificate, in_agent: Some(held.clone()), identity: None }
}
