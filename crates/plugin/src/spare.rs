//! Processes that were started ahead of the command that uses them.
//!
//! Responsible for what is handed over with such a process, on both sides: [`Prepared`] is one that
//! somebody started and keeps, [`Spare`] is the same one in the hands of the command that uses it.
//! It does not know how the one finds the other, which is what a [`SpareSource`] is for.

use std::fmt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

pub use crate::client::{Configuration, ConfigurationKey};
use crate::client::{LaunchOptions, Running};
use crate::tls::Identity;
use crate::{Exit, Handshake, Method, PluginFailure};

/// Knows where processes are that were started ahead.
#[async_trait]
pub trait SpareSource: Send + Sync {
    /// A process that cannot be told from one that would be started now with these options, and that
    /// nobody has configured. It is the taker's alone from now on. Nothing where there is none, and
    /// where it would take long.
    async fn take(&self, options: &LaunchOptions) -> Option<Spare>;

    /// What a process that is configured with this now, and everything that it may read meanwhile, is
    /// told by from all others. Nothing where configured processes are not used again.
    fn recognise(&self, options: &LaunchOptions, configuration: &Configuration) -> Option<ConfigurationKey>;

    /// As [`SpareSource::take`], a process that has been configured, with that key.
    async fn take_configured(&self, options: &LaunchOptions, key: &ConfigurationKey) -> Option<Spare>;
}

/// A process that somebody else started and keeps for the one who has this.
pub struct Spare {
    /// How to speak with it.
    pub hand_over: HandOver,
    /// What becomes of it: first what it has logged so far. Ends after its end, or when nothing more
    /// will be known of it because its keeper is gone, and the process with it.
    pub events: mpsc::UnboundedReceiver<SpareEvent>,
    /// The one who keeps it. Dropping this has the process ended at once.
    pub keeper: Box<dyn Keeper>,
}

/// Keeps a process for the one who has taken it.
#[async_trait]
pub trait Keeper: Send {
    /// Whether it wants the process back.
    fn takes_back(&self) -> bool;

    /// Takes the process back, or ends it. Whoever had it must not speak with it any more.
    async fn take_back(self: Box<Self>, standing: Returned);
}

/// The one who keeps a process, where that is somebody else; none once it has been told to end it.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Option<Box<dyn Keeper>>>>);

impl Kept {
    pub(crate) fn by(keeper: Box<dyn Keeper>) -> Kept {
        Kept(Arc::new(Mutex::new(Some(keeper))))
    }

    pub(crate) fn take(&self) -> Option<Box<dyn Keeper>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn takes_back(&self) -> bool {
        let keeper = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keeper.as_ref().is_some_and(|keeper| keeper.takes_back())
    }
}

/// How far a process has come that is given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Nobody has configured it.
    Fresh,
    /// It has been configured, successfully and once.
    Configured {
        /// What it is recognised by.
        key: ConfigurationKey,
        /// When it was configured; of no meaning for one that had been configured when it was taken.
        since: Instant,
    },
}

/// Something that a spare process did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpareEvent {
    /// It wrote lines to its log.
    Logged(Vec<String>),
    /// It ended.
    Exited(ExitStatus),
}

/// What one must have to speak with a process: where it listens, what it speaks, and the key that it
/// was told to trust. Whoever has it can use the process, so it is nothing to store or show.
#[derive(Clone)]
pub struct HandOver {
    pub(crate) handshake: Handshake,
    pub(crate) identity: Option<Identity>,
}

/// How it is sent from process to process.
#[derive(Serialize, Deserialize)]
struct Sent {
    handshake: String,
    certificate: Option<String>,
    key: Option<String>,
}

impl HandOver {
    /// As text, to be sent to the process that shall use it and to nobody else.
    pub fn to_text(&self) -> String {
        let identity = self.identity.as_ref();
        let sent = Sent {
            handshake: self.handshake.to_string(),
            certificate: identity.map(|identity| STANDARD.encode(&identity.certificate)),
            key: identity.map(|identity| STANDARD.encode(identity.key().secret_der())),
        };
        // Text and options of text can always be written.
        serde_json::to_string(&sent).unwrap_or_default()
    }

    /// From what [`HandOver::to_text`] made.
    pub fn from_text(text: &str) -> Option<HandOver> {
        let sent: Sent = serde_json::from_str(text).ok()?;
        let handshake = Handshake::parse(&sent.handshake).ok()?;
        let identity = match (sent.certificate, sent.key) {
            (Some(certificate), Some(key)) => {
                Some(Identity::from_parts(STANDARD.decode(certificate).ok()?, STANDARD.decode(key).ok()?))
            }
            (None, None) => None,
            _ => return None,
        };
        Some(HandOver { handshake, identity })
    }
}

impl fmt::Debug for HandOver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key is left out.
        out.debug_struct("HandOver").field("handshake", &self.handshake).finish_non_exhaustive()
    }
}

/// A process that was started for somebody else. It is killed when this is dropped.
pub struct Prepared {
    running: Running,
    hand_over: HandOver,
}

impl Prepared {
    /// Starts the program of these options, and waits until it is ready.
    pub async fn start(options: &LaunchOptions) -> Result<Prepared, PluginFailure> {
        let (running, hand_over) = Running::start_anew(options).await?;
        Ok(Prepared { running, hand_over })
    }

    /// Asks for the schema, which sets large providers up, so that those who come later need not wait
    /// for it. The shorter question for the metadata is no substitute: the AWS provider is slower after
    /// it than before.
    pub async fn warm_up(&self) {
        self.running.provoke(Method::GetProviderSchema).await;
    }

    /// What the one who shall use it needs.
    pub fn hand_over(&self) -> &HandOver {
        &self.hand_over
    }

    /// The number by which the system knows the process, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.running.process_id()
    }

    /// Waits for its end.
    pub async fn exited(&self) -> Exit {
        self.running.exited().await
    }

    /// Waits until everything that it logged before its end has been read, but not for long.
    pub async fn settle(&self) {
        self.running.settle().await;
    }

    /// Ends it at once, and waits for that.
    pub async fn kill(&self) {
        self.running.kill().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Endpoint, Protocol};

    #[test]
    fn what_is_handed_over_arrives_and_is_not_shown() {
        let handshake = Handshake {
            protocol: Protocol::V6,
            endpoint: Endpoint::Unix("/run/x".into()),
            certificate: Some(vec![7; 100]),
        };
        for identity in [None, Some(Identity::generate().unwrap())] {
            let sent = HandOver { handshake: handshake.clone(), identity };
            let arrived = HandOver::from_text(&sent.to_text()).unwrap();
            assert_eq!(arrived.handshake, sent.handshake);
            assert_eq!(arrived.to_text(), sent.to_text());
            let shown = format!("{sent:?}");
            assert!(!shown.contains("identity") && !shown.contains("key"), "{shown}");
        }
        for text in ["", "{}", "[]", r#"{"handshake":"1|6|unix|/x|grpc|","certificate":"QQ==","key":null}"#] {
            assert!(HandOver::from_text(text).is_none(), "{text}");
        }
    }
}
