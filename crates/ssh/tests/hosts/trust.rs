//! Who the host is: its key, or an authority's certificate.

use std::fs;

use plumb_ssh::{HostKey, Trust};
use plumb_ssh_server::Server;

use crate::support::{settings, works};

#[test]
fn the_right_key_is_taken_and_another_one_is_not() {
    let second = |keys: &plumb_ssh_server::Keys, _: &std::path::Path| {
        format!("HostKey {}", keys.plain("second", "rsa").display())
    };
    let test = "the_right_key_is_taken_and_another_one_is_not";
    let Some(server) = Server::configured(test, second) else { return };
    let mut settings = settings(&server);
    // Whichever of a host's keys is known is asked for.
    for key in [server.host_key(), fs::read_to_string(server.directory().join("second.pub")).unwrap()] {
        settings.host.trust = Trust::Key(HostKey::parse(&key).unwrap());
        assert_eq!(works(&settings), Ok(()), "{key}");
    }
    let other = fs::read_to_string(format!("{}.pub", server.key().display())).unwrap();
    settings.host.trust = Trust::Key(HostKey::parse(&other).unwrap());
    let problem = works(&settings).unwrap_err();
    assert!(
        problem.contains("is not the host that is expected: its key is ssh-ed25519 SHA256:"),
        "{problem}"
    );
    assert!(HostKey::parse("nonsense").is_err());
}

/// Whether a host is taken whose key is certified so, and whose authority alone is known.
fn certified(test: &str, options: &[&str]) -> Option<Result<(), String>> {
    let mut authority = None;
    let server = Server::configured(test, |keys, directory| {
        let (key, host) = (keys.plain("authority", "ed25519"), keys.plain("certified", "ecdsa"));
        let certificate = keys.certify(&key, &host, options);
        authority = Some(directory.join("authority.pub"));
        format!("HostKey {}\nHostCertificate {}", host.display(), certificate.display())
    })?;
    let mut settings = settings(&server);
    settings.host.trust = Trust::Key(HostKey::parse(&fs::read_to_string(authority?).unwrap()).unwrap());
    Some(works(&settings))
}

#[test]
fn an_authority_speaks_for_hosts() {
    let test = "an_authority_speaks_for_hosts";
    let Some(result) = certified(test, &["-h", "-n", "127.0.0.1,other"]) else { return };
    assert_eq!(result, Ok(()));
    let wrong: [(&[&str], &str); 3] = [
        (&["-h", "-n", "other"], "its certificate is for other alone"),
        (&["-n", "127.0.0.1"], "one of a user"),
        (&["-h", "-n", "127.0.0.1", "-V", "20200101:20200102"], "its certificate does not hold"),
    ];
    for (options, expected) in wrong {
        let Some(Err(problem)) = certified(test, options) else { panic!("{options:?}") };
        assert!(problem.contains(expected), "{options:?}: {problem}");
    }
}

#[test]
fn a_host_with_a_certificate_is_known_by_its_key_too() {
    let test = "a_host_with_a_certificate_is_known_by_its_key_too";
    let server = Server::configured(test, |keys, _| {
        let (key, host) = (keys.plain("authority", "ed25519"), keys.plain("certified", "ecdsa"));
        let certificate = keys.certify(&key, &host, &["-h"]);
        format!("HostKey {}\nHostCertificate {}", host.display(), certificate.display())
    });
    let Some(server) = server else { return };
    let key = fs::read_to_string(server.directory().join("certified.pub")).unwrap();
    let mut settings = settings(&server);
    settings.host.trust = Trust::Key(HostKey::parse(&key).unwrap());
    works(&settings).unwrap();
}
