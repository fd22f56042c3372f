//! Files that are none, or none of the kind that is expected: every command that reads one says so, soon, and
//! changes nothing.
//!
//! What is done is data: each file with the commands that read it, and each way to spoil a file.

mod support;

use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Instant;

use support::{Directory, Run};

const MAIN: &str =
    "variable \"x\" {\n  default = \"1\"\n}\n\nresource \"terraform_data\" \"a\" {\n  input = var.x\n}\n";

/// So deep that whoever recurses without a bound falls over.
const DEEP: usize = 100_000;

/// Longer than any command may take on a machine that is busy with other tests.
const PATIENCE_SECONDS: u64 = 60;

/// Files that the program looks for by itself, with commands that read them.
const FOUND: [(&str, &[&str]); 12] = [
    ("main.tf", &["init", "validate", "plan", "fmt", "graph", "providers"]),
    ("more.tf.json", &["init", "validate"]),
    ("main_override.tf", &["plan"]),
    ("terraform.tfvars.json", &["plan"]),
    (".terraform.lock.hcl", &["plan", "providers lock"]),
    (".terraform/modules/modules.json", &["plan", "get"]),
    (".terraform/terraform.tfstate", &["plan", "state list"]),
    (".terraform/environment", &["plan", "workspace list"]),
    (
        "terraform.tfstate",
        &["plan", "apply -auto-approve", "state list", "output", "show", "taint terraform_data.a"],
    ),
    ("terraform.tfstate.journal", &["plan", "state list"]),
    ("tests/a.tftest.hcl", &["test", "validate"]),
    (".terraform.tfstate.lock.info", &["plan"]),
];

/// Files that a person names.
const NAMED: [(&str, &[&str]); 5] = [
    ("given.tfvars", &["plan -var-file=given.tfvars"]),
    ("given.tfvars.json", &["apply -auto-approve -var-file=given.tfvars.json"]),
    ("saved.tfplan", &["apply saved.tfplan", "show -json saved.tfplan"]),
    ("pushed.tfstate", &["state push pushed.tfstate", "state push -force pushed.tfstate"]),
    ("targets", &["plan -target-file=targets"]),
];

/// Contents that are wrong in one way or another, whatever the file is.
fn contents() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |open: &str, close: &str| [open.repeat(DEEP), close.repeat(DEEP)].concat().into_bytes();
    vec![
        ("nul bytes", vec![0; 64]),
        ("not utf-8", b"\xff\xfe\xfd{".to_vec()),
        ("utf-16", "{\"a\": 1}\n".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("nested brackets", nested("[", "]")),
        ("open brackets", nested("[", "")),
        ("nested objects", nested("{\"a\":", "}")),
        ("truncated", b"{\"version\": 4, \"terraform_ver".to_vec()),
        ("a long line", [b"{\"a\":\"".to_vec(), vec![b'x'; 3_000_000]].concat()),
        ("a huge number", b"{\"a\": 1e999999999, ".to_vec()),
    ]
}

fn applied() -> Directory {
    let directory = Directory::new(MAIN);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
    directory
}

/// Runs a command, which must end soon and explain what it refuses.
#[track_caller]
fn explained(directory: &Directory, command: &str, case: &str) -> Run {
    let begun = Instant::now();
    let words: Vec<&str> = command.split(' ').collect();
    let run = Run::with_input(ending(directory, &words), "");
    let took = begun.elapsed();
    assert!(run.code != 124 && took.as_secs() < PATIENCE_SECONDS, "{case}: {command} takes {took:?}");
    assert!(!run.says("crashed") && !run.says("This is a bug"), "{case}: {command}: {}", run.stderr);
    assert!((0..=2).contains(&run.code), "{case}: {command} ended with {}: {}", run.code, run.stderr);
    let is_told = run.code == 0 || run.says("Error: ");
    assert!(is_told, "{case}: {command} ended with {} and says nothing: {}", run.code, run.stderr);
    run
}

/// The program, ended from outside where it does not end by itself.
fn ending(directory: &Directory, words: &[&str]) -> std::process::Command {
    let patience = PATIENCE_SECONDS.to_string();
    let mut arguments = vec!["-s", "KILL", patience.as_str(), env!("CARGO_BIN_EXE_plumb")];
    arguments.extend(words);
    directory.program(&support::find("timeout").unwrap(), &arguments)
}

