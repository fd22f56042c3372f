//! Backends made of arguments and of what the environment adds to them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use plumb_backend::{
    HttpBackend, HttpOptions, InvalidOption, JournalPlace, LocalBackend, LocalOptions, PgBackend, PgOptions,
    S3Backend,
};
use plumb_state::Backend;
use serde_json::Value as Json;

use super::backend_kinds::Arguments;
use crate::environment::Environment;
use crate::version::TERRAFORM_VERSION;

/// Makes a backend; asks nobody yet. Journals of runs on servers' states are kept in `directory`.
///
/// # Errors
/// What is wrong with the arguments.
pub(super) fn open(
    kind: &str,
    arguments: &Arguments,
    options: LocalOptions,
    environment: &Environment,
    directory: &Path,
) -> Result<Arc<dyn Backend>, Vec<InvalidOption>> {
    let journals =
        JournalPlace { directory: directory.to_owned(), terraform_version: TERRAFORM_VERSION.to_owned() };
    let given = Given { arguments, environment };
    match kind {
        "http" => {
            let backend = given.http().and_then(|options| HttpBackend::new(options, journals));
            Ok(Arc::new(backend.map_err(|wrong| vec![wrong])?))
        }
        "pg" => {
            let backend = given.pg().and_then(|options| PgBackend::new(options, journals));
            Ok(Arc::new(backend.map_err(|wrong| vec![wrong])?))
        }
        "s3" => Ok(Arc::new(S3Backend::new(given.s3()?, journals)?)),
        _ => Ok(Arc::new(given.local(options))),
    }
}

/// Arguments, and the environment that adds to them.
pub(super) struct Given<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) environment: &'a Environment,
}

impl Given<'_> {
    fn local(&self, options: LocalOptions) -> LocalBackend {
        let path = |name| {
            let path = self.arguments.get(name).and_then(Json::as_str);
            path.filter(|path| !path.is_empty()).map(PathBuf::from)
        };
        LocalBackend::new(LocalOptions {
            path: path("path"),
            workspace_directory: path("workspace_dir"),
            terraform_version: TERRAFORM_VERSION.to_owned(),
            ..options
        })
    }

    /// What an argument says and, where it says nothing, a variable.
    pub(super) fn text(&self, name: &str, variable: &str) -> Option<String> {
        match self.arguments.get(name) {
            Some(Json::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
            None => self.environment.get(variable).map(str::to_owned),
        }
    }

    /// What the arguments say and, where they say nothing, the variables `PG_...`.
    fn pg(&self) -> Result<PgOptions, InvalidOption> {
        let flag =
            |name: &'static str| match self.text(name, &format!("PG_{}", name.to_uppercase())).as_deref() {
                None | Some("false" | "0" | "f" | "F" | "FALSE" | "False") => Ok(false),
                Some("true" | "1" | "t" | "T" | "TRUE" | "True") => Ok(true),
                Some(other) => Err(InvalidOption {
                    option: Some(name),
                    summary: format!("{name} must be true or false"),
                    detail: format!("{other:?} is neither."),
                }),
            };
        let schema_name = self.text("schema_name", "PG_SCHEMA_NAME");
        Ok(PgOptions {
            connection: self.text("conn_str", "PG_CONN_STR").unwrap_or_default(),
            schema_name: schema_name.unwrap_or_else(|| "terraform_remote_state".to_owned()),
            skips_schema_creation: flag("skip_schema_creation")?,
            skips_table_creation: flag("skip_table_creation")?,
            skips_index_creation: flag("skip_index_creation")?,
            environment: self.environment.for_postgres(),
        })
    }

    /// What the arguments say and, where they say nothing, the variables `TF_HTTP_...`.
    fn http(&self) -> Result<HttpOptions, InvalidOption> {
        let given = |name: &str| self.text(name, &format!("TF_HTTP_{}", name.to_uppercase()));
        let text = |name: &str| given(name).unwrap_or_default();
        let number = |name: &'static str, usual: u32| match given(name) {
            None => Ok(usual),
            Some(text) => text.parse::<u32>().map_err(|_| not_whole(name, &text)),
        };
        let seconds = |name: &'static str, usual: u32| {
            Ok::<_, InvalidOption>(Duration::from_secs(number(name, usual)?.into()))
        };
        Ok(HttpOptions {
            address: text("address"),
            update_method: text("update_method"),
            lock_address: text("lock_address"),
            lock_method: text("lock_method"),
            unlock_address: text("unlock_address"),
            unlock_method: text("unlock_method"),
            username: text("username"),
            password: text("password"),
            skips_verification: self.arguments.get("skip_cert_verification") == Some(&Json::Bool(true)),
            retries_max: number("retry_max", 2)?,
            retry_wait_min: seconds("retry_wait_min", 1)?,
            retry_wait_max: seconds("retry_wait_max", 30)?,
            silence_max_s: self.environment.get("PLUMB_SERVER_TIMEOUT").unwrap_or_default().to_owned(),
            authorities: text("client_ca_certificate_pem"),
            certificate: text("client_certificate_pem"),
            private_key: text("client_private_key_pem"),
        })
    }
}

pub(super) fn not_whole(option: &'static str, text: &str) -> InvalidOption {
    InvalidOption {
        option: Some(option),
        summary: format!("{option} must be a whole number"),
        detail: format!("{text:?} is none, or it is too large or below zero."),
    }
}
