//! Keys and certificates of users, as they are written in files.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use russh::keys::{Algorithm, Certificate, PrivateKey, PublicKey, decode_secret_key, ssh_key};
use tokio::sync::OnceCell;

use crate::secret::Secret;

/// A key that proves who a user is, and perhaps a certificate of it.
#[derive(Clone)]
pub struct Identity {
    /// How messages name it: the file that it is from.
    pub(crate) name: Option<String>,
    pub(crate) public: PublicKey,
    pub(crate) private: Private,
    pub(crate) certificate: Option<Certificate>,
}

/// What signs.
#[derive(Clone)]
pub(crate) enum Private {
    /// A key that is there to be used.
    Open(Arc<PrivateKey>),
    /// One that is encrypted. It is opened when a host takes it, once for all hosts: that is made to be slow.
    Locked(Arc<Locked>),
    /// An agent may have it.
    Elsewhere(WrongKey),
}

/// A text with an encrypted key.
pub(crate) struct Locked {
    text: Secret,
    passphrase: Option<Secret>,
    opened: OnceCell<Result<Arc<PrivateKey>, WrongKey>>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("(hidden)")
    }
}

/// Why a key cannot be used. It says nothing of what is in it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WrongKey {
    /// There is no key.
    #[error("it holds no private key: a text like that of a file which ssh-keygen writes is needed")]
    Absent,
    /// It needs a passphrase, and none is given.
    #[error(
        "it is encrypted, and no passphrase is given. Add it to an SSH agent, or decrypt it, with ssh-keygen -p for example"
    )]
    Encrypted,
    /// The passphrase is none of it.
    #[error("it is encrypted, and the passphrase that is given does not open it")]
    WrongPassphrase,
    /// It is in a device that only OpenSSH's programs speak to.
    #[error(
        "it is one of a FIDO security key. Add it to an SSH agent, or reach the host through the program ssh instead"
    )]
    SecurityKey,
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
    /// Reads a private key that is not encrypted, and a certificate if there is one.
    pub fn parse(private_key: &str, certificate: Option<&str>) -> Result<Self, WrongKey> {
        let key = parse_private_key(private_key, None)?;
        let public = key.public_key().clone();
        let certificate = certificate.map(|text| parse_certificate(text, &public)).transpose()?;
        Ok(Identity { name: None, public, private: Private::Open(Arc::new(key)), certificate })
    }

    /// Reads a private key. One that is encrypted may have its public half beside it, and is opened with
    /// the passphrase only when a host takes it; without that half it is opened now, which takes a while.
    pub fn parse_locked(
        private_key: &str,
        public_key: Option<&str>,
        passphrase: Option<&Secret>,
    ) -> Result<Self, WrongKey> {
        let half = public_half(private_key);
        if let Some((half, wrong)) = half.as_ref().and_then(|half| Some((half, wrong_kind(half)?))) {
            return Ok(Identity::of(half.clone(), Private::Elsewhere(wrong)));
        }
        if !is_encrypted(private_key)? {
            return Identity::parse(private_key, None);
        }
        let Some(public) = half.or_else(|| public_key.and_then(parse_public)) else {
            let passphrase = passphrase.ok_or(WrongKey::Encrypted)?;
            let key = parse_private_key(private_key, Some(passphrase))?;
            let public = key.public_key().clone();
            return Ok(Identity::of(public, Private::Open(Arc::new(key))));
        };
        let private = Locked {
            text: Secret::new(private_key),
            passphrase: passphrase.cloned(),
            opened: OnceCell::new(),
        };
        Ok(Identity::of(public, Private::Locked(Arc::new(private))))
    }

    /// A key that nobody has but perhaps an agent, by its public half.
    pub fn parse_public(public_key: &str) -> Result<Self, WrongKey> {
        let public = parse_public(public_key).ok_or(WrongKey::Absent)?;
        Ok(Identity::of(public, Private::Elsewhere(WrongKey::Absent)))
    }

    fn of(public: PublicKey, private: Private) -> Self {
        Identity { name: None, public, private, certificate: None }
    }

    /// The same, and messages name it so.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Identity { name: Some(name.into()), ..self }
    }

    /// The same with a certificate of it.
    pub fn certified(self, certificate: &str) -> Result<Self, WrongKey> {
        let certificate = parse_certificate(certificate, &self.public)?;
        Ok(Identity { certificate: Some(certificate), ..self })
    }

    /// Whether it has a certificate.
    pub fn has_certificate(&self) -> bool {
        self.certificate.is_some()
    }

    /// Whether more than its public half is there.
    pub(crate) fn is_here(&self) -> bool {
        !matches!(self.private, Private::Elsewhere(WrongKey::Absent))
    }

    /// The key itself.
    pub(crate) async fn open(&self) -> Result<Arc<PrivateKey>, WrongKey> {
        match &self.private {
            Private::Open(key) => Ok(key.clone()),
            Private::Elsewhere(wrong) => Err(wrong.clone()),
            Private::Locked(locked) => locked.opened.get_or_init(|| open(locked.clone())).await.clone(),
        }
    }
}

