//! What providers answered when they were asked for data sources.
//!
//! Responsible for asking once for all reads of one planning run that a provider cannot tell apart,
//! however many there are and however they fall together: nothing is changed in the meantime, so the
//! answer is the same. It knows nothing of what each place makes of an answer. While applying,
//! nothing is shared: the world moves between one read and the next.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use plumb_state::Provider;
use plumb_value::{Value, msgpack};
use tokio::sync::OnceCell;

use crate::reading::{Answer, DataSource};
use crate::session::Session;

/// The answers of one planning run, by what was asked.
#[derive(Default)]
pub(crate) struct Answers {
    cells: Mutex<HashMap<Question, Arc<OnceCell<Answer>>>>,
}

/// The instance of a provider that was asked, told from others by where it lies in memory. It is held on
/// to, for one that ends early would leave its place to another.
struct Asked(Arc<dyn Provider>);

impl Asked {
    fn place(&self) -> *const () {
        Arc::as_ptr(&self.0).cast()
    }
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl Eq for Asked {}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place().hash(state);
    }
}

/// What reaches a provider of a read, and whom it reaches.
#[derive(PartialEq, Eq, Hash)]
struct Question {
    provider: Asked,
    kind: Arc<str>,
    /// As on the wire, so that equal is what the provider cannot tell apart. Marks are not sent.
    config: Vec<u8>,
    meta: Option<Vec<u8>>,
}

impl Question {
    /// `None` where it cannot be put into words.
    fn new(source: &DataSource<'_>, config: &Value) -> Option<Self> {
        let config = config.unmark_deep();
        let config = msgpack::encode(&config, &source.schema.block.implied_type()).ok()?;
        let meta = source.meta.map(|meta| msgpack::encode(meta, &meta.ty())).transpose().ok()?;
        let kind = source.address.resource.kind.clone();
        Some(Question { provider: Asked(source.provider.clone()), kind, config, meta })
    }
}

impl Answers {
    fn cell(&self, question: Question) -> Arc<OnceCell<Answer>> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.entry(question).or_default().clone()
    }
}

impl Session {
    /// What the provider says of a data source with a wholly known configuration. The first to ask
    /// does so for all who ask the same.
    pub(crate) async fn answer(&self, source: &DataSource<'_>, config: &Value) -> Answer {
        let mut has_asked = false;
        // The permit is taken inside: whoever waits for another's answer must hold none, or with one
        // permit there would be no end to it.
        let ask = async {
            let _permit = self.permits.acquire().await;
            has_asked = true;
            self.observer.read_start(source.address);
            source.ask(config).await
        };
        let Some(question) = Question::new(source, config) else { return ask.await };
        let answer = self.answers.cell(question).get_or_init(|| ask).await.clone();
        if !has_asked {
            self.observer.read_start(source.address);
        }
        answer
    }
}
