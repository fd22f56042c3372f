//! Objects of any bucket, for whoever keeps something else there than states.

use std::sync::Arc;

use plumb_state::BackendError;

use super::S3Options;
use super::objects::Bucket;
use crate::InvalidOption;
use crate::aws::{AwsClient, AwsOptions};

/// Reads objects of a bucket.
pub struct BucketReader {
    bucket: Bucket,
}

impl BucketReader {
    /// Makes no request yet.
    ///
    /// # Errors
    /// The option that is wrong.
    pub fn new(aws: AwsOptions, bucket: &str, uses_path_style: bool) -> Result<BucketReader, InvalidOption> {
        let client = Arc::new(AwsClient::new(aws.clone())?);
        let options = S3Options { aws, bucket: bucket.to_owned(), uses_path_style, ..S3Options::default() };
        Ok(BucketReader { bucket: Bucket::new(client, &options)? })
    }

    /// The names of all objects that begin so.
    ///
    /// # Errors
    /// Why the service did not say.
    pub fn list(&self, prefix: &str) -> Result<Vec<String>, BackendError> {
        self.bucket.list_strictly(prefix)
    }

    /// The content of an object, in a certain version or the last one; `None` where there is none.
    ///
    /// # Errors
    /// Why the service did not give it.
    pub fn read(&self, key: &str, version: Option<&str>) -> Result<Option<Vec<u8>>, BackendError> {
        self.bucket.get_version("read", key, version)
    }
}
