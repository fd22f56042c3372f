//! Over SSH.

use async_trait::async_trait;
use bytes::Bytes;
use plumb_ssh::{Connection, ProgramInput, ProgramOutput};

use super::{Exit, Input, Output, Program, Said, Transport, TransportError};

/// A host at the other end of a connection.
pub struct Ssh {
    connection: Connection,
}

impl Ssh {
    /// The host that this connection goes to.
    pub fn new(connection: Connection) -> Self {
        Ssh { connection }
    }

    /// Whether the connection has ended; whatever is started then is lost.
    pub fn is_closed(&self) -> bool {
        self.connection.is_closed()
    }

    /// Says goodbye.
    pub async fn close(self) {
        self.connection.close().await;
    }

    fn error(&self, why: &plumb_ssh::Error) -> TransportError {
        let why = why.to_string();
        if self.is_closed() {
            TransportError::lost(self.host(), why)
        } else {
            TransportError::not_started(self.host(), why)
        }
    }
}

#[async_trait]
impl Transport for Ssh {
    fn host(&self) -> &str {
        self.connection.address()
    }

    async fn start(&self, line: &str) -> Result<Program, TransportError> {
        let (input, output) = self.connection.start(line).await.map_err(|why| self.error(&why))?;
        let host = self.host().to_owned();
        let input = RemoteInput { input, host: host.clone() };
        Ok(Program { input: Box::new(input), output: Box::new(RemoteOutput { output, host }) })
    }
}

struct RemoteInput {
    input: ProgramInput,
    host: String,
}

#[async_trait]
impl Input for RemoteInput {
    async fn send(&mut self, bytes: Bytes) -> Result<(), TransportError> {
        let sent = self.input.send(bytes).await;
        sent.map_err(|why| TransportError::lost(&*self.host, why.to_string()))
    }
}

struct RemoteOutput {
    output: ProgramOutput,
    host: String,
}

#[async_trait]
impl Output for RemoteOutput {
    async fn next(&mut self) -> Option<Said> {
        Some(match self.output.next().await? {
            plumb_ssh::Said::Output(bytes) => Said::Output(bytes),
            plumb_ssh::Said::Errors(bytes) => Said::Errors(bytes),
            plumb_ssh::Said::Ended(exit) => Said::Ended(exit),
            plumb_ssh::Said::NotStarted => Said::Ended(Exit::Unknown),
            plumb_ssh::Said::Lost(why) => Said::Lost(TransportError::lost(&*self.host, why)),
        })
    }
}
