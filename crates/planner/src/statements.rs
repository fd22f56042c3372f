//! Whether `moved` and `removed` blocks make sense beside the rest of the configuration.
//!
//! Responsible for refusing them, not for following them: moving is `moves`', forgetting `orphans`'.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plumb_address::{ConfigModule, InstanceKey, ModuleInstance, ModuleStep};
use plumb_configuration::{Config, Module, MoveEndpoint, Moved, Repetition};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{Evaluator, Frame, ModuleNode};
use plumb_plan::{Action, Change};
use plumb_source::Span;

/// Refuses `removed` blocks of what is still declared.
pub(crate) fn check_removed(config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for module in &config.modules {
        for removed in &module.removed {
            let calls: Vec<&Arc<str>> = removed.from.modules.iter().map(|(name, _)| name).collect();
            let (what, declared) = match &removed.from.resource {
                Some((resource, _)) => {
                    let around = descend(config, module, &calls);
                    let block = around.and_then(|module| module.resources.get(resource));
                    ("resource", block.map(|block| block.header))
                }
                None => {
                    let Some((last, calls)) = calls.split_last() else { continue };
                    let around = descend(config, module, calls);
                    let call = around.and_then(|module| module.calls.get(*last));
                    ("module", call.map(|call| call.span))
                }
            };
            let Some(declared) = declared else { continue };
            diagnostics.push(
                Diagnostic::error(
                    format!("Removed {what} still exists"),
                    format!(
                        "This statement declares that {} was removed, but it is still declared in configuration. Remove \
                         the {what} block, or the removed block if the {what} is to stay.",
                        named(&prefix(&module.path), &removed.from)
                    ),
                )
                .at(declared)
                .note(removed.span, "declared as removed here"),
            );
        }
    }
    diagnostics
}

/// Says which objects go on without anybody managing them.
pub(crate) fn warn_of_forgotten(changes: &[Change]) -> Diagnostics {
    let forgotten: Vec<String> = changes
        .iter()
        .filter(|change| change.action == Action::Forget)
        .map(|change| match &change.deposed {
            Some(key) => format!(" - {} (deposed object {key})", change.address),
            None => format!(" - {}", change.address),
        })
        .collect();
    if forgotten.is_empty() {
        return Diagnostics::new();
    }
    Diagnostic::warning(
        "Some objects will no longer be managed by Plumb",
        format!(
            "If you apply this plan, Plumb will discard its tracking information for the following objects, but it will \
             not delete them:\n{}\n\nAfter applying this plan, Plumb will no longer manage these objects. Import them to \
             manage them again.",
            forgotten.join("\n")
        ),
    )
    .into()
}

fn descend<'a>(config: &'a Config, module: &'a Module, calls: &[&Arc<str>]) -> Option<&'a Module> {
    calls.iter().try_fold(module, |module, call| Some(config.module(module.calls.get(*call)?.module?)))
}

/// Refuses `moved` blocks that contradict each other or the objects that the configuration makes.
pub(crate) async fn check_moved(evaluator: &Arc<Evaluator>) -> Diagnostics {
    let config = evaluator.config().clone();
    let mut diagnostics = Diagnostics::new();
    // By what they say, whichever comes first, also where one is above the module of the other.
    let mut sources: HashMap<String, (&Module, &Moved)> = HashMap::new();
    let mut destinations: HashMap<String, (&Module, &Moved)> = HashMap::new();
    for module in config.modules.iter().filter(|module| !module.moved.is_empty()) {
        let nodes = instances(evaluator, module).await;
        for statement in &module.moved {
            let Names { from, to, what } = Names::of(module, statement);
            if from == to {
                diagnostics.push(redundant(statement));
                continue;
            }
            diagnostics.extend(crossings(&config, module, statement));
            for node in &nodes {
                if let Some(declared) = still_declared(evaluator, node, statement).await {
                    diagnostics.push(still_exists(statement, &from, &to, what, declared));
                    break;
                }
            }
            match sources.get(&from) {
                Some((above, first)) if Names::of(above, first).to != to => {
                    diagnostics.push(two_destinations([above, module], first, statement));
                }
                Some(_) => {}
                None => _ = sources.insert(from.clone(), (module, statement)),
            }
            match destinations.get(&to) {
                Some((above, first)) if Names::of(above, first).from != from => {
                    diagnostics.push(two_sources([above, module], first, statement));
                }
                Some(_) => {}
                None => _ = destinations.insert(to, (module, statement)),
            }
        }
    }
    if !diagnostics.has_errors() {
        for module in &config.modules {
            diagnostics.extend(circles(module));
        }
    }
    diagnostics
}

