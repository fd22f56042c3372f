//! Running a deploy's code until all that it has to know is known.

use std::rc::Rc;
use std::sync::Arc;

use plumb_diagnostics::Diagnostic;
use plumb_host::{Answer, Host, HostError, Login, Question};
use plumb_source::Span;
use plumb_starlark::Program;
use tokio::task::JoinSet;

use crate::known::{FactKey, Known};
use crate::natives::login_of;
use crate::pass::{Pass, PassEnd, Passed, machine_key, run};
use crate::plan::HostPlan;
use crate::setting::Setting;
use crate::trace::{TracedEnd, TracedPass};

/// Facts that depend on one another deeper than that are taken for code that asks without end.
const PASSES_MAX: usize = 25;

/// Why there is no plan for a host.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The host does not answer what it is asked.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Another host does not answer, of which something has to be known.
    #[error("{host}, another host of which something has to be known, cannot be asked: {why}")]
    Other {
        /// That host.
        host: String,
        /// Why it cannot be asked.
        why: String,
    },
    /// The code cannot go on.
    #[error("{}", .0.summary)]
    Code(Box<Diagnostic>),
    /// Facts are asked for without end.
    #[error("after {PASSES_MAX} rounds there is still something to ask: {}", asked.join("; "))]
    Unsettled {
        /// What was asked last.
        asked: Vec<String>,
    },
}

impl DeployError {
    /// What went wrong, as people are told of it in a few words.
    pub fn explained(&self, program: &Program) -> String {
        match self {
            DeployError::Code(diagnostic) => {
                let place = diagnostic.subject.and_then(|span| {
                    let file = program.sources().map().get(span.file)?;
                    Some(format!("{}:{}: ", file.path, file.position(span.start).line))
                });
                format!("{}{}", place.unwrap_or_default(), diagnostic.detail)
            }
            other => other.to_string(),
        }
    }
}

/// Runs the code as far as it comes without a host: what is wrong with the code itself shows here, before
/// anything is connected to.
pub fn check(program: &Program, setting: &Setting) -> Result<(), Box<Diagnostic>> {
    match pass(program, setting, &Known::new()).end {
        PassEnd::Failed(diagnostic) => Err(diagnostic),
        PassEnd::Whole | PassEnd::Suspended => Ok(()),
    }
}

/// The operations that code declares where nothing can be asked, such as of a host that is yet to be made; what
/// they would do is not among it. Nothing where the code itself wants to know what there is.
pub fn outline(program: &Program, setting: &Setting) -> Option<HostPlan> {
    let mut known = Known::new();
    let nothing = Answer::Script { status: 1, output: Vec::new().into(), errors: Vec::new().into() };
    known.learn(machine_key(None, &login_of(setting)), nothing);
    let passed = pass(program, setting, &known);
    passed.is_followed.then_some(passed.plan)
}

/// Runs the code, asks what it wants to know, and runs it again, until there is a plan.
pub async fn settle(
    program: &Program,
    setting: &Setting,
    host: &mut Host,
    known: &mut Known,
) -> Result<HostPlan, DeployError> {
    let mut asked = Vec::new();
    for number in 1..=PASSES_MAX {
        match round(program, setting, known, number)? {
            Round::Settled(plan) => return Ok(plan),
            Round::Wants(wanted) => {
                asked = in_words(&wanted);
                ask(setting, host, known, wanted).await?;
            }
        }
    }
    Err(DeployError::Unsettled { asked })
}

/// The same, where something else than a host knows the answers: a test, or a recording.
pub fn settle_with(
    program: &Program,
    setting: &Setting,
    known: &mut Known,
    answer: &mut dyn FnMut(&FactKey) -> Answer,
) -> Result<HostPlan, DeployError> {
    let mut asked = Vec::new();
    for number in 1..=PASSES_MAX {
        match round(program, setting, known, number)? {
            Round::Settled(plan) => return Ok(plan),
            Round::Wants(wanted) => {
                asked = in_words(&wanted);
                for key in wanted {
                    let found = answer(&key);
                    known.learn(key, found);
                }
            }
        }
    }
    Err(DeployError::Unsettled { asked })
}

/// What came of running the code once.
enum Round {
    Settled(HostPlan),
    Wants(Vec<FactKey>),
}

