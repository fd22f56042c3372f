//! The `warm_providers` block: whether provider processes are started ahead or used again, and what they
//! may take.

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};

use super::decode::{boolean, text};
use super::tree::Item;

/// The words for whether providers are kept warm.
pub const WARM_MODES: [&str; 3] = ["auto", "on", "off"];

const SETTINGS: [&str; 5] = ["mode", "idle_minutes", "memory_mib", "reuse_configured", "reuse_seconds"];

/// A week. What is longer is a slip of the finger.
const IDLE_MINUTES_MAX: u64 = 7 * 24 * 60;
/// Credentials may have been taken away in a longer time, and nobody would notice.
const REUSE_SECONDS_MAX: u64 = 5 * 60;
/// More than any machine has.
const MEMORY_MIB_MAX: u64 = 1 << 30;

/// What is said about processes that are started ahead; the usual where nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WarmProvidersSettings {
    /// One of [`WARM_MODES`].
    pub mode: Option<String>,
    /// How long one that nobody uses is kept.
    pub idle_minutes: Option<u64>,
    /// How much memory all of them may hold together.
    pub memory_mib: Option<u64>,
    /// Whether those that were configured go on to commands that would configure theirs alike.
    pub reuse_configured: Option<bool>,
    /// For how long.
    pub reuse_seconds: Option<u64>,
}

/// Decodes the block.
pub(super) fn decode_warm_providers(item: &Item) -> (WarmProvidersSettings, Diagnostics) {
    let mut settings = WarmProvidersSettings::default();
    let mut diagnostics = Diagnostics::new();
    let Some(objects) = item.value.objects() else {
        let detail = format!("\"warm_providers\" must be a block, but this is {}.", item.value.description());
        let invalid = Diagnostic::error("Invalid CLI configuration setting", detail).at(item.value.span);
        return (settings, invalid.into());
    };
    for setting in objects.iter().flat_map(|(content, _)| content.iter()) {
        match setting.name() {
            "mode" => settings.mode = diagnostics.take(mode(setting)),
            "idle_minutes" => settings.idle_minutes = diagnostics.take(whole(setting, 1, IDLE_MINUTES_MAX)),
            "memory_mib" => settings.memory_mib = diagnostics.take(whole(setting, 1, MEMORY_MIB_MAX)),
            "reuse_configured" => settings.reuse_configured = diagnostics.take(switch(setting)),
            "reuse_seconds" => {
                settings.reuse_seconds = diagnostics.take(whole(setting, 1, REUSE_SECONDS_MAX));
            }
            name => {
                let hint = did_you_mean(name, SETTINGS);
                let detail =
                    format!("A warm_providers block has no setting {name:?}, so it is ignored.{hint}");
                let unknown = Diagnostic::warning("Unknown CLI configuration setting", detail);
                diagnostics.push(unknown.at(setting.header()));
            }
        }
    }
    (settings, diagnostics)
}

fn mode(setting: &Item) -> (Option<String>, Diagnostics) {
    let (word, mut diagnostics) = text(setting);
    let known = word.filter(|word| WARM_MODES.contains(&word.as_str()));
    if known.is_none() && diagnostics.is_empty() {
        diagnostics.push(invalid(setting, "\"auto\", \"on\" or \"off\""));
    }
    (known, diagnostics)
}

/// What cannot be read switches nothing on, and nothing off that another file switches on.
fn switch(setting: &Item) -> (Option<bool>, Diagnostics) {
    let (is_on, diagnostics) = boolean(setting);
    (diagnostics.is_empty().then_some(is_on), diagnostics)
}

fn whole(setting: &Item, min: u64, max: u64) -> (Option<u64>, Diagnostics) {
    let (number, mut diagnostics) = text(setting);
    let number = number.and_then(|number| number.parse().ok()).filter(|number| (min..=max).contains(number));
    if number.is_none() && diagnostics.is_empty() {
        diagnostics.push(invalid(setting, &format!("a whole number from {min} to {max}")));
    }
    (number, diagnostics)
}

fn invalid(setting: &Item, wanted: &str) -> Diagnostic {
    let detail = format!("{:?} of a warm_providers block must be {wanted}.", setting.name());
    Diagnostic::error("Invalid CLI configuration setting", detail).at(setting.value.span)
}
