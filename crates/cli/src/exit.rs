//! What comes of a command, and the exit codes that stand for it.

use plumb_diagnostics::Diagnostics;

/// What came of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Success,
    /// It did not; why has been said.
    Failure,
    /// It did, and there is something to do: `plan -detailed-exitcode`.
    Changes,
    /// Files could not be laid out: `fmt` tells that from files that are laid out badly.
    Unreadable,
    /// It did, and what it looked at is not as it should be: `fmt -check`.
    Unformatted,
}

impl Exit {
    /// The exit code, as Terraform has them.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Changes | Exit::Unreadable => 2,
            Exit::Unformatted => 3,
        }
    }
}

/// What a command returns: problems that stopped it are shown by the caller.
pub(crate) type CommandResult = Result<Exit, Diagnostics>;
