//! What `connection` blocks say.
//!
//! Responsible for what their arguments mean, and for what holds where they say nothing.

use std::time::Duration;

use plumb_expression::parse_duration;
use plumb_ssh::{
    Agent, Host, HostKey, Identity, Platform, Proxy, ProxyScheme, Secret, Settings, Through, Trust,
};
use plumb_value::Value;

use crate::arguments::{argument, filled, flag};
use crate::surroundings::Surroundings;

const USER: &str = "root";
const PORT: u16 = 22;
const TIMEOUT: Duration = Duration::from_secs(5 * 60);
const SCRIPT_PATH: &str = "/tmp/terraform_%RAND%.sh";
const WINDOWS_SCRIPT_PATH: &str = "C:/windows/temp/terraform_%RAND%.cmd";

/// How an object is reached.
pub(crate) struct Reach {
    pub(crate) settings: Settings,
    /// For how long to try.
    pub(crate) timeout: Duration,
    /// Where scripts are written, with `%RAND%` in it.
    pub(crate) script_path: String,
    pub(crate) platform: Platform,
    /// Whether hosts, users and the like are secret, so that nothing may be told of the connection.
    pub(crate) is_secret: bool,
}

/// Arguments that say where a connection goes: they are told of, and so are errors with them in.
const TOLD: [&str; 9] = [
    "host",
    "port",
    "user",
    "bastion_host",
    "bastion_port",
    "bastion_user",
    "proxy_host",
    "proxy_port",
    "proxy_user_name",
];

/// Why objects cannot be reached by connections of this type, if they cannot.
pub(crate) fn type_problem(connection: &Value) -> Option<String> {
    let kind = argument(connection, "type");
    match kind.unmark_deep().as_str() {
        None | Some("" | "ssh") => None,
        Some("winrm") => Some(
            "Connections of type \"winrm\" are not supported. OpenSSH's server is part of Windows: enable it, and use \
             type = \"ssh\" with target_platform = \"windows\"."
                .to_owned(),
        ),
        Some(other) => Some(format!("Connections of type \"{other}\" are not supported: \"ssh\" is the only type.")),
    }
}

/// Reads the values of a `connection` block, marks and all.
pub(crate) fn reach(connection: &Value, surroundings: &Surroundings) -> Result<Reach, String> {
    if let Some(problem) = type_problem(connection) {
        return Err(problem);
    }
    let is_secret = TOLD.iter().any(|name| !argument(connection, name).deep_marks().is_empty());
    let connection = &connection.unmark_deep();
    let platform = platform(connection)?;
    let agent = agent(connection, surroundings)?;
    let host = host(connection, agent.as_ref())?;
    let settings = Settings {
        jumps: bastion(connection, &host, agent.as_ref())?.into_iter().collect(),
        through: proxy(connection)?.map(Through::Proxy),
        // Programs on the host may use it as well.
        forwarded_agent: agent.map(|agent| agent.socket),
        host,
    };
    let usual_path = match platform {
        Platform::Unix => SCRIPT_PATH,
        Platform::Windows => WINDOWS_SCRIPT_PATH,
    };
    Ok(Reach {
        settings,
        timeout: timeout(connection),
        script_path: filled(connection, "script_path").unwrap_or_else(|| usual_path.to_owned()),
        platform,
        is_secret,
    })
}

fn platform(connection: &Value) -> Result<Platform, String> {
    match filled(connection, "target_platform").as_deref() {
        None | Some("unix") => Ok(Platform::Unix),
        Some("windows") => Ok(Platform::Windows),
        Some(other) => Err(format!(
            "The connection's target_platform is \"{other}\", and must be \"unix\" or \"windows\"."
        )),
    }
}

/// What cannot be read as a duration counts for nothing, as in Terraform.
fn timeout(connection: &Value) -> Duration {
    let nanoseconds = filled(connection, "timeout").and_then(|text| parse_duration(&text).ok());
    nanoseconds.map_or(TIMEOUT, |nanoseconds| Duration::from_nanos(nanoseconds.max(0).unsigned_abs()))
}

fn host(connection: &Value, agent: Option<&Agent>) -> Result<Host, String> {
    let name = filled(connection, "host").ok_or("The connection's host is empty.")?;
    let port = port(connection, "port")?.unwrap_or(PORT);
    let user = filled(connection, "user").unwrap_or_else(|| USER.to_owned());
    let identity =
        identity(filled(connection, "private_key"), filled(connection, "certificate"), "private_key")?;
    Ok(Host {
        password: filled(connection, "password").map(Secret::new),
        trust: trust(connection, "host_key")?,
        ..shown(Host::new(without_brackets(name), port, user), identity, agent)
    })
}

/// The host with what is shown to it. It takes only so many attempts, so that a key which is given is the only
/// one.
fn shown(host: Host, identity: Option<Identity>, agent: Option<&Agent>) -> Host {
    let agent = agent.filter(|_| identity.is_none()).cloned();
    Host { identities: identity.into_iter().collect(), agent, ..host }
}

