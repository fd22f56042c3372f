//! Whether files say the same of every host.
//!
//! Most people's do, and then one question answers for all hosts: the program takes some milliseconds of a
//! processor for each, which a thousand hosts would wait for.

use std::path::Path;

use super::destination::Destination;
use super::told::Told;

/// How the program says, asked to tell what it does, that it reads a file.
const READS: &str = "debug1: Reading configuration data ";
/// What the program cuts off of a path that it tells, it cuts off here.
const PATH_MAX: usize = 200;

/// Whether what is told of this host can be told of others that are asked about in the same way: nothing but
/// the name, the port and the user would differ.
pub(super) async fn is_uniform(destination: &Destination, told: &Told, log: &str) -> bool {
    is_plain(destination)
        && told.one("hostname") == Some(&destination.host.to_lowercase())
        && told.one("proxyjump").is_none()
        && !told.one("canonicalizehostname").is_some_and(|value| !matches!(value, "no" | "false"))
        && files_are_uniform(log).await
}

/// Whether a host is asked about by nothing but its name, and what is stated of others as well.
pub(super) fn is_plain(destination: &Destination) -> bool {
    let is_name = |character: char| character.is_ascii_alphanumeric() || ".-_:".contains(character);
    let host = &destination.host;
    destination.options.is_empty() && destination.jump.is_none() && host.chars().all(is_name)
}

/// The same of the files that were read, as the program's log has them.
async fn files_are_uniform(log: &str) -> bool {
    // Where it does not speak as it should, nobody knows what it has read.
    if !log.lines().any(|line| line.starts_with("OpenSSH_")) {
        return false;
    }
    for path in log.lines().filter_map(|line| line.trim_end().strip_prefix(READS)) {
        let text = if path.len() < PATH_MAX { tokio::fs::read(Path::new(path)).await } else { return false };
        match text {
            Ok(text) if text.split(|byte| *byte == b'\n').all(is_of_all_hosts) => {}
            _ => return false,
        }
    }
    true
}

/// Whether a line does not begin what is said of some hosts only.
fn is_of_all_hosts(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let line = line.trim();
    let (option, value) = line.split_once([' ', '\t', '=']).unwrap_or((line, ""));
    let value = value.trim_start_matches([' ', '\t', '=']);
    match &*option.to_lowercase() {
        "host" => value == "*",
        "match" => value.eq_ignore_ascii_case("all"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_of_some_hosts_are_known() {
        for line in
            ["", "# Host web", "Host *", "  host=*  ", "Match all", "User me", "HostKeyAlias x", "Include y"]
        {
            assert!(is_of_all_hosts(line.as_bytes()), "{line}");
        }
        for line in [
            "Host web",
            "\tHOST * !web",
            "host = web*",
            "Match host web",
            "match exec \"true\"",
            "Match",
            "Host \"*\"",
        ] {
            assert!(!is_of_all_hosts(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn names_are_plain_where_the_program_reads_nothing_else_in_them() {
        for (host, expected) in [
            ("web-1.example.com", true),
            ("::1", true),
            ("me@web", false),
            ("ssh://web", false),
            ("[::1]", false),
        ] {
            assert_eq!(is_plain(&Destination::of(host)), expected, "{host}");
        }
        let jump = Destination { jump: Some("gate".to_owned()), ..Destination::of("web") };
        assert!(!is_plain(&jump));
    }
}
