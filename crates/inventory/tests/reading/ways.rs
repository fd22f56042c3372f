//! How hosts are reached.

use std::path::PathBuf;
use std::time::Duration;

use plumb_inventory::{HostKeyChecking, Jump, SshWay, Sudo, Way};
use plumb_ssh::Secret;

use crate::support::Setting;

#[track_caller]
fn way(line: &str) -> Way {
    let (inventory, said, _) = Setting::new().file("hosts.ini", line).read(&["hosts.ini"]);
    assert_eq!(said, "", "{line}");
    inventory.hosts()[0].way().clone()
}

#[track_caller]
fn ssh(line: &str) -> SshWay {
    match way(line) {
        Way::Ssh(way) => *way,
        other => panic!("{line}: {other:?}"),
    }
}

fn jump(user: Option<&str>, hostname: &str, port: Option<u16>) -> Jump {
    Jump { hostname: hostname.to_owned(), port, user: user.map(str::to_owned) }
}

#[test]
fn everything_can_be_stated() {
    let line = "w ssh_hostname=10.0.0.1 ssh_port=2222 ssh_user=deploy ssh_key=\"['~/.ssh/a', 'b']\" \
                ssh_key_passphrase=p1 ssh_password=p2 ssh_jump='a@b:1,c' ssh_config_file=/etc/x ssh_known_hosts=~/k \
                ssh_strict_host_key_checking=accept-new ssh_connect_retries=3 ssh_connect_retry_delay=0.5 \
                ssh_connect_timeout=20";
    let expected = SshWay {
        hostname: Some("10.0.0.1".to_owned()),
        port: Some(2222),
        user: Some("deploy".to_owned()),
        identity_files: vec![PathBuf::from("/home/me/.ssh/a"), PathBuf::from("b")],
        key_passphrase: Some(Secret::new("p1")),
        password: Some(Secret::new("p2")),
        jumps: vec![jump(Some("a"), "b", Some(1)), jump(None, "c", None)],
        config_file: Some("/etc/x".into()),
        known_hosts: vec!["/home/me/k".into()],
        host_key_checking: Some(HostKeyChecking::AcceptNew),
        connect_retries: Some(3),
        connect_retry_delay: Some(Duration::from_millis(500)),
        connect_timeout: Some(Duration::from_secs(20)),
    };
    assert_eq!(ssh(line), expected);
    assert_eq!(ssh("w ssh_user= ssh_port=None"), SshWay::default());
}

#[test]
fn ansible_says_the_same_in_other_words() {
    let line = "w ansible_host=h ansible_port=22 ansible_user=u ansible_ssh_pass=p ansible_private_key_file=k \
                ansible_host_key_checking=False ansible_timeout=5 ansible_ssh_retries=2";
    let expected = SshWay {
        hostname: Some("h".to_owned()),
        port: Some(22),
        user: Some("u".to_owned()),
        password: Some(Secret::new("p")),
        identity_files: vec!["k".into()],
        host_key_checking: Some(HostKeyChecking::Off),
        connect_timeout: Some(Duration::from_secs(5)),
        connect_retries: Some(2),
        ..SshWay::default()
    };
    assert_eq!(ssh(line), expected);
    let cases = [
        ("w ansible_connection=local", "this machine"),
        ("w ansible_connection=ansible.builtin.ssh", "ssh w"),
        ("w ansible_connection=community.docker.docker ansible_host=c", "docker container c"),
        ("w ansible_connection=containers.podman.podman", "podman container w"),
        ("/srv/root ansible_connection=chroot", "chroot /srv/root"),
    ];
    for (line, described) in cases {
        assert_eq!(way(line).described("w"), described, "{line}");
    }
}

#[test]
fn arguments_for_ssh_are_understood_as_far_as_they_are_settings() {
    let cases = [
        ("-J a@b:22,c", vec![jump(Some("a"), "b", Some(22)), jump(None, "c", None)]),
        ("-o ProxyJump=b", vec![jump(None, "b", None)]),
        ("-oProxyJump=b -o ControlMaster=auto -C", vec![jump(None, "b", None)]),
        ("-o ProxyCommand=\\\"ssh -q -W %h:%p -p 2222 u@b\\\"", vec![jump(Some("u"), "b", Some(2222))]),
    ];
    for (arguments, jumps) in cases {
        assert_eq!(ssh(&format!("w ansible_ssh_common_args=\"{arguments}\"")).jumps, jumps, "{arguments}");
    }
    let way = ssh(
        "w ansible_ssh_extra_args='-F x -o StrictHostKeyChecking=no -o \"UserKnownHostsFile /dev/null\" -i k'",
    );
    assert_eq!(way.config_file, Some("x".into()));
    assert_eq!(way.host_key_checking, Some(HostKeyChecking::Off));
    assert_eq!((way.known_hosts, way.identity_files), (vec!["/dev/null".into()], vec!["k".into()]));
    let (_, said, _) =
        Setting::new().file("h.ini", "w ansible_ssh_common_args='-o Tunnel=yes -X'").read(&["h.ini"]);
    assert!(said.contains("\"-o Tunnel\", \"-X\"") && said.starts_with("Warning"), "{said}");
}

#[test]
fn becoming_another_user_is_by_sudo() {
    let of = |line: &str| {
        let (inventory, said, _) = Setting::new().file("hosts.ini", line).read(&["hosts.ini"]);
        assert_eq!(said, "");
        inventory.hosts()[0].sudo()
    };
    let password = Some(Secret::new("p"));
    let app = Sudo { user: Some("app".to_owned()), password };
    assert_eq!(of("w ansible_become=yes ansible_become_user=app ansible_become_pass=p"), Some(app.clone()));
    assert_eq!(of("w sudo=True sudo_user=app sudo_password=p"), Some(app));
    assert_eq!(
        of("w ansible_become=true ansible_become_method=sudo"),
        Some(Sudo { user: None, password: None })
    );
    assert_eq!(of("w ansible_become=no ansible_become_method=su ansible_become_user=app"), None);
    assert_eq!(of("w"), None);
}

#[test]
fn secrets_are_in_no_text() {
    let line = "w ssh_password=hunter2 ansible_become_password=hunter2 db_password=hunter2 ssh_key_passphrase=hunter2";
    let (inventory, _, _) = Setting::new().file("hosts.ini", line).read(&["hosts.ini"]);
    let host = &inventory.hosts()[0];
    let shown = format!("{} {:?} {:?}", crate::support::shown(host), host.way(), host.sudo());
    assert!(shown.contains("(sensitive)") && !shown.contains("hunter2"), "{shown}");
}
