//! `test`: runs the test files of a directory, and destroys what they have made.

pub(super) mod code;
mod narrator;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use plumb_address::ProviderAddress;
use plumb_backend::random_uuid;
use plumb_configuration::FreeInputs;
use plumb_configuration::suite::TestFile;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_testing::{Status, SuiteFile, SuiteReport, SuiteRequest, TestedModule, run_suite};
use plumb_view::{json, text};

use super::in_session;
use crate::arguments::TestArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{Loaded, Schemas, Session, requirements};
use crate::shell::Shell;
use crate::terminal::now;
use crate::version::PLUMB_VERSION;
use code::CodeFile;
use narrator::Narrator;

pub(super) fn run(shell: &mut Shell, arguments: &TestArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    if arguments.json.0 {
        shell.speak_json();
        shell.terminal.line(json::version_line(&format!("Plumb {PLUMB_VERSION}"), &now()));
    }
    check(arguments)?;
    shell.keep_nothing();
    in_session(shell, async |session| test(session, arguments).await)
}

fn check(arguments: &TestArguments) -> Result<(), Diagnostics> {
    if arguments.cloud_run.is_some() {
        return Err(Diagnostic::error(
            "Remote test runs not supported",
            "Plumb runs tests on this machine only. Leave the -cloud-run option away.",
        )
        .into());
    }
    if arguments.parallelism == 0 {
        let detail = "The parallelism must be greater than or equal to 1.";
        return Err(Diagnostic::error("Invalid parallelism value", detail).into());
    }
    Ok(())
}

async fn test(session: &Session<'_>, arguments: &TestArguments) -> CommandResult {
    let all = session.shell.checked(session.test_files(&arguments.test_directory))?;
    let code = code::names(session, &arguments.test_directory);
    let is_wanted = wanted(session, &all, &code, &arguments.filter);
    let code: Vec<CodeFile> =
        code.into_iter().filter(|name| is_wanted(name)).map(|name| code::read(session, name)).collect();
    // Whoever has tests of code alone need not have made a configuration ready.
    let (report, narrator) = if !code.is_empty() && !all.iter().any(|file| is_wanted(&file.name)) {
        announce(session, &[], &code);
        (SuiteReport::default(), Arc::new(Narrator::new(session.shell, None)))
    } else {
        test_configuration(session, arguments, all, &is_wanted, &code).await?
    };
    let mut report = report;
    let run = |file| code::run(session, file, &narrator, arguments.verbose.0);
    report.files.extend(code.iter().map(run));
    conclude(session, arguments, &narrator, &report)
}

/// Says which tests there are.
fn announce(session: &Session<'_>, files: &[TestFile], code: &[CodeFile]) {
    if !session.shell.speaks_json() {
        return;
    }
    let runs = |file: &TestFile| file.runs.iter().map(|run| run.name.to_string()).collect();
    let files = files.iter().map(|file| (file.name.to_string(), runs(file)));
    let all: Vec<(String, Vec<String>)> =
        files.chain(code.iter().map(|file| (file.name.clone(), file.tests.clone()))).collect();
    session.shell.terminal.line(json::test_abstract_line(&all, &now()));
}

/// Runs the files that are for the configuration.
async fn test_configuration(
    session: &Session<'_>,
    arguments: &TestArguments,
    all: Vec<TestFile>,
    is_wanted: &dyn Fn(&str) -> bool,
    code: &[CodeFile],
) -> Result<(SuiteReport, Arc<Narrator>), Diagnostics> {
    let loaded = session.load_or_nothing()?;
    let mut modules = modules_of_runs(session, &all)?;
    let files: Vec<TestFile> = all.into_iter().filter(|file| is_wanted(&file.name)).collect();
    let inputs = Inputs::collect(session, arguments)?;
    let providers = providers_of(&loaded, &modules, session)?;
    let set = session.providers_and(&loaded.config, None, &providers).await?;
    let schemas = if arguments.verbose.0 { Some(Schemas::of(&set).await?) } else { None };
    announce(session, &files, code);
    let narrator = Arc::new(Narrator::new(session.shell, schemas));
    let files = files.into_iter().map(|file| SuiteFile {
        modules: modules.remove(&file.name).unwrap_or_default(),
        variables: inputs.of(&file, &arguments.test_directory),
        file,
    });
    let request = SuiteRequest {
        module: TestedModule { config: loaded.config, index: loaded.index },
        files: files.collect(),
        environment: session.evaluation(false, &set)?,
        now_ms: Arc::new(|| jiff::Timestamp::now().as_millisecond()),
        random: Arc::new(crate::session::fill_random),
        sources: session.shell.sources.clone(),
        providers: set.providers.clone(),
        observer: narrator.clone(),
        stop: session.stop.clone(),
        deposed_key: Arc::new(|| random_uuid().chars().take(8).collect()),
        parallelism: arguments.parallelism,
    };
    session.begin_applying();
    Ok((run_suite(request).await, narrator))
}

