//! Providers end as soon as a plan needs them no more, where the command says that it has no use for them
//! afterwards.

use std::time::Duration;

use plumb_plan::PlanOptions;

use crate::bench::{Bench, run};
use crate::show;

/// Three configurations; one object of each, that of the west in a module, and one more in the north.
const CONFIGURATION: &str = r#"
provider "test" {
  alias = "east"
  token = "east"
}

provider "test" {
  alias = "west"
  token = "west"
}

provider "test" {
  alias = "north"
  token = "north"
}

module "west" {
  source    = "./west"
  providers = { test = test.west }
}

resource "test_object" "east" {
  provider = test.east
  name     = "east"
}

data "test_data" "same" {
  provider = test.east
  name     = "same"
}

resource "test_object" "north" {
  provider = test.north
  for_each = toset(["stays", "goes"])
  name     = each.key
}
"#;

const WEST: &str = r#"
resource "test_object" "west" {
  count = 3
  name  = "west${count.index}"
}

data "test_data" "same" {
  name = "same"
}
"#;

fn bench() -> Bench {
    let mut bench = Bench::of(CONFIGURATION);
    bench.files.insert("west/main.tf", WEST);
    run(bench.apply(PlanOptions::default())).expect("read").applied.expect("applied");
    bench.world.take_log();
    let fewer = CONFIGURATION.replace(", \"goes\"", "");
    bench.files.insert("main.tf", fewer.as_str());
    bench
}

/// Waits until something has been noted.
async fn noted(bench: &Bench, line: &str) -> Vec<String> {
    let mut log = Vec::new();
    for _ in 0..1000 {
        log.extend(bench.world.take_log());
        if log.iter().any(|noted| noted == line) {
            return log;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no {line:?} in {log:?}");
}

#[test]
fn what_is_done_with_ends_while_the_rest_goes_on() {
    let bench = bench();
    let gate = bench.world.hold("read", "east");
    let (planned, mut log) = run(async {
        let loaded = bench.load().expect("read");
        let state = bench.state().await;
        let providers = bench.providers();
        providers.end_when_done();
        let planning = bench.plan_of(&loaded, state, PlanOptions::default(), &providers);
        let watching = async {
            gate.reached().await;
            let log = noted(&bench, "close west").await;
            gate.open();
            log
        };
        let (planned, mut log) = tokio::join!(planning, watching);
        log.extend(noted(&bench, "close east").await);
        (planned, log)
    });
    assert_eq!(show::diagnostics(&planned.diagnostics), "");
    log.sort();
    // What is no longer wanted is asked about after all the rest, so its provider is kept.
    let configured = ["configure east", "configure north", "configure west"];
    // One that has ended has not answered for those that go on.
    let read = ["data same as east", "data same as west"];
    assert_eq!(log, [&["close east", "close west"], &configured[..], &read].concat());
    assert_eq!(show::plan(&planned.plan).matches("goes").count(), 1, "{}", show::plan(&planned.plan));
}

#[test]
fn nothing_ends_early_that_may_be_wanted_afterwards() {
    let bench = bench();
    let outcome = run(bench.apply(PlanOptions::default())).expect("read");
    assert_eq!(outcome.applied.expect("applied").tally.destroyed, 1);
    let log = bench.world.take_log();
    assert!(!log.iter().any(|line| line.starts_with("close")), "{log:?}");
}
