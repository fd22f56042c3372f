//! The `s3` backend's options, made of arguments.

use std::collections::BTreeMap;

use plumb_backend::{AssumedRole, AwsOptions, InvalidOption, S3Options, Service, WebIdentity};
use serde_json::Value as Json;

use super::backend_options::{Given, not_whole};

/// How often requests are made again where nothing is said.
const RETRIES: u32 = 5;

impl Given<'_> {
    pub(super) fn s3(&self) -> Result<S3Options, Vec<InvalidOption>> {
        let wrong = self.contradictions();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let of_environment = |name: &str| self.environment.get(name).unwrap_or_default().to_owned();
        let customer_key = self.plain("sse_customer_key");
        Ok(S3Options {
            bucket: self.plain("bucket"),
            key: self.plain("key"),
            workspace_key_prefix: self.text("workspace_key_prefix", "").unwrap_or_else(|| "env:".to_owned()),
            uses_lock_file: self.flag("use_lockfile"),
            lock_table: self.plain("dynamodb_table"),
            encrypts: self.flag("encrypt"),
            kms_key_id: self.plain("kms_key_id"),
            customer_key: match customer_key.is_empty() {
                true => of_environment("AWS_SSE_CUSTOMER_KEY"),
                false => customer_key,
            },
            acl: self.plain("acl"),
            uses_path_style: self.flag("use_path_style") || self.flag("force_path_style"),
            skips_checksum: self.flag("skip_s3_checksum"),
            skips_region_validation: self.flag("skip_region_validation"),
            allowed_account_ids: self.list("allowed_account_ids"),
            forbidden_account_ids: self.list("forbidden_account_ids"),
            retry_mode: self.plain("retry_mode"),
            aws: self.aws().map_err(|wrong| vec![wrong])?,
        })
    }

    fn aws(&self) -> Result<AwsOptions, InvalidOption> {
        let retries = match self.arguments.get("max_retries") {
            None => RETRIES,
            Some(given) => {
                let retries = given.as_u64().and_then(|given| u32::try_from(given).ok());
                retries.ok_or_else(|| not_whole("max_retries", &given.to_string()))?
            }
        };
        let mut credentials_files = self.list("shared_credentials_files");
        credentials_files.extend(Some(self.plain("shared_credentials_file")).filter(|path| !path.is_empty()));
        Ok(AwsOptions {
            region: self.plain("region"),
            access_key: self.plain("access_key"),
            secret_key: self.plain("secret_key"),
            token: self.plain("token"),
            profile: self.plain("profile"),
            config_files: self.list("shared_config_files"),
            credentials_files,
            assume_role: self.object("assume_role").map(assumed_role),
            web_identity: self
                .object("assume_role_with_web_identity")
                .map(|object| self.web_identity(object)),
            endpoints: self.endpoints(),
            sts_region: self.plain("sts_region"),
            uses_dual_stack: self.flag("use_dualstack_endpoint"),
            uses_fips: self.flag("use_fips_endpoint"),
            skips_metadata: self.flag("skip_metadata_api_check"),
            metadata_endpoint: self.plain("ec2_metadata_service_endpoint"),
            metadata_mode: self.plain("ec2_metadata_service_endpoint_mode"),
            retries_max: retries.saturating_sub(1),
            authorities_file: self.plain("custom_ca_bundle"),
            skips_verification: self.flag("insecure"),
            http_proxy: self.plain("http_proxy"),
            https_proxy: self.plain("https_proxy"),
            no_proxy: self.plain("no_proxy"),
            environment: self.environment.for_aws(),
        })
    }

    /// Arguments that are not to be given together.
    fn contradictions(&self) -> Vec<InvalidOption> {
        let has = |name: &str| self.arguments.contains_key(name);
        let endpoints = self.object("endpoints");
        let mut wrong = Vec::new();
        for (one, two) in
            [("force_path_style", "use_path_style"), ("shared_credentials_file", "shared_credentials_files")]
        {
            if has(one) && has(two) {
                wrong.push(InvalidOption {
                    option: None,
                    summary: "Invalid Attribute Combination".to_owned(),
                    detail: format!("Only one of {one}, {two} can be set."),
                });
            }
        }
        for (older, name) in OLDER_ENDPOINTS {
            if has(older) && endpoints.is_some_and(|endpoints| !member(endpoints, name).is_empty()) {
                wrong.push(InvalidOption {
                    option: None,
                    summary: "Conflicting Parameters".to_owned(),
                    detail: format!(
                        "The parameters \"{older}\" and \"endpoints.{name}\" cannot be configured together."
                    ),
                });
            }
        }
        wrong
    }

    fn endpoints(&self) -> BTreeMap<Service, String> {
        let endpoints = self.object("endpoints");
        let services = [Service::S3, Service::DynamoDb, Service::Sts, Service::Sso];
        let named = services.into_iter().zip(OLDER_ENDPOINTS).filter_map(|(service, (older, name))| {
            let given = endpoints.map(|endpoints| member(endpoints, name)).unwrap_or_default();
            let given = if given.is_empty() { self.plain(older) } else { given };
            (!given.is_empty()).then_some((service, given))
        });
        named.collect()
    }

    fn web_identity(&self, object: &Json) -> WebIdentity {
        let or = |name: &str, variable: &str| {
            let given = member(object, name);
            if given.is_empty() {
                self.environment.get(variable).unwrap_or_default().to_owned()
            } else {
                given
            }
        };
        WebIdentity {
            role_arn: or("role_arn", "AWS_ROLE_ARN"),
            session_name: or("session_name", "AWS_ROLE_SESSION_NAME"),
            token: or("web_identity_token", "AWS_WEB_IDENTITY_TOKEN"),
            token_file: or("web_identity_token_file", "AWS_WEB_IDENTITY_TOKEN_FILE"),
            duration: member(object, "duration"),
            policy: member(object, "policy"),
            policy_arns: members(object, "policy_arns"),
        }
    }

    /// An argument that no variable stands for.
    fn plain(&self, name: &str) -> String {
        self.text(name, "").unwrap_or_default()
    }

    fn flag(&self, name: &str) -> bool {
        self.arguments.get(name) == Some(&Json::Bool(true))
    }

    fn list(&self, name: &str) -> Vec<String> {
        texts(self.arguments.get(name))
    }

    fn object(&self, name: &str) -> Option<&Json> {
        self.arguments.get(name).filter(|object| object.is_object())
    }
}

