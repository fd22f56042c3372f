//! What the provider of hosts needs of the world.

use std::io::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use plumb_builtin::Builtin;
use plumb_deploy::{Connect as _, Failure, Machine, Operation, Secrets};
use plumb_diagnostics::TextStyle;
use plumb_executor::StopHandle;
use plumb_host::{Host, Resolver, Secret};
use plumb_host_provider::{NAME, Outside, Reached, VERSION, maker};
use plumb_inventory::Way;
use plumb_source::Files;
use plumb_view::hosts::{HostsStyle, failure_text, operation_text};
use tempfile::NamedTempFile;

use crate::commands::hosts::outside::machine;
use crate::commands::hosts::way::{Stated, resolver};
use crate::environment::Environment;

/// The provider of hosts, which reaches them as `deploy` does.
pub(super) fn provider(environment: &Environment, files: &Arc<dyn Files>, stop: &StopHandle) -> Builtin {
    let machine = machine(environment, files.working_directory(), stop.clone());
    let world = World { files: files.clone(), resolver: Arc::new(resolver(environment)), machine };
    Builtin::new(NAME, VERSION, maker(Arc::new(world)))
}

struct World {
    files: Arc<dyn Files>,
    resolver: Arc<Resolver>,
    machine: Machine,
}

#[async_trait]
impl Outside for World {
    fn files(&self) -> Arc<dyn Files> {
        self.files.clone()
    }

    fn machine(&self) -> Machine {
        self.machine.clone()
    }

    async fn connect(&self, reached: &Reached) -> Result<Host, String> {
        // Files of their owner alone, which are gone as soon as the connection is there.
        let keys: Vec<NamedTempFile> = reached.keys.iter().map(key_file).collect::<Result<_, _>>()?;
        let mut way = reached.way.clone();
        if let Way::Ssh(way) = &mut way {
            way.identity_files.extend(keys.iter().map(|file| file.path().to_owned()));
        }
        let stated = Stated {
            name: reached.name.clone(),
            way,
            resolver: self.resolver.clone(),
            notices: Arc::default(),
        };
        stated.connect().await
    }

    fn planned(&self, operation: &Operation, secrets: &Secrets) -> String {
        let style = HostsStyle {
            text: TextStyle::PLAIN,
            secrets: secrets.clone(),
            shows_differences: true,
            shows_all: false,
        };
        without_margin(&operation_text(operation, &style))
    }

    fn failed(&self, operation: &Operation, failure: &Failure, secrets: &Secrets) -> String {
        failure_text(operation, failure, secrets)
    }
}

fn key_file(key: &Secret) -> Result<NamedTempFile, String> {
    let written = NamedTempFile::new().and_then(|mut file| {
        file.write_all(key.reveal().as_bytes())?;
        // Keys end with a line, which people trim.
        file.write_all(if key.reveal().ends_with('\n') { b"" } else { b"\n" })?;
        file.flush().map(|()| file)
    });
    written.map_err(|why| format!("its private key cannot be put into a file: {why}"))
}

/// The lines of an operation of a plan, which begin with a sign and are indented among others.
fn without_margin(text: &str) -> String {
    let lines = text.lines().enumerate().map(|(at, line)| match at {
        0 => line.trim_start_matches([' ', '~', '?', '-']),
        _ => line.strip_prefix("    ").unwrap_or(line),
    });
    lines.collect::<Vec<_>>().join("\n")
}
