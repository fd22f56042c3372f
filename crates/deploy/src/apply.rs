//! Carrying out what is planned for a host.
//!
//! What is certain is sent in one piece, behind a check that the host is still as it was when that was
//! planned. Where something depends on what was done, it is planned anew behind that, and so on to the end.

use std::sync::Arc;

use plumb_host::{Answer, Check, Event, Host, Login, Question, Reply, Request, Stream};
use plumb_starlark::Program;

use crate::alone::done_alone;
use crate::known::{self, FactKey, Known};
use crate::plan::{Action, HostPlan, Operation};
use crate::receiving::Receiving;
use crate::setting::Setting;
use crate::settle::{DeployError, described, settle};

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was as it should be.
    Ok,
    /// It has been done.
    Changed,
    /// Its condition was not met, or it is none of those that were asked for.
    LeftOut,
    /// It failed.
    Failed(Box<Failure>),
    /// It was not begun, for something before it failed.
    NotBegun,
}

impl Outcome {
    /// Whether nothing more is begun on the host for it.
    fn stops(&self) -> bool {
        match self {
            Outcome::Failed(failure) => !failure.is_ignored,
            Outcome::NotBegun => true,
            Outcome::Ok | Outcome::Changed | Outcome::LeftOut => false,
        }
    }
}

/// How an operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was to be done.
    pub summary: String,
    /// The command, where it was one.
    pub command: Option<String>,
    /// Its exit status.
    pub status: u32,
    /// What it wrote on its standard output.
    pub output: String,
    /// What it wrote on its standard error.
    pub errors: String,
    /// Whether the deploy goes on nevertheless.
    pub is_ignored: bool,
}

