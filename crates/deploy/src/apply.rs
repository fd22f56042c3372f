//! Carrying out what is planned for a host.
//!
//! What is certain is sent in one piece, behind a check that the host is still as it was when that was
//! planned. Where something depends on what was done, it is planned anew behind that, and so on to the end.

use std::sync::Arc;

use plumb_host::{Answer, Check, Event, Host, Login, Question, Reply, Request, Stream};
use plumb_starlark::Program;

use crate::alone::done_alone;
use crate::known::{self, FactKey, Known};
use crate::peers::{Once, Peers};
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
#[derive(Clone, Copy, Debug)]
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

    /// Whether it came to no end: somebody stopped it before.
    pub fn is_unfinished(&self) -> bool {
        !self.is_done() && self.moved.is_empty() && self.failure().is_none()
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
    let mut run =
        Run { program, setting, host, known, hear, applied: Applied { plan, ..Applied::default() } };
    run.go_on().await?;
    if run.applied.failure().is_some() && run.applied.plan.has_endings && !setting.is_stopped() {
        run.endings().await;
    }
    Ok(run.applied)
}

/// A plan that is being carried out.
struct Run<'a> {
    program: &'a Program,
    setting: &'a Setting,
    host: &'a mut Host,
    known: &'a mut Known,
    hear: &'a mut (dyn FnMut(Heard<'_>) + Send),
    applied: Applied,
}

/// Why no more is done.
enum Over {
    /// Something on the host was no longer as it had been.
    Moved(Vec<String>),
    /// Somebody has stopped it.
    Stopped,
}

