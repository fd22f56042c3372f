//! Other users than the one who logs in.
//!
//! Programs that stand in for `sudo` ask as it does, so that what is asked and answered can be seen; where
//! the real ones are and may be used, they are.

use plumb_host::{Local, Login, Request, Shell, ShellError};
use plumb_ssh::Secret;
use tempfile::TempDir;

use crate::support::{ask, has, run, skipped, write_program};

/// Takes its options apart as `sudo` does, asks for the password as long as it is wrong, and writes down
/// which line it was given. With a file `free` beside it, it asks for nothing.
const SUDO: &str = r#"#!/bin/sh
dir=${0%/*}
while [ $# -gt 0 ]; do
  case "$1" in
    -H) shift ;;
    -n) never=1; shift ;;
    -S) stdin=1; shift ;;
    -p) prompt=$2; shift 2 ;;
    -u) PRETENDED=$2; export PRETENDED; shift 2 ;;
    --) shift; break ;;
    *) echo "sudo: $1?" >&2; exit 2 ;;
  esac
done
printf '%s\n' "$*" > "$dir/line"
if ! [ -e "$dir/free" ]; then
  [ -z "$never" ] || { echo 'sudo: Ein Passwort ist notwendig' >&2; exit 1; }
  tries=0
  while :; do
    printf '%s' "$prompt" >&2
    answer=
    # One byte after the other, as it does, so that the rest is left for the shell.
    while byte=$(dd bs=1 count=1 2>/dev/null; echo .) && [ "$byte" != "
." ] && [ "$byte" != . ]; do answer=$answer${byte%.}; done
    [ "$answer" != 'it'"'"'s $ecret' ] || break
    tries=$((tries + 1))
    [ $tries -lt 3 ] || { echo 'sudo: 3 incorrect password attempts' >&2; exit 1; }
    echo 'Sorry, try again.' >&2
  done
fi
exec "$@"
"#;

fn pretended() -> (TempDir, Local) {
    let directory = tempfile::tempdir().unwrap();
    write_program(&directory.path().join("sudo"), SUDO);
    let path = format!("PATH={}:{}", directory.path().display(), std::env::var("PATH").unwrap_or_default());
    let host = Local::through("web-1", ["env", &path, "sh", "-c"]);
    (directory, host)
}

fn sudo(password: Option<&str>) -> Login {
    Login::Sudo { user: "app user".to_owned(), password: password.map(Secret::new) }
}

async fn who(shell: &mut Shell) -> String {
    let replies = ask(shell, &[Request::trusted("printf \"$PRETENDED\"")]).await.unwrap();
    String::from_utf8(replies[0].output.to_vec()).unwrap()
}

#[test]
fn a_password_is_given_where_it_is_asked_for() {
    run(async {
        let (directory, host) = pretended();
        let login = sudo(Some("it's $ecret"));
        let mut shell = Shell::open(&host, &login).await.unwrap();
        assert_eq!(who(&mut shell).await, "app user");
        // Where it is not asked for, it is not said: a shell would take it for a command.
        std::fs::write(directory.path().join("free"), "").unwrap();
        let mut shell = Shell::open(&host, &login).await.unwrap();
        assert_eq!(who(&mut shell).await, "app user");
        let replies = ask(&mut shell, &[Request::trusted("printf nothing; printf else >&2")]).await.unwrap();
        assert_eq!((&replies[0].output[..], &replies[0].errors[..]), (&b"nothing"[..], &b"else"[..]));
        let line = std::fs::read_to_string(directory.path().join("line")).unwrap();
        assert!(!line.contains("ecret"), "{line}");
    });
}

#[test]
fn wrong_and_missing_passwords_are_told_apart() {
    run(async {
        let (_directory, host) = pretended();
        let wrong = Shell::open(&host, &sudo(Some("guess"))).await.err().unwrap();
        assert!(matches!(wrong, ShellError::Password { is_wrong: true, .. }), "{wrong:?}");
        assert!(!wrong.to_string().contains("guess") && !format!("{wrong:?}").contains("guess"));
        let mut shell = Shell::open(&host, &sudo(None)).await.unwrap();
        let missing = ask(&mut shell, &[Request::trusted(":")]).await.unwrap_err();
        let text = missing.to_string();
        assert!(text.contains("as app user by sudo") && text.contains("Passwort"), "{text}");
    });
}

#[test]
fn real_programs_change_users() {
    run(async {
        let is_root = Local::machine();
        let mut shell = Shell::open(&is_root, &Login::Own).await.unwrap();
        let user = ask(&mut shell, &[Request::trusted("id -u")]).await.unwrap();
        if user[0].output != "0\n" {
            skipped("real_programs_change_users", "only root may without a password");
            return;
        }
        let su = Login::Su { user: "nobody".to_owned() };
        let sudo = Login::Sudo { user: "nobody".to_owned(), password: None };
        for (program, login) in [("su", su), ("sudo", sudo)] {
            if !has(program) {
                skipped("real_programs_change_users", &format!("there is no {program}"));
                continue;
            }
            let mut shell = Shell::open(&Local::machine(), &login).await.unwrap();
            let replies = ask(&mut shell, &[Request::trusted("id -un")]).await.unwrap();
            assert_eq!(replies[0].output, "nobody\n", "{program}");
        }
    });
}