/// Arguments for single endpoints, with what has taken their place.
const OLDER_ENDPOINTS: [(&str, &str); 4] = [
    ("endpoint", "s3"),
    ("dynamodb_endpoint", "dynamodb"),
    ("sts_endpoint", "sts"),
    // There was never one for it alone.
    ("", "sso"),
];

fn assumed_role(object: &Json) -> AssumedRole {
    let tags = object["tags"].as_object().into_iter().flatten();
    AssumedRole {
        role_arn: member(object, "role_arn"),
        session_name: member(object, "session_name"),
        external_id: member(object, "external_id"),
        duration: member(object, "duration"),
        policy: member(object, "policy"),
        policy_arns: members(object, "policy_arns"),
        tags: tags.map(|(name, tag)| (name.clone(), tag.as_str().unwrap_or_default().to_owned())).collect(),
        transitive_tag_keys: members(object, "transitive_tag_keys"),
        source_identity: member(object, "source_identity"),
    }
}

fn member(object: &Json, name: &str) -> String {
    object[name].as_str().unwrap_or_default().to_owned()
}

fn members(object: &Json, name: &str) -> Vec<String> {
    texts(object.get(name))
}

fn texts(value: Option<&Json>) -> Vec<String> {
    let texts = value.and_then(Json::as_array).into_iter().flatten();
    texts.filter_map(Json::as_str).map(str::to_owned).collect()
}
