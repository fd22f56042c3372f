//! Debians for programs that are not tests, such as measurements.
//!
//! `plumb-targets COUNT [--round-trip-ms N] [--packages NAME,...]` starts them and says where they listen, as
//! a line of JSON. Then it does for all of them what it reads, a line of JSON each, and answers likewise:
//! `{"shell": TEXT}` runs a text in each, `"reset"` makes each as it was at first. They end when there is
//! nothing more to read.

#![expect(clippy::print_stdout, reason = "it answers there")]

use std::io::BufRead as _;
use std::process::ExitCode;
use std::time::Duration;

use plumb_targets::{Debian, Output};
use serde::Deserialize;
use serde_json::{Value, json};

/// More of them at once would only wait for one another.
const AT_ONCE: usize = 8;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Request {
    Shell(String),
    Reset,
}

struct Wanted {
    count: usize,
    round_trip: Duration,
    packages: Vec<String>,
}

fn main() -> ExitCode {
    let ended = wanted(std::env::args().skip(1)).and_then(|wanted| serve(&wanted));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("{}", json!({ "error": why }));
            ExitCode::FAILURE
        }
    }
}

fn wanted(mut arguments: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let usage = "usage: plumb-targets COUNT [--round-trip-ms N] [--packages NAME,...]";
    let number = |text: Option<String>| text.and_then(|text| text.parse().ok()).ok_or(usage);
    let mut wanted =
        Wanted { count: number(arguments.next())?, round_trip: Duration::ZERO, packages: Vec::new() };
    while let Some(option) = arguments.next() {
        match &option[..] {
            "--round-trip-ms" => {
                wanted.round_trip = Duration::from_millis(number(arguments.next())? as u64);
            }
            "--packages" => {
                let names = arguments.next().ok_or(usage)?;
                wanted.packages = names.split(',').map(str::to_owned).collect();
            }
            _ => return Err(usage.to_owned()),
        }
    }
    Ok(wanted)
}

fn serve(wanted: &Wanted) -> Result<(), String> {
    let packages: Vec<_> = wanted.packages.iter().map(String::as_str).collect();
    let mut targets = Vec::with_capacity(wanted.count);
    for _ in 0..wanted.count {
        targets.push(Debian::with(&packages).map_err(|why| why.to_string())?);
    }
    println!("{}", whereabouts(&targets, wanted.round_trip));
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let request = serde_json::from_str(&line).map_err(|error| format!("{line}: {error}"))?;
        let answer = match request {
            Request::Shell(text) => of_all(&mut targets, |target| shown(&target.shell(&text))),
            Request::Reset => of_all(&mut targets, |target| json!(target.reset())),
        };
        println!("{answer}");
    }
    Ok(())
}

fn whereabouts(targets: &[Debian], round_trip: Duration) -> Value {
    let servers = targets.iter().map(|target| (target.name(), target.ssh_at_distance(round_trip)));
    let told = servers.map(|(name, server)| {
        json!({
            "name": name, "ip": server.ip(), "port": server.port(), "user": server.user(), "key": server.key(),
            "known_hosts": server.known_hosts_line(),
        })
    });
    json!({ "targets": told.collect::<Vec<_>>() })
}

fn shown(output: &Output) -> Value {
    json!({ "status": output.status, "stdout": output.stdout, "stderr": output.stderr })
}

/// What is made of each, in their order.
fn of_all(targets: &mut [Debian], work: impl Fn(&mut Debian) -> Value + Sync) -> Value {
    let share = targets.len().div_ceil(AT_ONCE).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let parts: Vec<_> = targets
            .chunks_mut(share)
            .map(|part| scope.spawn(move || part.iter_mut().map(work).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().expect("a thread that ends")).collect()
    })
}
