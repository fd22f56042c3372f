//! Where a database is and who asks, in the two notations that its other clients know.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::web::silence_max;

/// Where a database is and who asks. It has no `Debug`, for the password is secret.
#[derive(Clone, Default)]
pub(super) struct Address {
    /// A name, or the directory of a socket.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) database: String,
    pub(super) security: Security,
    /// Files in PEM; may be empty.
    pub(super) root_certificate: String,
    pub(super) certificate: String,
    pub(super) private_key: String,
    pub(super) connect_timeout: Duration,
    /// How long the server may be silent.
    pub(super) silence_max: Duration,
    /// What the server is told about the session.
    pub(super) parameters: BTreeMap<String, String>,
}

/// Whether others may read along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Security {
    /// Nothing is encrypted.
    Disable,
    /// Encrypted, whoever the server is.
    #[default]
    Require,
    /// Encrypted, with a server that an authority knows.
    VerifyAuthority,
    /// Encrypted, with the server of that name.
    VerifyFull,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

impl Address {
    /// Reads an address, or settings as `name=value`. What neither says the environment does.
    ///
    /// # Errors
    /// A sentence about what cannot be read. The text itself is not in it, for it may hold a password.
    pub(super) fn parse(text: &str, environment: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut settings =
            match ["postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme)) {
                Some(rest) => of_address(rest)?,
                None => of_settings(text)?,
            };
        let mut take = |name: &str, variable: &str| {
            let given = settings.remove(name).filter(|value| !value.is_empty());
            given.or_else(|| environment.get(variable).filter(|value| !value.is_empty()).cloned())
        };
        let host = take("host", "PGHOST").unwrap_or_else(|| "localhost".to_owned());
        let port = take("port", "PGPORT").unwrap_or_else(|| "5432".to_owned());
        let user = take("user", "PGUSER").or_else(|| environment.get("USER").cloned()).unwrap_or_default();
        let security = match take("sslmode", "PGSSLMODE").as_deref() {
            Some("disable") => Security::Disable,
            None | Some("require" | "prefer" | "allow") => Security::Require,
            Some("verify-ca") => Security::VerifyAuthority,
            Some("verify-full") => Security::VerifyFull,
            Some(other) => {
                return Err(format!(
                    "The sslmode {other:?} is not known: it is disable, require, verify-ca or verify-full."
                ));
            }
        };
        let root_certificate = take("sslrootcert", "PGSSLROOTCERT").unwrap_or_default();
        let seconds = take("connect_timeout", "PGCONNECT_TIMEOUT").and_then(|seconds| seconds.parse().ok());
        let silence = silence_max(environment.get("PLUMB_SERVER_TIMEOUT").map(String::as_str));
        Ok(Address {
            port: port.parse().map_err(|_| format!("The port {port:?} is no number of a port."))?,
            password: take("password", "PGPASSWORD").unwrap_or_default(),
            database: take("dbname", "PGDATABASE").unwrap_or_else(|| user.clone()),
            // Whoever names an authority wants to be told of others.
            security: match security {
                Security::Require if !root_certificate.is_empty() => Security::VerifyAuthority,
                other => other,
            },
            certificate: take("sslcert", "PGSSLCERT").unwrap_or_default(),
            private_key: take("sslkey", "PGSSLKEY").unwrap_or_default(),
            silence_max: silence,
            connect_timeout: seconds
                .filter(|seconds| *seconds > 0)
                .map_or(silence.min(CONNECT_TIMEOUT), Duration::from_secs),
            parameters: settings,
            root_certificate,
            host,
            user,
        })
    }

    /// The database, as people know it, without secrets.
    pub(super) fn shown(&self) -> String {
        format!("the database {:?} at {}:{}", self.database, self.host, self.port)
    }
}

type Settings = BTreeMap<String, String>;

