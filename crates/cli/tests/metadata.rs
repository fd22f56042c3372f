//! What programs learn about the language and the built-in providers.

mod support;

use support::Directory;

#[test]
fn functions_are_described() {
    let directory = Directory::new("");
    let run = directory.run(&["metadata", "functions", "-json"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["format_version"], "1.0");
    let functions = document["function_signatures"].as_object().unwrap();
    assert_eq!(functions["abs"], functions["core::abs"]);
    assert_eq!(functions["range"]["return_type"], serde_json::json!(["list", "number"]));
    assert_eq!(functions["range"]["variadic_parameter"]["name"], "params");
    directory.run(&["metadata", "functions"]).expect(1, &["requires the `-json` flag"]);
}

/// Everything but the words of descriptions.
fn without_words(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.retain(|name, _| !matches!(name.as_str(), "description" | "summary"));
            members.values_mut().for_each(without_words);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_words),
        _ => {}
    }
}

#[test]
fn the_built_in_provider_has_the_schema_of_the_peer() {
    let directory = Directory::new("resource \"terraform_data\" \"a\" {}\n");
    directory.run(&["init"]).expect(0, &[]);
    let run = directory.run(&["providers", "schema", "-json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut ours: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let mut expected: serde_json::Value =
        serde_json::from_str(include_str!("terraform-schema.json")).unwrap();
    without_words(&mut ours);
    without_words(&mut expected);
    assert_eq!(ours, expected);
}
