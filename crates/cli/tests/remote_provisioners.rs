//! Files and scripts that go to other machines, as users meet them, and beside terraform.
#![cfg(unix)]

mod support;

use std::fs;
use std::io::BufRead as _;
use std::path::Path;
use std::process::Stdio;

use plumb_ssh_server::{Agent, Server};
use support::{Directory, Run, signal, wait_until};

/// A `connection` block for a server, with more lines. Scripts go where nothing is left of the test.
fn connection(server: &Server, more: &str) -> String {
    let scripts = match more.contains("script_path") {
        true => String::new(),
        false => format!("script_path = \"{}/terraform_%RAND%.sh\"", server.directory().display()),
    };
    format!(
        "connection {{\n    host = \"127.0.0.1\"\n    port = {}\n    user = \"{}\"\n    private_key = \
         file(\"{}\")\n    {more}\n    {scripts}\n  }}",
        server.port(),
        server.user(),
        server.key().display()
    )
}

/// An object with a provisioner that uses such a connection.
fn object(server: &Server, more: &str, provisioner: &str) -> String {
    format!("resource \"terraform_data\" \"a\" {{\n  {}\n  {provisioner}\n}}\n", connection(server, more))
}

fn apply(main: &str) -> (Directory, Run) {
    let directory = Directory::new(main);
    let run = directory.run(&["apply", "-auto-approve"]);
    (directory, run)
}

/// The same in terraform; `None` where there is none.
fn apply_with_terraform(test: &str, main: &str) -> Option<Run> {
    let directory = Directory::new(main);
    directory.run_terraform(test, &["init"])?.expect(0, &[]);
    directory.run_terraform(test, &["apply", "-auto-approve", "-no-color"])
}

/// What provisioners have written, line by line, with names of scripts made equal.
fn written(run: &Run) -> Vec<String> {
    let lines = run.stdout.lines().filter(|line| line.contains("-exec)"));
    lines
        .map(|line| match line.find("/terraform_") {
            Some(start) => line[..start].to_owned(),
            None => line.to_owned(),
        })
        .collect()
}

#[test]
fn scripts_run_on_the_other_side() {
    let test = "scripts_run_on_the_other_side";
    let Some(server) = Server::start(test) else { return };
    let inline = "provisioner \"remote-exec\" {\n    inline = [\"echo one\", \"echo two >&2\", \"test -t 1 && echo \
                  terminal\", \"echo $0\", \"printf end\"]\n  }";
    let main = object(&server, "", inline);
    let (directory, run) = apply(&main);
    let run = run.expect(0, &["Provisioning with 'remote-exec'...", "1 added"]);
    let lines = written(&run);
    assert!(lines.contains(&"terraform_data.a (remote-exec): Connected!".to_owned()), "{lines:?}");
    assert!(lines.contains(&"terraform_data.a (remote-exec): terminal".to_owned()), "{lines:?}");
    assert_eq!(lines.last().unwrap(), "terraform_data.a (remote-exec): end");
    assert!(!directory.read("terraform.tfstate").contains("tainted"));
    if let Some(peer) = apply_with_terraform(test, &main) {
        assert_eq!(lines, written(&peer.expect(0, &[])));
    }
}

#[test]
fn scripts_come_from_files_with_interpreters_of_their_own() {
    let Some(server) = Server::start("scripts_come_from_files_with_interpreters_of_their_own") else {
        return;
    };
    let directory = Directory::new(&object(
        &server,
        &format!("script_path = \"{}/script\"", server.directory().display()),
        "provisioner \"remote-exec\" {\n    scripts = [\"one\", \"two\"]\n  }\n  provisioner \"remote-exec\" {\n    script = \
         \"one\"\n  }",
    ));
    directory.write("one", "#!/usr/bin/env -S sh -u\necho first; stat -c mode%a $0");
    directory.write("two", "echo second; echo `head -n 1 $0`");
    let run =
        directory.run(&["apply", "-auto-approve"]).expect(0, &["first", "second", "#!/bin/sh", "mode700"]);
    assert_eq!(run.stdout.matches("(remote-exec): first").count(), 2);
    // Nothing of them is left.
    assert!(!server.directory().join("script").exists());
}

