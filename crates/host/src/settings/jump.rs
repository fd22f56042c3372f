//! Hosts on the way, as `ProxyJump` has them.

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Jump {
    pub(crate) user: Option<String>,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

/// Takes them apart; the one that this machine connects to is the first.
pub(crate) fn parse(value: &str) -> Result<Vec<Jump>, String> {
    value.split(',').map(|jump| one(jump.trim())).collect()
}

fn one(text: &str) -> Result<Jump, String> {
    let text = text.strip_prefix("ssh://").map_or(text, |rest| rest.trim_end_matches('/'));
    let (user, place) = match text.rsplit_once('@') {
        Some((user, place)) => (Some(user.to_owned()), place),
        None => (None, text),
    };
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, behind) = rest.split_once(']').ok_or("a bracket is not closed")?;
            (host, behind.strip_prefix(':'))
        }
        // An address of version 6 without brackets has no port.
        None if place.matches(':').count() > 1 => (place, None),
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() || host.starts_with('-') || user.as_deref() == Some("") {
        return Err(format!("\"{text}\" is no host, which is written as [user@]host[:port]"));
    }
    let port = port.map(|port| port.parse().map_err(|_| format!("\"{port}\" is no port")));
    Ok(Jump { user, host: host.to_owned(), port: port.transpose()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_are_taken_apart() {
        let jump = |user: Option<&str>, host: &str, port| Jump {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
        };
        let expected = vec![
            jump(Some("me"), "gate", Some(2200)),
            jump(None, "inner", None),
            jump(Some("a@b"), "::1", Some(23)),
            jump(None, "fe80::1", None),
            jump(None, "gate", Some(22)),
        ];
        assert_eq!(parse("me@gate:2200,inner, a@b@[::1]:23,fe80::1,ssh://gate:22/"), Ok(expected));
        for wrong in ["", "a,,b", "a:x", "a:70000", "[::1", "@a", "-oProxyCommand=x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
