//! Objects of a bucket.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;
use plumb_state::BackendError;

use super::S3Options;
use super::check::customer_key;
use crate::InvalidOption;
use crate::aws::{AwsClient, AwsError, AwsRequest, Service, escape, xml};

/// A bucket, with how things are kept in it.
pub(super) struct Bucket {
    client: Arc<AwsClient>,
    name: String,
    uses_path_style: bool,
    /// For every request for an object that was kept with a key of our own.
    key_headers: Vec<(String, String)>,
    /// For every object that is written.
    keeping_headers: Vec<(String, String)>,
    skips_checksum: bool,
}

/// How an attempt to make an object went.
pub(super) enum Made {
    Yes,
    /// There is one already.
    Taken,
}

impl Bucket {
    pub(super) fn new(client: Arc<AwsClient>, options: &S3Options) -> Result<Self, InvalidOption> {
        let mut key_headers = Vec::new();
        let mut keeping_headers = Vec::new();
        let mut keep = |name: &str, value: &str| keeping_headers.push((name.to_owned(), value.to_owned()));
        if !options.acl.is_empty() {
            keep("x-amz-acl", &options.acl);
        }
        match customer_key(&options.customer_key) {
            Some(key) if options.encrypts => {
                let beginning = "x-amz-server-side-encryption-customer";
                key_headers.push((format!("{beginning}-algorithm"), "AES256".to_owned()));
                key_headers.push((format!("{beginning}-key"), options.customer_key.clone()));
                key_headers.push((format!("{beginning}-key-md5"), STANDARD.encode(md5::Md5::digest(&key))));
            }
            _ if options.encrypts && !options.kms_key_id.is_empty() => {
                keep("x-amz-server-side-encryption", "aws:kms");
                keep("x-amz-server-side-encryption-aws-kms-key-id", &options.kms_key_id);
            }
            _ if options.encrypts => keep("x-amz-server-side-encryption", "AES256"),
            _ => {}
        }
        Ok(Bucket {
            client,
            name: options.bucket.clone(),
            // A point in the name would not be covered by the server's certificate.
            uses_path_style: options.uses_path_style || options.bucket.contains('.'),
            key_headers,
            keeping_headers,
            skips_checksum: options.skips_checksum,
        })
    }

