//! A web server on the loopback interface that says what it is told to say.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the server says at a path.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Lines of the head.
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
    /// Ends the connection before the body is whole.
    pub(crate) breaks_off: bool,
    /// Says nothing more, and keeps the connection: after the head where there is a status, or at all.
    pub(crate) stalls: bool,
    /// The body is all that is said, head or not.
    pub(crate) is_raw: bool,
    /// The body is said again and again, for as long as anybody listens.
    pub(crate) is_endless: bool,
    /// Who must ask, and how to ask for that.
    pub(crate) wants: Option<(String, String)>,
}

type Answers = Arc<Mutex<HashMap<String, Answer>>>;

/// A server that lives as long as the test's process.
pub(crate) struct WebServer {
    pub(crate) address: String,
    answers: Answers,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Answer { status: 200, body: body.into(), ..Answer::default() }
    }

    pub(crate) fn status(status: u16) -> Self {
        Answer { status, ..Answer::default() }
    }

    /// Says exactly this, which may be no answer at all.
    pub(crate) fn raw(said: impl Into<Vec<u8>>) -> Self {
        Answer { body: said.into(), is_raw: true, ..Answer::default() }
    }

    /// Says that a module is elsewhere.
    pub(crate) fn elsewhere(location: &str) -> Self {
        Answer { headers: vec![format!("X-Terraform-Get: {location}")], ..Answer::status(204) }
    }
}

impl WebServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = WebServer { address, answers: Answers::default(), seen: Arc::default() };
        let (answers, seen) = (server.answers.clone(), server.seen.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, seen) = (answers.clone(), seen.clone());
                std::thread::spawn(move || serve(stream, &answers, &seen));
            }
        });
        server
    }

    /// Says this at a path from now on, whatever its arguments are.
    pub(crate) fn say(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// What was asked since the last time: path and authorization.
    pub(crate) fn take_seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

fn serve(mut stream: TcpStream, answers: &Answers, seen: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let authorization = head
        .iter()
        .find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("authorization")))
        .map(|(_, value)| value.to_owned());
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let mut answer = answers.lock().unwrap().get(path).cloned().unwrap_or_else(|| Answer::status(404));
    if let Some((wanted, challenge)) = &answer.wants
        && authorization.as_ref() != Some(wanted)
    {
        let headers = vec![format!("WWW-Authenticate: {challenge}")];
        answer = Answer { headers, ..Answer::status(401) };
    }
    if method != "HEAD" {
        let shown = authorization.map(|value| format!(" {value}")).unwrap_or_default();
        seen.lock().unwrap().push(format!("{target}{shown}"));
    }
    let Answer { status, headers, body, breaks_off, stalls, is_raw, is_endless, .. } = answer;
    if is_raw {
        let _ = stream.write_all(&body);
        return;
    }
    if stalls && status == 0 {
        // For as long as the client has patience.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
        return;
    }
    let mut said = format!("HTTP/1.1 {status} x\r\nConnection: close\r\n");
    if status != 204 && !is_endless {
        said.push_str(&format!("Content-Length: {}\r\n", body.len() + usize::from(breaks_off || stalls)));
    }
    for header in headers {
        said.push_str(&format!("{header}\r\n"));
    }
    said.push_str("\r\n");
    // A client that goes away in the middle is no failure of the server.
    let _ = stream.write_all(said.as_bytes());
    if method != "HEAD" {
        let mut is_heard = stream.write_all(&body).is_ok();
        while is_endless && is_heard {
            is_heard = stream.write_all(&body).is_ok();
        }
    }
    if stalls {
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    }
}
