//! Cases of the corpus once more, with their configuration in JSON.
//!
//! What cases promise is about the native form, so only whether both tools do the same is looked at.
//! `CASE=text` runs the cases whose name contains the text, `CASE=` all of them.

#![expect(clippy::print_stdout, reason = "what was skipped is for people")]

#[path = "json_form/convert.rs"]
mod convert;

use std::path::Path;

use plumb_testkit::{
    Aspect, Case, Difference, KnownDifferences, compare, own_directory, plumb, provider_server, run_case,
    terraform,
};

/// Between them they have every kind of block and arguments of every reading.
const USUAL: [&str; 9] = [
    "check-blocks",
    "dynamic-blocks",
    "import-blocks",
    "lifecycle-wrong",
    "modules",
    "nested-blocks",
    "provider-configuration",
    "provisioners",
    "variable-types",
];

/// Both tools do things side by side, in an order of their own each time.
const RUNS_MAX: usize = 3;

#[test]
fn json_means_what_it_means_to_terraform() {
    let Some(terraform) = terraform() else {
        println!("skipped: json_means_what_it_means_to_terraform: no terraform on PATH");
        return;
    };
    let plumb = plumb().expect("plumb");
    let server = provider_server().expect("the provider server");
    let known = std::fs::read_to_string(own_directory().join("known-differences.json")).expect("the list");
    let known = KnownDifferences::read(&known).expect("the list");
    let filter = std::env::var("CASE");
    let is_wanted = |name: &str| match &filter {
        Ok(filter) => name.contains(filter),
        Err(_) => USUAL.contains(&name),
    };
    let cases = Case::read_all(&own_directory().join("corpus")).expect("the corpus");
    let scratch = tempfile::tempdir().expect("a directory");
    let mut report = String::new();
    for case in cases.into_iter().filter(|case| is_wanted(&case.name)) {
        let case = in_json(case, scratch.path());
        let differences = || -> Vec<Difference> {
            let run = |program| run_case(&case, program, &server).expect("a workspace");
            let differences = compare(&run(&terraform), &run(&plumb));
            let differences = differences.into_iter().map(without_templates_as_constants);
            let unexplained =
                |one: &Difference| !one.places.is_empty() && known.unexplained(&case.name, one).is_some();
            differences.filter(unexplained).collect()
        };
        let mut found = differences();
        for _ in 1..RUNS_MAX {
            if found.is_empty() {
                break;
            }
            found = differences();
        }
        if !found.is_empty() {
            report.push_str(&format!("{}\n", case.name));
            found.iter().for_each(|difference| report.push_str(&difference.to_string()));
        }
    }
    assert!(report.is_empty(), "plumb differs:\n{report}");
}

/// Terraform calls the text of a template in JSON the constant value of its expression, whatever the
/// expression refers to. Plumb does not, on purpose.
fn without_templates_as_constants(mut difference: Difference) -> Difference {
    if matches!(difference.aspect, Aspect::Configuration | Aspect::Output) {
        let is_template = |place: &String| {
            place.contains("constant_value") && place.contains("only expected") && place.contains("${")
        };
        difference.places.retain(|place| !is_template(place));
    }
    difference
}

/// The case with its files in JSON. Files that cannot be read stay as they are.
fn in_json(mut case: Case, scratch: &Path) -> Case {
    let directory = scratch.join(&case.name);
    convert_below(&case.directory, &directory);
    case.directory = directory;
    for step in &mut case.steps {
        step.write = std::mem::take(&mut step.write)
            .into_iter()
            .map(|(name, text)| match text.as_deref().map(convert::convert) {
                _ if !name.ends_with(".tf") => (name, text),
                Some(None) => (name, text),
                Some(Some(json)) => (format!("{name}.json"), Some(json)),
                None => (format!("{name}.json"), None),
            })
            .collect();
    }
    case
}

fn convert_below(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            convert_below(&path, &to.join(&name));
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        let converted =
            std::str::from_utf8(&bytes).ok().filter(|_| name.ends_with(".tf")).and_then(convert::convert);
        match converted {
            Some(json) => std::fs::write(to.join(format!("{name}.json")), json),
            None => std::fs::write(to.join(&name), &bytes),
        }
        .expect("a file");
    }
}
