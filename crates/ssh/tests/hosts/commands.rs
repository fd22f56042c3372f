//! Commands: what they write, and how they end.

use std::time::Duration;

use plumb_ssh::{Connection, Error, Exit};
use plumb_ssh_server::Server;

use crate::support::{run, settings, wait};

#[test]
fn output_errors_and_status_come_back() {
    let Some(server) = Server::start("output_errors_and_status_come_back") else { return };
    wait(async {
        let connection = Connection::open(&settings(&server)).await.unwrap();
        let ran = run(&connection, "echo out; echo err >&2; exit 3", false).await.unwrap();
        assert_eq!((&*ran.output, &*ran.errors, ran.exit), ("out\n", "err\n", Exit::Status(3)));
        let ran = run(&connection, "kill -9 $$", false).await.unwrap();
        assert_eq!(ran.exit, Exit::Signal("KILL".to_owned()));
    });
}

#[test]
fn a_terminal_is_one_stream_with_lines_of_its_own() {
    let Some(server) = Server::start("a_terminal_is_one_stream_with_lines_of_its_own") else { return };
    wait(async {
        let connection = Connection::open(&settings(&server)).await.unwrap();
        let ran = run(&connection, "test -t 1 && echo out; echo err >&2", true).await.unwrap();
        assert_eq!((&*ran.output, &*ran.errors), ("out\r\nerr\r\n", ""));
    });
}

#[test]
fn much_output_comes_whole() {
    let Some(server) = Server::start("much_output_comes_whole") else { return };
    wait(async {
        let connection = Connection::open(&settings(&server)).await.unwrap();
        let ran = run(&connection, "yes 0123456789abcde | head -c 20000000", false).await.unwrap();
        assert_eq!(ran.output.len(), 20_000_000);
        assert_eq!(ran.exit, Exit::Status(0));
    });
}

#[test]
fn what_runs_ends_with_the_connection() {
    let Some(server) = Server::start("what_runs_ends_with_the_connection") else { return };
    let mark = server.directory().join("mark");
    let (begun, ended) = (mark.with_extension("begun"), mark.with_extension("ended"));
    let line = format!(
        "trap 'touch {}; exit' HUP; touch {}; while :; do sleep 0.05; done",
        ended.display(),
        begun.display()
    );
    wait(async {
        let connection = Connection::open(&settings(&server)).await.unwrap();
        let work = async { run(&connection, &line, true).await.is_err() };
        let until = async {
            while !begun.exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! { _ = work => panic!("it has ended by itself"), () = until => {} }
        drop(connection);
        let patience = tokio::time::timeout(Duration::from_secs(20), async {
            while !ended.exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        patience.await.expect("it goes on");
    });
}

#[test]
fn a_lost_connection_is_no_exit() {
    let Some(server) = Server::start("a_lost_connection_is_no_exit") else { return };
    wait(async {
        let connection = Connection::open(&settings(&server)).await.unwrap();
        // The parent of the shell is the server's process for this connection.
        let lost = run(&connection, "kill -9 $PPID; sleep 60", false).await;
        assert!(matches!(lost, Err(Error::Lost { .. })), "{:?}", lost.map(|ran| ran.exit));
        let error = run(&connection, "true", false).await.map(|ran| ran.exit).unwrap_err();
        assert!(matches!(error, Error::Lost { .. }), "{error}");
    });
}
