//! Measures parsing and formatting of the file that is the argument, in megabytes a second.

use std::hint::black_box;
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use plumb_source::FileId;
use plumb_syntax::{format, parse_file, parse_lossless};

/// The best of this many runs counts.
const RUNS: u32 = 5;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else { return ExitCode::from(2) };
    let Ok(text) = std::fs::read_to_string(path) else { return ExitCode::from(2) };
    let mut out = std::io::stdout().lock();
    let mut report = |name: &str, work: &mut dyn FnMut()| {
        let best = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                work();
                start.elapsed().as_secs_f64()
            })
            .fold(f64::INFINITY, f64::min);
        let speed = text.len() as f64 / best / 1e6;
        writeln!(out, "{name:>9} {:>8.1} ms {speed:>6.1} MB/s", best * 1000.0).is_ok()
    };
    let file = FileId(0);
    let told = report("parse", &mut || drop(black_box(parse_file(&text, file))))
        && report("lossless", &mut || drop(black_box(parse_lossless(&text, file))))
        && report("format", &mut || drop(black_box(format(&text, file))));
    if told { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
