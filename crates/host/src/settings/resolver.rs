//! From a host's name to settings.

use std::path::PathBuf;
use std::sync::Arc;

use plumb_ssh::{Agent, Host, Identity, Patience, ProxyCommand, Settings, Through, Trust};

use super::destination::{Destination, Policy, Surroundings};
use super::error::SettingsError;
use super::identities::Identities;
use super::jump::{self, Jump};
use super::known::KnownFiles;
use super::named::Named;
use super::program::Asked;
use super::tokens::Place;
use super::told::Told;
use super::unsupported::{other_ways, unsupported};

/// So many hosts may lie one behind the other: two that lead through each other would never end.
const JUMPS_MAX: usize = 32;

/// Knows what names of hosts mean. What it has been asked once it knows from then on; so it knows nothing of
/// what is changed in files later.
pub struct Resolver {
    surroundings: Surroundings,
    asked: Asked,
    identities: Identities,
    known: KnownFiles,
}

/// What a host's name means.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// How it is reached.
    pub settings: Settings,
    /// What was left out, in words for people.
    pub notices: Vec<String>,
    /// Ways to be let in that its settings allow and that only OpenSSH's program has, as hosts name them.
    pub other_ways: Vec<&'static str>,
    /// Where hosts that were new are written down.
    pub(crate) known_file: Option<PathBuf>,
}

impl Resolver {
    /// Asks the program `ssh` as it is found there.
    pub fn new(surroundings: Surroundings) -> Self {
        Resolver::asking("ssh", surroundings)
    }

    /// Asks this program, by its name or path.
    pub fn asking(program: impl Into<String>, surroundings: Surroundings) -> Self {
        Resolver {
            surroundings,
            asked: Asked::new(program.into()),
            identities: Identities::default(),
            known: KnownFiles::default(),
        }
    }

    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// The program that is asked.
    pub(crate) fn program(&self) -> &str {
        self.asked.program()
    }

    /// How a host is reached.
    pub async fn resolve(&self, destination: &Destination) -> Result<Resolved, SettingsError> {
        self.check_identities(destination).await?;
        let mut notices = Vec::new();
        let named = self.named(destination.clone(), &mut notices).await?;
        let (jumps, first) = self.way(&named, &mut notices).await?;
        let through = self.through(first.as_ref().unwrap_or(&named))?;
        let mut hosts = Vec::with_capacity(jumps.len());
        for jump in &jumps {
            hosts.push(self.host(jump, &mut notices).await?);
        }
        let host = self.host(&named, &mut notices).await?;
        let settings =
            Settings { host, jumps: hosts, through, forwarded_agent: self.forwarded_agent(&named)? };
        let known_file = self.user_files(&named)?.into_iter().next();
        notices.sort();
        notices.dedup();
        Ok(Resolved { settings, notices, other_ways: other_ways(&named.told), known_file })
    }

    /// Writes down hosts that were new. What is wrong if that cannot be done, in words for people.
    pub(crate) async fn write_known(&self, resolved: &Resolved, lines: Vec<String>) -> Result<(), String> {
        match &resolved.known_file {
            Some(file) => self.known.add(file, lines).await,
            None => Ok(()),
        }
    }

    /// Who names a key wants that one.
    async fn check_identities(&self, destination: &Destination) -> Result<(), SettingsError> {
        let host = || destination.host.clone();
        for file in &destination.identity_files {
            match self.identities.of(file, destination.passphrase.as_ref()).await {
                Ok(Some(_)) => {}
                Ok(None) => return Err(SettingsError::NoIdentity { host: host(), file: file.clone() }),
                Err(why) => return Err(SettingsError::Identity { host: host(), why }),
            }
        }
        Ok(())
    }

    async fn named(
        &self,
        destination: Destination,
        notices: &mut Vec<String>,
    ) -> Result<Named, SettingsError> {
        let told = match self.asked.told(&destination, &self.surroundings).await? {
            Some(told) => told,
            None => {
                if let Some(file) = destination.config_file.clone().filter(|file| file.as_os_str() != "none")
                {
                    return Err(SettingsError::NoProgram { host: destination.host, file });
                }
                notices.push(format!(
                    "there is no program {} on this machine, so that ~/.ssh/config is not read",
                    self.asked.program()
                ));
                Arc::new(Told::usual(&destination, &self.surroundings))
            }
        };
        let what = unsupported(&told);
        if what.is_empty() {
            Ok(Named { destination, told })
        } else {
            Err(SettingsError::Unsupported { host: destination.host, what })
        }
    }

