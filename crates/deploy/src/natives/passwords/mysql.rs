//! What MySQL and MariaDB keep of passwords.

use plumb_host::hexadecimal;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// Servers use 5.
const THOUSANDS_MAX: u32 = 0xfff;
const SALT_BYTES: usize = 20;
const SUM_BYTES: usize = 32;

/// Whether it is the password; none where it is not known how to tell.
pub(super) fn fits(password: &str, kept: &str) -> Option<bool> {
    if let Some(digits) = kept.strip_prefix('*').filter(|digits| digits.len() == 40) {
        let sum = Sha1::digest(Sha1::digest(password));
        return Some(hexadecimal(&sum).eq_ignore_ascii_case(digits));
    }
    let (thousands, rest) = kept.strip_prefix("$A$")?.split_once('$')?;
    let thousands = u32::from_str_radix(thousands, 16).ok();
    let thousands = thousands.filter(|count| (1..=THOUSANDS_MAX).contains(count))?;
    let (salt, sum) = rest.as_bytes().split_at_checked(SALT_BYTES)?;
    Some(crypted(password.as_bytes(), salt, thousands * 1000).as_bytes() == sum)
}

/// The sum of crypt(3) with SHA-256 (`$5$`), with a salt that is longer than there.
fn crypted(password: &[u8], salt: &[u8], rounds: u32) -> String {
    let other = Sha256::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut sum = Sha256::new().chain_update(password).chain_update(salt);
    sum.update(repeated(&other, password.len()));
    let mut bits = password.len();
    while bits > 0 {
        sum.update(if bits & 1 == 1 { &other[..] } else { password });
        bits >>= 1;
    }
    let mut sum = sum.finalize();
    let of_password = (0..password.len()).fold(Sha256::new(), |sum, _| sum.chain_update(password)).finalize();
    let passwords = repeated(&of_password, password.len());
    let of_salt =
        (0..16 + usize::from(sum[0])).fold(Sha256::new(), |sum, _| sum.chain_update(salt)).finalize();
    let salts = repeated(&of_salt, salt.len());
    for round in 0..rounds {
        let mut next = Sha256::new();
        let (is_odd, last) = (round % 2 == 1, sum);
        next.update(if is_odd { &passwords } else { &last[..] });
        if round % 3 != 0 {
            next.update(&salts);
        }
        if round % 7 != 0 {
            next.update(&passwords);
        }
        next.update(if is_odd { &last[..] } else { &passwords });
        sum = next.finalize();
    }
    written(&sum)
}

fn repeated(of: &[u8], length: usize) -> Vec<u8> {
    of.iter().copied().cycle().take(length).collect()
}

/// Bytes as crypt(3) orders and writes them.
fn written(sum: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = String::new();
    let mut write = |bytes: [u8; 3], letters: u32| {
        let bits = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        text.extend((0..letters).map(|at| char::from(LETTERS[(bits >> (6 * at)) as usize & 63])));
    };
    let (mut first, mut second, mut third) = (0, 10, 20);
    for _ in 0..10 {
        write([sum[first], sum[second], sum[third]], 4);
        (first, second, third) = (third + 1, first + 1, second + 1);
    }
    write([0, sum[SUM_BYTES - 1], sum[SUM_BYTES - 2]], 3);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_fit_what_servers_keep() {
        let native = "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19";
        assert_eq!(fits("password", native), Some(true));
        assert_eq!(fits("Password", native), Some(false));
        assert_eq!(fits("x", "*2470"), None);
        assert_eq!(fits("x", "$A$000$"), None);
        assert_eq!(fits("x", "$A$005$short"), None);
    }

    #[test]
    fn passwords_fit_what_newer_servers_keep() {
        let salt = [
            0xf9, 0xcc, 0x98, 0xce, 0x08, 0x89, 0x29, 0x24, 0xf5, 0x0a, 0x21, 0x3b, 0x6b, 0xc5, 0x71, 0xa2,
            0xc1, 0x17, 0x78, 0xc5,
        ];
        assert_eq!(crypted(b"hashcat", &salt, 5000), "bTy95Y99eAME1dwEkHOA1ndHGBWz.1bxSSRkuTXFGV/");
        let kept = format!("$A$005${}{}", "x".repeat(20), crypted(b"word", b"xxxxxxxxxxxxxxxxxxxx", 5000));
        assert_eq!(fits("word", &kept), Some(true));
        assert_eq!(fits("words", &kept), Some(false));
    }

    #[test]
    fn sums_are_those_of_crypt() {
        let long = "a rather long password, longer than one block of the sum";
        for (password, salt, rounds, sum) in [
            ("Hello world!", "saltstring", 5000, "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
            ("Hello world!", "saltstringsaltst", 10_000, "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"),
            (long, "abcdefghijklmnop", 2000, "sHSRkeQ5.OnURie.QkJQn3DgzyNUu5bHHH7QDXH5qpD"),
        ] {
            assert_eq!(crypted(password.as_bytes(), salt.as_bytes(), rounds), sum, "{password}");
        }
    }
}
