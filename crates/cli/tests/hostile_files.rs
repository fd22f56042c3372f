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

/// Everything that writes a file which is not small, beside those above.
const LARGE_WRITERS: [&str; 6] = [
    "plan -out=saved",
    "state mv module.m1.terraform_data.a module.m1.terraform_data.b",
    "state push -force pushed",
    "untaint module.m2.terraform_data.a",
    "get -update",
    "test -junit-xml=results.xml",
];

#[test]
fn a_full_disk_changes_no_file_that_is_there() {
    use std::fmt::Write as _;
    let mut main = String::new();
    for number in 0..12 {
        _ = write!(main, "module \"m{number}\" {{\n  source = \"./inner\"\n}}\n");
    }
    let directory = Directory::new(&main);
    let text = "a text of some length, such as people write ".repeat(20);
    directory
        .write("inner/main.tf", &format!("resource \"terraform_data\" \"a\" {{\n  input = \"{text}\"\n}}\n"));
    let runs: String = (0..20).map(|run| format!("run \"r{run}\" {{\n  command = plan\n}}\n")).collect();
    directory.write("a.tftest.hcl", &runs);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["12 added"]);
    directory.run(&["taint", "module.m2.terraform_data.a"]).expect(0, &[]);
    let state = directory.read("terraform.tfstate");
    directory.write("pushed", &state.replace("a text", "another text"));
    let before = directory.snapshot();
    for line in LARGE_WRITERS {
        let words: Vec<&str> = line.split(' ').collect();
        let Some(run) = on_a_full_disk(&directory, &words) else { return };
        let said = format!("{line}: {}{}", run.stdout, run.stderr);
        // Modules that are beside the configuration are not copied, and their record is what it was.
        let is_fine = run.code == 0 && line.starts_with("get");
        assert!(is_fine || (run.code == 1 && run.stderr.contains("Error: ")), "{said}");
        assert!(!run.says("crashed"), "{said}");
        assert_eq!(directory.snapshot(), before, "{said}");
    }
}

/// Texts that nest, with what closes them, for each language.
fn nested_texts() -> Vec<(&'static str, String)> {
    let nested = |open: &str, close: &str| [open.repeat(DEEP), "1".to_owned(), close.repeat(DEEP)].concat();
    vec![
        ("parentheses", format!("a = {}\n", nested("(", ")"))),
        ("open parentheses", format!("a = {}\n", "(".repeat(DEEP))),
        ("lists", format!("a = {}\n", nested("[", "]"))),
        ("objects", format!("a = {}\n", nested("{a=", "}"))),
        ("templates", format!("a = {}\n", nested("\"${", "}\""))),
        ("calls", format!("a = {}\n", nested("upper(", ")"))),
        ("indices", format!("a = b{}\n", nested("[b", "]"))),
        ("conditions", format!("a = {}\n", nested("true ? ", " : 0"))),
        ("signs", format!("a = {}1\n", "-".repeat(DEEP))),
        ("negations", format!("a = {}true\n", "!".repeat(DEEP))),
        ("loops", format!("a = {}\n", nested("[for x in y : ", "]"))),
        ("directives", format!("a = \"{}\"\n", nested("%{ if true }", "%{ endif }"))),
        ("blocks", nested("a {\n", "}\n")),
        ("JSON in JSON", nested("{\"a\":[", "]}")),
        ("a long name", format!("{} = 1\n", "n".repeat(300_000))),
        ("a long number", format!("a = {}\n", "9".repeat(300_000))),
        ("a long chain", format!("a = b{}\n", ".c".repeat(DEEP))),
        ("a long sum", format!("a = 1{}\n", "+1".repeat(DEEP))),
        ("a long heredoc", format!("a = <<EOT\n{}", "x\n".repeat(DEEP))),
        ("nul", "a = \"\0\"\n\0".to_owned()),
        ("mixed line ends", "a = 1\r\nb = 2\n\rc = 3\r".to_owned()),
        ("mark after mark", "\u{feff}\u{feff}a = 1\n".to_owned()),
        ("mark inside", "a = \u{feff}1\n".to_owned()),
        ("a separator of lines", "a = 1\u{2028}b = 2\n".to_owned()),
        ("letters that look like others", "\u{430} = 1\n\u{202e}b = 2\n".to_owned()),
    ]
}

/// Files that are read as a language, with a command for each.
const LANGUAGES: [(&str, &str); 10] = [
    ("main.tf", "validate"),
    ("main.tf", "fmt"),
    ("more.tf.json", "validate"),
    ("terraform.tfvars", "plan"),
    ("terraform.tfvars.json", "plan"),
    ("a.tftest.hcl", "test"),
    (".terraform.lock.hcl", "init"),
    (".terraform/modules/modules.json", "init"),
    ("settings", "init"),
    ("given", "init -backend-config=given"),
];

#[test]
fn what_nests_or_is_long_is_read_or_refused() {
    let cases: Vec<_> =
        nested_texts().into_iter().flat_map(|text| LANGUAGES.map(|place| (text.clone(), place))).collect();
    support::for_all(&cases, |((way, text), (file, command))| {
        let directory = Directory::new(MAIN);
        directory.write(file, text);
        let case = format!("{file}, {way}");
        let begun = Instant::now();
        let words: Vec<&str> = command.split(' ').collect();
        let mut program = ending(&directory, &words);
        if *file == "settings" {
            program.env("TF_CLI_CONFIG_FILE", directory.path().join("settings"));
        }
        let run = Run::with_input(program, "");
        let took = begun.elapsed();
        assert!(
            run.code != 124 && run.code != 137 && took.as_secs() < PATIENCE_SECONDS,
            "{case}: {command} takes {took:?}"
        );
        assert!(
            !run.says("crashed") && (0..=2).contains(&run.code),
            "{case}: {command}: {} {}",
            run.code,
            run.stderr
        );
        assert!(run.code == 0 || run.says("Error: "), "{case}: {command}: {}", run.stderr);
        if run.code != 0 {
            assert!(directory.read(file) == *text, "{case}: {command} changes it");
        }
        assert!(directory.left_of(".plumb-").is_empty(), "{case}: something is left");
    });
}
