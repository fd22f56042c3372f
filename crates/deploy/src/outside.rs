//! What code needs of this machine beside files: programs that it runs, and variables.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// This machine, as code sees it.
pub trait Outside: Send + Sync {
    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String>;

    /// What a program writes that is given this, or why it has not come to a good end.
    ///
    /// # Errors
    /// In words for people, without its name.
    fn run(&self, words: &[String], input: &[u8]) -> Result<Vec<u8>, String>;
}

/// Nothing is run, and nothing is known.
struct Nowhere;

impl Outside for Nowhere {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn run(&self, _: &[String], _: &[u8]) -> Result<Vec<u8>, String> {
        Err("no programs are run here".to_owned())
    }
}

/// A program's words, and what it is given.
type Call = (Vec<String>, Vec<u8>);

/// This machine; each program is run once for all hosts, however often code runs that asks for it.
#[derive(Clone)]
pub struct Machine {
    outside: Arc<dyn Outside>,
    said: Arc<Mutex<HashMap<Call, Said>>>,
}

/// What a program has written, or why there is nothing; and a turn for whoever comes first.
type Said = Arc<Mutex<Option<Result<Arc<[u8]>, String>>>>;

impl Default for Machine {
    fn default() -> Self {
        Machine::new(Arc::new(Nowhere))
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Machine")
    }
}

impl Machine {
    /// Nothing has been run yet.
    pub fn new(outside: Arc<dyn Outside>) -> Self {
        Machine { outside, said: Arc::default() }
    }

    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.outside.variable(name)
    }

    /// What a program writes that is given this.
    pub(crate) fn run(&self, words: &[String], input: &[u8]) -> Result<Arc<[u8]>, String> {
        let call = (words.to_vec(), input.to_vec());
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).entry(call).or_default().clone();
        // Others that want the same wait for it, and nobody else does.
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        said.get_or_insert_with(|| self.outside.run(words, input).map(Arc::from)).clone()
    }
}
