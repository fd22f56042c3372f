//! The file of logins that `curl`, `git` and others share, `.netrc`.
//!
//! Responsible for what it says about hosts. Macros are passed over.

use std::io;
use std::path::Path;

use crate::web::{Token, WebAddress};

/// Logins by host.
#[derive(Clone, Debug, Default)]
pub struct Netrc {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, Default)]
struct Entry {
    /// `None` stands for all hosts that are not named.
    machine: Option<String>,
    user: String,
    password: Option<Token>,
}

impl Netrc {
    /// Reads the file, which need not be there.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        match plumb_source::read_regular_file(path) {
            Ok(text) => Ok(Self::parse(&String::from_utf8_lossy(&text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    fn parse(text: &str) -> Self {
        let mut netrc = Netrc::default();
        let mut words = words(text).into_iter().peekable();
        while let Some(word) = words.next() {
            let last = netrc.entries.last_mut();
            match (word.as_str(), last) {
                ("machine", _) => {
                    netrc.entries.push(Entry { machine: words.next(), ..Entry::default() });
                }
                ("default", _) => netrc.entries.push(Entry::default()),
                ("login", Some(entry)) => entry.user = words.next().unwrap_or_default(),
                ("password", Some(entry)) => entry.password = words.next().map(Token::new),
                ("account", _) => drop(words.next()),
                _ => {}
            }
        }
        netrc
    }

    /// The login for the server at an address.
    pub(super) fn login_for(&self, address: &WebAddress) -> Option<Token> {
        let names = [address.host_and_port(), address.host().to_owned()];
        let is_named = |entry: &&Entry| entry.machine.as_ref().is_some_and(|name| names.contains(name));
        let entry = self
            .entries
            .iter()
            .find(is_named)
            .or_else(|| self.entries.iter().find(|entry| entry.machine.is_none()))?;
        Some(Token::login(&entry.user, entry.password.as_ref().map_or("", Token::reveal)))
    }
}

/// The words of the file, without comments and macros: those end with an empty line.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("macdef") {
            lines.by_ref().find(|line| line.trim().is_empty());
            continue;
        }
        words.extend(line.split_whitespace().take_while(|word| !word.starts_with('#')).map(str::to_owned));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_their_logins() {
        let netrc = Netrc::parse(
            "# mine\nmachine a.example login me password one\nmachine b.example:8443\n  login you\n  password two\n\
             macdef init\nmachine x login x password x\n\nmachine c.example login c account z password three # end\n",
        );
        let login = |url: &str| netrc.login_for(&WebAddress::parse(url).expect("is an address"));
        assert_eq!(login("https://a.example/x"), Some(Token::login("me", "one")));
        assert_eq!(login("https://b.example:8443/x"), Some(Token::login("you", "two")));
        assert_eq!(login("https://c.example/x"), Some(Token::login("c", "three")));
        for none in ["https://b.example/x", "https://x/", "https://d.example/"] {
            assert_eq!(login(none), None, "{none}");
        }
        let all = Netrc::parse("default login all password x");
        let address = WebAddress::parse("https://d.example/").expect("is an address");
        assert_eq!(all.login_for(&address), Some(Token::login("all", "x")));
    }
}
