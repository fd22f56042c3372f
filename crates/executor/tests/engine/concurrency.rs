//! Many steps at once: bounds, interrupts, and that nothing waits for itself.

use std::sync::Arc;
use std::time::Duration;

use plumb_executor::{Applied, Stop};
use plumb_plan::PlanOptions;

use crate::bench::{Bench, one_at_a_time, run};
use crate::show;

/// Nothing here takes long unless it waits for ever.
const PATIENCE: Duration = Duration::from_secs(60);

async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("comes to an end")
}

const WEB: &str = r#"
resource "test_object" "a" {
  count = 4
  name  = "a${count.index}"
}

resource "test_object" "b" {
  count = 4
  name  = "b${count.index}"
  value = test_object.a[count.index].id
  lifecycle {
    postcondition {
      condition     = self.name != test_object.a[3 - count.index].name
      error_message = "Same name."
    }
  }
}

data "test_data" "d" {
  count = 4
  name  = "d${count.index}"
  lifecycle {
    precondition {
      condition     = length(test_object.b) == 4
      error_message = "Four."
    }
  }
}

resource "test_object" "c" {
  count = 4
  name  = "c${count.index}"
  value = join(",", test_object.b[*].id)
  note  = data.test_data.d[count.index].value
  lifecycle { replace_triggered_by = [test_object.b] }
}
"#;

#[test]
fn one_permit_is_enough() {
    let bench = Bench::of(WEB);
    let outcome = run(soon(bench.apply(one_at_a_time()))).expect("read");
    let applied = outcome.applied.expect("applied");
    assert_eq!(show::diagnostics(&applied.diagnostics), "");
    assert_eq!(applied.tally.added, 12);
    let outcome = run(soon(bench.apply(one_at_a_time()))).expect("read");
    assert_eq!(show::plan(&outcome.planned.plan), "");
}

#[test]
fn no_more_at_once_than_allowed() {
    let bench =
        Bench::of("resource \"test_object\" \"a\" {\n  count = 60\n  name  = \"a${count.index}\"\n}\n");
    run(soon(bench.apply(PlanOptions { parallelism: 4, ..PlanOptions::default() }))).expect("read");
    run(soon(bench.apply(PlanOptions { parallelism: 4, ..PlanOptions::default() }))).expect("read");
    let most = bench.world.most_under_way();
    assert!((2..=4).contains(&most), "{most} at once");
}

#[test]
fn the_plan_does_not_depend_on_how_many_work_on_it() {
    let make = |parallelism: usize| {
        let bench = Bench::of(WEB);
        let planned =
            run(soon(bench.plan(PlanOptions { parallelism, ..PlanOptions::default() }))).expect("read");
        (show::plan(&planned.plan), planned.plan.steps)
    };
    let first = make(1);
    for parallelism in [2, 3, 10, 10, 10] {
        assert_eq!(make(parallelism), first);
    }
}

/// A hundred equal reads beside others, all waiting for the one answer.
const EQUAL: &str = r#"
data "test_data" "same" {
  count = 100
  name  = "same"
}

data "test_data" "other" {
  count = 20
  name  = "other${count.index % 5}"
}

resource "test_object" "a" {
  count = 20
  name  = "a${count.index}"
  value = "${data.test_data.same[count.index].value} ${data.test_data.other[19 - count.index].value}"
}
"#;

#[test]
fn equal_reads_wait_for_one_answer_and_for_nothing_else() {
    for parallelism in [1, 2, 10, 200] {
        let bench = Bench::of(EQUAL);
        let planned = run(soon(async {
            let gate = bench.world.hold("data", "same");
            let letting_go = async {
                gate.reached().await;
                // The others come while the first is under way.
                for _ in 0..50 {
                    tokio::task::yield_now().await;
                }
                gate.open();
            };
            let options = PlanOptions { parallelism, ..PlanOptions::default() };
            let (planned, ()) = tokio::join!(bench.plan(options), letting_go);
            planned
        }));
        let plan = planned.expect("read").plan;
        assert_eq!(plan.counts().add, 20, "{parallelism}");
        assert_eq!(plan.prior_state.instances().count(), 120, "{parallelism}");
        let mut log = bench.world.take_log();
        log.sort();
        let once = ["data other0", "data other1", "data other2", "data other3", "data other4", "data same"];
        assert_eq!(log, once, "{parallelism}");
    }
}

