//! A host that lies behind another one.

use std::fs;

use plumb_ssh::{HostKey, Trust};
use plumb_ssh_server::Server;

use crate::support::{host, identity, settings, works};

#[test]
fn a_host_is_reached_through_another_one() {
    let test = "a_host_is_reached_through_another_one";
    let (Some(bastion), Some(server)) = (Server::start(test), Server::start(test)) else { return };
    let mut settings = settings(&server);
    settings.host.trust = Trust::Key(HostKey::parse(&server.host_key()).unwrap());
    settings.bastion = Some(host(&bastion));
    settings.bastion.as_mut().unwrap().trust = Trust::Key(HostKey::parse(&bastion.host_key()).unwrap());
    works(&settings).unwrap();
    // It is the bastion that connects to the host.
    assert!(bastion.log().contains("Accepted publickey"), "{}", bastion.log());
}

#[test]
fn it_is_told_which_of_both_is_wrong() {
    let test = "it_is_told_which_of_both_is_wrong";
    let (Some(bastion), Some(server)) = (Server::start(test), Server::start(test)) else { return };
    let mut settings = settings(&server);
    settings.bastion = Some(host(&bastion));
    let address = format!("the bastion host 127.0.0.1:{}: ", bastion.port());

    let stranger = server.keys().plain("stranger", "ed25519");
    settings.bastion.as_mut().unwrap().identity = Some(identity(&stranger, None));
    let problem = works(&settings).unwrap_err();
    assert!(problem.starts_with(&address) && problem.contains("does not let the user"), "{problem}");

    settings.bastion = Some(host(&bastion));
    let other = fs::read_to_string(format!("{}.pub", stranger.display())).unwrap();
    settings.host.trust = Trust::Key(HostKey::parse(&other).unwrap());
    let problem = works(&settings).unwrap_err();
    assert!(problem.starts_with(&format!("127.0.0.1:{} is not the host", server.port())), "{problem}");

    settings.host.trust = Trust::Anyone;
    settings.host.port = 1;
    let problem = works(&settings).unwrap_err();
    assert!(problem.starts_with(&address) && problem.contains("127.0.0.1:1 cannot be reached"), "{problem}");
}
