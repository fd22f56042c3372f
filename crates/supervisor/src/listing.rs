//! What is kept, for people: seeing it and ending it.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::place::Place;
use crate::wire::{ANSWER_TIMEOUT, Conversation, Description, Reply, Request};

/// How long a keeper may take to end its spare.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// Every spare of this user that nobody has taken yet, the oldest first.
pub async fn list(place: &Place) -> Vec<Description> {
    let mut found = Vec::new();
    for socket in place.sockets(None) {
        if let Ok(description) = describe(&socket).await {
            found.push(description);
        }
    }
    found.sort_by_key(|description| (description.started_unix_s, description.process_id));
    found
}

/// What came of ending spares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stopped {
    /// So many have ended.
    pub ended: usize,
    /// So many are there, but do not answer.
    pub silent: usize,
}

/// Ends every spare of this user that nobody has taken yet.
pub async fn stop_all(place: &Place) -> Stopped {
    let mut stopped = Stopped::default();
    for socket in place.sockets(None) {
        match stop(&socket).await {
            Ok(()) => stopped.ended += 1,
            // Its keeper had ended before, or has lent it meanwhile.
            Err(_) if !socket.exists() => {}
            Err(_) => stopped.silent += 1,
        }
    }
    stopped
}

/// Asks a keeper what it keeps.
pub(crate) async fn describe(socket: &Path) -> io::Result<Description> {
    let mut conversation = Conversation::ask(socket, &Request::Describe).await?;
    match conversation.reader.read_within(ANSWER_TIMEOUT).await? {
        Reply::Described(description) => Ok(description),
        _ => Err(io::Error::other("that is no description")),
    }
}

/// Has a keeper end, and waits until it has.
pub(crate) async fn stop(socket: &Path) -> io::Result<()> {
    let mut conversation = Conversation::ask(socket, &Request::Stop).await?;
    match conversation.reader.read_within(ANSWER_TIMEOUT).await? {
        Reply::Stopping => {}
        _ => return Err(io::Error::other("it does not stop")),
    }
    // It removes its socket when it stops listening, and its end closes the connection.
    let _ = conversation.reader.read_within::<Reply>(END_TIMEOUT).await;
    Ok(())
}
