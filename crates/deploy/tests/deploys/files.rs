//! Files, directories and lines.

use plumb_deploy::{Outcome, Verdict};

use crate::cases;
use crate::support::Deploy;

#[tokio::test]
async fn files_become_as_they_are_described_in_every_shell() {
    cases::run(include_str!("cases/files.txt"), 90).await;
}

const JOB: &str = r#"
load("@plumb//ops", "files")

def deploy(host):
    files.directory("ROOT/etc", mode = "750")
    for n in range(3):
        files.template(
            src = "app.j2",
            dest = "ROOT/etc/%d.conf" % n,
            mode = "640",
            number = n,
        )
    files.line("ROOT/profile", "export APP=1")
"#;

#[tokio::test]
async fn what_is_described_is_made_and_then_left_alone() {
    let mut deploy = Deploy::new("sh");
    deploy.write("app.j2", "number = {{ number }}\n");
    deploy.write("profile", "a\nb");
    let applied = deploy.apply(JOB).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(applied.outcomes, vec![Outcome::Changed; 5]);
    assert_eq!(deploy.read("etc/2.conf"), "number = 2\n");
    assert_eq!(deploy.read("profile"), "a\nb\nexport APP=1\n");
    assert_eq!(deploy.host.round_trips(), 2, "one to ask, one to do");
    let plan = deploy.plan(JOB).await.unwrap();
    assert_eq!(plan.count(Verdict::Ok), 5, "{plan:#?}");
    assert_eq!(deploy.host.round_trips(), 3);
}

#[tokio::test]
async fn two_hundred_small_files_take_one_round_trip_each_to_ask_and_to_do() {
    let code = r#"
load("@plumb//ops", "files")

def deploy(host):
    files.sync("src", "ROOT/dst", delete = True, mode = "640")
"#;
    for shell in crate::support::shells() {
        let mut deploy = Deploy::new(shell);
        for number in 0..200 {
            deploy.write(&format!("src/d{}/f{number}", number % 7), &format!("number {number}\n"));
        }
        let applied = deploy.apply(code).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(applied.is_done(), "{:?}", applied.outcomes);
        assert_eq!(deploy.read("dst/d3/f199"), "number 199\n");
        assert_eq!(deploy.host.round_trips(), 2, "one to ask, one to do");
        assert_eq!(deploy.plan(code).await.unwrap().count(Verdict::Ok), 1);
        assert_eq!(deploy.host.round_trips(), 3);
    }
}
