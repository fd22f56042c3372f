//! The certificate authorities that servers are checked against.
//!
//! Responsible for the system's store, and for `SSL_CERT_FILE` and `SSL_CERT_DIR`, which replace
//! it. Companies with their own authorities depend on this, so there is no built-in list.

use std::path::Path;

use rustls_pki_types::CertificateDer;

use crate::Environment;

/// All trusted authorities.
///
/// # Errors
/// A sentence that says why there are none at all. Single files that cannot be read do no harm as
/// long as something is trusted.
pub(super) fn load(environment: &Environment) -> Result<Vec<CertificateDer<'static>>, String> {
    let file = environment.get("SSL_CERT_FILE").map(Path::new);
    let directories = environment.get("SSL_CERT_DIR").unwrap_or("");
    let mut certificates = Vec::new();
    let mut errors = Vec::new();
    let mut take = |result: rustls_native_certs::CertificateResult| {
        certificates.extend(result.certs);
        errors.extend(result.errors.into_iter().map(|error| error.to_string()));
    };
    if file.is_none() && directories.is_empty() {
        take(rustls_native_certs::load_native_certs());
    } else {
        if file.is_some() {
            take(rustls_native_certs::load_certs_from_paths(file, None));
        }
        for directory in std::env::split_paths(directories).filter(|path| !path.as_os_str().is_empty()) {
            take(rustls_native_certs::load_certs_from_paths(None, Some(&directory)));
        }
    }
    certificates.sort_unstable_by(|left, right| left.as_ref().cmp(right.as_ref()));
    certificates.dedup();
    if certificates.is_empty() {
        let reason = errors.first().map_or_else(|| "none were found".to_owned(), Clone::clone);
        return Err(format!(
            "there are no trusted certificate authorities on this system ({reason}); set SSL_CERT_FILE to a file with them"
        ));
    }
    Ok(certificates)
}
