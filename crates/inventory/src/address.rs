//! Where a host is, as people write it: `name`, `user@name:port`, `[2001:db8::1]:22`.

use std::net::Ipv6Addr;

/// An address that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    pub(crate) user: Option<&'a str>,
    /// A name or an address, without brackets; there may be ranges in it.
    pub(crate) name: &'a str,
    pub(crate) port: Option<u16>,
}

/// Takes `user@name:port` apart. A user is looked for only where one may be named.
///
/// # Errors
/// What is wrong, as a sentence without its full stop.
pub(crate) fn parse(text: &str, may_name_user: bool) -> Result<Address<'_>, String> {
    let (user, rest) = match text.rsplit_once('@').filter(|_| may_name_user) {
        Some(("", _)) => return Err("there is no user before the \"@\"".to_owned()),
        Some((user, rest)) => (Some(user), rest),
        None => (None, text),
    };
    let (name, port) = name_and_port(rest)?;
    if name.is_empty() {
        return Err("there is no name of a host".to_owned());
    }
    Ok(Address { user, name, port })
}

fn name_and_port(text: &str) -> Result<(&str, Option<u16>), String> {
    if text.parse::<Ipv6Addr>().is_ok() {
        return Ok((text, None));
    }
    if let Some((inside, behind)) = bracketed(text) {
        return match behind {
            "" => Ok((inside, None)),
            port => Ok((inside, Some(number(&port[1..])?))),
        };
    }
    // What stands in brackets is a range, and its colons part no port.
    let colons: Vec<usize> = outside_of_brackets(text).collect();
    match colons.as_slice() {
        [] => Ok((text, None)),
        [at] => Ok((&text[..*at], Some(number(&text[at + 1..])?))),
        // An address of version 6 with ranges in it.
        _ => Ok((text, None)),
    }
}

/// An address of version 6 in brackets, and what is behind it: nothing, or a colon and more.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (inside, behind) = text.strip_prefix('[')?.rsplit_once(']')?;
    let is_address = inside.contains("::") || inside.matches(':').count() > 2;
    ((behind.is_empty() || behind.starts_with(':')) && is_address).then_some((inside, behind))
}

fn outside_of_brackets(text: &str) -> impl Iterator<Item = usize> {
    let mut depth = 0_usize;
    text.char_indices().filter_map(move |(at, one)| {
        match one {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (one == ':' && depth == 0).then_some(at)
    })
}

/// A port.
pub(crate) fn number(text: &str) -> Result<u16, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0).ok_or_else(|| {
        format!("{} is no port: a number from 1 to 65535 is needed", crate::name::quoted(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let cases = [
            ("web1", None, "web1", None),
            ("deploy@web1:2222", Some("deploy"), "web1", Some(2222)),
            ("DOM\\a@b@web1", Some("DOM\\a@b"), "web1", None),
            ("::1", None, "::1", None),
            ("[::1]:22", None, "::1", Some(22)),
            ("[2001:db8::1]", None, "2001:db8::1", None),
            ("root@[2001:db8::1]:22", Some("root"), "2001:db8::1", Some(22)),
            ("web[1:3]:22", None, "web[1:3]", Some(22)),
            ("[1:3].example.com", None, "[1:3].example.com", None),
            ("[a:c]", None, "[a:c]", None),
            ("[1:9:2]", None, "[1:9:2]", None),
            ("2001:db8::[1:3]", None, "2001:db8::[1:3]", None),
        ];
        for (text, user, name, port) in cases {
            assert_eq!(parse(text, true), Ok(Address { user, name, port }), "{text}");
        }
        for text in ["web:", "web:0", "web:x", "web:65536", "web:+1", "@web", ":22", "[::1]:"] {
            parse(text, true).expect_err(text);
        }
        assert_eq!(parse("@local", false).map(|address| address.name), Ok("@local"));
    }
}
