//! Signatures that prove who a user is.

use std::sync::Arc;

use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::signature::Signer as _;
use russh::keys::ssh_key::Signature;
use russh::keys::ssh_key::private::KeypairData;
use russh::keys::{HashAlg, PrivateKey};

use crate::agent::Stream;
use crate::error::Error;
use crate::key::{Identity, WrongKey};

/// Signs once a host takes a key: by an agent that has it, and else with the key itself.
pub(crate) struct Signing<'a> {
    pub(crate) agent: Option<(&'a mut AgentClient<Stream>, &'a AgentIdentity)>,
    pub(crate) identity: Option<&'a Identity>,
}

/// Why there is no signature.
#[derive(Debug)]
pub(crate) enum NotSigned {
    /// The key does not sign.
    Key(WrongKey),
    /// The agent does not.
    Agent,
    /// The connection does not carry it.
    Connection(Error),
}

impl From<russh::SendError> for NotSigned {
    fn from(error: russh::SendError) -> Self {
        NotSigned::Connection(error.into())
    }
}

impl russh::Signer for Signing<'_> {
    type Error = NotSigned;

    async fn auth_sign(
        &mut self,
        _key: &AgentIdentity,
        hash: Option<HashAlg>,
        mut to_sign: Vec<u8>,
    ) -> Result<Vec<u8>, NotSigned> {
        if let Some((agent, identity)) = &mut self.agent {
            match (agent.auth_sign(identity, hash, to_sign.clone()).await, self.identity) {
                (Ok(signed), _) => return Ok(signed),
                (Err(_), None) => return Err(NotSigned::Agent),
                // An agent may decline; the key itself may be there as well.
                (Err(_), Some(_)) => {}
            }
        }
        let identity = self.identity.ok_or(NotSigned::Agent)?;
        let key = identity.open().await.map_err(NotSigned::Key)?;
        let signature = sign(&key, hash, &to_sign).map_err(|error| unreadable(&error))?;
        let signature: Vec<u8> = Vec::try_from(signature).map_err(|error| unreadable(&error))?;
        // A signature is a few hundred bytes long.
        to_sign.extend((signature.len() as u32).to_be_bytes());
        to_sign.extend(signature);
        Ok(to_sign)
    }
}

fn unreadable(error: &dyn std::error::Error) -> NotSigned {
    NotSigned::Key(WrongKey::Unreadable(error.to_string()))
}

/// The protocol's library would sign with RSA in a way that has been broken.
fn sign(
    key: &Arc<PrivateKey>,
    hash: Option<HashAlg>,
    data: &[u8],
) -> Result<Signature, russh::keys::signature::Error> {
    match key.key_data() {
        KeypairData::Rsa(pair) => (pair, hash).try_sign(data),
        other => other.try_sign(data),
    }
}