    /// An object, as people know it.
    pub(super) fn place(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.name)
    }

    /// The account, asked with the keys that are used here.
    pub(super) fn account(
        &self,
        ask: impl FnOnce(&AwsClient) -> Result<String, AwsError>,
    ) -> Result<String, BackendError> {
        ask(&self.client).map_err(|error| self.failed("use", "", &error))
    }

    fn request<'a>(&self, method: &'static str, key: &str) -> AwsRequest<'a> {
        let key = escape(key, true);
        let (host_prefix, path) = if self.uses_path_style {
            let slash = if key.is_empty() { "" } else { "/" };
            (String::new(), format!("/{}{slash}{key}", escape(&self.name, false)))
        } else {
            (self.name.clone(), format!("/{key}"))
        };
        AwsRequest { method, host_prefix, path, ..AwsRequest::default() }
    }

    /// The content of an object; `None` where there is none.
    pub(super) fn get(&self, action: &'static str, key: &str) -> Result<Option<Vec<u8>>, BackendError> {
        self.get_version(action, key, None)
    }

    /// The same in a certain version.
    pub(super) fn get_version(
        &self,
        action: &'static str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Option<Vec<u8>>, BackendError> {
        let mut request = self.request("GET", key);
        request.query =
            version.map_or(String::new(), |version| format!("versionId={}", escape(version, false)));
        request.headers.clone_from(&self.key_headers);
        let answer =
            self.client.ask(Service::S3, &request).map_err(|error| self.failed(action, key, &error))?;
        if answer.status == 200 {
            return Ok(Some(answer.body));
        }
        let error = AwsError::of_xml(answer.status, &String::from_utf8_lossy(&answer.body));
        if answer.status == 404 && error.code != "NoSuchBucket" {
            return Ok(None);
        }
        Err(self.failed(action, key, &error))
    }

    /// Writes an object; with `is_new` only where there is none yet.
    pub(super) fn put(
        &self,
        action: &'static str,
        key: &str,
        body: &[u8],
        is_new: bool,
    ) -> Result<Made, BackendError> {
        let mut request = self.request("PUT", key);
        request.body = body;
        request.headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        request.headers.extend(self.keeping_headers.iter().chain(&self.key_headers).cloned());
        if !self.skips_checksum {
            let sum = STANDARD.encode(sha2::Sha256::digest(body));
            request.headers.push(("x-amz-checksum-sha256".to_owned(), sum));
            request.headers.push(("x-amz-sdk-checksum-algorithm".to_owned(), "SHA256".to_owned()));
        }
        if is_new {
            request.headers.push(("if-none-match".to_owned(), "*".to_owned()));
        }
        let answer =
            self.client.ask(Service::S3, &request).map_err(|error| self.failed(action, key, &error))?;
        match answer.status {
            200 => Ok(Made::Yes),
            409 | 412 if is_new => Ok(Made::Taken),
            status => {
                let error = AwsError::of_xml(status, &String::from_utf8_lossy(&answer.body));
                Err(self.failed(action, key, &error))
            }
        }
    }

    /// Removes an object, if there is one.
    pub(super) fn delete(&self, action: &'static str, key: &str) -> Result<(), BackendError> {
        let request = self.request("DELETE", key);
        let answer =
            self.client.ask(Service::S3, &request).map_err(|error| self.failed(action, key, &error))?;
        match answer.status {
            200 | 204 | 404 => Ok(()),
            status => {
                let error = AwsError::of_xml(status, &String::from_utf8_lossy(&answer.body));
                Err(self.failed(action, key, &error))
            }
        }
    }

    /// The names of all objects that begin so. Whoever may not list sees none: one state can do without.
    pub(super) fn list(&self, prefix: &str) -> Result<Vec<String>, BackendError> {
        match self.names(prefix) {
            Err(error) if error.code == "AccessDenied" => Ok(Vec::new()),
            names => names.map_err(|error| self.failed("list", "", &error)),
        }
    }

    /// The same, but whoever may not list is told.
    pub(super) fn list_strictly(&self, prefix: &str) -> Result<Vec<String>, BackendError> {
        self.names(prefix).map_err(|error| self.failed("list", "", &error))
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, AwsError> {
        let mut names = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let mut request = self.request("GET", "");
            request.query = format!("list-type=2&max-keys=1000&prefix={}", escape(prefix, false));
            if let Some(token) = &next {
                request.query = format!("continuation-token={}&{}", escape(token, false), request.query);
            }
            let answer = self.client.ask(Service::S3, &request)?;
            let text = String::from_utf8_lossy(&answer.body);
            if answer.status != 200 {
                return Err(AwsError::of_xml(answer.status, &text));
            }
            names.extend(xml::elements(&text, "Key").map(xml::unescape));
            next = xml::text(&text, "NextContinuationToken").filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(names);
            }
        }
    }

    fn failed(&self, action: &'static str, key: &str, error: &AwsError) -> BackendError {
        let (cause, advice) = match error.code.as_str() {
            "NoSuchBucket" => (
                format!("S3 bucket {:?} does not exist", self.name),
                "The referenced S3 bucket must have been previously created. If the S3 bucket was created within the \
                 last minute, please wait for a minute or two and try again.",
            ),
            "Credentials" => {
                (error.to_string(), "Say who you are in one of these ways, then run this again.")
            }
            "" => (
                error.to_string(),
                "Check the endpoint and the region, and that nothing between here and there keeps the service from \
                 being reached.",
            ),
            "NotImplemented" => (
                error.to_string(),
                "This server cannot do what was asked. Where that is use_lockfile, it knows no conditional writes.",
            ),
            "AccessDenied" | "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "403" => (
                error.to_string(),
                "The service does not let these keys do it. Look for which keys are in use, and what they may do with \
                 the bucket.",
            ),
            _ => (error.to_string(), ""),
        };
        let place = self.place(key).trim_end_matches('/').to_owned();
        BackendError::Storage { action, place, cause: cause.into(), advice: advice.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Bucket, S3Options};
    use crate::aws::AwsClient;

    fn bucket(name: &str, change: impl FnOnce(&mut S3Options)) -> Bucket {
        let mut options = S3Options { bucket: name.to_owned(), ..S3Options::default() };
        change(&mut options);
        let client = Arc::new(AwsClient::new(options.aws.clone()).expect("a client"));
        Bucket::new(client, &options).expect("a bucket")
    }

    #[test]
    fn buckets_are_part_of_the_name_or_of_the_path() {
        let request = bucket("states", |_| ()).request("GET", "env:/a/b");
        assert_eq!((request.host_prefix.as_str(), request.path.as_str()), ("states", "/env%3A/a/b"));
        let request = bucket("states", |options| options.uses_path_style = true).request("GET", "");
        assert_eq!((request.host_prefix.as_str(), request.path.as_str()), ("", "/states"));
        let request = bucket("my.states", |_| ()).request("GET", "a");
        assert_eq!((request.host_prefix.as_str(), request.path.as_str()), ("", "/my.states/a"));
    }

    #[test]
    fn what_is_kept_is_encrypted_as_is_asked_for() {
        let names = |bucket: &Bucket| {
            let headers = bucket.keeping_headers.iter().chain(&bucket.key_headers);
            headers.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(&bucket("b", |options| options.kms_key_id = "alias/x".to_owned())), "");
        let kms = |options: &mut S3Options| {
            (options.encrypts, options.kms_key_id) = (true, "alias/x".to_owned());
        };
        assert_eq!(
            names(&bucket("b", kms)),
            "x-amz-server-side-encryption=aws:kms x-amz-server-side-encryption-aws-kms-key-id=alias/x"
        );
        let own = |options: &mut S3Options| {
            options.encrypts = true;
            options.customer_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned();
        };
        let headers = names(&bucket("b", own));
        assert!(headers.starts_with("x-amz-server-side-encryption-customer-algorithm=AES256 "), "{headers}");
        assert_eq!(
            names(&bucket("b", |options| options.encrypts = true)),
            "x-amz-server-side-encryption=AES256"
        );
    }
}