#[test]
fn equal_reads_fail_together_and_each_says_so() {
    for (operation, fault, asked) in [
        ("data", "error", vec!["data same"]),
        ("data", "null", vec!["data same"]),
        ("validate", "error", vec![]),
    ] {
        let bench = Bench::of("data \"test_data\" \"same\" {\n  count = 3\n  name  = \"same\"\n}\n");
        bench.world.set_fault(operation, "same", fault);
        let planned = run(soon(bench.plan(one_at_a_time()))).expect("read");
        let mut said: Vec<&str> =
            planned.diagnostics.iter().filter_map(|diagnostic| diagnostic.address.as_deref()).collect();
        said.sort_unstable();
        assert_eq!(said, ["data.test_data.same[0]", "data.test_data.same[1]", "data.test_data.same[2]"]);
        assert_eq!(bench.world.take_log(), asked, "{operation} {fault}");
    }
}

const THREE: &str = r#"
resource "test_object" "a" {
  name = "a"
}

resource "test_object" "b" {
  name  = "b"
  value = test_object.a.id
}

resource "test_object" "c" {
  name = "c"
}
"#;

/// Interrupts an apply while the first object is being made, and lets that object be made or not.
fn interrupted(times: usize, lets_go: bool) -> (Bench, Applied) {
    let bench = Bench::of(THREE);
    let applied = run(soon(async {
        let gate = bench.world.hold("create", "a");
        let loaded = bench.load().expect("read");
        let held = bench.hold().await.expect("held");
        let providers = bench.providers();
        let plan = bench.plan_of(&loaded, held.state.clone(), one_at_a_time(), &providers).await.plan;
        let interrupting = async {
            gate.reached().await;
            for _ in 0..times {
                bench.stop.interrupt();
            }
            if lets_go {
                gate.open();
            }
        };
        let applying = bench.apply_of(&loaded, &held, Arc::new(plan), &providers);
        tokio::join!(applying, interrupting).0
    }));
    (bench, applied)
}

#[test]
fn after_one_interrupt_what_runs_comes_to_its_end() {
    let (bench, applied) = interrupted(1, true);
    assert_eq!(applied.stopped, Stop::AfterRunning);
    assert_eq!(show::tally(&applied), "applied: 1 added, 2 not begun\n");
    let held = run(bench.hold()).expect("held");
    assert_eq!(held.open.len(), 0);
    assert!(show::state(&held.state).contains("id=\"a-1\""), "{}", show::state(&held.state));
    let log = bench.world.take_log();
    assert!(log.contains(&"stop".to_owned()) && !log.contains(&"create c".to_owned()), "{log:?}");
}

#[test]
fn after_two_interrupts_nothing_is_waited_for_and_nothing_is_lost() {
    let (bench, applied) = interrupted(2, false);
    assert_eq!(applied.stopped, Stop::Now);
    assert_eq!(applied.tally.added, 0);
    // The step that nobody waits for may still hold the lock; the journal can be read all the same.
    let replayed = run(bench.recall());
    let open: Vec<String> = replayed.open.iter().map(ToString::to_string).collect();
    assert_eq!(open, ["create of test_object.a [name=a]"]);
}

#[test]
fn a_lost_lock_stops_the_run() {
    struct Lost(plumb_state::LockInfo);

    #[async_trait::async_trait]
    impl plumb_state::StateLock for Lost {
        fn info(&self) -> &plumb_state::LockInfo {
            &self.0
        }

        fn check(&self) -> Result<(), plumb_state::BackendError> {
            Err(plumb_state::BackendError::LockLost { place: "state".to_owned(), cause: "taken".to_owned() })
        }

        async fn release(self: Box<Self>) -> Result<(), plumb_state::BackendError> {
            Ok(())
        }
    }

    let bench = Bench::of(THREE);
    let applied = run(soon(async {
        let loaded = bench.load().expect("read");
        let mut held = bench.hold().await.expect("held");
        held.lock = Arc::new(Lost(plumb_state::LockInfo::default()));
        let providers = bench.providers();
        let plan = bench.plan_of(&loaded, held.state.clone(), one_at_a_time(), &providers).await.plan;
        bench.apply_of(&loaded, &held, Arc::new(plan), &providers).await
    }));
    assert!(applied.diagnostics.has_errors());
    assert_eq!(bench.world.ids(), Vec::<String>::new());
}
