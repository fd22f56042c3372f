//! Who the user is: keys of all kinds, certificates, agents.

use std::fs;

use plumb_ssh::{Agent, Connection, Identity, Settings, WrongKey};
use plumb_ssh_server::{Agent as RunningAgent, Server};

use crate::support::{identity, run, settings, wait, works};

#[test]
fn keys_of_every_kind_let_in() {
    let Some(server) = Server::start("keys_of_every_kind_let_in") else { return };
    let formats: [(&str, &[&str]); 8] = [
        ("ed25519", &["-t", "ed25519"]),
        ("ecdsa256", &["-t", "ecdsa", "-b", "256"]),
        ("ecdsa384", &["-t", "ecdsa", "-b", "384"]),
        ("ecdsa521", &["-t", "ecdsa", "-b", "521"]),
        ("ecdsa-pem", &["-t", "ecdsa", "-m", "PEM"]),
        ("rsa", &["-t", "rsa", "-b", "2048"]),
        ("rsa-pem", &["-t", "rsa", "-b", "2048", "-m", "PEM"]),
        ("rsa-pkcs8", &["-t", "rsa", "-b", "2048", "-m", "PKCS8"]),
    ];
    let mut wrong = Vec::new();
    for (name, options) in formats {
        let key = server.keys().make(name, &[&["-N", ""], options].concat());
        server.authorize(&key);
        let mut settings = settings(&server);
        match Identity::parse(&fs::read_to_string(&key).unwrap(), None) {
            Ok(identity) => settings.host.identities = vec![identity],
            Err(problem) => {
                wrong.push(format!("{name}: {problem}"));
                continue;
            }
        }
        if let Err(problem) = works(&settings) {
            wrong.push(format!("{name}: {problem}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn keys_that_cannot_be_used_are_told_why() {
    let Some(server) = Server::start("keys_that_cannot_be_used_are_told_why") else { return };
    let parse =
        |key: &str, certificate: Option<&str>| Identity::parse(key, certificate).map(|_| ()).unwrap_err();
    let read = |path: &std::path::Path| fs::read_to_string(path).unwrap();
    for (name, format) in [("new", "RFC4716"), ("pem", "PEM"), ("pkcs8", "PKCS8")] {
        let options = ["-t", "rsa", "-b", "2048", "-N", "a passphrase", "-m", format];
        let problem = parse(&read(&server.keys().make(name, &options)), None);
        assert!(matches!(problem, WrongKey::Encrypted), "{name}: {problem}");
    }
    assert!(matches!(parse("nonsense", None), WrongKey::Absent));
    let broken = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    assert!(matches!(parse(broken, None), WrongKey::Unreadable(_)));
    let (key, other) = (read(server.key()), server.keys().plain("other", "ed25519"));
    assert!(matches!(parse(&key, Some(&server.host_key())), WrongKey::NoCertificate));
    assert!(matches!(parse(&key, Some("nonsense")), WrongKey::UnreadableCertificate(_)));
    let certificate = server.keys().certify(server.key(), &other, &["-n", "x"]);
    assert!(matches!(parse(&key, Some(&read(&certificate))), WrongKey::OtherCertificate));
}

#[test]
fn indented_keys_are_read() {
    let Some(server) = Server::start("indented_keys_are_read") else { return };
    let key = fs::read_to_string(server.key()).unwrap();
    let indented: String = key.lines().map(|line| format!("    {line}  \r\n")).collect();
    let mut settings = settings(&server);
    settings.host.identities = vec![Identity::parse(&indented, None).unwrap()];
    works(&settings).unwrap();
}

#[test]
fn who_is_not_known_is_not_let_in() {
    let Some(server) = Server::start("who_is_not_known_is_not_let_in") else { return };
    let mut settings = settings(&server);
    settings.host.identities = vec![identity(&server.keys().plain("stranger", "ed25519"), None)];
    let problem = works(&settings).unwrap_err();
    assert!(problem.contains("it refused the private key; it accepts publickey"), "{problem}");
    settings.host.identities.clear();
    let problem = works(&settings).unwrap_err();
    assert!(problem.contains("there is nothing to show that it accepts; it accepts publickey"), "{problem}");
}

#[test]
fn certificates_let_in() {
    let mut authority = None;
    let server = Server::configured("certificates_let_in", |keys, _| {
        let key = keys.plain("authority", "ed25519");
        let line = format!("TrustedUserCAKeys {}.pub", key.display());
        authority = Some(key);
        line
    });
    let (Some(server), Some(authority)) = (server, authority) else { return };
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let key = server.keys().plain(kind, kind);
        let certificate = server.keys().certify(&authority, &key, &["-n", &server.user()]);
        let mut settings = settings(&server);
        settings.host.identities = vec![identity(&key, None)];
        assert!(works(&settings).is_err(), "{kind}");
        settings.host.identities = vec![identity(&key, Some(&certificate))];
        assert_eq!(works(&settings), Ok(()), "{kind}");
    }
}

/// A server, an agent with keys of which the last alone lets in, and settings that use it.
fn with_agent(test: &str, others: usize) -> Option<(Server, RunningAgent, Settings)> {
    let server = Server::start(test)?;
    let mut keys: Vec<_> =
        (0..others).map(|number| server.keys().plain(&format!("other{number}"), "ed25519")).collect();
    let known = server.keys().plain("known", "rsa");
    server.authorize(&known);
    keys.push(known);
    let agent = RunningAgent::start(test, &keys.iter().map(|key| &**key).collect::<Vec<_>>())?;
    let mut settings = settings(&server);
    settings.host.identities.clear();
    settings.host.agent = Some(Agent::new(agent.socket()));
    settings.forwarded_agent = Some(agent.socket());
    Some((server, agent, settings))
}

#[test]
fn an_agent_lets_in() {
    let Some((_server, _agent, settings)) = with_agent("an_agent_lets_in", 1) else { return };
    works(&settings).unwrap();
}

#[test]
fn the_key_that_is_named_comes_first() {
    let Some((server, _agent, mut settings)) = with_agent("the_key_that_is_named_comes_first", 8) else {
        return;
    };
    // A host takes only so many attempts.
    let problem = works(&settings).unwrap_err();
    assert!(problem.contains("it refused the agent's key SHA256:"), "{problem}");
    let file = server.directory().join("known").display().to_string();
    for identity in ["known", "own", &file, &format!("{file}.pub")] {
        settings.host.agent.as_mut().unwrap().identity = Some(identity.to_owned());
        assert_eq!(works(&settings), Ok(()), "{identity}");
    }
}

#[test]
fn certificates_of_an_agent_let_in() {
    let mut authority = None;
    let server = Server::configured("certificates_of_an_agent_let_in", |keys, _| {
        let key = keys.plain("authority", "ed25519");
        let line = format!("TrustedUserCAKeys {}.pub", key.display());
        authority = Some(key);
        line
    });
    let (Some(server), Some(authority)) = (server, authority) else { return };
    let key = server.keys().plain("key", "rsa");
    server.keys().certify(&authority, &key, &["-n", &server.user()]);
    let Some(agent) = RunningAgent::start("certificates_of_an_agent_let_in", &[&key]) else { return };
    let mut settings = settings(&server);
    settings.host.identities.clear();
    settings.host.agent = Some(Agent::new(agent.socket()));
    settings.forwarded_agent = Some(agent.socket());
    works(&settings).unwrap();
}

#[test]
fn programs_on_the_host_use_the_agent() {
    let Some((_server, _agent, settings)) = with_agent("programs_on_the_host_use_the_agent", 1) else {
        return;
    };
    wait(async {
        let connection = Connection::open(&settings).await.unwrap();
        for _ in 0..2 {
            let ran = run(&connection, "ssh-add -l", false).await.unwrap();
            assert!(
                ran.output.contains("other0") && ran.output.contains("known"),
                "{}{}",
                ran.output,
                ran.errors
            );
        }
    });
}

#[test]
fn an_agent_that_is_not_there_is_named() {
    let Some(server) = Server::start("an_agent_that_is_not_there_is_named") else { return };
    let mut settings = settings(&server);
    settings.host.agent = Some(Agent::new("/nowhere/agent"));
    // Who has a key needs no agent.
    works(&settings).unwrap();
    settings.host.identities.clear();
    let problem = works(&settings).unwrap_err();
    assert!(problem.contains("the SSH agent at /nowhere/agent"), "{problem}");
}
