//! Whether providers are kept warm, and how much of that is allowed.

use std::fmt;
use std::time::Duration;

/// What the user wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Only where a person works at a terminal.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl Mode {
    /// A mode by the word for it.
    pub fn from_word(word: &str) -> Option<Mode> {
        match word {
            "auto" => Some(Mode::Auto),
            "on" => Some(Mode::On),
            "off" => Some(Mode::Off),
            _ => None,
        }
    }
}

/// How much is kept for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A spare that nobody uses ends after so long.
    pub idle: Duration,
    /// All spares of a user together hold no more.
    pub memory_bytes_max: u64,
    /// How long after it was configured a process may go on to further commands that configure theirs
    /// with the same; at most [`REUSE_MAX`]. None does where this is none.
    pub reuse: Option<Duration>,
}

/// Credentials are renewed and taken away, and not everything that does so can be seen from outside.
pub const REUSE_MAX: Duration = Duration::from_secs(5 * 60);

impl Default for Limits {
    fn default() -> Self {
        Limits { idle: Duration::from_secs(10 * 60), memory_bytes_max: 1024 * 1024 * 1024, reuse: None }
    }
}

/// What decides about [`Mode::Auto`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Situation {
    /// Whether the command prints to a terminal.
    pub is_interactive: bool,
    /// Whether the environment says that this is a build server (`CI`).
    pub is_continuous_integration: bool,
    /// Whether the environment says that a program runs the commands (`TF_IN_AUTOMATION`).
    pub is_automation: bool,
}

/// Why providers are not kept warm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// The user does not want it.
    SwitchedOff,
    /// Build servers start anew each time, and must not be left with processes.
    ContinuousIntegration,
    /// So do programs.
    Automation,
    /// Nobody is there who would run the next command soon.
    NoTerminal,
}

impl fmt::Display for WhyNot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            WhyNot::SwitchedOff => "they are switched off",
            WhyNot::ContinuousIntegration => "CI is set",
            WhyNot::Automation => "TF_IN_AUTOMATION is set",
            WhyNot::NoTerminal => "there is no terminal",
        })
    }
}

/// Whether providers are kept warm.
///
/// # Errors
/// Where they are not, why.
pub fn decide(mode: Mode, situation: &Situation) -> Result<(), WhyNot> {
    match mode {
        Mode::On => Ok(()),
        Mode::Off => Err(WhyNot::SwitchedOff),
        Mode::Auto if situation.is_continuous_integration => Err(WhyNot::ContinuousIntegration),
        Mode::Auto if situation.is_automation => Err(WhyNot::Automation),
        Mode::Auto if !situation.is_interactive => Err(WhyNot::NoTerminal),
        Mode::Auto => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_people_at_terminals_get_it_unasked() {
        let person = Situation { is_interactive: true, ..Situation::default() };
        let server = Situation { is_continuous_integration: true, ..person };
        let program = Situation { is_automation: true, ..person };
        let pipe = Situation::default();
        let cases = [
            (Mode::Auto, person, Ok(())),
            (Mode::Auto, server, Err(WhyNot::ContinuousIntegration)),
            (Mode::Auto, program, Err(WhyNot::Automation)),
            (Mode::Auto, pipe, Err(WhyNot::NoTerminal)),
            (Mode::On, server, Ok(())),
            (Mode::Off, person, Err(WhyNot::SwitchedOff)),
        ];
        for (mode, situation, expected) in cases {
            assert_eq!(decide(mode, &situation), expected, "{mode:?} {situation:?}");
        }
    }
}
