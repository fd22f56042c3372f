//! What a provider is asked where a plan can do with less: light plans, which look only at what
//! changes, and data sources that are read alike.

use plumb_testkit::{Finished, Installation, Workspace, plumb, provider_server};
use serde_json::{Value as Json, json};

const PROVIDERS: &str = r#"
terraform {
  required_providers {
    probe = { source = "testing/probe" }
  }
}
"#;

/// Twelve objects, of which three depend on another.
const THINGS: &str = r#"
variable "size" {
  default = 1
}

resource "probe_thing" "many" {
  count = 8
  name  = "many${count.index}"
}

resource "probe_counter" "first" {
  name    = "first"
  trigger = var.size
}

resource "probe_thing" "after" {
  count = 3
  name  = "after${count.index}"
  note  = "revision ${probe_counter.first.revision}"
}
"#;

struct Scene {
    workspace: Workspace,
}

impl Scene {
    fn new(configuration: &str) -> Scene {
        let server = provider_server().expect("it builds");
        let mut workspace = Workspace::new(&server, Installation::Override).expect("a workspace");
        workspace.set("PLUMB_WARM_PROVIDERS", "off");
        workspace.write("main.tf", Some(&format!("{PROVIDERS}{configuration}"))).expect("it can be written");
        Scene { workspace }
    }

    /// Runs a command, which ends well.
    fn run(&mut self, line: &str) -> Finished {
        let program = plumb().expect("it builds").path;
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let finished = self.workspace.run(&program, &words, "").expect("it runs");
        assert_eq!(finished.exit_code, Some(0), "{line}: {}{}", finished.stdout, finished.stderr);
        finished
    }

    fn state(&self) -> Json {
        self.workspace.json_file("terraform.tfstate").expect("a state")
    }
}

/// Names of the objects that a method was called for, in order.
fn asked(finished: &Finished, method: &str, whose: &str) -> Vec<String> {
    let calls = finished.requests.iter().filter(|request| request["method"] == method);
    let mut names: Vec<String> =
        calls.map(|call| call["request"][whose]["name"].as_str().unwrap_or_default().to_owned()).collect();
    names.sort();
    names
}

fn read(finished: &Finished) -> Vec<String> {
    asked(finished, "ReadResource", "current")
}

