//! Keys of the user, each of which is read once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use plumb_ssh::{Identity, Secret};
use tokio::sync::OnceCell;

/// Keys that have been read so far. Hosts share them, so that one that is encrypted is opened once.
#[derive(Default)]
pub(crate) struct Identities {
    read: Mutex<HashMap<PathBuf, Vec<(Option<Secret>, Arc<Reading>)>>>,
}

type Reading = OnceCell<Result<Option<Identity>, String>>;

impl Identities {
    /// The key of a file; nothing where there is none.
    pub(crate) async fn of(
        &self,
        file: &Path,
        passphrase: Option<&Secret>,
    ) -> Result<Option<Identity>, String> {
        let reading = {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            let known = read.entry(file.to_owned()).or_default();
            match known.iter().find(|(with, _)| with.as_ref() == passphrase) {
                Some((_, reading)) => reading.clone(),
                None => {
                    let reading = Arc::new(Reading::new());
                    known.push((passphrase.cloned(), reading.clone()));
                    reading
                }
            }
        };
        let read = async { Identity::read(file, passphrase).await.map_err(|error| error.to_string()) };
        reading.get_or_init(|| read).await.clone()
    }
}
