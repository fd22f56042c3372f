//! As whom a shell runs.

use std::fmt;

use plumb_ssh::{Secret, posix_quoted};

/// As whom a shell runs, and how it comes to that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Login {
    /// As who has logged in.
    #[default]
    Own,
    /// As another user, by `sudo`.
    Sudo {
        /// Who.
        user: String,
        /// The password of who has logged in, where it may be asked for.
        password: Option<Secret>,
    },
    /// As another user, by `su`; only who is root already may, for it asks a terminal for passwords.
    Su {
        /// Who.
        user: String,
    },
    /// As another user, by `doas`, where no password is asked for.
    Doas {
        /// Who.
        user: String,
    },
}

impl Login {
    /// A line that whatever shell the user has understands alike. What it starts reads what follows; where a
    /// password may be wanted, it says `mark` as soon as it is a shell, and `question` before.
    pub(crate) fn line(&self, mark: &str, question: &str) -> String {
        match self {
            Login::Own => "exec sh".to_owned(),
            Login::Sudo { user, password: None } => {
                format!("exec sudo -H -n -u {} -- sh", posix_quoted(&[user]))
            }
            Login::Sudo { user, password: Some(_) } => {
                // It is one word of single quotes, without anything in it that any shell would want to read.
                let shell = format!("'printf \"%s 0 0\\n\" {mark}; exec sh'");
                format!("exec sudo -H -S -p {question} -u {} -- sh -c {shell}", posix_quoted(&[user]))
            }
            // Not a login shell: what the user's profile does is nobody's business.
            Login::Su { user } => format!("exec su -s /bin/sh -c 'exec sh' {}", posix_quoted(&[user])),
            Login::Doas { user } => format!("exec doas -n -u {} sh", posix_quoted(&[user])),
        }
    }

    /// What may be asked for, and the answer.
    pub(crate) fn password(&self) -> Option<&Secret> {
        match self {
            Login::Sudo { password, .. } => password.as_ref(),
            Login::Own | Login::Su { .. } | Login::Doas { .. } => None,
        }
    }
}

/// By which a question for a password is known: programs say it in as many languages as there are.
pub(crate) fn question(mark: &str) -> String {
    format!("password-{mark}")
}

impl fmt::Display for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Login::Own => out.write_str("as who has logged in"),
            Login::Sudo { user, .. } => write!(out, "as {user} by sudo"),
            Login::Su { user } => write!(out, "as {user} by su"),
            Login::Doas { user } => write!(out, "as {user} by doas"),
        }
    }
}
