//! Commands on a host.

use russh::{ChannelMsg, Pty};

use crate::connection::Connection;
use crate::error::Error;

/// A command for the user's shell on the host.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    /// The line that the shell is given.
    pub line: &'a str,
    /// Whether it has a terminal: then it ends with the connection, and all that it writes comes as one.
    pub has_terminal: bool,
}

/// Where a program writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Its standard output.
    Output,
    /// Its standard error.
    Errors,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this status.
    Status(u32),
    /// By a signal of this name.
    Signal(String),
    /// The host does not say.
    Unknown,
}

impl Exit {
    /// Whether it did what it was to do.
    pub fn is_success(&self) -> bool {
        *self == Exit::Status(0)
    }

    /// How it ended, in words.
    pub fn describe(&self) -> String {
        match self {
            Exit::Status(status) => format!("exit status {status}"),
            Exit::Signal(name) => format!("ended by signal {name}"),
            Exit::Unknown => "no exit status".to_owned(),
        }
    }
}

/// How an ending is told by the host, if this message tells of one.
pub(crate) fn exit(message: &ChannelMsg) -> Option<Exit> {
    match message {
        ChannelMsg::ExitStatus { exit_status } => Some(Exit::Status(*exit_status)),
        ChannelMsg::ExitSignal { signal_name, .. } => Some(Exit::Signal(format!("{signal_name:?}"))),
        _ => None,
    }
}

/// A terminal that does not repeat what it is sent.
const MODES: [(Pty, u32); 3] = [(Pty::ECHO, 0), (Pty::TTY_OP_ISPEED, 14_400), (Pty::TTY_OP_OSPEED, 14_400)];
const COLUMNS: u32 = 80;
const ROWS: u32 = 40;

impl Connection {
    /// Runs a command to its end, and passes on what it writes.
    pub async fn run(
        &self,
        command: Command<'_>,
        mut output: impl FnMut(Stream, &[u8]) + Send,
    ) -> Result<Exit, Error> {
        let mut channel = self.session().await?;
        if command.has_terminal {
            channel.request_pty(false, "xterm", COLUMNS, ROWS, 0, 0, &MODES).await?;
        }
        channel.exec(true, command.line).await?;
        let mut ended = None;
        while let Some(message) = channel.wait().await {
            match &message {
                ChannelMsg::Data { data } => output(Stream::Output, data),
                ChannelMsg::ExtendedData { data, .. } => output(Stream::Errors, data),
                ChannelMsg::Failure => return Err(Error::NotStarted { address: self.address().to_owned() }),
                message => ended = exit(message).or(ended),
            }
        }
        match ended {
            Some(ended) => Ok(ended),
            None if self.is_closed() => Err(self.lost()),
            None => Ok(Exit::Unknown),
        }
    }
}