    /// Hosts on the way, and the first of them: it is reached as its own settings say, and each other one
    /// through the one before, whatever its own say.
    async fn way(
        &self,
        named: &Named,
        notices: &mut Vec<String>,
    ) -> Result<(Vec<Named>, Option<Named>), SettingsError> {
        let mut jumps: Vec<Named> = Vec::new();
        let mut current = self.jumps_of(named)?;
        let mut is_first_of_all = false;
        while !current.is_empty() {
            let mut group = Vec::with_capacity(current.len());
            for jump in current {
                group.push(self.named(self.destination(named, jump), notices).await?);
            }
            current = self.jumps_of(&group[0])?;
            jumps.splice(0..0, group);
            is_first_of_all = true;
            if jumps.len() > JUMPS_MAX {
                let names: Vec<&str> = jumps.iter().map(|jump| &*jump.destination.host).take(4).collect();
                return Err(SettingsError::Value {
                    host: named.destination.host.clone(),
                    option: "ProxyJump",
                    value: named.told.one("proxyjump").unwrap_or_default().to_owned(),
                    why: format!(
                        "it leads through more than {JUMPS_MAX} hosts, or in a circle: {}",
                        names.join(", ")
                    ),
                });
            }
        }
        let first = is_first_of_all
            .then(|| Named { destination: jumps[0].destination.clone(), told: jumps[0].told.clone() });
        Ok((jumps, first))
    }

    fn jumps_of(&self, named: &Named) -> Result<Vec<Jump>, SettingsError> {
        let Some(value) = named.told.one("proxyjump") else { return Ok(Vec::new()) };
        let wrong = |why| named.wrong("ProxyJump", value, why);
        let expanded = named.expanded(&self.surroundings, "ProxyJump", value, Place::Way)?;
        jump::parse(&expanded).map_err(wrong)
    }

    /// What is asked of a host on the way. What is stated of the host at the end, other than where files are
    /// and what all have to prove, is not stated of others.
    fn destination(&self, named: &Named, jump: Jump) -> Destination {
        let destination = &named.destination;
        Destination {
            host: jump.host,
            user: jump.user,
            port: jump.port,
            passphrase: destination.passphrase.clone(),
            config_file: destination.config_file.clone(),
            policy: destination.policy,
            known_hosts_files: destination.known_hosts_files.clone(),
            connect_timeout: destination.connect_timeout,
            keepalive: destination.keepalive,
            ..Destination::default()
        }
    }

    /// What the first connection goes through.
    fn through(&self, first: &Named) -> Result<Option<Through>, SettingsError> {
        let Some(line) = first.told.one("proxycommand") else { return Ok(None) };
        for (option, value) in [("HostName", first.host()), ("User", first.user())] {
            // A shell reads it.
            let is_plain = |character: char| character.is_alphanumeric() || "._:@%+,=-".contains(character);
            if !value.chars().all(is_plain) || value.starts_with('-') {
                let why = "it cannot be part of a ProxyCommand, which a shell reads".to_owned();
                return Err(first.wrong(option, value, why));
            }
        }
        let line = first.expanded(&self.surroundings, "ProxyCommand", line, Place::Way)?;
        let shell = self.surroundings.variable("SHELL").unwrap_or("/bin/sh").to_owned();
        let environment = self.surroundings.environment.iter();
        Ok(Some(Through::Command(ProxyCommand {
            program: shell,
            arguments: vec!["-c".to_owned(), format!("exec {line}")],
            environment: environment.map(|(name, value)| (name.clone(), value.clone())).collect(),
        })))
    }

