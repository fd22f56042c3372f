//! Questions to people.

use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_executor::{Stop, StopHandle};

use crate::terminal::Terminal;

/// A question.
pub(crate) struct Question<'a> {
    /// What it is about: a headline.
    pub(crate) title: &'a str,
    /// More about it; may be empty.
    pub(crate) text: &'a str,
    /// Whether the answer must not be shown.
    pub(crate) is_secret: bool,
}

/// Asks people.
#[derive(Clone)]
pub(crate) struct Prompt {
    terminal: Arc<Terminal>,
    stop: StopHandle,
    is_allowed: bool,
}

impl Prompt {
    pub(crate) fn new(terminal: Arc<Terminal>, stop: StopHandle, is_allowed: bool) -> Self {
        Prompt { terminal, stop, is_allowed }
    }

    /// Whether there is any use in asking.
    pub(crate) fn is_allowed(&self) -> bool {
        self.is_allowed
    }

    /// The answer, blanks around it taken off.
    pub(crate) async fn ask(&self, question: &Question<'_>) -> Result<String, Diagnostics> {
        let style = self.terminal.style();
        let mut text = format!("{}\n", style.bold(question.title));
        for line in question.text.lines() {
            text.push_str(&if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") });
        }
        text.push_str(&format!("\n  {} ", style.bold("Enter a value:")));
        self.terminal.print(&text);
        let (terminal, is_secret) = (self.terminal.clone(), question.is_secret);
        let read = tokio::task::spawn_blocking(move || {
            if is_secret { terminal.read_hidden_line() } else { terminal.read_line() }
        });
        let line = tokio::select! {
            line = read => line,
            () = self.stop.wait_for(Stop::AfterRunning) => {
                self.terminal.line("");
                self.terminal.abandon_work();
                return Err(Diagnostic::error("Interrupted", "The question was not answered, so nothing was done.").into());
            }
        };
        self.terminal.line("");
        let failed = |reason: String| {
            Diagnostic::error(
                "Failed to request interactive input",
                format!(
                    "Nobody answered {:?}: {reason}. Where nobody is there to answer, give the answer with the \
                     command's options, and -input=false to be sure that nothing is asked.",
                    question.title
                ),
            )
        };
        match line {
            Ok(Ok(Some(line))) => Ok(line.trim().to_owned()),
            Ok(Ok(None)) => Err(failed("standard input has ended".to_owned()).into()),
            Ok(Err(error)) => Err(failed(error.to_string()).into()),
            Err(error) => Err(failed(error.to_string()).into()),
        }
    }

    /// Whether the answer is `yes`, as it must be for what cannot be undone.
    pub(crate) async fn confirm(&self, title: &str, text: &str) -> Result<bool, Diagnostics> {
        let question = Question { title, text, is_secret: false };
        Ok(self.ask(&question).await? == "yes")
    }
}
