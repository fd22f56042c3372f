//! Encryption of states and plans, which is read and not done yet: nothing is written in the clear that
//! should be encrypted.

mod support;

use support::{Directory, Run};

const ENCRYPTION: &str = r#"
variable "passphrase" {
  default   = "correct-horse-battery-staple"
  sensitive = true
}

terraform {
  encryption {
    key_provider "pbkdf2" "main" {
      passphrase = var.passphrase
    }

    method "aes_gcm" "main" {
      keys = key_provider.pbkdf2.main
    }

    state {
      method   = method.aes_gcm.main
      enforced = true
    }

    plan {
      method = method.aes_gcm.main
    }
  }
}
"#;

const OBJECT: &str = "resource \"terraform_data\" \"d\" {\n  input = \"x\"\n}\n";

fn with_environment(directory: &Directory, arguments: &[&str], text: &str) -> Run {
    let mut command = directory.command(arguments);
    command.env("TF_ENCRYPTION", text);
    Run::with_input(command, "")
}

#[test]
fn nothing_is_written_that_is_to_be_encrypted() {
    let directory = Directory::new(OBJECT);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &[]);
    directory.write("encryption.tf", ENCRYPTION);
    let before = directory.read("terraform.tfstate");
    // Who only looks may.
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["validate"]).expect(0, &["Success!"]);
    directory.run(&["plan"]).expect(0, &["No changes"]);
    directory.run(&["state", "list"]).expect(0, &["terraform_data.d"]);
    directory.run(&["show"]).expect(0, &["terraform_data.d"]);
    directory.run(&["workspace", "list"]).expect(0, &["default"]);
    let writing: [&[&str]; 10] = [
        &["apply", "-auto-approve"],
        &["destroy", "-auto-approve"],
        &["refresh"],
        &["import", "terraform_data.d", "x"],
        &["state", "mv", "terraform_data.d", "terraform_data.e"],
        &["state", "rm", "terraform_data.d"],
        &["state", "push", "terraform.tfstate"],
        &["taint", "terraform_data.d"],
        &["workspace", "new", "other"],
        &["workspace", "select", "-or-create", "other"],
    ];
    for arguments in writing {
        directory.run(arguments).expect(
            1,
            &["Error: State encryption not supported yet", "encryption.tf line 17", "Nothing was changed"],
        );
    }
    directory
        .run(&["plan", "-out=p"])
        .expect(1, &["Error: Plan encryption not supported yet", "encryption.tf line 22"]);
    assert!(!directory.exists("p") && !directory.exists("terraform.tfstate.d"));
    assert_eq!(directory.read("terraform.tfstate"), before);
    assert_eq!(directory.left_of("terraform.tfstate"), ["terraform.tfstate"]);

    // Nor does a state move to another place.
    directory
        .write("backend.tf", "terraform {\n  backend \"local\" {\n    path = \"there.tfstate\"\n  }\n}\n");
    directory.run(&["init", "-force-copy"]).expect(1, &["State encryption not supported yet"]);
    assert!(!directory.exists("there.tfstate"));
    std::fs::remove_file(directory.path().join("backend.tf")).unwrap();

    // What may be read by all is written.
    let plain = ENCRYPTION
        .replace(
            "method \"aes_gcm\" \"main\"",
            "method \"unencrypted\" \"plain\" {}\n    method \"aes_gcm\" \"main\"",
        )
        .replace(
            "method   = method.aes_gcm.main\n      enforced = true",
            "method = method.unencrypted.plain",
        );
    directory.write("encryption.tf", &plain);
    directory.run(&["apply", "-auto-approve", "-replace=terraform_data.d"]).expect(0, &["1 added"]);
}

#[test]
fn a_plan_that_was_saved_before_is_not_applied() {
    let directory = Directory::new(OBJECT);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["plan", "-out=p"]).expect(0, &[]);
    let text = "method \"external\" \"m\" {\n  encrypt_command = [\"e\"]\n  decrypt_command = [\"d\"]\n}\n\
                state {\n  method = method.external.m\n}\n";
    with_environment(&directory, &["apply", "p"], text)
        .expect(1, &["State encryption not supported yet", "<TF_ENCRYPTION> line 5"]);
    assert!(!directory.exists("terraform.tfstate"));
}

#[test]
fn the_environment_is_laid_over_the_configuration() {
    let directory = Directory::new(OBJECT);
    directory.run(&["init"]).expect(0, &[]);
    directory.write(
        "encryption.tf",
        "terraform {\n  encryption {\n    state {\n      method = method.unencrypted.here\n    }\n  }\n}\n",
    );
    directory.run(&["apply", "-auto-approve"]).expect(1, &["Reference to undeclared encryption method"]);
    let json = r#"{"method": {"unencrypted": {"here": {}}}}"#;
    with_environment(&directory, &["apply", "-auto-approve"], json).expect(0, &["1 added"]);
    let other = r#"{"method": {"unencrypted": {"here": {}}, "aes_gcm": {"m": {"keys": "key_provider.external.k"}}},
        "key_provider": {"external": {"k": {"command": ["c"]}}}, "state": {"method": "method.aes_gcm.m"}}"#;
    with_environment(&directory, &["destroy", "-auto-approve"], other)
        .expect(1, &["State encryption not supported yet"]);
    with_environment(&directory, &["plan"], "state {").expect(1, &["<TF_ENCRYPTION> line 1"]);
    with_environment(&directory, &["plan"], "state {\n  metod = 1\n}").expect(1, &["Unsupported argument"]);
}

#[test]
fn an_encrypted_state_is_named_as_such() {
    let directory = Directory::new(OBJECT);
    directory.run(&["init"]).expect(0, &[]);
    directory.write(
        "terraform.tfstate",
        r#"{"serial":1,"lineage":"a","meta":{"key_provider.pbkdf2.main":"e30="},"encrypted_data":"AAAA","encryption_version":"v0"}"#,
    );
    for arguments in [&["plan"][..], &["state", "list"], &["apply", "-auto-approve"], &["show"]] {
        directory
            .run(arguments)
            .expect(1, &["Error: Encrypted state not supported yet", "terraform.tfstate"]);
    }
    directory.write("p", r#"{"meta":{},"encrypted_data":"AAAA","encryption_version":"v0"}"#);
    directory.run(&["apply", "p"]).expect(1, &["it is encrypted"]);
}
