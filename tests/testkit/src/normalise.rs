//! Takes out of records what differs between any two runs: times, identifiers, orders that mean
//! nothing.
//!
//! Responsible for leaving in everything else. What is dropped is listed here and nowhere else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Value as Json, json};

use crate::Aspect;

/// The warning that every command gives where a provider is found by `dev_overrides`.
const OVERRIDE_WARNING: &str = "Provider development overrides are in effect";

/// Requests of which a tool may make fewer or more, as it sees fit.
const UNCOUNTED_METHODS: [&str; 8] = [
    "GetProviderSchema",
    "ValidateProviderConfig",
    "ValidateResourceConfig",
    "ValidateDataResourceConfig",
    "ValidateEphemeralResourceConfig",
    "ConfigureProvider",
    "CallFunction",
    "StopProvider",
];

/// Messages that say when rather than what.
const DROPPED_MESSAGES: [&str; 3] = ["version", "apply_progress", "refresh_progress"];

/// Members that say when, how often, or which run.
const DROPPED_MEMBERS: [&str; 11] = [
    "@timestamp",
    "@level",
    "@module",
    "timestamp",
    "terraform_version",
    "lineage",
    "serial",
    "elapsed_seconds",
    "plumb",
    "plumb_version",
    "ui",
];

static COLOUR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]*m").ok());
static UUID: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").ok());
static TIME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)").ok());
static ELAPSED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"after (\d+m)?\d+s").ok());
static DEPOSED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(deposed(?: object)?:? )[0-9a-f]{8}").ok());

/// Takes one run's own names out of texts and trees.
pub(crate) struct Normaliser {
    roots: Vec<String>,
}

impl Normaliser {
    /// For runs below that directory.
    pub(crate) fn new(root: &Path) -> Self {
        let resolved = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let mut roots = vec![resolved.display().to_string(), root.display().to_string()];
        roots.dedup();
        Normaliser { roots }
    }

    /// A text without what differs between runs.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for root in &self.roots {
            text = text.replace(root.as_str(), "ROOT");
        }
        let mut replace = |pattern: &Option<Regex>, by: &dyn Fn(&Captures<'_>) -> String| {
            if let Some(pattern) = pattern {
                text = pattern.replace_all(&text, |found: &Captures<'_>| by(found)).into_owned();
            }
        };
        // One of the two colours text that goes into a file, too.
        replace(&COLOUR, &|_| String::new());
        replace(&UUID, &|_| "UUID".to_owned());
        replace(&TIME, &|_| "TIME".to_owned());
        replace(&ELAPSED, &|_| "after SOME TIME".to_owned());
        replace(&DEPOSED, &|found| format!("{}KEY", &found[1]));
        text
    }

    /// The same for every text of a tree; members that are dropped are gone.
    pub(crate) fn tree(&self, tree: Json) -> Json {
        match tree {
            Json::String(text) => Json::String(self.text(&text)),
            Json::Array(elements) => elements.into_iter().map(|element| self.tree(element)).collect(),
            Json::Object(members) => {
                let kept = members.into_iter().filter(|(name, _)| !DROPPED_MEMBERS.contains(&name.as_str()));
                let changed = kept.map(|(name, value)| {
                    let is_key = (name == "deposed" || name == "deposed_key") && value.is_string();
                    let value = if is_key { json!("KEY") } else { self.tree(value) };
                    (name, value)
                });
                // Members have no order, and lists that are sorted are sorted by their text.
                Json::Object(changed.collect::<BTreeMap<_, _>>().into_iter().collect())
            }
            other => other,
        }
    }
}

/// Elements in an order of their own: by address where they have one, then by their text.
fn sorted(elements: Vec<Json>) -> Json {
    let key = |one: &Json| format!("{}{}{}", one["address"], one["type"], one);
    let mut keyed: Vec<(String, Json)> = elements.into_iter().map(|one| (key(&one), one)).collect();
    keyed.sort_by(|one, two| one.0.cmp(&two.0));
    keyed.into_iter().map(|(_, element)| element).collect()
}

fn sort_member(tree: &mut Json, name: &str) {
    if let Some(Json::Array(elements)) = tree.get_mut(name) {
        *tree.get_mut(name).unwrap_or(&mut Json::Null) = sorted(std::mem::take(elements));
    }
}

