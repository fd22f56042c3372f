//! As many hosts as a test wants, behind one SSH server in its own process.
//!
//! Whoever logs in is let in, and gets a shell of this machine: the name that is logged in with is the host, and
//! is in its variable `HOST_NAME`.
//! So a thousand hosts cost a thousand shells, and not a thousand servers.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use russh::keys::PrivateKey;
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Session};
use russh::{Channel, ChannelId, ChannelMsg};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::process::Command;

/// A server that is every host.
pub struct Hosts {
    port: u16,
    counted: Arc<Counted>,
    /// It goes on for as long as this does.
    _runtime: tokio::runtime::Runtime,
}

/// What has happened so far.
#[derive(Debug, Default)]
struct Counted {
    connections: AtomicUsize,
    shells: AtomicUsize,
}

impl Hosts {
    /// Listens on a port of its own.
    ///
    /// # Panics
    /// Where this machine does not let it.
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let counted = Arc::new(Counted::default());
        let key = PrivateKey::random(&mut rand::rng(), russh::keys::Algorithm::Ed25519).expect("a key");
        let config = Arc::new(Config { keys: vec![key], nodelay: true, ..Config::default() });
        let of = counted.clone();
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let _ = socket.set_nodelay(true);
                of.connections.fetch_add(1, Ordering::Relaxed);
                let guest = Guest { counted: of.clone(), user: String::new(), channels: HashMap::new() };
                let config = config.clone();
                tokio::spawn(async move {
                    if let Ok(session) = russh::server::run_stream(config, socket, guest).await {
                        let _ = session.await;
                    }
                });
            }
        });
        Hosts { port, counted, _runtime: runtime }
    }

    /// The port that all of them are reached at, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.counted.connections.load(Ordering::Relaxed)
    }

    /// How many shells were started.
    pub fn shells(&self) -> usize {
        self.counted.shells.load(Ordering::Relaxed)
    }
}

struct Guest {
    counted: Arc<Counted>,
    user: String,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Handler for Guest {
    type Error = russh::Error;

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Self::Error> {
        user.clone_into(&mut self.user);
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        line: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let Some(channel) = self.channels.remove(&id) else { return session.channel_failure(id) };
        session.channel_success(id)?;
        self.counted.shells.fetch_add(1, Ordering::Relaxed);
        let line = String::from_utf8_lossy(line).into_owned();
        let user = self.user.clone();
        tokio::spawn(async move {
            let _ = serve(channel, &line, &user).await;
        });
        Ok(())
    }
}

/// Runs a line, until it has ended or whoever started it is gone.
async fn serve(channel: Channel<Msg>, line: &str, user: &str) -> std::io::Result<()> {
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("HOST_NAME", user).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let (mut stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (mut heard, said) = channel.split();
    let mut output = Box::pin(copy(stdout, said.make_writer()));
    let mut errors = Box::pin(copy(stderr, said.make_writer_ext(Some(1))));
    let (mut output_open, mut errors_open) = (true, true);
    while output_open || errors_open {
        tokio::select! {
            _ = &mut output, if output_open => output_open = false,
            _ = &mut errors, if errors_open => errors_open = false,
            message = heard.wait() => match message {
                Some(ChannelMsg::Data { data }) => {
                    if let Some(stdin) = &mut stdin {
                        stdin.write_all(&data).await?;
                        stdin.flush().await?;
                    }
                }
                Some(ChannelMsg::Eof) => drop(stdin.take()),
                Some(_) => {}
                None => return Ok(()),
            },
        }
    }
    let status = child.wait().await?;
    let _ = said.exit_status(status.code().unwrap_or(255).cast_unsigned()).await;
    let _ = said.eof().await;
    let _ = said.close().await;
    Ok(())
}

async fn copy(
    from: Option<impl tokio::io::AsyncRead + Unpin>,
    mut to: impl tokio::io::AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    let mut buffer = [0; 4096];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        to.write_all(&buffer[..read]).await?;
    }
}
