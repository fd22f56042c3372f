//! Whether provider processes are started ahead, and where those that were are found.

use std::sync::Arc;
use std::time::Duration;

use plumb_plugin::SchemaCache;
use plumb_registry::{CliConfiguration, WarmProvidersSettings};
use plumb_supervisor::{Limits, Mode, Place, Situation, Spares, SparesOptions, WhyNot, decide};

use super::Session;
use crate::shell::Shell;

/// The variable that says more than any setting.
pub(crate) const VARIABLE: &str = "PLUMB_WARM_PROVIDERS";

const MIB: u64 = 1024 * 1024;
/// How long configured processes go on where that is wanted and nothing is said of how long.
const REUSE_USUAL: Duration = Duration::from_secs(60);

impl Session<'_> {
    /// Processes that were started ahead; nothing where that is not wanted or not possible. Where logs
    /// are read they are to be whole, with what a provider says while it is configured.
    pub(super) fn spares(
        &self,
        configuration: &CliConfiguration,
        cache: Option<&Arc<SchemaCache>>,
        is_logged: bool,
    ) -> Option<Arc<Spares>> {
        wanted(self.shell, &configuration.warm_providers).ok()?;
        let limits = limits(&configuration.warm_providers);
        let options = SparesOptions {
            place: place(self.shell)?,
            limits: Limits { reuse: limits.reuse.filter(|_| !is_logged), ..limits },
            cache: cache?.clone(),
            cache_directory: std::path::absolute(self.shell.environment.schema_directory()?).ok()?,
        };
        Spares::new(options).map(Arc::new)
    }
}

/// Where processes that were started ahead are found.
pub(crate) fn place(shell: &Shell) -> Option<Place> {
    let given = shell.environment.get("XDG_RUNTIME_DIR").map(std::ffi::OsStr::new);
    Place::find(given, &std::env::temp_dir())
}

/// Whether processes are started ahead and used, or why not.
pub(crate) fn wanted(shell: &Shell, settings: &WarmProvidersSettings) -> Result<(), WhyNot> {
    let environment = &shell.environment;
    // A word that is not known is no reason to start processes.
    let mode = match (environment.get(VARIABLE), &settings.mode) {
        (Some(word), _) => Mode::from_word(word).unwrap_or(Mode::Off),
        (None, Some(word)) => Mode::from_word(word).unwrap_or(Mode::Off),
        (None, None) => Mode::Auto,
    };
    let situation = Situation {
        is_interactive: shell.terminal.is_watched(),
        is_continuous_integration: environment.get("CI").is_some_and(|value| !matches!(value, "false" | "0")),
        is_automation: environment.in_automation(),
    };
    decide(mode, &situation)
}

fn limits(settings: &WarmProvidersSettings) -> Limits {
    let usual = Limits::default();
    let idle = settings.idle_minutes.map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
    let memory = settings.memory_mib.map(|mebibytes| mebibytes.saturating_mul(MIB));
    let reuse_seconds = settings.reuse_seconds.map_or(REUSE_USUAL, Duration::from_secs);
    Limits {
        idle: idle.unwrap_or(usual.idle),
        memory_bytes_max: memory.unwrap_or(usual.memory_bytes_max),
        reuse: settings.reuse_configured.unwrap_or(false).then_some(reuse_seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    #[test]
    fn configured_processes_go_on_only_where_that_is_asked_for() {
        let reuse = |reuse_configured, reuse_seconds| {
            let mode = Some("on".to_owned());
            let usual = WarmProvidersSettings::default();
            limits(&WarmProvidersSettings { mode, reuse_configured, reuse_seconds, ..usual }).reuse
        };
        assert_eq!(reuse(None, None), None);
        assert_eq!(reuse(None, Some(5)), None);
        assert_eq!(reuse(Some(false), Some(5)), None);
        assert_eq!(reuse(Some(true), None), Some(Duration::from_secs(60)));
        assert_eq!(reuse(Some(true), Some(5)), Some(Duration::from_secs(5)));
    }

    #[test]
    fn the_variable_says_more_than_the_setting() {
        let wanted = |variables: &[(&str, &str)], mode: Option<&str>| {
            let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let shell = Shell::new(variables.collect::<Environment>());
            let mode = mode.map(str::to_owned);
            wanted(&shell, &WarmProvidersSettings { mode, ..WarmProvidersSettings::default() })
        };
        let (on, off) = (("PLUMB_WARM_PROVIDERS", "on"), ("PLUMB_WARM_PROVIDERS", "off"));
        let cases: [(&[(&str, &str)], Option<&str>, Result<(), WhyNot>); 7] = [
            (&[("CI", "true")], None, Err(WhyNot::ContinuousIntegration)),
            (&[("TF_IN_AUTOMATION", "1")], None, Err(WhyNot::Automation)),
            (&[("CI", "true"), on], None, Ok(())),
            (&[("CI", "true")], Some("on"), Ok(())),
            (&[off], Some("on"), Err(WhyNot::SwitchedOff)),
            (&[], Some("off"), Err(WhyNot::SwitchedOff)),
            (&[("PLUMB_WARM_PROVIDERS", "yes please")], None, Err(WhyNot::SwitchedOff)),
        ];
        for (variables, mode, expected) in cases {
            assert_eq!(wanted(variables, mode), expected, "{variables:?} {mode:?}");
        }
    }
}
