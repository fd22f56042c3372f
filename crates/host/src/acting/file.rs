//! Putting a file in its place, whole or not at all.

use plumb_ssh::posix_quoted;

use super::content::Content;
use crate::shell::Request;

/// A file as it is to be. It is written beside its place, given away and given its mode, and then moved,
/// so that nobody ever sees half of it or sees it with another mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Where.
    pub path: String,
    /// What is in it.
    pub content: Content,
    /// Whose it is; who writes it, unless it is said.
    pub user: Option<String>,
    /// Of which group.
    pub group: Option<String>,
    /// Its permissions, as in `0o644`.
    pub mode: u32,
    /// The name under which what is there is kept.
    pub backup: Option<String>,
}

impl FileChange {
    /// The request for it. The word makes the file beside its place unlike any other.
    pub fn request(&self, word: &str) -> Request {
        let directory = match self.path.rsplit_once('/') {
            Some(("", _)) => "/",
            Some((directory, _)) => directory,
            None => ".",
        };
        let quoted = |text: &str| posix_quoted(&[text]);
        let mut text = format!(
            "umask 077; p={}; t={}\n",
            quoted(&self.path),
            quoted(&format!("{}/.plumb-{word}", directory.trim_end_matches('/')))
        );
        text.push_str("trap 'rm -f \"$t\"' EXIT; trap 'exit 129' HUP INT TERM PIPE\nset -C\n");
        text.push_str(&self.content.written_to("\"$t\""));
        text.push_str("\n[ $? = 0 ] || exit 1\n");
        let owner = match (&self.user, &self.group) {
            (Some(user), Some(group)) => Some(format!("{user}:{group}")),
            (Some(user), None) => Some(user.clone()),
            (None, Some(group)) => Some(format!(":{group}")),
            (None, None) => None,
        };
        if let Some(owner) = owner {
            text.push_str(&format!("chown {} \"$t\" || exit 1\n", quoted(&owner)));
        }
        text.push_str(&format!("chmod {:o} \"$t\" || exit 1\n", self.mode));
        if let Some(backup) = &self.backup {
            text.push_str(&format!("[ ! -e \"$p\" ] || cp -p \"$p\" {} || exit 1\n", quoted(backup)));
        }
        // Where something is mounted nothing can be moved to: what there is, is written over.
        text.push_str(
            "said=$(LC_ALL=C mv -f \"$t\" \"$p\" 2>&1) && exit 0\n\
             case $said in *busy*) cat \"$t\" >|\"$p\" && exit 0;; esac\n\
             printf '%s\\n' \"$said\" >&2; exit 1\n",
        );
        Request::trusted(text)
    }
}