impl Run<'_> {
    /// Does what is certain, plans anew what depends on that, and so on.
    async fn go_on(&mut self) -> Result<(), DeployError> {
        while !self.setting.is_stopped() {
            let from = self.applied.outcomes.len();
            let operations = &self.applied.plan.operations;
            let is_plain = |operation: &Operation| operation.doubt.is_none() && !operation.is_shared();
            let mut certain = operations[from..].iter().take_while(|operation| is_plain(operation)).count();
            let is_alone = |operation: &Operation| operation.alone().is_some();
            // What is before it is done then, and it is told how that went.
            if let Some(at) = operations[from..from + certain].iter().position(is_alone) {
                certain = at.max(1);
            }
            let shared = operations.get(from).filter(|of| of.doubt.is_none() && of.is_shared()).cloned();
            let on = shared.as_ref().and_then(|operation| operation.on.clone());
            let done = match &shared {
                Some(operation) => self.shared(operation, from).await?,
                None => {
                    let segment = &operations[from..from + certain];
                    let done = Segment::of(segment, from, self.known).run(self.host, self.hear).await?;
                    done.map_err(Over::Moved)
                }
            };
            let done = match done {
                Ok(done) => done,
                Err(Over::Stopped) => return Ok(()),
                Err(Over::Moved(moved)) => {
                    self.applied.moved = moved;
                    return Ok(());
                }
            };
            let count = done.len();
            let plan = &self.applied.plan;
            let is_whole = from + count == plan.operations.len() && plan.undecided.is_none();
            let has_changed =
                done.iter().any(|(outcome, _)| !matches!(outcome, Outcome::Ok | Outcome::LeftOut));
            for (outcome, result) in done {
                self.applied.outcomes.push(outcome);
                self.known.results.push(Arc::new(result));
            }
            let has_failed = self.applied.outcomes[from..].iter().any(Outcome::stops);
            if is_whole || has_failed || count == 0 {
                return Ok(());
            }
            self.known.turn(has_changed && on.is_none());
            if let Some(on) = on {
                self.known.turn_of(&on);
            }
            self.plan_anew().await?;
        }
        Ok(())
    }

    async fn plan_anew(&mut self) -> Result<(), DeployError> {
        self.applied.plan = settle(self.program, self.setting, self.host, self.known).await?;
        (self.hear)(Heard::Planned(&self.applied.plan));
        Ok(())
    }

    /// Does what waits for the end, though something before has failed. What is wrong with that is no news: the host
    /// is not as it should be in any case.
    async fn endings(&mut self) {
        let is_end = |outcome: &Outcome| outcome.stops();
        let Some(failed) = self.applied.outcomes.iter().position(is_end) else { return };
        let before = std::mem::take(&mut self.applied);
        self.known.results.truncate(failed + 1);
        self.known.broken_at = Some(failed + 1);
        self.known.turn(true);
        self.applied.outcomes = before.outcomes[..=failed].to_vec();
        let is_planned = self.plan_anew().await.is_ok() && self.applied.plan.operations.len() > failed + 1;
        if is_planned {
            // Whether that comes to a good end shows in what became of it.
            let _ = self.go_on().await;
        }
        let ended = std::mem::replace(&mut self.applied, before);
        // What was not begun is still told of, before what was done in the end.
        let planned = self.applied.outcomes.len();
        self.applied.plan.operations.truncate(planned);
        self.applied.moved.extend(ended.moved);
        self.applied.plan.operations.extend(ended.plan.operations.into_iter().skip(failed + 1));
        self.applied.outcomes.extend(ended.outcomes.into_iter().skip(failed + 1));
    }

    /// Does an operation that hosts have to agree about: once for all, by few of them at once, on another one.
    async fn shared(
        &mut self,
        operation: &Operation,
        from: usize,
    ) -> Result<Result<Done, Over>, DeployError> {
        let Some(peers) = self.setting.peers.clone() else {
            return self.alone(operation, from).await;
        };
        let setting = self.setting.clone();
        let stopped = || setting.until_stopped();
        let few = operation.site.as_ref().zip(operation.hosts_max);
        let few = few.map(|(site, hosts)| peers.few(site, hosts));
        let _few = match &few {
            None => None,
            Some(few) => tokio::select! {
                turn = few.acquire() => Some(turn),
                () = stopped() => return Ok(Err(Over::Stopped)),
            },
        };
        let Some(site) = operation.site.as_ref().filter(|_| operation.is_once) else {
            return self.in_turn(&peers, operation, from).await;
        };
        let once = peers.once(site);
        let mut once = tokio::select! {
            once = once.lock() => once,
            () = stopped() => return Ok(Err(Over::Stopped)),
        };
        if let Some(once) = &*once {
            return Ok(Ok(vec![taken_over(once, operation)]));
        }
        let by = self.setting.name.clone();
        let done = self.in_turn(&peers, operation, from).await;
        let result = match &done {
            Ok(Ok(done)) => done.first().map(|(outcome, result)| match outcome {
                Outcome::Failed(failure) => Err(failure.clone()),
                _ => Ok(Arc::new(result.clone())),
            }),
            // It was not begun, so that the next one may.
            Ok(Err(_)) => None,
            // Nobody knows how far it came.
            Err(error) => Some(Err(Box::new(Failure {
                summary: error.explained(self.program),
                command: None,
                status: 1,
                output: String::new(),
                errors: String::new(),
                is_ignored: false,
            }))),
        };
        *once = result.map(|result| Once { by, result });
        done
    }

    /// Does an operation on this host, or on the one that it is for once that is nobody else's turn.
    async fn in_turn(
        &mut self,
        peers: &Peers,
        operation: &Operation,
        from: usize,
    ) -> Result<Result<Done, Over>, DeployError> {
        let Some(on) = operation.on.clone() else { return self.alone(operation, from).await };
        let missing = |why: String| DeployError::Other { host: on.to_string(), why };
        let (_, peer) =
            peers.peer(&on).ok_or_else(|| missing("the inventory has no such host".to_owned()))?;
        let _turn = tokio::select! {
            turn = peer.turn() => turn,
            () = self.setting.until_stopped() => return Ok(Err(Over::Stopped)),
        };
        // Other hosts may have had something done there since this was planned.
        peers.forget(&on).await;
        self.known.turn_of(&on);
        self.plan_anew().await?;
        let Some(operation) = self.applied.plan.operations.get(from).cloned() else {
            return Ok(Ok(Vec::new()));
        };
        let mut line = peer.line().await.map_err(missing)?;
        let Some(host) = line.host() else { return Err(missing("it is gone".to_owned())) };
        let segment = std::slice::from_ref(&operation);
        let done = Segment::of(segment, from, self.known).run(host, self.hear).await;
        if done.is_err() {
            line.hang_up();
        }
        drop(line);
        peers.forget(&on).await;
        Ok(done?.map_err(Over::Moved))
    }

    async fn alone(&mut self, operation: &Operation, from: usize) -> Result<Result<Done, Over>, DeployError> {
        let segment = std::slice::from_ref(operation);
        let done = Segment::of(segment, from, self.known).run(self.host, self.hear).await?;
        Ok(done.map_err(Over::Moved))
    }
}

