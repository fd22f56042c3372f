//! Keys as they lie in files: encrypted, with something beside them, or not at all.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use plumb_ssh::{Agent, Error, Identity, Secret, Settings, WrongKey};
use plumb_ssh_server::{Agent as RunningAgent, Server};

use crate::support::{settings, wait, works};

const PASSPHRASE: &str = "a passphrase";

fn read(file: &Path, passphrase: Option<&str>) -> Result<Option<Identity>, Error> {
    let passphrase = passphrase.map(Secret::new);
    wait(Identity::read(file, passphrase.as_ref()))
}

/// Settings that show these files, in this order.
fn showing(server: &Server, files: &[&Path], passphrase: Option<&str>) -> Settings {
    let mut settings = settings(server);
    let read = files.iter().filter_map(|file| read(file, passphrase).unwrap());
    settings.host.identities = read.collect();
    settings
}

#[test]
fn encrypted_keys_are_opened_with_their_passphrase() {
    let Some(server) = Server::start("encrypted_keys_are_opened_with_their_passphrase") else { return };
    let formats: [(&str, &[&str]); 5] = [
        ("ed25519", &["-t", "ed25519"]),
        ("ecdsa", &["-t", "ecdsa"]),
        ("rsa", &["-t", "rsa", "-b", "2048"]),
        ("rsa-pem", &["-t", "rsa", "-b", "2048", "-m", "PEM"]),
        ("rsa-pkcs8", &["-t", "rsa", "-b", "2048", "-m", "PKCS8"]),
    ];
    for (name, options) in formats {
        let key = server.keys().make(name, &[&["-N", PASSPHRASE], options].concat());
        server.authorize(&key);
        let address = format!("127.0.0.1:{}", server.port());
        assert_eq!(works(&showing(&server, &[&key], Some(PASSPHRASE))), Ok(()), "{name}");
        // Once without the public half beside it.
        fs::remove_file(format!("{}.pub", key.display())).unwrap();
        let without = read(&key, None).map(|identity| identity.is_some());
        if name.starts_with("rsa-") {
            assert!(matches!(without, Err(Error::WrongKey { why: WrongKey::Encrypted, .. })), "{name}");
            let wrong = read(&key, Some("other")).err().unwrap();
            assert!(
                matches!(wrong, Error::WrongKey { why: WrongKey::WrongPassphrase, .. }),
                "{name}: {wrong}"
            );
            assert_eq!(works(&showing(&server, &[&key], Some(PASSPHRASE))), Ok(()), "{name}");
            continue;
        }
        for (passphrase, expected) in [
            (None, "it is encrypted, and no passphrase is given"),
            (Some("other"), "the passphrase that is given does not open it"),
        ] {
            let problem = works(&showing(&server, &[&key], passphrase)).unwrap_err();
            let begin = format!(
                "{address} would let the user {} in by the private key {}",
                server.user(),
                key.display()
            );
            assert!(problem.starts_with(&begin) && problem.contains(expected), "{name}: {problem}");
            assert!(!problem.contains("other"), "{problem}");
        }
    }
}

#[test]
fn keys_that_the_host_does_not_take_need_no_passphrase() {
    let Some(server) = Server::start("keys_that_the_host_does_not_take_need_no_passphrase") else { return };
    let locked = server.keys().make("locked", &["-t", "ed25519", "-N", PASSPHRASE]);
    let missing = server.directory().join("missing");
    assert!(read(&missing, None).unwrap().is_none());
    works(&showing(&server, &[&missing, &locked, server.key()], None)).unwrap();
    let problem = works(&showing(&server, &[&missing, &locked], None)).unwrap_err();
    assert!(problem.contains(&format!("it refused the private key {}", locked.display())), "{problem}");
    // One that the host takes and that cannot be used is no reason not to try others.
    server.authorize(&locked);
    works(&showing(&server, &[&locked, server.key()], None)).unwrap();
}

