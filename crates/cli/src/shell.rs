//! What every command works in: the environment, the terminal, the files read so far.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plumb_configuration::InputArgument;
use plumb_diagnostics::{Diagnostic, Diagnostics, TextStyle, render_all_text, render_compact_text};
use plumb_registry::UnderWay;
use plumb_source::SourceMap;

use crate::arguments::ToldDeprecations;
use crate::environment::Environment;
use crate::exit::{CommandResult, Exit};
use crate::terminal::Terminal;

/// Who is told about problems, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// People, in text: errors on standard error.
    Text,
    /// People, everything on standard error: standard output is for results only.
    Aside,
    /// Programs, as a stream of JSON objects.
    Stream,
}

/// How long work in the background may go on after the command is done.
const LAST_WORK: Duration = Duration::from_secs(20);

/// What every command works in.
pub(crate) struct Shell {
    pub(crate) environment: Environment,
    pub(crate) terminal: Arc<Terminal>,
    pub(crate) sources: Arc<SourceMap>,
    /// Where the program was started.
    pub(crate) launch_directory: PathBuf,
    /// Values of variables of the command line.
    pub(crate) variables: Vec<InputArgument>,
    /// What is being fetched.
    pub(crate) downloads: UnderWay,
    form: Form,
    is_compact: bool,
    told: ToldDeprecations,
    asks: bool,
    /// Whether what is made is recorded nowhere.
    keeps_nothing: bool,
    farewell: Option<&'static str>,
    /// Everything reported so far, where somebody collects it.
    collected: Option<Mutex<Diagnostics>>,
}

/// Whether the working directory is still there: without it nothing that has a relative path is.
fn is_somewhere() -> Result<(), Diagnostics> {
    std::env::current_dir().map(drop).map_err(|error| {
        let detail = format!(
            "The directory that this was started in cannot be found: {}. It may have been removed or replaced since: go to \
             it anew, such as with \"cd .\", or name one with -chdir=DIR.",
            plumb_source::refusal(&error)
        );
        Diagnostic::error("Failed to determine current working directory", detail).into()
    })
}

impl Shell {
    pub(crate) fn new(environment: Environment) -> Self {
        let terminal = Arc::new(Terminal::new(&environment));
        Shell {
            environment,
            terminal,
            sources: Arc::new(SourceMap::new()),
            launch_directory: std::env::current_dir().unwrap_or_default(),
            variables: Vec::new(),
            downloads: UnderWay::default(),
            form: Form::Text,
            is_compact: false,
            told: ToldDeprecations::All,
            asks: false,
            keeps_nothing: false,
            farewell: None,
            collected: None,
        }
    }

    /// Goes to the directory of `-chdir`.
    pub(crate) fn enter(&mut self, directory: Option<&Path>) -> Result<(), Diagnostics> {
        let Some(directory) = directory else { return is_somewhere() };
        std::env::set_current_dir(directory).map_err(|error| {
            Diagnostic::error(
                "Error handling -chdir option",
                format!(
                    "Cannot go to the directory {}: {}.",
                    directory.display(),
                    plumb_source::refusal(&error)
                ),
            )
            .into()
        })
    }

    /// No colours from now on, if that is what is asked for.
    pub(crate) fn dress(&self, options: &crate::arguments::ColourOptions) {
        if options.no_color.0 {
            self.terminal.forbid_colour();
        }
    }

    /// Warnings by headline only.
    pub(crate) fn compact_warnings(&mut self, is_compact: bool) {
        self.is_compact = is_compact;
    }

    /// Asks for variables that are needed before anything is evaluated, if that is what is wanted.
    pub(crate) fn ask_early(&mut self, is_wanted: bool) {
        self.asks = is_wanted;
    }

    /// Whether it does.
    pub(crate) fn asks(&self) -> bool {
        self.asks
    }

    /// Whose deprecated variables and outputs are told of.
    pub(crate) fn tell_deprecations(&mut self, told: ToldDeprecations) {
        self.told = told;
    }

    /// What is made is recorded nowhere from now on: it is there for the command alone.
    pub(crate) fn keep_nothing(&mut self) {
        self.keeps_nothing = true;
    }

    /// Says what becomes of what is under way when nobody waits for it, where no journal has it.
    pub(crate) fn say_farewell(&mut self, farewell: &'static str) {
        self.farewell = Some(farewell);
    }

