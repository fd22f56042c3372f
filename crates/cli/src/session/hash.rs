//! The checksum by which `.terraform/terraform.tfstate` recognises a backend's configuration.
//!
//! Responsible for the number that Terraform would write, so that neither tool takes what the other
//! initialised for a changed configuration.

/// The checksum of a backend's kind and its arguments: every argument that there is, by name, with
/// its text or nothing.
pub(super) fn backend_hash<'a>(kind: &str, arguments: impl IntoIterator<Item = Option<&'a str>>) -> u32 {
    let mut text = format!("<{};<", quoted(kind));
    for argument in arguments {
        match argument {
            Some(argument) => text.push_str(&quoted(argument)),
            None => text.push('~'),
        }
        text.push(';');
    }
    text.push_str(">;>");
    crc32(text.as_bytes())
}

/// A text as Go quotes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() && u32::from(control) < 0x80 => {
                out.push_str(&format!("\\x{:02x}", u32::from(control)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// CRC-32 with the polynomial of IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ POLYNOMIAL } else { sum >> 1 };
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::backend_hash;

    #[test]
    fn the_checksums_are_those_of_terraform() {
        assert_eq!(backend_hash("local", [Some("foo.tfstate"), None]), 2_456_408_028);
        assert_eq!(backend_hash("local", [None, None]), 666_019_178);
    }
}
