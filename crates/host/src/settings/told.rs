//! What `ssh -G` tells: a line for each option, and a line more for each value of some.

use std::collections::HashMap;
use std::time::Duration;

use super::destination::{Destination, Surroundings};

/// Keys that are tried where nothing is said of them, as OpenSSH has them.
const IDENTITIES: [&str; 5] = ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"];

/// Values of options, by their names in small letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    values: HashMap<String, Vec<String>>,
}

impl Told {
    pub(crate) fn parse(text: &str) -> Self {
        let mut told = Told::default();
        for line in text.lines() {
            if let Some((option, value)) = line.trim_end().split_once(' ') {
                told.add(option, value);
            }
        }
        told
    }

    fn add(&mut self, option: &str, value: &str) {
        self.values.entry(option.to_lowercase()).or_default().push(value.trim().to_owned());
    }

    /// What holds where there is no program and thus no file: what the destination states, and what is usual.
    pub(crate) fn usual(destination: &Destination, surroundings: &Surroundings) -> Self {
        let (user, host) = match destination.host.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, &*destination.host),
        };
        let mut told = Told::default();
        for option in &destination.options {
            if let Some((option, value)) = option.split_once(['=', ' ']) {
                told.add(option, value);
            }
        }
        let port = destination.port.unwrap_or(22).to_string();
        let user = destination.user.as_deref().or(user).unwrap_or(&surroundings.user);
        let mut states = |option: &str, value: &str| {
            if !told.values.contains_key(option) {
                told.add(option, value);
            }
        };
        states("hostname", host);
        states("port", &port);
        states("user", user);
        states("stricthostkeychecking", destination.policy.map_or("ask", super::Policy::as_option));
        states("globalknownhostsfile", "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2");
        states("userknownhostsfile", "~/.ssh/known_hosts ~/.ssh/known_hosts2");
        if let Some(jump) = &destination.jump {
            states("proxyjump", jump);
        }
        if destination.forward_agent == Some(true) {
            states("forwardagent", "yes");
        }
        if let Some(wait) = destination.connect_timeout {
            states("connecttimeout", &wait.as_secs().max(1).to_string());
        }
        if let Some(wait) = destination.keepalive {
            states("serveraliveinterval", &wait.as_secs().max(1).to_string());
        }
        if !destination.known_hosts_files.is_empty() {
            let files = destination.known_hosts_files.iter().map(|file| file.display().to_string());
            let files = files.collect::<Vec<_>>().join(" ").replace('%', "%%");
            told.values.insert("userknownhostsfile".to_owned(), vec![files]);
        }
        let stated =
            destination.identity_files.iter().map(|file| file.display().to_string().replace('%', "%%"));
        let mut identities: Vec<String> = stated.collect();
        if identities.is_empty() {
            identities.extend(IDENTITIES.iter().map(|name| format!("~/.ssh/{name}")));
        }
        told.values.entry("identityfile".to_owned()).or_default().extend(identities);
        told
    }

    /// The same of another host, of which files say nothing else.
    pub(crate) fn of(&self, destination: &Destination) -> Self {
        let mut told = self.clone();
        let mut states = |option: &str, value: String| {
            told.values.insert(option.to_owned(), vec![value]);
        };
        if self.values.contains_key("host") {
            states("host", destination.host.clone());
        }
        states("hostname", destination.host.to_lowercase());
        if let Some(user) = &destination.user {
            states("user", user.clone());
        }
        if let Some(port) = destination.port {
            states("port", port.to_string());
        }
        told
    }

    /// All values of an option; `none` is none.
    pub(crate) fn all(&self, option: &str) -> impl Iterator<Item = &str> {
        let values = self.values.get(option).map(Vec::as_slice).unwrap_or_default();
        values.iter().map(String::as_str).filter(|value| !value.eq_ignore_ascii_case("none"))
    }

    /// The value of an option, if it has one.
    pub(crate) fn one(&self, option: &str) -> Option<&str> {
        self.all(option).next().filter(|value| !value.is_empty())
    }

    /// The value of an option, also where that is `none`.
    pub(crate) fn written(&self, option: &str) -> Option<&str> {
        self.values.get(option).and_then(|values| values.first()).map(String::as_str)
    }

    /// Whether an option is on. Programs of different ages say so in different words.
    pub(crate) fn is_on(&self, option: &str) -> bool {
        matches!(self.one(option), Some("yes" | "true"))
    }

    /// Whether an option is off.
    pub(crate) fn is_off(&self, option: &str) -> bool {
        matches!(self.written(option), Some("no" | "false"))
    }

    /// A number of seconds that is not zero.
    pub(crate) fn seconds(&self, option: &str) -> Option<Duration> {
        let seconds = self.one(option)?.parse().ok()?;
        Some(Duration::from_secs(seconds)).filter(|wait| !wait.is_zero())
    }

    /// Paths in one value. They are told without quotes, so that what does not begin like a path belongs to
    /// the one before.
    pub(crate) fn paths(&self, option: &str) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        for word in self.one(option).unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
            match paths.last_mut() {
                Some(last) if !word.starts_with(['/', '~', '%', '$']) => {
                    last.push(' ');
                    last.push_str(word);
                }
                _ => paths.push(word.to_owned()),
            }
        }
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let told = Told::parse(
            "host web\nHostName web.example.com\nport 2222\nidentityfile ~/.ssh/a\nidentityfile /tmp/with space/b\n\
             proxyjump none\nconnecttimeout 3\nserveraliveinterval 0\nidentitiesonly yes\npubkeyauthentication true\n\
             passwordauthentication no\nuserknownhostsfile /home/me/.ssh/known_hosts /tmp/a b/c ~/d\nnonsense\n",
        );
        assert_eq!(told.one("hostname"), Some("web.example.com"));
        assert_eq!(told.all("identityfile").collect::<Vec<_>>(), ["~/.ssh/a", "/tmp/with space/b"]);
        assert_eq!((told.one("proxyjump"), told.written("proxyjump")), (None, Some("none")));
        assert_eq!(told.seconds("connecttimeout"), Some(Duration::from_secs(3)));
        assert_eq!(told.seconds("serveraliveinterval"), None);
        assert!(told.is_on("identitiesonly") && told.is_on("pubkeyauthentication"));
        assert!(told.is_off("passwordauthentication") && !told.is_off("identitiesonly"));
        assert_eq!(told.paths("userknownhostsfile"), ["/home/me/.ssh/known_hosts", "/tmp/a b/c", "~/d"]);
    }

    #[test]
    fn without_a_program_the_usual_holds() {
        let surroundings = Surroundings { user: "me".to_owned(), ..Surroundings::default() };
        let told = Told::usual(&Destination::of("web"), &surroundings);
        assert_eq!((told.one("hostname"), told.one("port")), (Some("web"), Some("22")));
        assert_eq!((told.one("user"), told.one("stricthostkeychecking")), (Some("me"), Some("ask")));
        assert!(told.all("identityfile").any(|file| file == "~/.ssh/id_ed25519"));
        let destination = Destination {
            port: Some(2222),
            jump: Some("gate".to_owned()),
            identity_files: vec!["/100%".into()],
            options: vec!["User=other".to_owned()],
            ..Destination::of("you@web")
        };
        let told = Told::usual(&destination, &surroundings);
        assert_eq!((told.one("hostname"), told.one("port")), (Some("web"), Some("2222")));
        assert_eq!((told.one("user"), told.one("proxyjump")), (Some("other"), Some("gate")));
        assert_eq!(told.all("identityfile").collect::<Vec<_>>(), ["/100%%"]);
    }
}
