//! A server that keeps one state and its lock, as the `http` backend expects it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the server holds, and what it is to do.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) state: Option<Vec<u8>>,
    pub(crate) lock: Option<Vec<u8>>,
    /// The status for writes, where not 200.
    pub(crate) refuses_writes: Option<u16>,
    /// What must be in `Authorization`, where anything.
    pub(crate) authorization: Option<String>,
    /// Method and target of every request.
    pub(crate) log: Vec<String>,
}

/// A running server. It answers for as long as the test runs.
#[derive(Clone)]
pub(crate) struct StateServer {
    port: u16,
    held: Arc<Mutex<Held>>,
}

struct Request {
    method: String,
    target: String,
    authorization: Option<String>,
    body: Vec<u8>,
}

impl StateServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = StateServer { port: listener.local_addr().unwrap().port(), held: Arc::default() };
        let answering = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let answering = answering.clone();
                // Whoever has left needs no answer.
                std::thread::spawn(move || drop(stream.and_then(|stream| answering.answer(stream))));
            }
        });
        server
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/state", self.port)
    }

    /// A backend block that uses this server, with more arguments.
    pub(crate) fn block(&self, more: &str) -> String {
        let address = self.address();
        format!(
            "terraform {{\n  backend \"http\" {{\n    address        = \"{address}\"\n    lock_address   = \"{address}\"\n    \
             unlock_address = \"{address}\"\n{more}\n  }}\n}}\n"
        )
    }

    /// Looks at what the server holds, or changes it.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Held) -> T) -> T {
        look(&mut self.held.lock().unwrap())
    }

    /// The state, as text.
    pub(crate) fn state(&self) -> String {
        self.with(|held| String::from_utf8(held.state.clone().unwrap_or_default()).unwrap())
    }

    /// The lock, as text.
    pub(crate) fn lock(&self) -> Option<String> {
        self.with(|held| held.lock.clone().map(|lock| String::from_utf8(lock).unwrap()))
    }

    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut writer = stream;
        while let Some(request) = read_request(&mut reader)? {
            let (status, body) = self.with(|held| held.handle(&request));
            write!(writer, "HTTP/1.1 {status} Some\r\nContent-Length: {}\r\n\r\n", body.len())?;
            writer.write_all(&body)?;
            writer.flush()?;
        }
        Ok(())
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { method, target, authorization, body }))
}

impl Held {
    fn handle(&mut self, request: &Request) -> (u16, Vec<u8>) {
        self.log.push(format!("{} {}", request.method, request.target));
        if self.authorization.is_some() && self.authorization != request.authorization {
            return (401, Vec::new());
        }
        match request.method.as_str() {
            "GET" => self.state.clone().map_or((404, Vec::new()), |state| (200, state)),
            "POST" => match self.refuses_writes {
                Some(status) => (status, Vec::new()),
                None => {
                    self.state = Some(request.body.clone());
                    (200, Vec::new())
                }
            },
            "LOCK" => match &self.lock {
                Some(lock) => (423, lock.clone()),
                None => {
                    self.lock = Some(request.body.clone());
                    (200, Vec::new())
                }
            },
            "UNLOCK" => {
                self.lock = None;
                (200, Vec::new())
            }
            _ => (405, Vec::new()),
        }
    }
}
