//! The names under which data says how a host is reached: one vocabulary, whatever an inventory is read from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumb_diagnostics::{Diagnostics, closest};

use crate::data::Data;
use crate::inventory::Host;
use crate::settings::Settings;
use crate::way::{Engine, HostKeyChecking, SshWay, Way};

/// `ssh`, `local`, `docker`, `podman` or `chroot`; `ssh` where nothing is said.
pub const CONNECTION: &str = "connection";
/// Which container, with `docker` and `podman`; the host's name where nothing is said.
pub const CONTAINER: &str = "container";
/// Which directory, with `chroot`; the host's name where nothing is said.
pub const CHROOT_DIRECTORY: &str = "chroot_directory";
/// The name or address to connect to.
pub const SSH_HOSTNAME: &str = "ssh_hostname";
/// The port of the SSH server.
pub const SSH_PORT: &str = "ssh_port";
/// The user there.
pub const SSH_USER: &str = "ssh_user";
/// A file with a private key, or a list of such.
pub const SSH_KEY: &str = "ssh_key";
/// What decrypts it.
pub const SSH_KEY_PASSPHRASE: &str = "ssh_key_passphrase";
/// The user's password.
pub const SSH_PASSWORD: &str = "ssh_password";
/// Hosts to go through, as `user@host:port`, with commas between them or as a list.
pub const SSH_JUMP: &str = "ssh_jump";
/// An `ssh_config` file in the place of the user's own.
pub const SSH_CONFIG_FILE: &str = "ssh_config_file";
/// A file of known hosts, or a list of such, in the place of the user's own.
pub const SSH_KNOWN_HOSTS: &str = "ssh_known_hosts";
/// `yes`, `accept-new` or `no`.
pub const SSH_STRICT_HOST_KEY_CHECKING: &str = "ssh_strict_host_key_checking";
/// How often to try again.
pub const SSH_CONNECT_RETRIES: &str = "ssh_connect_retries";
/// How many seconds to wait before that.
pub const SSH_CONNECT_RETRY_DELAY: &str = "ssh_connect_retry_delay";
/// How many seconds to wait for an answer.
pub const SSH_CONNECT_TIMEOUT: &str = "ssh_connect_timeout";
/// Whether everything is done as another user, by way of `sudo`.
pub const SUDO: &str = "sudo";
/// As which user; `root` where nothing is said.
pub const SUDO_USER: &str = "sudo_user";
/// The password that `sudo` asks for.
pub const SUDO_PASSWORD: &str = "sudo_password";
/// What Ansible uses in the place of `sudo`. There is nothing else here, so that anything else is refused.
pub(crate) const BECOME_METHOD: &str = "become_method";

/// Every name that has a meaning here.
pub const NAMES: [&str; 19] = [
    CONNECTION,
    CONTAINER,
    CHROOT_DIRECTORY,
    SSH_HOSTNAME,
    SSH_PORT,
    SSH_USER,
    SSH_KEY,
    SSH_KEY_PASSPHRASE,
    SSH_PASSWORD,
    SSH_JUMP,
    SSH_CONFIG_FILE,
    SSH_KNOWN_HOSTS,
    SSH_STRICT_HOST_KEY_CHECKING,
    SSH_CONNECT_RETRIES,
    SSH_CONNECT_RETRY_DELAY,
    SSH_CONNECT_TIMEOUT,
    SUDO,
    SUDO_USER,
    SUDO_PASSWORD,
];

/// Reads the vocabulary, host by host.
pub(crate) struct Ways<'a> {
    home: Option<&'a Path>,
    /// Names that look like those of the vocabulary, each with the one that may be meant.
    guesses: HashMap<Arc<str>, Option<&'static str>>,
}

impl<'a> Ways<'a> {
    /// Paths that begin with `~` are in that home directory.
    pub(crate) fn new(home: Option<&'a Path>) -> Self {
        Ways { home, guesses: HashMap::new() }
    }

