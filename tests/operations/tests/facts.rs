//! Facts, of systems of their own: each answers everywhere, whatever is missing there.

use std::collections::BTreeMap;

use plumb_operations::Site;
use plumb_targets::{BusyBox, Debian, Target};
use serde_json::{Value, json};

const FACTS: &str = include_str!("../../../docs/operations/facts.md");

/// All facts that are asked for without arguments, by their modules, as the documents list them.
fn without_arguments() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut facts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in FACTS.lines() {
        let Some(call) = line.strip_prefix("* `").and_then(|rest| rest.split('`').next()) else { continue };
        let Some((name, given)) = call.split_once('(') else { continue };
        let needs = |given: &str| !given.is_empty() && !given.contains(" = ") && !given.starts_with('*');
        if given.trim_end_matches(')').split(", ").any(needs) {
            continue;
        }
        let (module, fact) = name.split_once('.').expect("a module and a fact");
        // A server that does not answer is an error, and no answer.
        if ["mysql", "postgres"].contains(&module) {
            continue;
        }
        facts.entry(module).or_default().push(fact);
    }
    facts
}

/// What each of them is, by one deploy.
fn answers(target: &Target) -> Value {
    let facts = without_arguments();
    let modules: Vec<String> = facts.keys().map(|module| format!("{module:?}")).collect();
    let names: Vec<String> = facts
        .iter()
        .flat_map(|(module, names)| names.iter().map(move |name| format!("{module}.{name}")))
        .collect();
    let code = format!(
        "load(\"@plumb//facts\", {})\n\ndef deploy(host):\n    said = together({})\n    \
         print(json.encode(dict(zip({names:?}, said))))\n",
        modules.join(", "),
        names.join(", "),
    );
    let site = Site::of(target, &[]);
    site.write("deploy.star", &code);
    let ended = site.plumb(&["deploy", "-plan", "-no-color", "hosts.ini", "deploy.star"]);
    assert_eq!(ended.code, 0, "{}", ended.output);
    let line = ended.output.lines().find_map(|line| line.find("{\"").map(|at| &line[at..]));
    let line = line.unwrap_or_else(|| panic!("nothing is said: {}", ended.output));
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn everywhere(said: &Value) {
    assert_eq!(said["server.kernel"], "Linux");
    assert_eq!(said["server.user"], "root");
    assert_eq!(said["server.reboot_required"], false);
    assert_eq!(said["server.etc_hosts"]["127.0.0.1"], json!(["localhost"]));
    assert!(said["server.uptime"].as_u64().is_some_and(|seconds| seconds > 0), "{said}");
    assert_eq!(said["server.load_average"].as_array().map(Vec::len), Some(3));
    assert!(said["server.date"].as_str().is_some_and(|date| date.starts_with("20")), "{said}");
    let processes = said["server.processes"].as_array().expect("processes");
    assert!(
        processes.iter().any(|process| process["pid"] == 1 && process["user"] == "root"),
        "{processes:?}"
    );
    assert!(said["server.sysctl"].is_object());
    assert!(said["hardware.cpus"].as_u64().is_some_and(|count| count > 0), "{said}");
    assert!(said["hardware.cpu"]["processors"].as_u64().is_some_and(|count| count > 0), "{said}");
    assert!(said["hardware.memory"]["MemTotal"].as_u64().is_some_and(|size| size > 0), "{said}");
    for missing in
        ["docker.containers", "podman.ps", "brew.version", "uv.version", "systemd.status", "efibootmgr.boot"]
    {
        assert_eq!(said[missing], Value::Null, "{missing}");
    }
}

#[test]
fn facts_answer_where_programs_are_missing() {
    let test = "facts_answer_where_programs_are_missing";
    if let Some(debian) = Debian::start(test) {
        let said = answers(&debian);
        everywhere(&said);
        assert_eq!(said["server.linux_name"], "Debian GNU/Linux");
        assert_eq!(said["server.linux_distribution"]["major"], 12);
        assert_eq!(said["deb.arch"], json!(debian.must("dpkg --print-architecture").trim()));
        assert!(said["deb.packages"]["dpkg"].is_string());
    }
    if let Some(busybox) = BusyBox::start(test) {
        let said = answers(&busybox);
        everywhere(&said);
        assert_eq!(said["server.linux_distribution"]["name"], Value::Null);
        assert_eq!(said["deb.arch"], Value::Null);
        assert_eq!(said["hardware.ipv4_addresses"]["lo"], json!(["127.0.0.1"]));
    }
}

/// What a fact is.
#[track_caller]
fn fact(site: &Site, name: &str, arguments: &[&str]) -> Value {
    site.fact(name, arguments)["value"].take()
}

fn of_paths(target: &Target) {
    target.must(
        "mkdir -p '/srv/d e' && cd /srv && printf 'one\\n# BEGIN MANAGED BLOCK\\ntwo\\n# END MANAGED BLOCK\\n' >'d e/f' && \
         chmod 640 'd e/f' && ln -s 'd e/f' link && head -c 2048 /dev/zero >'d e/zeros'; sleep 1000 >/dev/null 2>&1 &",
    );
    let site = Site::of(target, &[]);
    let file = "/srv/d e/f";
    let entry = fact(&site, "files.file", &[file]);
    assert_eq!((&entry["user"], &entry["mode"], &entry["size"]), (&json!("root"), &json!("640"), &json!(50)));
    assert_eq!(fact(&site, "files.directory", &[file]), false);
    assert_eq!(fact(&site, "files.directory", &["/srv/d e"])["group"], "root");
    assert_eq!(fact(&site, "files.link", &["/srv/link"])["target"], "d e/f");
    assert_eq!(fact(&site, "files.file", &["/srv/none"]), Value::Null);
    assert_eq!(fact(&site, "files.block", &[file]), json!(["two"]));
    assert_eq!(fact(&site, "files.find_in_file", &[file, "^o.e$"]), json!(["one"]));
    assert_eq!(fact(&site, "files.find_in_file", &["/srv/none", "x"]), Value::Null);
    let sum = target.must("sha256sum '/srv/d e/f'");
    assert_eq!(fact(&site, "files.sha256", &[file]), json!(sum.split(' ').next()));
    for kind in ["files.md5", "files.sha1"] {
        assert!(fact(&site, kind, &[file]).is_string(), "{kind}");
    }
    assert!(fact(&site, "files.contents", &[file]).as_str().is_some_and(|text| text.starts_with("one\n")));
    assert_eq!(fact(&site, "files.find_files", &["/srv"]), json!(["/srv/d e/f", "/srv/d e/zeros"]));
    assert_eq!(fact(&site, "files.find_files", &["/srv", "min_size=1K"]), json!(["/srv/d e/zeros"]));
    assert_eq!(fact(&site, "files.find_files", &["/srv", "max_size=2047"]), json!([file]));
    assert_eq!(fact(&site, "files.find_files", &["/srv", "size=2k"]), json!(["/srv/d e/zeros"]));
    assert_eq!(fact(&site, "files.find_files", &["/srv", "maxdepth=1"]), json!([]));
    assert_eq!(fact(&site, "files.find_links", &["/srv", "iname=L*"]), json!(["/srv/link"]));
    assert_eq!(fact(&site, "files.find_directories", &["/srv", "fname=d*"]), json!(["/srv/d e"]));
    assert_eq!(fact(&site, "server.which", &["sh"]).as_str().map(|path| path.ends_with("sh")), Some(true));
    assert_eq!(fact(&site, "server.which", &["no-such-program"]), Value::Null);
    assert_eq!(fact(&site, "server.command", &["echo a; echo b"]), "a\nb");
    assert_eq!(fact(&site, "server.running", &["^sleep 10+$"])[0][1], "sleep 1000");
    assert_eq!(fact(&site, "server.processes", &["1"])[0]["pid"], 1);
    assert_eq!(fact(&site, "server.authorized_keys", &["root"]).as_array().map(Vec::len), Some(1));
    assert_eq!(fact(&site, "server.port", &["1"]), Value::Null);
    let value = target.must("cat /proc/sys/kernel/ostype");
    assert_eq!(fact(&site, "server.sysctl", &["kernel.ostype"])["kernel.ostype"], value.trim());
}

#[test]
fn facts_of_paths_and_processes_are_so() {
    let test = "facts_of_paths_and_processes_are_so";
    if let Some(debian) = Debian::start(test) {
        of_paths(&debian);
    }
    if let Some(busybox) = BusyBox::start(test) {
        of_paths(&busybox);
    }
}
