//! Programs on a host that are spoken with.

use bytes::Bytes;
use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};

use crate::command::{Exit, exit};
use crate::connection::Connection;
use crate::error::Error;

/// The standard input of a program.
pub struct ProgramInput {
    channel: ChannelWriteHalf<Msg>,
    address: String,
}

/// What a program writes, and how it ends.
pub struct ProgramOutput {
    channel: ChannelReadHalf,
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
}

impl Connection {
    /// Starts a command line of the user's shell, and does not wait until it runs.
    pub async fn start(&self, line: &str) -> Result<(ProgramInput, ProgramOutput), Error> {
        let channel = self.session().await?;
        channel.exec(true, line).await?;
        let (output, input) = channel.split();
        let input = ProgramInput { channel: input, address: self.address().to_owned() };
        Ok((input, ProgramOutput { channel: output }))
    }
}

impl ProgramInput {
    /// Sends bytes; waits while the host takes no more.
    pub async fn send(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.channel.data_bytes(bytes).await.map_err(|error| match error {
            russh::Error::SendError => Error::Lost { address: self.address.clone(), why: String::new() },
            other => other.into(),
        })
    }

    /// Says that nothing more will come.
    pub async fn end(&mut self) -> Result<(), Error> {
        Ok(self.channel.eof().await?)
    }
}

impl ProgramOutput {
    /// What comes next; nothing once all has been said, or the connection is gone.
    pub async fn next(&mut self) -> Option<Said> {
        loop {
            let message = self.channel.wait().await?;
            match message {
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
