//! Keys and certificates of users, as they are written in files.

use std::sync::Arc;

use russh::keys::{Certificate, PrivateKey, decode_secret_key};

/// A private key, and perhaps a certificate of it.
#[derive(Clone)]
pub struct Identity {
    pub(crate) key: Arc<PrivateKey>,
    pub(crate) certificate: Option<Certificate>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("(hidden)")
    }
}

/// Why a key cannot be used. It says nothing of what is in it.
#[derive(Debug, thiserror::Error)]
pub enum WrongKey {
    /// There is no key.
    #[error("it holds no private key: a text like that of a file which ssh-keygen writes is needed")]
    Absent,
    /// It needs a password.
    #[error("it is encrypted. Decrypt it first, with ssh-keygen -p for example, or add it to an SSH agent")]
    Encrypted,
    /// It is broken, or of a kind that is not known.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// A certificate is broken.
    #[error("the certificate cannot be read: {0}")]
    UnreadableCertificate(String),
    /// A public key stands where a certificate must.
    #[error("a plain public key stands where a certificate is expected, such as ssh-keygen -s writes")]
    NoCertificate,
    /// They are not a pair.
    #[error("the certificate is one of another key")]
    OtherCertificate,
}

impl Identity {
    /// Reads a private key, and a certificate if there is one.
    pub fn parse(private_key: &str, certificate: Option<&str>) -> Result<Self, WrongKey> {
        let key = parse_private_key(private_key)?;
        let certificate = certificate.map(|text| parse_certificate(text, &key)).transpose()?;
        Ok(Identity { key: Arc::new(key), certificate })
    }

    /// Whether it has a certificate.
    pub fn has_certificate(&self) -> bool {
        self.certificate.is_some()
    }
}

fn parse_private_key(text: &str) -> Result<PrivateKey, WrongKey> {
    // Texts in configurations are often indented.
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_putty = lines.first().is_some_and(|line| line.starts_with("PuTTY-User-Key-File-"));
    if !is_putty && !lines.iter().any(|line| line.starts_with("-----BEGIN ")) {
        return Err(WrongKey::Absent);
    }
    if lines
        .iter()
        .any(|line| *line == "-----BEGIN ENCRYPTED PRIVATE KEY-----" || line.contains("4,ENCRYPTED"))
    {
        return Err(WrongKey::Encrypted);
    }
    let key = decode_secret_key(&lines.join("\n"), None).map_err(|error| match error {
        russh::keys::Error::KeyIsEncrypted => WrongKey::Encrypted,
        other => WrongKey::Unreadable(other.to_string()),
    })?;
    if key.is_encrypted() { Err(WrongKey::Encrypted) } else { Ok(key) }
}

fn parse_certificate(text: &str, key: &PrivateKey) -> Result<Certificate, WrongKey> {
    let text = text.trim();
    let kind = text.split_whitespace().next().unwrap_or_default();
    if !kind.contains("-cert-") && russh::keys::PublicKey::from_openssh(text).is_ok() {
        return Err(WrongKey::NoCertificate);
    }
    let certificate = Certificate::from_openssh(text)
        .map_err(|error| WrongKey::UnreadableCertificate(error.to_string()))?;
    if certificate.public_key() == key.public_key().key_data() {
        Ok(certificate)
    } else {
        Err(WrongKey::OtherCertificate)
    }
}
