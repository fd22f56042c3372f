//! Growth: cost is linear, and no chain is too long.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use plumb_plan::PlanOptions;

use crate::bench::{Bench, run};
use crate::show;

/// On a real disk: the one in memory copies whole files.
fn real(mut bench: Bench) -> Bench {
    bench.directory = Some(tempfile::tempdir().expect("a directory"));
    bench
}

fn timed(bench: &Bench) -> (Duration, usize) {
    let began = Instant::now();
    let outcome = run(bench.apply(PlanOptions::default())).expect("read");
    let applied =
        outcome.applied.unwrap_or_else(|| panic!("{}", show::diagnostics(&outcome.planned.diagnostics)));
    assert_eq!(show::diagnostics(&applied.diagnostics), "");
    (began.elapsed(), applied.tally.added)
}

/// How many times as large the second run is as the first. `SCALE` makes both larger, to look at
/// figures by hand.
const GROWTH: usize = 4;

fn scale() -> usize {
    std::env::var("SCALE").ok().and_then(|scale| scale.parse().ok()).unwrap_or(1)
}

fn grows_linearly(what: &str, size: usize, make: impl Fn(usize) -> String) {
    let size = size * scale();
    let (small, added) = timed(&real(Bench::of(&make(size))));
    assert_eq!(added, size);
    let (large, added) = timed(&real(Bench::of(&make(size * GROWTH))));
    assert_eq!(added, size * GROWTH);
    let ratio = large.as_secs_f64() / small.as_secs_f64();
    // Other work on the machine must not fail this; anything square is four times over the limit.
    assert!(
        ratio < 4.0 * GROWTH as f64 * 0.9,
        "{what}: {small:?} for {size}, {large:?} for {GROWTH} times as many"
    );
    if scale() > 1 {
        std::fs::write(
            format!("/tmp/scale-{}", what.replace(' ', "-")),
            format!("{size}: {small:?}, x{GROWTH}: {large:?}\n"),
        )
        .expect("written");
    }
}

#[test]
fn instances_by_count() {
    grows_linearly("instances by count", 250, |count| {
        format!("resource \"terraform_data\" \"a\" {{\n  count = {count}\n  input = count.index\n}}\n")
    });
}

#[test]
fn instances_that_refer_to_each_other() {
    grows_linearly("instances that refer", 250, |count| {
        let half = count / 2;
        format!(
            "resource \"test_object\" \"a\" {{\n  count = {half}\n  name = \"a${{count.index}}\"\n}}\n\
             resource \"test_object\" \"b\" {{\n  count = {}\n  name = \"b${{count.index}}\"\n  \
             value = test_object.a[count.index % {half}].id\n}}\n\
             output \"all\" {{\n  value = test_object.b[*].id\n}}\n",
            count - half
        )
    });
}

#[test]
fn module_instances() {
    let child = "variable \"name\" {}\nresource \"test_object\" \"in\" {\n  name = var.name\n}\n\
                 output \"id\" {\n  value = test_object.in.id\n}\n";
    let apply = |count: usize| {
        let mut bench = real(Bench::of(&format!(
            "module \"m\" {{\n  source = \"./child\"\n  count = {count}\n  name = \"m${{count.index}}\"\n}}\n\
             output \"ids\" {{\n  value = module.m[*].id\n}}\n"
        )));
        bench.files.insert("child/main.tf", child);
        let first = timed(&bench);
        // What is no longer wanted is found in linear time, too.
        bench.files.insert("main.tf", "");
        (first.0 + timed(&bench).0, first.1)
    };
    let size = 150 * scale();
    let (small, _) = apply(size);
    let (large, added) = apply(size * GROWTH);
    assert_eq!(added, size * GROWTH);
    let ratio = large.as_secs_f64() / small.as_secs_f64();
    assert!(ratio < 4.0 * GROWTH as f64 * 0.9, "{small:?}, {large:?}");
}

#[test]
fn a_chain_of_100_000_references() {
    let mut text = "locals {\n  l0 = \"end\"\n".to_owned();
    for at in 1..100_000 {
        let _ = writeln!(text, "  l{at} = local.l{}", at - 1);
    }
    text.push_str("}\noutput \"end\" {\n  value = local.l99999\n}\n");
    let bench = Bench::of(&text);
    let planned = run(bench.plan(PlanOptions::default())).expect("read");
    assert_eq!(show::plan(&planned.plan), "output end: create \"end\"\n");
}

#[test]
fn a_chain_of_resources() {
    let length = 300 * scale();
    let mut text = "resource \"terraform_data\" \"r0\" {\n  input = \"r0\"\n}\n".to_owned();
    for at in 1..length {
        let _ = write!(
            text,
            "resource \"terraform_data\" \"r{at}\" {{\n  input = terraform_data.r{}.id\n}}\n",
            at - 1
        );
    }
    let bench = real(Bench::of(&text));
    let (_, added) = timed(&bench);
    assert_eq!(added, length);
    let again = run(bench.plan(PlanOptions::default())).expect("read");
    assert_eq!(show::plan(&again.plan), "");
    let options = PlanOptions { mode: plumb_plan::PlanMode::Destroy, ..PlanOptions::default() };
    let gone = run(bench.apply(options)).expect("read").applied.expect("applied");
    assert_eq!(gone.tally.destroyed, length);
}

#[test]
fn a_circle_across_modules_of_any_length_is_named() {
    let mut bench = Bench::new();
    bench.files.insert(
        "child/main.tf",
        "variable \"in\" {}\nlocals {\n  through = var.in\n}\noutput \"out\" {\n  value = local.through\n}\n",
    );
    let mut text = String::new();
    for at in 0..40 {
        let _ = write!(
            text,
            "module \"m{at}\" {{\n  source = \"./child\"\n  in = module.m{}.out\n}}\n",
            (at + 1) % 40
        );
    }
    bench.files.insert("main.tf", text);
    let problems = bench.load().err().expect("a circle");
    let shown = show::diagnostics(&problems);
    assert!(shown.starts_with("error: Cycle:"), "{shown}");
    let first = problems.iter().next().expect("a problem");
    assert!(first.notes.len() >= 10, "each hop has its place");
}
