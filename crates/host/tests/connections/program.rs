//! OpenSSH's program as the way to a host.

use plumb_host::{Destination, FailureKind, Login, Means, Persistence, Request, Shell};
use plumb_ssh::Secret;
use plumb_ssh_server::Server;

use crate::support::{Home, block, connect, known, lacks, said};

/// A server, and a home that knows it.
fn known_server(test: &str, lines: &str) -> Option<(Server, Home, String)> {
    let server = Server::configured(test, |_, _| lines.to_owned())?;
    if lacks(test, "ssh") {
        return None;
    }
    let home = Home::new();
    let file = home.write("known", &known(&server));
    let more = format!("  UserKnownHostsFile {}\n", file.display());
    Some((server, home, more))
}

#[tokio::test]
async fn it_is_used_where_that_is_wanted() {
    let Some((server, home, more)) = known_server("it_is_used_where_that_is_wanted", "") else { return };
    home.config(&block(
        "web",
        &server,
        &format!("{more}  RemoteCommand false\n  LocalForward 1 localhost:1\n"),
    ));
    let destination =
        Destination { passphrase: Some(Secret::new("secret words")), ..home.destination("web") };
    let connected =
        home.resolver().connect(&destination, Means::Program, Persistence::default()).await.unwrap();
    assert_eq!(said(&connected, "echo works; cat >/dev/null").await, "works\n");
    assert_eq!(connected.transport.host(), "web");
    let notices = connected.notices.join("\n");
    assert!(notices.contains("is not used") && !notices.contains("secret words"), "{notices}");
    // A connection that is cut is not a shell that has ended.
    let mut shell = Shell::open(&*connected.transport, &Login::Own).await.unwrap();
    let requests = ["echo one", "sleep 0.3; kill -KILL $PPID; sleep 5"].map(Request::trusted);
    let error = shell.run(&requests, &mut |_, _| {}).await.unwrap_err();
    assert!(error.is_lost() && error.to_string().contains("in the middle of request 2"), "{error:?}");
    let mut shell = Shell::open(&*connected.transport, &Login::Own).await.unwrap();
    let requests = ["kill -KILL $$; sleep 1"].map(Request::trusted);
    let error = shell.run(&requests, &mut |_, _| {}).await.unwrap_err();
    assert!(!error.is_lost(), "{error:?}");
}

#[tokio::test]
async fn it_is_used_where_it_alone_can_do_it() {
    let Some((server, home, more)) = known_server("it_is_used_where_it_alone_can_do_it", "") else { return };
    home.config(&block("web", &server, &format!("{more}  BindAddress 127.0.0.1\n")));
    let connected = connect(&home.resolver(), &home.destination("web")).await.unwrap();
    assert_eq!(said(&connected, "echo works").await, "works\n");
    let notices = connected.notices.join("\n");
    assert!(notices.contains("reached through the program ssh, which alone can do this"), "{notices}");
    assert!(notices.contains("BindAddress"), "{notices}");
    let own = home.resolver().connect(&home.destination("web"), Means::Own, Persistence::default()).await;
    let error = own.unwrap_err();
    assert_eq!(error.kind(), FailureKind::Settings, "{error}");
    assert!(error.to_string().contains("only the program ssh does"), "{error}");
}

#[tokio::test]
async fn kerberos_is_left_to_it() {
    let known = known_server("kerberos_is_left_to_it", "GSSAPIAuthentication yes");
    let Some((server, home, more)) = known else { return };
    home.config(
        &block("web", &server, &format!("{more}  GSSAPIAuthentication yes\n"))
            .replace("/user\n", "/missing\n"),
    );
    let error = connect(&home.resolver(), &home.destination("web")).await.unwrap_err();
    // It has no ticket either.
    let text = error.to_string();
    assert_eq!(error.kind(), FailureKind::NotLetIn, "{text}");
    assert!(text.contains("ssh says: ") && text.contains("Permission denied"), "{text}");
    assert!(
        text.contains("Note that it is reached through the program ssh") && text.contains("gssapi-with-mic"),
        "{text}"
    );
}

#[tokio::test]
async fn what_it_says_is_understood() {
    let Some((server, home, more)) = known_server("what_it_says_is_understood", "") else { return };
    let stranger = block("stranger", &server, &more).replace("/user\n", "/missing\n");
    let new = block("new", &server, "  UserKnownHostsFile /dev/null\n");
    let closed =
        "Host closed\n  HostName 127.0.0.1\n  Port 1\nHost nowhere\n  HostName nowhere.invalid\n".to_owned();
    home.config(&[stranger, new, closed].concat());
    let resolver = home.resolver();
    for (host, kind, said) in [
        ("stranger", FailureKind::NotLetIn, "Permission denied"),
        ("new", FailureKind::WrongHost, "Host key verification failed"),
        ("closed", FailureKind::Refused, "Connection refused"),
        ("nowhere", FailureKind::UnknownName, "Could not resolve hostname"),
    ] {
        let connected =
            resolver.connect(&home.destination(host), Means::Program, Persistence::default()).await;
        let error = connected.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}
