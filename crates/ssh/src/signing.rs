//! Signatures with a private key that belongs to a certificate.

use std::sync::Arc;

use russh::keys::agent::AgentIdentity;
use russh::keys::signature::Signer as _;
use russh::keys::ssh_key::Signature;
use russh::keys::ssh_key::private::KeypairData;
use russh::keys::{HashAlg, PrivateKey};

use crate::error::Error;

/// Signs as an agent does. The protocol's library would sign with RSA in a way that has been broken.
pub(crate) struct Signing(pub(crate) Arc<PrivateKey>);

impl russh::Signer for Signing {
    type Error = Error;

    async fn auth_sign(
        &mut self,
        _key: &AgentIdentity,
        hash: Option<HashAlg>,
        mut to_sign: Vec<u8>,
    ) -> Result<Vec<u8>, Error> {
        let signature = self.sign(hash, &to_sign).map_err(russh::Error::from)?;
        let signature: Vec<u8> = Vec::try_from(signature).map_err(russh::Error::from)?;
        // A signature is a few hundred bytes long.
        to_sign.extend((signature.len() as u32).to_be_bytes());
        to_sign.extend(signature);
        Ok(to_sign)
    }
}

impl Signing {
    fn sign(&self, hash: Option<HashAlg>, data: &[u8]) -> Result<Signature, russh::keys::signature::Error> {
        match self.0.key_data() {
            KeypairData::Rsa(pair) => (pair, hash).try_sign(data),
            other => other.try_sign(data),
        }
    }
}
