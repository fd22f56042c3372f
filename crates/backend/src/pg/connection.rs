//! A session with a server.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::address::{Address, Security};
use super::login::{METHOD, Scram, md5};
use super::messages::{Draft, Message, error, read, row};
use super::trust;

/// More than a server says in passing before it answers.
const ASIDES_MAX: usize = 10_000;

/// Why a server did not do what it was asked.
#[derive(Clone, Debug)]
pub(super) struct PgError {
    /// The code that the server has for it; empty where the connection is of no use any more.
    pub(super) code: String,
    pub(super) message: String,
}

impl PgError {
    fn broken(message: impl Into<String>) -> Self {
        PgError { code: String::new(), message: message.into() }
    }
}

impl From<io::Error> for PgError {
    fn from(error: io::Error) -> Self {
        let text = error.to_string();
        let text = match error.kind() {
            io::ErrorKind::UnexpectedEof => "the server has closed the connection",
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "the server did not answer in time",
            _ => text.find(" (os error").map_or(text.as_str(), |at| &text[..at]),
        };
        PgError::broken(text)
    }
}

trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

/// A session. Whatever locks it holds end with it.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    /// The same, to look at without reading; `None` where it cannot be looked at.
    probe: Option<TcpStream>,
}

/// A column of a row; `None` for null.
pub(super) type Column = Option<Vec<u8>>;

impl Connection {
    pub(super) fn open(address: &Address) -> Result<Self, PgError> {
        let (stream, probe) = connect(address)?;
        let mut connection = Connection { stream, probe };
        let mut draft = Draft::first().number(196_608);
        for (name, value) in [("user", &address.user), ("database", &address.database)] {
            draft = draft.text(name).text(value);
        }
        draft = draft.text("client_encoding").text("UTF8");
        for (name, value) in &address.parameters {
            draft = draft.text(name).text(value);
        }
        connection.send(draft.bytes(&[0]))?;
        connection.log_in(address)?;
        while connection.read()?.kind != b'Z' {}
        Ok(connection)
    }

    /// Whether the server may have ended the session: it says something although it was not asked. Costs
    /// next to nothing.
    pub(super) fn is_doubtful(&self) -> bool {
        let Some(probe) = &self.probe else { return false };
        if probe.set_nonblocking(true).is_err() {
            return true;
        }
        let is_quiet = probe.peek(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        probe.set_nonblocking(false).is_err() || !is_quiet
    }

    fn send(&mut self, draft: Draft) -> Result<(), PgError> {
        draft.send(&mut self.stream)?;
        Ok(self.stream.flush()?)
    }

    /// The next message, but for what is only said in passing.
    fn read(&mut self) -> Result<Message, PgError> {
        for _ in 0..ASIDES_MAX {
            let message = read(&mut self.stream)?;
            match message.kind {
                b'N' | b'S' | b'A' => {}
                b'E' => {
                    let (code, message) = error(&message.body);
                    return Err(PgError { code, message });
                }
                _ => return Ok(message),
            }
        }
        Err(PgError::broken("the server says much and does not answer"))
    }

    fn log_in(&mut self, address: &Address) -> Result<(), PgError> {
        let mut scram = None::<Scram>;
        loop {
            let message = self.read()?;
            let (kind, rest) = match (message.kind, message.body.split_first_chunk::<4>()) {
                (b'R', Some((kind, rest))) => (i32::from_be_bytes(*kind), rest),
                _ => return Err(PgError::broken("the server does not speak PostgreSQL's protocol")),
            };
            let text = String::from_utf8_lossy(rest);
            match kind {
                0 => return Ok(()),
                3 => self.send(Draft::new(b'p').text(&address.password))?,
                5 => self.send(Draft::new(b'p').text(&md5(&address.user, &address.password, rest)))?,
                10 if text.split('\0').any(|method| method == METHOD) => {
                    let proof = Scram::new(&address.password, crate::random_uuid());
                    self.send(Draft::new(b'p').text(METHOD).counted(proof.first().as_bytes()))?;
                    scram = Some(proof);
                }
                11 => {
                    let second = scram.as_mut().and_then(|scram| scram.second(&text));
                    let second =
                        second.ok_or_else(|| PgError::broken("the server's proof makes no sense"))?;
                    self.send(Draft::new(b'p').bytes(second.as_bytes()))?;
                }
                12 if scram.as_ref().is_some_and(|scram| scram.is_proven(&text)) => {}
                12 => return Err(PgError::broken("the server does not know the password itself")),
                _ => {
                    let message =
                        format!("the server wants to know who asks in a way that is not known here ({kind})");
                    return Err(PgError::broken(message));
                }
            }
        }
    }

    /// Runs one statement; `$1` and so on stand for the texts.
    pub(super) fn ask(&mut self, statement: &str, texts: &[&[u8]]) -> Result<Vec<Vec<Column>>, PgError> {
        let count = u16::try_from(texts.len()).unwrap_or_default();
        Draft::new(b'P').text("").text(statement).short(0).send(&mut self.stream)?;
        let bind = Draft::new(b'B').text("").text("").short(0).short(count);
        let bind = texts.iter().fold(bind, |bind, text| bind.counted(text));
        bind.short(0).send(&mut self.stream)?;
        Draft::new(b'E').text("").number(0).send(&mut self.stream)?;
        self.send(Draft::new(b'S'))?;
        let (mut rows, mut failure) = (Vec::new(), None);
        loop {
            match self.read() {
                Ok(message) if message.kind == b'Z' => break,
                Ok(message) if message.kind == b'D' => {
                    rows.push(
                        row(&message.body).ok_or_else(|| PgError::broken("a row of the server is torn"))?,
                    );
                }
                Ok(_) => {}
                // The server says when it is ready for the next one.
                Err(error) if !error.code.is_empty() => failure = Some(error),
                Err(error) => return Err(error),
            }
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(rows),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Best effort: a server notices anyhow, a little later.
        _ = self.send(Draft::new(b'X'));
    }
}

fn connect(address: &Address) -> Result<(Box<dyn Stream>, Option<TcpStream>), PgError> {
    if address.host.starts_with('/') {
        let path = Path::new(&address.host).join(format!(".s.PGSQL.{}", address.port));
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(address.silence_max))?;
        return Ok((Box::new(stream), None));
    }
    let mut stream = reach(address)?;
    stream.set_read_timeout(Some(address.silence_max))?;
    stream.set_nodelay(true)?;
    let probe = stream.try_clone().ok();
    if address.security == Security::Disable {
        return Ok((Box::new(stream), probe));
    }
    Draft::first().number(80_877_103).send(&mut stream)?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    if answer != *b"S" {
        return Err(PgError::broken("SSL is not enabled on the server"));
    }
    let config = trust::config(address).map_err(PgError::broken)?;
    let name = ServerName::try_from(address.host.clone())
        .map_err(|_| PgError::broken("the host's name cannot be in a certificate"))?;
    let mut session =
        ClientConnection::new(Arc::new(config), name).map_err(|error| PgError::broken(error.to_string()))?;
    while session.is_handshaking() {
        session.complete_io(&mut stream)?;
    }
    Ok((Box::new(StreamOwned::new(session, stream)), probe))
}

fn reach(address: &Address) -> Result<TcpStream, PgError> {
    let mut last = PgError::broken("no such host");
    for place in (address.host.as_str(), address.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&place, address.connect_timeout) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}