fn round(program: &Program, setting: &Setting, known: &Known, number: usize) -> Result<Round, DeployError> {
    let passed = pass(program, setting, known);
    if let Some(trace) = &setting.trace {
        trace(&setting.name, &traced(&passed, number));
    }
    match passed.end {
        PassEnd::Failed(diagnostic) => Err(DeployError::Code(diagnostic)),
        PassEnd::Whole | PassEnd::Suspended if passed.wanted.is_empty() => Ok(Round::Settled(passed.plan)),
        PassEnd::Whole | PassEnd::Suspended => Ok(Round::Wants(passed.wanted)),
    }
}

/// A run of the code, as people are told of it.
fn traced(passed: &Passed, number: usize) -> TracedPass {
    let end = match (&passed.end, passed.stopped, &passed.plan.undecided) {
        (PassEnd::Failed(why), ..) => {
            TracedEnd::Failed(why.subject.unwrap_or(Span::NONE), why.detail.clone())
        }
        (PassEnd::Suspended, Some(place), _) => {
            TracedEnd::Stopped(place, "what it needs there is not known yet".to_owned())
        }
        (_, _, Some((place, why))) => TracedEnd::Stopped(*place, why.clone()),
        (PassEnd::Whole, ..) if passed.wanted.is_empty() => TracedEnd::Settled,
        (PassEnd::Whole | PassEnd::Suspended, ..) => TracedEnd::Incomplete,
    };
    let as_whom = |key: &FactKey| match &key.login {
        Login::Own => described(&key.question),
        login => format!("{} ({login})", described(&key.question)),
    };
    TracedPass {
        number,
        asks: passed.wanted.iter().map(as_whom).collect(),
        waits: passed.waits.clone(),
        printed: passed.printed.clone(),
        operations: passed.plan.operations.len(),
        end,
    }
}

fn in_words(wanted: &[FactKey]) -> Vec<String> {
    wanted.iter().map(|key| described(&key.question)).collect()
}

fn pass(program: &Program, setting: &Setting, known: &Known) -> Passed {
    let pass = Pass::new(program.sources(), setting, known.clone(), login_of(setting));
    run(program, &Rc::new(pass))
}

/// Asks, each host as each user once.
async fn ask(
    setting: &Setting,
    host: &mut Host,
    known: &mut Known,
    wanted: Vec<FactKey>,
) -> Result<(), DeployError> {
    let mut asked: Vec<(Option<Arc<str>>, Login, Vec<Question>)> = Vec::new();
    for FactKey { host, login, question } in wanted {
        match asked.iter_mut().find(|(of, by, _)| *of == host && *by == login) {
            Some((.., questions)) => questions.push(question),
            None => asked.push((host, login, vec![question])),
        }
    }
    let (others, own): (Vec<_>, Vec<_>) = asked.into_iter().partition(|(of, ..)| of.is_some());
    let mut tasks = JoinSet::new();
    for (other, login, questions) in others {
        let (Some(other), Some(peers)) = (other, setting.peers.clone()) else { continue };
        tasks.spawn(async move {
            let answers = peers.ask(&other, &login, &questions).await;
            (other, login, questions, answers)
        });
    }
    for (of, login, questions) in own {
        let answers = host.ask(&login, &questions).await?;
        learn(known, &of, &login, questions, answers);
    }
    while let Some(joined) = tasks.join_next().await {
        // Whoever panics has been explained; what is not known is asked for again, and found missing.
        let Ok((other, login, questions, answers)) = joined else { continue };
        let answers = answers.map_err(|why| DeployError::Other { host: other.to_string(), why })?;
        learn(known, &Some(other), &login, questions, answers);
    }
    Ok(())
}

fn learn(
    known: &mut Known,
    host: &Option<Arc<str>>,
    login: &Login,
    questions: Vec<Question>,
    answers: Vec<Answer>,
) {
    for (question, answer) in questions.into_iter().zip(answers) {
        known.learn(FactKey { host: host.clone(), login: login.clone(), question }, answer);
    }
}

/// A question, in words for people.
pub(crate) fn described(question: &Question) -> String {
    match question {
        Question::Path(path, _) => format!("what there is at {path}"),
        Question::Script(text) if text == crate::machine::SCRIPT => "what the machine is".to_owned(),
        Question::Script(text) => {
            let line = text.trim().lines().next().unwrap_or_default();
            format!("what `{}` says", line.chars().take(60).collect::<String>())
        }
    }
}
