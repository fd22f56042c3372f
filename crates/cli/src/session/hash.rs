//! The checksum by which `.terraform/terraform.tfstate` recognises a backend's configuration.
//!
//! Responsible for the number that Terraform would write, so that neither tool takes what the other
//! initialised for a changed configuration.

use serde_json::Value;

use super::backend_kinds::ArgumentType;

/// The checksum of a backend's kind and its arguments: every argument that there is, by name, with
/// what it is or nothing.
pub(super) fn backend_hash<'a>(
    kind: &str,
    arguments: impl IntoIterator<Item = (ArgumentType, Option<&'a Value>)>,
) -> u32 {
    let mut text = format!("<{};<", quoted(kind));
    for (ty, argument) in arguments {
        append(ty, argument, &mut text);
        text.push(';');
    }
    text.push_str(">;>");
    crc32(text.as_bytes())
}

/// A value in the notation that checksums are made of.
fn append(ty: ArgumentType, value: Option<&Value>, text: &mut String) {
    match (ty, value) {
        (_, None | Some(Value::Null)) => text.push('~'),
        (_, Some(Value::String(value))) => text.push_str(&quoted(value)),
        (_, Some(Value::Bool(value))) => text.push(if *value { 'T' } else { 'F' }),
        (_, Some(Value::Number(value))) => text.push_str(&value.to_string()),
        (_, Some(Value::Array(elements))) => {
            text.push('[');
            for element in elements {
                append(ArgumentType::Text, Some(element), text);
                text.push(';');
            }
            text.push(']');
        }
        (ArgumentType::Object(members), Some(object)) => {
            text.push('<');
            for (name, ty) in members {
                append(*ty, object.get(name), text);
                text.push(';');
            }
            text.push('>');
        }
        (_, Some(Value::Object(entries))) => {
            text.push('{');
            for (name, entry) in entries {
                text.push_str(&quoted(name));
                text.push(':');
                append(ArgumentType::Text, Some(entry), text);
                text.push(';');
            }
            text.push('}');
        }
    }
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
    use serde_json::{Value, json};

    use super::super::backend_kinds::known;
    use super::backend_hash;

    #[track_caller]
    fn check(kind: &str, given: &Value, expected: u32) {
        let kind = known(kind).expect("a kind");
        let arguments = kind.arguments.iter().map(|(name, ty)| (*ty, given.get(name)));
        assert_eq!(backend_hash(kind.name, arguments), expected);
    }

    #[test]
    fn the_checksums_are_those_of_terraform() {
        check("local", &json!({ "path": "foo.tfstate" }), 2_456_408_028);
        check("local", &json!({}), 666_019_178);
        let address = "http://127.0.0.1:18791/s";
        let mut http = json!({
            "address": address,
            "lock_address": address,
            "unlock_address": address,
            "retry_max": 3,
            "skip_cert_verification": false,
        });
        check("http", &http, 1_381_976_526);
        http["retry_max"] = json!(1);
        check("http", &http, 101_660_938);
        check("pg", &json!({}), 1_949_691_007);
        let endpoint = "http://127.0.0.1:18792";
        let s3 = json!({
            "access_key": "a",
            "assume_role": {
                "duration": "1h",
                "policy_arns": ["arn:aws:iam::123456789012:policy/x"],
                "role_arn": "arn:aws:iam::123456789012:role/x",
                "tags": { "a": "y", "b": "x" },
            },
            "bucket": "states",
            "endpoints": { "dynamodb": endpoint, "s3": endpoint, "sts": endpoint },
            "key": "a/terraform.tfstate",
            "max_retries": 2,
            "region": "us-east-1",
            "secret_key": "b",
            "shared_config_files": ["/dev/null"],
            "skip_credentials_validation": true,
            "skip_requesting_account_id": true,
            "use_lockfile": true,
            "use_path_style": true,
        });
        check("s3", &s3, 3_778_622_941);
    }
}
