//! The key providers and methods that there are, with the names of their arguments.

/// A kind of key provider or method.
pub(crate) struct Kind {
    /// Such as `pbkdf2`.
    pub(crate) name: &'static str,
    /// Arguments without which it cannot be.
    pub(crate) required: &'static [&'static str],
    /// Arguments of which one must be there.
    pub(crate) one_of: &'static [&'static str],
    optional: &'static [&'static str],
    /// Nested blocks.
    pub(crate) blocks: &'static [&'static str],
    is_key_provider: bool,
}

/// The argument of every key provider.
const ALIAS: &str = "encrypted_metadata_alias";

impl Kind {
    const fn key_provider(name: &'static str) -> Self {
        Kind { name, required: &[], one_of: &[], optional: &[], blocks: &[], is_key_provider: true }
    }

    const fn method(name: &'static str) -> Self {
        Kind { is_key_provider: false, ..Kind::key_provider(name) }
    }

    /// Every argument.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let own = self.required.iter().chain(self.one_of).chain(self.optional).copied();
        own.chain(self.is_key_provider.then_some(ALIAS))
    }

    /// Whether there is an argument of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }
}

/// The kind of that name.
pub(crate) fn find<'k>(kinds: &'k [Kind], name: &str) -> Option<&'k Kind> {
    kinds.iter().find(|kind| kind.name == name)
}

pub(crate) const KEY_PROVIDERS: &[Kind] = &[
    Kind {
        one_of: &["passphrase", "chain"],
        optional: &["key_length", "iterations", "hash_function", "salt_length"],
        ..Kind::key_provider("pbkdf2")
    },
    Kind {
        required: &["kms_key_id", "key_spec"],
        optional: &[
            "access_key",
            "allowed_account_ids",
            "assume_role",
            "assume_role_with_web_identity",
            "custom_ca_bundle",
            "ec2_metadata_service_endpoint",
            "ec2_metadata_service_endpoint_mode",
            "forbidden_account_ids",
            "http_proxy",
            "https_proxy",
            "insecure",
            "max_retries",
            "no_proxy",
            "profile",
            "region",
            "retry_mode",
            "secret_key",
            "shared_config_files",
            "shared_credentials_files",
            "skip_credentials_validation",
            "skip_metadata_api_check",
            "skip_requesting_account_id",
            "sts_region",
            "token",
            "use_dualstack_endpoint",
            "use_fips_endpoint",
        ],
        blocks: &["endpoints"],
        ..Kind::key_provider("aws_kms")
    },
    Kind {
        required: &["kms_encryption_key", "key_length"],
        optional: &[
            "access_token",
            "credentials",
            "impersonate_service_account",
            "impersonate_service_account_delegates",
        ],
        ..Kind::key_provider("gcp_kms")
    },
    Kind {
        required: &["key_name"],
        optional: &["address", "key_length", "token", "transit_engine_path"],
        ..Kind::key_provider("openbao")
    },
    Kind {
        required: &["vault_uri", "vault_key_name", "key_length"],
        optional: &[
            "client_certificate",
            "client_certificate_password",
            "client_certificate_path",
            "client_id",
            "client_id_file_path",
            "client_secret",
            "client_secret_file_path",
            "environment",
            "metadata_host",
            "msi_endpoint",
            "oidc_request_token",
            "oidc_request_url",
            "oidc_token",
            "oidc_token_file_path",
            "subscription_id",
            "symmetric",
            "symmetric_key_size",
            "tenant_id",
            "use_aks_workload_identity",
            "use_cli",
            "use_msi",
            "use_oidc",
        ],
        ..Kind::key_provider("azure_vault")
    },
    Kind { required: &["command"], ..Kind::key_provider("external") },
];

pub(crate) const METHODS: &[Kind] = &[
    Kind { required: &["keys"], optional: &["aad"], ..Kind::method("aes_gcm") },
    Kind {
        required: &["encrypt_command", "decrypt_command"],
        optional: &["keys"],
        ..Kind::method("external")
    },
    Kind::method("unencrypted"),
];
