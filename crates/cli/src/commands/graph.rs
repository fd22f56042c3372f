//! `graph`: what depends on what, in the language of Graphviz or that of Mermaid.

mod drawing;

use std::collections::{BTreeMap, BTreeSet};

use plumb_address::{ConfigModule, ConfigResource, Mode};
use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_plan::{Plan, PlanMode, PlanOptions, Refresh, StepKind};

use super::operation::{make_plan, prepare};
use super::{in_session, saved_plan};
use crate::arguments::{GraphArguments, LockOptions, Switch, VariableOptions, Wait};
use crate::exit::{CommandResult, Exit};
use crate::session::{Loaded, Session, StatePlace};
use crate::shell::Shell;
use drawing::{Drawing, Group, Language, Node};

const KINDS: [&str; 4] = ["plan", "plan-refresh-only", "plan-destroy", "apply"];
/// Not what is drawn, but how: it goes with a saved plan, too.
const MERMAID: &str = "mermaid";

pub(super) fn run(shell: &mut Shell, arguments: &GraphArguments) -> CommandResult {
    shell.keep_output_clean();
    in_session(shell, async |session| {
        let kind = arguments.kind.as_deref().filter(|kind| *kind != MERMAID);
        let language =
            if arguments.kind.as_deref() == Some(MERMAID) { Language::Mermaid } else { Language::Dot };
        let drawing = match (&arguments.plan, kind) {
            (Some(path), _) => {
                let bytes = saved_plan::read_file(path)?;
                steps(&saved_plan::open(session, path, &bytes, None).await?.saved.plan)
            }
            (None, None | Some("")) => resources(&session.load_or_nothing()?),
            (None, Some(kind)) if KINDS.contains(&kind) => planned(session, kind).await?,
            (None, Some(kind)) => {
                let hint = did_you_mean(kind, KINDS.into_iter().chain([MERMAID]));
                let detail = format!(
                    "The -type option must be \"plan\", \"plan-refresh-only\", \"plan-destroy\", \"apply\" or \"mermaid\", not \
                     {kind:?}.{hint}"
                );
                return Err(Diagnostic::error("Unsupported graph type", detail).into());
            }
        };
        session.shell.terminal.print(&drawing.draw(language));
        Ok(Exit::Success)
    })
}

async fn planned(session: &Session<'_>, kind: &str) -> Result<Drawing, plumb_diagnostics::Diagnostics> {
    let lock = LockOptions { lock: Switch(true), lock_timeout: Wait::default() };
    let prompt = session.prompt(true);
    let variables = VariableOptions::default();
    let prepared =
        prepare(session, &StatePlace::default(), &variables, &lock, "OperationTypeGraph", &prompt).await?;
    let mode = match kind {
        "plan-refresh-only" => PlanMode::RefreshOnly,
        "plan-destroy" => PlanMode::Destroy,
        _ => PlanMode::Normal,
    };
    let options = PlanOptions { mode, refresh: Refresh::None, ..PlanOptions::default() };
    let planned = make_plan(session, &prepared, options).await?;
    session.shell.checked(((), planned.diagnostics))?;
    prepared.opened.close().await?;
    Ok(steps(&planned.plan))
}

/// How the managed resources and data sources of a configuration depend on each other, without the
/// edges that follow from others.
fn resources(loaded: &Loaded) -> Drawing {
    let config = &loaded.config;
    let mut nodes: BTreeMap<ConfigModule, Vec<ConfigResource>> = BTreeMap::new();
    let mut reached: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in &config.modules {
        for resource in module.resources.keys().filter(|resource| resource.mode != Mode::Ephemeral) {
            let address = resource.in_config(module.path.clone());
            let all = loaded.index.dependencies(config, &address);
            reached.insert(address.to_string(), all.iter().map(ToString::to_string).collect());
            nodes.entry(module.path.clone()).or_default().push(address);
        }
    }
    let node =
        |address: &ConfigResource| Node { name: address.to_string(), label: address.resource.to_string() };
    let groups = nodes.iter().map(|(module, resources)| Group {
        label: if module.is_root() { String::new() } else { module.to_string() },
        nodes: resources.iter().map(node).collect(),
    });
    let mut drawing = Drawing { groups: groups.collect(), edges: Vec::new() };
    for (from, targets) in &reached {
        for target in targets {
            let is_implied = targets.iter().any(|other| {
                other != target && reached.get(other).is_some_and(|further| further.contains(target))
            });
            if !is_implied {
                drawing.edges.push((from.clone(), target.clone()));
            }
        }
    }
    drawing
}

/// The steps of a plan.
fn steps(plan: &Plan) -> Drawing {
    let mut group = Group::default();
    let mut edges = Vec::new();
    for (at, step) in plan.steps.steps.iter().enumerate() {
        let label = match (step.kind, step.kind.change().and_then(|change| plan.changes.get(change))) {
            (kind, Some(change)) => format!("{} {}", verb(kind), change.address),
            (_, None) => "(all of these)".to_owned(),
        };
        group.nodes.push(Node { name: at.to_string(), label });
        edges.extend(step.after.iter().map(|before| (at.to_string(), before.0.to_string())));
    }
    Drawing { groups: vec![group], edges }
}

fn verb(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Join => "join",
        StepKind::Create(_) => "create",
        StepKind::Update(_) => "update",
        StepKind::Destroy(_) => "destroy",
        StepKind::Read(_) => "read",
        StepKind::Forget(_) => "forget",
        StepKind::Record(_) => "record",
    }
}
