//! The same over a connection.

use plumb_host::{Login, Request, Shell, ShellError, Ssh};
use plumb_ssh::{Connection, Host, Identity, Settings};
use plumb_ssh_server::Server;

use crate::support::{ask, run};

async fn connected(server: &Server) -> Ssh {
    let key = std::fs::read_to_string(server.key()).expect("a key");
    let host = Host {
        identities: vec![Identity::parse(&key, None).expect("a key")],
        ..Host::new("127.0.0.1", server.port(), server.user())
    };
    let settings = Settings::straight(host);
    Ssh::new(Connection::open(&settings).await.expect("a connection"))
}

#[test]
fn shells_of_a_connection_go_on_side_by_side() {
    let Some(server) = Server::start("shells_of_a_connection_go_on_side_by_side") else { return };
    run(async {
        let host = connected(&server).await;
        let mut one = Shell::open(&host, &Login::Own).await.unwrap();
        let mut other = Shell::open(&host, &Login::Own).await.unwrap();
        let directory = server.directory().display();
        // Each waits for the other.
        let first =
            format!("while ! test -e {directory}/b; do sleep 0.02; done; printf 'a\\0\\377'; printf e >&2");
        let requests = [Request::trusted(first)];
        let second = [Request::trusted(format!("touch {directory}/b; exit 9"))];
        let (one, other) = tokio::join!(ask(&mut one, &requests), ask(&mut other, &second));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!((&one[0].output[..], &one[0].errors[..]), (&b"a\0\xff"[..], &b"e"[..]));
        assert_eq!(other[0].status, 9);
    });
}

#[test]
fn megabytes_go_both_ways() {
    let Some(server) = Server::start("megabytes_go_both_ways") else { return };
    run(async {
        let host = connected(&server).await;
        let mut shell = Shell::open(&host, &Login::Own).await.unwrap();
        let filling = "y".repeat(60_000);
        let requests: Vec<Request> = (0..100)
            .map(|number| {
                Request::trusted(format!("printf '%s' {filling} {number}; printf '%s' {filling} >&2"))
            })
            .collect();
        let replies = ask(&mut shell, &requests).await.unwrap();
        for (number, reply) in replies.iter().enumerate() {
            assert_eq!((reply.output.len(), reply.errors.len()), (60_000 + number.to_string().len(), 60_000));
        }
    });
}

#[test]
fn a_connection_that_is_cut_says_where_it_was() {
    let Some(server) = Server::start("a_connection_that_is_cut_says_where_it_was") else { return };
    run(async {
        let host = connected(&server).await;
        let mut shell = Shell::open(&host, &Login::Own).await.unwrap();
        // The parent of the shell is the process of the server that has the connection.
        let requests =
            ["echo one", "sleep 0.3; kill -KILL $PPID; sleep 5", "echo three"].map(Request::trusted);
        let error = ask(&mut shell, &requests).await.unwrap_err();
        assert!(matches!(error, ShellError::Lost { at: 1, .. }) && error.is_lost(), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains(": the connection was lost: ") && text.ends_with("in the middle of request 2"),
            "{text}"
        );
        assert!(host.is_closed());
        let error = Shell::open(&host, &Login::Own).await.err().unwrap();
        assert!(error.is_lost(), "{error:?}");
    });
}

#[test]
fn a_shell_that_ends_is_no_lost_connection() {
    let Some(server) = Server::start("a_shell_that_ends_is_no_lost_connection") else { return };
    run(async {
        let host = connected(&server).await;
        let mut shell = Shell::open(&host, &Login::Own).await.unwrap();
        let requests = ["kill -KILL $$; sleep 1"].map(Request::trusted);
        let error = ask(&mut shell, &requests).await.unwrap_err();
        assert!(matches!(error, ShellError::Ended { at: 0, .. }) && !error.is_lost(), "{error:?}");
        assert!(!host.is_closed());
        let mut again = Shell::open(&host, &Login::Own).await.unwrap();
        assert_eq!(ask(&mut again, &[Request::trusted("exit 3")]).await.unwrap()[0].status, 3);
    });
}
