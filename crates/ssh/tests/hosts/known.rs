//! Hosts that are known from files, and hosts that are not.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use plumb_ssh::{Connection, Error, KnownHosts, Settings, Trust};
use plumb_ssh_server::Server;

use crate::support::{settings, wait, works};

const FILE: &str = "/home/me/.ssh/known_hosts";

/// What is known is this text.
fn knowing(server: &Server, text: &str, takes_new: bool) -> Settings {
    let mut hosts = KnownHosts::default();
    hosts.add(Path::new(FILE), text);
    assert_eq!(hosts.wrong_lines(), []);
    let mut settings = settings(server);
    settings.host.trust = Trust::Known { hosts: Arc::new(hosts), takes_new };
    settings
}

/// The public key of a new pair.
fn other_key(server: &Server, name: &str, kind: &str) -> String {
    let key = server.keys().plain(name, kind);
    std::fs::read_to_string(format!("{}.pub", key.display())).unwrap()
}

/// A file of known hosts with its names hashed, as OpenSSH does it.
fn hashed(server: &Server, text: &str) -> String {
    let file = server.directory().join("to_hash");
    std::fs::write(&file, text).unwrap();
    let run = Command::new("ssh-keygen").args(["-H", "-f"]).arg(&file).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn known_hosts_are_taken_however_they_are_written() {
    let Some(server) = Server::start("known_hosts_are_taken_however_they_are_written") else { return };
    let (port, key) = (server.port(), server.host_key());
    let other = other_key(&server, "other", "rsa");
    let plain = format!("[127.0.0.1]:{port} {key}");
    let written = [
        plain.clone(),
        hashed(&server, &plain),
        format!("# of mine\n\n\tweb-1,[127.0.0.1]:{port},db-1\t{key}"),
        format!("[127.0.0.?]:* {key}"),
        // Of another kind, so that this one is asked for.
        format!("[127.0.0.1]:{port} {other}\n{plain}"),
        format!("*,!web-1 {key}"),
    ];
    for text in written {
        assert_eq!(works(&knowing(&server, &text, false)), Ok(()), "{text}");
        let taken =
            wait(async { Connection::open(&knowing(&server, &text, true)).await.unwrap().new_hosts() });
        assert_eq!(taken, [""; 0], "{text}");
    }
}

#[test]
fn changed_revoked_and_unknown_hosts_are_told_apart() {
    let Some(server) = Server::start("changed_revoked_and_unknown_hosts_are_told_apart") else { return };
    let (port, key) = (server.port(), server.host_key().trim().to_owned());
    let other = other_key(&server, "other", "ed25519");
    let refused = |text: &str, takes_new: bool| {
        let error = wait(async { Connection::open(&knowing(&server, text, takes_new)).await.err().unwrap() });
        assert!(matches!(error, Error::WrongHost { .. }), "{error:?}");
        error.to_string()
    };
    for takes_new in [false, true] {
        let problem = refused(&format!("\n[127.0.0.1]:{port} {other}"), takes_new);
        assert!(problem.contains("known_hosts:2 knows it by ssh-ed25519 SHA256:"), "{problem}");
        assert!(problem.contains(&format!("ssh-keygen -R '[127.0.0.1]:{port}' -f {FILE}")), "{problem}");
        let problem = refused(&format!("[127.0.0.1]:{port} {key}\n@revoked * {key}"), takes_new);
        assert!(problem.contains("its key is revoked, as /home/me/.ssh/known_hosts:2 says"), "{problem}");
    }
    let elsewhere = format!("127.0.0.1 {other}\n*,!*127* {other}");
    let problem = refused(&elsewhere, false);
    assert!(problem.contains("nothing is known of it") && problem.contains("ssh-keyscan"), "{problem}");
    let new =
        wait(async { Connection::open(&knowing(&server, &elsewhere, true)).await.unwrap().new_hosts() });
    let words: Vec<&str> = key.split(' ').take(2).collect();
    assert_eq!(new, [format!("[127.0.0.1]:{port} {}\n", words.join(" ").trim())]);
    // What is written down is what is known the next time.
    assert_eq!(works(&knowing(&server, &new.concat(), false)), Ok(()));
}

#[test]
fn authorities_of_files_speak_for_hosts() {
    let (mut authority, mut host) = (String::new(), String::new());
    let server = Server::configured("authorities_of_files_speak_for_hosts", |keys, directory| {
        let (key, certified) = (keys.plain("authority", "ed25519"), keys.plain("certified", "ecdsa"));
        let certificate = keys.certify(&key, &certified, &["-h", "-n", "127.0.0.1"]);
        let read = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap();
        (authority, host) = (read("authority.pub"), read("certified.pub"));
        format!("HostKey {}\nHostCertificate {}", certified.display(), certificate.display())
    });
    let Some(server) = server else { return };
    let other = other_key(&server, "other", "ed25519");
    assert_eq!(works(&knowing(&server, &format!("@cert-authority * {authority}"), false)), Ok(()));
    assert_eq!(works(&knowing(&server, &format!("* {host}"), false)), Ok(()));
    let problem =
        works(&knowing(&server, &format!("@cert-authority * {authority}\n@revoked * {authority}"), true));
    assert!(problem.unwrap_err().contains("is revoked"));
    let problem = works(&knowing(&server, &format!("@cert-authority * {other}"), false)).unwrap_err();
    assert!(problem.contains("is not the host that is expected"), "{problem}");
}

#[test]
fn lines_without_sense_are_named_and_left_out() {
    let mut hosts = KnownHosts::default();
    let text = "web-1\n@nonsense web-1 ssh-ed25519 AAAA\nweb-1 ssh-ed25519 !!!\n|1|x web-1 y\n# a comment";
    hosts.add(Path::new(FILE), text);
    let wrong: Vec<_> = hosts.wrong_lines().iter().map(|line| (line.place.line, &line.why[..])).collect();
    assert_eq!(wrong.len(), 4, "{wrong:?}");
    assert_eq!((wrong[0].0, wrong[1].0, wrong[3].0), (1, 2, 4), "{wrong:?}");
    assert!(wrong[1].1.contains("@nonsense"), "{wrong:?}");
}

#[test]
fn a_new_host_is_known_from_then_on_by_all_who_share_what_is_known() {
    let test = "a_new_host_is_known_from_then_on_by_all_who_share_what_is_known";
    let (Some(server), Some(other)) = (Server::start(test), Server::start(test)) else { return };
    let mut first = knowing(&server, "", true);
    first.host.known_as = Some("web".to_owned());
    let opened = || wait(async { Connection::open(&first).await.unwrap().new_hosts() });
    let words: Vec<String> =
        server.host_key().split(' ').take(2).map(|word| word.trim().to_owned()).collect();
    let line = format!("web {}\n", words.join(" "));
    // Nobody has written it down yet.
    assert_eq!((opened(), opened()), (vec![line.clone()], vec![line]));
    let mut second = settings(&other);
    second.host.trust = first.host.trust.clone();
    second.host.known_as = Some("web".to_owned());
    let problem = works(&second).unwrap_err();
    assert!(problem.contains("and a moment ago it was ssh-ed25519 SHA256:"), "{problem}");
}

#[test]
fn the_key_of_the_usual_port_counts_for_others() {
    let Some(server) = Server::start("the_key_of_the_usual_port_counts_for_others") else { return };
    let settings = knowing(&server, &format!("127.0.0.1 {}", server.host_key()), false);
    assert_eq!(works(&settings), Ok(()));
}
