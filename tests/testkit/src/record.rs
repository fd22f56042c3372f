//! What a tool did in one step, by aspects, in a form in which two tools can be compared.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value as Json;

/// A side of what a tool did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// How the command ended.
    ExitCode,
    /// What is planned for which instance.
    Actions,
    /// All else of the plan.
    Plan,
    /// The configuration as the plan shows it.
    Configuration,
    /// The state afterwards.
    State,
    /// The provider's objects afterwards.
    Objects,
    /// What is put on record about providers and modules.
    Installed,
    /// What the provider was asked, in no order.
    Requests,
    /// Which rules about the order of changes hold.
    Order,
    /// Errors and warnings.
    Diagnostics,
    /// Messages of the stream.
    Messages,
    /// What commands print that are asked for something.
    Output,
}

impl fmt::Display for Aspect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Aspect::ExitCode => "exit code",
            Aspect::Actions => "actions",
            Aspect::Plan => "plan",
            Aspect::Configuration => "configuration",
            Aspect::State => "state",
            Aspect::Objects => "objects",
            Aspect::Installed => "installed",
            Aspect::Requests => "requests",
            Aspect::Order => "order",
            Aspect::Diagnostics => "diagnostics",
            Aspect::Messages => "messages",
            Aspect::Output => "output",
        })
    }
}

/// One step of one tool.
#[derive(Clone, Debug, Default)]
pub struct StepRecord {
    /// The command as the case has it.
    pub command: String,
    /// What can be compared.
    pub aspects: BTreeMap<Aspect, Json>,
    /// Everything that was said, for people.
    pub said: String,
    /// What the case promises and did not happen.
    pub broken_promises: Vec<String>,
}
