//! What `init` tells, for people and for programs.

use std::sync::Mutex;

use plumb_registry::{InstallEvent, InstallEvents, Selection};
use serde_json::json;

use crate::shell::Shell;

/// Tells what goes on.
pub(super) struct Narrator<'s> {
    shell: &'s Shell,
    /// Lines from several threads come one after the other.
    turn: Mutex<()>,
}

impl<'s> Narrator<'s> {
    pub(super) fn new(shell: &'s Shell) -> Self {
        Narrator { shell, turn: Mutex::new(()) }
    }

    /// A text in the colour of success.
    pub(super) fn success(&self, text: &str) -> String {
        self.shell.terminal.style().success(text)
    }

    /// Tells something; programs know it by its code.
    pub(super) fn say(&self, code: &str, text: &str) {
        let _turn = self.turn.lock();
        if self.shell.speaks_json() {
            let line = json!({
                "@level": "info",
                "@message": text,
                "@module": "terraform.ui",
                "@timestamp": crate::terminal::now(),
                "message_code": code,
                "type": "init_output",
            });
            return self.shell.terminal.line(line.to_string());
        }
        let is_item = text.starts_with("- ");
        let is_headline = text.ends_with("...") && !is_item;
        let style = self.shell.terminal.style();
        if is_item {
            self.shell.terminal.line(text);
        } else if is_headline {
            self.shell.terminal.line(format!("\n{}", style.bold(text)));
        } else {
            self.shell.terminal.line(format!("\n{text}"));
        }
    }
}

impl InstallEvents for Narrator<'_> {
    fn on(&self, event: &InstallEvent<'_>) {
        let (code, text) = match event {
            InstallEvent::Exempt { provider, selection } => {
                let name = provider.for_display();
                match selection {
                    Selection::Builtin(Some(version)) if !provider.is_builtin() => {
                        ("provider_built_in_message", format!("- {name} v{version} is built in to Plumb"))
                    }
                    Selection::Builtin(_) => {
                        ("provider_built_in_message", format!("- {name} is built in to Plumb"))
                    }
                    Selection::DevOverride(directory) => (
                        "provider_dev_override",
                        format!("- {name} comes from {} (development override)", directory.display()),
                    ),
                    Selection::Unmanaged => {
                        ("provider_unmanaged", format!("- {name} is run by someone else"))
                    }
                    Selection::Plugin(version) => {
                        ("provider_already_installed_message", format!("- Using {name} v{version}"))
                    }
                }
            }
            InstallEvent::Query { provider, is_locked: true, .. } => (
                "reusing_previous_version_info",
                format!(
                    "- Reusing previous version of {} from the dependency lock file",
                    provider.for_display()
                ),
            ),
            InstallEvent::Query { provider, constraints, .. } if constraints.is_empty() => (
                "finding_latest_version_message",
                format!("- Finding latest version of {}...", provider.for_display()),
            ),
            InstallEvent::Query { provider, constraints, .. } => (
                "finding_matching_version_message",
                format!("- Finding {} versions matching \"{constraints}\"...", provider.for_display()),
            ),
            InstallEvent::Warnings { provider, warnings } => {
                ("provider_warning", format!("- {}: {}", provider.for_display(), warnings.join(" ")))
            }
            InstallEvent::AlreadyInstalled { provider, version } => (
                "provider_already_installed_message",
                format!("- Using previously-installed {} v{version}", provider.for_display()),
            ),
            InstallEvent::LinkFromCache { .. } => return,
            InstallEvent::LinkedFromCache { provider, version } => (
                "using_provider_from_cache_dir_info",
                format!("- Using {} v{version} from the shared cache directory", provider.for_display()),
            ),
            InstallEvent::Fetch { provider, version, .. } => (
                "installing_provider_message",
                format!("- Installing {} v{version}...", provider.for_display()),
            ),
            InstallEvent::Fetched { provider, version, verification } => (
                "installed_provider_version_info",
                format!("- Installed {} v{version} ({verification})", provider.for_display()),
            ),
            InstallEvent::Failed(_) => return,
        };
        self.say(code, &text);
    }
}
