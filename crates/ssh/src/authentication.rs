//! Proving to a host who the user is.

use std::collections::VecDeque;

use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::agent::AgentIdentity;
use russh::keys::{HashAlg, PrivateKeyWithHashAlg};
use russh::{MethodKind, MethodSet};

use crate::agent::Keys;
use crate::client::Client;
use crate::error::Error;
use crate::key::Identity;
use crate::secret::Secret;
use crate::settings::Host;
use crate::signing::Signing;

/// How often a host may ask something before it is not answered any more.
const QUESTIONS_MAX: usize = 16;

/// One way to prove it.
enum Way<'a> {
    Key(&'a Identity),
    AgentKey(Box<AgentIdentity>),
    Password(&'a Secret),
    /// Questions, all of which are answered with the password.
    Questions(&'a Secret),
}

impl Way<'_> {
    fn method(&self) -> MethodKind {
        match self {
            Way::Key(_) | Way::AgentKey(_) => MethodKind::PublicKey,
            Way::Password(_) => MethodKind::Password,
            Way::Questions(_) => MethodKind::KeyboardInteractive,
        }
    }

    fn describe(&self) -> String {
        match self {
            Way::Key(Identity { certificate: Some(_), .. }) => {
                "the private key with its certificate".to_owned()
            }
            Way::Key(_) => "the private key".to_owned(),
            Way::AgentKey(identity) => format!("the agent's key {}", fingerprint(identity)),
            Way::Password(_) => "the password".to_owned(),
            Way::Questions(_) => "the password as an answer to its questions".to_owned(),
        }
    }
}

fn fingerprint(identity: &AgentIdentity) -> String {
    identity.public_key().fingerprint(HashAlg::Sha256).to_string()
}

/// Proves to the host who the user is, with whatever there is that the host accepts.
pub(crate) async fn authenticate(
    handle: &mut Handle<Client>,
    host: &Host,
    mut keys: Option<Keys>,
) -> Result<(), Error> {
    let mut ways: VecDeque<Way<'_>> = VecDeque::new();
    ways.extend(host.identity.as_ref().map(Way::Key));
    ways.extend(host.password.as_ref().map(Way::Password));
    ways.extend(host.password.as_ref().map(Way::Questions));
    if let Some(keys) = &keys {
        ways.extend(keys.identities.iter().cloned().map(Box::new).map(Way::AgentKey));
    }
    let mut tried = Vec::new();
    let mut accepted = match handle.authenticate_none(&*host.user).await? {
        AuthResult::Success => return Ok(()),
        AuthResult::Failure { remaining_methods, .. } => remaining_methods,
    };
    while let Some(next) = ways.iter().position(|way| accepted.contains(&way.method())) {
        let Some(way) = ways.remove(next) else { break };
        tried.push(way.describe());
        let result = attempt(handle, &host.user, &way, keys.as_mut()).await?;
        match result {
            AuthResult::Success => return Ok(()),
            // One that is gone says nothing of what it would accept.
            AuthResult::Failure { .. } if handle.is_closed() => break,
            AuthResult::Failure { remaining_methods, .. } => accepted = remaining_methods,
        }
    }
    Err(not_let_in(host, &tried, &accepted, handle.is_closed()))
}

fn not_let_in(host: &Host, tried: &[String], accepted: &MethodSet, is_closed: bool) -> Error {
    let tried = if tried.is_empty() {
        "there is nothing to show that it accepts".to_owned()
    } else {
        format!("it refused {}", tried.join(", "))
    };
    let accepted: Vec<&str> = accepted.iter().map(Into::into).collect();
    let accepted = match (is_closed, accepted.is_empty()) {
        (true, _) => "it has ended the connection".to_owned(),
        (false, true) => "it accepts nothing else".to_owned(),
        (false, false) => format!("it accepts {}", accepted.join(", ")),
    };
    Error::NotLetIn { address: host.address(), user: host.user.clone(), why: format!("{tried}; {accepted}") }
}

async fn attempt(
    handle: &mut Handle<Client>,
    user: &str,
    way: &Way<'_>,
    keys: Option<&mut Keys>,
) -> Result<AuthResult, Error> {
    match (way, keys) {
        (Way::Key(Identity { key, certificate: Some(certificate) }), _) => {
            let hash = rsa_hash(handle, key.algorithm().is_rsa()).await?;
            let mut signing = Signing(key.clone());
            handle.authenticate_certificate_with(user, certificate.clone(), hash, &mut signing).await
        }
        (Way::Key(Identity { key, certificate: None }), _) => {
            let hash = rsa_hash(handle, key.algorithm().is_rsa()).await?;
            let key = PrivateKeyWithHashAlg::new(key.clone(), hash);
            Ok(handle.authenticate_publickey(user, key).await?)
        }
        (Way::AgentKey(identity), Some(keys)) => with_agent(handle, user, identity, keys).await,
        (Way::AgentKey(_), None) => Ok(refused()),
        (Way::Password(password), _) => Ok(handle.authenticate_password(user, password.reveal()).await?),
        (Way::Questions(password), _) => answer(handle, user, password).await,
    }
}

fn refused() -> AuthResult {
    AuthResult::Failure { remaining_methods: MethodSet::empty(), partial_success: false }
}

/// The best way to sign with an RSA key that the host knows.
async fn rsa_hash(handle: &Handle<Client>, is_rsa: bool) -> Result<Option<HashAlg>, Error> {
    if !is_rsa {
        return Ok(None);
    }
    // Who does not say what it knows is likely to know more than what has been broken.
    Ok(handle.best_supported_rsa_hash().await?.unwrap_or(Some(HashAlg::Sha256)))
}

async fn with_agent(
    handle: &mut Handle<Client>,
    user: &str,
    identity: &AgentIdentity,
    keys: &mut Keys,
) -> Result<AuthResult, Error> {
    let hash = rsa_hash(handle, identity.public_key().algorithm().is_rsa()).await?;
    let result = match identity {
        AgentIdentity::PublicKey { key, .. } => {
            handle.authenticate_publickey_with(user, key.clone(), hash, &mut keys.agent).await
        }
        AgentIdentity::Certificate { certificate, .. } => {
            handle.authenticate_certificate_with(user, certificate.clone(), hash, &mut keys.agent).await
        }
    };
    // An agent may decline to sign with one of its keys; others are still worth an attempt.
    Ok(result.unwrap_or_else(|_| AuthResult::Failure {
        remaining_methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        partial_success: false,
    }))
}

async fn answer(handle: &mut Handle<Client>, user: &str, password: &Secret) -> Result<AuthResult, Error> {
    let mut response = handle.authenticate_keyboard_interactive_start(user, None::<String>).await?;
    for _ in 0..QUESTIONS_MAX {
        let prompts = match response {
            KeyboardInteractiveAuthResponse::Success => return Ok(AuthResult::Success),
            KeyboardInteractiveAuthResponse::Failure { remaining_methods, partial_success } => {
                return Ok(AuthResult::Failure { remaining_methods, partial_success });
            }
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => prompts,
        };
        let answers = prompts.iter().map(|_| password.reveal().to_owned()).collect();
        response = handle.authenticate_keyboard_interactive_respond(answers).await?;
    }
    Ok(refused())
}