/// `user:password@host:port/database?name=value&...`
fn of_address(rest: &str) -> Result<Settings, String> {
    let mut settings = Settings::new();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (who, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let (host, port) = match place.strip_prefix('[').and_then(|place| place.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').unwrap_or_default()),
        None => place.rsplit_once(':').unwrap_or((place, "")),
    };
    if place.contains(',') {
        return Err("Several servers in one address are not known here: name one of them.".to_owned());
    }
    for (name, value) in
        [("user", user), ("password", password), ("host", host), ("port", port), ("dbname", database)]
    {
        settings.insert(name.to_owned(), unescape(value)?);
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        settings.insert(unescape(name)?, unescape(&value.replace('+', " "))?);
    }
    Ok(settings)
}

/// Text with bytes for what stands for them.
fn unescape(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match (digit(rest.next()), digit(rest.next())) {
            (Some(high), Some(low)) => bytes.push(u8::try_from(high * 16 + low).unwrap_or_default()),
            _ => return Err("A % in the address is not followed by two hexadecimal digits.".to_owned()),
        }
    }
    String::from_utf8(bytes).map_err(|_| "The address holds bytes that are no text.".to_owned())
}

/// `name=value name='a value'`
fn of_settings(text: &str) -> Result<Settings, String> {
    let mut settings = Settings::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or("A setting is not followed by = and a value.")?;
        let after = after.trim_start();
        let is_quoted = after.starts_with('\'');
        let mut value = String::new();
        let mut characters = after.char_indices().skip(usize::from(is_quoted));
        let mut end = None;
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => value.extend(characters.next().map(|(_, character)| character)),
                '\'' if is_quoted => end = Some(at + 1),
                _ if !is_quoted && character.is_whitespace() => end = Some(at),
                _ => value.push(character),
            }
            if end.is_some() {
                break;
            }
        }
        if is_quoted && end.is_none() {
            return Err("A quote in the settings is not closed.".to_owned());
        }
        settings.insert(name.trim().to_owned(), value);
        rest = after[end.unwrap_or(after.len())..].trim_start();
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Address, Security};

    fn parse(text: &str) -> Address {
        Address::parse(text, &BTreeMap::new()).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn addresses_are_read() {
        let address = parse("postgres://me:a%40b@[::1]:99/states?sslmode=disable&application_name=x+y");
        assert_eq!((address.user.as_str(), address.password.as_str()), ("me", "a@b"));
        assert_eq!((address.host.as_str(), address.port, address.database.as_str()), ("::1", 99, "states"));
        assert_eq!(
            (address.security, address.parameters["application_name"].as_str()),
            (Security::Disable, "x y")
        );
        let address = parse("postgres://me@host");
        assert_eq!(
            (address.port, address.database.as_str(), address.security),
            (5432, "me", Security::Require)
        );
    }

    #[test]
    fn settings_are_read() {
        let address =
            parse(r"host=/run/sockets user = me password='it\'s a \\' dbname=x sslmode=verify-full");
        assert_eq!((address.host.as_str(), address.user.as_str()), ("/run/sockets", "me"));
        assert_eq!((address.password.as_str(), address.security), (r"it's a \", Security::VerifyFull));
    }

    #[test]
    fn the_environment_says_the_rest() {
        let environment =
            [("PGHOST", "there"), ("PGPASSWORD", "p"), ("PGUSER", "u"), ("PGSSLMODE", "disable")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let address = Address::parse("", &environment).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (address.host.as_str(), address.user.as_str(), address.database.as_str()),
            ("there", "u", "u")
        );
        assert_eq!((address.password.as_str(), address.security), ("p", Security::Disable));
    }

    #[test]
    fn what_cannot_be_read_shows_no_secrets() {
        for text in [
            "postgres://u:sec%zz@h",
            "password='secret",
            "secret",
            "postgres://u:secret@h/d?sslmode=x",
            "postgres://u:secret@a,b/d",
        ] {
            let Err(error) = Address::parse(text, &BTreeMap::new()) else { panic!("{text}") };
            assert!(!error.contains("sec"), "{error}");
        }
    }
}
