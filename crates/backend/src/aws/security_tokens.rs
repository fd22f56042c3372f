//! Temporary keys: roles that somebody becomes.

use super::client::AwsRequest;
use super::credentials::seconds;
use super::sign::escape;
use super::{AssumedRole, AwsClient, AwsError, Credentials, Service, WebIdentity, xml};

/// What is asked for.
pub(super) enum Role<'a> {
    /// By somebody with keys.
    Of(&'a AssumedRole, &'a Credentials),
    /// By somebody with a token from elsewhere.
    Web(&'a WebIdentity),
}

/// Becomes somebody else.
pub(super) fn assume(client: &AwsClient, role: Role<'_>) -> Result<Credentials, AwsError> {
    let mut form = Form::default();
    let signer = match role {
        Role::Of(role, credentials) => {
            form.add("Action", "AssumeRole");
            form.add("RoleArn", &role.role_arn);
            form.add("ExternalId", &role.external_id);
            form.add("SourceIdentity", &role.source_identity);
            form.session(&role.session_name, &role.duration, &role.policy, &role.policy_arns);
            for (at, (name, value)) in role.tags.iter().enumerate() {
                form.add(&format!("Tags.member.{}.Key", at + 1), name);
                form.add(&format!("Tags.member.{}.Value", at + 1), value);
            }
            for (at, name) in role.transitive_tag_keys.iter().enumerate() {
                form.add(&format!("TransitiveTagKeys.member.{}", at + 1), name);
            }
            Some(credentials.clone())
        }
        Role::Web(identity) => {
            form.add("Action", "AssumeRoleWithWebIdentity");
            form.add("RoleArn", &identity.role_arn);
            form.add("WebIdentityToken", &token(identity)?);
            form.session(&identity.session_name, &identity.duration, &identity.policy, &identity.policy_arns);
            None
        }
    };
    let answer = ask(client, &form, signer)?;
    let get = |name: &str| xml::text(&answer, name);
    let found = || {
        Some(Credentials {
            access_key: get("AccessKeyId")?,
            secret_key: get("SecretAccessKey")?,
            token: get("SessionToken")?,
            expires: get("Expiration").and_then(|time| seconds(&time)),
        })
    };
    found().ok_or_else(|| AwsError::credentials("the token service answered without keys"))
}

/// The number of the account that the keys belong to.
pub(crate) fn account_id(client: &AwsClient) -> Result<String, AwsError> {
    let mut form = Form::default();
    form.add("Action", "GetCallerIdentity");
    let answer = ask(client, &form, Some(client.credentials()?))?;
    xml::text(&answer, "Account").ok_or_else(|| AwsError::credentials("the token service names no account"))
}

fn ask(client: &AwsClient, form: &Form, signer: Option<Credentials>) -> Result<String, AwsError> {
    let options = client.options();
    let region = if options.sts_region.is_empty() { options.region() } else { options.sts_region.clone() };
    let request = AwsRequest {
        method: "POST",
        path: "/".to_owned(),
        headers: vec![(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
        )],
        body: form.0.as_bytes(),
        ..AwsRequest::default()
    };
    let answer = client.ask_as(Service::Sts, &region, &request, signer.as_ref())?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status == 200 { Ok(text) } else { Err(AwsError::of_xml(answer.status, &text)) }
}

fn token(identity: &WebIdentity) -> Result<String, AwsError> {
    if !identity.token.is_empty() {
        return Ok(identity.token.clone());
    }
    let text = crate::web::read_text(identity.token_file.as_ref()).map_err(|error| {
        AwsError::credentials(format!("the token file {} cannot be read: {error}", identity.token_file))
    })?;
    Ok(text.trim().to_owned())
}

/// What is asked, as forms of web pages are sent.
#[derive(Default)]
struct Form(String);

impl Form {
    /// Adds a field that has a value.
    fn add(&mut self, name: &str, value: &str) {
        if self.0.is_empty() {
            self.0.push_str("Version=2011-06-15");
        }
        if !value.is_empty() {
            self.0.push_str(&format!("&{}={}", escape(name, false), escape(value, false)));
        }
    }

    fn session(&mut self, name: &str, duration: &str, policy: &str, policy_arns: &[String]) {
        let made_up = format!("plumb-{}", crate::random_uuid());
        self.add("RoleSessionName", if name.is_empty() { &made_up } else { name });
        if let Some(seconds) = duration_seconds(duration) {
            self.add("DurationSeconds", &seconds.to_string());
        }
        self.add("Policy", policy);
        for (at, arn) in policy_arns.iter().enumerate() {
            self.add(&format!("PolicyArns.member.{}.arn", at + 1), arn);
        }
    }
}

/// Whether a text is a duration, such as `1h30m`.
pub(crate) fn is_duration(text: &str) -> bool {
    duration_seconds(text).is_some()
}

/// Seconds of a duration in the notation of Go.
fn duration_seconds(text: &str) -> Option<u64> {
    let mut total = 0.0_f64;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let length = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let number: f64 = rest[..length].parse().ok()?;
        rest = &rest[length..];
        let length = rest.find(|character: char| character.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..length] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        rest = &rest[length..];
        total += number * unit;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is no fraction and not below zero"
    )]
    Some(total.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::duration_seconds;

    #[test]
    fn durations_are_those_of_go() {
        assert_eq!(duration_seconds("1h30m"), Some(5400));
        assert_eq!(duration_seconds("0.5h10s"), Some(1810));
        for wrong in ["", "5", "h", "1x", "-1s"] {
            assert_eq!(duration_seconds(wrong), None, "{wrong}");
        }
    }
}
