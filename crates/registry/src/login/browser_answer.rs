//! What a browser that comes back says, and what it is told.
//!
//! Responsible for reading one request of whoever connects, within limits. Nothing of a request ever
//! appears in a response.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::web::decode_fields;

const REQUEST_BYTES_MAX: usize = 16 * 1024;

const TIME_LIMIT: Duration = Duration::from_secs(10);

/// What a browser brings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BrowserAnswer {
    /// The code that a token is given for.
    Code(String),
    /// Why there is none.
    Refusal(String),
}

/// Answers one request. `None` if it was not about this login, which is known by its `state`.
pub(super) fn answer_browser(mut stream: TcpStream, state: &str) -> Option<BrowserAnswer> {
    stream.set_nonblocking(false).ok()?;
    stream.set_write_timeout(Some(TIME_LIMIT)).ok()?;
    let head = read_head(&mut stream)?;
    let (status, text, answer) = match understand(&head, state) {
        Request::Answer(answer) => {
            let text = match &answer {
                BrowserAnswer::Code(_) => {
                    "The host has answered. You can close this page and go back to the terminal."
                }
                BrowserAnswer::Refusal(_) => {
                    "The host has refused. You can close this page; the terminal says why."
                }
            };
            ("200 OK", text, Some(answer))
        }
        Request::NotOurs => ("400 Bad Request", "This is no answer to the login that is waiting here.", None),
        Request::Elsewhere => ("404 Not Found", "There is nothing here.", None),
        Request::NotGet => ("405 Method Not Allowed", "Only GET is understood here.", None),
    };
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>plumb login</title>\n<p>{text}</p>\n</html>\n"
    );
    let length = body.len();
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\nCache-Control: \
         no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{body}"
    );
    // A browser that went away has still brought its answer.
    let _ = stream.write_all(response.as_bytes()).and_then(|()| stream.flush());
    answer
}

/// Everything up to the empty line after the headers.
fn read_head(stream: &mut TcpStream) -> Option<String> {
    let end = Instant::now() + TIME_LIMIT;
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let left = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        stream.set_read_timeout(Some(left)).ok()?;
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        head.extend_from_slice(&buffer[..count]);
        if head.len() > REQUEST_BYTES_MAX {
            return None;
        }
    }
    String::from_utf8(head).ok()
}

#[derive(Debug, PartialEq, Eq)]
enum Request {
    Answer(BrowserAnswer),
    NotOurs,
    Elsewhere,
    NotGet,
}

fn understand(head: &str, state: &str) -> Request {
    let mut words = head.lines().next().unwrap_or("").split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    if method != "GET" {
        return Request::NotGet;
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != "/login" {
        return Request::Elsewhere;
    }
    let fields = decode_fields(query);
    let field = |name: &str| {
        let mut values = fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str());
        values.next().filter(|value| !value.is_empty())
    };
    if field("state") != Some(state) {
        return Request::NotOurs;
    }
    if let Some(error) = field("error") {
        let reason = match field("error_description") {
            Some(description) => format!("{description} ({error})"),
            None => error.to_owned(),
        };
        return Request::Answer(BrowserAnswer::Refusal(reason));
    }
    match field("code") {
        Some(code) => Request::Answer(BrowserAnswer::Code(code.to_owned())),
        None => Request::NotOurs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_to_this_login_count() {
        let code = |code: &str| Request::Answer(BrowserAnswer::Code(code.to_owned()));
        let refusal = |reason: &str| Request::Answer(BrowserAnswer::Refusal(reason.to_owned()));
        let cases = [
            ("GET /login?code=a%2Fb&state=s HTTP/1.1\r\n", code("a/b")),
            ("GET /login?state=s&code=c HTTP/1.1", code("c")),
            ("GET /login?error=access_denied&state=s HTTP/1.1", refusal("access_denied")),
            ("GET /login?error=e&error_description=not+you&state=s HTTP/1.1", refusal("not you (e)")),
            ("GET /login?code=c HTTP/1.1", Request::NotOurs),
            ("GET /login?code=c&state=t HTTP/1.1", Request::NotOurs),
            ("GET /login?code=c&state=t&state=s HTTP/1.1", Request::NotOurs),
            ("GET /login?error=e&state=t HTTP/1.1", Request::NotOurs),
            ("GET /login?state=s HTTP/1.1", Request::NotOurs),
            ("GET /favicon.ico HTTP/1.1", Request::Elsewhere),
            ("GET /login/?code=c&state=s HTTP/1.1", Request::Elsewhere),
            ("POST /login?code=c&state=s HTTP/1.1", Request::NotGet),
            ("", Request::NotGet),
        ];
        for (head, expected) in cases {
            assert_eq!(understand(head, "s"), expected, "{head}");
        }
    }
}
