//! Looking at a host: what code finds there, and what it would change.

use std::time::Duration;

use plumb_deploy::{DeployError, HostPlan, Known, Operation, Setting, Verdict, settle};
use plumb_host::Host;
use plumb_starlark::Program;

use crate::outside::Outside;
use crate::problem::{Problem, problem, sentence};
use crate::way::Reached;

/// A host that does not answer is not waited for longer than that while planning.
const PATIENCE: Duration = Duration::from_secs(20);

/// A host that was looked at, and what would be changed there.
pub(crate) struct Looked {
    pub(crate) host: Host,
    pub(crate) known: Known,
    pub(crate) plan: HostPlan,
}

/// Why there is nothing to be seen of a host.
pub(crate) enum Unseen {
    /// It cannot be spoken with: perhaps later.
    Unreachable(Problem),
    /// The code cannot go on with what it found.
    Code(Problem),
}

impl Unseen {
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Unseen::Unreachable(problem) | Unseen::Code(problem) => problem,
        }
    }
}

/// Connects to a host, and runs code until it knows all that it wants to know.
pub(crate) async fn look(
    outside: &dyn Outside,
    reached: &Reached,
    program: &Program,
    setting: &Setting,
) -> Result<Looked, Unseen> {
    let unreachable = |why: &str| {
        let why = setting.secrets.hidden(&sentence(why));
        Unseen::Unreachable(problem("A host cannot be reached", format!("{}: {why}", reached.name)))
    };
    let connected = tokio::time::timeout(PATIENCE, outside.connect(reached)).await;
    let connected = connected.map_err(|_| unreachable("it does not answer"))?;
    let mut host = connected.map_err(|why| unreachable(&why))?;
    let mut known = Known::new();
    match settle(program, setting, &mut host, &mut known).await {
        Ok(plan) => Ok(Looked { host, known, plan }),
        Err(DeployError::Host(why)) => Err(unreachable(&why.to_string())),
        Err(error) => Err(Unseen::Code(code_problem(&error, program, setting))),
    }
}

/// What went wrong with a deploy.
pub(crate) fn code_problem(error: &DeployError, program: &Program, setting: &Setting) -> Problem {
    let summary = match error {
        DeployError::Host(_) => "A host cannot be spoken with".to_owned(),
        DeployError::Code(diagnostic) => diagnostic.summary.clone(),
        DeployError::Other { .. } => "Another host cannot be asked".to_owned(),
        DeployError::Unsettled { .. } => "The deploy asks without end".to_owned(),
    };
    let detail = setting.secrets.hidden(&sentence(&error.explained(program)));
    problem(summary, format!("{}: {detail}", setting.name))
}

/// What a plan would change, a text for each operation.
pub(crate) fn pending(outside: &dyn Outside, plan: &HostPlan, setting: &Setting) -> Vec<String> {
    let changing = plan.operations.iter().filter(|operation| operation.verdict() != Verdict::Ok);
    let mut texts: Vec<String> = changing.map(|operation| text(outside, operation, setting)).collect();
    if let Some((_, why)) = &plan.undecided {
        texts.push(setting.secrets.hidden(&format!("what follows is planned once that is done: {why}")));
    }
    texts
}

pub(crate) fn text(outside: &dyn Outside, operation: &Operation, setting: &Setting) -> String {
    setting.secrets.hidden(outside.planned(operation, &setting.secrets).trim_end())
}
