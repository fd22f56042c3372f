//! What came of files and runs.

use std::sync::Arc;
use std::time::Duration;

use plumb_configuration::Config;
use plumb_configuration::suite::TestCommand;
use plumb_diagnostics::Diagnostics;
use plumb_plan::Plan;
use plumb_state::State;

/// How a run, a file or all of them came out, from the best to the worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It was not begun.
    #[default]
    Pending,
    /// It was left out, because something before it could not be done or the tests were stopped.
    Skip,
    /// Everything held.
    Pass,
    /// Something did not hold.
    Fail,
    /// It could not be done.
    Error,
}

impl Status {
    /// The worse of the two.
    #[must_use]
    pub fn and(self, other: Status) -> Status {
        self.max(other)
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Skip => "skip",
            Status::Pass => "pass",
            Status::Fail => "fail",
            Status::Error => "error",
        }
    }
}

/// What a run made, for those who want to see it.
#[derive(Clone)]
pub enum Made {
    /// Its plan.
    Plan(Arc<Plan>),
    /// The state after it.
    State(Arc<State>),
}

/// What came of a run.
#[derive(Clone)]
pub struct RunReport {
    /// Its name.
    pub name: Arc<str>,
    /// What it does.
    pub command: TestCommand,
    /// How it came out.
    pub status: Status,
    /// How many assertions it has.
    pub assertions: usize,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// What it made, and of which configuration.
    pub made: Option<(Made, Arc<Config>)>,
    /// How long it took.
    pub took: Duration,
}

/// What came of a file.
#[derive(Clone)]
pub struct FileReport {
    /// Its path as people write it.
    pub name: Arc<str>,
    /// How it came out.
    pub status: Status,
    /// What is to be said of the file as a whole.
    pub diagnostics: Diagnostics,
    /// Its runs, in the order of the file.
    pub runs: Vec<RunReport>,
}

/// What came of everything.
#[derive(Clone, Default)]
pub struct SuiteReport {
    /// The files, in the order in which they were run.
    pub files: Vec<FileReport>,
}

impl SuiteReport {
    /// How everything came out. What has no tests has passed.
    pub fn status(&self) -> Status {
        self.files.iter().fold(Status::Pass, |status, file| status.and(file.status))
    }

    /// How many runs came out in a way.
    pub fn count(&self, status: Status) -> usize {
        self.files.iter().flat_map(|file| &file.runs).filter(|run| run.status == status).count()
    }
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It begins.
    Starting,
    /// What its runs have made is destroyed.
    Teardown,
    /// It is done.
    Complete,
}

/// What was left of a state when its objects were to be destroyed.
pub struct Cleanup<'a> {
    /// The file.
    pub file: &'a str,
    /// The last run that used the state.
    pub run: &'a str,
    /// The module whose objects they are, where it is not the one under test.
    pub module: Option<&'a str>,
    /// Why they are still there.
    pub diagnostics: Diagnostics,
    /// What is still there.
    pub left: &'a State,
}

/// What was being made when nobody waited for it any more.
pub struct Abandoned<'a> {
    /// The file.
    pub file: &'a str,
    /// The run that was under way, with the addresses of what it was about to make.
    pub making: Option<(&'a str, Vec<String>)>,
    /// States that have objects, each with the run and the module that they belong to.
    pub states: Vec<(&'a str, Option<&'a str>, &'a State)>,
}

/// Is told how the tests go on. Calls may come from several tasks at once and must not block.
pub trait Observer: Send + Sync {
    /// A file comes to a stage.
    fn file(&self, _file: &FileReport, _progress: Progress) {}

    /// A run begins.
    fn run_begins(&self, _file: &str, _run: &str) {}

    /// A run is done.
    fn run_ended(&self, _file: &str, _run: &RunReport) {}

    /// What a run has made is about to be destroyed.
    fn cleans(&self, _file: &str, _run: &str) {}

    /// Objects were destroyed, or not.
    fn cleaned(&self, _cleanup: &Cleanup<'_>) {}

    /// Nobody waits any more.
    fn abandoned(&self, _abandoned: &Abandoned<'_>) {}
}