#[test]
fn spoiled_contents_are_explained() {
    let original = applied();
    let state = original.read("terraform.tfstate");
    for (file, commands) in FOUND.iter().chain(&NAMED) {
        for (way, content) in contents() {
            let directory = applied();
            let path = directory.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &content).unwrap();
            for command in *commands {
                let run = explained(&directory, command, &format!("{file}, {way}"));
                if run.code != 0 {
                    assert_eq!(std::fs::read(&path).unwrap(), content, "{file}, {way}: {command} changes it");
                }
            }
            assert!(directory.left_of(".tmp").is_empty(), "{file}, {way}: something is left");
        }
    }
    assert_eq!(original.read("terraform.tfstate"), state);
}

#[test]
fn what_is_no_file_is_refused() {
    for (file, commands) in FOUND {
        for way in ["directory", "pipe", "socket", "circle"] {
            // Programs that keep secrets hand out values through pipes, and then something writes into them.
            if way == "pipe" && file.contains(".tfvars") {
                continue;
            }
            let directory = applied();
            let path = directory.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            if path.exists() {
                std::fs::remove_file(&path).unwrap();
            }
            let _socket = put(&path, way);
            for command in commands {
                explained(&directory, command, &format!("{file}, {way}"));
                // Who holds a lock is written anew by whoever gets it.
                let stays = file.ends_with(".lock.info") || std::fs::symlink_metadata(&path).is_ok();
                assert!(stays, "{file}, {way}: {command} removes it");
            }
        }
    }
}

/// Puts something that is no file at a path; a socket lives as long as what is returned.
fn put(path: &Path, way: &str) -> Option<UnixListener> {
    match way {
        "directory" => std::fs::create_dir(path).unwrap(),
        "pipe" => {
            assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        }
        "socket" => return Some(UnixListener::bind(path).unwrap()),
        _ => std::os::unix::fs::symlink(path.file_name().unwrap(), path).unwrap(),
    }
    None
}

#[test]
fn what_has_no_end_is_refused() {
    let directory = applied();
    std::os::unix::fs::symlink("/dev/zero", directory.path().join("endless")).unwrap();
    let run = explained(&directory, "plan -var-file=endless", "a device");
    assert!(run.code == 1 && run.says("may have no end"), "{}", run.stderr);
}

#[test]
fn pipes_that_a_person_names_are_read() {
    let directory = applied();
    let arguments = [
        "-c",
        "exec \"$0\" plan -detailed-exitcode -var-file=<(echo 'x = \"2\"')",
        env!("CARGO_BIN_EXE_plumb"),
    ];
    let Some(bash) = support::find("bash") else { return };
    Run::with_input(directory.program(&bash, &arguments), "").expect(2, &["1 to change"]);
}

/// Runs the program where no file can become larger than 1 KiB, as on a disk that is full.
fn on_a_full_disk(directory: &Directory, words: &[&str]) -> Option<Run> {
    let bash = support::find("bash")?;
    let mut arguments =
        vec!["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_plumb")];
    arguments.extend(words);
    Some(Run::with_input(directory.program(&bash, &arguments), ""))
}

#[test]
fn a_full_disk_leaves_no_half_of_a_file() {
    use std::fmt::Write as _;
    let mut main = String::new();
    for number in 0..40 {
        _ = write!(
            main,
            "module \"m{number}\" {{\n  source =   \"./inner\"\n}}\nvariable \"long_name_{number}\" {{}}\n"
        );
    }
    let directory = Directory::new(&main);
    directory.write(
        "inner/main.tf",
        "resource \"terraform_data\" \"a\" {\n  input = \"a text of some length\"\n}\n",
    );
    let Some(run) = on_a_full_disk(&directory, &["init"]) else { return };
    run.expect(1, &["Failed to update module manifest", "File too large"]);
    assert!(!directory.exists(".terraform/modules/modules.json"));
    on_a_full_disk(&directory, &["fmt"]).unwrap().expect(2, &["Cannot write file", "File too large"]);
    assert_eq!(directory.read("main.tf"), main, "what people have written stays");
    on_a_full_disk(&directory, &["docs", "-output-file=README.md"])
        .unwrap()
        .expect(1, &["Cannot write file"]);
    assert!(!directory.exists("README.md") && directory.left_of(".plumb-").is_empty());

    directory.write("main.tf", &main.replace("variable", "output").replace(" {}", " {\n  value = 1\n}"));
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["40 added"]);
    let state = directory.read("terraform.tfstate");
    for words in [&["taint", "module.m1.terraform_data.a"][..], &["state", "rm", "module.m1"]] {
        on_a_full_disk(&directory, words).unwrap().expect(1, &["Failed to write state"]);
        assert_eq!(directory.read("terraform.tfstate"), state, "{words:?}");
    }
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    directory.run(&["workspace", "new", "other"]).expect(0, &[]);
    assert_eq!(std::fs::read_dir(directory.path().join(".terraform")).unwrap().count(), 2);
}
