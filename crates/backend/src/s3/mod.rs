//! States as objects in a bucket, with locks beside them or in a table.
//!
//! Responsible for the names of objects, which Terraform uses too, and for workspaces.

mod check;
mod client;
mod objects;
mod reader;
mod table;

use std::sync::Arc;

use async_trait::async_trait;
use plumb_state::{Backend, BackendError, StateStore};

use crate::aws::{AwsClient, AwsOptions, account_id};
use crate::blocking::blocking;
use crate::local::workspace::{require_deletable, require_valid};
use crate::remote::JournalPlace;
use crate::{DEFAULT_WORKSPACE, InvalidOption};
use client::S3Client;
use objects::Bucket;
pub use reader::BucketReader;
use table::LockTable;

/// Where the states are and how they are kept.
#[derive(Clone, Default)]
pub struct S3Options {
    /// Who asks, and where.
    pub aws: AwsOptions,
    /// The bucket.
    pub bucket: String,
    /// The object of the workspace `default`.
    pub key: String,
    /// What the objects of other workspaces are below.
    pub workspace_key_prefix: String,
    /// Whether a lock is an object beside the state.
    pub uses_lock_file: bool,
    /// The table of locks; none where empty.
    pub lock_table: String,
    /// Whether the service is to encrypt what it keeps.
    pub encrypts: bool,
    /// The key that it is to do it with; may be empty.
    pub kms_key_id: String,
    /// A key of our own for it, in base 64; may be empty.
    pub customer_key: String,
    /// Who may read; may be empty.
    pub acl: String,
    /// Whether the bucket is part of the path and not of the server's name.
    pub uses_path_style: bool,
    /// Whether checksums are left out, for servers that know none.
    pub skips_checksum: bool,
    /// Whether the region may have any name.
    pub skips_region_validation: bool,
    /// Accounts that may be used; any where empty.
    pub allowed_account_ids: Vec<String>,
    /// Accounts that must not be used.
    pub forbidden_account_ids: Vec<String>,
    /// How attempts are spaced; only checked.
    pub retry_mode: String,
}

/// States in a bucket.
pub struct S3Backend {
    shared: Arc<Shared>,
    journals: JournalPlace,
}

/// What all workspaces have in common.
struct Shared {
    options: S3Options,
    bucket: Bucket,
    table: Option<LockTable>,
}

impl S3Backend {
    /// Makes no request yet.
    ///
    /// # Errors
    /// The options that are wrong.
    pub fn new(options: S3Options, journals: JournalPlace) -> Result<S3Backend, Vec<InvalidOption>> {
        let wrong = check::wrong(&options);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let client = Arc::new(AwsClient::new(options.aws.clone()).map_err(|wrong| vec![wrong])?);
        let bucket = Bucket::new(client.clone(), &options).map_err(|wrong| vec![wrong])?;
        let table =
            (!options.lock_table.is_empty()).then(|| LockTable { client, name: options.lock_table.clone() });
        Ok(S3Backend { shared: Arc::new(Shared { options, bucket, table }), journals })
    }

    fn client(&self, workspace: &str) -> S3Client {
        S3Client { shared: self.shared.clone(), path: self.shared.options.path(workspace) }
    }

    /// Makes the object of a workspace, so that others see it in their lists.
    fn create(&self, name: &str) -> Result<(), BackendError> {
        self.shared.require_account()?;
        self.journals.begin(&self.client(name))
    }
}

impl S3Options {
    /// The object of a workspace.
    fn path(&self, workspace: &str) -> String {
        if workspace == DEFAULT_WORKSPACE {
            return self.key.clone();
        }
        let parts = [self.workspace_key_prefix.as_str(), workspace, self.key.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }

    /// What the objects of all workspaces but `default` begin with.
    fn prefix(&self) -> String {
        match self.workspace_key_prefix.as_str() {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        }
    }

    /// The workspace of an object, if it is one.
    fn workspace<'a>(&self, object: &'a str) -> Option<&'a str> {
        let (workspace, key) = object.strip_prefix(&self.prefix())?.split_once('/')?;
        (key == self.key && !workspace.is_empty()).then_some(workspace)
    }
}

impl Shared {
    /// Refuses accounts that must not be used, where something is said about them.
    fn require_account(&self) -> Result<(), BackendError> {
        let (allowed, forbidden) = (&self.options.allowed_account_ids, &self.options.forbidden_account_ids);
        if allowed.is_empty() && forbidden.is_empty() {
            return Ok(());
        }
        let account = self.bucket.account(account_id)?;
        if forbidden.contains(&account) || (!allowed.is_empty() && !allowed.contains(&account)) {
            return Err(BackendError::Storage {
                action: "use",
                place: self.bucket.place(&self.options.key),
                cause: format!("AWS account ID not allowed: {account}").into(),
                advice: "The keys belong to an account that allowed_account_ids and forbidden_account_ids keep out. \
                         Look for which keys are in use."
                    .to_owned(),
            });
        }
        Ok(())
    }

    fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        self.require_account()?;
        let objects = self.bucket.list(&self.options.prefix())?;
        let names = objects.iter().filter_map(|object| self.options.workspace(object));
        let mut names: Vec<String> =
            names.filter(|name| *name != DEFAULT_WORKSPACE).map(str::to_owned).collect();
        names.sort();
        names.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(names)
    }
}

#[async_trait]
impl Backend for S3Backend {
    async fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let shared = self.shared.clone();
        blocking(move || shared.workspaces()).await
    }

    async fn create_workspace(&self, name: &str) -> Result<(), BackendError> {
        require_valid(name)?;
        if name == DEFAULT_WORKSPACE {
            return Ok(());
        }
        let backend = S3Backend { shared: self.shared.clone(), journals: self.journals.clone() };
        let name = name.to_owned();
        blocking(move || backend.create(&name)).await
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), BackendError> {
        require_deletable(name)?;
        let client = self.client(name);
        blocking(move || client.delete()).await
    }

    fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, BackendError> {
        require_valid(workspace)?;
        let client = self.client(workspace);
        let identity = client.identity();
        Ok(Arc::new(self.journals.store(Arc::new(client), "s3", &identity)))
    }
}

#[cfg(test)]
mod tests {
    use super::S3Options;

    #[test]
    fn objects_are_named_as_terraform_names_them() {
        let mut options = S3Options {
            key: "a/terraform.tfstate".to_owned(),
            workspace_key_prefix: "env:".to_owned(),
            ..S3Options::default()
        };
        assert_eq!(options.path("default"), "a/terraform.tfstate");
        assert_eq!(options.path("x"), "env:/x/a/terraform.tfstate");
        assert_eq!(options.workspace("env:/x/a/terraform.tfstate"), Some("x"));
        assert_eq!(options.workspace("env:/x/b/terraform.tfstate"), None);
        assert_eq!(options.workspace("env:/x/a/terraform.tfstate.tflock"), None);
        options.workspace_key_prefix = String::new();
        assert_eq!(options.path("x"), "x/a/terraform.tfstate");
        assert_eq!(options.workspace("x/a/terraform.tfstate"), Some("x"));
        assert_eq!(options.workspace("a/terraform.tfstate"), None);
    }
}
