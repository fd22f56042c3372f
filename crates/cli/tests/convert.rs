//! `convert`: playbooks become deploys that can be planned.

mod support;

use std::path::Path;

use support::Directory;

/// What is said where code does not fit the library. A host may lack what a playbook needs, but not that.
const MISFITS: [&str; 7] = [
    "A value does not fit",
    "has no argument",
    "has no attribute",
    "Missing named-only parameter",
    "No such name",
    "Invalid code",
    "Type of parameter",
];

const SITE: &str = "
- hosts: all
  vars: {root: ROOT}
  tasks:
    - name: A place
      file: path={{ root }}/site state=directory mode=0750
    - name: Configure
      template: {src: site.j2, dest: '{{ root }}/site/', mode: '0640'}
      notify: note
    - name: Wait
      pause: seconds=1
  handlers:
    - name: note
      lineinfile: {path: '{{ root }}/history', line: changed, create: yes}
";

fn directory() -> Directory {
    let directory = Directory::new("");
    let root = directory.path().to_str().unwrap().to_owned();
    directory.write("site.yml", &SITE.replace("ROOT", &root));
    directory.write("templates/site.j2", "{# of #}on {{ inventory_hostname }} in {{ root }}\n");
    directory
}

#[test]
fn what_a_playbook_does_is_done_by_the_deploy_and_once() {
    let directory = directory();
    let converted = directory.run(&["convert", "-output=out/site.star", "site.yml"]);
    converted.expect(
        0,
        &["out/site.star written", "Not converted", "on site.yml line 11", "Nobody is waited for"],
    );
    let done = directory.run(&["deploy", "-yes", "@local", "out/site.star"]);
    done.expect(0, &["A place: changed", "Configure: changed", "note: changed"]);
    assert_eq!(directory.read("history"), "changed\n");
    let text = format!("on @local in {}\n", directory.path().display());
    assert_eq!(directory.read("site/site.j2"), text);
    let again = directory.run(&["deploy", "-yes", "@local", "out/site.star"]);
    again.expect(0, &["No changes"]);
    // Somebody may have worked on it.
    let refused = directory.run(&["convert", "-output=out/site.star", "site.yml"]);
    refused.expect(1, &["File already exists", "out/site.star"]);
}

#[test]
fn code_and_warnings_are_parted() {
    let directory = directory();
    let run = directory.run(&["convert", "site.yml"]).expect(0, &["def all_hosts(host):", "Not converted"]);
    assert!(run.stdout.contains("# not converted: nobody is waited for") && !run.stderr.contains("def "));
    let run = directory.run(&["convert", "-json", "site.yml"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(json["files"][0]["content"].as_str().unwrap().contains("def deploy(host):"));
    assert_eq!(json["diagnostics"][0]["severity"], "warning");
    assert_eq!(json["diagnostics"][0]["range"]["start"]["line"], 11);
    directory.write("bad.yml", "- hosts: all\n  tsks: []\n");
    directory.run(&["convert", "bad.yml"]).expect(1, &["Invalid play", "on bad.yml line 2", "Did you mean"]);
    directory.run(&["convert", "none.yml"]).expect(1, &["Cannot read file", "none.yml"]);
    directory.run(&["convert", "-json", "bad.yml"]).expect(1, &["\"severity\":\"error\""]);
}

/// Every case of the crate, with some values for what its playbooks leave to inventories.
#[test]
fn every_operation_that_is_written_is_in_the_library_with_its_arguments() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../playbook/tests/cases");
    let data = [
        "a=one",
        "b=two",
        "c={\"d\": 1}",
        "d={\"k\": 1}",
        "feature=yes",
        "l=[1]",
        "m=[2]",
        "memory=200",
        "mode=a",
        "names=[\"root\"]",
        "office=10.0.0.0/8",
        "p=/a",
        "people={\"a\": {\"uid\": 1}}",
        "php_version=8.2",
        "ports=[80, 81]",
        "prefix=p",
        "strict=true",
        "text=a,b",
        "thing=x",
        "token=t",
        "two=yes",
        "url=file:///x",
        "wanted=started",
        "name=x",
        "rows=[{\"n\": 1}]",
        "size=1",
        "x=1",
        "y=2",
        "password=p",
    ];
    let mut wrong = Vec::new();
    for case in std::fs::read_dir(cases).unwrap() {
        let case = case.unwrap().path();
        // It has every expression and no operation: no values fit all of them.
        if case.ends_with("expressions") {
            continue;
        }
        let directory = Directory::new("");
        copy(&case, directory.path());
        directory.run(&["convert", "-output=deploy.star", "playbook.yml"]).expect(0, &[]);
        let given = data.iter().flat_map(|one| ["-data", one]);
        let words: Vec<&str> = ["deploy", "-plan", "-input=false"]
            .into_iter()
            .chain(given)
            .chain(["@local", "deploy.star"])
            .collect();
        let planned = directory.run(&words);
        if MISFITS.iter().any(|misfit| planned.says(misfit)) {
            wrong.push(format!("{}:\n{}", case.display(), planned.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let goal = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir_all(&goal).unwrap();
            copy(&path, &goal);
        } else {
            std::fs::copy(&path, &goal).unwrap();
        }
    }
}