#[test]
fn a_script_that_fails_taints_the_object() {
    let test = "a_script_that_fails_taints_the_object";
    let Some(server) = Server::start(test) else { return };
    let main = object(
        &server,
        "",
        "provisioner \"remote-exec\" {\n    inline = [\"echo why\", \"exit 3\", \"echo no\"]\n  }",
    );
    let (directory, run) = apply(&main);
    let run = run.expect(
        1,
        &[
            "Error: remote-exec provisioner error",
            "on main.tf line 10",
            "exit status 3. Output: why",
            "terraform_data.a",
        ],
    );
    assert!(!run.says("(remote-exec): no"));
    directory.run(&["plan"]).expect(0, &["terraform_data.a is tainted, so must be replaced"]);
    if let Some(peer) = apply_with_terraform(test, &main) {
        peer.expect(1, &["Error: remote-exec provisioner error", "on main.tf line 10", "status 3"]);
    }
    let lenient = main.replace("inline", "on_failure = continue\n    inline");
    let (directory, run) = apply(&lenient);
    run.expect(0, &["why", "1 added"]);
    assert!(!directory.read("terraform.tfstate").contains("tainted"));
}

#[test]
fn files_and_directories_are_copied() {
    let test = "files_and_directories_are_copied";
    let Some(server) = Server::start(test) else { return };
    let block = |what: &str, to: &str| {
        format!("provisioner \"file\" {{\n    {what}\n    destination = \"TARGET/{to}\"\n  }}\n  ")
    };
    let main = object(
        &server,
        "",
        &[
            block("content = \"text of ${self.id == \"\" ? \"\" : \"it\"}\"", "text"),
            block("source = \"tree/top\"", "a file"),
            block("source = \"tree\"", "new"),
            block("source = \"tree\"", "here"),
            block("source = \"tree/\"", "inside"),
            block("source = \"~/tree/top\"", "from home"),
        ]
        .concat(),
    );
    let run = |program: &dyn Fn(&Directory) -> Option<Run>| {
        let target = tempfile::tempdir().unwrap();
        for directory in ["here", "inside"] {
            fs::create_dir(target.path().join(directory)).unwrap();
        }
        let directory = Directory::new(&main.replace("TARGET", target.path().to_str().unwrap()));
        directory.write("tree/top", "top\n");
        directory.write("tree/inner/deep", "deep\n");
        let run = program(&directory)?;
        Some((listing(target.path()), run))
    };
    let (found, _) = run(&|directory| {
        Some(
            directory.run(&["apply", "-auto-approve"]).expect(0, &["Provisioning with 'file'...", "1 added"]),
        )
    })
    .unwrap();
    for line in [
        "text: text of it",
        "a file: top\n",
        "from home: top\n",
        "new/top: top\n",
        "new/inner/deep: deep\n",
        "here/tree/inner/deep: deep\n",
        "inside/top: top\n",
    ] {
        assert!(found.contains(&line.to_owned()), "{line}: {found:#?}");
    }
    let peer = run(&|directory| {
        directory.run_terraform(test, &["init"])?.expect(0, &[]);
        Some(directory.run_terraform(test, &["apply", "-auto-approve"])?.expect(0, &[]))
    });
    if let Some((peers, _)) = peer {
        assert_eq!(found, peers);
    }
}

