//! A host that lies behind others.

use std::fs;

use plumb_ssh::{Connection, Error, Host, HostKey, Trust};
use plumb_ssh_server::Server;

use crate::support::{host, identity, run, settings, wait, works};

#[test]
fn a_host_is_reached_through_another_one() {
    let test = "a_host_is_reached_through_another_one";
    let (Some(bastion), Some(server)) = (Server::start(test), Server::start(test)) else { return };
    let mut settings = settings(&server);
    settings.host.trust = Trust::Key(HostKey::parse(&server.host_key()).unwrap());
    settings.jumps = vec![host(&bastion)];
    settings.jumps[0].trust = Trust::Key(HostKey::parse(&bastion.host_key()).unwrap());
    works(&settings).unwrap();
    // It is the bastion that connects to the host.
    assert!(bastion.log().contains("Accepted publickey"), "{}", bastion.log());
}

/// Three servers in a row, each of which knows its own key and is known by it, and the last of which is the
/// host.
fn row(test: &str) -> Option<(Vec<Server>, Vec<Host>)> {
    let servers: Vec<Server> = (0..3).map_while(|_| Server::start(test)).collect();
    let hosts = servers.iter().map(|server| Host {
        trust: Trust::Key(HostKey::parse(&server.host_key()).unwrap()),
        ..host(server)
    });
    let hosts = hosts.collect();
    (servers.len() == 3).then_some((servers, hosts))
}

#[test]
fn a_host_is_reached_through_as_many_as_it_takes() {
    let Some((servers, mut hosts)) = row("a_host_is_reached_through_as_many_as_it_takes") else { return };
    let mut settings = settings(&servers[2]);
    settings.host = hosts.pop().unwrap();
    settings.jumps = hosts;
    works(&settings).unwrap();
    for server in &servers {
        assert_eq!(server.log().matches("Accepted publickey").count(), 1, "{}", server.log());
    }
}

#[test]
fn the_one_that_fails_is_named() {
    let Some((servers, mut hosts)) = row("the_one_that_fails_is_named") else { return };
    let mut good = settings(&servers[2]);
    good.host = hosts.pop().unwrap();
    good.jumps = hosts;
    let address = |at: usize| format!("127.0.0.1:{}", servers[at].port());
    let stranger = servers[0].keys().plain("stranger", "ed25519");
    for at in 0..2 {
        let mut settings = good.clone();
        settings.jumps[at].identities = vec![identity(&stranger, None)];
        let problem = works(&settings).unwrap_err();
        let expected = format!("the bastion host {0}: {0} does not let the user", address(at));
        assert!(problem.starts_with(&expected), "{problem}");
    }
    // Who does not come any further is told as well.
    let mut settings = good.clone();
    settings.jumps[1].port = 1;
    let problem = works(&settings).unwrap_err();
    let expected = format!("the bastion host {}: 127.0.0.1:1 cannot be reached", address(0));
    assert!(problem.starts_with(&expected), "{problem}");
    // One that goes away takes everything behind it along.
    wait(async {
        let connection = Connection::open(&good).await.unwrap();
        let mut direct = good.clone();
        direct.host = direct.jumps.remove(0);
        direct.jumps.clear();
        let killer = Connection::open(&direct).await.unwrap();
        let line = format!("pkill -KILL -P {} -o sshd; sleep 5", servers[0].process());
        let _ = tokio::time::timeout(std::time::Duration::from_secs(20), run(&killer, &line, false)).await;
        let error = run(&connection, "sleep 30", false).await.err().unwrap();
        assert!(matches!(&error, Error::Bastion { address: named, .. } if *named == address(0)), "{error}");
    });
}

#[test]
fn it_is_told_which_of_both_is_wrong() {
    let test = "it_is_told_which_of_both_is_wrong";
    let (Some(bastion), Some(server)) = (Server::start(test), Server::start(test)) else { return };
    let mut settings = settings(&server);
    settings.jumps = vec![host(&bastion)];
    let address = format!("the bastion host 127.0.0.1:{}: ", bastion.port());

    let stranger = server.keys().plain("stranger", "ed25519");
    let other = fs::read_to_string(format!("{}.pub", stranger.display())).unwrap();
    settings.host.trust = Trust::Key(HostKey::parse(&other).unwrap());
    let problem = works(&settings).unwrap_err();
    assert!(problem.starts_with(&format!("127.0.0.1:{} is not the host", server.port())), "{problem}");

    settings.host.trust = Trust::Anyone;
    settings.host.port = 1;
    let problem = works(&settings).unwrap_err();
    assert!(problem.starts_with(&address) && problem.contains("127.0.0.1:1 cannot be reached"), "{problem}");
}
