//! Shells that cannot be had, and shells that go away.

use std::time::Duration;

use plumb_host::{Local, Login, Request, Shell, ShellError};

use crate::support::{ask, open, run, with_each};

#[test]
fn a_shell_that_goes_away_says_where_it_was() {
    with_each("a_shell_that_goes_away_says_where_it_was", async |host| {
        let mut shell = open(host).await;
        // `$$` is the shell itself, also in a part of it.
        let requests = ["echo one", "echo two; echo alas >&2; kill -KILL $$; sleep 5", "echo three"];
        let ended = ask(&mut shell, &requests.map(Request::trusted)).await.unwrap_err();
        let ShellError::Ended { at, .. } = ended else { panic!("{ended:?}") };
        assert_eq!(at, 1);
        let text = ended.to_string();
        assert!(text.contains("in the middle of request 2") && text.contains("alas"), "{text}");
        let again = ask(&mut shell, &[Request::trusted(":")]).await.unwrap_err();
        assert!(matches!(again, ShellError::Abandoned { .. }), "{again:?}");
    });
}

#[test]
fn a_host_without_a_shell_says_why() {
    run(async {
        for (program, why) in [
            (&["sh", "-c", "echo 'This account is currently not available.'; exit 1 #"][..], "not available"),
            (&["sh", "-c", "echo 'no such container' >&2; exit 125 #"], "no such container"),
            (&["false"], "exit status 1"),
        ] {
            let host = Local::through("web-1", program.iter().copied());
            let mut shell = Shell::open(&host, &Login::Own).await.unwrap();
            let error = ask(&mut shell, &[Request::trusted(":")]).await.unwrap_err();
            assert!(matches!(error, ShellError::NoShell { .. }), "{error:?}");
            let text = error.to_string();
            assert!(text.starts_with("web-1: there is no shell") && text.contains(why), "{text}");
        }
        let nowhere = Local::through("web-1", ["/no/such/program"]);
        let error = Shell::open(&nowhere, &Login::Own).await.err().unwrap();
        assert!(matches!(error, ShellError::Transport(_)), "{error:?}");
    });
}

#[test]
fn noise_of_logging_in_is_nobodys_output() {
    run(async {
        let script = "echo 'Welcome!'; echo 'You have mail.' >&2; eval \"$1\"";
        let host = Local::through("noisy", ["sh", "-c", script, "login"]);
        let mut shell = open(&host).await;
        let replies = ask(&mut shell, &[Request::trusted("echo hello; echo there >&2")]).await.unwrap();
        assert_eq!((&replies[0].output[..], &replies[0].errors[..]), (&b"hello\n"[..], &b"there\n"[..]));
    });
}

#[test]
fn a_shell_that_was_left_in_the_middle_is_not_used_again() {
    with_each("a_shell_that_was_left_in_the_middle_is_not_used_again", async |host| {
        let mut shell = open(host).await;
        let requests = [Request::trusted("sleep 5; echo late")];
        let asked = tokio::time::timeout(Duration::from_millis(200), ask(&mut shell, &requests)).await;
        assert!(asked.is_err());
        assert!(!shell.is_at_rest());
        let error = ask(&mut shell, &[Request::trusted("echo next")]).await.unwrap_err();
        assert!(matches!(error, ShellError::Abandoned { .. }), "{error:?}");
    });
}
