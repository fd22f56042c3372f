//! Mutual TLS between two processes of one machine that know each other's certificate.
//!
//! Each side makes a key for this one connection. The plugin learns the client's certificate from
//! its environment and the client learns the plugin's from the handshake line, so trust is a
//! comparison of certificates; no authority is involved.

mod identity;
mod signature;
mod verify;

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ServerConfig};

pub(crate) use identity::{Identity, certificate_of};
use verify::Pinned;

/// The name in both certificates; nobody resolves it.
pub(crate) const SERVER_NAME: &str = "localhost";

/// What is wrong with the keys of a connection.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No key or certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The TLS library refuses.
    #[error("cannot set up TLS: {0}")]
    Setup(#[from] rustls::Error),
    /// The certificate of the other side cannot be read.
    #[error("the certificate of the other side cannot be read")]
    Certificate,
}

/// Whether the environment asks for connections without TLS (`TF_DISABLE_PLUGIN_TLS`).
pub fn disabled_by_environment() -> bool {
    std::env::var_os("TF_DISABLE_PLUGIN_TLS").is_some_and(|value| !value.is_empty())
}

/// For the client: shows its own certificate, accepts exactly `server`.
pub(crate) fn client_config(
    identity: &Identity,
    server: CertificateDer<'static>,
) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned::new(server)))
        .with_client_auth_cert(vec![identity.certificate.clone()], identity.key())?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// For the server: shows its own certificate, accepts exactly `client`.
pub(crate) fn server_config(
    identity: &Identity,
    client: CertificateDer<'static>,
) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(Pinned::new(client)))
        .with_single_cert(vec![identity.certificate.clone()], identity.key())?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}