/// The state file; none at all is the same as one with nothing in it, and so is a resource.
pub(crate) fn state(normaliser: &Normaliser, state: Option<Json>) -> Json {
    let empty = || json!({"version": 4, "outputs": {}, "resources": [], "check_results": null});
    let mut tree = normaliser.tree(state.unwrap_or_else(empty));
    if let Some(Json::Array(checks)) = tree.get_mut("check_results") {
        checks.iter_mut().for_each(|check| sort_member(check, "objects"));
    }
    sort_member(&mut tree, "check_results");
    if let Some(Json::Array(resources)) = tree.get_mut("resources") {
        resources.retain(|resource| resource["instances"] != json!([]));
        for resource in resources {
            let Some(Json::Array(instances)) = resource.get_mut("instances") else { continue };
            for instance in instances {
                sort_member(instance, "sensitive_attributes");
                sort_member(instance, "dependencies");
            }
        }
    }
    tree
}

/// The provider's requests, those that count. An upgrade is a function of what is upgraded, so how
/// often the same one is asked for in one command says nothing.
pub(crate) fn requests(requests: &[Json]) -> Json {
    let counted = requests.iter().filter(|request| {
        let method = request["method"].as_str().unwrap_or_default();
        !UNCOUNTED_METHODS.contains(&method)
    });
    let mut relevant: Vec<Json> = Vec::new();
    for request in counted {
        let request =
            json!({"method": request["method"], "type": request["type"], "request": request["request"]});
        if request["method"] != "UpgradeResourceState" || !relevant.contains(&request) {
            relevant.push(request);
        }
    }
    sorted(relevant)
}

/// Which of the rules about the order of changes hold, each `VERB NAME < VERB NAME`.
pub(crate) fn order(rules: &[String], requests: &[Json]) -> Json {
    let changes: Vec<String> = requests
        .iter()
        .filter(|request| request["method"] == "ApplyResourceChange")
        .map(|request| {
            let (prior, planned) = (&request["request"]["prior"], &request["request"]["planned"]);
            let (verb, object) = match (prior.is_null(), planned.is_null()) {
                (_, true) => ("delete", prior),
                (true, false) => ("create", planned),
                (false, false) => ("update", planned),
            };
            format!("{verb} {}", object["name"].as_str().unwrap_or_default())
        })
        .collect();
    let holds = |rule: &String| {
        let (first, second) = rule.split_once(" < ")?;
        let last = changes.iter().rposition(|change| change == first)?;
        Some(last < changes.iter().position(|change| change == second)?)
    };
    rules.iter().map(|rule| (rule.clone(), Json::Bool(holds(rule).unwrap_or(false)))).collect()
}

/// A plan as `show -json` has it.
pub(crate) fn plan(normaliser: &Normaliser, plan: Json) -> Vec<(Aspect, Json)> {
    let mut tree = normaliser.tree(plan);
    let configuration = tree.as_object_mut().and_then(|members| members.remove("configuration"));
    for name in ["resource_changes", "resource_drift", "relevant_attributes", "checks", "deferred_changes"] {
        sort_member(&mut tree, name);
    }
    let changes = tree.get_mut("resource_changes").and_then(Json::as_array_mut);
    for change in changes.into_iter().flatten().filter_map(|change| change.get_mut("change")) {
        // The places that force a replacement are a set.
        sort_member(change, "replace_paths");
    }
    vec![
        (Aspect::Actions, actions(&tree)),
        (Aspect::Configuration, configuration.unwrap_or(Json::Null)),
        (Aspect::Plan, tree),
    ]
}

fn actions(plan: &Json) -> Json {
    let mut actions = serde_json::Map::new();
    for change in plan["resource_changes"].as_array().into_iter().flatten() {
        let deposed = if change.get("deposed").is_some() { " (deposed)" } else { "" };
        let address = format!("{}{deposed}", change["address"].as_str().unwrap_or_default());
        actions.insert(address, change["change"]["actions"].clone());
    }
    for (name, change) in plan["output_changes"].as_object().into_iter().flatten() {
        actions.insert(format!("output.{name}"), change["actions"].clone());
    }
    Json::Object(actions)
}

