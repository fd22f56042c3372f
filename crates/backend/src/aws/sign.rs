//! Signatures of requests, version 4.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::Credentials;

/// What a signature is made of.
pub(super) struct Unsigned<'a> {
    pub(super) method: &'a str,
    /// With everything in it escaped that has to be.
    pub(super) path: &'a str,
    /// Escaped and sorted.
    pub(super) query: &'a str,
    pub(super) host: &'a str,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: &'a [u8],
}

/// Where and when a request is made.
pub(super) struct Scope<'a> {
    pub(super) region: &'a str,
    /// Such as `s3`.
    pub(super) service: &'a str,
    /// Such as `20260102T030405Z`.
    pub(super) time: &'a str,
}

/// All headers but `host` that the signed request has.
pub(super) fn signed(
    mut request: Unsigned<'_>,
    scope: &Scope<'_>,
    credentials: &Credentials,
) -> Vec<(String, String)> {
    let digest = hexadecimal(&Sha256::digest(request.body));
    request.headers.push(("x-amz-content-sha256".to_owned(), digest.clone()));
    request.headers.push(("x-amz-date".to_owned(), scope.time.to_owned()));
    if !credentials.token.is_empty() {
        request.headers.push(("x-amz-security-token".to_owned(), credentials.token.clone()));
    }
    let (names, canonical) = canonical(&request, &digest);
    let date = scope.time.get(..8).unwrap_or_default();
    let place = format!("{date}/{}/{}/aws4_request", scope.region, scope.service);
    let canonical = hexadecimal(&Sha256::digest(canonical.as_bytes()));
    let text = format!("AWS4-HMAC-SHA256\n{}\n{place}\n{canonical}", scope.time);
    let key = [date, scope.region, scope.service, "aws4_request"]
        .iter()
        .fold(format!("AWS4{}", credentials.secret_key).into_bytes(), |key, part| keyed(&key, part));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{place}, SignedHeaders={names}, Signature={}",
        credentials.access_key,
        hexadecimal(&keyed(&key, &text))
    );
    let mut headers = request.headers;
    headers.push(("authorization".to_owned(), authorization));
    headers
}

/// The names of all headers, and the text that stands for the request.
fn canonical(request: &Unsigned<'_>, digest: &str) -> (String, String) {
    let mut headers: Vec<(&str, &str)> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.trim())).collect();
    headers.push(("host", request.host));
    headers.sort_unstable();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let text = format!("{}\n{}\n{}\n{lines}\n{names}\n{digest}", request.method, request.path, request.query);
    (names, text)
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    // Keys of any length are allowed.
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    code.update(text.as_bytes());
    code.finalize().into_bytes().to_vec()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Text with everything escaped but what stands for itself everywhere; `/` stays where `keeps_slashes`.
pub(crate) fn escape(text: &str, keeps_slashes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            b'/' if keeps_slashes => out.push('/'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Credentials, Scope, Unsigned, escape, signed};

    /// The example of Amazon's documentation: an object of a bucket, its first bytes alone.
    #[test]
    fn the_documented_signature_comes_out() {
        let credentials = Credentials {
            access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            ..Credentials::default()
        };
        let request = Unsigned {
            method: "GET",
            path: "/test.txt",
            query: "",
            host: "examplebucket.s3.amazonaws.com",
            headers: vec![("range".to_owned(), "bytes=0-9".to_owned())],
            body: b"",
        };
        let scope = Scope { region: "us-east-1", service: "s3", time: "20130524T000000Z" };
        let headers = signed(request, &scope, &credentials);
        let (_, authorization) = headers.last().expect("signed");
        assert_eq!(
            authorization,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
    }

    #[test]
    fn everything_unusual_is_escaped() {
        assert_eq!(escape("env:/ä b~/c", true), "env%3A/%C3%A4%20b~/c");
        assert_eq!(escape("a/b", false), "a%2Fb");
    }
}
