//! Programs on a host that are spoken with.

use bytes::Bytes;
use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};

use crate::client::Ending;
use crate::command::{Exit, exit};
use crate::connection::Connection;
use crate::error::Error;

/// The standard input of a program.
pub struct ProgramInput {
    channel: ChannelWriteHalf<Msg>,
    address: String,
    ending: Ending,
}

/// What a program writes, and how it ends.
pub struct ProgramOutput {
    channel: ChannelReadHalf,
    ending: Ending,
    /// Whether the host has said that there will be nothing more.
    is_closed: bool,
}

/// What comes of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// On its standard output.
    Output(Bytes),
    /// On its standard error.
    Errors(Bytes),
    /// How it ended; what it wrote before may still come.
    Ended(Exit),
    /// The host does not start it.
    NotStarted,
    /// The connection is gone, in words; nobody knows what becomes of the program.
    Lost(String),
}

impl Connection {
    /// Starts a command line of the user's shell, and does not wait until it runs.
    pub async fn start(&self, line: &str) -> Result<(ProgramInput, ProgramOutput), Error> {
        let channel = self.session().await?;
        channel.exec(true, line).await?;
        let (output, input) = channel.split();
        let (address, ending) = (self.address().to_owned(), self.ending());
        let input = ProgramInput { channel: input, address, ending: ending.clone() };
        Ok((input, ProgramOutput { channel: output, ending, is_closed: false }))
    }
}

impl ProgramInput {
    /// Sends bytes; waits while the host takes no more.
    pub async fn send(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.channel.data_bytes(bytes).await.map_err(|error| match error {
            russh::Error::SendError => Error::Lost { address: self.address.clone(), why: self.ending.why() },
            other => other.into(),
        })
    }

    /// Says that nothing more will come.
    pub async fn end(&mut self) -> Result<(), Error> {
        Ok(self.channel.eof().await?)
    }
}

impl ProgramOutput {
    /// What comes next; nothing once all has been said.
    pub async fn next(&mut self) -> Option<Said> {
        loop {
            let Some(message) = self.channel.wait().await else {
                if std::mem::replace(&mut self.is_closed, true) {
                    return None;
                }
                return Some(Said::Lost(format!("the connection was lost{}", self.ending.why())));
            };
            match message {
                ChannelMsg::Close => self.is_closed = true,
                ChannelMsg::Data { data } => return Some(Said::Output(data)),
                ChannelMsg::ExtendedData { data, .. } => return Some(Said::Errors(data)),
                ChannelMsg::Failure => return Some(Said::NotStarted),
                message => {
                    if let Some(exit) = exit(&message) {
                        return Some(Said::Ended(exit));
                    }
                }
            }
        }
    }
}
