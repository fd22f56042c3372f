//! Putting a file in its place, whole or not at all.

use plumb_ssh::posix_quoted;

use super::content::Content;
use crate::shell::{Placing, Request};

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
    /// A command that has to find nothing wrong with it before it is moved to its place; `%s` in it stands
    /// for the file.
    pub validate: Option<String>,
}

impl FileChange {
    /// Whether a file can be made with its mode from the beginning: one that everybody may read, and that is given
    /// to nobody. A directory may have rules of its own for what is made in it, which go before ours.
    fn is_made_with_mode(&self) -> bool {
        self.mode == 0o644 && self.user.is_none() && self.group.is_none()
    }

    /// The request for it. The word makes the file beside its place unlike any other.
    pub fn request(&self, word: &str) -> Request {
        let directory = match self.path.rsplit_once('/') {
            Some(("", _)) => "/",
            Some((directory, _)) => directory,
            None => ".",
        };
        let quoted = |text: &str| posix_quoted(&[text]);
        let mut text = format!(
            "umask {:03o}; p={}; t={}\n",
            if self.is_made_with_mode() { 0o777 & !self.mode } else { 0o077 },
            quoted(&self.path),
            quoted(&format!("{}/.plumb-{word}", directory.trim_end_matches('/')))
        );
        text.push_str("trap 'rm -f \"$t\"' EXIT; trap 'exit 129' HUP INT TERM PIPE\nset -C\n");
        let from = text.len();
        text.push_str(&self.content.written_to("\"$t\""));
        let written = from..text.len();
        text.push_str("\n[ $? = 0 ] || exit 1\n");
        let owner = match (&self.user, &self.group) {
            (Some(user), Some(group)) => Some(format!("{user}:{group}")),
            (Some(user), None) => Some(user.clone()),
            (None, Some(group)) => Some(format!(":{group}")),
            (None, None) => None,
        };
        let mode = self.mode;
        let chmod = format!("chmod {mode:o} \"$1\"");
        let given = match &owner {
            Some(owner) => format!("given() {{ chown {} \"$1\" && {chmod}; }}\n", quoted(owner)),
            None => format!("given() {{ {chmod}; }}\n"),
        };
        text.push_str(&given);
        // A file that nobody gives away is made with its mode.
        if owner.is_some() || !self.is_made_with_mode() {
            text.push_str("given \"$t\" || exit 1\n");
        }
        if let Some(validate) = &self.validate {
            text.push_str(&validated(validate));
        }
        if let Some(backup) = &self.backup {
            text.push_str(&format!("[ ! -e \"$p\" ] || cp -p \"$p\" {} || exit 1\n", quoted(backup)));
        }
        text.push_str(MOVE);
        match self.path.strip_prefix('/').and_then(|_| self.path.rsplit_once('/')) {
            Some((directory, name)) if self.validate.is_none() && self.backup.is_none() => {
                let (directory, name) = (directory.to_owned(), name.to_owned());
                let word = word.to_owned();
                Request::placing(text, Placing { directory, name, owner, mode, word, written })
            }
            _ => Request::trusted(text),
        }
    }
}

/// Where something is mounted nothing can be moved to: what there is, is written over, and put back where
/// there is no room for that.
const MOVE: &str = r#"mv -f "$t" "$p" 2>/dev/null && { trap - EXIT; exit 0; }
said=$(LC_ALL=C mv -f "$t" "$p" 2>&1) && exit 0
case $said in *[Bb]usy*)
  cp -p "$p" "$t.old" || exit 1
  trap 'rm -f "$t" "$t.old"' EXIT
  cat "$t" >|"$p" && given "$p" && exit 0
  cat "$t.old" >|"$p"; exit 1;;
esac
printf '%s\n' "$said" >&2; exit 1
"#;

/// Has a command look at the file beside its place. It is somebody else's, and runs in a process of its own.
fn validated(command: &str) -> String {
    let words: Vec<&str> = command.split("%s").collect();
    let command = posix_quoted(&[&words.join("\"$1\"")]);
    format!(
        "sh -c {command} sh \"$t\" </dev/null 1>&2 || {{ s=$?; \
         printf '%s\\n' \"what was to be in $p is not accepted; nothing was changed\" >&2; exit $s; }}\n"
    )
}