/// By file, then by run.
type ModulesOfRuns = BTreeMap<Arc<str>, BTreeMap<Arc<str>, TestedModule>>;

/// The modules of all runs that are not about the module under test.
fn modules_of_runs(session: &Session<'_>, files: &[TestFile]) -> Result<ModulesOfRuns, Diagnostics> {
    let mut modules = ModulesOfRuns::new();
    let mut problems = Diagnostics::new();
    for file in files {
        for run in &file.runs {
            let Some((module, found)) = session.module_of_run(file, run) else { continue };
            problems.append(found);
            modules.entry(file.name.clone()).or_default().insert(run.name.clone(), module);
        }
    }
    session.shell.checked((modules, problems))
}

/// The providers that runs need beside those of the module under test.
fn providers_of(
    loaded: &Loaded,
    modules: &ModulesOfRuns,
    session: &Session<'_>,
) -> Result<BTreeSet<ProviderAddress>, Diagnostics> {
    let mut needed = BTreeSet::new();
    for module in modules.values().flat_map(BTreeMap::values) {
        needed.extend(session.shell.checked(requirements(&module.config, []))?.into_keys());
    }
    needed.extend(session.shell.checked(requirements(&loaded.config, []))?.into_keys());
    Ok(needed)
}

/// Which files are asked for.
fn wanted(
    session: &Session<'_>,
    files: &[TestFile],
    code: &[String],
    filter: &[String],
) -> impl Fn(&str) -> bool + use<> {
    let wanted: BTreeSet<PathBuf> = filter.iter().map(|name| tidy(Path::new(name))).collect();
    let names: Vec<&str> =
        files.iter().map(|file| &*file.name).chain(code.iter().map(String::as_str)).collect();
    let known: BTreeSet<PathBuf> = names.iter().map(|name| tidy(Path::new(name))).collect();
    for missing in wanted.difference(&known) {
        let hint = plumb_diagnostics::did_you_mean(&missing.to_string_lossy(), names.iter().copied());
        let detail = format!(
            "The specified test file, {}, could not be found, so nothing of it is executed.{hint}",
            missing.display()
        );
        session.shell.report(Diagnostic::warning("Unknown test file", detail).into());
    }
    move |name: &str| wanted.is_empty() || wanted.contains(&tidy(Path::new(name)))
}

fn tidy(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, Component::CurDir)).collect()
}

/// Values of variables from outside of the files.
struct Inputs {
    /// For files beside the module.
    beside: Arc<FreeInputs>,
    /// For files in the directory of tests, which may have files of values too.
    in_directory: Arc<FreeInputs>,
}

impl Inputs {
    fn collect(session: &Session<'_>, arguments: &TestArguments) -> Result<Self, Diagnostics> {
        let environment = session.shell.environment.inputs();
        let sources = session.input_sources(&environment, &arguments.variables.given);
        let beside = session.shell.checked(FreeInputs::collect(&sources, None))?;
        let directory = tidy(Path::new(&arguments.test_directory));
        if directory.as_os_str().is_empty() {
            let beside = Arc::new(beside);
            return Ok(Inputs { in_directory: beside.clone(), beside });
        }
        let in_directory = session.shell.checked(FreeInputs::collect(&sources, Some(&directory)))?;
        Ok(Inputs { beside: Arc::new(beside), in_directory: Arc::new(in_directory) })
    }

    fn of(&self, file: &TestFile, tests: &str) -> Arc<FreeInputs> {
        if tidy(&file.directory) == tidy(Path::new(tests)) {
            self.in_directory.clone()
        } else {
            self.beside.clone()
        }
    }
}

fn conclude(
    session: &Session<'_>,
    arguments: &TestArguments,
    narrator: &Narrator,
    report: &SuiteReport,
) -> CommandResult {
    let terminal = &session.shell.terminal;
    if session.shell.speaks_json() {
        terminal.line(json::test_summary_line(report, &now()));
    } else {
        terminal.line(format!("\n{}", text::test_summary(report, &terminal.style())));
    }
    if let Some(path) = &arguments.junit_xml {
        narrator.write_junit(report, path)?;
    }
    Ok(if report.status() > Status::Pass { Exit::Failure } else { Exit::Success })
}