#[test]
fn an_agent_signs_for_keys_of_files() {
    let test = "an_agent_signs_for_keys_of_files";
    let Some(server) = Server::start(test) else { return };
    let locked = server.keys().plain("locked", "ed25519");
    let others: Vec<_> = (0..8).map(|at| server.keys().plain(&format!("other{at}"), "ed25519")).collect();
    server.authorize(&locked);
    let mut keys: Vec<&Path> = others.iter().map(|key| &**key).collect();
    keys.push(&locked);
    let Some(agent) = RunningAgent::start(test, &keys) else { return };
    // From now on the agent alone can use it.
    let status = std::process::Command::new("ssh-keygen")
        .args(["-q", "-p", "-P", "", "-N", PASSPHRASE, "-f"])
        .arg(&locked)
        .status();
    assert!(status.unwrap().success());
    let mut settings = showing(&server, &[&locked], None);
    settings.host.agent = Some(Agent::new(agent.socket()));
    works(&settings).unwrap();
    // Its public half alone names it as well.
    fs::remove_file(&locked).unwrap();
    settings.host.identities = showing(&server, &[&locked], None).host.identities;
    assert_eq!(settings.host.identities.len(), 1);
    works(&settings).unwrap();
    // No other key is shown where none is to be.
    settings.host.identities.clear();
    settings.host.agent.as_mut().unwrap().named_only = true;
    let problem = works(&settings).unwrap_err();
    assert!(problem.contains("there is nothing to show that it accepts"), "{problem}");
}

#[test]
fn certificates_lie_beside_keys_or_elsewhere() {
    let mut authority = None;
    let server = Server::configured("certificates_lie_beside_keys_or_elsewhere", |keys, _| {
        let key = keys.plain("authority", "ed25519");
        let line = format!("TrustedUserCAKeys {}.pub", key.display());
        authority = Some(key);
        line
    });
    let (Some(server), Some(authority)) = (server, authority) else { return };
    let key = server.keys().make("key", &["-t", "ed25519", "-N", PASSPHRASE]);
    let certificate = server.keys().certify(&authority, &key, &["-n", &server.user()]);
    works(&showing(&server, &[&key], Some(PASSPHRASE))).unwrap();
    let elsewhere = server.directory().join("certificate");
    fs::rename(&certificate, &elsewhere).unwrap();
    assert!(works(&showing(&server, &[&key], Some(PASSPHRASE))).is_err());
    let mut settings = showing(&server, &[server.key(), &key], Some(PASSPHRASE));
    settings.host.identities = wait(async {
        let mut certified = Vec::new();
        for identity in settings.host.identities {
            certified.push(identity.certified_by(&elsewhere).await.unwrap());
        }
        certified
    });
    assert_eq!(settings.host.identities.iter().filter(|identity| identity.has_certificate()).count(), 1);
    settings.host.identities.retain(Identity::has_certificate);
    works(&settings).unwrap();
}

/// The two files of a key of a device that is not there.
fn of_a_device(directory: &Path) -> std::path::PathBuf {
    let text = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
    let kind = text(b"sk-ssh-ed25519@openssh.com");
    let public = [kind, text(&[7; 32]), text(b"ssh:")].concat();
    let handle = [&[1][..], &text(b"handle"), &text(b"")].concat();
    let mut private = [&[0; 8][..], &public, &handle, &text(b"device")].concat();
    for padding in 1..=(8 - private.len() % 8) % 8 {
        private.push(padding as u8);
    }
    let whole = [
        &b"openssh-key-v1\0"[..],
        &text(b"none"),
        &text(b"none"),
        &text(b""),
        &1_u32.to_be_bytes(),
        &text(&public),
        &text(&private),
    ]
    .concat();
    let file = directory.join("device");
    let lines: Vec<String> = STANDARD
        .encode(whole)
        .as_bytes()
        .chunks(70)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let (begin, end) = ("-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----");
    fs::write(&file, format!("{begin}\n{}\n{end}\n", lines.join("\n"))).unwrap();
    let line = format!("sk-ssh-ed25519@openssh.com {} device\n", STANDARD.encode(public));
    fs::write(directory.join("device.pub"), line).unwrap();
    file
}

#[test]
fn keys_of_devices_are_named_as_such() {
    let Some(server) = Server::start("keys_of_devices_are_named_as_such") else { return };
    let file = of_a_device(server.directory());
    // As OpenSSH reads it.
    let fingerprint = std::process::Command::new("ssh-keygen").arg("-lf").arg(&file).output().unwrap();
    assert!(String::from_utf8_lossy(&fingerprint.stdout).contains("ED25519-SK"), "{fingerprint:?}");
    works(&showing(&server, &[&file, server.key()], None)).unwrap();
    server.authorize(&file);
    works(&showing(&server, &[&file, server.key()], None)).unwrap();
    let problem = works(&showing(&server, &[&file], None)).unwrap_err();
    assert!(
        problem.contains("it is one of a FIDO security key") && problem.contains("the program ssh"),
        "{problem}"
    );
}