/// What a statement speaks of, in full.
struct Names {
    from: String,
    to: String,
    /// What kind of thing it moves.
    what: &'static str,
}

impl Names {
    fn of(module: &Module, statement: &Moved) -> Self {
        let around = prefix(&module.path);
        let what = match (statement.from.resource.is_some(), names_instance(statement)) {
            (true, true) => "resource instance",
            (true, false) => "resource",
            (false, true) => "module instance",
            (false, false) => "module call",
        };
        Names { from: named(&around, &statement.from), to: named(&around, &statement.to), what }
    }
}

fn prefix(path: &ConfigModule) -> String {
    if path.is_root() { String::new() } else { format!("{path}.") }
}

/// An address as it is written, behind that of the module that it is written in.
fn named(around: &str, endpoint: &MoveEndpoint) -> String {
    let key = |key: &Option<InstanceKey>| key.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut parts: Vec<String> =
        endpoint.modules.iter().map(|(name, own)| format!("module.{name}{}", key(own))).collect();
    if let Some((resource, own)) = &endpoint.resource {
        parts.push(format!("{resource}{}", key(own)));
    }
    format!("{around}{}", parts.join("."))
}

/// Whether a statement is about one instance rather than about everything of a block: a key on
/// either side says so.
fn names_instance(statement: &Moved) -> bool {
    [&statement.from, &statement.to].into_iter().any(|endpoint| match &endpoint.resource {
        Some((_, key)) => key.is_some(),
        None => endpoint.modules.last().is_some_and(|(_, key)| key.is_some()),
    })
}

/// Every instance of a module that the configuration makes, as far as that could be found out.
async fn instances(evaluator: &Arc<Evaluator>, module: &Module) -> Vec<Arc<ModuleNode>> {
    let mut nodes = vec![evaluator.root()];
    for call in module.path.0.iter() {
        let mut inside = Vec::new();
        for node in &nodes {
            inside
                .extend(evaluator.call_instances(node, call, &mut Frame::new()).await.into_iter().flatten());
        }
        nodes = inside;
    }
    nodes
}

/// Where the configuration still declares what a statement says has moved away.
async fn still_declared(
    evaluator: &Arc<Evaluator>,
    node: &Arc<ModuleNode>,
    statement: &Moved,
) -> Option<Span> {
    let from = &statement.from;
    let is_instance = names_instance(statement);
    // A call is declared in the module around it.
    let last = if from.resource.is_none() { Some(from.modules.last()?) } else { None };
    let around = &from.modules[..from.modules.len() - usize::from(last.is_some())];
    let steps = around
        .iter()
        .map(|(name, key)| ModuleStep { name: name.clone(), key: key.clone().unwrap_or_default() });
    let address = ModuleInstance(node.address.0.iter().cloned().chain(steps).collect());
    let node = evaluator.find_module(&address, &mut Frame::new()).await.ok().flatten()?;
    let module = evaluator.config().module(node.module);
    if let Some((name, key)) = last {
        let call = module.calls.get(name)?;
        if is_instance {
            let key = key.clone().unwrap_or_default();
            let children = evaluator.call_instances(&node, name, &mut Frame::new()).await?;
            let is_there =
                |child: &Arc<ModuleNode>| child.address.0.last().is_some_and(|step| step.key == key);
            children.iter().find(|child| is_there(child))?;
        }
        return Some(if is_instance { place(&call.repetition, call.span) } else { call.span });
    }
    let (resource, key) = from.resource.as_ref()?;
    let block = module.resources.get(resource)?;
    if is_instance {
        let keys = evaluator.resource_keys(&node, resource, &mut Frame::new()).await?;
        let key = key.clone().unwrap_or_default();
        keys.find(&key).filter(|entry| entry.0 == key)?;
        return Some(place(&block.repetition, block.header));
    }
    Some(block.header)
}

/// What makes the instances of a block.
fn place(repetition: &Repetition, header: Span) -> Span {
    repetition.expression().map_or(header, |expression| expression.syntax().span)
}

