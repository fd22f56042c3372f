//! Hashes of passwords: bcrypt in its text form.
//!
//! Responsible for the text around the hash; the hash itself is a library's.

use base64::alphabet::BCRYPT;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, engine::DecodePaddingMode};

use super::fill;
use crate::framework::Problem;
use crate::world::World;

/// The cost that these providers have always used.
const COST: u32 = 10;
/// Bytes that the hash looks at.
const MOST: usize = 72;
/// Bytes of the hash that its text form has.
const KEPT: usize = 23;

/// The hash of a password with new salt.
pub(super) fn hash(world: &dyn World, password: &str) -> Result<String, Problem> {
    let mut salt = [0; 16];
    fill(world, "Hash Generation Error", &mut salt)?;
    Ok(text_of("2a", COST, salt, password))
}

/// Whether a hash is that of a password; `None` if it is none at all.
pub(super) fn fits(hash: &str, password: &str) -> Option<bool> {
    let mut parts = hash.strip_prefix('$')?.split('$');
    let (version, cost, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let cost: u32 = cost.parse().ok().filter(|cost| (4..=31).contains(cost))?;
    if !version.starts_with('2') || rest.len() != 53 || !rest.is_ascii() || parts.next().is_some() {
        return None;
    }
    let salt = codec().decode(&rest[..22]).ok()?;
    Some(text_of(version, cost, salt.try_into().ok()?, password) == hash)
}

fn text_of(version: &str, cost: u32, salt: [u8; 16], password: &str) -> String {
    let mut key = password.as_bytes()[..password.len().min(MOST)].to_vec();
    // The text's end is part of it where there is room.
    if key.len() < MOST {
        key.push(0);
    }
    let hash = bcrypt::bcrypt(cost, salt, &key);
    format!("${version}${cost:02}${}{}", codec().encode(salt), codec().encode(&hash[..KEPT]))
}

fn codec() -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&BCRYPT, config)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known hashes, from the original implementation's tests and others.
    #[test]
    fn hashes_are_the_standard_ones() {
        for (hash, password) in [
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""),
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"),
            ("$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"),
        ] {
            assert_eq!(fits(hash, password), Some(true), "{hash}");
        }
        assert_eq!(fits("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*V"), Some(false));
        for hash in ["", "x", "$2a$05$short", "$1a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"]
        {
            assert_eq!(fits(hash, ""), None, "{hash}");
        }
    }
}
