//! Whether a host is still as it was found.
//!
//! What was found travels to the host and is compared there, right before something is done: what there
//! is now is told only where it differs.

use plumb_ssh::posix_quoted;
use sha2::{Digest as _, Sha256};

use super::{Answer, Entry, EntryKind, Question};
use crate::hexadecimal::hexadecimal;
use crate::shell::{Reply, Request};

/// So many paths are compared by one request.
const PATHS_MAX: usize = 200;

const COMPARE: &str = r#"
differ() {
  found=; i=0; set --
  while [ $i -lt $n ]; do
    entry $i
    if [ -L "$p" ] || [ -e "$p" ]; then
      if [ "$e" ]; then found="$found $i"; set -- "$@" "$p"; else echo $i; fi
    elif [ "$e" ]; then echo $i
    fi
    i=$((i + 1))
  done
  [ $# -gt 0 ] || return 0
  lines=$(stat -c '%f %U %G %s %Y' -- "$@" 2>/dev/null || stat -f '%Xp %Su %Sg %z %m' -- "$@")
  hashed=; set -- $found
  while read -r line; do
    [ $# -gt 0 ] || break
    entry $1
    case $line in "$e "*) [ -z "$s" ] || hashed="$hashed $1";; *) echo $1;; esac
    shift
  done <<EOF
$lines
EOF
  for i; do echo $i; done
  set --
  for i in $hashed; do entry $i; set -- "$@" "$p"; done
  [ $# -gt 0 ] || return 0
  plumb_sum -- "$@" 2>/dev/null | {
    set -- $hashed
    while read -r sum rest; do
      [ $# -gt 0 ] || break
      entry $1; sum=${sum#\\}
      [ "$sum" = "$s" ] || echo $1
      shift
    done
    for i; do echo $i; done
  }
}
out=$(differ)
[ "$out" ] || exit 0
printf '%s\n' "$out"; exit 1
"#;

/// What was found, and must still be so for what follows to be done.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// Requests that fail where something has changed, and of which questions they are.
    checks: Vec<(Request, Vec<Question>)>,
}

impl Check {
    /// These answers to these questions.
    pub fn new<'a>(found: impl IntoIterator<Item = (&'a Question, &'a Answer)>) -> Self {
        let (mut checks, mut paths) = (Vec::new(), Vec::new());
        for (question, answer) in found {
            match (question, answer) {
                (Question::Script(text), Answer::Script { output, .. }) => {
                    checks.push((script(text, output), vec![question.clone()]));
                }
                // Nobody knows what there is, so that it is what comes of acting that tells.
                (Question::Path(..), Answer::Path(entry)) if entry.kind == EntryKind::Denied => {}
                (Question::Path(path, _), Answer::Path(entry)) => {
                    paths.push((path.as_str(), entry, question));
                }
                _ => {}
            }
        }
        for paths in paths.chunks(PATHS_MAX) {
            checks.push((compared(paths), paths.iter().map(|(.., question)| (*question).clone()).collect()));
        }
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

    /// What has changed, by the replies to the requests.
    pub fn changed(&self, replies: &[Reply]) -> Vec<&Question> {
        let mut changed = Vec::new();
        for ((_, questions), reply) in self.checks.iter().zip(replies) {
            if reply.status == 0 || reply.is_skipped {
                continue;
            }
            let said = String::from_utf8_lossy(&reply.output);
            match questions.as_slice() {
                [one] => changed.push(one),
                many => changed.extend(said.lines().filter_map(|at| many.get(at.parse::<usize>().ok()?))),
            }
        }
        changed
    }
}

fn script(text: &str, output: &[u8]) -> Request {
    let sum = hexadecimal(&Sha256::digest(output));
    Request::trusted(format!(
        "LC_ALL=C; export LC_ALL\nfact() {{ (\n{text}\n) 2>/dev/null; }}\n\
         case $(fact | plumb_sum) in {sum}*) exit 0;; esac\nexit 1"
    ))
}

fn compared(paths: &[(&str, &Entry, &Question)]) -> Request {
    let mut text = String::from("LC_ALL=C; export LC_ALL\nentry() { case $1 in\n");
    for (at, (path, entry, _)) in paths.iter().enumerate() {
        let expected = match entry.kind {
            EntryKind::Absent | EntryKind::Denied => String::new(),
            _ => format!("{} {} {}", entry.raw_mode, entry.user, entry.group),
        };
        let (path, expected) = (posix_quoted(&[path]), posix_quoted(&[&expected]));
        let sum = entry.sha256.as_deref().unwrap_or_default();
        text.push_str(&format!("{at}) p={path} e={expected} s={sum};;\n"));
    }
    text.push_str(&format!("esac; }}\nn={}{COMPARE}", paths.len()));
    Request::trusted(text)
}
