//! Inventories, as whoever gives the command sees them.

mod support;

use std::os::unix::fs::PermissionsExt as _;

use support::Directory;

const HOSTS: &str = "\
lonely
[web]
web[1:2] port=80
[db]
db1 ansible_host=10.0.0.5 ansible_user=admin db_password=hunter2
[prod:children]
web
db
[prod:vars]
stage=production
";

fn with_hosts() -> Directory {
    let directory = Directory::new("");
    directory.write("hosts.ini", HOSTS);
    directory
}

fn write_program(directory: &Directory, name: &str, text: &str) {
    directory.write(name, text);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(directory.path().join(name), executable).expect("a mode");
}

const SHOWN: &str = "\
web1  ssh web1
  groups: prod, web
  port  = 80            # hosts.ini line 3
  stage = \"production\"  # group prod, hosts.ini line 10

db1  ssh admin@10.0.0.5
  groups: prod, db
  db_password  = \"(sensitive)\"  # hosts.ini line 5
  ssh_hostname = \"10.0.0.5\"     # hosts.ini line 5
  ssh_user     = \"admin\"        # hosts.ini line 5
  stage        = \"production\"   # group prod, hosts.ini line 10

2 hosts.
";

#[test]
fn hosts_are_shown_with_where_their_data_comes_from() {
    let directory = with_hosts();
    let run = directory.run(&["inventory", "-limit=prod:!web2", "hosts.ini"]).expect(0, &[]);
    assert_eq!(run.stdout, SHOWN);
    assert_eq!(run.stderr, "");
    let run = directory.run(&["inventory", "-data", "stage=test", "-limit=db", "hosts.ini", "@local"]);
    run.expect(0, &["stage        = \"test\"         # -data", "1 host."]);
    directory
        .run(&["inventory", "a,deploy@b:2222"])
        .expect(0, &["a  ssh a\n", "b  ssh deploy@b:2222\n", "2 hosts."]);
}

#[test]
fn programs_get_json_without_secrets() {
    let directory = with_hosts();
    directory.write("group_vars/web.yml", "owner: me\n");
    let run = directory.run(&["inventory", "-json", "-limit=web[0],db", "hosts.ini"]).expect(0, &[]);
    assert!(!run.stdout.contains("hunter2"), "{}", run.stdout);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let hosts = found["hosts"].as_array().expect("hosts");
    assert_eq!(hosts.len(), 2);
    assert_eq!(hosts[0]["data"], serde_json::json!({"owner": "me", "port": 80, "stage": "production"}));
    let origin =
        serde_json::json!({"level": "group", "group": "web", "source": "group_vars/web.yml", "line": 1});
    assert_eq!(hosts[0]["origins"]["owner"], origin);
    assert_eq!(hosts[1]["data"]["db_password"], "(sensitive)");
    let way = serde_json::json!({"kind": "ssh", "hostname": "10.0.0.5", "user": "admin"});
    assert_eq!(hosts[1]["way"], way);
    assert_eq!(found["groups"]["prod"]["children"], serde_json::json!(["web", "db"]));
    assert_eq!(found["groups"]["web"]["hosts"], serde_json::json!(["web1"]));
}

#[test]
fn programs_say_which_hosts_there_are() {
    let directory = Directory::new("");
    write_program(
        &directory,
        "cloud",
        "#!/bin/sh\n[ \"$1\" = --list ] && echo '{\"web\": [\"web1\"], \"_meta\": {\"hostvars\": {\"web1\": {\"a\": 1}}}}'\n",
    );
    write_program(&directory, "broken", "#!/bin/sh\necho 'no credentials' >&2\nexit 3\n");
    write_program(&directory, "gone", "#!/no/such/program\n");
    write_program(&directory, "hosts", "web1\n");
    directory.run(&["inventory", "cloud"]).expect(0, &["web1  ssh web1", "# what cloud says line 1"]);
    directory.run(&["inventory", "broken"]).expect(1, &["exit status: 3", "no credentials"]);
    directory.run(&["inventory", "./gone"]).expect(1, &["cannot be started", "its first line"]);
    directory.run(&["inventory", "hosts"]).expect(1, &["chmod -x"]);
    let mut command = std::process::Command::new("bash");
    let plumb = directory.command(&[]).get_program().to_owned();
    command.args(["-c", "\"$0\" inventory <(echo web1)"]).arg(plumb).current_dir(directory.path());
    let output = command.output().expect("it runs");
    assert!(String::from_utf8_lossy(&output.stdout).contains("web1  ssh web1"), "{output:?}");
    directory.run(&["inventory", "@command/echo a"]).expect(0, &["a  ssh a"]);
    // Docker's own words would do as well.
    write_program(&directory, "bin/docker", "#!/bin/sh\necho '{\"Names\":\"web\"}'\n");
    let mut command = directory.command(&["inventory", "@docker"]);
    let path =
        format!("{}:{}", directory.path().join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let output = command.env("PATH", path).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("@docker/web  docker container web"), "{said}");
}

#[test]
fn states_say_it_in_an_output() {
    let directory = Directory::new(
        r#"output "inventory" {
  value = { web1 = "10.0.0.1", db1 = { address = "10.0.0.2", groups = ["db"] } }
}
"#,
    );
    directory.run(&["inventory", "@terraform"]).expect(1, &["No output \"inventory\"", "has no outputs"]);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &[]);
    directory
        .run(&["inventory", "@terraform"])
        .expect(0, &["web1  ssh 10.0.0.1", "db1  ssh 10.0.0.2", "groups: db"]);
    directory.run(&["inventory", "terraform.tfstate"]).expect(0, &["2 hosts."]);
    directory
        .run(&["inventory", "@state/terraform.tfstate#inventry"])
        .expect(1, &["Did you mean \"inventory\"?", "output \"inventory\" {"]);
}

#[test]
fn mistakes_are_all_told() {
    let directory = Directory::new("");
    directory.write("bad.ini", "web[3:1]\n[web:vars]\nx\n");
    let run = directory.run(&["inventory", "bad.ini", "gone.yml", "-data", "x"]);
    let run = run.expect(1, &["ends before it begins", "Unknown group", "gone.yml"]);
    assert_eq!(run.stdout, "");
    directory.run(&["inventory"]).expect(1, &["needs more arguments"]);
    directory
        .run(&["inventory", "-limit=wbe", "web,db"])
        .expect(1, &["Did you mean \"web\"?", "<value for -limit>"]);
    directory.run(&["inventory", "-limti=web", "web"]).expect(1, &["-limit"]);
}

#[test]
fn what_does_not_answer_is_ended_by_an_interrupt() {
    let directory = Directory::new("");
    write_program(&directory, "slow", "#!/bin/sh\necho > started\nexec sleep 60\n");
    let mut child = directory.command(&["inventory", "slow"]).spawn().expect("it starts");
    support::wait_until(|| directory.exists("started"), "the program does not start");
    support::signal(&child, "-INT");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(1));
}
