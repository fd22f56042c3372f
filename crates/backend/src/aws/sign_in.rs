//! Keys for somebody who has signed in with IAM Identity Center.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use sha1::Digest as _;

use super::client::AwsRequest;
use super::credentials::seconds;
use super::profile::Profiles;
use super::sign::escape;
use super::{AwsClient, AwsError, Credentials, Service};

/// Whether a profile's keys come from there.
pub(super) fn is_meant(settings: &BTreeMap<String, String>) -> bool {
    settings.contains_key("sso_account_id") && settings.contains_key("sso_role_name")
}

/// Fetches the keys of a role with the token that signing in has left.
pub(super) fn find(
    client: &AwsClient,
    name: &str,
    settings: &BTreeMap<String, String>,
    profiles: &Profiles,
) -> Result<Credentials, AwsError> {
    let session = settings.get("sso_session");
    let place = match session {
        Some(session) => profiles.session(session).ok_or_else(|| {
            AwsError::credentials(format!(
                "the profile {name} names the sso-session {session}, which is not there"
            ))
        })?,
        None => settings,
    };
    let get = |key: &str| place.get(key).cloned().unwrap_or_default();
    let (region, start) = (get("sso_region"), get("sso_start_url"));
    let sign_in = || {
        AwsError::credentials(format!(
            "nobody has signed in for the profile {name}, or that was too long ago: run \"aws sso login --profile {name}\""
        ))
    };
    let token = token(client, session.unwrap_or(&start)).ok_or_else(sign_in)?;
    let query = format!(
        "account_id={}&role_name={}",
        escape(&settings["sso_account_id"], false),
        escape(&settings["sso_role_name"], false)
    );
    let request = AwsRequest {
        path: "/federation/credentials".to_owned(),
        query,
        headers: vec![("x-amz-sso_bearer_token".to_owned(), token)],
        ..AwsRequest::default()
    };
    let answer = client.ask_as(Service::Sso, &region, &request, None)?;
    match answer.status {
        200 => keys(&answer.body).ok_or_else(|| AwsError::credentials("the portal answered without keys")),
        401 => Err(sign_in()),
        status => {
            let error = AwsError::of_json(status, &answer.body);
            Err(AwsError::credentials(format!("the portal gives the profile {name} no keys: {error}")))
        }
    }
}

/// The token, if it is still of use.
fn token(client: &AwsClient, key: &str) -> Option<String> {
    let digest: String =
        sha1::Sha1::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let home = PathBuf::from(client.options().variable("HOME")?);
    let path = home.join(".aws/sso/cache").join(format!("{digest}.json"));
    let document: Value = serde_json::from_slice(&plumb_source::read_file(path.as_ref()).ok()?).ok()?;
    let is_over = document["expiresAt"]
        .as_str()
        .and_then(seconds)
        .is_some_and(|end| end <= jiff::Timestamp::now().as_second());
    if is_over { None } else { document["accessToken"].as_str().map(str::to_owned) }
}

fn keys(text: &[u8]) -> Option<Credentials> {
    let document: Value = serde_json::from_slice(text).ok()?;
    let keys = &document["roleCredentials"];
    let get = |name: &str| keys[name].as_str().map(str::to_owned);
    Some(Credentials {
        access_key: get("accessKeyId")?,
        secret_key: get("secretAccessKey")?,
        token: get("sessionToken").unwrap_or_default(),
        expires: keys["expiration"].as_i64().map(|milliseconds| milliseconds / 1000),
    })
}
