//! Runs a case through a tool.
//!
//! Responsible for making commands comparable (machine output, no questions, saved plans shown) and
//! for collecting what each left behind. What is compared how is `normalise`'s.

use std::path::Path;

use serde_json::{Value as Json, json};

use crate::normalise::{self, Normaliser};
use crate::{Aspect, Case, Finished, Program, Step, StepRecord, Workspace, WorkspaceError};

/// The state of the default workspace.
const STATE_FILE: &str = "terraform.tfstate";

/// Which versions of providers are used.
const LOCK_FILE: &str = ".terraform.lock.hcl";

/// Which modules lie where.
const MODULES_FILE: &str = ".terraform/modules/modules.json";

/// So much of what a command said is shown where a case is wrong.
const SUMMARY_LENGTH_MAX: usize = 2000;

/// Runs every step of a case in a fresh workspace.
pub fn run_case(
    case: &Case,
    program: &Program,
    provider_server: &Path,
) -> Result<Vec<StepRecord>, WorkspaceError> {
    let mut workspace = Workspace::new(provider_server, case.installation)?;
    workspace.copy(&case.directory, &|path| path.ends_with("case.json") || case.is_overlay(path))?;
    let schema = workspace.directory().join("schema.json");
    if schema.exists() {
        workspace.set("PROBE_SCHEMA", &schema.display().to_string());
    }
    for (name, value) in &case.environment {
        workspace.set(name, value);
    }
    let mut records = Vec::new();
    for (index, step) in case.steps.iter().enumerate() {
        records.push(run_step(case, step, index, program, &mut workspace)?);
    }
    Ok(records)
}

fn run_step(
    case: &Case,
    step: &Step,
    index: usize,
    program: &Program,
    workspace: &mut Workspace,
) -> Result<StepRecord, WorkspaceError> {
    if let Some(overlay) = &step.overlay {
        workspace.copy(&case.directory.join(overlay), &|_| false)?;
    }
    for (name, content) in &step.write {
        workspace.write(name, content.as_deref())?;
    }
    for (name, members) in &step.objects {
        workspace.change_object(name, members.as_ref())?;
    }
    let command = Invocation::new(step, index);
    for (name, value) in &step.environment {
        workspace.set(name, value);
    }
    let finished = workspace.run(&program.path, &command.arguments, &step.input)?;
    for name in step.environment.keys() {
        match case.environment.get(name) {
            Some(value) => workspace.set(name, value),
            None => workspace.unset(name),
        }
    }
    let mut record = StepRecord { command: step.run.clone(), ..StepRecord::default() };
    record.said = summary(&finished);
    let normaliser = Normaliser::new(workspace.root());
    let mut aspects = vec![(Aspect::ExitCode, json!(finished.exit_code))];
    if let Some(plan) = &command.saved_plan {
        aspects.extend(shown_plan(program, workspace, plan, &normaliser)?);
    }
    aspects.extend(said(&command, &finished, &normaliser));
    aspects.push((Aspect::State, normalise::state(&normaliser, workspace.json_file(STATE_FILE))));
    aspects.push((Aspect::Objects, workspace.all_objects()?.into_iter().collect()));
    aspects.push((Aspect::Installed, installed(workspace)));
    aspects.push((Aspect::Requests, normaliser.tree(normalise::requests(&finished.requests))));
    let order = normalise::order(&step.order, &finished.requests);
    record.broken_promises = broken_promises(step, &finished, &order);
    aspects.push((Aspect::Order, order));
    record.aspects = aspects.into_iter().collect();
    Ok(record)
}

/// The dependency lock file, and which modules lie where.
fn installed(workspace: &Workspace) -> Json {
    let lock = std::fs::read_to_string(workspace.directory().join(LOCK_FILE)).ok();
    json!({"lock": lock, "modules": workspace.json_file(MODULES_FILE)})
}

/// The errors of a stream of messages, or the beginning of what else was said.
fn summary(finished: &Finished) -> String {
    let problem = |line: &str| -> Option<String> {
        let message: Json = serde_json::from_str(line).ok()?;
        let diagnostic = message.get("diagnostic").filter(|found| found["severity"] == "error")?;
        Some(format!("  {}: {}", diagnostic["summary"].as_str()?, diagnostic["detail"].as_str()?))
    };
    let problems: Vec<String> = finished.stdout.lines().filter_map(problem).collect();
    if !problems.is_empty() {
        return problems.join("\n");
    }
    format!("{}{}", finished.stdout, finished.stderr).chars().take(SUMMARY_LENGTH_MAX).collect()
}