/// All files below a directory with what is in them, in order.
fn listing(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                found.push(format!("{name}: {}", fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_cannot_be_copied_is_told_why() {
    let Some(server) = Server::start("what_cannot_be_copied_is_told_why") else { return };
    let copy = |from: &str, to: &str| {
        apply(&object(
            &server,
            "",
            &format!("provisioner \"file\" {{\n    {from}\n    destination = \"{to}\"\n  }}"),
        ))
        .1
    };
    let summary = "Error: file provisioner error";
    copy("source = \"nowhere\"", "/tmp/x").expect(1, &[summary, "The source nowhere cannot be read"]);
    copy("content = \"\"", "/tmp").expect(1, &[summary, "did not write /tmp: /tmp: Is a directory"]);
    copy("content = \"\"", "/nowhere/x").expect(1, &[summary, "/nowhere: No such file or directory"]);
    copy("content = \"\"", "").expect(1, &["Invalid file provisioner configuration", "non-empty string"]);
}

#[test]
fn a_host_that_comes_up_late_is_waited_for() {
    let Some(server) = Server::start("a_host_that_comes_up_late_is_waited_for") else { return };
    // Nobody listens there until the test does, and passes on what comes.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let main = object(
        &server,
        "timeout = \"1m\"",
        "provisioner \"remote-exec\" {\n    inline = [\"echo at last\"]\n  }",
    );
    let directory =
        Directory::new(&main.replace(&format!("port = {}", server.port()), &format!("port = {port}")));
    let mut command = directory.command(&["apply", "-auto-approve"]);
    let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let target = server.port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) =
                (client.unwrap(), std::net::TcpStream::connect(("127.0.0.1", target)).unwrap());
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            let (mut from, mut to) = (server, client);
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        }
    });
    let output = run.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("(remote-exec): at last"), "{text}");
    assert!(text.matches("Connecting to remote host via SSH...").count() > 1, "{text}");
}

#[test]
fn the_last_reason_is_told_when_time_is_up() {
    let Some(server) = Server::start("the_last_reason_is_told_when_time_is_up") else { return };
    let script = "provisioner \"remote-exec\" {\n    inline = [\"true\"]\n  }";
    let stranger = server.keys().plain("stranger", "ed25519");
    let stranger_public = fs::read_to_string(format!("{}.pub", stranger.display())).unwrap();
    let cases = [
        (format!("host_key = \"{}\"", stranger_public.trim()), "is not the host that is expected"),
        ("bastion_host = \"127.0.0.1\"\n    bastion_port = 1".to_owned(), "the bastion host 127.0.0.1:1"),
        ("proxy_host = \"127.0.0.1\"\n    proxy_port = 1".to_owned(), "127.0.0.1:1 cannot be reached"),
    ];
    for (more, reason) in cases {
        let more = format!("timeout = \"3s\"\n    {more}");
        apply(&object(&server, &more, script))
            .1
            .expect(1, &["Error: remote-exec provisioner error", "within 3 seconds", reason]);
    }
    let unknown = object(&server, "timeout = \"3s\"", script);
    let unknown = unknown.replace(server.key().to_str().unwrap(), stranger.to_str().unwrap());
    apply(&unknown).1.expect(1, &["does not let the user", "it refused the private key"]);
}

#[test]
fn secrets_are_neither_in_the_output_nor_in_the_error() {
    let Some(server) = Server::start("secrets_are_neither_in_the_output_nor_in_the_error") else { return };
    let script =
        "provisioner \"remote-exec\" {\n    inline = [\"echo ${sensitive(\"hush-hush\")}\", \"exit 3\"]\n  }";
    let (_, run) = apply(&object(&server, "", script));
    let run = run.expect(1, &["(output suppressed due to sensitive value in config)", "exit status 3"]);
    assert!(!run.says("hush-hush") && !run.says("Connecting to"));
    // A connection's own secrets are never shown, and its other settings only where they are none.
    let plain = "provisioner \"remote-exec\" {\n    inline = [\"echo seen; exit 3\"]\n  }";
    let (_, run) = apply(&object(&server, "password = sensitive(\"hush-hush\")", plain));
    let run = run.expect(1, &["Connecting to remote host via SSH...", "Password: true", "seen"]);
    assert!(!run.says("hush-hush"));
    let hidden = object(&server, "timeout = \"3s\"", plain)
        .replace("\"127.0.0.1\"", "sensitive(\"hush-hush.invalid\")");
    let run = apply(&hidden).1.expect(1, &["secret values are among the connection's host and user"]);
    assert!(!run.says("hush-hush") && !run.says("Connecting to"));
}

