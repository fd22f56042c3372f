//! Processes that go from one command to the next as they are: finding one, and giving one back.

use std::sync::MutexGuard;

use plumb_value::Value;

use super::configuration::Configuration;
use super::plugin::Plugin;
use super::running::Running;
use super::slot::alone;
use super::standing::{Recognised, Standing};
use crate::spare::Returned;

impl Plugin {
    /// Goes on with a process that an earlier command has configured with just this. Where there is
    /// none, the one that will be configured is remembered for a later command.
    pub(super) async fn find_configured(&self, config: &Value) -> Option<()> {
        let spares = self.options().spares.as_ref()?;
        let schema = self.known_schema().await.ok()?;
        let configuration = Configuration::new(&schema, config, &self.options().terraform_version)?;
        let key = spares.recognise(self.options(), &configuration)?;
        let recognised = Recognised { configuration, key: key.clone() };
        {
            let mut standing = self.standing();
            if !matches!(*standing, Standing::Fresh) {
                return None;
            }
            *standing = Standing::Expecting(recognised.clone());
        }
        let running = Running::adopt_configured(self.options(), &key).await?;
        *self.standing() = Standing::Configured(recognised, std::time::Instant::now());
        if let Ok(fresh) = alone(self.slot().exchange(running)) {
            let_go(fresh).await;
        }
        Some(())
    }

    /// Ends the process in good order, or gives it back to the one who keeps it for later commands,
    /// where there is nothing against that. For the good end of a command that came to a good end.
    pub async fn give_back_or_shut_down(&self) {
        match self.returned() {
            Some((running, returned)) => running.give_back(returned).await,
            None => self.shutdown().await,
        }
    }

    /// Whether it was configured with what later commands may be configured with too.
    pub(super) fn may_go_on(&self) -> bool {
        matches!(*self.standing(), Standing::Configured(..))
    }

    /// The process and what to say of it to the one who keeps it; nothing where it must not go back.
    fn returned(&self) -> Option<(Running, Returned)> {
        if !self.slot().running()?.can_be_given_back() {
            return None;
        }
        let returned = match &*self.standing() {
            Standing::Fresh => Returned::Fresh,
            Standing::Configured(recognised, since) => {
                // What it may have read must be the same as before it was configured.
                let spares = self.options().spares.as_ref()?;
                let key = spares.recognise(self.options(), &recognised.configuration)?;
                if key != recognised.key {
                    return None;
                }
                Returned::Configured { key, since: *since }
            }
            Standing::Expecting(_) | Standing::Unfit => return None,
        };
        Some((self.slot().take_alone()?, returned))
    }

    pub(super) fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Lets a process go that nobody has configured: back to the one who keeps it, or to its end.
async fn let_go(fresh: Running) {
    if fresh.can_be_given_back() {
        fresh.give_back(Returned::Fresh).await;
    } else {
        // Nobody waits for its end; a command that ends before takes it along.
        tokio::spawn(async move { fresh.shutdown().await });
    }
}
