//! What must not be shown is not shown, whatever goes wrong and however much is logged.

use crate::scene::Scene;

const SECRET: &str = "sesame-open-the-door";

const THINGS: &str = r#"
variable "secret" {
  type      = string
  sensitive = true
}

provider "probe" {
  token = var.secret
}

resource "probe_thing" "a" {
  name     = "a"
  note     = var.secret
  password = var.secret
  tags     = { key = var.secret }

  rule {
    port   = 1
    secret = var.secret
  }
}
"#;

/// Beside the former. The provider makes texts of the name that it says may be shown, so it must fail.
const NAMED: &str = r#"
resource "probe_thing" "named" {
  name = var.secret
}
"#;

const APPLY: &str = "apply -auto-approve -input=false -no-color";

#[test]
fn logs_have_no_secrets() {
    let scene = Scene::new(THINGS);
    let log = scene.workspace.root().join("log");
    let path = log.display().to_string();
    let told = [("TF_LOG", "trace"), ("TF_VAR_secret", SECRET)];
    let logged = [told[0], told[1], ("TF_LOG_PATH", &*path)];
    let refresh = "plan -no-color -refresh-only";
    for line in ["plan -no-color", "plan -json", APPLY, refresh, "plan -no-color -destroy", "show -no-color"]
    {
        for variables in [&told[..], &logged[..]] {
            scene.run_with(line, "", variables).expect(0, &[]).without(SECRET);
        }
    }
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    assert!(!text.contains(SECRET), "{text}");
}

#[test]
fn errors_have_no_secrets() {
    let failures = [
        "plan-differs",
        "plan-nonsense",
        "plan-null",
        "plan-error:note",
        "plan-crash",
        "apply-differs",
        "apply-unknown",
        "apply-nonsense",
        "apply-null",
        "apply-crash-after",
        "create-error:tags",
        "configure-error:token",
    ];
    for fault in failures {
        let scene = Scene::new(&format!("{THINGS}{NAMED}"));
        let told = [("TF_LOG", "trace"), ("TF_VAR_secret", SECRET)];
        scene.run_with(APPLY, fault, &told).expect(1, &[]).without(SECRET);
    }
}
