//! The way to a host: straight, through a proxy, or through another host.

use std::sync::Arc;
use std::time::Duration;

use russh::client::{self, Handle};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::agent::Keys;
use crate::authentication::authenticate;
use crate::client::{Client, Ending};
use crate::error::Error;
use crate::settings::{Host, Proxy, Settings, address};
use crate::trust::NewHosts;
use crate::{proxy, socks};

/// How long to wait for somebody to answer at all.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// How often a host that says nothing is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// How often it may leave that unanswered: it is given up after two minutes.
const KEEPALIVES_UNANSWERED_MAX: usize = 8;

/// A connection that stands, and what it stands on.
pub(crate) struct Reached {
    pub(crate) handle: Handle<Client>,
    pub(crate) ending: Ending,
    pub(crate) new_hosts: NewHosts,
    /// What goes through it ends with it.
    pub(crate) bastion: Option<Handle<Client>>,
}

/// Connects to the host.
pub(crate) async fn reach(settings: &Settings) -> Result<Reached, Error> {
    let host = &settings.host;
    let new_hosts = NewHosts::default();
    let Some(bastion) = &settings.bastion else {
        let stream = tcp(&host.name, host.port, settings.proxy.as_ref()).await?;
        let (handle, ending) = over(stream, host, settings, &new_hosts).await?;
        return Ok(Reached { handle, ending, new_hosts, bastion: None });
    };
    let between = through(bastion, settings, &new_hosts).await.map_err(|source| at(bastion, source))?;
    let channel = between.channel_open_direct_tcpip(&*host.name, host.port.into(), "127.0.0.1", 0).await;
    let channel = channel.map_err(|error| {
        let source = std::io::Error::other(error.to_string());
        at(bastion, Error::Unreachable { address: host.address(), source })
    })?;
    let (handle, ending) = over(channel.into_stream(), host, settings, &new_hosts).await?;
    Ok(Reached { handle, ending, new_hosts, bastion: Some(between) })
}

fn at(bastion: &Host, source: Error) -> Error {
    Error::Bastion { address: bastion.address(), source: Box::new(source) }
}

async fn through(bastion: &Host, settings: &Settings, new_hosts: &NewHosts) -> Result<Handle<Client>, Error> {
    let stream = tcp(&bastion.name, bastion.port, settings.proxy.as_ref()).await?;
    Ok(over(stream, bastion, settings, new_hosts).await?.0)
}

/// Speaks SSH over a stream, until the user is let in.
async fn over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    host: &Host,
    settings: &Settings,
    new_hosts: &NewHosts,
) -> Result<(Handle<Client>, Ending), Error> {
    let config = client::Config {
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: KEEPALIVES_UNANSWERED_MAX,
        preferred: host.trust.preferred(host),
        client_id: russh::SshId::Standard("SSH-2.0-Plumb".into()),
        ..client::Config::default()
    };
    let ending = Ending::default();
    let agent = settings.agent.as_ref().map(|agent| agent.socket.clone());
    let client = Client { host: host.clone(), agent, ending: ending.clone(), new_hosts: new_hosts.clone() };
    let mut handle = client::connect_stream(Arc::new(config), stream, client)
        .await
        .map_err(|error| lost(host, &ending, error))?;
    // A host takes only so many attempts, so that a key which is given is the only one that is shown.
    let keys = match settings.agent.as_ref().filter(|_| host.identity.is_none()) {
        Some(agent) => Some(Keys::of(agent).await?),
        None => None,
    };
    authenticate(&mut handle, host, keys).await.map_err(|error| lost(host, &ending, error))?;
    Ok((handle, ending))
}

/// A connection that ends while it is being made is told of with the reason why.
fn lost(host: &Host, ending: &Ending, error: Error) -> Error {
    use russh::Error as Ssh;
    match error {
        Error::Protocol(Ssh::Disconnect | Ssh::HUP | Ssh::SendError | Ssh::RecvError) => {
            Error::Lost { address: host.address(), why: ending.why() }
        }
        Error::NotLetIn { address, user, why } => {
            Error::NotLetIn { address, user, why: format!("{why}{}", ending.why()) }
        }
        Error::Protocol(Ssh::IO(error)) => Error::Lost { address: host.address(), why: format!(": {error}") },
        other => other,
    }
}

/// Connects over TCP.
async fn tcp(name: &str, port: u16, proxy: Option<&Proxy>) -> Result<TcpStream, Error> {
    let Some(proxy) = proxy else { return answered(name, port).await };
    let mut stream = answered(&proxy.name, proxy.port).await?;
    let target = address(name, port);
    let connected = async {
        match proxy.scheme {
            crate::ProxyScheme::Http => proxy::connect(&mut stream, proxy, &target).await,
            crate::ProxyScheme::Socks5 => socks::connect(&mut stream, proxy, name, port).await,
        }
    };
    let connected = tokio::time::timeout(ANSWER_MAX, connected).await;
    let why = match connected {
        Ok(Ok(())) => return Ok(stream),
        Ok(Err(error)) => error.to_string(),
        Err(_) => no_answer(),
    };
    Err(Error::Proxy { address: proxy.address(), target, why })
}

fn no_answer() -> String {
    format!("no answer within {} seconds", ANSWER_MAX.as_secs())
}

async fn answered(name: &str, port: u16) -> Result<TcpStream, Error> {
    let unreachable = |source| Error::Unreachable { address: address(name, port), source };
    let connected = tokio::time::timeout(ANSWER_MAX, TcpStream::connect((name, port))).await;
    let late = |_| std::io::Error::new(std::io::ErrorKind::TimedOut, no_answer());
    let stream = connected.map_err(late).and_then(|connected| connected).map_err(unreachable)?;
    // Small messages go back and forth; none waits for more to come.
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(stream)
}
