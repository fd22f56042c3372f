//! What programs, containers, `ssh_config` and states say.

use crate::support::{Setting, flat};

#[test]
fn programs_are_asked_with_list() {
    let setting = Setting::new().file("cloud", "#!/bin/sh\n").program(
        "./cloud --list",
        r#"{"web": {"hosts": ["web1"], "vars": {"port": 80}}, "_meta": {"hostvars": {"web1": {"ansible_host": "10.0.0.1"}}}}"#,
    );
    assert_eq!(setting.hosts(&["cloud"]), ["web1 | ssh 10.0.0.1 | web | port=80"]);
    let setting = Setting::new()
        .file("cloud", "#!/bin/sh\n")
        .program("./cloud --list", r#"{"web": ["web1", "web2"]}"#)
        .program("./cloud --host web1", r#"{"ansible_port": 2222}"#)
        .program("./cloud --host web2", "");
    assert_eq!(setting.hosts(&["cloud"]), ["web1 | ssh web1:2222 | web | ", "web2 | ssh web2 | web | "]);
}

#[test]
fn commands_say_hosts_in_any_form() {
    let setting = Setting::new()
        .program("names --all here", "a\nb n=1\n")
        .program("list", "[\"a\", {\"name\": \"b\"}]");
    assert_eq!(
        setting.hosts(&["@command/names --all 'here'"]),
        ["a | ssh a | ungrouped | ", "b | ssh b | ungrouped | n=1"]
    );
    assert_eq!(setting.hosts(&["@command/list"]), ["a | ssh a | ungrouped | ", "b | ssh b | ungrouped | "]);
}

#[test]
fn programs_name_hosts_by_nothing_but_names() {
    let setting = Setting::new().program("list", "[\"@local\", \"a@b\"]");
    assert_eq!(
        setting.hosts(&["@command/list"]),
        ["@local | ssh @local | ungrouped | ", "a@b | ssh a@b | ungrouped | "]
    );
}

#[test]
fn running_containers_are_hosts() {
    let setting = Setting::new()
        .program("docker ps --format json", "{\"Names\":\"web\"}\n{\"Names\":\"db\"}\n")
        .program("podman ps --format json", "[]");
    assert_eq!(
        setting.hosts(&["@docker"]),
        [
            "@docker/db | docker container db | ungrouped | ",
            "@docker/web | docker container web | ungrouped | "
        ]
    );
    let (_, said, _) = setting.read(&["@podman"]);
    assert!(said.contains("podman runs no containers"), "{said}");
}

#[test]
fn ssh_config_names_hosts_literally() {
    let setting = Setting::new()
        .file(
            "/home/me/.ssh/config",
            "# Host not\nInclude conf.d/*\nHost *.example.com !bad web1 \"web2\"\n  HostName x\nhost=web3 web1\nMatch host y\n",
        )
        .file("/home/me/.ssh/conf.d/10", "Host first # Host no\nInclude ~/more\n")
        .file("/home/me/.ssh/conf.d/20", "Host second\n")
        .file("/home/me/more", "Host deep\n");
    let names = |word: &str| -> Vec<String> {
        let (inventory, said, _) = setting.read(&[word]);
        assert_eq!(said, "");
        inventory.hosts().iter().map(|host| host.name().to_owned()).collect()
    };
    assert_eq!(names("@ssh_config"), ["first", "deep", "second", "web1", "web2", "web3"]);
    assert_eq!(names("@ssh_config/web[12]"), ["web1", "web2"]);
    let (inventory, _, _) = setting.read(&["@ssh_config/web1"]);
    let (_, datum) = inventory.hosts()[0].get("ssh_config_file").expect("a file");
    assert_eq!(datum.value, "/home/me/.ssh/config");
    let (_, said, _) = setting.read(&["@ssh_config/db*"]);
    assert!(flat(&said).contains("name no host that \"db*\" matches"), "{said}");
    let circle = Setting::new().file("/home/me/.ssh/config", "Host a\nInclude config\n");
    assert!(flat(&circle.read(&["@ssh_config"]).1).contains("more than 16 levels"));
}

/// A state with an output.
fn state(outputs: &str) -> String {
    format!(
        r#"{{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "l", "outputs": {{{outputs}}}, "resources": []}}"#
    )
}

const OBJECTS: &str = r#""inventory": {"value": [{"name": "web1", "address": "10.0.0.1", "ssh_user": "admin", "groups": ["web"]}, "db1"],
    "type": ["tuple", [["object", {"name": "string", "address": "string", "ssh_user": "string", "groups": ["list", "string"]}], "string"]]}"#;

#[test]
fn states_have_an_output_that_says_it() {
    let expected = ["web1 | ssh admin@10.0.0.1 | web | ", "db1 | ssh db1 | ungrouped | "];
    let setting = Setting::new().state(&state(OBJECTS)).file("dir/x.tfstate", &state(OBJECTS));
    assert_eq!(setting.hosts(&["@terraform"]), expected);
    assert_eq!(setting.hosts(&["@terraform#inventory"]), expected);
    assert_eq!(setting.hosts(&["@state/dir/x.tfstate"]), expected);
    assert_eq!(setting.hosts(&["dir/x.tfstate"]), expected);
    let map = r#""ips": {"value": {"b": "10.0.0.2", "a": "10.0.0.1"}, "type": ["map", "string"]}"#;
    let setting = Setting::new().file("x.tfstate", &state(map));
    assert_eq!(
        setting.hosts(&["@state/x.tfstate#ips"]),
        ["a | ssh 10.0.0.1 | ungrouped | ", "b | ssh 10.0.0.2 | ungrouped | "]
    );
}

#[test]
fn what_a_sensitive_output_says_is_sensitive() {
    let secret = r#""inventory": {"value": [{"name": "web1", "key": "hunter2"}], "sensitive": true,
        "type": ["tuple", [["object", {"name": "string", "key": "string"}]]]}"#;
    let hosts = Setting::new().state(&state(secret)).hosts(&["@terraform"]);
    assert_eq!(hosts, ["web1 | ssh web1 | ungrouped | key=\"(sensitive)\""]);
}

