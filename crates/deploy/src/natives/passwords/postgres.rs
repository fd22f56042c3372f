//! What PostgreSQL keeps of passwords.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use plumb_host::hexadecimal;
use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

/// Servers use 4096, and more is slow for them, too.
const ITERATIONS_MAX: u32 = 1_000_000;

/// Whether it is the password; none where it is not known how to tell.
pub(super) fn fits(password: &str, kept: &str, name: &str) -> Option<bool> {
    if let Some(kept) = kept.strip_prefix("SCRAM-SHA-256$") {
        let scram = Scram::read(kept)?;
        return Some(scram.stored == scram.stored_for(password));
    }
    let digits = kept.strip_prefix("md5").filter(|digits| digits.len() == 32)?;
    let sum = Md5::new().chain_update(password).chain_update(name).finalize();
    Some(hexadecimal(&sum) == digits)
}

/// Iterations, salt and key, as in `4096:salt$key:other key`.
struct Scram {
    iterations: u32,
    salt: Vec<u8>,
    stored: Vec<u8>,
}

impl Scram {
    fn read(text: &str) -> Option<Self> {
        let (cost, keys) = text.split_once('$')?;
        let (iterations, salt) = cost.split_once(':')?;
        let (stored, _) = keys.split_once(':')?;
        let iterations = iterations.parse().ok().filter(|count| (1..=ITERATIONS_MAX).contains(count))?;
        Some(Scram { iterations, salt: STANDARD.decode(salt).ok()?, stored: STANDARD.decode(stored).ok()? })
    }

    /// RFC 5802, section 3.
    fn stored_for(&self, password: &str) -> Vec<u8> {
        let prepared = prepared(password);
        let first = [&self.salt[..], &1_u32.to_be_bytes()].concat();
        let mut last = keyed(prepared.as_bytes(), &first);
        let mut salted = last.clone();
        for _ in 1..self.iterations {
            last = keyed(prepared.as_bytes(), &last);
            salted.iter_mut().zip(&last).for_each(|(sum, byte)| *sum ^= byte);
        }
        Sha256::digest(keyed(&salted, b"Client Key")).to_vec()
    }
}

fn keyed(key: &[u8], text: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// As servers prepare passwords (RFC 4013), but for characters that passwords must not have: with one of those,
/// a server takes a password as it is, which is not told here.
fn prepared(password: &str) -> String {
    if password.is_ascii() {
        return password.to_owned();
    }
    let is_space = |letter: char| letter != ' ' && letter.is_whitespace() && !letter.is_control();
    let is_nothing = |letter: char| {
        matches!(letter, '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180d}' | '\u{200b}'..='\u{200d}')
            || matches!(letter, '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
    };
    let letters = password.chars().filter(|letter| !is_nothing(*letter));
    letters.map(|letter| if is_space(letter) { ' ' } else { letter }).nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_fit_what_servers_keep() {
        // RFC 7677, section 3, whose keys follow from its password and salt.
        let scram = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
        assert_eq!(fits("pencil", scram, "user"), Some(true));
        assert_eq!(fits("pencils", scram, "user"), Some(false));
        let md5 = "md5c59ec932d911ffdf487595b5a2adf973";
        assert_eq!(fits("secret", md5, "joe"), Some(true));
        assert_eq!(fits("secret", md5, "ann"), Some(false));
        assert_eq!(fits("x", "SCRAM-SHA-256$0:eA==$eA==:eA==", ""), None);
        assert_eq!(fits("x", "SCRAM-SHA-256$99999999:eA==$eA==:eA==", ""), None);
        assert_eq!(fits("x", "md5", ""), None);
    }

    #[test]
    fn other_spellings_of_a_password_are_the_same() {
        assert_eq!(prepared("I\u{ad}X \u{aa}\u{2168}\u{a0}"), "IX aIX ");
    }
}
