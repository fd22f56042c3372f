//! What runs of a deploy's code came to, for whoever wants to follow them.

use std::sync::Arc;

use plumb_source::Span;

/// Hears of every run of the code for a host.
pub type Tracer = Arc<dyn Fn(&str, &TracedPass) + Send + Sync>;

/// One run of a deploy's code, from its beginning to where it could be followed.
#[derive(Clone, Debug)]
pub struct TracedPass {
    /// Which it is since the host was last planned, from 1 on.
    pub number: usize,
    /// What is asked after it.
    pub asks: Vec<String>,
    /// Where something was given up, and what it waits for.
    pub waits: Vec<(Span, String)>,
    /// What it printed, and where.
    pub printed: Vec<(Span, String)>,
    /// How many operations it came to.
    pub operations: usize,
    /// How it ended.
    pub end: TracedEnd,
}

/// How a run of the code ended.
#[derive(Clone, Debug)]
pub enum TracedEnd {
    /// It came to its end, and everything is known.
    Settled,
    /// It came to its end, and something was given up on the way.
    Incomplete,
    /// It stopped there, for what is known only later.
    Stopped(Span, String),
    /// It failed there.
    Failed(Span, String),
}

impl TracedEnd {
    /// A word for it.
    pub fn name(&self) -> &'static str {
        match self {
            TracedEnd::Settled => "settled",
            TracedEnd::Incomplete => "incomplete",
            TracedEnd::Stopped(..) => "stopped",
            TracedEnd::Failed(..) => "failed",
        }
    }
}
