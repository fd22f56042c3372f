//! What providers answered when they were asked for data sources.
//!
//! Responsible for asking once for all reads of one planning run that a provider cannot tell apart,
//! however many there are and however they fall together: nothing is changed in the meantime, so the
//! answer is the same. It knows nothing of what each place makes of an answer. While applying,
//! nothing is shared: the world moves between one read and the next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use plumb_value::{Value, msgpack};
use tokio::sync::OnceCell;

use crate::reading::{Answer, DataSource};
use crate::session::Session;

/// The answers of one planning run, by what was asked.
#[derive(Default)]
pub(crate) struct Answers {
    cells: Mutex<HashMap<Question, Arc<OnceCell<Answer>>>>,
}

/// What reaches a provider of a read, and whom it reaches.
#[derive(PartialEq, Eq, Hash)]
struct Question {
    /// The instance, by where it lies in memory: it lives as long as the command.
    provider: usize,
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
        Some(Question { provider: Arc::as_ptr(source.provider).cast::<()>() as usize, kind, config, meta })
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
