//! Identities of objects: imports by them, and what is recorded, upgraded and handed to providers, in both
//! versions of the protocol.

#![expect(clippy::print_stdout, reason = "what was skipped is for people")]

use plumb_testkit::{Finished, Installation, Program, Workspace, plumb, provider_server, terraform};
use serde_json::{Value as Json, json};

const SCHEMA: &str = r#"{
  "resources": {
    "probe_thing": {
      "attributes": {
        "id": {"type": "string", "computed": true, "generated": "id"},
        "name": {"type": "string", "required": true},
        "note": {"type": "string", "optional": true}
      },
      "identity": {
        "version": 1,
        "attributes": {
          "id": {"type": "string"},
          "account": {"type": "string", "value": "main", "optional": true}
        },
        "rename": {"identifier": "id"}
      }
    },
    "probe_plain": {
      "attributes": {
        "id": {"type": "string", "computed": true, "generated": "id"},
        "name": {"type": "string", "required": true}
      }
    }
  }
}"#;

const HEAD: &str = r#"
terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}
"#;

const TAKEN_OVER: &str = r#"
import {
  to       = probe_thing.web
  identity = { id = "web-1" }
}

resource "probe_thing" "web" {
  name = "web"
}

resource "probe_thing" "new" {
  name = "new"
}
"#;

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

struct Scene {
    workspace: Workspace,
    plumb: Program,
}

impl Scene {
    fn new(protocol: &str, main: &str) -> Self {
        let server = provider_server().expect("the provider server");
        let mut workspace = Workspace::new(&server, Installation::Override).expect("a workspace");
        workspace.set("PROBE_PROTOCOL", protocol);
        let scene = Scene { workspace, plumb: plumb().expect("plumb") };
        scene.configure(main);
        scene.with_schema()
    }

    fn with_schema(mut self) -> Self {
        self.workspace.write("schema.json", Some(SCHEMA)).expect("the schema");
        let path = self.workspace.directory().join("schema.json").display().to_string();
        self.workspace.set("PROBE_SCHEMA", &path);
        self
    }

    fn configure(&self, main: &str) {
        self.workspace.write("main.tf", Some(&format!("{HEAD}{main}"))).expect("the configuration");
    }

    fn make(&self, id: &str, name: &str) {
        let object = json!({ "id": id, "name": name });
        self.workspace.change_object(&format!("probe_thing.{id}"), Some(&object)).expect("an object");
    }

    #[track_caller]
    fn run(&mut self, arguments: &str, code: i32) -> Finished {
        let program = self.plumb.path.clone();
        let finished = self.workspace.run(&program, &words(arguments), "").expect("runs");
        assert_eq!(finished.exit_code, Some(code), "{arguments}: {}{}", finished.stdout, finished.stderr);
        finished
    }

    /// The record of an object.
    fn recorded(&self, name: &str) -> Json {
        let state = self.workspace.json_file("terraform.tfstate").expect("a state");
        let resources = state["resources"].as_array().expect("resources").clone();
        let found = resources.into_iter().find(|resource| resource["name"] == name);
        found.map(|found| found["instances"][0].clone()).expect("is recorded")
    }
}

/// The identities in the requests of a call, in the order in which they came.
fn identities(finished: &Finished, method: &str) -> Vec<Json> {
    let of_call = finished.requests.iter().filter(|request| request["method"] == method);
    of_call.map(|request| request["request"]["identity"].clone()).collect()
}