/// Messages, one a line; lines that are none are kept as texts.
pub(crate) fn stream(normaliser: &Normaliser, text: &str) -> Vec<(Aspect, Json)> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let messages = lines.map(|line| serde_json::from_str(line).unwrap_or(Json::String(line.to_owned())));
    let (diagnostics, messages): (Vec<Json>, Vec<Json>) =
        messages.partition(|message: &Json| message["type"] == "diagnostic");
    let messages = messages.into_iter().filter(|message| {
        let kind = message["type"].as_str().unwrap_or_default();
        // How often a run says that it goes on is a matter of time.
        !DROPPED_MESSAGES.contains(&kind) && message["test_run"]["progress"] != "running"
    });
    let messages = messages.map(|message| normaliser.tree(of_terraform(message))).collect();
    let diagnostics = diagnostics.iter().map(|message| &message["diagnostic"]);
    vec![
        (Aspect::Messages, sorted(messages)),
        (Aspect::Diagnostics, self::diagnostics(normaliser, diagnostics)),
    ]
}

/// Each tool speaks of itself by its own name.
fn of_terraform(mut message: Json) -> Json {
    if let Some(text) = message["@message"].as_str().and_then(|text| text.strip_prefix("Plumb ")) {
        message["@message"] = json!(format!("Terraform {text}"));
    }
    message
}

/// Of errors and warnings: how bad, what about, and where. The explanation is each tool's own.
fn diagnostics<'a>(normaliser: &Normaliser, diagnostics: impl Iterator<Item = &'a Json>) -> Json {
    let relevant = diagnostics.filter(|diagnostic| diagnostic["summary"] != OVERRIDE_WARNING);
    sorted(
        relevant
            .map(|diagnostic| {
                let summary = diagnostic["summary"].as_str().unwrap_or_default();
                // What follows is the members of the cycle, in an order that is never the same.
                let summary = if summary.starts_with("Cycle") { "Cycle" } else { summary };
                // Each tool speaks of itself by its own name.
                let summary = summary.replace("Plumb", "Terraform");
                normaliser.tree(json!({
                    "severity": diagnostic["severity"],
                    "summary": summary,
                    "address": diagnostic["address"],
                    "file": diagnostic["range"]["filename"],
                    "line": diagnostic["range"]["start"]["line"],
                }))
            })
            .collect(),
    )
}

/// One JSON document.
pub(crate) fn document(normaliser: &Normaliser, text: &str) -> Vec<(Aspect, Json)> {
    let Ok(mut document) = serde_json::from_str::<Json>(text) else {
        return vec![(Aspect::Output, Json::String(normaliser.text(text)))];
    };
    if document["version"] == 4 && document["resources"].is_array() {
        return vec![(Aspect::Output, state(normaliser, Some(document)))];
    }
    let mut aspects = Vec::new();
    if let Some(found) = document.as_object_mut().and_then(|members| members.remove("diagnostics")) {
        let found = found.as_array().cloned().unwrap_or_default();
        let found = diagnostics(normaliser, found.iter());
        let count = |severity: &str| {
            let all = found.as_array().into_iter().flatten();
            all.filter(|diagnostic| diagnostic["severity"] == severity).count()
        };
        document["error_count"] = json!(count("error"));
        document["warning_count"] = json!(count("warning"));
        aspects.push((Aspect::Diagnostics, found));
    }
    aspects.push((Aspect::Output, normaliser.tree(document)));
    aspects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_between_runs_is_taken_out() {
        let normaliser = Normaliser::new(Path::new("/nowhere/testkit-1"));
        let tree = json!({
            "serial": 4,
            "id": "0b5f2a4e-90a2-f4a6-9d5a-2f8cb3b0e9d1",
            "deposed": "0badcafe",
            "@message": "x (deposed object 0badcafe): Destruction complete after 1m2s",
            "path": "/nowhere/testkit-1/work at 2024-01-02T03:04:05Z",
        });
        let expected = json!({
            "id": "UUID",
            "deposed": "KEY",
            "@message": "x (deposed object KEY): Destruction complete after SOME TIME",
            "path": "ROOT/work at TIME",
        });
        assert_eq!(normaliser.tree(tree), expected);
    }

    #[test]
    fn no_state_is_an_empty_state() {
        let normaliser = Normaliser::new(Path::new("/nowhere"));
        let empty = json!({"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "x",
            "outputs": {}, "resources": [], "check_results": null});
        assert_eq!(state(&normaliser, None), state(&normaliser, Some(empty)));
    }
}
