//! All files of a suite, one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_configuration::FreeInputs;
use plumb_configuration::suite::TestFile;
use plumb_diagnostics::Diagnostics;
use plumb_evaluator::Environment;
use plumb_executor::{Stop, StopHandle};
use plumb_planner::Providers;
use plumb_source::SourceMap;

use crate::file::run_file;
use crate::report::{FileReport, Observer, RunReport, Status, SuiteReport};
use crate::subject::TestedModule;

/// A file that is to be run.
pub struct SuiteFile {
    /// What it says.
    pub file: TestFile,
    /// Modules of runs that are not about the module under test, by the run's name.
    pub modules: BTreeMap<Arc<str>, TestedModule>,
    /// Values for variables from outside of the file.
    pub variables: Arc<FreeInputs>,
}

/// Everything that running tests needs.
pub struct SuiteRequest {
    /// The module under test.
    pub module: TestedModule,
    /// The files, in order.
    pub files: Vec<SuiteFile>,
    /// What evaluation may see of the world while planning; the time and randomness come with applying.
    pub environment: Environment,
    /// The time, in milliseconds since 1970.
    pub now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Randomness.
    pub random: Arc<dyn Fn(&mut [u8]) + Send + Sync>,
    /// Texts of files.
    pub sources: Arc<SourceMap>,
    /// Real providers.
    pub providers: Arc<Providers>,
    /// Who is told how it goes on.
    pub observer: Arc<dyn Observer>,
    /// Asks the tests to stop: first after what runs, with everything destroyed that was made, then at
    /// once.
    pub stop: StopHandle,
    /// Eight random hexadecimal digits at a time, to name deposed objects.
    pub deposed_key: Arc<dyn Fn() -> String + Send + Sync>,
    /// How many provider calls may be under way at once in each run.
    pub parallelism: usize,
}

impl SuiteRequest {
    pub(crate) fn environment(&self, is_applying: bool) -> Environment {
        let now = (self.now_ms)();
        Environment {
            now_ms: is_applying.then_some(now),
            plan_time_ms: Some(now),
            random: is_applying.then(|| self.random.clone()),
            ..self.environment.clone()
        }
    }

    pub(crate) fn seed(&self) -> u64 {
        let mut bytes = [0; 8];
        (self.random)(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// Runs every file.
pub async fn run_suite(request: SuiteRequest) -> SuiteReport {
    let mut report = SuiteReport::default();
    for file in &request.files {
        if request.stop.asked() != Stop::No {
            report.files.push(left_out(&file.file));
            continue;
        }
        report.files.push(run_file(&request, file).await);
    }
    report
}

/// A file that was not begun.
fn left_out(file: &TestFile) -> FileReport {
    let runs = file.runs.iter().map(|run| RunReport { status: Status::Skip, ..RunReport::pending(run) });
    FileReport {
        name: file.name.clone(),
        status: Status::Skip,
        diagnostics: Diagnostics::new(),
        runs: runs.collect(),
    }
}
