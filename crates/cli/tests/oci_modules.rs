//! Modules in registries of images, as users install them.
#![cfg(unix)]
#![expect(clippy::print_stderr, reason = "what was skipped is for people")]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use support::web_server::{Answer, WebServer};
use support::{Directory, Run, find};

const LOGIN: &str = "Basic bWU6c2VzYW1l";

/// A registry with a package, to which somebody has to log in.
struct Registry {
    server: WebServer,
    /// The digest of the manifest.
    digest: String,
}

fn digest_of(directory: &Directory, name: &str) -> String {
    let digest = plumb_registry::hash_file(&directory.path().join(name)).unwrap();
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

impl Registry {
    /// `None` where nobody makes an archive, which is said.
    fn start(test: &str) -> Option<Self> {
        let Some(python) = find("python3") else {
            eprintln!("skipped: {test}: no python3 on PATH");
            return None;
        };
        let scratch = Directory::new("output \"said\" {\n  value = \"whole\"\n}\n");
        scratch.write("inner/main.tf", "output \"said\" {\n  value = \"inner\"\n}\n");
        let made = Command::new(python)
            .args(["-m", "zipfile", "-c", "package.zip", "main.tf", "inner"])
            .current_dir(scratch.path())
            .status();
        assert!(made.unwrap().success());
        let archive = std::fs::read(scratch.path().join("package.zip")).unwrap();
        let blob = digest_of(&scratch, "package.zip");
        let manifest = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": "application/vnd.opentofu.modulepkg",
            "layers": [{ "mediaType": "archive/zip", "digest": blob, "size": archive.len() }],
        });
        scratch.write("manifest", &manifest.to_string());
        let digest = digest_of(&scratch, "manifest");
        let server = WebServer::start();
        let challenge = format!("Bearer realm=\"{}/token\",service=\"images\"", server.address);
        let for_token = |body: Vec<u8>| Answer {
            wants: Some(("Bearer issued".to_owned(), challenge.clone())),
            ..Answer::ok(body)
        };
        for version in ["1.0", &digest] {
            let body = manifest.to_string().into_bytes();
            server.say(&format!("/v2/team/net/manifests/{version}"), for_token(body));
        }
        server.say(&format!("/v2/team/net/blobs/{blob}"), for_token(archive));
        let issued = Answer::ok("{\"token\": \"issued\"}");
        server.say("/token", Answer { wants: Some((LOGIN.to_owned(), "Basic".to_owned())), ..issued });
        Some(Registry { server, digest })
    }

    fn host(&self) -> &str {
        self.server.address.trim_start_matches("http://")
    }

    fn caller(&self, rest: &str) -> Directory {
        Directory::new(&format!(
            "module \"called\" {{\n  source = \"oci://{}/team/net{rest}\"\n}}\n\noutput \"said\" {{\n  value = module.called.said\n}}\n",
            self.host()
        ))
    }
}

fn init_with(directory: &Directory, configuration: &str) -> Run {
    directory.write("cli.tfrc", configuration);
    let bin = directory.path().join("bin");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = directory.command(&["init"]);
    command.env("TF_CLI_CONFIG_FILE", directory.path().join("cli.tfrc")).env("PATH", path);
    command.env("TF_LOG", "trace");
    Run::with_input(command, "")
}

#[test]
fn packages_are_installed_by_tag_and_by_digest() {
    let Some(registry) = Registry::start("packages_are_installed_by_tag_and_by_digest") else { return };
    let settings = format!(
        "oci_credentials \"{}/team\" {{\n  username = \"me\"\n  password = \"sesame\"\n}}\n",
        registry.host()
    );
    for (rest, said, place) in [
        ("?tag=1.0".to_owned(), "whole", ""),
        (format!("//inner?digest={}", registry.digest), "inner", "/inner"),
    ] {
        let directory = registry.caller(&rest);
        let run = init_with(&directory, &settings).expect(0, &["Downloading oci://127.0.0.1", "for called"]);
        assert!(!run.says("sesame") && !run.says("issued"), "{}{}", run.stdout, run.stderr);
        directory.run(&["apply", "-auto-approve"]).expect(0, &[&format!("said = \"{said}\"")]);
        let record: serde_json::Value =
            serde_json::from_str(&directory.read(".terraform/modules/modules.json")).unwrap();
        let source = format!("oci://{}/team/net{rest}", registry.host());
        let expected = format!(".terraform/modules/called{place}");
        assert_eq!(record["Modules"][1]["Source"], source.as_str());
        assert_eq!(record["Modules"][1]["Dir"], expected.as_str());
    }
}

#[test]
fn logins_of_other_programs_count() {
    let Some(registry) = Registry::start("logins_of_other_programs_count") else { return };
    let file = format!("{{\"auths\": {{\"{}\": {{\"auth\": \"bWU6c2VzYW1l\"}}}}}}", registry.host());
    let helper = "#!/bin/sh\nread -r server\necho \"$server\" > asked\n\
                  echo '{\"ServerURL\": \"x\", \"Username\": \"me\", \"Secret\": \"sesame\"}'\n";
    for (files, settings) in [
        (vec![(".docker/config.json", file.clone())], String::new()),
        (vec![("near/logins.json", file)], {
            "oci_default_credentials {\n  docker_style_config_files = [\"near/logins.json\"]\n}\n".to_owned()
        }),
        (vec![(".docker/config.json", "{\"credsStore\": \"mine\"}".to_owned())], String::new()),
        (Vec::new(), "oci_default_credentials {\n  docker_credentials_helper = \"mine\"\n}\n".to_owned()),
    ] {
        let directory = registry.caller("?tag=1.0");
        directory.write("bin/docker-credential-mine", helper);
        let program = directory.path().join("bin/docker-credential-mine");
        std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
        for (name, text) in &files {
            directory.write(name, text);
        }
        let run = init_with(&directory, &settings).expect(0, &["successfully initialized"]);
        assert!(!run.says("sesame"), "{}{}", run.stdout, run.stderr);
        if settings.contains("helper") {
            assert_eq!(directory.read("asked"), format!("https://{}\n", registry.host()));
        }
    }
}

#[test]
fn what_cannot_be_had_is_told_and_leaves_nothing() {
    let Some(registry) = Registry::start("what_cannot_be_had_is_told_and_leaves_nothing") else { return };
    let wrong = format!(
        "oci_credentials \"{}\" {{\n  username = \"me\"\n  password = \"abracadabra\"\n}}\n",
        registry.host()
    );
    let right = wrong.replace("abracadabra", "sesame");
    registry.server.say("/v2/team/net/manifests/index", Answer::ok("{\"mediaType\": \"x/y\"}"));
    for (settings, rest, expected) in [
        ("", "?tag=1.0", "no login for it is known"),
        (wrong.as_str(), "?tag=1.0", "the registry refused the user name and the password"),
        (&right, "?tag=2.0", "has nothing with the tag 2.0"),
        (&right, "?tag=index", "has the type \"x/y\""),
        (&right, "?ref=1.0", "there is no argument \"ref\""),
        (
            "oci_default_credentials {\n  docker_credentials_helper = \"none\"\n}\n",
            "?tag=1.0",
            "docker-credential-none",
        ),
    ] {
        let directory = registry.caller(rest);
        let expected = ["Failed to download module", "main.tf line 1", expected];
        let run = init_with(&directory, settings).expect(1, &expected);
        assert!(!run.says("abracadabra") && !run.says("sesame"), "{}{}", run.stdout, run.stderr);
        assert!(!directory.exists(".terraform/modules/called"));
    }
}
