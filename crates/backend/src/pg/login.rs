//! Who asks, proven without handing the password out where the server allows for that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Digest as _;
use sha2::Sha256;

/// A password as the oldest servers want it.
pub(super) fn md5(user: &str, password: &str, salt: &[u8]) -> String {
    let hexadecimal = |bytes: &[u8]| {
        let digest = md5::Md5::digest(bytes);
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let inner = hexadecimal(format!("{password}{user}").as_bytes());
    format!("md5{}", hexadecimal(&[inner.as_bytes(), salt].concat()))
}

/// More rounds than this are no protection but an attack.
const ROUNDS_MAX: u32 = 10_000_000;

/// The name of the only method that is known here.
pub(super) const METHOD: &str = "SCRAM-SHA-256";

/// A proof in two messages, and that the server knows the password too.
pub(super) struct Scram {
    password: String,
    nonce: String,
    server_signature: Vec<u8>,
}

impl Scram {
    pub(super) fn new(password: &str, nonce: String) -> Self {
        Scram { password: password.to_owned(), nonce, server_signature: Vec::new() }
    }

    /// The first message.
    pub(super) fn first(&self) -> String {
        format!("n,,{}", self.first_bare())
    }

    fn first_bare(&self) -> String {
        // The server has the name of the user from elsewhere.
        format!("n=,r={}", self.nonce)
    }

    /// The second message, where the server's first makes sense.
    pub(super) fn second(&mut self, server: &str) -> Option<String> {
        let field = |name: &str| server.split(',').find_map(|field| field.strip_prefix(name));
        let (nonce, rounds) = (field("r=")?, field("i=")?.parse::<u32>().ok()?);
        let salt = STANDARD.decode(field("s=")?).ok()?;
        if !nonce.starts_with(&self.nonce) || rounds == 0 || rounds > ROUNDS_MAX {
            return None;
        }
        let salted = salted(self.password.as_bytes(), &salt, rounds);
        let client_key = keyed(&salted, b"Client Key");
        let without_proof = format!("c=biws,r={nonce}");
        let all = format!("{},{server},{without_proof}", self.first_bare());
        let signature = keyed(&Sha256::digest(&client_key), all.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(one, two)| one ^ two).collect();
        self.server_signature = keyed(&keyed(&salted, b"Server Key"), all.as_bytes());
        Some(format!("{without_proof},p={}", STANDARD.encode(proof)))
    }

    /// Whether the server's last message proves that it knows the password.
    pub(super) fn is_proven(&self, server: &str) -> bool {
        let signature = server.strip_prefix("v=").and_then(|text| STANDARD.decode(text.trim()).ok());
        !self.server_signature.is_empty() && signature.as_ref() == Some(&self.server_signature)
    }
}

fn keyed(key: &[u8], text: &[u8]) -> Vec<u8> {
    // Keys of any length are allowed.
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    code.update(text);
    code.finalize().into_bytes().to_vec()
}

fn salted(password: &[u8], salt: &[u8], rounds: u32) -> Vec<u8> {
    let mut last = keyed(password, &[salt, &[0, 0, 0, 1]].concat());
    let mut result = last.clone();
    for _ in 1..rounds {
        last = keyed(password, &last);
        result.iter_mut().zip(&last).for_each(|(sum, byte)| *sum ^= byte);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{Scram, md5};

    /// The example of RFC 7677, but for the user's name, which is not sent here.
    #[test]
    fn proofs_are_those_of_the_standard() {
        let mut scram = Scram::new("pencil", "rOprNGfwEbeRWgbNEkqO".to_owned());
        assert_eq!(scram.first(), "n,,n=,r=rOprNGfwEbeRWgbNEkqO");
        let server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let second = scram.second(server).expect("a proof");
        assert!(second.starts_with("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p="));
        assert!(!scram.is_proven("v=bm8="));
        assert!(scram.second("r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096").is_none());
    }

    #[test]
    fn the_oldest_way_is_known() {
        assert_eq!(md5("me", "pw", &[1, 2, 3, 4]).len(), 35);
        assert_ne!(md5("me", "pw", &[1, 2, 3, 4]), md5("me", "pw", &[1, 2, 3, 5]));
    }
}