#[test]
fn connections_of_resources_and_provisioners_are_merged() {
    let Some(server) = Server::start("connections_of_resources_and_provisioners_are_merged") else { return };
    let script = "provisioner \"remote-exec\" {\n    connection {\n      port = PORT\n    }\n    inline = [\"echo merged\"]\n  }";
    let main = object(&server, "", script).replace(&format!("port = {}", server.port()), "port = 1");
    apply(&main.replace("PORT", &server.port().to_string())).1.expect(0, &["(remote-exec): merged"]);
}

#[test]
fn what_runs_before_a_destruction_reaches_the_object_by_itself() {
    let Some(server) = Server::start("what_runs_before_a_destruction_reaches_the_object_by_itself") else {
        return;
    };
    let key = fs::read_to_string(server.key()).unwrap();
    let directory = Directory::new(&format!(
        "resource \"terraform_data\" \"a\" {{\n  input = {{\n    port = {}\n    user = \"{}\"\n    key = <<-EOT\n{key}EOT\n  }}\n  \
         provisioner \"remote-exec\" {{\n    when = destroy\n    inline = [\"echo goodbye\"]\n    connection {{\n      host = \
         \"127.0.0.1\"\n      port = self.output.port\n      user = self.output.user\n      private_key = self.output.key\n    \
         }}\n  }}\n}}\n",
        server.port(),
        server.user()
    ));
    let run = directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
    assert!(!run.says("goodbye"));
    directory.run(&["destroy", "-auto-approve"]).expect(0, &["(remote-exec): goodbye", "1 destroyed"]);
}

#[test]
fn a_first_interrupt_ends_the_wait_for_a_host() {
    // Nobody listens there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let directory = Directory::new(&format!(
        "resource \"terraform_data\" \"a\" {{\n  connection {{\n    host = \"127.0.0.1\"\n    port = {nobody}\n    password = \
         \"x\"\n  }}\n  provisioner \"remote-exec\" {{\n    inline = [\"true\"]\n  }}\n}}\n"
    ));
    let mut command = directory.command(&["apply", "-auto-approve"]);
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = std::io::BufReader::new(run.stdout.take().unwrap()).lines();
    assert!(told.any(|line| line.unwrap().contains("Connecting to remote host")), "nothing is connected to");
    let begun = std::time::Instant::now();
    signal(&run, "-INT");
    let run = run.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(!run.status.success() && errors.contains("there was no connection yet"), "{errors}");
    assert!(begun.elapsed().as_secs() < 60, "it has waited for minutes");
    directory.run(&["plan"]).expect(0, &["terraform_data.a is tainted, so must be replaced"]);
}

#[test]
fn a_second_interrupt_ends_what_runs_on_the_other_side() {
    let Some(server) = Server::start("a_second_interrupt_ends_what_runs_on_the_other_side") else { return };
    let (begun, ended) = (server.directory().join("begun"), server.directory().join("ended"));
    let line = format!(
        "trap 'touch {}; exit' HUP; touch {}; while :; do sleep 0.05; done",
        ended.display(),
        begun.display()
    );
    let directory = Directory::new(&object(
        &server,
        "",
        &format!("provisioner \"remote-exec\" {{\n    inline = [\"{line}\"]\n  }}"),
    ));
    let mut command = directory.command(&["apply", "-auto-approve"]);
    let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| begun.exists(), "the script has not begun");
    signal(&run, "-INT");
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(!ended.exists());
    signal(&run, "-INT");
    assert!(!run.wait_with_output().unwrap().status.success());
    wait_until(|| ended.exists(), "the script goes on");
    directory.run(&["plan"]).expect(0, &["terraform_data.a is tainted, so must be replaced"]);
}

