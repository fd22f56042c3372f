//! Users and packages, against answers that are made up.

use plumb_deploy::{Known, Verdict, settle_with};
use plumb_host::{Answer, Question};

use crate::cases;
use crate::support::{Deploy, explained};

#[tokio::test]
async fn users_and_the_machine_become_as_they_are_described_in_every_shell() {
    cases::run(include_str!("cases/server.txt"), 50).await;
}

#[test]
fn what_follows_a_new_user_is_planned_with_that_user() {
    let deploy = Deploy::new("sh");
    let program = deploy.load(
        r#"
load("@plumb//ops", "server", "files")

def deploy(host):
    server.user("app", home = "/srv/app", shell = "/bin/sh")
    server.user("app", shell = "/bin/sh")
    server.shell("nobody knows what that does")
    files.directory("/etc/nginx", user = "root")
    server.user("root", home = "/root")
"#,
    );
    let mut answer = |key: &plumb_deploy::FactKey| match &key.question {
        Question::Script(text) if text.contains("/etc/passwd") => Answer::Script {
            status: 0,
            output: "root:x:0:0:root:/root:/bin/bash\n".into(),
            errors: "".into(),
        },
        Question::Script(_) => Answer::Script { status: 0, output: "".into(), errors: "".into() },
        Question::Path(..) => Answer::Path(plumb_host::Entry::absent()),
    };
    let plan = settle_with(&program, &deploy.setting, &mut Known::new(), &mut answer);
    let plan = plan.unwrap_or_else(|error| panic!("{}", explained(&error, &program)));
    let verdicts: Vec<Verdict> = plan.operations.iter().map(plumb_deploy::Operation::verdict).collect();
    use Verdict::{Changes, MayChange, Ok};
    assert_eq!(verdicts, [Changes, Ok, Changes, MayChange, MayChange], "{plan:#?}");
    assert_eq!(plan.operations[3].doubt.as_ref().unwrap().by, 2);
}