/// What was printed, whatever lines it is on.
fn flat(finished: &Finished) -> String {
    finished.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_light_plan_reads_what_changes() {
    let mut scene = Scene::new(THINGS);
    scene.run("apply -auto-approve -no-color");
    assert_eq!(read(&scene.run("plan -no-color")).len(), 12);
    let nothing = scene.run("plan -no-color -refresh=config");
    assert_eq!(read(&nothing), Vec::<String>::new());
    let said = flat(&nothing);
    assert!(said.contains("No changes. What is recorded matches the configuration."), "{said}");
    assert!(
        said.contains("12 objects were taken as recorded, without asking their providers (-refresh=config)."),
        "{said}"
    );
    let changed = scene.run("plan -no-color -refresh=config -var=size=2 -out=light.tfplan");
    assert_eq!(read(&changed), ["after0", "after1", "after2", "first"]);
    let said = flat(&changed);
    assert!(said.contains("Plan: 0 to add, 4 to change, 0 to destroy."), "{said}");
    assert!(said.contains("8 objects were taken as recorded"), "{said}");

    // What is saved says so too, and applying it looks at nothing else.
    let shown: Json = serde_json::from_str(&scene.run("show -json light.tfplan").stdout).expect("a plan");
    assert_eq!(shown["unrefreshed"]["count"], 8);
    assert_eq!(shown["unrefreshed"]["resources"][7], "probe_thing.many[7]");
    let applied = scene.run("apply -no-color light.tfplan");
    assert_eq!(read(&applied), Vec::<String>::new());
    let whole = scene.run("plan -no-color -detailed-exitcode -var=size=2 -out=whole.tfplan");
    assert!(flat(&whole).contains("Your infrastructure matches the configuration."), "{}", whole.stdout);
    let shown: Json = serde_json::from_str(&scene.run("show -json whole.tfplan").stdout).expect("a plan");
    assert!(shown.get("unrefreshed").is_none());
}

#[test]
fn what_others_changed_is_seen_where_something_changes_and_left_alone_elsewhere() {
    let mut scene = Scene::new(THINGS);
    scene.run("apply -auto-approve -no-color");
    for (name, members) in [
        ("probe_counter.first-1", json!({"trigger": "7"})),
        ("probe_thing.many0-1", json!({"note": "theirs"})),
    ] {
        scene.workspace.change_object(name, Some(&members)).expect("it is changed");
    }
    let before = scene.state();
    let light = scene.run("apply -auto-approve -no-color -refresh=config");
    assert_eq!(read(&light), Vec::<String>::new());
    assert_eq!(scene.state()["resources"], before["resources"]);

    // The object that changes is planned from what it is, not from what was recorded.
    let changed = scene.run("plan -json -refresh=config -var=size=2");
    assert_eq!(read(&changed), ["after0", "after1", "after2", "first"]);
    let priors: Vec<&Json> = changed
        .requests
        .iter()
        .filter(|call| call["method"] == "PlanResourceChange" && call["request"]["prior"]["name"] == "first")
        .map(|call| &call["request"]["prior"]["trigger"])
        .collect();
    assert_eq!(priors, ["1", "7"], "as recorded, and as it is");
    let lines: Vec<Json> =
        changed.stdout.lines().map(|line| serde_json::from_str(line).expect("a message")).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
    assert_eq!(of("resource_drift").len(), 1, "{}", changed.stdout);
    assert_eq!(of("refresh_start").len(), 4, "{}", changed.stdout);
    assert_eq!(of("change_summary")[0]["changes"]["unrefreshed"], 8);

    // Whoever looks at everything sees it all, and the plan says nothing of what it did not look at.
    let whole = scene.run("plan -json");
    assert_eq!(whole.stdout.matches("\"type\":\"resource_drift\"").count(), 2, "{}", whole.stdout);
    assert!(!whole.stdout.contains("unrefreshed"), "{}", whole.stdout);
}

#[test]
fn what_goes_is_read_in_a_light_plan_as_in_any_other() {
    let mut scene = Scene::new(THINGS);
    scene.run("apply -auto-approve -no-color");
    let fewer = THINGS.replace("count = 8", "count = 6");
    scene.workspace.write("main.tf", Some(&format!("{PROVIDERS}{fewer}"))).expect("it can be written");
    let applied = scene.run("apply -auto-approve -no-color -refresh=config");
    assert_eq!(read(&applied), ["many6", "many7"]);
    assert_eq!(read(&scene.run("destroy -auto-approve -no-color -refresh=config")).len(), 10);
}

#[test]
fn equal_reads_are_made_once_whatever_the_parallelism() {
    let configuration = r#"
data "probe_echo" "same" {
  count = 40
  name  = "same"
  input = "one"
}

data "probe_echo" "other" {
  count = 4
  name  = "other${count.index % 2}"
}

output "all" {
  value = distinct(data.probe_echo.same[*].output)
}
"#;
    for parallelism in [1, 10] {
        let mut scene = Scene::new(configuration);
        let applied = scene.run(&format!("apply -auto-approve -json -parallelism={parallelism}"));
        assert_eq!(asked(&applied, "ReadDataSource", "config"), ["other0", "other1", "same"]);
        assert_eq!(asked(&applied, "ValidateDataResourceConfig", "config"), {
            // Validating the configuration goes before, and asks once for each block.
            let mut expected = vec!["", "other0", "other1", "same", "same"];
            expected.sort_unstable();
            expected
        });
        assert_eq!(applied.stdout.matches("\"type\":\"apply_start\"").count(), 44, "{}", applied.stdout);
        let instances =
            |index: usize| scene.state()["resources"][index]["instances"].as_array().map(Vec::len);
        assert_eq!((instances(0), instances(1)), (Some(4), Some(40)));
    }
}
