//! What commands and keepers say to each other: one line of JSON for each message.
//!
//! Responsible for that both sides know who is at the other end, and for that neither can be kept
//! waiting or be flooded.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::fingerprint::Fingerprint;

/// How long one waits for a process of the same machine that has nothing to do but to answer.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);
/// No message is longer. Lines of logs are cut before they get here.
const MESSAGE_BYTES_MAX: u64 = 1024 * 1024;

/// What a keeper is asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    /// Its spare, for one who lives in these circumstances.
    Take(Fingerprint),
    /// What it keeps.
    Describe,
    /// To end, with its spare.
    Stop,
    /// To take back the spare that it was asked for before, in the same conversation.
    TakeBack(GivenBack),
}

/// How a spare comes back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GivenBack {
    /// As it was.
    Unchanged,
    /// It has been configured since, and is for those with this fingerprint, for so long.
    Configured {
        /// What they have.
        fingerprint: Fingerprint,
        /// What is left of its time.
        left_ms: u64,
    },
}

/// What a keeper says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// The spare is yours; wait until it is ready.
    Coming,
    /// Here it is, in the form of [`plumb_plugin::spare::HandOver`].
    HandOver(String),
    /// It wrote lines to its log.
    Logged(Vec<String>),
    /// It ended, with what the system says of the way.
    Exited(i32),
    /// What is kept.
    Described(Description),
    /// It ends.
    Stopping,
    /// It has its spare back.
    TakenBack,
}

/// What a keeper keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The provider's address.
    pub provider: String,
    /// The program.
    pub program: String,
    /// The directory that it was started in.
    pub directory: String,
    /// The number of the provider's process, once it runs.
    pub process_id: Option<u32>,
    /// How far it is.
    pub condition: Condition,
    /// How much memory it and its keeper hold.
    pub memory_bytes: u64,
    /// When it was started, in seconds since 1970.
    pub started_unix_s: u64,
    /// When it ends if nobody takes it, in seconds from now.
    pub ends_in_s: u64,
}

/// How far a spare is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It starts.
    Starting,
    /// It can be used, and sets itself up.
    WarmingUp,
    /// It has nothing left to do.
    Ready,
    /// A command has configured it.
    Configured,
}

/// One end of a conversation.
pub(crate) struct Conversation<R = tokio::net::unix::OwnedReadHalf, W = tokio::net::unix::OwnedWriteHalf> {
    pub(crate) reader: Reader<R>,
    pub(crate) writer: Writer<W>,
}

/// Reads messages.
pub(crate) struct Reader<R>(BufReader<R>);

/// Writes messages.
pub(crate) struct Writer<W>(W);

impl Conversation {
    /// Talks over a connection, whose other end must belong to the same user.
    pub(crate) fn new(stream: UnixStream) -> io::Result<Conversation> {
        let other = stream.peer_cred()?.uid();
        if other != rustix::process::geteuid().as_raw() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the other side is another user"));
        }
        let (reader, writer) = stream.into_split();
        Ok(Conversation { reader: Reader(BufReader::new(reader)), writer: Writer(writer) })
    }

    /// Asks the keeper at a socket, which is removed where nobody listens to it any more.
    pub(crate) async fn ask(socket: &Path, request: &Request) -> io::Result<Conversation> {
        let stream = match timeout(ANSWER_TIMEOUT, UnixStream::connect(socket)).await? {
            Ok(stream) => stream,
            Err(problem) => {
                if problem.kind() == io::ErrorKind::ConnectionRefused {
                    let _ = std::fs::remove_file(socket);
                }
                return Err(problem);
            }
        };
        let mut conversation = Conversation::new(stream)?;
        timeout(ANSWER_TIMEOUT, conversation.writer.write(request)).await??;
        Ok(conversation)
    }
}

impl<R: AsyncRead + Unpin> Reader<R> {
    /// The next message; an error at the end and for what is none.
    pub(crate) async fn read<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut line = Vec::new();
        (&mut self.0).take(MESSAGE_BYTES_MAX).read_until(b'\n', &mut line).await?;
        if line.last() != Some(&b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        serde_json::from_slice(&line).map_err(io::Error::other)
    }

    /// The same, if it comes in time.
    pub(crate) async fn read_within<T: DeserializeOwned>(&mut self, limit: Duration) -> io::Result<T> {
        timeout(limit, self.read()).await?
    }
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    /// Sends a message.
    pub(crate) async fn write(&mut self, message: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.0.write_all(&line).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &[u8]) -> Result<Request, io::ErrorKind> {
        Reader(BufReader::new(text)).read().await.map_err(|problem| problem.kind())
    }

    #[tokio::test(flavor = "current_thread")]
    async fn messages_are_lines() {
        let mut written = Writer(Vec::new());
        for request in [Request::Describe, Request::Stop] {
            written.write(&request).await.unwrap();
        }
        assert_eq!(String::from_utf8_lossy(&written.0), "\"describe\"\n\"stop\"\n");
        assert!(matches!(read(&written.0).await, Ok(Request::Describe)));
        assert!(matches!(read(b"\"stop\"").await, Err(io::ErrorKind::UnexpectedEof)));
        assert!(matches!(read(b"").await, Err(io::ErrorKind::UnexpectedEof)));
        assert!(matches!(read(b"{}\n").await, Err(io::ErrorKind::Other)));
        let endless = vec![b'x'; usize::try_from(MESSAGE_BYTES_MAX).unwrap() + 10];
        assert!(matches!(read(&endless).await, Err(io::ErrorKind::UnexpectedEof)));
    }
}