#[test]
fn objects_are_taken_over_by_identity_and_keep_it() {
    for protocol in ["5", "6"] {
        let mut scene = Scene::new(protocol, TAKEN_OVER);
        scene.make("web-1", "web");
        let planned = scene.run("plan -no-color -out=saved", 0);
        assert!(
            planned.stdout.contains(r#"imported from {"account":null,"id":"web-1"}"#),
            "{}",
            planned.stdout
        );
        assert_eq!(identities(&planned, "ImportResourceState"), [json!({ "account": null, "id": "web-1" })]);
        assert_eq!(identities(&planned, "ReadResource"), [json!({ "account": null, "id": "web-1" })]);
        let shown: Json = serde_json::from_str(&scene.run("show -json saved", 0).stdout).expect("JSON");
        let change = shown["resource_changes"]
            .as_array()
            .and_then(|changes| changes.iter().find(|change| change["name"] == "web"))
            .expect("a change");
        assert_eq!(change["change"]["importing"], json!({ "identity": { "account": null, "id": "web-1" } }));

        scene.run("apply -no-color saved", 0);
        let whole = |id: &str| json!({ "account": "main", "id": id });
        for (name, id) in [("web", "web-1"), ("new", "new-1")] {
            let record = scene.recorded(name);
            assert_eq!((&record["identity"], &record["identity_schema_version"]), (&whole(id), &json!(1)));
        }

        let shown: Json = serde_json::from_str(&scene.run("show -json", 0).stdout).expect("JSON");
        let resources = shown["values"]["root_module"]["resources"].as_array().expect("has resources");
        let told: Vec<&Json> = resources.iter().map(|resource| &resource["identity"]).collect();
        assert_eq!(told, [&whole("new-1"), &whole("web-1")]);

        // What is recorded goes to the provider with each call.
        let same = scene.run("plan -no-color -detailed-exitcode", 0);
        let mut read = identities(&same, "ReadResource");
        read.sort_by_key(Json::to_string);
        assert_eq!(read, [whole("new-1"), whole("web-1")]);
        scene.configure(&TAKEN_OVER.replace("name = \"web\"", "name = \"web\"\n  note = \"x\""));
        let changed = scene.run("apply -no-color -auto-approve", 0);
        assert_eq!(identities(&changed, "ApplyResourceChange"), [whole("web-1")]);
        assert_eq!(scene.recorded("web")["identity"], whole("web-1"));
        let destroyed = scene.run("destroy -no-color -auto-approve", 0);
        let mut gone = identities(&destroyed, "ApplyResourceChange");
        gone.sort_by_key(Json::to_string);
        assert_eq!(gone, [whole("new-1"), whole("web-1")]);
    }
}

#[test]
fn recorded_identities_are_upgraded() {
    for protocol in ["5", "6"] {
        let mut scene = Scene::new(protocol, "resource \"probe_thing\" \"new\" {\n  name = \"new\"\n}\n");
        scene.run("apply -no-color -auto-approve", 0);
        let mut state = scene.workspace.json_file("terraform.tfstate").expect("a state");
        let instance = &mut state["resources"][0]["instances"][0];
        instance["identity_schema_version"] = json!(0);
        instance["identity"] = json!({ "identifier": "new-1" });
        state["serial"] = json!(100);
        scene.workspace.write("terraform.tfstate", Some(&state.to_string())).expect("a state");
        let planned = scene.run("plan -no-color -detailed-exitcode", 0);
        assert_eq!(identities(&planned, "UpgradeResourceIdentity"), [json!({ "identifier": "new-1" })]);
        assert_eq!(identities(&planned, "ReadResource"), [json!({ "account": "main", "id": "new-1" })]);
        scene.run("apply -no-color -auto-approve -refresh-only", 0);
        let record = scene.recorded("new");
        assert_eq!(record["identity"], json!({ "account": "main", "id": "new-1" }));
        assert_eq!(record["identity_schema_version"], json!(1));
    }
}

#[test]
fn what_is_wrong_with_an_identity_is_told() {
    let import = |to: &str, rest: &str| {
        let (kind, name) = to.split_once('.').expect("an address");
        format!(
            "import {{\n  to = {to}\n{rest}\n}}\n\nresource \"{kind}\" \"{name}\" {{\n  name = \"x\"\n}}\n"
        )
    };
    for (to, rest, expected) in [
        (
            "probe_thing.x",
            "  identity = { idd = \"a\" }",
            "there is no attribute \"idd\". Did you mean \"id\"?",
        ),
        ("probe_thing.x", "  identity = {}", "\"id\" is required"),
        ("probe_thing.x", "  identity = \"a\"", "Invalid import identity argument"),
        ("probe_thing.x", "  identity = null", "The import identity cannot be null"),
        ("probe_thing.x", "  identity = { id = \"none\" }", "Cannot import non-existent remote object"),
        ("probe_thing.x", "  identity = { id = \"x\", account = \"other\" }", "no objects whose account"),
        ("probe_thing.x", "  id = \"a\"\n  identity = { id = \"a\" }", "this block has both"),
        ("probe_thing.x", "", "Missing required argument"),
        ("probe_plain.x", "  identity = { id = \"a\" }", "Resource has no identity"),
    ] {
        let mut scene = Scene::new("6", &import(to, rest));
        let said = scene.run("plan -no-color", 1);
        let said = format!("{}{}", said.stdout, said.stderr);
        let said = said.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(said.contains(expected), "{rest}: {said}");
        if !rest.is_empty() {
            assert!(said.contains("main.tf line 1"), "{said}");
        }
    }
}

#[test]
fn blocks_are_generated_for_what_has_an_identity() {
    let mut scene =
        Scene::new("6", "import {\n  to       = probe_thing.web\n  identity = { id = \"web-1\" }\n}\n");
    scene.make("web-1", "web");
    scene.run("plan -no-color -generate-config-out=made.tf", 0);
    let made = std::fs::read_to_string(scene.workspace.directory().join("made.tf")).expect("is written");
    assert!(made.contains("resource \"probe_thing\" \"web\"") && made.contains("web-1"), "{made}");
}

#[test]
fn tests_take_over_what_their_doubles_make_up() {
    let mut scene = Scene::new("6", TAKEN_OVER);
    let text = r#"
mock_provider "probe" {}

run "all" {
  assert {
    condition     = probe_thing.web.id == "web-1" && probe_thing.new.id != "web-1"
    error_message = "it has another identifier"
  }
}
"#;
    scene.workspace.write("tests/all.tftest.hcl", Some(text)).expect("a test");
    let said = scene.run("test -no-color", 0);
    assert!(said.stdout.contains("1 passed, 0 failed"), "{}", said.stdout);
}

#[test]
fn terraform_reads_what_has_an_identity() {
    let Some(terraform) = terraform() else {
        println!("skipped: terraform_reads_what_has_an_identity: no terraform on PATH");
        return;
    };
    let mut scene = Scene::new("6", "resource \"probe_thing\" \"new\" {\n  name = \"new\"\n}\n");
    scene.run("apply -no-color -auto-approve", 0);
    assert!(scene.recorded("new")["identity"].is_object());
    let run = |scene: &mut Scene, arguments: &str, code| {
        let finished = scene.workspace.run(&terraform.path, &words(arguments), "").expect("runs");
        assert_eq!(finished.exit_code, Some(code), "{}{}", finished.stdout, finished.stderr);
    };
    run(&mut scene, "plan -no-color -detailed-exitcode", 0);
    scene.configure("resource \"probe_thing\" \"new\" {\n  name = \"new\"\n  note = \"x\"\n}\n");
    run(&mut scene, "apply -no-color -auto-approve", 0);
    // It knows nothing of identities and drops them; the provider says them again.
    assert_eq!(scene.recorded("new")["identity"], Json::Null);
    scene.run("apply -no-color -auto-approve -refresh-only", 0);
    assert_eq!(scene.recorded("new")["identity"], json!({ "account": "main", "id": "new-1" }));
}