    /// What becomes of what is under way when nobody waits for it.
    pub(crate) fn farewell(&self) -> &'static str {
        if let Some(farewell) = self.farewell {
            farewell
        } else if self.keeps_nothing {
            "What was made may still be there, and nothing has recorded it."
        } else {
            "What was under way is in the journal, and the next command names it."
        }
    }

    /// Problems as a stream of JSON objects from now on.
    pub(crate) fn speak_json(&mut self) {
        self.form = Form::Stream;
        self.terminal.forbid_colour();
    }

    /// Warnings on standard error from now on: what is on standard output is for a program.
    pub(crate) fn keep_output_clean(&mut self) {
        self.form = Form::Aside;
    }

    /// Problems are collected from now on instead of being shown.
    pub(crate) fn collect(&mut self) {
        self.collected = Some(Mutex::default());
    }

    /// What was collected.
    pub(crate) fn take_collected(&mut self) -> Diagnostics {
        self.collected
            .take()
            .map(|collected| collected.into_inner().unwrap_or_else(PoisonError::into_inner))
            .unwrap_or_default()
    }

    /// Whether everything on standard output is JSON.
    pub(crate) fn speaks_json(&self) -> bool {
        self.form == Form::Stream
    }

    /// Tells about problems.
    pub(crate) fn report(&self, diagnostics: Diagnostics) {
        let is_told = |diagnostic: &Diagnostic| self.told.includes(diagnostic.deprecation);
        let diagnostics: Diagnostics = diagnostics.into_iter().filter(is_told).collect();
        if diagnostics.is_empty() {
            return;
        }
        if let Some(collected) = &self.collected {
            collected.lock().unwrap_or_else(PoisonError::into_inner).append(diagnostics);
            return;
        }
        match self.form {
            Form::Stream => self.report_json(&diagnostics),
            Form::Text | Form::Aside => self.report_text(&diagnostics),
        }
    }

    fn report_json(&self, diagnostics: &Diagnostics) {
        for diagnostic in diagnostics.iter() {
            let line = plumb_view::json::diagnostic_line(diagnostic, &self.sources, &crate::terminal::now());
            self.terminal.line(line);
        }
    }

    fn report_text(&self, diagnostics: &Diagnostics) {
        let style = self.terminal.error_style();
        let all: Vec<&Diagnostic> = diagnostics.iter().collect();
        // Compact warnings need to know of the errors beside them.
        if self.form == Form::Aside || (self.is_compact && diagnostics.has_errors()) {
            return self.terminal.print_error(&self.rendered(all, &style));
        }
        let (errors, warnings): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|diagnostic| diagnostic.is_error());
        if !warnings.is_empty() {
            self.terminal.print(&self.rendered(warnings, &self.terminal.style()));
        }
        if !errors.is_empty() {
            self.terminal.print_error(&self.rendered(errors, &style));
        }
    }

    fn rendered(&self, diagnostics: Vec<&Diagnostic>, style: &TextStyle) -> String {
        let text = if self.is_compact {
            render_compact_text(diagnostics, &self.sources, style)
        } else {
            render_all_text(diagnostics, &self.sources, style)
        };
        format!("\n{text}")
    }

    /// Shows the problems that stopped a command.
    pub(crate) fn finish(&self, result: CommandResult) -> Exit {
        match result {
            Ok(exit) => exit,
            Err(diagnostics) => {
                self.report(diagnostics);
                Exit::Failure
            }
        }
    }

    /// Keeps the value of a checked step; its warnings are shown, its errors stop the command.
    pub(crate) fn checked<T>(&self, (value, diagnostics): (T, Diagnostics)) -> Result<T, Diagnostics> {
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        self.report(diagnostics);
        Ok(value)
    }

    /// Runs something that waits for providers and disks.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> Result<T, Diagnostics> {
        crate::interrupt::prepare();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
            Diagnostic::error(
                "Cannot start working threads",
                format!("The system refuses to start threads: {error}. Its limits may be too low."),
            )
        })?;
        let result = runtime.block_on(work);
        if self.terminal.has_abandoned_work() {
            runtime.shutdown_background();
        } else {
            // What is being remembered for the next command, such as the schema of a new provider, is
            // worth a short wait once; mostly there is nothing to wait for.
            runtime.shutdown_timeout(LAST_WORK);
        }
        Ok(result)
    }
}
