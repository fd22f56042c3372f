//! The provider server speaks both versions of the protocol with `terraform`.

#![expect(clippy::print_stdout, reason = "what was skipped is for people")]

use plumb_testkit::{Installation, Workspace, provider_server, terraform};

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "one" {
  name = "web"
}

resource "probe_thing" "two" {
  name     = provider::probe::join(data.probe_echo.heard.output, "x")
  password = "p"
}

data "probe_echo" "heard" {
  input = probe_thing.one.address
}

ephemeral "probe_token" "one" {
  name = "token"
}
"#;

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn terraform_uses_the_provider_server() {
    let Some(terraform) = terraform() else {
        println!("skipped: terraform_uses_the_provider_server: no terraform on PATH");
        return;
    };
    let server = provider_server().expect("the provider server");
    for protocol in ["5", "6"] {
        let mut workspace = Workspace::new(&server, Installation::Override).expect("a workspace");
        workspace.set("PROBE_PROTOCOL", protocol);
        workspace.write("main.tf", Some(CONFIGURATION)).expect("the configuration");

        let applied =
            workspace.run(&terraform.path, &words("apply -auto-approve -no-color"), "").expect("run");
        assert_eq!(applied.exit_code, Some(0), "protocol {protocol}: {}", applied.stderr);
        let asked =
            |method: &str| applied.requests.iter().filter(|request| request["method"] == method).count();
        assert_eq!(asked("ApplyResourceChange"), 2);
        assert_eq!(asked("ReadDataSource"), 1);
        assert!(asked("OpenEphemeralResource") > 0 && asked("CallFunction") > 0);
        assert_eq!(asked("OpenEphemeralResource"), asked("CloseEphemeralResource"));
        let refined = applied
            .requests
            .iter()
            .any(|request| request["request"]["planned"]["address"]["$unknown"]["prefix"] == "10.");
        assert!(refined, "what is known of unknown values comes back");
        let objects: Vec<String> =
            workspace.all_objects().expect("objects").into_iter().map(|(name, _)| name).collect();
        assert_eq!(objects, ["probe_thing.10-0-0-1-x-1.json", "probe_thing.web-1.json"]);

        let destroyed =
            workspace.run(&terraform.path, &words("destroy -auto-approve -no-color"), "").expect("run");
        assert_eq!(destroyed.exit_code, Some(0), "protocol {protocol}: {}", destroyed.stderr);
        let remaining = workspace.all_objects().expect("objects");
        assert!(remaining.iter().all(|(name, _)| name.ends_with(".deleted")));
    }
}
