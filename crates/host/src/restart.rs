//! A host that is started anew, and waited for.
//!
//! That the connection ends is what is wanted of it. Whoever comes back is known by its boot having another
//! identifier: a host that only was slow to go down would answer as well.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::asking::{Answer, Question};
use crate::host::{Host, HostError};
use crate::shell::{Event, Login, Reply, Request, ShellError};

/// Says which boot it is: by Linux, by macOS, by systems of BSD, and otherwise by when it was.
const BOOT: &str = "cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.bootsessionuuid 2>/dev/null || \
                    sysctl -n kern.boottime 2>/dev/null || who -b 2>/dev/null";
/// A single attempt to come back is given up after that: a connection to a host that is just going down may
/// hang for minutes.
const ATTEMPT: Duration = Duration::from_secs(20);
/// What a shell makes of a program that a signal has ended, such as those of a system that goes down.
const BY_SIGNAL: u32 = 128;

/// How a host is started anew.
#[derive(Clone, Debug)]
pub struct Restart {
    /// What has it start anew.
    pub request: Request,
    /// So long it is left alone first.
    pub delay: Duration,
    /// How long to wait between two attempts to come back.
    pub interval: Duration,
    /// How long all attempts may take.
    pub patience: Duration,
}

impl Host {
    /// Starts the host anew, and waits until it is there again. A reply that says otherwise is one of what was
    /// asked to start it, or tells why it did not come back.
    pub async fn restart(
        &mut self,
        login: &Login,
        restart: &Restart,
        observe: &mut (dyn FnMut(usize, Event<'_>) + Send),
    ) -> Result<Reply, HostError> {
        if !self.can_return() {
            let why = "only a host that is reached over SSH can be started anew: the way to this one does not outlive it";
            return Ok(failed(why.to_owned()));
        }
        let before = self.boot(login).await?;
        if before.is_empty() {
            return Ok(failed(
                "nothing there says which boot this is, so that nobody could tell another".to_owned(),
            ));
        }
        let requests = [restart.request.clone()];
        let said = timeout_at(Instant::now() + restart.patience, self.run(login, &requests, observe)).await;
        let reply = match said {
            Ok(Ok(mut replies)) => replies.pop().unwrap_or_default(),
            // It is on its way.
            Err(_) | Ok(Err(HostError::Shell(ShellError::Ended { .. } | ShellError::Lost { .. }))) => {
                Reply::default()
            }
            Ok(Err(error)) => return Err(error),
        };
        if reply.status != 0 && reply.status < BY_SIGNAL {
            return Ok(reply);
        }
        sleep(restart.delay).await;
        Ok(match self.await_other(login, restart, &before).await {
            Ok(()) => Reply { status: 0, ..reply },
            Err(why) => failed(format!(
                "it has not started anew within {} seconds: {why}. Where it takes longer, `reboot_timeout` says so",
                restart.patience.as_secs()
            )),
        })
    }

    /// Comes back until it is another boot; or says what was wrong last.
    async fn await_other(&mut self, login: &Login, restart: &Restart, before: &str) -> Result<(), String> {
        let end = Instant::now() + restart.patience;
        loop {
            let attempt = async {
                self.come_back().await?;
                self.boot(login).await.map_err(|error| error.to_string())
            };
            let why = match timeout_at(end.min(Instant::now() + ATTEMPT), attempt).await {
                Ok(Ok(boot)) if boot.is_empty() => "nothing there says any more which boot it is".to_owned(),
                Ok(Ok(boot)) if boot == before => "it is there, and has not gone down".to_owned(),
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(why)) => why,
                Err(_) => "it does not answer".to_owned(),
            };
            if Instant::now() + restart.interval >= end {
                return Err(why);
            }
            sleep(restart.interval).await;
        }
    }

    async fn boot(&mut self, login: &Login) -> Result<String, HostError> {
        let mut answers = self.ask(login, &[Question::Script(BOOT.to_owned())]).await?;
        Ok(match answers.pop() {
            Some(Answer::Script { output, .. }) => String::from_utf8_lossy(&output).trim().to_owned(),
            _ => String::new(),
        })
    }
}

fn failed(why: String) -> Reply {
    Reply { status: 1, errors: why.into(), ..Reply::default() }
}
