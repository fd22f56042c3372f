//! Who asks: keys, wherever they are.

use std::collections::BTreeMap;
use std::process::Command;

use super::profile::Profiles;
use super::security_tokens::{Role, assume};
use super::{AssumedRole, AwsClient, AwsError, AwsOptions, Credentials, WebIdentity, metadata, sign_in};

/// How many profiles may stand behind one another.
const PROFILES_MAX: usize = 16;

/// Keys as the options say, roles included.
pub(super) fn find(client: &AwsClient) -> Result<Credentials, AwsError> {
    let options = client.options();
    let mut found = match &options.web_identity {
        Some(identity) => assume(client, Role::Web(identity))?,
        None => base(client)?,
    };
    if let Some(role) = &options.assume_role {
        found = assume(client, Role::Of(role, &found))?;
    }
    Ok(found)
}

fn base(client: &AwsClient) -> Result<Credentials, AwsError> {
    let options = client.options();
    if !options.access_key.is_empty() || !options.secret_key.is_empty() {
        return Ok(Credentials {
            access_key: options.access_key.clone(),
            secret_key: options.secret_key.clone(),
            token: options.token.clone(),
            expires: None,
        });
    }
    if !options.profile.is_empty() {
        return of_profile(client, &options.profile, 0);
    }
    if let Some(credentials) = of_environment(options) {
        return Ok(credentials);
    }
    if let (Some(file), Some(role)) =
        (options.variable("AWS_WEB_IDENTITY_TOKEN_FILE"), options.variable("AWS_ROLE_ARN"))
    {
        let identity = WebIdentity {
            role_arn: role.to_owned(),
            session_name: options.variable("AWS_ROLE_SESSION_NAME").unwrap_or_default().to_owned(),
            token_file: file.to_owned(),
            ..WebIdentity::default()
        };
        return assume(client, Role::Web(&identity));
    }
    let profiles = Profiles::read(options).map_err(AwsError::credentials)?;
    let named = options.variable("AWS_PROFILE");
    let profile = named.unwrap_or("default");
    if named.is_some() || profiles.get(profile).is_some_and(has_keys) {
        return of_profile(client, profile, 0);
    }
    metadata::find(client)
}

fn of_environment(options: &AwsOptions) -> Option<Credentials> {
    Some(Credentials {
        access_key: options.variable("AWS_ACCESS_KEY_ID")?.to_owned(),
        secret_key: options.variable("AWS_SECRET_ACCESS_KEY")?.to_owned(),
        token: options.variable("AWS_SESSION_TOKEN").unwrap_or_default().to_owned(),
        expires: None,
    })
}

/// Whether a profile says anything about keys.
fn has_keys(settings: &BTreeMap<String, String>) -> bool {
    ["aws_access_key_id", "role_arn", "credential_process", "sso_account_id", "sso_session"]
        .into_iter()
        .any(|name| settings.contains_key(name))
}

fn of_profile(client: &AwsClient, name: &str, depth: usize) -> Result<Credentials, AwsError> {
    let profiles = Profiles::read(client.options()).map_err(AwsError::credentials)?;
    let Some(settings) = profiles.get(name) else {
        return Err(AwsError::credentials(format!("failed to get shared config profile, {name}")));
    };
    if depth > PROFILES_MAX {
        return Err(AwsError::credentials(format!("the profile {name} stands behind itself")));
    }
    let get = |key: &str| settings.get(key).cloned().unwrap_or_default();
    if settings.contains_key("role_arn") && settings.contains_key("web_identity_token_file") {
        let identity = WebIdentity {
            role_arn: get("role_arn"),
            session_name: get("role_session_name"),
            token_file: get("web_identity_token_file"),
            ..WebIdentity::default()
        };
        return assume(client, Role::Web(&identity));
    }
    if settings.contains_key("role_arn") && depth == 0 || settings.contains_key("source_profile") {
        let seconds = settings.get("duration_seconds").map(|seconds| format!("{seconds}s"));
        let role = AssumedRole {
            role_arn: get("role_arn"),
            session_name: get("role_session_name"),
            external_id: get("external_id"),
            duration: seconds.unwrap_or_default(),
            ..AssumedRole::default()
        };
        let source = match (settings.get("source_profile"), get("credential_source").as_str()) {
            // A profile may hold the keys for its own role.
            (Some(source), _) if source == name => keys(settings).ok_or_else(|| nothing(name))?,
            (Some(source), _) => of_profile(client, source, depth + 1)?,
            (None, "Environment") => of_environment(client.options()).ok_or_else(|| nothing(name))?,
            (None, "Ec2InstanceMetadata" | "EcsContainer") => metadata::find(client)?,
            _ => return Err(nothing(name)),
        };
        return assume(client, Role::Of(&role, &source));
    }
    if let Some(keys) = keys(settings) {
        return Ok(keys);
    }
    if let Some(program) = settings.get("credential_process") {
        return of_program(program);
    }
    if sign_in::is_meant(settings) {
        return sign_in::find(client, name, settings, &profiles);
    }
    Err(nothing(name))
}

fn nothing(profile: &str) -> AwsError {
    AwsError::credentials(format!("the profile {profile} says nothing about where its keys are"))
}

fn keys(settings: &BTreeMap<String, String>) -> Option<Credentials> {
    Some(Credentials {
        access_key: settings.get("aws_access_key_id")?.clone(),
        secret_key: settings.get("aws_secret_access_key")?.clone(),
        token: settings.get("aws_session_token").cloned().unwrap_or_default(),
        expires: None,
    })
}

/// Asks a program. What it prints is secret, and goes nowhere.
fn of_program(program: &str) -> Result<Credentials, AwsError> {
    let output = Command::new("sh").args(["-c", program]).output();
    let failed = |cause: String| AwsError::credentials(format!("the credential_process failed: {cause}"));
    let output = output.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(format!("it ended with {}", output.status)));
    }
    parse(&output.stdout).ok_or_else(|| failed("it printed no keys".to_owned()))
}

/// Keys in the form that programs and services hand them out.
pub(super) fn parse(text: &[u8]) -> Option<Credentials> {
    let document: serde_json::Value = serde_json::from_slice(text).ok()?;
    let get = |name: &str| document[name].as_str().map(str::to_owned);
    Some(Credentials {
        access_key: get("AccessKeyId")?,
        secret_key: get("SecretAccessKey")?,
        token: get("SessionToken").or_else(|| get("Token")).unwrap_or_default(),
        expires: get("Expiration").and_then(|time| seconds(&time)),
    })
}

/// A time as seconds since 1970.
pub(super) fn seconds(time: &str) -> Option<i64> {
    time.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}