#[test]
fn resources_are_not_guessed_at() {
    let ip = r#""ip": {"value": "10.0.0.1", "type": "string"}"#;
    let setting = Setting::new().state(&state(ip)).file("empty.tfstate", "").file("none.tfstate", &state(""));
    insta::assert_snapshot!(setting.read(&["@terraform"]).1, @r##"
    Error: No such output

      on <inventory argument> line 1:
        |
      1 | @terraform
        | ^^^^^^^^^^

    No output "inventory" is in the state of this directory: it has the outputs
    "ip". Another one is named behind a "#", as in @terraform#NAME.

    Which hosts there are is for an output to say, since resources do not tell
    which of their addresses is to be used. For example:

      output "inventory" {
        value = [for server in aws_instance.web : {
          name     = server.tags.Name
          address  = server.public_ip
          ssh_user = "admin"
          groups   = ["web"]
        }]
      }

    Then apply the configuration, which puts the output into the state.
    "##);
    for (word, words) in [
        ("@terraform#pi", "Did you mean \"ip\"?"),
        ("@terraform#ip", "and it is a text"),
        ("@state/none.tfstate", "it has no outputs"),
        ("@state/empty.tfstate", "is empty"),
        ("@state/nowhere", "cannot be read"),
    ] {
        let (_, said, _) = setting.read(&[word]);
        assert!(flat(&said).contains(words), "{word}: {said}");
    }
}

const ENCRYPTED: &str = "password: ENC[AES256_GCM,data:aa,iv:bb,tag:cc,type:str]\nsops:\n  mac: ENC[x]\n";

#[test]
fn variables_that_sops_has_encrypted_are_decrypted_and_not_shown() {
    let line = "sops --decrypt --output-type json group_vars/web.yml";
    let setting = Setting::new().file("h.ini", "[web]\nweb1\n").file("group_vars/web.yml", ENCRYPTED);
    let decrypted = setting.program(line, "{\"password\": \"hunter22\", \"port\": 80}");
    let (inventory, said, _) = decrypted.read(&["h.ini"]);
    assert_eq!(said, "");
    let hosts = inventory.hosts();
    let data = hosts[0].data();
    let (_, datum) = data["password"];
    assert!(datum.is_hidden() && datum.value == "hunter22", "{datum:?}");

    let setting = Setting::new().file("h.ini", "[web]\nweb1\n").file("group_vars/web.yml", ENCRYPTED);
    let (_, said, _) = setting.failing(line, "no key").read(&["h.ini"]);
    assert!(flat(&said).contains("group_vars/web.yml is encrypted, and the program sops has not decrypted it: exit status: 3: no key."), "{said}");
    let setting = Setting::new().file("h.ini", "[web]\nweb1\n").file("group_vars/web.yml", ENCRYPTED);
    let (_, said, _) = setting.read(&["h.ini"]);
    assert!(flat(&said).contains("there is no such program on this machine"), "{said}");
    let setting = Setting::new().file("h.ini", "[web]\nweb1\n").file("group_vars/web.yml", ENCRYPTED);
    let (_, said, _) = setting.program(line, "[\"hunter22\"]").read(&["h.ini"]);
    assert!(!said.is_empty() && !said.contains("hunter22"), "{said}");
}

#[test]
fn code_says_hosts_in_any_form_of_json() {
    let setting = Setting::new().file("h.star", "{\"web\": {\"hosts\": [\"a\"], \"vars\": {\"n\": 1}}}");
    assert_eq!(setting.hosts(&["h.star"]), ["a | ssh a | web | n=1"]);
    let setting = Setting::new()
        .file("h.star", "[\"a\", {\"name\": \"b\", \"n\": 1}]")
        .file("group_vars/all.yml", "x: 1\n");
    assert_eq!(
        setting.hosts(&["h.star"]),
        ["a | ssh a | ungrouped | x=1", "b | ssh b | ungrouped | n=1 x=1"]
    );
}
