//! The way to a host: straight, through a proxy or a program, or through other hosts.

use std::sync::Arc;
use std::time::Duration;

use russh::client::{self, Handle};
use russh::{Channel, Disconnect};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::authentication::authenticate;
use crate::client::{Client, Ending};
use crate::error::Error;
use crate::proxy_command::{self, Fate};
use crate::settings::{Host, Proxy, Settings, Through, address};
use crate::stream::{Greeting, Heard, Stream};
use crate::trust::NewHosts;
use crate::{proxy, socks};

/// How long a host may take to let somebody in once both sides have a key: it may ask others, and delay who is
/// wrong. Servers of OpenSSH wait as long.
const LOGIN_MAX: Duration = Duration::from_secs(120);

/// A connection that stands, and what it stands on.
pub(crate) struct Reached {
    pub(crate) stood: Stood,
    pub(crate) new_hosts: NewHosts,
    /// What goes through them ends with them.
    pub(crate) jumps: Vec<Stood>,
}

/// A connection to one host.
pub(crate) struct Stood {
    pub(crate) handle: Handle<Client>,
    pub(crate) ending: Ending,
    pub(crate) address: String,
}

impl Stood {
    /// Says goodbye.
    pub(crate) async fn close(&self) {
        // Who is gone already needs no goodbye.
        let _ = self.handle.disconnect(Disconnect::ByApplication, "", "").await;
    }
}

/// A stream to a host, and what becomes of the program that it may be.
struct Opened {
    stream: Box<dyn Stream>,
    fate: Option<Fate>,
}

/// Connects to the host.
pub(crate) async fn reach(settings: &Settings) -> Result<Reached, Error> {
    let new_hosts = NewHosts::default();
    let mut jumps: Vec<Stood> = Vec::with_capacity(settings.jumps.len());
    for host in &settings.jumps {
        let stood = one(host, jumps.last(), settings, &new_hosts).await;
        jumps.push(stood.map_err(|error| at(host, error))?);
    }
    let stood = one(&settings.host, jumps.last(), settings, &new_hosts).await?;
    Ok(Reached { stood, new_hosts, jumps })
}

/// An error at a host in between; one of the host before it stays one of that.
fn at(jump: &Host, source: Error) -> Error {
    match source {
        Error::Bastion { .. } => source,
        source => Error::Bastion { address: jump.address(), source: Box::new(source) },
    }
}

/// Connects to one host, through the last that stands.
async fn one(
    host: &Host,
    before: Option<&Stood>,
    settings: &Settings,
    new_hosts: &NewHosts,
) -> Result<Stood, Error> {
    let deadline = Instant::now() + host.patience.connect;
    let opened = match (before, &settings.through) {
        (Some(before), _) => forwarded(before, host, deadline).await?,
        (None, Some(Through::Command(command))) => {
            let (piped, fate) = proxy_command::start(command).map_err(|error| Error::ProxyCommand {
                command: proxy_command::described(command),
                target: host.address(),
                why: format!("it cannot be started: {error}"),
            })?;
            Opened { stream: Box::new(piped), fate: Some(fate) }
        }
        (None, Some(Through::Proxy(proxy))) => proxied(host, proxy, deadline).await?,
        (None, None) => {
            Opened { stream: Box::new(answered(&host.name, host.port, host, deadline).await?), fate: None }
        }
    };
    over(opened, host, settings, new_hosts, deadline).await
}

/// A stream that another host forwards.
async fn forwarded(before: &Stood, host: &Host, deadline: Instant) -> Result<Opened, Error> {
    let opening = before.handle.channel_open_direct_tcpip(&*host.name, host.port.into(), "127.0.0.1", 0);
    let unreachable = |source| Error::Bastion {
        address: before.address.clone(),
        source: Box::new(Error::Unreachable { address: host.address(), source }),
    };
    let channel: Channel<client::Msg> = match tokio::time::timeout_at(deadline, opening).await {
        Ok(Ok(channel)) => channel,
        Ok(Err(error)) => return Err(unreachable(std::io::Error::other(error.to_string()))),
        Err(_) => return Err(unreachable(late(host))),
    };
    Ok(Opened { stream: Box::new(channel.into_stream()), fate: None })
}