/// What is not said of it holds as for the host.
fn bastion(connection: &Value, host: &Host, agent: Option<&Agent>) -> Result<Option<Host>, String> {
    let Some(name) = filled(connection, "bastion_host") else { return Ok(None) };
    let given = |own: &str, shared: &str| filled(connection, own).or_else(|| filled(connection, shared));
    let private_key = given("bastion_private_key", "private_key");
    let certificate = given("bastion_certificate", "certificate");
    let port = port(connection, "bastion_port")?.unwrap_or(host.port);
    let user = filled(connection, "bastion_user").unwrap_or_else(|| host.user.clone());
    let identity = identity(private_key, certificate, "bastion_private_key")?;
    Ok(Some(Host {
        password: given("bastion_password", "password").map(Secret::new),
        trust: trust(connection, "bastion_host_key")?,
        ..shown(Host::new(without_brackets(name), port, user), identity, agent)
    }))
}

fn proxy(connection: &Value) -> Result<Option<Proxy>, String> {
    let Some(name) = filled(connection, "proxy_host") else { return Ok(None) };
    let scheme = match filled(connection, "proxy_scheme").as_deref() {
        // Terraform speaks to both alike, without TLS.
        None | Some("http" | "https") => ProxyScheme::Http,
        Some("socks5" | "socks5h") => ProxyScheme::Socks5,
        Some(other) => {
            return Err(format!(
                "The connection's proxy_scheme is \"{other}\", and must be \"http\", \"https\" or \"socks5\"."
            ));
        }
    };
    Ok(Some(Proxy {
        scheme,
        name: without_brackets(name),
        port: port(connection, "proxy_port")?.ok_or("The connection has a proxy_host, but no proxy_port.")?,
        user: filled(connection, "proxy_user_name").unwrap_or_default(),
        password: Secret::new(filled(connection, "proxy_user_password").unwrap_or_default()),
    }))
}

/// The agent is used wherever there is one, unless somebody says no.
fn agent(connection: &Value, surroundings: &Surroundings) -> Result<Option<Agent>, String> {
    let socket = match (flag(connection, "agent"), &surroundings.agent_socket) {
        (Some(false), _) | (None, None) => return Ok(None),
        (Some(true), None) => {
            return Err(
                "The connection is to use an SSH agent, and there is none: the environment variable \
                        SSH_AUTH_SOCK is not set. Start one, or set agent = false."
                    .to_owned(),
            );
        }
        (_, Some(socket)) => socket.clone(),
    };
    Ok(Some(Agent { identity: filled(connection, "agent_identity"), ..Agent::new(socket) }))
}

fn identity(
    key: Option<String>,
    certificate: Option<String>,
    name: &str,
) -> Result<Option<Identity>, String> {
    // A certificate alone proves nothing.
    let Some(key) = key else { return Ok(None) };
    let identity = Identity::parse(&key, certificate.as_deref());
    identity.map(Some).map_err(|problem| format!("The connection's {name} cannot be used: {problem}."))
}

fn trust(connection: &Value, name: &str) -> Result<Trust, String> {
    let Some(text) = filled(connection, name) else { return Ok(Trust::Anyone) };
    let key = HostKey::parse(&text);
    key.map(Trust::Key).map_err(|problem| {
        format!(
            "The connection's {name} is no public key, such as ssh-keyscan writes without the host's name: {problem}."
        )
    })
}

/// A port; none where it is zero.
fn port(connection: &Value, name: &str) -> Result<Option<u16>, String> {
    let value = argument(connection, name);
    let Some(number) = value.as_number() else { return Ok(None) };
    let port = number.to_u64().and_then(|port| u16::try_from(port).ok());
    let port =
        port.ok_or_else(|| format!("The connection's {name} must be a whole number from 0 to 65535."))?;
    Ok(Some(port).filter(|port| *port != 0))
}

/// Addresses of version 6 may be written in brackets, as in front of a port.
fn without_brackets(name: String) -> String {
    match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.to_owned(),
        None => name,
    }
}

impl Reach {
    /// What is told when a connection is made, as in Terraform.
    pub(crate) fn announcements(&self) -> Vec<String> {
        let Settings { host, jumps, through, forwarded_agent } = &self.settings;
        let platform = match self.platform {
            Platform::Unix => "unix",
            Platform::Windows => "windows",
        };
        let has_agent = forwarded_agent.is_some();
        let mut texts = vec![format!(
            "Connecting to remote host via SSH...\n{}\n  Target Platform: {platform}",
            described(host, has_agent)
        )];
        texts.extend(
            jumps.iter().map(|bastion| {
                format!("Using configured bastion host...\n{}", described(bastion, has_agent))
            }),
        );
        if let Some(Through::Proxy(proxy)) = through {
            texts.push(format!(
                "Using configured proxy host...\n  ProxyHost: {}\n  ProxyPort: {}\n  ProxyUserName: {}\n  \
                 ProxyUserPassword: {}",
                proxy.name,
                proxy.port,
                proxy.user,
                !proxy.password.reveal().is_empty()
            ));
        }
        texts
    }
}

fn described(host: &Host, has_agent: bool) -> String {
    let certificate = host.identities.iter().any(Identity::has_certificate);
    format!(
        "  Host: {}\n  User: {}\n  Password: {}\n  Private key: {}\n  Certificate: {certificate}\n  SSH Agent: \
         {has_agent}\n  Checking Host Key: {}",
        host.name,
        host.user,
        host.password.is_some(),
        !host.identities.is_empty(),
        matches!(host.trust, Trust::Key(_))
    )
}