/// Objects stay within what is published together: nobody else can know of both addresses.
fn crossings(config: &Config, module: &Module, statement: &Moved) -> Vec<Diagnostic> {
    let ends = [(&statement.from, "from an object"), (&statement.to, "to an object")];
    let crossing = |(endpoint, which): (&MoveEndpoint, &str)| {
        let inside = endpoint.modules.len() - usize::from(endpoint.resource.is_none());
        let mut module = module;
        for (name, _) in &endpoint.modules[..inside] {
            let call = module.calls.get(name)?;
            if !call.source.starts_with("./") && !call.source.starts_with("../") {
                return Some(
                    Diagnostic::error(
                        "Cross-package move statement",
                        format!(
                            "This statement declares a move {which} declared in external module package \"{}\". Move \
                             statements can be only within a single module package.",
                            call.source
                        ),
                    )
                    .at(statement.span)
                    .note(call.source_span, "the other package"),
                );
            }
            module = config.module(call.module?);
        }
        None
    };
    ends.into_iter().filter_map(crossing).collect()
}

fn redundant(statement: &Moved) -> Diagnostic {
    Diagnostic::error(
        "Redundant move statement",
        format!(
            "This statement declares a move from {} to the same address, which is the same as not declaring this move at \
             all. Remove it, or correct one of its addresses.",
            named("", &statement.from)
        ),
    )
    .at(statement.span)
}

fn still_exists(statement: &Moved, from: &str, to: &str, what: &str, declared: Span) -> Diagnostic {
    let noun = what.rsplit(' ').next().unwrap_or(what);
    Diagnostic::error(
        "Moved object still exists",
        format!(
            "This statement declares a move from {from}, but that {what} is still declared.\n\nChange your configuration so \
             that this {noun} will be declared as {to} instead."
        ),
    )
    .at(statement.span)
    .note(declared, "it is still declared here")
}

fn two_destinations([above, module]: [&Module; 2], first: &Moved, second: &Moved) -> Diagnostic {
    let (one, two) = (Names::of(above, first), Names::of(module, second));
    Diagnostic::error(
        "Ambiguous move statements",
        format!(
            "Another statement declared that {} moved to {}, but this statement instead declares that it moved to {}.\n\n\
             Each {} can move to only one destination {}.",
            one.from, one.to, two.to, two.what, two.what
        ),
    )
    .at(second.span)
    .note(first.span, "the other statement")
}

fn two_sources([above, module]: [&Module; 2], first: &Moved, second: &Moved) -> Diagnostic {
    let (one, two) = (Names::of(above, first), Names::of(module, second));
    Diagnostic::error(
        "Ambiguous move statements",
        format!(
            "Another statement declared that {} moved to {}, but this statement instead declares that {} moved there.\n\n\
             Each {} can have moved from only one source {}.",
            one.from, one.to, two.from, two.what, two.what
        ),
    )
    .at(second.span)
    .note(first.span, "the other statement")
}

/// Chains of moves that lead back to where they begin, each told once.
fn circles(module: &Module) -> Vec<Diagnostic> {
    let names: Vec<Names> = module.moved.iter().map(|statement| Names::of(module, statement)).collect();
    let by_source: HashMap<&str, usize> =
        names.iter().enumerate().map(|(at, names)| (names.from.as_str(), at)).collect();
    let mut seen: HashSet<usize> = HashSet::new();
    let mut found = Vec::new();
    for begin in 0..names.len() {
        let mut chain = Vec::new();
        let mut next = Some(begin);
        while let Some(at) = next.filter(|at| seen.insert(*at)) {
            chain.push(at);
            next = by_source.get(names[at].to.as_str()).copied();
        }
        // A chain that runs into one that was seen before is no circle of its own.
        let Some(start) = next.and_then(|at| chain.iter().position(|one| *one == at)) else { continue };
        found.push(circle(module, &names, &chain[start..]));
    }
    found
}

fn circle(module: &Module, names: &[Names], chain: &[usize]) -> Diagnostic {
    let moves: Vec<String> =
        chain.iter().map(|at| format!("  - {} → {}", names[*at].from, names[*at].to)).collect();
    let diagnostic = Diagnostic::error(
        "Cyclic dependency in move statements",
        format!(
            "The following chained move statements form a cycle, and so there is no final location to move objects to:\n{}\n\n\
             A chain of move statements must end with an address that doesn't appear in any other statements, and which \
             typically also refers to an object still declared in the configuration.",
            moves.join("\n")
        ),
    );
    chain
        .iter()
        .fold(diagnostic, |diagnostic, at| diagnostic.note(module.moved[*at].span, "part of the cycle"))
}
