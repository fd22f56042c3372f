//! A directory with a deploy, and hosts behind one server.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use plumb_many_hosts::Hosts;
use serde_json::Value;

pub(crate) struct Site {
    directory: tempfile::TempDir,
    hosts: Hosts,
}

/// What a run came to: all that it has written, and its exit code.
pub(crate) struct Run {
    pub(crate) output: String,
    pub(crate) status: i32,
}

impl Run {
    #[track_caller]
    pub(crate) fn expect(&self, status: i32, texts: &[&str]) {
        // Texts for people are broken into lines.
        let flat = self.output.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert_eq!(self.status, status, "{}", self.output);
        for text in texts {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(&text), "{text}: {}", self.output);
        }
    }

    /// The objects of a type in what was written as JSON.
    pub(crate) fn lines(&self, kind: &str) -> Vec<Value> {
        let objects = self.output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        objects.filter(|object| object["type"] == kind).collect()
    }
}

#[allow(dead_code, reason = "each test program uses a part of this")]
impl Site {
    pub(crate) fn new(code: &str) -> Self {
        let site = Site { directory: tempfile::tempdir().expect("a directory"), hosts: Hosts::start() };
        site.write("deploy.star", code);
        site
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory.path().join(name), text).expect(name);
    }

    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.directory.path().join(name)).expect(name);
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name))
            .unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.directory.path().join(name).exists()
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        std::fs::metadata(self.directory.path().join(name)).expect(name).permissions().mode() & 0o777
    }

    pub(crate) fn path(&self) -> String {
        self.directory.path().to_str().expect("a path").to_owned()
    }

    /// What an inventory in lines says of the way to all hosts.
    pub(crate) fn way(&self) -> String {
        let port = self.hosts.port();
        format!("\n[all:vars]\nssh_hostname=127.0.0.1\nssh_port={port}\nssh_strict_host_key_checking=off\n")
    }

    /// Files that note what deploys have left over.
    pub(crate) fn left_over(&self) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(self.directory.path().join(".terraform/deploys")) else {
            return Vec::new();
        };
        let name = |file: std::fs::DirEntry| file.file_name().into_string().expect("a name");
        files.map(|file| format!(".terraform/deploys/{}", name(file.expect("a file")))).collect()
    }

    pub(crate) fn deploy(&self, inventory: &str, options: &[&str]) -> Run {
        self.deploy_as(inventory, options, "off")
    }

    /// Deploys, with this policy for keys of hosts.
    pub(crate) fn deploy_as(&self, inventory: &str, options: &[&str], checking: &str) -> Run {
        let output = self.command(inventory, options, checking).output().expect("plumb runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Run { output: text(output.stdout) + &text(output.stderr), status: output.status.code().unwrap_or(-1) }
    }

    pub(crate) fn command(&self, inventory: &str, options: &[&str], checking: &str) -> Command {
        let directory = self.directory.path();
        let mut command = Command::new(plumb_testkit::built("plumb").expect("plumb"));
        let data = |name: &str, value: &str| format!("-data={name}={value}");
        command
            .current_dir(directory)
            .env("HOME", directory)
            .env_remove("SSH_AUTH_SOCK")
            .env_remove("TF_DATA_DIR")
            .args(["deploy", "-no-color"])
            .args(options)
            .arg(data("root", directory.to_str().expect("a path")))
            .stdin(Stdio::null());
        // Files say themselves how hosts are reached.
        if !inventory.ends_with(".ini") {
            command
                .arg(data("ssh_hostname", "127.0.0.1"))
                .arg(data("ssh_port", &self.hosts.port().to_string()))
                .arg(data("ssh_strict_host_key_checking", checking))
                .arg(data("ssh_known_hosts", &format!("{}/.ssh/known_hosts", directory.display())));
        }
        command.args([inventory, "deploy.star"]);
        command
    }
}