fn broken_promises(step: &Step, finished: &Finished, order: &Json) -> Vec<String> {
    let mut broken = Vec::new();
    for (rule, _) in order.as_object().into_iter().flatten().filter(|(_, holds)| **holds == false) {
        broken.push(format!("the order is not {rule}"));
    }
    if finished.exit_code != Some(step.exit) {
        let code = finished.exit_code.map_or_else(|| "none".to_owned(), |code| code.to_string());
        broken.push(format!("the exit code is {code} instead of {}", step.exit));
    }
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Machine output has quotes and line breaks escaped.
    let said =
        words(&format!("{} {}", finished.stdout, finished.stderr).replace("\\n", " ").replace("\\\"", "\""));
    for text in &step.says {
        if !said.contains(&words(text)) {
            broken.push(format!("nothing says \"{text}\""));
        }
    }
    broken
}

/// A command as it is run.
struct Invocation {
    arguments: Vec<String>,
    /// The plan that it saves.
    saved_plan: Option<String>,
    output: Output,
}

/// What a command prints.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    /// Messages, one a line.
    Stream,
    /// One JSON document.
    Document,
    /// Text that is what the command was asked for.
    Text,
    /// Text for people.
    Prose,
}

impl Invocation {
    fn new(step: &Step, index: usize) -> Self {
        let words: Vec<String> = step.run.split_whitespace().map(str::to_owned).collect();
        let verb = words.iter().find(|word| !word.starts_with('-')).cloned().unwrap_or_default();
        if step.raw {
            let output = output_of(&verb, &words);
            return Invocation { arguments: words, saved_plan: None, output };
        }
        let position = words.iter().position(|word| *word == verb).map_or(0, |position| position + 1);
        let (before, after) = words.split_at(position);
        let mut arguments = before.to_vec();
        let has = |flag: &str| words.iter().any(|word| word.starts_with(flag));
        let mut saved_plan = None;
        match &*verb {
            "plan" => {
                arguments.extend(["-json", "-input=false"].map(str::to_owned));
                let given = words.iter().find_map(|word| word.strip_prefix("-out=")).map(str::to_owned);
                saved_plan = given.clone().or_else(|| Some(format!(".step-{index}.tfplan")));
                if let (None, Some(path)) = (given, &saved_plan) {
                    arguments.push(format!("-out={path}"));
                }
            }
            "apply" | "destroy" => {
                arguments.extend(["-json", "-input=false"].map(str::to_owned));
                if after.iter().all(|word| word.starts_with('-')) {
                    arguments.push("-auto-approve".to_owned());
                }
            }
            "refresh" => arguments.extend(["-json", "-input=false"].map(str::to_owned)),
            "test" => arguments.push("-json".to_owned()),
            "validate" if !has("-json") => arguments.push("-json".to_owned()),
            "import" | "init" => arguments.extend(["-input=false", "-no-color"].map(str::to_owned)),
            _ => {}
        }
        arguments.extend_from_slice(after);
        let output = output_of(&verb, &arguments);
        Invocation { arguments, saved_plan, output }
    }
}

fn output_of(verb: &str, words: &[String]) -> Output {
    let is_json = words.iter().any(|word| word == "-json");
    match (verb, is_json) {
        ("plan" | "apply" | "destroy" | "refresh" | "test", true) => Output::Stream,
        (_, true) => Output::Document,
        ("state", false) if words.iter().any(|word| word == "pull") => Output::Document,
        ("state", false) if words.iter().any(|word| word == "list" || word == "show") => Output::Text,
        ("workspace", false) if words.iter().any(|word| word == "list" || word == "show") => Output::Text,
        ("output" | "console" | "fmt" | "graph", false) => Output::Text,
        _ => Output::Prose,
    }
}

fn shown_plan(
    program: &Program,
    workspace: &mut Workspace,
    plan: &str,
    normaliser: &Normaliser,
) -> Result<Vec<(Aspect, Json)>, WorkspaceError> {
    if !workspace.directory().join(plan).exists() {
        return Ok(vec![(Aspect::Actions, Json::Null)]);
    }
    let arguments = ["show", "-json", plan].map(str::to_owned);
    let finished = workspace.run(&program.path, &arguments, "")?;
    // Why a plan cannot be shown each tool says in its own words.
    let refused = |_| json!({"exit code": finished.exit_code, "plan": "cannot be shown"});
    let shown: Json = serde_json::from_str(&finished.stdout).unwrap_or_else(refused);
    Ok(normalise::plan(normaliser, shown))
}

fn said(command: &Invocation, finished: &Finished, normaliser: &Normaliser) -> Vec<(Aspect, Json)> {
    match command.output {
        Output::Stream => normalise::stream(normaliser, &finished.stdout),
        Output::Document => normalise::document(normaliser, &finished.stdout),
        Output::Text => vec![(Aspect::Output, Json::String(normaliser.text(&finished.stdout)))],
        Output::Prose => Vec::new(),
    }
}