async fn open(locked: Arc<Locked>) -> Result<Arc<PrivateKey>, WrongKey> {
    let Some(passphrase) = locked.passphrase.clone() else { return Err(WrongKey::Encrypted) };
    let opening = move || parse_private_key(locked.text.reveal(), Some(&passphrase));
    let opened = tokio::task::spawn_blocking(opening).await;
    opened.unwrap_or_else(|error| Err(WrongKey::Unreadable(error.to_string()))).map(Arc::new)
}

/// Lines of a text; in configurations they are often indented.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).collect()
}

/// Whether a private key is encrypted; an error where there is none.
fn is_encrypted(text: &str) -> Result<bool, WrongKey> {
    let lines = lines(text);
    if lines.first().is_some_and(|line| line.starts_with("PuTTY-User-Key-File-")) {
        let wanted = |line: &&&str| line.starts_with("Encryption:");
        return Ok(lines.iter().find(wanted).is_some_and(|line| !line.ends_with("none")));
    }
    if !lines.iter().any(|line| line.starts_with("-----BEGIN ")) {
        return Err(WrongKey::Absent);
    }
    let is_marked = |line: &&str| {
        *line == "-----BEGIN ENCRYPTED PRIVATE KEY-----"
            || line.starts_with("Proc-Type:") && line.ends_with("ENCRYPTED")
    };
    Ok(lines.iter().any(is_marked) || openssh(text).is_some_and(|key| key.is_encrypted()))
}

/// A key in OpenSSH's own format, the private half of which may be encrypted.
fn openssh(text: &str) -> Option<PrivateKey> {
    let lines = lines(text);
    let body = lines
        .iter()
        .skip_while(|line| **line != "-----BEGIN OPENSSH PRIVATE KEY-----")
        .skip(1)
        .take_while(|line| !line.starts_with("-----END "));
    let bytes = STANDARD.decode(body.copied().collect::<String>()).ok()?;
    PrivateKey::from_bytes(&bytes).ok()
}

fn public_half(text: &str) -> Option<PublicKey> {
    openssh(text).map(|key| key.public_key().clone())
}

pub(crate) fn parse_public(text: &str) -> Option<PublicKey> {
    PublicKey::from_openssh(text.trim()).ok()
}

/// Why keys of this kind sign nothing here, if so.
fn wrong_kind(public: &PublicKey) -> Option<WrongKey> {
    matches!(public.algorithm(), Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256)
        .then_some(WrongKey::SecurityKey)
}

fn parse_private_key(text: &str, passphrase: Option<&Secret>) -> Result<PrivateKey, WrongKey> {
    let is_encrypted = is_encrypted(text)?;
    let passphrase = match (is_encrypted, passphrase) {
        (false, _) => None,
        (true, None) => return Err(WrongKey::Encrypted),
        (true, Some(passphrase)) => Some(passphrase.reveal()),
    };
    let decoded = decode_secret_key(&lines(text).join("\n"), passphrase);
    let key = decoded.map_err(|error| why(&error, is_encrypted))?;
    match wrong_kind(key.public_key()) {
        Some(wrong) => Err(wrong),
        None if key.is_encrypted() => Err(WrongKey::Encrypted),
        None => Ok(key),
    }
}

fn why(error: &russh::keys::Error, is_encrypted: bool) -> WrongKey {
    use russh::keys::Error;
    match error {
        Error::KeyIsEncrypted => WrongKey::Encrypted,
        // What a wrong passphrase makes of a key is no padding, no key or no text of one.
        Error::SshKey(ssh_key::Error::Crypto)
        | Error::Pad(_)
        | Error::Unpad(_)
        | Error::Der(_)
        | Error::Pkcs1(_)
        | Error::Pkcs8(_)
            if is_encrypted =>
        {
            WrongKey::WrongPassphrase
        }
        other => WrongKey::Unreadable(other.to_string()),
    }
}

fn parse_certificate(text: &str, key: &PublicKey) -> Result<Certificate, WrongKey> {
    let text = text.trim();
    let kind = text.split_whitespace().next().unwrap_or_default();
    if !kind.contains("-cert-") && PublicKey::from_openssh(text).is_ok() {
        return Err(WrongKey::NoCertificate);
    }
    let certificate = Certificate::from_openssh(text)
        .map_err(|error| WrongKey::UnreadableCertificate(error.to_string()))?;
    if certificate.public_key() == key.key_data() { Ok(certificate) } else { Err(WrongKey::OtherCertificate) }
}
