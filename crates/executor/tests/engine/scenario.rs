//! Scenarios: files that tell a story of configurations, commands and what comes of them.
//!
//! A scenario is a text of sections, each begun by a line `-- NAME --`:
//!
//! * `-- FILE.tf --` puts a file in place, and an empty one takes it away;
//! * `-- world --` changes the world, a line each: `fail OPERATION NAME HOW` until the next `world`,
//!   `drift NAME ATTRIBUTE TEXT`, `vanish NAME`, `exists ID NAME`, `taint ADDRESS`;
//! * `-- plan FLAGS --` and `-- apply FLAGS --` run, and what follows is what they are to say: what
//!   the plan holds, `>` what the providers were asked to do in order, numbers, problems, and `=` the
//!   state after; of light plans also `recorded` what was not looked at, and `> read` what was.
//!
//! With `UPDATE_SCENARIOS=1` the expectations are written anew, to be read before they are kept.

use std::fmt::Write as _;
use std::path::Path;

use plumb_address::{AbsResourceInstance, Target};
use plumb_plan::{PlanMode, PlanOptions, Refresh};

use crate::bench::{Bench, one_at_a_time, run};
use crate::{provider, show};

struct Section {
    header: String,
    body: String,
}

fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines() {
        if let Some(header) = line.strip_prefix("-- ").and_then(|line| line.strip_suffix(" --")) {
            sections.push(Section { header: header.to_owned(), body: String::new() });
        } else if let Some(section) = sections.last_mut() {
            let _ = writeln!(section.body, "{line}");
        } else {
            sections.push(Section { header: "#".to_owned(), body: format!("{line}\n") });
        }
    }
    sections
}

/// Runs one scenario and compares.
pub(crate) fn check(path: &Path) {
    let text = std::fs::read_to_string(path).expect("a scenario");
    let mut bench = Bench::new();
    let mut told = String::new();
    for section in sections(&text) {
        if section.header == "#" {
            told.push_str(&section.body);
            continue;
        }
        let _ = writeln!(told, "-- {} --", section.header);
        let mut words = section.header.split_whitespace();
        match words.next() {
            Some(command @ ("plan" | "apply")) => {
                let options = options(&mut bench, words);
                let said = run(command_output(&bench, command, options));
                told.push_str(&said);
                told.push('\n');
            }
            Some("world") => {
                run(change_world(&bench, &section.body));
                told.push_str(&section.body);
            }
            _ => {
                bench.files.insert(&section.header, section.body.clone());
                told.push_str(&section.body);
            }
        }
    }
    let told = format!("{}\n", told.trim_end());
    if std::env::var_os("UPDATE_SCENARIOS").is_some() {
        std::fs::write(path, told).expect("written");
        return;
    }
    assert!(told == text, "{} goes another way:\n{}", path.display(), difference(&text, &told));
}

fn difference(expected: &str, told: &str) -> String {
    let mut out = String::new();
    let (expected, told): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), told.lines().collect());
    let same = expected.iter().zip(&told).take_while(|(one, two)| one == two).count();
    for line in expected.iter().skip(same).take(12) {
        let _ = writeln!(out, "- {line}");
    }
    for line in told.iter().skip(same).take(12) {
        let _ = writeln!(out, "+ {line}");
    }
    out
}

fn options<'a>(bench: &mut Bench, words: impl Iterator<Item = &'a str>) -> PlanOptions {
    let mut options = one_at_a_time();
    bench.variables.clear();
    for word in words {
        let (flag, text) = word.split_once('=').unwrap_or((word, ""));
        match flag {
            "-destroy" => options.mode = PlanMode::Destroy,
            "-refresh-only" => options.mode = PlanMode::RefreshOnly,
            "-refresh" => {
                options.refresh = match text {
                    "config" => Refresh::Config,
                    "false" => Refresh::None,
                    _ => Refresh::All,
                }
            }
            "-target" => options.targets.push(Target::parse(text).expect("a target")),
            "-exclude" => options.excludes.push(Target::parse(text).expect("a target")),
            "-replace" => options.replace.push(AbsResourceInstance::parse(text).expect("an address")),
            "-parallelism" => options.parallelism = text.parse().expect("a number"),
            "-var" => bench.variables.push(text.to_owned()),
            other => panic!("{other} is no flag of scenarios"),
        }
    }
    options
}

async fn change_world(bench: &Bench, body: &str) {
    let world = &bench.world;
    world.clear_faults();
    for line in body.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["fail", operation, name, how] => world.set_fault(operation, name, how),
            ["drift", name, attribute, text] => world.drift(name, attribute, text),
            ["vanish", name] => world.vanish(name),
            ["exists", id, name] => {
                let object = provider::object(&[("id", id), ("name", name), ("note", "found")]);
                world.put(id, object);
            }
            ["taint", address] => {
                let held = bench.hold().await.expect("held");
                let mut state = held.state.clone();
                state.taint(&AbsResourceInstance::parse(address).expect("an address")).expect("tainted");
                let version = held.stored.as_ref().map(|stored| &stored.version);
                held.store.write(&state, version).await.expect("written");
            }
            other => panic!("{other:?} is nothing that the world does"),
        }
    }
}

async fn command_output(bench: &Bench, command: &str, options: PlanOptions) -> String {
    let mut out = String::new();
    bench.world.take_log();
    bench.world.take_reads();
    let is_light = options.refresh == Refresh::Config;
    if command == "plan" {
        match bench.plan(options).await {
            Ok(planned) => {
                if planned.came_to_nothing {
                    out.push_str("no plan\n");
                } else {
                    out.push_str(&show::plan(&planned.plan));
                }
                out.push_str(&show::diagnostics(&planned.diagnostics));
            }
            Err(problems) => out.push_str(&show::diagnostics(&problems)),
        }
        bench.world.sort_log();
        out.push_str(&log(bench, is_light));
        return out;
    }
    match bench.apply(options).await {
        Ok(outcome) => {
            out.push_str(&show::plan(&outcome.planned.plan));
            out.push_str(&show::diagnostics(&outcome.planned.diagnostics));
            out.push_str(&log(bench, is_light));
            if let Some(applied) = &outcome.applied {
                out.push_str(&show::tally(applied));
                out.push_str(&show::diagnostics(&applied.diagnostics));
            }
        }
        Err(problems) => out.push_str(&show::diagnostics(&problems)),
    }
    let held = bench.hold().await.expect("held");
    out.push_str(&show::state(&held.state));
    for open in &held.open {
        let _ = writeln!(out, "open: {open}");
    }
    out
}

fn log(bench: &Bench, with_reads: bool) -> String {
    let reads = if with_reads { bench.world.take_reads() } else { Vec::new() };
    let reads = reads.into_iter().map(|name| format!("read {name}"));
    reads.chain(bench.world.take_log()).map(|line| format!("> {line}\n")).collect()
}
