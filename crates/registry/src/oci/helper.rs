//! Programs that know logins for registries of images: `docker-credential-NAME`.

use std::io::{self, Write};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::credentials::{OciCredentialsError, OciLogin};
use crate::web::Token;

/// What such a program says where it knows none.
const KNOWS_NONE: &str = "credentials not found in native keychain";

/// In the place of a user's name it says that the secret is a token.
const TOKEN_USER: &str = "<token>";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// Asks a program for the login to a registry.
pub(super) fn ask(name: &str, registry: &str) -> Result<Option<OciLogin>, OciCredentialsError> {
    let program = format!("docker-credential-{name}{}", std::env::consts::EXE_SUFFIX);
    let fail = |message: String| OciCredentialsError::Helper {
        program: program.clone(),
        registry: registry.to_owned(),
        message,
    };
    let mut child = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => OciCredentialsError::NoHelper { program: program.clone() },
            _ => fail(error.to_string()),
        })?;
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that ends without reading says why on its own; that counts, not the broken pipe.
        match stdin.write_all(format!("https://{registry}").as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(fail(error.to_string())),
            _ => {}
        }
    }
    let output = child.wait_with_output().map_err(|error| fail(error.to_string()))?;
    if !output.status.success() {
        // By the protocol the reason is on the standard output; many use the other one.
        let said =
            [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).trim().to_owned());
        if said.iter().any(|said| said.contains(KNOWS_NONE)) {
            return Ok(None);
        }
        let said = said.into_iter().find(|said| !said.is_empty());
        return Err(fail(said.unwrap_or_else(|| output.status.to_string())));
    }
    // What it said may be a secret, so an answer that cannot be read is not shown.
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .map_err(|_| fail("it did not answer with a login in JSON".to_owned()))?;
    Ok(match (answer.username.as_str(), answer.secret.as_str()) {
        ("", "") => None,
        (TOKEN_USER, secret) => Some(OciLogin::Refresh(Token::new(secret))),
        (user, secret) => Some(OciLogin::Password(Token::login(user, secret))),
    })
}
