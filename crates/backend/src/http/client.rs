//! What answers of the server mean for a state and its lock.

use plumb_state::{BackendError, LockInfo};
use ureq::http::{Method, Uri};

use super::HttpOptions;
use super::connection::Connection;
use crate::InvalidOption;
use crate::remote::RemoteClient;
use crate::web::Answer;

/// The server of one state.
pub(super) struct HttpClient {
    connection: Connection,
    address: String,
    update_method: Method,
    lock: Option<(Method, String)>,
    unlock: Option<(Method, String)>,
}

impl HttpClient {
    pub(super) fn new(options: HttpOptions) -> Result<Self, InvalidOption> {
        if options.address.is_empty() {
            return Err(InvalidOption::new(
                "address",
                "address argument is required",
                "Give the address of the state with the argument \"address\" or the variable TF_HTTP_ADDRESS.",
            ));
        }
        checked("address", "address", &options.address)?;
        let lock = locking("lock_address", "lockAddress", &options.lock_address)?;
        let unlock = locking("unlock_address", "unlockAddress", &options.unlock_address)?;
        let lock_method = method("lock_method", &options.lock_method, "LOCK")?;
        let unlock_method = method("unlock_method", &options.unlock_method, "UNLOCK")?;
        Ok(HttpClient {
            connection: Connection::new(&options)?,
            update_method: method("update_method", &options.update_method, "POST")?,
            lock: lock.map(|address| (lock_method, address)),
            unlock: unlock.map(|address| (unlock_method, address)),
            address: options.address,
        })
    }

    /// The state's address, secrets included.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    fn ask(
        &self,
        action: &'static str,
        (method, address): (&Method, &str),
        body: Option<&[u8]>,
    ) -> Result<Answer, BackendError> {
        self.connection.ask(method, address, body).map_err(|cause| BackendError::Storage {
            action,
            place: shown(address),
            cause: cause.into(),
            advice: "Check that the server runs, that the address is right, and that nothing between here and there \
                     keeps it from being reached."
                .to_owned(),
        })
    }

    fn refused(&self, action: &'static str, address: &str, status: u16) -> BackendError {
        let (cause, advice) = match status {
            401 => (
                "HTTP remote state endpoint requires auth".to_owned(),
                "Give username and password, best with TF_HTTP_USERNAME and TF_HTTP_PASSWORD.",
            ),
            403 => (
                "HTTP remote state endpoint invalid auth".to_owned(),
                "The server knows who asks and refuses: check what this user may do.",
            ),
            _ => (
                format!("Unexpected HTTP response code {status}"),
                "What that means is for the server to say: see its logs.",
            ),
        };
        BackendError::Storage {
            action,
            place: shown(address),
            cause: cause.into(),
            advice: advice.to_owned(),
        }
    }

    fn release(&self, info: &LockInfo) -> Result<(), BackendError> {
        let Some((method, address)) = &self.unlock else { return Ok(()) };
        let answer = self.ask("unlock", (method, address), Some(info.to_json().as_bytes()))?;
        if answer.status == 200 { Ok(()) } else { Err(self.refused("unlock", address, answer.status)) }
    }
}

fn method(option: &'static str, text: &str, usual: &str) -> Result<Method, InvalidOption> {
    let text = if text.is_empty() { usual } else { text };
    Method::from_bytes(text.as_bytes()).map_err(|_| {
        let detail = format!("{text:?} is no method of HTTP, such as {usual:?}.");
        InvalidOption::new(option, format!("Invalid {option}"), detail)
    })
}

/// Refuses what is no address of a server. `name` is how Terraform's headline calls it.
fn checked(option: &'static str, name: &str, address: &str) -> Result<(), InvalidOption> {
    match address.parse::<Uri>() {
        Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some() => Ok(()),
        _ => Err(InvalidOption::new(
            option,
            format!("{name} must be HTTP or HTTPS"),
            "An address is required that begins with http:// or https:// and names a server.",
        )),
    }
}

fn locking(option: &'static str, name: &str, address: &str) -> Result<Option<String>, InvalidOption> {
    if address.is_empty() {
        return Ok(None);
    }
    checked(option, name, address)?;
    Ok(Some(address.to_owned()))
}

