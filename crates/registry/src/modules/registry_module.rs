//! Names of modules in registries: `namespace/name/system`, with a host in front or not.

use std::fmt;

use plumb_address::ProviderAddress;

use super::subdirectory;

/// A module in a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistryModule {
    /// The registry's host.
    pub host: String,
    /// Who publishes it.
    pub namespace: String,
    /// What it is called.
    pub name: String,
    /// The system that it is for.
    pub system: String,
}

/// Hosts of repositories, whose short forms look like names in a registry.
const REPOSITORY_HOSTS: [&str; 2] = ["github.com", "bitbucket.org"];

impl RegistryModule {
    /// Understands a name with the directory that may follow it.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence.
    pub(super) fn parse(text: &str) -> Result<(Self, String), String> {
        let (name, path) = subdirectory::split(text);
        let path = subdirectory::normalise(path)
            .ok_or_else(|| format!("the directory {path:?} leads out of the package"))?;
        let parts: Vec<&str> = name.split('/').collect();
        let (host, rest) = match &parts[..] {
            [_, _, _] => (ProviderAddress::DEFAULT_HOST.to_owned(), &parts[..]),
            [host, rest @ ..] if rest.len() == 3 => (read_host(host)?, rest),
            _ => return Err("a module in a registry has three parts, or four with its host".to_owned()),
        };
        for part in &rest[..2] {
            if !is_name(part) {
                return Err(format!("{part:?} is no name"));
            }
        }
        if !is_system(rest[2]) {
            return Err(format!("{:?} is no target system, such as \"aws\"", rest[2]));
        }
        let [namespace, name, system] = [rest[0], rest[1], rest[2]].map(str::to_owned);
        Ok((RegistryModule { host, namespace, name, system }, path))
    }
}

fn read_host(host: &str) -> Result<String, String> {
    let host = host.to_ascii_lowercase();
    if REPOSITORY_HOSTS.contains(&host.as_str()) {
        return Err(format!("{host} is a host of repositories and has no registry"));
    }
    let is_host = host.contains('.') && crate::web::WebAddress::of_host(&host).is_ok();
    if is_host { Ok(host) } else { Err(format!("{host:?} is no host name")) }
}

fn is_name(text: &str) -> bool {
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= 64
        && is_end(text.chars().next())
        && is_end(text.chars().last())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn is_system(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

impl fmt::Display for RegistryModule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/{}/{}", self.host, self.namespace, self.name, self.system)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_full() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let got = RegistryModule::parse(text).ok().map(|(module, path)| (module.to_string(), path));
            let expected = expected.map(|(module, path)| (module.to_owned(), path.to_owned()));
            assert_eq!(got, expected, "{text}");
        };
        check("a/b/aws", Some(("registry.terraform.io/a/b/aws", "")));
        check("a/b/aws//x/./y", Some(("registry.terraform.io/a/b/aws", "x/y")));
        check("Example.com:8443/a/b_c/aws", Some(("example.com:8443/a/b_c/aws", "")));
        for text in [
            "a/b",
            "a/b/c/d/e",
            "localhost/a/b/aws",
            "github.com/a/b/aws",
            "a/b/AWS",
            "-a/b/aws",
            "a/b/aws//../x",
            "a/b./aws",
            "git::file:///x",
        ] {
            check(text, None);
        }
    }
}
