//! An emulator of AWS that runs for as long as a test.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to answer for the first time.
const START_MAX: Duration = Duration::from_secs(60);

/// No answer takes longer.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// A running emulator. It ends when this is dropped.
pub struct Emulator {
    process: Child,
    port: u16,
}

impl Emulator {
    /// Starts `moto_server`, or says why it cannot run.
    pub fn start() -> Result<Self, String> {
        let failed = |error: io::Error| format!("moto_server cannot run: {error}");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .map_err(failed)?
            .port();
        let process = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut emulator = Emulator { process, port };
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = emulator.process.try_wait().map_err(failed)? {
                return Err(format!("moto_server ended with {status}"));
            }
            if begun.elapsed() > START_MAX {
                return Err("moto_server does not answer".to_owned());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(emulator)
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What a service answers to a list request, as text. Services of the query protocol are asked
    /// with `Action=...`, others with the name of their operation, such as `DynamoDB_20120810.ListTables`.
    pub fn ask(&self, service: &str, question: &str) -> io::Result<String> {
        if question.is_empty() || question.contains('=') {
            return self.send(service, &format!("GET /?{question} HTTP/1.1\r\n"), "");
        }
        let kind = "Content-Type: application/x-amz-json-1.1\r\nContent-Length: 2";
        self.send(service, &format!("POST / HTTP/1.1\r\nX-Amz-Target: {question}\r\n{kind}\r\n"), "{}")
    }

    /// The objects of a bucket, as text.
    pub fn objects(&self, bucket: &str) -> io::Result<String> {
        self.send("s3", &format!("GET /{bucket} HTTP/1.1\r\n"), "")
    }

    fn send(&self, service: &str, head: &str, body: &str) -> io::Result<String> {
        // The emulator checks no signature, and tells services by this header.
        let scope = format!("Credential=test/20200101/eu-west-1/{service}/aws4_request");
        let request = format!(
            "{head}Host: 127.0.0.1:{}\r\nAuthorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, \
             Signature=0\r\nConnection: close\r\n\r\n{body}",
            self.port
        );
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(ANSWER_MAX))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        if answer.lines().next().is_some_and(|line| line.contains(" 200 ")) {
            return Ok(answer);
        }
        Err(io::Error::other(format!("{service} {head}: {answer}")))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It is ours alone, and holds nothing that anybody needs.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
