//! Hosts that are known, that are new, and that have changed.

use plumb_host::{Destination, FailureKind, Policy};
use plumb_ssh_server::Server;

use crate::support::{Home, block, connect, known, lacks, said};

#[tokio::test]
async fn new_hosts_are_taken_and_written_down_where_that_is_wanted() {
    let test = "new_hosts_are_taken_and_written_down_where_that_is_wanted";
    let (Some(server), Some(gate)) = (Server::start(test), Server::start(test)) else { return };
    if lacks(test, "ssh") {
        return;
    }
    let home = Home::new();
    let file = home.path("of mine/known");
    let all =
        format!("Host *\n  UserKnownHostsFile \"{}\" {}\n", file.display(), home.path("other").display());
    home.config(&[block("web", &server, "  ProxyJump gate\n"), block("gate", &gate, ""), all].concat());
    let ask = |policy| Destination { policy, ..home.destination("web") };
    for policy in [None, Some(Policy::Strict)] {
        let error = connect(&home.resolver(), &ask(policy)).await.unwrap_err();
        let text = error.to_string();
        assert_eq!(error.kind(), FailureKind::WrongHost, "{text}");
        assert!(text.contains("nothing is known of it, and its key is ssh-ed25519 SHA256:"), "{text}");
        assert!(text.contains("StrictHostKeyChecking accept-new"), "{text}");
    }
    connect(&home.resolver(), &ask(Some(Policy::Off))).await.unwrap();
    assert!(!file.exists());
    // All at once write it down once.
    let resolver = home.resolver();
    let destination = ask(Some(Policy::AcceptNew));
    let (one, other) = tokio::join!(connect(&resolver, &destination), connect(&resolver, &destination));
    assert_eq!(said(&one.unwrap(), "echo works").await, "works\n");
    other.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    let (server_line, gate_line) = (known(&server), known(&gate));
    let plain = |line: &str| line.split(' ').take(3).collect::<Vec<_>>().join(" ").trim().to_owned();
    let mut expected = [plain(&server_line), plain(&gate_line)];
    expected.sort_unstable();
    assert_eq!(lines, expected);
    // From then on they are known.
    connect(&home.resolver(), &ask(None)).await.unwrap();
}

#[tokio::test]
async fn nothing_is_written_down_of_a_host_that_lets_nobody_in() {
    let test = "nothing_is_written_down_of_a_host_that_lets_nobody_in";
    let Some(server) = Server::start(test) else { return };
    if lacks(test, "ssh") {
        return;
    }
    let home = Home::new();
    let file = home.path("known");
    let more = format!("  UserKnownHostsFile {}\n  StrictHostKeyChecking accept-new\n", file.display());
    home.config(&block("web", &server, &more).replace("/user\n", "/missing\n"));
    let error = connect(&home.resolver(), &home.destination("web")).await.unwrap_err();
    assert_eq!(error.kind(), FailureKind::NotLetIn, "{error}");
    assert!(!file.exists());
    // A file that cannot be written to keeps nobody from the host.
    let destination = Destination {
        identity_files: vec![server.key().to_owned()],
        known_hosts_files: vec!["/dev/null/known".into(), home.path("other")],
        ..home.destination("web")
    };
    let connected = connect(&home.resolver(), &destination).await.unwrap();
    let notices = connected.notices.join("\n");
    assert!(notices.contains("cannot be written to /dev/null/known"), "{notices}");
}

#[tokio::test]
async fn a_changed_key_names_the_line_of_the_old_one() {
    let test = "a_changed_key_names_the_line_of_the_old_one";
    let (Some(server), Some(other)) = (Server::start(test), Server::start(test)) else { return };
    if lacks(test, "ssh") {
        return;
    }
    let home = Home::new();
    let file = home.write("known", &format!("# mine\n[127.0.0.1]:{} {}", server.port(), other.host_key()));
    let more = format!("  UserKnownHostsFile {}\n  StrictHostKeyChecking accept-new\n", file.display());
    home.config(&block("web", &server, &more));
    let error = connect(&home.resolver(), &home.destination("web")).await.unwrap_err();
    let text = error.to_string();
    assert_eq!((error.kind(), error.failures.len()), (FailureKind::WrongHost, 1), "{text}");
    assert!(text.contains(&format!("and {}:2 knows it by ssh-ed25519 SHA256:", file.display())), "{text}");
    assert!(text.contains("ssh-keygen -R"), "{text}");
    // By another name it is known.
    home.write("known", &format!("alias {}", server.host_key()));
    home.config(&block(
        "web",
        &server,
        &format!("{more}  HostKeyAlias alias\n  StrictHostKeyChecking yes\n"),
    ));
    connect(&home.resolver(), &home.destination("web")).await.unwrap();
}
