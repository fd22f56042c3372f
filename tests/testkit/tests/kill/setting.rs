//! What is killed: an apply of fifty objects.

use std::path::PathBuf;

use plumb_testkit::{Installation, Workspace};

/// So many objects are made.
pub(crate) const OBJECTS: usize = 50;

/// So many at a time: the default.
pub(crate) const PARALLELISM: usize = 10;

/// Longer than it takes until a whole version of the state is written in the middle of an apply.
const LONG_MS: u64 = 10_300;

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    probe = { source = "testing/probe" }
  }
}

resource "probe_thing" "slow" {
  name     = "slow"
  delay_ms = SLOW_MS
}

resource "probe_thing" "a" {
  count    = 24
  name     = "a${count.index}"
  delay_ms = 2 + count.index % 7
}

resource "probe_thing" "b" {
  count      = 25
  name       = "b${count.index}-after-${probe_thing.a[count.index % 24].id}"
  delay_ms   = 1 + count.index % 5
  depends_on = [probe_thing.slow]
}
"#;

/// How long the apply takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// As long as the tools need.
    Short,
    /// So long that the state is written before it is over.
    Long,
}

/// The programs.
pub(crate) struct Setting {
    pub(crate) plumb: PathBuf,
    pub(crate) provider_server: PathBuf,
}

impl Setting {
    /// A directory with the configuration.
    pub(crate) fn workspace(&self, length: Length) -> Workspace {
        let workspace = Workspace::new(&self.provider_server, Installation::Override);
        let workspace = workspace.expect("a workspace can be made");
        let slow_ms = if length == Length::Long { LONG_MS } else { 1 };
        let text = CONFIGURATION.replace("SLOW_MS", &slow_ms.to_string());
        workspace.write("main.tf", Some(&text)).expect("it can be written");
        workspace
    }

    /// The command that is killed, and that goes on.
    pub(crate) fn apply(&self) -> Vec<String> {
        words(&["apply", "-auto-approve", "-input=false", "-no-color"])
    }
}

/// Arguments of a command.
pub(crate) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The address of the object of that name, which begins with it.
pub(crate) fn address_of(name: &str) -> String {
    let own = name.split('-').next().unwrap_or_default();
    match own.split_at_checked(1) {
        Some((kind, index)) if index.parse::<usize>().is_ok() => format!("probe_thing.{kind}[{index}]"),
        _ => format!("probe_thing.{own}"),
    }
}