#[test]
fn an_agent_is_used_where_there_is_one() {
    let test = "an_agent_is_used_where_there_is_one";
    let Some(server) = Server::start(test) else { return };
    let Some(agent) = Agent::start(test, &[server.key()]) else { return };
    let script = "provisioner \"remote-exec\" {\n    inline = [\"ssh-add -l\"]\n  }";
    let main = object(&server, "", script);
    let main = main.replace(&format!("private_key = file(\"{}\")", server.key().display()), "");
    let run = |main: &str| {
        let directory = Directory::new(main);
        let mut command = directory.command(&["apply", "-auto-approve"]);
        command.env("SSH_AUTH_SOCK", agent.socket());
        Run::with_input(command, "")
    };
    run(&main).expect(0, &["SSH Agent: true", "(ED25519)"]);
    let without = main.replace("user =", "agent = false\n    timeout = \"3s\"\n    user =");
    run(&without).expect(1, &["SSH Agent: false", "there is nothing to show that it accepts"]);
    let (_, run) = apply(&main.replace("user =", "agent = true\n    user ="));
    run.expect(1, &["SSH_AUTH_SOCK is not set"]);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let Some(server) = Server::start("settings_that_make_no_sense_are_refused") else { return };
    let script = "provisioner \"remote-exec\" {\n    inline = [\"true\"]\n  }";
    let summary = "Error: remote-exec provisioner error";
    for (more, reason) in [
        ("target_platform = \"vms\"", "must be \"unix\" or \"windows\""),
        (
            "bastion_host = \"x\"\n    bastion_port = 65536",
            "bastion_port must be a whole number from 0 to 65535",
        ),
        ("certificate = \"nonsense\"", "the certificate cannot be read"),
        ("host_key = \"nonsense\"", "host_key is no public key"),
        ("proxy_host = \"x\"\n    proxy_scheme = \"gopher\"", "proxy_scheme is \"gopher\""),
    ] {
        apply(&object(&server, more, script)).1.expect(1, &[summary, reason]);
    }
    let without = format!("resource \"terraform_data\" \"a\" {{\n  {script}\n}}\n");
    apply(&without).1.expect(1, &[summary, "There is no \"connection\" block"]);
}

#[test]
fn types_of_connections_that_are_not_there_are_refused_before_anything_is_changed() {
    let main = "resource \"terraform_data\" \"a\" {\n  connection {\n    type = \"winrm\"\n    host = \"x\"\n  }\n  provisioner \
                \"file\" {\n    content = \"x\"\n    destination = \"x\"\n  }\n}\nresource \"terraform_data\" \"b\" {}\n";
    let directory = Directory::new(main);
    directory.run(&["validate"]).expect(0, &[]);
    let refused = ["Error: file provisioner error", "on main.tf line 6", "\"winrm\" are not supported"];
    directory.run(&["apply", "-auto-approve"]).expect(1, &refused);
    assert!(!directory.exists("terraform.tfstate"));
}

#[test]
fn arguments_that_exclude_each_other_are_found_before_anything_is_done() {
    let validate = |body: &str| {
        let main = format!("resource \"terraform_data\" \"a\" {{\n  provisioner {body}\n}}\n");
        Directory::new(&main).run(&["validate"])
    };
    let both = "\"file\" {\n    source = \"a\"\n    content = \"b\"\n    destination = \"c\"\n  }";
    validate(both).expect(1, &["Cannot set both 'source' and 'content'", "on main.tf line 2"]);
    let neither = "\"file\" {\n    destination = \"c\"\n  }";
    validate(neither).expect(1, &["Must provide one of 'source' or 'content'", "on main.tf line 2"]);
    let wrong = "Invalid remote-exec provisioner configuration";
    validate("\"remote-exec\" {}").expect(1, &[wrong, "on main.tf line 2"]);
    validate("\"remote-exec\" {\n    inline = []\n    script = \"x\"\n  }").expect(1, &[wrong]);
    validate("\"remote-exec\" {\n    inline = []\n  }").expect(0, &[]);
}
