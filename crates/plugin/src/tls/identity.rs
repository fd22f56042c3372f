//! A key and a certificate for one connection.

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::{SERVER_NAME, TlsError};

/// Who this side is.
#[derive(Clone)]
pub(crate) struct Identity {
    /// To be shown.
    pub(crate) certificate: CertificateDer<'static>,
    /// The same as text, for environment variables; empty where no program is to be started with it.
    pub(crate) pem: String,
    key: Vec<u8>,
}

impl Identity {
    /// Makes a key and a certificate for it. The certificate is not one of an authority, although
    /// go-plugin's own are: some servers refuse an authority's certificate from a client.
    pub(crate) fn generate() -> Result<Identity, TlsError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::new([SERVER_NAME.to_owned()])?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, SERVER_NAME);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key)?;
        Ok(Identity {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            key: key.serialize_der(),
        })
    }

    /// One that another process made and handed over, for connections to what was started with it.
    pub(crate) fn from_parts(certificate: Vec<u8>, key: Vec<u8>) -> Identity {
        Identity { certificate: CertificateDer::from(certificate), pem: String::new(), key }
    }

    pub(crate) fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()))
    }
}

/// The certificate in a text such as the one in `PLUGIN_CLIENT_CERT`.
pub(crate) fn certificate_of(pem: &str) -> Result<CertificateDer<'static>, TlsError> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| TlsError::Certificate)
}
