//! Hosts that a deploy has left as they should not be, kept for `-resume`.
//!
//! Beside the working data of the directory there is a file for each deploy with its inventories and tags, for as
//! long as its last runs have left hosts that are not done. It names hosts, and why; nothing else is in it.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use plumb_deploy::{Ended, HostFailure};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_host::Content;
use plumb_source::explain_refusal;
use serde_json::{Map, Value, json};

use crate::arguments::DeployArguments;
use crate::session::write_for_owner;
use crate::terminal::now;

/// Where these files are in the directory of working data.
const DIRECTORY: &str = "deploys";
/// The version of what is in them.
const FORMAT: u64 = 1;

/// Why a host is left over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Failed,
    NotReached,
    /// Something was begun there.
    Unfinished,
    NotBegun,
}

const ALL: [(Why, &str, &str); 4] = [
    (Why::Failed, "failed", "failed"),
    (Why::NotReached, "not_reached", "not reached"),
    (Why::Unfinished, "unfinished", "unfinished"),
    (Why::NotBegun, "not_begun", "not begun"),
];

impl Why {
    /// Why a host could not be planned.
    pub(super) fn of_failure(failure: &HostFailure) -> Self {
        match failure {
            HostFailure::Unreachable(_) => Why::NotReached,
            HostFailure::Deploy(_) | HostFailure::Unhealthy(_) => Why::Failed,
        }
    }

    /// Why a host is left over that was to be changed; nothing where it is not.
    pub(super) fn of(ended: &Ended) -> Option<Self> {
        match ended {
            Ended::Applied(applied) if applied.is_done() => None,
            Ended::Applied(applied) if applied.is_unfinished() => Some(Why::Unfinished),
            Ended::Applied(_) => Some(Why::Failed),
            Ended::Failed(failure) => Some(Why::of_failure(failure)),
            Ended::CutOff => Some(Why::Unfinished),
            Ended::NotBegun => Some(Why::NotBegun),
        }
    }

    /// Its name for programs.
    pub(super) fn name(self) -> &'static str {
        ALL.iter().find(|(why, ..)| *why == self).map_or("failed", |(_, name, _)| name)
    }

    /// The same for people.
    pub(super) fn words(self) -> &'static str {
        ALL.iter().find(|(why, ..)| *why == self).map_or("failed", |(.., words)| words)
    }

    fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, known, _)| *known == name).map(|(why, ..)| *why)
    }
}

/// The place where hosts are noted that a deploy leaves over.
pub(super) struct Leftover {
    path: PathBuf,
    deploy: String,
}

/// Hosts that are left over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// When that was noted.
    pub(super) noted_at: String,
    pub(super) hosts: BTreeMap<String, Why>,
}

impl Left {
    /// How long ago it was noted; nothing where the clock says otherwise.
    pub(super) fn age(&self) -> Option<std::time::Duration> {
        let then: jiff::Timestamp = self.noted_at.parse().ok()?;
        std::time::Duration::try_from(jiff::Timestamp::now().duration_since(then)).ok()
    }
}

impl Leftover {
    /// That of a deploy. Another inventory, or other tags, have another one.
    pub(super) fn of(data_directory: &Path, arguments: &DeployArguments) -> Self {
        let (deploy, inventories) =
            arguments.words.split_last().map_or(("", &[][..]), |(deploy, rest)| (deploy.as_str(), rest));
        let is_a_step = |component: &Component<'_>| *component != Component::CurDir;
        let deploy: PathBuf = Path::new(deploy).components().filter(is_a_step).collect();
        let stem = deploy.file_stem().unwrap_or_default().to_string_lossy();
        let safe: String =
            stem.chars().filter(|one| one.is_ascii_alphanumeric() || "-_".contains(*one)).collect();
        let deploy = deploy.to_string_lossy().into_owned();
        let identity = json!([deploy, inventories, arguments.tags]).to_string();
        let digest = Content::new(identity.into_bytes());
        let name = format!("{}-{}.json", safe.get(..40).unwrap_or(&safe), &digest.sha256()[..16]);
        Leftover { path: data_directory.join(DIRECTORY).join(name), deploy }
    }

    /// What was noted last; nothing where everything was done.
    pub(super) fn read(&self) -> Result<Option<Left>, Diagnostics> {
        let text = match plumb_source::read_regular_file(&self.path).and_then(plumb_source::as_text) {
            Ok(text) => text,
            Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(why) => return Err(self.unreadable(&explain_refusal(&why)).into()),
        };
        parsed(&text).map(Some).map_err(|why| self.unreadable(&why).into())
    }

    /// The hosts to go on with.
    pub(super) fn to_resume(&self) -> Result<Left, Diagnostics> {
        self.read()?.ok_or_else(|| {
            let detail = format!(
                "Nothing is noted of {} that would be left to do: its last run with these inventories and tags has done \
                 everything, or there was none in this directory. Run it without -resume.",
                self.deploy
            );
            Diagnostic::error("There is nothing to resume", detail).into()
        })
    }

    /// Notes what is left over. Hosts that this run was not for stay as they were noted, unless it was for all of
    /// them.
    pub(super) fn note(
        &self,
        run: impl Iterator<Item = (String, Option<Why>)>,
        is_for_all: bool,
    ) -> Result<usize, Diagnostic> {
        let before = if is_for_all { None } else { self.read().ok().flatten() };
        let mut hosts = before.unwrap_or_default().hosts;
        for (name, why) in run {
            match why {
                Some(why) => drop(hosts.insert(name, why)),
                None => drop(hosts.remove(&name)),
            }
        }
        let count = hosts.len();
        self.write(&Left { noted_at: now(), hosts }).map_err(|why| self.unwritable(&why))?;
        Ok(count)
    }

