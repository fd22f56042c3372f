//! What a deploy runs with, beside the host itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use plumb_source::Files;
use serde_json::{Map, Value};

use crate::local_files::LocalFiles;
use crate::outside::Machine;
use crate::peers::Peers;
use crate::recording::Recorder;
use crate::secrets::Secrets;
use crate::trace::Tracer;

/// How often is looked whether somebody has stopped what is only being waited for.
const STOP_INTERVAL: Duration = Duration::from_millis(50);

/// What a deploy runs with for one host.
#[derive(Clone)]
pub struct Setting {
    /// The host's name in the inventory.
    pub name: String,
    /// Its groups.
    pub groups: Vec<String>,
    /// What the inventory says of it.
    pub data: Arc<Map<String, Value>>,
    /// Arguments that all operations have, unless they say otherwise: those of `name`, `sudo` and so on.
    pub defaults: Arc<Map<String, Value>>,
    /// Only operations with one of these tags are planned; all of them where there are none.
    pub tags: Arc<Vec<String>>,
    /// The directory of the deploy.
    pub directory: Arc<str>,
    pub(crate) files: LocalFiles,
    /// Secrets of the whole run.
    pub secrets: Secrets,
    /// Set once nothing more is to be begun.
    pub stop: Arc<AtomicBool>,
    /// Set once the code looks at the host's name.
    pub name_seen: Arc<AtomicBool>,
    /// What takes down what is found out of the host, where somebody wants that.
    pub recorder: Option<Recorder>,
    /// Who follows the runs of the code, where somebody wants that.
    pub trace: Option<Tracer>,
    /// What code needs of this machine beside files.
    pub machine: Machine,
    /// All hosts that code may ask, where there are others.
    pub peers: Option<Arc<Peers>>,
    /// The function of the deploy that is run.
    pub(crate) function: &'static str,
}

impl Setting {
    /// A host that nothing is said of. The files are shared by all hosts: see [`Setting::of`].
    pub fn new(name: &str, directory: &str, files: Arc<dyn Files>, secrets: Secrets) -> Self {
        Setting {
            name: name.to_owned(),
            groups: Vec::new(),
            data: Arc::default(),
            defaults: Arc::default(),
            tags: Arc::default(),
            directory: directory.into(),
            files: LocalFiles::new(files),
            secrets,
            stop: Arc::default(),
            name_seen: Arc::default(),
            recorder: None,
            trace: None,
            machine: Machine::default(),
            peers: None,
            function: "deploy",
        }
    }

    /// Whether nothing more is to be begun.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Waits until nothing more is to be begun.
    pub(crate) async fn until_stopped(&self) {
        while !self.is_stopped() {
            tokio::time::sleep(STOP_INTERVAL).await;
        }
    }

    /// The same for another function of the deploy.
    pub fn with_function(&self, function: &'static str) -> Self {
        Setting { function, ..self.clone() }
    }

    /// Another host of the same run.
    pub fn of(&self, name: &str, groups: Vec<String>, data: Map<String, Value>) -> Self {
        Setting { name: name.to_owned(), groups, data: Arc::new(data), ..self.clone() }
    }
}
