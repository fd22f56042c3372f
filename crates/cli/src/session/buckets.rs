//! Modules in buckets, read with the keys that backends use too.

use std::collections::BTreeMap;

use plumb_backend::{AwsOptions, BucketReader, Service};
use plumb_registry::modules::{BucketPlace, Buckets};
use plumb_state::BackendError;

/// How often requests are made again.
const RETRIES: u32 = 4;

/// Buckets of Amazon's and of those that speak like them.
pub(crate) struct AmazonBuckets {
    /// What the environment says about keys and addresses.
    environment: BTreeMap<String, String>,
}

impl AmazonBuckets {
    pub(crate) fn new(environment: BTreeMap<String, String>) -> Self {
        AmazonBuckets { environment }
    }

    fn reader(&self, bucket: &BucketPlace) -> Result<BucketReader, String> {
        let mut options = AwsOptions {
            region: bucket.region.clone(),
            profile: bucket.profile.clone().unwrap_or_default(),
            retries_max: RETRIES,
            environment: self.environment.clone(),
            ..AwsOptions::default()
        };
        if let Some(keys) = &bucket.keys {
            options.access_key.clone_from(&keys.access_key);
            keys.secret_key.reveal().clone_into(&mut options.secret_key);
            options.token = keys.token.as_ref().map(|token| token.reveal().to_owned()).unwrap_or_default();
        }
        options.endpoints.extend(bucket.endpoint.clone().map(|endpoint| (Service::S3, endpoint)));
        // Servers other than Amazon's seldom have a name for each bucket.
        let uses_path_style = options.endpoints.contains_key(&Service::S3)
            || ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]
                .iter()
                .any(|name| self.environment.contains_key(*name));
        BucketReader::new(options, &bucket.name, uses_path_style).map_err(|wrong| wrong.detail)
    }
}

impl Buckets for AmazonBuckets {
    fn list(&self, bucket: &BucketPlace, prefix: &str) -> Result<Vec<String>, String> {
        self.reader(bucket)?.list(prefix).map_err(|error| explained(&error))
    }

    fn read(
        &self,
        bucket: &BucketPlace,
        key: &str,
        version: Option<&str>,
    ) -> Result<Option<Vec<u8>>, String> {
        self.reader(bucket)?.read(key, version).map_err(|error| explained(&error))
    }
}

/// The cause without the advice, which is for states.
fn explained(error: &BackendError) -> String {
    match error {
        BackendError::Storage { cause, .. } => cause.to_string(),
        other => other.to_string(),
    }
}