    fn write(&self, left: &Left) -> std::io::Result<()> {
        if left.hosts.is_empty() {
            return self.remove();
        }
        let hosts: Map<String, Value> =
            left.hosts.iter().map(|(name, why)| (name.clone(), why.name().into())).collect();
        let document =
            json!({ "format": FORMAT, "deploy": self.deploy, "noted_at": left.noted_at, "hosts": hosts });
        let text = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
        std::fs::create_dir_all(self.path.parent().unwrap_or(Path::new(".")))?;
        write_for_owner(&self.path, text.as_bytes())
    }

    /// Removes the file, and directories that had nothing else in them.
    fn remove(&self) -> std::io::Result<()> {
        match std::fs::remove_file(&self.path) {
            Ok(()) => {
                for directory in self.path.ancestors().skip(1).take(2) {
                    // What is not empty stays, and says so.
                    if std::fs::remove_dir(directory).is_err() {
                        break;
                    }
                }
                Ok(())
            }
            Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(()),
            Err(why) => Err(why),
        }
    }

    fn unreadable(&self, why: &str) -> Diagnostic {
        let detail = format!(
            "{}, where the hosts are noted that a deploy has left over, cannot be read: {why}. Remove it, and run the \
             deploy without -resume.",
            self.path.display()
        );
        Diagnostic::error("What is left to do cannot be read", detail)
    }

    fn unwritable(&self, why: &std::io::Error) -> Diagnostic {
        let detail = format!(
            "{} cannot be written, so that -resume will not know which hosts are left: {}.",
            self.path.display(),
            explain_refusal(why)
        );
        Diagnostic::warning("What is left to do is not noted", detail)
    }
}

fn parsed(text: &str) -> Result<Left, String> {
    let value: Value = serde_json::from_str(text).map_err(|why| why.to_string())?;
    match value.get("format").and_then(Value::as_u64) {
        Some(FORMAT) => {}
        Some(other) => return Err(format!("it has format {other}, which a newer Plumb may know")),
        None => return Err("it does not say which format it has".to_owned()),
    }
    let wrong = || "it does not name hosts".to_owned();
    let noted = value.get("hosts").and_then(Value::as_object).ok_or_else(wrong)?;
    let host = |(name, why): (&String, &Value)| {
        let why = why.as_str().and_then(Why::named);
        why.map(|why| (name.clone(), why)).ok_or_else(|| format!("nobody knows what became of {name}"))
    };
    let noted_at = value.get("noted_at").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Left { noted_at, hosts: noted.iter().map(host).collect::<Result<_, _>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leftover(directory: &Path, words: &[&str]) -> Leftover {
        use clap::Parser;
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            deploy: DeployArguments,
        }
        let line = std::iter::once("deploy").chain(words.iter().copied());
        Leftover::of(directory, &Line::parse_from(line).deploy)
    }

    fn run(hosts: &[(&str, Option<Why>)]) -> impl Iterator<Item = (String, Option<Why>)> {
        hosts.iter().map(|(name, why)| ((*name).to_owned(), *why)).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn hosts_are_noted_until_they_are_done() {
        let scratch = tempfile::tempdir().unwrap();
        let directory = scratch.path().join("data");
        let directory = directory.as_path();
        let left = leftover(directory, &["web", "site.star"]);
        assert_eq!(left.read().unwrap(), None);
        assert!(left.to_resume().is_err());
        let count =
            left.note(run(&[("a", Some(Why::Failed)), ("b", None), ("c", Some(Why::NotBegun))]), true);
        assert_eq!(count.unwrap(), 2);
        // A run for one of them leaves what is noted of the other.
        left.note(run(&[("a", None), ("d", Some(Why::NotReached))]), false).unwrap();
        let noted = left.to_resume().unwrap();
        let names: Vec<_> = noted.hosts.iter().map(|(name, why)| (name.as_str(), *why)).collect();
        assert_eq!(names, [("c", Why::NotBegun), ("d", Why::NotReached)]);
        assert!(noted.age().unwrap().as_secs() < 60);
        // Written differently it is the same deploy; another inventory is another one.
        assert!(leftover(directory, &["web", "./site.star"]).read().unwrap().is_some());
        assert!(leftover(directory, &["db", "site.star"]).read().unwrap().is_none());
        assert!(leftover(directory, &["--tags=x", "web", "site.star"]).read().unwrap().is_none());
        left.note(run(&[("c", None)]), true).unwrap();
        assert_eq!(left.read().unwrap(), None);
        assert!(!directory.join(DIRECTORY).exists());
    }

    #[test]
    fn what_is_broken_is_told_and_not_guessed() {
        let directory = tempfile::tempdir().unwrap();
        let left = leftover(directory.path(), &["web", "site.star"]);
        std::fs::create_dir(directory.path().join(DIRECTORY)).unwrap();
        for (text, expected) in [
            ("{", "EOF"),
            ("{}", "which format"),
            ("{\"format\": 2}", "format 2"),
            ("{\"format\": 1}", "does not name hosts"),
            ("{\"format\": 1, \"hosts\": {\"a\": \"odd\"}}", "became of a"),
        ] {
            std::fs::write(&left.path, text).unwrap();
            let why = left.read().unwrap_err();
            let detail = &why.iter().next().unwrap().detail;
            assert!(detail.contains(expected), "{text}: {detail}");
        }
    }
}
