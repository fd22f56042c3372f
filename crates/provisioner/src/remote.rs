//! Reaching an object: again and again while its machine comes up, and until nobody waits any more.

use std::future::Future;
use std::time::Duration;

use plumb_ssh::{Connection, Error};
use plumb_state::ProvisionOutput;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::connection::Reach;

/// How long to wait before a second attempt; every further wait is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(20);

/// How far the command goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Course {
    On,
    /// What has begun comes to its end.
    Ending,
    Over,
}

/// Whether what is under way may go on.
pub(crate) struct Going {
    course: watch::Sender<Course>,
}

impl Default for Going {
    fn default() -> Self {
        Going { course: watch::Sender::new(Course::On) }
    }
}

/// The command is being stopped.
pub(crate) struct Stopped;

impl Going {
    /// Lets nothing begin any more.
    pub(crate) fn stop(&self) {
        self.course.send_modify(|course| *course = Course::Ending.max(*course));
    }

    /// Ends everything, at once, and lets nothing begin any more.
    pub(crate) fn abort(&self) {
        self.course.send_replace(Course::Over);
    }

    /// Does something, unless everything is ended before it is done. A connection that it holds ends
    /// then, and with it what runs at its other end.
    pub(crate) async fn unless_over<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        self.until(Course::Over, work).await
    }

    async fn until<T>(&self, end: Course, work: impl Future<Output = T>) -> Result<T, Stopped> {
        let mut course = self.course.subscribe();
        tokio::select! {
            biased;
            // The sender lives as long as this does.
            _ = course.wait_for(|course| *course >= end) => Err(Stopped),
            done = work => Ok(done),
        }
    }
}

/// Connects, as often as it takes while there is time and nobody wants to end.
pub(crate) async fn connect(
    reach: &Reach,
    going: &Going,
    output: Option<&ProvisionOutput>,
) -> Result<Connection, String> {
    let output = output.filter(|_| !reach.is_secret);
    let mut last = None;
    let attempts = timeout(reach.timeout, attempts(reach, output, &mut last));
    match going.until(Course::Ending, attempts).await {
        Ok(Ok(connection)) => {
            if let Some(output) = output {
                output("Connected!");
            }
            Ok(connection)
        }
        Ok(Err(_)) => Err(no_connection(reach, last.as_ref())),
        Err(Stopped) => Err("The run is being stopped, and there was no connection yet.".to_owned()),
    }
}

/// Connects until it works. Whatever goes wrong may come right: a machine that has just been started may
/// not know its users yet.
async fn attempts(reach: &Reach, output: Option<&ProvisionOutput>, last: &mut Option<Error>) -> Connection {
    let mut wait = FIRST_WAIT;
    loop {
        for text in output.iter().flat_map(|_| reach.announcements()) {
            if let Some(output) = output {
                output(&text);
            }
        }
        match Connection::open(&reach.settings).await {
            Ok(connection) => return connection,
            Err(error) => *last = Some(error),
        }
        sleep(wait).await;
        wait = (wait * 2).min(WAIT_MAX);
    }
}

fn no_connection(reach: &Reach, last: Option<&Error>) -> String {
    let seconds = reach.timeout.as_secs_f64();
    match last {
        _ if reach.is_secret => format!(
            "There was no connection within {seconds} seconds. Why is not shown, because secret values are among the \
             connection's host and user."
        ),
        Some(error) => format!(
            "There was no connection within {seconds} seconds, which the connection's timeout allows. The last attempt \
             ended so: {error}."
        ),
        None => format!(
            "There was no connection within {seconds} seconds, which the connection's timeout allows: {} has not \
             answered at all.",
            reach.settings.host.address()
        ),
    }
}

/// What went wrong with a connection that stood.
pub(crate) fn described(reach: &Reach, error: &Error) -> String {
    if reach.is_secret {
        "What went wrong is not shown, because secret values are among the connection's host and user."
            .to_owned()
    } else {
        format!("{error}.")
    }
}
