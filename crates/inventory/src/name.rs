//! Names of hosts and groups: which texts may be one.
//!
//! Names become arguments of programs, files' names and words of `-limit`. What could be taken for
//! something else there is no name.

/// Longer than any name that a resolver takes, or a path that a system does.
const NAME_BYTES_MAX: usize = 4096;

/// What is wrong with the name of a host, as the end of a sentence; nothing where it may be one.
pub(crate) fn wrong_host_name(name: &str) -> Option<String> {
    if name.contains(['[', ']']) {
        return Some("it contains a bracket, and no range is expected there".to_owned());
    }
    wrong_name(name, &[','])
}

/// The same for the name of a group.
pub(crate) fn wrong_group_name(name: &str) -> Option<String> {
    wrong_name(name, &[',', ':', ']'])
}

fn wrong_name(name: &str, reserved: &[char]) -> Option<String> {
    let first = name.chars().next();
    let Some(first) = first else { return Some("it is empty".to_owned()) };
    if name.len() > NAME_BYTES_MAX {
        return Some(format!("it is longer than {NAME_BYTES_MAX} bytes"));
    }
    if first == '-' {
        return Some("it begins with a dash, so that programs would take it for an option".to_owned());
    }
    if matches!(first, '!' | '&' | '~') {
        return Some(format!("it begins with {first}, which has a meaning of its own in -limit"));
    }
    if name.contains('\0') {
        return Some("it contains a NUL byte".to_owned());
    }
    if name.contains(|one: char| one.is_whitespace() || one.is_control()) {
        return Some("it contains white space or a control character".to_owned());
    }
    let found = name.chars().find(|one| reserved.contains(one))?;
    Some(format!("it contains {found:?}, which parts names from one another"))
}

/// A name that somebody else may have chosen, in quotes, fit to be shown.
pub(crate) fn quoted(name: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 100;
    if name.chars().count() <= SHOWN_CHARS_MAX {
        return format!("{name:?}");
    }
    let start: String = name.chars().take(SHOWN_CHARS_MAX).collect();
    format!("{start:?}...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_taken_for_something_else_is_no_name() {
        for name in ["web1", "10.0.0.1", "fe80::1", "@local", "@docker/web", "/srv/root", "wéb", "a$b"] {
            assert_eq!(wrong_host_name(name), None, "{name}");
        }
        let long = "x".repeat(5000);
        for name in ["", "-oProxyCommand=x", "a b", "a\tb", "a\0b", "a\nb", "!a", "&a", "~a", "a,b", &long] {
            assert!(wrong_host_name(name).is_some(), "{name}");
        }
        assert!(wrong_group_name("a:b").is_some() && wrong_group_name("a-b").is_none());
    }
}