/// What is heard while a plan is carried out. Operations are named by their place in the plan.
#[derive(Debug)]
pub enum Heard<'a> {
    /// An operation is being done.
    Begun(usize),
    /// It writes something.
    Wrote(usize, Stream, &'a [u8]),
    /// It has come to its end.
    Ended(usize, &'a Outcome),
    /// What follows was planned anew.
    Planned(&'a HostPlan),
}

/// What became of a plan.
#[derive(Debug, Default)]
pub struct Applied {
    /// The plan as it was in the end.
    pub plan: HostPlan,
    /// What became of each of its operations; those that are missing were not reached.
    pub outcomes: Vec<Outcome>,
    /// What was no longer as it had been when it was planned, so that nothing was done.
    pub moved: Vec<String>,
    /// How often something was sent to the host and waited for, planning included.
    pub round_trips: usize,
}

impl Applied {
    /// A plan in which there was nothing to do.
    pub(crate) fn unchanged(plan: HostPlan) -> Self {
        let outcomes = plan.operations.iter().map(|operation| untouched(operation).0).collect();
        Applied { plan, outcomes, ..Applied::default() }
    }

    /// Whether everything is as the deploy describes it.
    pub fn is_done(&self) -> bool {
        self.moved.is_empty()
            && self.outcomes.len() == self.plan.operations.len()
            && !self.outcomes.iter().any(Outcome::stops)
    }

    /// The first operation that failed without that being ignored.
    pub fn failure(&self) -> Option<(&Operation, &Failure)> {
        self.plan.operations.iter().zip(&self.outcomes).find_map(|(operation, outcome)| match outcome {
            Outcome::Failed(failure) if !failure.is_ignored => Some((operation, &**failure)),
            _ => None,
        })
    }

    /// How many operations have changed something.
    pub fn changed(&self) -> usize {
        self.outcomes.iter().filter(|outcome| **outcome == Outcome::Changed).count()
    }
}

/// Carries out a plan that was made from what is known.
pub async fn apply(
    program: &Program,
    setting: &Setting,
    host: &mut Host,
    known: &mut Known,
    plan: HostPlan,
    hear: &mut (dyn FnMut(Heard<'_>) + Send),
) -> Result<Applied, DeployError> {
    let mut applied = Applied { plan, ..Applied::default() };
    while !setting.is_stopped() {
        let from = applied.outcomes.len();
        let operations = &applied.plan.operations;
        let is_certain = |operation: &Operation| operation.doubt.is_none();
        let mut certain = operations[from..].iter().take_while(|operation| is_certain(operation)).count();
        let is_alone = |operation: &Operation| operation.alone().is_some();
        // What is before it is done then, and it is told how that went.
        if let Some(at) = operations[from..from + certain].iter().position(is_alone) {
            certain = at.max(1);
        }
        let segment = &operations[from..from + certain];
        let done = match Segment::of(segment, from, known).run(host, hear).await? {
            Ok(outcomes) => outcomes,
            Err(moved) => {
                applied.moved = moved;
                return Ok(applied);
            }
        };
        let is_whole = from + certain == operations.len() && applied.plan.undecided.is_none();
        let has_changed = done.iter().any(|(outcome, _)| !matches!(outcome, Outcome::Ok | Outcome::LeftOut));
        for (outcome, result) in done {
            applied.outcomes.push(outcome);
            known.results.push(Arc::new(result));
        }
        let has_failed = applied.outcomes[from..].iter().any(Outcome::stops);
        if is_whole || has_failed || certain == 0 {
            return Ok(applied);
        }
        known.turn(has_changed);
        applied.plan = settle(program, setting, host, known).await?;
        hear(Heard::Planned(&applied.plan));
    }
    Ok(applied)
}

/// Operations that are done in one go.
struct Segment<'a> {
    operations: &'a [Operation],
    /// The place of the first of them in the plan.
    from: usize,
    /// What they were planned by, as each user.
    checks: Vec<(Login, Check)>,
}

/// A request, and what of which operation it does.
pub(crate) struct Sent<'a> {
    at: usize,
    pub(crate) operation: &'a Operation,
    change: usize,
    is_last: bool,
    /// What is brought here by it.
    receiving: Option<Receiving>,
}

type Done = Vec<(Outcome, known::Result)>;

impl<'a> Segment<'a> {
    fn of(operations: &'a [Operation], from: usize, known: &Known) -> Self {
        let mut found: Vec<(Login, Vec<(Question, Answer)>)> = Vec::new();
        let changing = operations.iter().filter(|operation| !operation.changes.is_empty());
        for FactKey { login, question } in changing.flat_map(|operation| &operation.uses) {
            let key = FactKey { login: login.clone(), question: question.clone() };
            let Some(answer) = known.answer(known.newest(), &key) else { continue };
            let pairs = match found.iter_mut().position(|(of, _)| of == login) {
                Some(at) => &mut found[at].1,
                None => {
                    found.push((login.clone(), Vec::new()));
                    let last = found.len() - 1;
                    &mut found[last].1
                }
            };
            if !pairs.iter().any(|(known, _)| known == question) {
                pairs.push((question.clone(), answer.clone()));
            }
        }
        let check = |pairs: &[(Question, Answer)]| {
            Check::new(pairs.iter().map(|(question, answer)| (question, answer)))
        };
        let checks = found.iter().map(|(login, pairs)| (login.clone(), check(pairs))).collect();
        Segment { operations, from, checks }
    }

    /// What became of each operation, or what has changed on the host so that nothing was done.
    async fn run(
        mut self,
        host: &mut Host,
        hear: &mut (dyn FnMut(Heard<'_>) + Send),
    ) -> Result<Result<Done, Vec<String>>, DeployError> {
        if let [operation] = self.operations
            && let Some(action) = operation.alone()
        {
            let moved = moved(&self.checks, host).await?;
            if !moved.is_empty() {
                return Ok(Err(moved));
            }
            let sent = Sent { at: 0, operation, change: 0, is_last: true, receiving: None };
            return Ok(Ok(vec![done_alone(&sent, action, self.from, host, hear).await?]));
        }
        let mut done: Done = self.operations.iter().map(untouched).collect();
        let mut groups: Vec<(Login, Vec<usize>)> = Vec::new();
        for (at, operation) in self.operations.iter().enumerate().filter(|(_, op)| !op.changes.is_empty()) {
            match groups.last_mut() {
                Some((login, members)) if *login == operation.login => members.push(at),
                _ => groups.push((operation.login.clone(), vec![at])),
            }
        }
        let first = groups.first().map(|(login, _)| login.clone());
        // What is checked as somebody else goes before everything, for what is done may change it.
        let own = self.checks.iter().position(|(login, _)| Some(login) == first.as_ref());
        let mut own = own.map(|at| self.checks.remove(at).1).unwrap_or_default();
        let moved = moved(&self.checks, host).await?;
        if !moved.is_empty() {
            return Ok(Err(moved));
        }
        let mut has_failed = false;
        for (login, members) in groups {
            if has_failed {
                members.iter().for_each(|at| done[*at].0 = Outcome::NotBegun);
                continue;
            }
            let check = std::mem::take(&mut own);
            let (mut requests, mut sent) = self.requests(&members);
            requests.splice(0..0, check.requests());
            let checks = check.len();
            let from = self.from;
            let mut began = None;
            // What came, and could not be put in its place here.
            let mut refused: Vec<(usize, Reply)> = Vec::new();
            let mut observe = |at: usize, event: Event<'_>| {
                let Some(sent) = at.checked_sub(checks).and_then(|at| sent.get_mut(at)) else { return };
                let place = from + sent.at;
                if began != Some(place) && !matches!(event, Event::Ended(reply) if reply.is_skipped) {
                    began = Some(place);
                    hear(Heard::Begun(place));
                }
                let refusal = receive(sent, event);
                if let Some(reply) = &refusal {
                    refused.push((at, reply.clone()));
                }
                match refusal.as_ref().map_or(event, Event::Ended) {
                    Event::Wrote(Stream::Output, _) if sent.receiving.is_some() => {}
                    Event::Wrote(stream, bytes) => hear(Heard::Wrote(place, stream, bytes)),
                    Event::Ended(reply) if reply.is_skipped => {}
                    Event::Ended(reply) if reply.status != 0 || sent.is_last => {
                        hear(Heard::Ended(place, &outcome(sent, reply)));
                    }
                    Event::Ended(_) => {}
                }
            };
            let mut replies = host.run(&login, &requests, &mut observe).await?;
            let changed = check.changed(&replies);
            if !changed.is_empty() {
                return Ok(Err(changed.into_iter().map(described).collect()));
            }
            for (at, reply) in refused {
                replies[at] = reply;
            }
            for (sent, reply) in sent.iter().zip(&replies[checks..]) {
                settle_outcome(&mut done[sent.at], sent, reply);
            }
            has_failed = members.iter().any(|at| done[*at].0.stops());
        }
        Ok(Ok(done))
    }

    fn requests(&self, members: &[usize]) -> (Vec<Request>, Vec<Sent<'a>>) {
        let (mut requests, mut sent) = (Vec::new(), Vec::new());
        for &at in members {
            let operation = &self.operations[at];
            let (of, receiving): (Vec<Request>, Vec<Option<Receiving>>) =
                operation.changes.iter().map(|change| request(&change.action)).unzip();
            if operation.ignores_errors {
                let receiving = receiving.into_iter().flatten().next();
                sent.push(Sent { at, operation, change: 0, is_last: true, receiving });
                requests.push(Request::all(&of));
                continue;
            }
            let last = of.len().saturating_sub(1);
            for (change, (request, receiving)) in of.into_iter().zip(receiving).enumerate() {
                sent.push(Sent { at, operation, change, is_last: change == last, receiving });
                requests.push(request.needed());
            }
        }
        (requests, sent)
    }
}

/// What is no longer as it was when it was asked.
async fn moved(checks: &[(Login, Check)], host: &mut Host) -> Result<Vec<String>, DeployError> {
    for (login, check) in checks {
        let requests: Vec<Request> = check.requests().collect();
        let replies = host.run(login, &requests, &mut |_, _| {}).await?;
        let changed = check.changed(&replies);
        if !changed.is_empty() {
            return Ok(changed.into_iter().map(described).collect());
        }
    }
    Ok(Vec::new())
}

fn request(action: &Action) -> (Request, Option<Receiving>) {
    match action {
        Action::Run { request, .. } => (request.clone(), None),
        // Neither stands among others.
        Action::Restart { .. } | Action::Rsync(_) => (Request::trusted(""), None),
        Action::Write(file) => (file.request(&Host::fresh_word()), None),
        Action::Fetch(fetch) => match fetch.begin() {
            Ok(receiving) => (fetch.request(), Some(receiving)),
            // So it fails in its turn, and nothing behind it is begun.
            Err(why) => {
                let why = plumb_host::quoted([why.as_str()]);
                (Request::trusted(format!("printf '%s\\n' {why} >&2; exit 1")), None)
            }
        },
    }
}

/// Takes in what comes of a file that is brought here. Returns what is told of it where it cannot be kept.
fn receive(sent: &mut Sent, event: Event<'_>) -> Option<Reply> {
    match event {
        Event::Wrote(Stream::Output, bytes) => sent.receiving.as_mut()?.take(bytes),
        Event::Wrote(Stream::Errors, _) => {}
        Event::Ended(reply) => {
            let receiving = sent.receiving.take()?;
            if reply.status == 0 && !reply.is_skipped {
                let why = receiving.end().err()?;
                return Some(Reply { status: 1, errors: why.into(), ..reply.clone() });
            }
        }
    }
    None
}

pub(crate) fn untouched(operation: &Operation) -> (Outcome, known::Result) {
    let outcome = if operation.is_left_out { Outcome::LeftOut } else { Outcome::Ok };
    (outcome, known::Result::default())
}

fn outcome(sent: &Sent, reply: &Reply) -> Outcome {
    if reply.is_skipped {
        return Outcome::NotBegun;
    }
    if reply.status == 0 {
        return Outcome::Changed;
    }
    let change = &sent.operation.changes[sent.change];
    let command = match &change.action {
        Action::Run { shown, .. } | Action::Restart { shown, .. } => Some(shown.clone()),
        Action::Write(_) | Action::Fetch(_) | Action::Rsync(_) => None,
    };
    Outcome::Failed(Box::new(Failure {
        summary: change.summary.clone(),
        command,
        status: reply.status,
        output: String::from_utf8_lossy(&reply.output).into_owned(),
        errors: String::from_utf8_lossy(&reply.errors).into_owned(),
        is_ignored: sent.operation.ignores_errors,
    }))
}

/// Puts together what became of the requests of an operation.
pub(crate) fn settle_outcome(done: &mut (Outcome, known::Result), sent: &Sent, reply: &Reply) {
    let (so_far, result) = done;
    if matches!(so_far, Outcome::Failed(_) | Outcome::NotBegun) {
        return;
    }
    *so_far = outcome(sent, reply);
    result.changed |= *so_far == Outcome::Changed;
    result.status = reply.status;
    result.output.push_str(&String::from_utf8_lossy(&reply.output));
    result.errors.push_str(&String::from_utf8_lossy(&reply.errors));
}
