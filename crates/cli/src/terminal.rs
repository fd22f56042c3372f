//! The terminal: the only place that prints.
//!
//! Responsible for standard output, standard error and standard input, for whether there are colours
//! and how wide lines may be. What is printed is made elsewhere, and when it is written is up to
//! [`crate::output`]. A reader that went away is no reason to stop: failures to print are ignored, other
//! than those to write a result.

use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use plumb_diagnostics::TextStyle;

use crate::environment::Environment;
use crate::exit::{CommandResult, Exit};
use crate::output;

/// The terminal, or whatever stands in its place.
#[derive(Debug)]
pub(crate) struct Terminal {
    allows_colour: AtomicBool,
    /// Whether nobody needs any more what threads still wait for.
    is_abandoned: AtomicBool,
    columns: Option<usize>,
}

impl Terminal {
    pub(crate) fn new(environment: &Environment) -> Self {
        let columns = environment.get("COLUMNS").and_then(|text| text.parse().ok());
        Terminal {
            allows_colour: AtomicBool::new(!environment.forbids_colour()),
            is_abandoned: AtomicBool::new(false),
            columns,
        }
    }

    /// No colours from now on.
    pub(crate) fn forbid_colour(&self) {
        self.allows_colour.store(false, Ordering::Relaxed);
    }

    /// Nobody needs any more what threads still wait for: an answer, a provider, a disk.
    pub(crate) fn abandon_work(&self) {
        self.is_abandoned.store(true, Ordering::Relaxed);
    }

    /// Whether a thread may wait for ever for what nobody needs.
    pub(crate) fn has_abandoned_work(&self) -> bool {
        self.is_abandoned.load(Ordering::Relaxed)
    }

    /// Whether people can answer questions.
    pub(crate) fn has_interactive_input(&self) -> bool {
        io::stdin().is_terminal()
    }

    /// Whether a person sees what is printed.
    pub(crate) fn is_watched(&self) -> bool {
        io::stdout().is_terminal() || io::stderr().is_terminal()
    }

    /// How text on standard output is dressed.
    pub(crate) fn style(&self) -> TextStyle {
        self.style_on(io::stdout().is_terminal())
    }

    /// How text on standard error is dressed.
    pub(crate) fn error_style(&self) -> TextStyle {
        self.style_on(io::stderr().is_terminal())
    }

    fn style_on(&self, is_terminal: bool) -> TextStyle {
        let width = if is_terminal {
            self.columns().unwrap_or(TextStyle::PLAIN_WIDTH)
        } else {
            TextStyle::PLAIN_WIDTH
        };
        TextStyle { color: is_terminal && self.allows_colour.load(Ordering::Relaxed), width }
    }

    fn columns(&self) -> Option<usize> {
        let measured = rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col));
        measured.filter(|columns| *columns > 0).or(self.columns)
    }

    /// Prints on standard output, exactly this.
    pub(crate) fn print(&self, text: &str) {
        self.print_bytes(text.as_bytes());
    }

    /// Prints bytes on standard output.
    pub(crate) fn print_bytes(&self, bytes: &[u8]) {
        output::write_now(bytes);
    }

    /// Prints a line on standard output.
    pub(crate) fn line(&self, text: impl AsRef<str>) {
        self.print(&format!("{}\n", text.as_ref()));
    }

    /// Prints a line of many on standard output, at once or in a moment.
    pub(crate) fn line_soon(&self, text: &str) {
        output::write_soon(text);
    }

    /// Prints what was to be printed in a moment: somebody else prints now, or nobody any more.
    pub(crate) fn catch_up(&self) {
        if self.has_abandoned_work() {
            output::settle();
        } else {
            output::flush();
        }
    }

    /// Prints a result on standard output while it is made, however long it is.
    pub(crate) fn write<E: From<io::Error>>(
        &self,
        make: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<(), E> {
        output::write_result(make)
    }

    /// Whether everything that was printed on standard output is there, or its reader has left.
    pub(crate) fn everything_shown(&self) -> CommandResult {
        self.catch_up();
        match output::lost() {
            Some(error) => Err(crate::commands::unwritten(&error)),
            None => Ok(Exit::Success),
        }
    }

    /// Prints on standard error, exactly this.
    pub(crate) fn print_error(&self, text: &str) {
        output::write_error(text.as_bytes());
    }

    /// Everything on standard input.
    pub(crate) fn read_all(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::stdin().lock(), &mut bytes)?;
        Ok(bytes)
    }

    /// The next line on standard input without its line break; `None` at the end.
    pub(crate) fn read_line(&self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let count = io::stdin().read_line(&mut line)?;
        Ok((count > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// The next line, which the terminal does not show while it is typed.
    pub(crate) fn read_hidden_line(&self) -> io::Result<Option<String>> {
        let _echo = SilentTerminal::start();
        self.read_line()
    }
}

/// While this lives the terminal does not show what is typed.
struct SilentTerminal(Option<rustix::termios::Termios>);

impl SilentTerminal {
    fn start() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let Ok(before) = tcgetattr(io::stdin()) else { return SilentTerminal(None) };
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        // A terminal that cannot be silenced still takes the answer.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &silent);
        SilentTerminal(Some(before))
    }
}

impl Drop for SilentTerminal {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Flush, before);
        }
    }
}

/// Now, as messages for programs have it: RFC 3339 in UTC with microseconds.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// From now on panics are explained to whoever sees them.
pub(crate) fn explain_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if plumb_starlark::is_overflow(panic.payload()) {
            return;
        }
        output::settle();
        let place = panic
            .location()
            .map(|place| format!(" at {}:{}", place.file(), place.line()))
            .unwrap_or_default();
        let payload = panic.payload();
        let message = payload.downcast_ref::<&str>().copied();
        let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let message = message.unwrap_or("it did not say why");
        let _ = writeln!(
            io::stderr().lock(),
            "\nError: Plumb crashed\n\nThis is a bug in Plumb, not in your configuration: {message}{place} (version \
             {}).\n\nWhat had been done by then is recorded, and the next command goes on from there. Please report \
             this with the lines above and what you ran.",
            crate::version::PLUMB_VERSION
        );
    }));
}
