//! What stands for something else in values: `%h`, `${HOME}`, `~`.

use std::path::{Path, PathBuf};

use super::destination::Surroundings;

/// What tokens stand for, for one host.
pub(crate) struct Tokens<'a> {
    pub(crate) surroundings: &'a Surroundings,
    /// `%h`: where it is.
    pub(crate) host: &'a str,
    /// `%n`: how it was asked for.
    pub(crate) asked: &'a str,
    /// `%k`: how known hosts have it.
    pub(crate) known_as: &'a str,
    pub(crate) port: u16,
    pub(crate) user: &'a str,
    /// `%j`: through whom.
    pub(crate) jump: &'a str,
}

/// Which values stand where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In commands and the names of hosts on the way: few tokens, and no variables.
    Way,
    /// In paths: all of them.
    Path,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unexpandable {
    /// It is unknown, and perhaps `ssh` knows it.
    Token(String),
    /// A variable that is not there.
    Variable(String),
}

impl Tokens<'_> {
    /// The value with everything in the place of what stands for it.
    pub(crate) fn expand(&self, value: &str, place: Place) -> Result<String, Unexpandable> {
        let mut expanded = String::with_capacity(value.len());
        let mut rest = value;
        while let Some(at) = rest.find(['%', '$']) {
            expanded.push_str(&rest[..at]);
            let (mark, behind) = rest[at..].split_at(1);
            let variable = behind.strip_prefix('{').and_then(|behind| behind.split_once('}'));
            match (mark, variable) {
                ("%", _) => {
                    let token = behind.chars().next().ok_or_else(|| Unexpandable::Token("%".to_owned()))?;
                    let value = self.token(token, place);
                    expanded.push_str(&value.ok_or_else(|| Unexpandable::Token(format!("%{token}")))?);
                    rest = &behind[token.len_utf8()..];
                }
                (_, Some((name, after))) if place == Place::Path => {
                    let value = self.surroundings.environment.get(name);
                    expanded.push_str(value.ok_or_else(|| Unexpandable::Variable(name.to_owned()))?);
                    rest = after;
                }
                _ => {
                    expanded.push('$');
                    rest = behind;
                }
            }
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    fn token(&self, token: char, place: Place) -> Option<String> {
        let here = self.surroundings;
        Some(match (token, place) {
            ('%', _) => "%".to_owned(),
            ('h', _) => self.host.to_owned(),
            ('n', _) => self.asked.to_owned(),
            ('p', _) => self.port.to_string(),
            ('r', _) => self.user.to_owned(),
            ('d', Place::Path) => here.home.display().to_string(),
            ('u', Place::Path) => here.user.clone(),
            ('i', Place::Path) => here.user_id?.to_string(),
            ('k', Place::Path) => self.known_as.to_owned(),
            ('j', Place::Path) => self.jump.to_owned(),
            ('l', Place::Path) => here.host_name.clone()?,
            ('L', Place::Path) => here.host_name.as_deref()?.split('.').next()?.to_owned(),
            _ => return None,
        })
    }

    /// A path with everything in its place.
    pub(crate) fn path(&self, value: &str) -> Result<PathBuf, Unexpandable> {
        let expanded = self.expand(value, Place::Path)?;
        match expanded.strip_prefix('~') {
            None => Ok(PathBuf::from(expanded)),
            Some("") => Ok(self.surroundings.home.clone()),
            Some(rest) => match rest.strip_prefix('/') {
                Some(rest) => Ok(self.surroundings.home.join(rest)),
                // Whose home that is, only the system knows.
                None => Err(Unexpandable::Token(first_part(&expanded))),
            },
        }
    }
}

fn first_part(path: &str) -> String {
    let first = Path::new(path).iter().next();
    first.map(|first| first.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_something_is_put_in_its_place() {
        let mut surroundings = Surroundings {
            home: "/home/me".into(),
            user: "me".to_owned(),
            user_id: Some(1000),
            host_name: Some("here.example.com".to_owned()),
            ..Surroundings::default()
        };
        surroundings.environment.insert("KEYS".to_owned(), "/keys".to_owned());
        let tokens = Tokens {
            surroundings: &surroundings,
            host: "10.0.0.1",
            asked: "web",
            known_as: "alias",
            port: 2222,
            user: "root",
            jump: "gate",
        };
        for (value, expected) in [
            ("~/.ssh/%h-%r", Ok("/home/me/.ssh/10.0.0.1-root")),
            ("${KEYS}/%n.%p", Ok("/keys/web.2222")),
            ("%d/%u/%i/%k/%j/%l/%L", Ok("/home/me/me/1000/alias/gate/here.example.com/here")),
            ("/a%%b$c", Ok("/a%b$c")),
            ("~", Ok("/home/me")),
            ("~other/key", Err(Unexpandable::Token("~other".to_owned()))),
            ("%C", Err(Unexpandable::Token("%C".to_owned()))),
            ("%", Err(Unexpandable::Token("%".to_owned()))),
            ("${NO}/x", Err(Unexpandable::Variable("NO".to_owned()))),
        ] {
            assert_eq!(tokens.path(value), expected.map(PathBuf::from), "{value}");
        }
        let line = tokens.expand("nc -X 5 %h %p $HOME ${X} %%", Place::Way);
        assert_eq!(line.as_deref(), Ok("nc -X 5 10.0.0.1 2222 $HOME ${X} %"));
        assert_eq!(tokens.expand("%d", Place::Way), Err(Unexpandable::Token("%d".to_owned())));
    }
}