/// An address without what may be secret in it: users, passwords and what is asked for.
fn shown(address: &str) -> String {
    let plain = address.split(['?', '#']).next().unwrap_or_default();
    match plain.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').map_or((rest, None), |(one, two)| (one, Some(two)));
            let host = authority.rsplit('@').next().unwrap_or_default();
            let path = path.map(|path| format!("/{path}")).unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => plain.to_owned(),
    }
}

/// The address with the identifier of the lock, by which servers know the holder.
fn with_lock(address: &str, id: &str) -> String {
    let (plain, fragment) = address.split_once('#').map_or((address, ""), |(one, two)| (one, two));
    let mark = if plain.contains('?') { '&' } else { '?' };
    let fragment = if fragment.is_empty() { String::new() } else { format!("#{fragment}") };
    format!("{plain}{mark}ID={id}{fragment}")
}

impl RemoteClient for HttpClient {
    fn place(&self) -> String {
        shown(&self.address)
    }

    fn get(&self) -> Result<Option<Vec<u8>>, BackendError> {
        let answer = self.ask("read", (&Method::GET, &self.address), None)?;
        match answer.status {
            200 => Ok(Some(answer.body)),
            204 | 404 => Ok(None),
            status => Err(self.refused("read", &self.address, status)),
        }
    }

    fn put(&self, bytes: &[u8], lock: Option<&str>) -> Result<(), BackendError> {
        let address = match lock {
            Some(id) if self.lock.is_some() => with_lock(&self.address, id),
            _ => self.address.clone(),
        };
        let answer = self.ask("write", (&self.update_method, &address), Some(bytes))?;
        match answer.status {
            200 | 201 | 204 => Ok(()),
            status => Err(self.refused("write", &self.address, status)),
        }
    }

    fn lock(&self, info: &LockInfo) -> Result<(), BackendError> {
        let Some((method, address)) = &self.lock else { return Ok(()) };
        let answer = self.ask("lock", (method, address), Some(info.to_json().as_bytes()))?;
        match answer.status {
            200 => Ok(()),
            423 | 409 => {
                let held = LockInfo::from_json(&answer.body).filter(|held| !held.id.is_empty());
                // The answer to the first attempt was lost, and the second one met the lock that it took.
                if held.as_ref().is_some_and(|held| held.id == info.id) {
                    return Ok(());
                }
                let cause = match &held {
                    Some(held) => format!("HTTP remote state already locked: ID={}", held.id),
                    None => {
                        "HTTP remote state already locked, and the server has not said by whom".to_owned()
                    }
                };
                Err(BackendError::Locked { place: self.place(), info: held.map(Box::new), cause })
            }
            status => Err(self.refused("lock", address, status)),
        }
    }

    fn unlock(&self, info: &LockInfo) -> Result<(), BackendError> {
        if self.lock.is_some() { self.release(info) } else { Ok(()) }
    }

    fn force_unlock(&self, id: &str) -> Result<LockInfo, BackendError> {
        if self.unlock.is_none() {
            return Err(BackendError::NoSuchLock {
                place: self.place(),
                id: id.to_owned(),
                cause: "the backend has no unlock_address, and so no way to break a lock".to_owned(),
            });
        }
        let info = LockInfo { id: id.to_owned(), ..LockInfo::default() };
        self.release(&info)?;
        Ok(info)
    }
}

#[cfg(test)]
mod tests {
    use super::{shown, with_lock};

    #[test]
    fn addresses_are_shown_without_secrets() {
        assert_eq!(shown("https://user:secret@host:1/a/b?token=x#y"), "https://host:1/a/b");
        assert_eq!(shown("http://host"), "http://host");
    }

    #[test]
    fn the_lock_is_named_behind_what_is_asked_for() {
        assert_eq!(with_lock("http://host/a", "1"), "http://host/a?ID=1");
        assert_eq!(with_lock("http://host/a?b=c#d", "1"), "http://host/a?b=c&ID=1#d");
    }
}
