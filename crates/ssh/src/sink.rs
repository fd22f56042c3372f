//! The far end of a copy: `scp` on a host, which writes what it is sent.
//!
//! It answers every message with a byte that is zero, or with a complaint.

use std::collections::VecDeque;

use bytes::Bytes;
use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};

use crate::command::{Exit, exit};
use crate::connection::Connection;
use crate::error::Error;

/// How much of a complaint is kept.
const COMPLAINT_BYTES_MAX: usize = 4 * 1024;
/// What shells end with that do not find a program.
const NOT_FOUND: Exit = Exit::Status(127);

/// A running `scp`.
pub(crate) struct Sink<'a> {
    connection: &'a Connection,
    /// What it writes to, for errors.
    path: &'a str,
    read: ChannelReadHalf,
    write: ChannelWriteHalf<Msg>,
    inbox: Inbox,
}

/// What it has said.
#[derive(Default)]
struct Inbox {
    answers: VecDeque<u8>,
    errors: Vec<u8>,
    exit: Option<Exit>,
    was_refused: bool,
}

impl Inbox {
    fn take(&mut self, message: &ChannelMsg) {
        match message {
            ChannelMsg::Data { data } => self.answers.extend(data.iter()),
            ChannelMsg::ExtendedData { data, .. } => {
                let space = COMPLAINT_BYTES_MAX.saturating_sub(self.errors.len());
                self.errors.extend(data.iter().take(space));
            }
            ChannelMsg::Failure => self.was_refused = true,
            other => self.exit = exit(other).or(self.exit.take()),
        }
    }
}

impl<'a> Sink<'a> {
    /// Starts it; it says when it is ready.
    pub(crate) async fn start(connection: &'a Connection, line: &str, path: &'a str) -> Result<Self, Error> {
        let (read, write) = connection.session().await?.split();
        write.exec(true, line).await?;
        let mut sink = Sink { connection, path, read, write, inbox: Inbox::default() };
        sink.acknowledged().await?;
        Ok(sink)
    }

    /// Sends a message, and waits for the answer.
    pub(crate) async fn say(&mut self, message: impl Into<Bytes>) -> Result<(), Error> {
        self.send(message.into()).await?;
        self.acknowledged().await
    }

    /// Sends something. One that has ended takes nothing any more, and nobody would wait for it in vain.
    pub(crate) async fn send(&mut self, bytes: Bytes) -> Result<(), Error> {
        if self.sent(bytes).await? { Ok(()) } else { Err(self.ended()) }
    }

    /// Sends something; whether it was taken.
    async fn sent(&mut self, bytes: Bytes) -> Result<bool, Error> {
        let Sink { read, write, inbox, .. } = self;
        let sending = write.data_bytes(bytes);
        tokio::pin!(sending);
        loop {
            tokio::select! {
                sent = &mut sending => {
                    sent?;
                    return Ok(true);
                }
                message = read.wait() => match message {
                    Some(message) => inbox.take(&message),
                    None => return Ok(false),
                },
            }
        }
    }

    /// Waits until it has done what it was told.
    async fn acknowledged(&mut self) -> Result<(), Error> {
        match self.answer().await? {
            0 => Ok(()),
            1 | 2 => {
                let line = self.line().await;
                Err(self.complaint(line.strip_prefix("scp: ").unwrap_or(&line)))
            }
            other => {
                let line = format!("{}{}", char::from(other), self.line().await);
                Err(self.complaint(&format!(
                    "instead of scp something else answers: \"{}\". Commands that are not typed must not write \
                     anything when the user's shell starts",
                    line.escape_debug()
                )))
            }
        }
    }

    async fn answer(&mut self) -> Result<u8, Error> {
        loop {
            if let Some(byte) = self.inbox.answers.pop_front() {
                return Ok(byte);
            }
            match self.read.wait().await {
                Some(message) => self.inbox.take(&message),
                None => return Err(self.ended()),
            }
        }
    }

    /// The rest of a line, as far as it comes.
    async fn line(&mut self) -> String {
        let mut line = Vec::new();
        while line.len() < COMPLAINT_BYTES_MAX {
            match self.answer().await {
                Ok(b'\n') | Err(_) => break,
                Ok(byte) => line.push(byte),
            }
        }
        String::from_utf8_lossy(&line).trim().to_owned()
    }

    /// Lets it come to its end.
    pub(crate) async fn finish(mut self) -> Result<(), Error> {
        self.write.eof().await?;
        while let Some(message) = self.read.wait().await {
            self.inbox.take(&message);
        }
        match &self.inbox.exit {
            Some(exit) if exit.is_success() => Ok(()),
            _ => Err(self.ended()),
        }
    }

    /// Why it has ended before its time.
    fn ended(&self) -> Error {
        let address = self.connection.address().to_owned();
        match &self.inbox.exit {
            Some(exit) if *exit == NOT_FOUND => Error::NoScp { address },
            Some(exit) => {
                let said = String::from_utf8_lossy(&self.inbox.errors);
                let said = said.trim();
                let colon = if said.is_empty() { "" } else { ": " };
                self.complaint(&format!("scp ended there with {}{colon}{said}", exit.describe()))
            }
            None if self.inbox.was_refused => Error::NotStarted { address },
            None if self.connection.is_closed() => self.connection.lost(),
            None => self.complaint("scp ended there without a word"),
        }
    }

    fn complaint(&self, why: &str) -> Error {
        Error::NotWritten {
            address: self.connection.address().to_owned(),
            path: self.path.to_owned(),
            why: why.to_owned(),
        }
    }
}
