//! What is wrong with options, before anybody is asked.

use base64::Engine as _;

use super::S3Options;
use crate::InvalidOption;
use crate::aws::{is_duration, is_region};

/// Everything that is wrong, in the order in which Terraform finds it.
pub(super) fn wrong(options: &S3Options) -> Vec<InvalidOption> {
    let mut wrong = Vec::new();
    let mut refuse = |option, summary: &str, detail: String| {
        wrong.push(InvalidOption::new(option, summary, detail));
    };
    for (option, value) in [("bucket", &options.bucket), ("key", &options.key)] {
        if value.trim().is_empty() {
            refuse(option, "Invalid Value", "The value cannot be empty or all whitespace.".to_owned());
        }
    }
    for (option, value) in [("key", &options.key), ("workspace_key_prefix", &options.workspace_key_prefix)] {
        if value.starts_with('/') || value.ends_with('/') {
            let detail =
                "The value must not start or end with \"/\": the service would take such names for others.";
            refuse(option, "Invalid Value", detail.to_owned());
        }
    }
    let region = options.aws.region();
    if region.is_empty() {
        let detail = "The \"region\" attribute or the \"AWS_REGION\" or \"AWS_DEFAULT_REGION\" environment variables must be set.";
        refuse("region", "Missing region value", detail.to_owned());
    } else if !options.skips_region_validation && !is_region(&region) {
        let detail = format!(
            "Invalid AWS Region: {region}. Servers that only speak like Amazon's may have any: set \
             skip_region_validation = true for them."
        );
        refuse("region", "Invalid region value", detail);
    }
    if !options.kms_key_id.is_empty() && !is_kms_key(&options.kms_key_id) {
        let detail = format!("Value must be a valid KMS Key ID, got {:?}.", options.kms_key_id);
        refuse("kms_key_id", "Invalid KMS Key ID", detail);
    }
    if !options.customer_key.is_empty() && customer_key(&options.customer_key).is_none() {
        let detail = "The value must be a key of 32 bytes in base 64, which takes 44 characters.";
        refuse("sse_customer_key", "Invalid sse_customer_key value", detail.to_owned());
    }
    if !matches!(options.retry_mode.as_str(), "" | "standard" | "adaptive") {
        let detail =
            format!("unknown RetryMode, {}: it is \"standard\" or \"adaptive\".", options.retry_mode);
        refuse("retry_mode", "Invalid Value", detail);
    }
    roles(options, &mut refuse);
    wrong.extend(together(options));
    wrong
}

fn roles(options: &S3Options, refuse: &mut impl FnMut(&'static str, &str, String)) {
    let role = options.aws.assume_role.as_ref();
    let identity = options.aws.web_identity.as_ref();
    let named = [
        ("assume_role", role.map(|role| (&role.role_arn, &role.duration))),
        ("assume_role_with_web_identity", identity.map(|identity| (&identity.role_arn, &identity.duration))),
    ];
    for (option, role) in named {
        let Some((arn, duration)) = role else { continue };
        if !arn.starts_with("arn:") {
            let detail = format!("The role {arn:?} cannot be one: its name begins with \"arn:\".");
            refuse(option, "Invalid ARN", detail);
        }
        if !duration.is_empty() && !is_duration(duration) {
            let detail =
                format!("The value {duration:?} cannot be parsed as a duration, such as \"1h\" or \"30m\".");
            refuse(option, "Invalid Duration", detail);
        }
    }
    if identity.is_some_and(|identity| identity.token.is_empty() && identity.token_file.is_empty()) {
        let detail = "One of web_identity_token, web_identity_token_file must be set.";
        refuse("assume_role_with_web_identity", "Missing Required Value", detail.to_owned());
    }
}

fn together(options: &S3Options) -> Vec<InvalidOption> {
    let mut wrong = Vec::new();
    let mut refuse = |one: &str, two: &str| {
        let detail = format!("Only one of {one}, {two} can be set.");
        wrong.push(InvalidOption::together("Invalid Attribute Combination", detail));
    };
    if !options.kms_key_id.is_empty() && !options.customer_key.is_empty() {
        refuse("kms_key_id", "sse_customer_key");
    }
    if !options.allowed_account_ids.is_empty() && !options.forbidden_account_ids.is_empty() {
        refuse("allowed_account_ids", "forbidden_account_ids");
    }
    wrong
}

/// An identifier, an alias, or the long name of either.
fn is_kms_key(text: &str) -> bool {
    let is_uuid = |text: &str| {
        let text = text.strip_prefix("mrk-").unwrap_or(text);
        matches!(text.len(), 32 | 36) && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    let is_short = |text: &str| {
        text.strip_prefix("alias/").is_some_and(|alias| !alias.is_empty())
            || is_uuid(text.strip_prefix("key/").unwrap_or(text))
    };
    match text.strip_prefix("arn:") {
        Some(long) => long.rsplit(':').next().is_some_and(is_short),
        None => is_short(text),
    }
}

/// The bytes of a key of our own.
pub(super) fn customer_key(text: &str) -> Option<Vec<u8>> {
    let key = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    (key.len() == 32).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::{S3Options, wrong};

    fn summaries(change: impl FnOnce(&mut S3Options)) -> Vec<(Option<&'static str>, String)> {
        let mut options = S3Options { bucket: "b".to_owned(), key: "k".to_owned(), ..S3Options::default() };
        options.aws.region = "eu-west-1".to_owned();
        change(&mut options);
        wrong(&options).into_iter().map(|wrong| (wrong.option, wrong.summary)).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_told() {
        assert_eq!(summaries(|_| ()), []);
        assert_eq!(
            summaries(|options| options.key = "/k".to_owned()),
            [(Some("key"), "Invalid Value".to_owned())]
        );
        assert_eq!(
            summaries(|options| options.aws.region.clear()),
            [(Some("region"), "Missing region value".to_owned())]
        );
        assert_eq!(
            summaries(|options| {
                options.aws.region = "moon".to_owned();
                options.kms_key_id = "x".to_owned();
            }),
            [
                (Some("region"), "Invalid region value".to_owned()),
                (Some("kms_key_id"), "Invalid KMS Key ID".to_owned())
            ]
        );
        assert_eq!(
            summaries(|options| {
                options.kms_key_id = "alias/mine".to_owned();
                options.customer_key = "c2hvcnQ=".to_owned();
            }),
            [
                (Some("sse_customer_key"), "Invalid sse_customer_key value".to_owned()),
                (None, "Invalid Attribute Combination".to_owned())
            ]
        );
    }
}
