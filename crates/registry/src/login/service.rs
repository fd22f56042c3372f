//! What a host announces about logging in.

use serde_json::{Map, Value};

use crate::source::HostServices;
use crate::web::WebAddress;

/// The service by which hosts offer it.
const SERVICE: &str = "login.v1";

/// Ports below are for the system.
const FIRST_PORT: u64 = 1024;

/// How tokens can be had from a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginService {
    /// Who we are to the host.
    pub(super) client: String,
    /// Where people say yes; present where codes are granted.
    pub(super) authorization: Option<WebAddress>,
    /// Where tokens are handed out.
    pub(super) token: WebAddress,
    /// The ports that the host lets a browser come back to; any where it names none.
    pub(super) ports: Option<(u16, u16)>,
    /// What the token is to be good for.
    pub(super) scopes: Vec<String>,
    grants_password: bool,
}

impl LoginService {
    /// What a host says; `None` where it says nothing about it.
    ///
    /// # Errors
    /// A sentence on what is wrong with what it says.
    pub fn of(services: &HostServices) -> Result<Option<Self>, String> {
        let Some(description) = services.description(SERVICE) else { return Ok(None) };
        let description = description
            .as_object()
            .ok_or_else(|| format!("Service {SERVICE} must be described by an object."))?;
        read(description, services.document_address()).map(Some)
    }

    /// Whether a code can be had through a browser.
    pub fn grants_code(&self) -> bool {
        self.authorization.is_some()
    }

    /// Whether a token can be had for a name and a password.
    pub fn grants_password(&self) -> bool {
        self.grants_password
    }
}

fn read(description: &Map<String, Value>, base: &WebAddress) -> Result<LoginService, String> {
    let grants = grants(description)?;
    let client = text(description, "client")?;
    let address = |name: &str| {
        let text = text(description, name)?;
        base.join(text)
            .map_err(|error| format!("The {name:?} address of service {SERVICE} is not valid: it {error}."))
    };
    let grants_code = grants.iter().any(|grant| grant == "authz_code");
    Ok(LoginService {
        client: client.to_owned(),
        authorization: if grants_code { Some(address("authz")?) } else { None },
        token: address("token")?,
        ports: ports(description)?,
        scopes: words(description, "scopes")?.unwrap_or_default(),
        grants_password: grants.iter().any(|grant| grant == "password"),
    })
}

fn text<'a>(description: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    match description.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        None | Some(Value::Null | Value::String(_)) => {
            Err(format!("Service {SERVICE} definition is missing required property {name:?}."))
        }
        Some(_) => Err(format!("Property {name:?} of service {SERVICE} must be a string.")),
    }
}

/// A host that does not say how it grants tokens grants them for codes.
fn grants(description: &Map<String, Value>) -> Result<Vec<String>, String> {
    Ok(words(description, "grant_types")?.unwrap_or_else(|| vec!["authz_code".to_owned()]))
}

fn words(description: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, String> {
    let wrong = || format!("Property {name:?} of service {SERVICE} must be a list of strings.");
    match description.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => {
            let words = items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong));
            words.collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(wrong()),
    }
}

fn ports(description: &Map<String, Value>) -> Result<Option<(u16, u16)>, String> {
    let wrong = |why: &str| Err(format!("Invalid \"ports\" definition for service {SERVICE}: {why}."));
    let items = match description.get("ports") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(items)) => items,
        Some(_) => return wrong("must be a list of two ports"),
    };
    let [first, last] = items.as_slice() else { return wrong("must name the first port and the last one") };
    let port = |value: &Value| {
        // The CLI configuration and other writers of JSON may say 10000.0.
        let number = value.as_u64().or_else(|| value.as_f64().and_then(whole))?;
        u16::try_from(number).ok().filter(|_| number >= FIRST_PORT)
    };
    let (Some(first), Some(last)) = (port(first), port(last)) else {
        return wrong("both ports must be whole numbers between 1024 and 65535");
    };
    if first > last {
        return wrong("the first port must not be higher than the last one");
    }
    Ok(Some((first, last)))
}

fn whole(number: f64) -> Option<u64> {
    let limit = f64::from(u16::MAX);
    let is_port = number.fract() == 0.0 && (0.0..=limit).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a port")]
    is_port.then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_json(description: &Value) -> Result<LoginService, String> {
        let base = WebAddress::parse("https://h.example/.well-known/terraform.json").expect("is an address");
        read(description.as_object().expect("is an object"), &base)
    }

    #[test]
    fn reads_what_hosts_announce() {
        let service = read_json(&json!({
            "client": "cli", "authz": "/oauth/authz?x=1", "token": "https://other.example/token",
            "ports": [10000, 10010.0], "scopes": ["a", "b"],
        }))
        .expect("is complete");
        assert_eq!(service.authorization.expect("is there").to_string(), "https://h.example/oauth/authz?x=1");
        assert_eq!(service.token.to_string(), "https://other.example/token");
        assert_eq!(service.ports, Some((10000, 10010)));
        assert_eq!(service.scopes, ["a", "b"]);
        assert!(!service.grants_password);

        let service =
            read_json(&json!({ "client": "c", "grant_types": ["password", "device"], "token": "/t" }));
        let service = service.expect("needs no address for people");
        assert!(service.grants_password() && !service.grants_code());
    }

    #[test]
    fn says_what_is_wrong() {
        let cases = [
            (json!({ "authz": "/a", "token": "/t" }), "missing required property \"client\""),
            (json!({ "client": "c", "token": "/t" }), "missing required property \"authz\""),
            (json!({ "client": "c", "authz": "/a" }), "missing required property \"token\""),
            (
                json!({ "client": 1, "authz": "/a", "token": "/t" }),
                "\"client\" of service login.v1 must be a string",
            ),
            (json!({ "client": "c", "authz": "ftp://x", "token": "/t" }), "http or https"),
            (json!({ "client": "c", "grant_types": "authz_code" }), "must be a list of strings"),
            (json!({ "client": "c", "grant_types": [1] }), "must be a list of strings"),
            (
                json!({ "client": "c", "authz": "/a", "token": "/t", "ports": [1, 70000] }),
                "between 1024 and 65535",
            ),
            (
                json!({ "client": "c", "authz": "/a", "token": "/t", "ports": [1024.5, 2000] }),
                "whole numbers",
            ),
            (
                json!({ "client": "c", "authz": "/a", "token": "/t", "ports": [2000] }),
                "the first port and the last",
            ),
            (
                json!({ "client": "c", "authz": "/a", "token": "/t", "ports": [2001, 2000] }),
                "must not be higher",
            ),
            (json!({ "client": "c", "authz": "/a", "token": "/t", "ports": "x" }), "a list of two ports"),
        ];
        for (description, expected) in cases {
            let error = read_json(&description).expect_err("is wrong");
            assert!(error.contains(expected), "{description}: {error}");
        }
    }
}