/// What another host has done for this one.
fn taken_over(once: &Once, operation: &Operation) -> (Outcome, known::Result) {
    match &once.result {
        Ok(result) => (Outcome::Ok, (**result).clone()),
        Err(failure) => {
            let summary = format!("{} (it was done on {} for all hosts)", failure.summary, once.by);
            let failure = Failure { summary, is_ignored: operation.ignores_errors, ..(**failure).clone() };
            let result = known::Result {
                changed: false,
                status: failure.status,
                output: failure.output.clone(),
                errors: failure.errors.clone(),
            };
            (Outcome::Failed(Box::new(failure)), result)
        }
    }
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

impl Sent<'_> {
    /// Whether what follows it is begun.
    fn goes_on(&self, reply: &Reply) -> bool {
        reply.status == 0 || self.operation.ignores_errors
    }
}

type Done = Vec<(Outcome, known::Result)>;

impl<'a> Segment<'a> {
    fn of(operations: &'a [Operation], from: usize, known: &Known) -> Self {
        let mut found: Vec<(Login, Vec<(Question, Answer)>)> = Vec::new();
        let changing = operations.iter().filter(|operation| !operation.changes.is_empty());
        // Only what the host itself has said can be checked there.
        let used =
            changing.flat_map(|operation| operation.uses.iter().filter(|key| key.host == operation.on));
        for key @ FactKey { login, question, .. } in used {
            let Some(answer) = known.answer(known.newest(), key) else { continue };
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
            // What came, and could not be put in its place here.
            let mut refused: Vec<(usize, Reply)> = Vec::new();
            let mut begins = None;
            let places: Vec<usize> = sent.iter().map(|sent| from + sent.at).collect();
            if checks == 0 {
                places.first().iter().for_each(|place| hear(Heard::Begun(**place)));
            }
            let mut observe = |at: usize, event: Event<'_>| {
                // The shell goes from one to the next by itself: each begins where the one before it ends.
                if let (Event::Ended(reply), Some(next)) = (&event, (at + 1).checked_sub(checks))
                    && !reply.is_skipped
                    && let Some(place) = places.get(next)
                    && next.checked_sub(1).is_none_or(|before| places[before] != *place)
                    && next.checked_sub(1).map_or(reply.status == 0, |before| sent[before].goes_on(reply))
                {
                    begins = Some(*place);
                }
                let Some(sent) = at.checked_sub(checks).and_then(|at| sent.get_mut(at)) else {
                    begins.take().into_iter().for_each(|place| hear(Heard::Begun(place)));
                    return;
                };
                let place = from + sent.at;
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
                begins.take().into_iter().for_each(|place| hear(Heard::Begun(place)));
            };
            let mut replies = host.run(&login, &requests, &mut observe).await?;
            let changed = check.changed(&replies, &login, host).await?;
            if !changed.is_empty() {
                return Ok(Err(changed.iter().map(described).collect()));
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
        let changed = check.changed(&replies, login, host).await?;
        if !changed.is_empty() {
            return Ok(changed.iter().map(described).collect());
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
