//! Codes and passwords for tokens.

use serde_json::Value;

use super::{LoginError, LoginService, PendingLogin, quoted_from_server};
use crate::web::{Document, Token, WebAddress, WebClient};

/// The token for a code that a browser has brought.
///
/// # Errors
/// When the host cannot be reached or gives none.
pub fn token_for_code(
    client: &WebClient,
    service: &LoginService,
    login: &PendingLogin,
    code: &str,
) -> Result<Token, LoginError> {
    let fields = [
        ("client_id", service.client.as_str()),
        ("code", code),
        ("code_verifier", login.verifier()),
        ("grant_type", "authorization_code"),
        ("redirect_uri", login.redirect()),
    ];
    ask(client, service, &fields)
}

/// The token for a name and a password.
///
/// # Errors
/// When the host cannot be reached or gives none.
pub fn token_for_password(
    client: &WebClient,
    service: &LoginService,
    name: &str,
    password: &Token,
) -> Result<Token, LoginError> {
    let scopes = service.scopes.join(" ");
    let mut fields = vec![
        ("client_id", service.client.as_str()),
        ("grant_type", "password"),
        ("password", password.reveal()),
        ("username", name),
    ];
    if !scopes.is_empty() {
        fields.push(("scope", &scopes));
    }
    ask(client, service, &fields)
}

/// The name of the account that a token belongs to, as hosts with the service `tfe.v2` tell it; this
/// also shows whether the token is good for anything.
///
/// # Errors
/// When the host cannot be reached or does not accept the token.
pub fn account_name(
    client: &WebClient,
    service_address: &WebAddress,
    token: &Token,
) -> Result<String, LoginError> {
    let address = service_address
        .join("account/details")
        .map_err(|error| LoginError::NoToken(format!("the address of the host's accounts {error}")))?;
    let document = client.document(&address, Some(token)).map_err(LoginError::Web)?;
    match document.status {
        200 => {}
        401 | 403 | 404 => return Err(LoginError::NotAccepted),
        status => return Err(unexpected(&document, status)),
    }
    let content: Value = serde_json::from_slice(&document.content).unwrap_or_default();
    match content.pointer("/data/attributes/username").and_then(Value::as_str) {
        Some(name) => Ok(quoted_from_server(name)),
        None => Err(LoginError::NoToken(format!("{address} did not describe an account"))),
    }
}

fn ask(client: &WebClient, service: &LoginService, fields: &[(&str, &str)]) -> Result<Token, LoginError> {
    let document = client.send_secrets(&service.token, fields).map_err(LoginError::Web)?;
    let content: Value = serde_json::from_slice(&document.content).unwrap_or_default();
    let text = |name: &str| content.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(error) = text("error") {
        let reason = match text("error_description") {
            Some(description) => format!("{description} ({error})"),
            None => error.to_owned(),
        };
        return Err(LoginError::Refused(quoted_from_server(&reason)));
    }
    if document.status != 200 {
        return Err(unexpected(&document, document.status));
    }
    if text("token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(LoginError::NoToken(
            "the host gave a token that is not of the type \"bearer\"".to_owned(),
        ));
    }
    match text("access_token") {
        // It goes into headers and files; anything else is no token.
        Some(token) if token.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Token::new(token)),
        Some(_) => Err(LoginError::NoToken("the host gave a token with invalid characters".to_owned())),
        None => Err(LoginError::NoToken(format!("the answer of {} has no access_token", document.address))),
    }
}

fn unexpected(document: &Document, status: u16) -> LoginError {
    LoginError::NoToken(format!("{} answered with status {status}", document.address))
}