    async fn host(&self, named: &Named, notices: &mut Vec<String>) -> Result<Host, SettingsError> {
        let told = &named.told;
        let shows_keys = !told.is_off("pubkeyauthentication") && named.prefers(&["publickey"]);
        let asks_password = named.prefers(&["password", "keyboard-interactive"])
            && !(told.is_off("passwordauthentication") && told.is_off("kbdinteractiveauthentication"));
        let (identities, agent) = if shows_keys {
            (self.identities(named, notices).await?, self.agent(named)?)
        } else {
            (Vec::new(), None)
        };
        let usual = Patience::default();
        let patience = Patience {
            connect: told.seconds("connecttimeout").unwrap_or(usual.connect),
            keepalive: told.seconds("serveraliveinterval").or(usual.keepalive),
            // What is said of the number alone is OpenSSH's usual one, for questions that it does not ask.
            keepalives_max: told
                .seconds("serveraliveinterval")
                .and_then(|_| told.one("serveralivecountmax")?.parse().ok())
                .unwrap_or(usual.keepalives_max),
        };
        Ok(Host {
            identities,
            agent: agent
                .map(|socket| Agent { named_only: told.is_on("identitiesonly"), ..Agent::new(socket) }),
            password: named.destination.password.clone().filter(|_| asks_password),
            trust: self.trust(named, notices).await?,
            known_as: told.one("hostkeyalias").map(str::to_owned),
            patience,
            ..Host::new(named.host(), named.port()?, named.user())
        })
    }

    async fn identities(
        &self,
        named: &Named,
        notices: &mut Vec<String>,
    ) -> Result<Vec<Identity>, SettingsError> {
        let passphrase = named.destination.passphrase.as_ref();
        let mut identities = Vec::new();
        for file in named.told.all("identityfile") {
            let path = named.path(&self.surroundings, "IdentityFile", file)?;
            match self.identities.of(&path, passphrase).await {
                Ok(identity) => identities.extend(identity),
                // Others may do.
                Err(why) => notices.push(why),
            }
        }
        for file in named.told.all("certificatefile") {
            let path = named.path(&self.surroundings, "CertificateFile", file)?;
            for identity in &mut identities {
                match identity.clone().certified_by(&path).await {
                    Ok(certified) => *identity = certified,
                    Err(why) => notices.push(why.to_string()),
                }
            }
        }
        Ok(identities)
    }

    /// The socket of the user's agent.
    fn agent(&self, named: &Named) -> Result<Option<PathBuf>, SettingsError> {
        match named.told.written("identityagent") {
            Some(value) if value.eq_ignore_ascii_case("none") => Ok(None),
            Some(value) if value != "SSH_AUTH_SOCK" => self.socket(named, "IdentityAgent", value),
            _ => Ok(self.surroundings.variable("SSH_AUTH_SOCK").map(PathBuf::from)),
        }
    }

    /// A path, or the name of a variable after a dollar sign.
    fn socket(
        &self,
        named: &Named,
        option: &'static str,
        value: &str,
    ) -> Result<Option<PathBuf>, SettingsError> {
        match value.strip_prefix('$').filter(|name| !name.starts_with('{')) {
            Some(name) => Ok(self.surroundings.variable(name).map(PathBuf::from)),
            None => named.path(&self.surroundings, option, value).map(Some),
        }
    }

    fn forwarded_agent(&self, named: &Named) -> Result<Option<PathBuf>, SettingsError> {
        // A path that a file has would otherwise still count.
        if named.destination.forward_agent == Some(false) {
            return Ok(None);
        }
        match named.told.one("forwardagent") {
            None | Some("no" | "false") => Ok(None),
            Some("yes" | "true") => self.agent(named),
            Some(value) => self.socket(named, "ForwardAgent", value),
        }
    }

    async fn trust(&self, named: &Named, notices: &mut Vec<String>) -> Result<Trust, SettingsError> {
        let policy = Policy::of_option(named.told.one("stricthostkeychecking").unwrap_or("ask"));
        let is_here = matches!(named.host(), "localhost" | "127.0.0.1" | "::1");
        if policy == Policy::Off || is_here && named.told.is_on("nohostauthenticationforlocalhost") {
            return Ok(Trust::Anyone);
        }
        let mut files = self.user_files(named)?;
        for file in named.told.paths("globalknownhostsfile") {
            files.push(named.path(&self.surroundings, "GlobalKnownHostsFile", &file)?);
        }
        let known = self.known.of(files).await;
        notices.extend(known.notices);
        Ok(Trust::Known { hosts: known.hosts, takes_new: policy == Policy::AcceptNew })
    }

    fn user_files(&self, named: &Named) -> Result<Vec<PathBuf>, SettingsError> {
        let files = named.told.paths("userknownhostsfile");
        files.iter().map(|file| named.path(&self.surroundings, "UserKnownHostsFile", file)).collect()
    }
}
