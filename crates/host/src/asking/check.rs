//! Whether a host is still as it was found.
//!
//! What was found travels to the host and is compared there, right before something is done. The host is
//! asked what there is now only where that is something else.

use plumb_ssh::posix_quoted;
use sha2::{Digest as _, Sha256};

use super::{Answer, Entry, EntryKind, Question};
use crate::hexadecimal::hexadecimal;
use crate::host::{Host, HostError};
use crate::shell::{Login, Reply, Request};

/// So many paths are compared by one request.
const PATHS_MAX: usize = 200;
/// Up to here, what a script said is sent along to be compared; beyond, its sum.
const HELD_BYTES_MAX: usize = 4096;

/// What was found, and must still be so for what follows to be done.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// Requests that fail where something has changed, and what was found of what they look at.
    checks: Vec<(Request, Vec<(Question, Answer)>)>,
}

impl Check {
    /// These answers to these questions.
    pub fn new<'a>(found: impl IntoIterator<Item = (&'a Question, &'a Answer)>) -> Self {
        let (mut checks, mut paths) = (Vec::new(), Vec::new());
        for (question, answer) in found {
            match (question, answer) {
                (Question::Script(text), Answer::Script { output, .. }) => {
                    checks.push((script(text, output), vec![(question.clone(), answer.clone())]));
                }
                // Nobody knows what there is, so that it is what comes of acting that tells.
                (Question::Path(..), Answer::Path(entry)) if entry.kind == EntryKind::Denied => {}
                (Question::Path(..), Answer::Path(_)) => paths.push((question.clone(), answer.clone())),
                _ => {}
            }
        }
        checks.extend(paths.chunks(PATHS_MAX).map(|paths| (compared(paths), paths.to_vec())));
        Check { checks }
    }

    /// How many requests it takes.
    pub fn len(&self) -> usize {
        self.checks.len()
    }

    /// Whether nothing is to be checked.
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }

    /// The requests: none after one that fails is begun.
    pub fn requests(&self) -> impl Iterator<Item = Request> + '_ {
        self.checks.iter().map(|(request, _)| request.clone().needed())
    }

    /// What has changed, by the replies to the requests. Where one of them looks at more than one thing, the
    /// host is asked which of them it is.
    pub async fn changed(
        &self,
        replies: &[Reply],
        login: &Login,
        host: &mut Host,
    ) -> Result<Vec<Question>, HostError> {
        let failed =
            self.checks.iter().zip(replies).find(|(_, reply)| reply.status != 0 && !reply.is_skipped);
        let Some(((_, found), _)) = failed else { return Ok(Vec::new()) };
        let questions: Vec<Question> = found.iter().map(|(question, _)| question.clone()).collect();
        if questions.len() == 1 {
            return Ok(questions);
        }
        let now = host.ask(login, &questions).await?;
        let differing: Vec<Question> = found
            .iter()
            .zip(&now)
            .filter(|((_, before), now)| !is_same(before, now))
            .map(|((question, _), _)| question.clone())
            .collect();
        // It may be as before again by now.
        Ok(if differing.is_empty() { questions } else { differing })
    }
}

fn is_same(before: &Answer, now: &Answer) -> bool {
    match (before, now) {
        (Answer::Path(before), Answer::Path(now)) => {
            let is_same_sum = before.sha256.is_none() || before.sha256 == now.sha256;
            is_same_sum && (before.kind, line(before)) == (now.kind, line(now))
        }
        (Answer::Script { output: before, .. }, Answer::Script { output: now, .. }) => before == now,
        _ => false,
    }
}

fn script(text: &str, output: &[u8]) -> Request {
    // What a shell can hold is compared by itself, which starts no program for it.
    let held = std::str::from_utf8(output).ok().filter(|said| said.len() <= HELD_BYTES_MAX);
    let is_same = match held.filter(|said| !said.contains('\0')) {
        // The end keeps the ends of lines that a shell would cut off.
        Some(said) => format!("[ \"$(fact; echo .)\" = {} ]", posix_quoted(&[&format!("{said}.")])),
        None => {
            let sum = hexadecimal(&Sha256::digest(output));
            format!("case $(fact | plumb_sum) in {sum}*) ;; *) false;; esac")
        }
    };
    Request::trusted(format!(
        "LC_ALL=C; export LC_ALL\nfact() {{ (\n{text}\n) 2>/dev/null; }}\n{is_same} || exit 1"
    ))
}

/// Two programs say it of all paths, in the order in which these are.
fn compared(paths: &[(Question, Answer)]) -> Request {
    let (mut tests, mut found, mut summed, mut odd) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut lines, mut sums, mut odd_sums) = (String::new(), String::new(), String::new());
    for (question, answer) in paths {
        let (Question::Path(path, _), Answer::Path(entry)) = (question, answer) else { continue };
        let quoted = posix_quoted(&[path]);
        if entry.kind == EntryKind::Absent {
            tests.push(format!("[ ! -e {quoted} ] && [ ! -L {quoted} ]"));
            continue;
        }
        lines.push_str(&line(entry));
        match &entry.sha256 {
            // Programs differ in how they write such names.
            Some(sum) if path.contains(['\\', '\n', '\r']) => {
                odd_sums.push_str(&format!("{sum}  -\n"));
                odd.push(format!("plumb_sum <{quoted}"));
            }
            Some(sum) => {
                sums.push_str(&format!("{sum}  {path}\n"));
                summed.push(quoted.clone());
            }
            None => {}
        }
        found.push(quoted);
    }
    let mut said = Vec::new();
    if !found.is_empty() {
        let found = found.join(" ");
        said.push(format!("stat -c '%f %U %G' -- {found} || stat -f '%Xp %Su %Sg' -- {found}"));
    }
    if !summed.is_empty() {
        said.push(format!("plumb_sum -- {}", summed.join(" ")));
    }
    said.extend(odd);
    if !said.is_empty() {
        let expected = lines + &sums + &odd_sums;
        let expected = posix_quoted(&[expected.trim_end_matches('\n')]);
        tests.push(format!("[ \"$({})\" = {expected} ]", said.join("\n")));
    }
    Request::trusted(format!("LC_ALL=C; export LC_ALL\n{{ {}; }} 2>/dev/null || exit 1", tests.join(" && ")))
}

fn line(entry: &Entry) -> String {
    format!("{} {} {}\n", entry.raw_mode, entry.user, entry.group)
}