/// Speaks SSH over a stream, until the user is let in.
async fn over(
    opened: Opened,
    host: &Host,
    settings: &Settings,
    new_hosts: &NewHosts,
    deadline: Instant,
) -> Result<Stood, Error> {
    let patience = host.patience;
    let config = client::Config {
        keepalive_interval: patience.keepalive,
        keepalive_max: patience.keepalives_max,
        preferred: host.trust.preferred(host),
        client_id: russh::SshId::Standard("SSH-2.0-Plumb".into()),
        ..client::Config::default()
    };
    let Opened { stream, mut fate } = opened;
    let (ending, greeting) = (Ending::default(), Greeting::default());
    let forwarded_agent = settings.forwarded_agent.clone();
    let client =
        Client { host: host.clone(), forwarded_agent, ending: ending.clone(), new_hosts: new_hosts.clone() };
    let heard = Heard { stream, greeting: greeting.clone() };
    let connecting = client::connect_stream(Arc::new(config), heard, client);
    let mut handle = match tokio::time::timeout_at(deadline, connecting).await {
        Ok(Ok(handle)) => handle,
        Ok(Err(error)) => {
            let error = no_ssh(host, &greeting, lost(host, &ending, error));
            return Err(by_command(host, fate.as_mut(), error).await);
        }
        Err(_) => {
            let stage = if greeting.is_empty() { "its greeting" } else { "agreeing on keys" };
            let error = no_ssh(host, &greeting, silent(host, stage, patience.connect));
            return Err(by_command(host, fate.as_mut(), error).await);
        }
    };
    match tokio::time::timeout(LOGIN_MAX, authenticate(&mut handle, host)).await {
        Ok(Ok(())) => Ok(Stood { handle, ending, address: host.address() }),
        Ok(Err(error)) => Err(by_command(host, fate.as_mut(), lost(host, &ending, error)).await),
        Err(_) => Err(silent(host, "letting the user in", LOGIN_MAX)),
    }
}

fn silent(host: &Host, stage: &'static str, waited: Duration) -> Error {
    Error::Silent { address: host.address(), stage, seconds: waited.as_secs() }
}

/// Who says something else than SSH is told of with that.
fn no_ssh(host: &Host, greeting: &Greeting, error: Error) -> Error {
    match (&error, greeting.instead()) {
        (Error::Lost { .. } | Error::Silent { .. } | Error::Protocol(_), Some(said)) => {
            Error::NoSsh { address: host.address(), why: format!("it says \"{said}\"") }
        }
        (Error::Lost { .. }, None) if greeting.is_empty() => {
            Error::NoSsh { address: host.address(), why: "it ends the connection without a word".to_owned() }
        }
        _ => error,
    }
}

/// A connection that is a program is lost because of what becomes of that.
async fn by_command(host: &Host, fate: Option<&mut Fate>, error: Error) -> Error {
    let (Some(fate), Error::Lost { .. } | Error::NoSsh { .. } | Error::Silent { .. }) = (fate, &error) else {
        return error;
    };
    let why = match fate.told().await {
        Some(told) => told,
        None => format!("{error}{}", fate.said()),
    };
    Error::ProxyCommand { command: fate.command().to_owned(), target: host.address(), why }
}

/// A connection that ends while it is being made is told of with the reason why.
fn lost(host: &Host, ending: &Ending, error: Error) -> Error {
    use russh::Error as Ssh;
    match error {
        Error::Protocol(Ssh::Disconnect | Ssh::HUP | Ssh::SendError | Ssh::RecvError) => {
            Error::Lost { address: host.address(), why: ending.why() }
        }
        Error::NotLetIn { address, user, why, accepted } => {
            Error::NotLetIn { address, user, why: format!("{why}{}", ending.why()), accepted }
        }
        Error::Protocol(Ssh::IO(error)) => Error::Lost { address: host.address(), why: format!(": {error}") },
        other => other,
    }
}

/// Connects to a host through a proxy.
async fn proxied(host: &Host, proxy: &Proxy, deadline: Instant) -> Result<Opened, Error> {
    let mut stream = answered(&proxy.name, proxy.port, host, deadline).await?;
    let target = address(&host.name, host.port);
    let connected = async {
        match proxy.scheme {
            crate::ProxyScheme::Http => proxy::connect(&mut stream, proxy, &target).await,
            crate::ProxyScheme::Socks5 => socks::connect(&mut stream, proxy, &host.name, host.port).await,
        }
    };
    let why = match tokio::time::timeout_at(deadline, connected).await {
        Ok(Ok(())) => return Ok(Opened { stream: Box::new(stream), fate: None }),
        Ok(Err(error)) => error.to_string(),
        Err(_) => late(host).to_string(),
    };
    Err(Error::Proxy { address: proxy.address(), target, why })
}

fn late(host: &Host) -> std::io::Error {
    let why = format!("no answer within {} seconds", host.patience.connect.as_secs());
    std::io::Error::new(std::io::ErrorKind::TimedOut, why)
}

/// Connects over TCP.
async fn answered(name: &str, port: u16, host: &Host, deadline: Instant) -> Result<TcpStream, Error> {
    let unreachable = |source| Error::Unreachable { address: address(name, port), source };
    let connected = tokio::time::timeout_at(deadline, TcpStream::connect((name, port))).await;
    let connected = connected.map_err(|_| late(host)).and_then(|connected| connected);
    let stream = connected.map_err(unreachable)?;
    // Small messages go back and forth; none waits for more to come.
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(stream)
}
