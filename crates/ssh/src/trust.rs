//! Which hosts are taken for what they say they are.

use std::sync::{Arc, Mutex, PoisonError};

use russh::Preferred;
use russh::keys::{HashAlg, PublicKey, PublicKeyOrCertificate};

use crate::host_key::{HostKey, check_certificate, fingerprint, preferring};
use crate::known_hosts::{Entry, KnownHosts, Role, USUAL_PORT, line_for};
use crate::settings::Host;

/// What a host has to prove.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Nothing: whoever answers is taken.
    Anyone,
    /// That it has this key, or a certificate by it.
    Key(HostKey),
    /// What is known of it.
    Known {
        /// All that is known.
        hosts: Arc<KnownHosts>,
        /// Whether a host of which nothing is known is taken.
        takes_new: bool,
    },
}

/// Hosts that were taken without being known, and may be from now on.
#[derive(Clone, Default)]
pub(crate) struct NewHosts(Arc<Mutex<Vec<String>>>);

impl NewHosts {
    fn add(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// Lines for a file of known hosts.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Trust {
    /// What to ask a host for, so that it shows the key that is known, if it has it.
    pub(crate) fn preferred(&self, host: &Host) -> Preferred {
        match self {
            Trust::Anyone => Preferred::default(),
            Trust::Key(key) => preferring(&[key.algorithm()]),
            Trust::Known { hosts, .. } => {
                let (name, port) = host.known_as();
                let known = hosts.of(name, port).filter(|entry| entry.role != Role::Revoked);
                preferring(&known.map(|entry| entry.key.algorithm()).collect::<Vec<_>>())
            }
        }
    }

    /// Whether a host that has proved to hold a key is the one that is meant; what is wrong if not.
    pub(crate) fn check(
        &self,
        host: &Host,
        shown: &PublicKeyOrCertificate,
        new: &NewHosts,
    ) -> Result<(), String> {
        match self {
            Trust::Anyone => Ok(()),
            Trust::Key(key) => key.check(&host.name, shown),
            Trust::Known { hosts, takes_new } => {
                let (name, port) = host.known_as();
                let known: Vec<&Entry> = hosts.of(name, port).collect();
                if is_known(&known, host, shown)? || is_known_elsewhere(hosts, name, port, shown) {
                    return Ok(());
                }
                let PublicKeyOrCertificate::PublicKey { key, .. } = shown else {
                    return Err("no authority is known that has certified it".to_owned());
                };
                if !takes_new {
                    return Err(unknown(host, key));
                }
                hosts.take(name, port, key).map_err(|before| {
                    let (shown, before) = (fingerprint(key), fingerprint(&before));
                    format!("its key is {shown}, and a moment ago it was {before}")
                })?;
                if let Some(line) = line_for(name, port, key) {
                    new.add(line);
                }
                Ok(())
            }
        }
    }
}

/// Whether the host has the same key at the usual port. One that is known there for something else is as new
/// as any other.
fn is_known_elsewhere(hosts: &KnownHosts, name: &str, port: u16, shown: &PublicKeyOrCertificate) -> bool {
    let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return false };
    port != USUAL_PORT
        && hosts
            .of(name, USUAL_PORT)
            .any(|entry| entry.role == Role::Key && entry.key.key_data() == key.key_data())
}

/// Whether what is known of a host says so; an error where it says the opposite.
fn is_known(known: &[&Entry], host: &Host, shown: &PublicKeyOrCertificate) -> Result<bool, String> {
    let (key, signer) = match shown {
        PublicKeyOrCertificate::PublicKey { key, .. } => (key.key_data(), None),
        PublicKeyOrCertificate::Certificate(certificate) => {
            (certificate.public_key(), Some(certificate.signature_key()))
        }
    };
    let is_of = |entry: &&&Entry, role| entry.role == role;
    let revoked = known.iter().filter(|entry| is_of(entry, Role::Revoked));
    for entry in revoked {
        if entry.key.key_data() == key || Some(entry.key.key_data()) == signer {
            return Err(format!("its key is revoked, as {} says", entry.place));
        }
    }
    let mut keys = known.iter().filter(|entry| is_of(entry, Role::Key)).peekable();
    if let PublicKeyOrCertificate::Certificate(certificate) = shown {
        let authorities = known.iter().filter(|entry| is_of(entry, Role::Authority));
        if let Some(authority) = authorities.into_iter().find(|entry| Some(entry.key.key_data()) == signer) {
            return check_certificate(&authority.key, host.known_as().0, certificate).map(|()| true);
        }
    }
    let Some(first) = keys.peek().copied() else { return Ok(false) };
    if keys.any(|entry| entry.key.key_data() == key) {
        return Ok(true);
    }
    Err(changed(host, &PublicKey::from(key.clone()), first))
}

fn changed(host: &Host, shown: &PublicKey, known: &Entry) -> String {
    let (name, port) = host.known_as();
    format!(
        "its key is {}, and {} knows it by {}. Either the host has been set up anew, or somebody stands between \
         you and it. If you know that it is the former, remove what is known with ssh-keygen -R '{}' -f {}",
        fingerprint(shown),
        known.place,
        fingerprint(&known.key),
        crate::known_hosts::known_as(name, port),
        known.place.file.display()
    )
}

fn unknown(host: &Host, shown: &PublicKey) -> String {
    format!(
        "nothing is known of it, and its key is {} {}. Compare that with what the host itself says, and add the key \
         to a file of known hosts, for example with ssh-keyscan -p {} {}",
        shown.algorithm(),
        shown.fingerprint(HashAlg::Sha256),
        host.port,
        host.name
    )
}
