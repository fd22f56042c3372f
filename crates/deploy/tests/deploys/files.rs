//! Files, directories and lines.

use plumb_deploy::{Outcome, Verdict};

use crate::support::Deploy;

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
