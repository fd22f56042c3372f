//! Programs of this machine that connections go through.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use plumb_ssh::{Connection, Error, ProxyCommand, Settings, Through};
use plumb_ssh_server::Server;

use crate::support::{host, run, settings, wait, works};

/// A line that a shell takes apart, as OpenSSH has it.
fn command(line: &str) -> Through {
    Through::Command(ProxyCommand {
        program: "/bin/sh".to_owned(),
        arguments: vec!["-c".to_owned(), line.to_owned()],
        environment: vec![("PROXIED".to_owned(), "yes".to_owned())],
    })
}

/// A server on the program's standard input and output, told apart from the one that listens.
fn served(server: &Server, before: &str) -> Settings {
    let mut settings = settings(server);
    settings.host.port = 1;
    let line = format!("{before}; exec {} -i -f {}", server.program().display(), server.config().display());
    settings.through = Some(command(&line));
    settings
}

#[test]
fn a_program_is_the_connection() {
    let test = "a_program_is_the_connection";
    let (Some(server), Some(behind)) = (Server::start(test), Server::start(test)) else { return };
    let mut settings = served(&server, "test $PROXIED = yes || exit 1");
    works(&settings).unwrap();
    // It may lead to a host that others are behind.
    settings.jumps = vec![settings.host.clone()];
    settings.host = host(&behind);
    works(&settings).unwrap();
}

#[test]
fn it_ends_with_the_connection() {
    let Some(server) = Server::start("it_ends_with_the_connection") else { return };
    let file = server.directory().join("process");
    // It would go on for an hour if it were not ended.
    let before = format!("(echo $$ >{}; exec sleep 3600) & trap '' PIPE", file.display());
    let line = format!("{before}; exec {} -i -f {}", server.program().display(), server.config().display());
    let mut settings = settings(&server);
    settings.through = Some(command(&line));
    wait(async {
        let connection = Connection::open(&settings).await.unwrap();
        run(&connection, ":", false).await.unwrap();
        let process = fs::read_to_string(&file).unwrap();
        assert!(is_alive(process.trim()));
        drop(connection);
        let patience = Instant::now() + Duration::from_secs(20);
        while is_alive(process.trim()) {
            assert!(Instant::now() < patience, "process {process} goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

/// Whether a process runs; one that has ended and that nobody has asked about does not.
fn is_alive(process: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(process).join("stat"));
    status.is_ok_and(|status| !status.contains(") Z "))
}

#[test]
fn what_it_says_is_told_when_it_fails() {
    let Some(server) = Server::start("what_it_says_is_told_when_it_fails") else { return };
    let mut settings = settings(&server);
    let address = format!("127.0.0.1:{}", server.port());
    let greeting = "echo SSH-2.0-x; read line; echo half of it >&2; head -c 40 /dev/zero; exit 7";
    for (line, expected) in [
        ("echo 'no route' >&2; exit 3", "it ended with exit status 3: no route"),
        ("exit 0", "it ended with exit status 0"),
        ("echo one >&2; echo two >&2; kill -KILL $$", "signal: 9 (SIGKILL): one; two"),
        (greeting, "it ended with exit status 7: half of it"),
        ("echo Permission denied; echo why >&2; exec sleep 60", "does not speak SSH"),
    ] {
        settings.host.patience.connect = Duration::from_secs(2);
        settings.through = Some(command(line));
        let error = wait(async { Connection::open(&settings).await.err().unwrap() });
        assert!(matches!(error, Error::ProxyCommand { .. } | Error::Silent { .. }), "{error:?}");
        let problem = error.to_string();
        assert!(
            problem.starts_with("the proxy command /bin/sh -c ") && problem.contains(&address),
            "{problem}"
        );
        assert!(problem.contains(expected), "{line}: {problem}");
    }
    settings.through = Some(Through::Command(ProxyCommand {
        program: "/no/such/program".to_owned(),
        arguments: Vec::new(),
        environment: Vec::new(),
    }));
    let problem = works(&settings).unwrap_err();
    assert!(problem.contains("/no/such/program") && problem.contains("cannot be started"), "{problem}");
}
