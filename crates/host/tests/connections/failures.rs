//! Hosts that are not reached, and what is said of that.

use std::io::Write as _;
use std::net::TcpListener;
use std::time::Duration;

use plumb_host::{ConnectError, Destination, FailureKind, Means, Persistence};
use plumb_ssh_server::Server;

use crate::support::{Home, block, known, lacks};

/// Connects by a connection of this process, three times if that is worth it.
async fn refused(home: &Home, destination: &Destination) -> ConnectError {
    let delay = Duration::from_millis(20);
    let persistence = Persistence { attempts: 3, delay, delay_max: delay };
    home.resolver().connect(destination, Means::Own, persistence).await.unwrap_err()
}

#[tokio::test]
async fn nobody_there_and_nobody_who_speaks() {
    if lacks("nobody_there_and_nobody_who_speaks", "ssh") {
        return;
    }
    let home = Home::new();
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let other = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let (silent_port, other_port) = (silent.local_addr().unwrap().port(), other.local_addr().unwrap().port());
    std::thread::spawn(move || {
        other.incoming().for_each(|stream| stream.unwrap().write_all(b"220 mail.example.com\r\n").unwrap());
    });
    home.config(&format!(
        "Host free\n  Port {free}\nHost silent\n  Port {silent_port}\n  ConnectTimeout 1\nHost other\n  Port {other_port}\n\
         Host nowhere\n  HostName nowhere.invalid\nHost cut\n  ProxyCommand sh -c 'echo SSH-2.0-cut; echo why >&2'\n\
         Host *\n  HostName 127.0.0.1\n  StrictHostKeyChecking no\n  IdentityFile none\n"
    ));
    for (host, kind, texts) in [
        ("free", FailureKind::Refused, ["refused", "Check the port, and that the SSH server runs there"]),
        ("silent", FailureKind::TimedOut, ["took longer than 1 seconds", "no firewall is in between"]),
        ("other", FailureKind::NotSsh, ["it says \"220 mail.example.com\"", "Check the port"]),
        (
            "nowhere",
            FailureKind::UnknownName,
            ["nowhere.invalid:22 cannot be reached", "HostName in ~/.ssh/config"],
        ),
        ("cut", FailureKind::Proxy, ["echo SSH-2.0-cut; echo why", "exit status 0: why"]),
    ] {
        let error = refused(&home, &home.destination(host)).await;
        let text = error.to_string();
        assert_eq!((error.kind(), error.failures.len()), (kind, 3), "{text}");
        assert!(text.starts_with(&format!("{host}: there is no connection: ")), "{text}");
        assert!(texts.iter().all(|expected| text.contains(expected)), "{text}");
        assert!(text.contains("the last of 3 attempts"), "{text}");
    }
}

#[tokio::test]
async fn who_is_not_let_in_does_not_try_again() {
    let test = "who_is_not_let_in_does_not_try_again";
    let (Some(server), Some(gate)) = (Server::start(test), Server::start(test)) else { return };
    if lacks(test, "ssh") {
        return;
    }
    let home = Home::new();
    home.write("known", &[known(&server), known(&gate)].concat());
    let stranger = server.keys().plain("stranger", "ed25519");
    let all = format!("Host *\n  UserKnownHostsFile {}\n", home.path("known").display());
    let with_stranger = |text: String| text.replace("/user\n", "/stranger\n");
    home.config(
        &[
            with_stranger(block("web", &server, "")),
            block("behind", &server, "  ProxyJump gate\n"),
            with_stranger(block("gate", &gate, ""))
                .replace(&*gate.directory().to_string_lossy(), &server.directory().to_string_lossy()),
            all,
        ]
        .concat(),
    );
    let error = refused(&home, &home.destination("web")).await;
    let text = error.to_string();
    assert_eq!((error.kind(), error.failures.len()), (FailureKind::NotLetIn, 1), "{text}");
    let expected = format!("it refused the private key {}; it accepts publickey", stranger.display());
    assert!(text.contains(&expected) && text.contains("Check the user, and which keys there are"), "{text}");
    let error = refused(&home, &home.destination("behind")).await;
    let text = error.to_string();
    assert_eq!((error.kind(), error.failures.len()), (FailureKind::NotLetIn, 1), "{text}");
    let expected = format!("behind: there is no connection: the bastion host 127.0.0.1:{}: ", gate.port());
    assert!(text.starts_with(&expected), "{text}");
}

#[tokio::test]
async fn what_was_left_out_is_told_with_it() {
    let test = "what_was_left_out_is_told_with_it";
    let Some(server) = Server::start(test) else { return };
    if lacks(test, "ssh") {
        return;
    }
    let home = Home::new();
    let locked =
        server.keys().make("locked", &["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "secret words"]);
    std::fs::remove_file(format!("{}.pub", locked.display())).unwrap();
    home.config(&block("web", &server, "  StrictHostKeyChecking no\n").replace("/user\n", "/locked\n"));
    let text = refused(&home, &home.destination("web")).await.to_string();
    assert!(text.contains("there is nothing to show that it accepts"), "{text}");
    assert!(
        text.contains(&format!("{} cannot be used as a key: it is encrypted", locked.display())),
        "{text}"
    );
}