    /// How a host is reached, and what is wrong with what is said of that.
    pub(crate) fn way_to(&mut self, host: &Host) -> (Way, Diagnostics) {
        let mut settings = Settings::of(host, self.home);
        self.warn_of_slips(host, &mut settings);
        let kind = settings.text(CONNECTION).unwrap_or_else(|| "ssh".to_owned());
        let way = match kind.as_str() {
            "ssh" => Way::Ssh(Box::new(ssh(&mut settings))),
            "local" => Way::Local,
            "docker" => container(Engine::Docker, &mut settings),
            "podman" => container(Engine::Podman, &mut settings),
            "chroot" => {
                let directory = settings.path(CHROOT_DIRECTORY);
                let directory = directory.or_else(|| settings.path(SSH_HOSTNAME));
                Way::Chroot { directory: directory.unwrap_or_else(|| PathBuf::from(host.name())) }
            }
            other => {
                let guess = closest(other, ["ssh", "local", "docker", "podman", "chroot"]);
                let guess = guess.map(|guess| format!(" Did you mean {guess:?}?")).unwrap_or_default();
                settings.refuse(
                    CONNECTION,
                    &format!(
                        "must be \"ssh\", \"local\", \"docker\", \"podman\" or \"chroot\", and is {other:?}: there is no \
                         other way to a host.{guess}"
                    ),
                );
                Way::Ssh(Box::default())
            }
        };
        check_sudo(&mut settings);
        (way, settings.finish())
    }

    /// What is said under a name that nobody reads, but that is near to one that is read.
    fn warn_of_slips(&mut self, host: &Host, settings: &mut Settings<'_>) {
        let groups = host.groups.iter().map(|group| &group.data);
        for data in groups.chain([&host.own, &*host.given]) {
            for name in names_from(data, "ssh_").chain(names_from(data, "sudo_")) {
                let guess = *self.guesses.entry(name.clone()).or_insert_with(|| guess(name));
                if let Some(guess) = guess {
                    settings.warn(
                        name,
                        &format!(
                            "has no meaning for the way to a host, and is near to a name that has one. Did you mean \
                             \"{guess}\"?"
                        ),
                    );
                }
            }
        }
    }
}

fn names_from<'d>(data: &'d Data, prefix: &'d str) -> impl Iterator<Item = &'d Arc<str>> {
    let from = data.range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
    from.map(|(name, _)| name).take_while(move |name| name.starts_with(prefix))
}

fn guess(name: &str) -> Option<&'static str> {
    if NAMES.contains(&name) { None } else { closest(name, NAMES) }
}

fn container(engine: Engine, settings: &mut Settings<'_>) -> Way {
    let name = settings.name(CONTAINER).or_else(|| settings.name(SSH_HOSTNAME));
    Way::Container { engine, name: name.unwrap_or_else(|| settings.host_name().to_owned()) }
}

fn ssh(settings: &mut Settings<'_>) -> SshWay {
    SshWay {
        hostname: settings.name(SSH_HOSTNAME),
        port: settings.port(SSH_PORT),
        user: settings.name(SSH_USER),
        identity_files: settings.paths(SSH_KEY),
        key_passphrase: settings.secret(SSH_KEY_PASSPHRASE),
        password: settings.secret(SSH_PASSWORD),
        jumps: settings.jumps(SSH_JUMP),
        config_file: settings.path(SSH_CONFIG_FILE),
        known_hosts: settings.paths(SSH_KNOWN_HOSTS),
        host_key_checking: host_key_checking(settings),
        connect_retries: settings.count(SSH_CONNECT_RETRIES),
        connect_retry_delay: settings.seconds(SSH_CONNECT_RETRY_DELAY),
        connect_timeout: settings.seconds(SSH_CONNECT_TIMEOUT),
    }
}

fn host_key_checking(settings: &mut Settings<'_>) -> Option<HostKeyChecking> {
    if let Some(flag) = settings.flag_if_one(SSH_STRICT_HOST_KEY_CHECKING) {
        return Some(if flag { HostKeyChecking::Strict } else { HostKeyChecking::Off });
    }
    match settings.text(SSH_STRICT_HOST_KEY_CHECKING)?.as_str() {
        "accept-new" => Some(HostKeyChecking::AcceptNew),
        // Nobody is asked.
        "ask" => Some(HostKeyChecking::Strict),
        other => {
            settings.refuse(
                SSH_STRICT_HOST_KEY_CHECKING,
                &format!("must be \"yes\", \"accept-new\" or \"no\", and is {other:?}."),
            );
            None
        }
    }
}

fn check_sudo(settings: &mut Settings<'_>) {
    let wanted = settings.flag(SUDO).unwrap_or(false);
    settings.name(SUDO_USER);
    settings.secret(SUDO_PASSWORD);
    if let Some(method) = settings.text(BECOME_METHOD).filter(|method| wanted && method != "sudo") {
        settings.refuse(
            BECOME_METHOD,
            &format!("is {method:?}, and only \"sudo\" is known as a way to become another user."),
        );
    }
}
