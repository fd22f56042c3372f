//! A host, with one shell for each user there.

use std::sync::Arc;

use async_trait::async_trait;
use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::asking::{Answer, Asked, Question};
use crate::hexadecimal::hexadecimal;
use crate::shell::{Event, Login, Reply, Request, Shell, ShellError};
use crate::transport::{Program, Transport};

/// A way to a host that can be gone again, where what it came to last has ended.
#[async_trait]
pub trait Route: Send + Sync {
    /// Goes it; or says why it cannot be gone, in words for people.
    async fn open(&self) -> Result<Arc<dyn Transport>, String>;
}

/// A host, and the shells there.
pub struct Host {
    transport: Arc<dyn Transport>,
    /// None where the way ends with the host.
    route: Option<Arc<dyn Route>>,
    shells: Vec<(Login, Shell)>,
    /// How often something was sent and waited for.
    round_trips: usize,
}

/// Why something on a host could not be found out or done.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Its shell cannot be used.
    #[error(transparent)]
    Shell(#[from] ShellError),
    /// What it says cannot be made sense of.
    #[error("{host}: {why}")]
    Unclear {
        /// The host.
        host: String,
        /// Why, in words for people.
        why: String,
    },
}

impl Host {
    /// A host that is reached that way. Nothing is started before it is needed.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Host { transport, route: None, shells: Vec::new(), round_trips: 0 }
    }

    /// One that can be reached again by that way when it was started anew.
    #[must_use]
    pub fn returning_by(self, route: Arc<dyn Route>) -> Self {
        Host { route: Some(route), ..self }
    }

    /// Whether there is a way that can be gone again.
    pub(crate) fn can_return(&self) -> bool {
        self.route.is_some()
    }

    /// Goes the way again. All shells are new ones then.
    pub(crate) async fn come_back(&mut self) -> Result<(), String> {
        self.shells.clear();
        if let Some(route) = &self.route {
            self.transport = route.open().await?;
        }
        Ok(())
    }

    /// Its name, as messages have it.
    pub fn name(&self) -> &str {
        self.transport.host()
    }

    /// How often something was sent and waited for so far.
    pub fn round_trips(&self) -> usize {
        self.round_trips
    }

    /// Finds out all of this, in one round trip.
    pub async fn ask(&mut self, login: &Login, questions: &[Question]) -> Result<Vec<Answer>, HostError> {
        let asked = Asked::new(questions);
        let replies = self.run(login, &asked.requests, &mut |_, _| {}).await?;
        asked.answers(&replies).map_err(|why| HostError::Unclear { host: self.name().to_owned(), why })
    }

    /// Has all of this done in order, in one round trip.
    pub async fn run(
        &mut self,
        login: &Login,
        requests: &[Request],
        observe: &mut (dyn FnMut(usize, Event<'_>) + Send),
    ) -> Result<Vec<Reply>, HostError> {
        self.round_trips += 1;
        let shell = self.shell(login).await?;
        Ok(shell.run(requests, observe).await?)
    }

    /// A program there, as this user, whose standard input and output are free for whatever it speaks.
    pub(crate) async fn program(&mut self, login: &Login, line: &str) -> Result<Program, ShellError> {
        Shell::open(&*self.transport, login).await?.turned_into(line).await
    }

    async fn shell(&mut self, login: &Login) -> Result<&mut Shell, ShellError> {
        if let Some(at) = self.shells.iter().position(|(of, _)| of == login) {
            return Ok(&mut self.shells[at].1);
        }
        let shell = Shell::open(&*self.transport, login).await?;
        self.shells.push((login.clone(), shell));
        let at = self.shells.len() - 1;
        Ok(&mut self.shells[at].1)
    }

    /// A word that nobody else uses.
    pub fn fresh_word() -> String {
        let mut bytes = [0_u8; 8];
        if SysRng.try_fill_bytes(&mut bytes).is_err() {
            bytes = std::process::id().to_le_bytes().repeat(2).try_into().unwrap_or(bytes);
        }
        hexadecimal(&bytes)
    }
}
