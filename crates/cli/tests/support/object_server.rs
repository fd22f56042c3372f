//! An emulator of Amazon's services, with a bucket `states` and a table `locks`.

#![allow(dead_code, reason = "each test program uses a part of this")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running `moto_server`. It ends when this is dropped.
pub(crate) struct ObjectServer {
    process: Child,
    port: u16,
}

impl ObjectServer {
    /// `None` where there is none, which is said.
    pub(crate) fn start(test: &str) -> Option<Self> {
        if super::support::find("moto_server").is_none() {
            eprintln!("skipped: {test}: no moto_server on PATH");
            return None;
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let process = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = ObjectServer { process, port };
        let patience = Instant::now() + Duration::from_secs(120);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < patience, "moto_server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        server.ask("PUT", "/states", &[], b"").0.eq(&200).then_some(()).expect("a bucket");
        let table = r#"{"TableName":"locks","BillingMode":"PAY_PER_REQUEST",
            "KeySchema":[{"AttributeName":"LockID","KeyType":"HASH"}],
            "AttributeDefinitions":[{"AttributeName":"LockID","AttributeType":"S"}]}"#;
        server.table("CreateTable", table);
        Some(server)
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A backend block for an object of the bucket, with more arguments.
    pub(crate) fn block(&self, key: &str, more: &str) -> String {
        let endpoint = self.endpoint();
        format!(
            "terraform {{\n  backend \"s3\" {{\n    bucket = \"states\"\n    key    = \"{key}\"\n    region = \"us-east-1\"\n    \
             use_path_style              = true\n    skip_credentials_validation = true\n    skip_requesting_account_id  = \
             true\n    skip_metadata_api_check     = true\n    max_retries = 4\n    endpoints = {{ s3 = \"{endpoint}\", \
             dynamodb = \"{endpoint}\", sts = \"{endpoint}\", iam = \"{endpoint}\" }}\n    {more}\n  }}\n}}\n"
        )
    }

    /// The content of an object; `None` where there is none.
    pub(crate) fn object(&self, key: &str) -> Option<String> {
        let (status, body) = self.ask("GET", &format!("/states/{key}"), &[], b"");
        (status == 200).then_some(body)
    }

    pub(crate) fn put(&self, key: &str, content: &str) {
        self.put_bytes(key, content.as_bytes());
    }

    pub(crate) fn put_bytes(&self, key: &str, content: &[u8]) {
        assert_eq!(self.ask("PUT", &format!("/states/{key}"), &[], content).0, 200);
    }

    /// What the table has under a key; `None` where there is nothing.
    pub(crate) fn item(&self, key: &str) -> Option<serde_json::Value> {
        let question = serde_json::json!({ "TableName": "locks", "Key": { "LockID": { "S": key } } });
        let answer: serde_json::Value =
            serde_json::from_str(&self.table("GetItem", &question.to_string())).unwrap();
        answer.get("Item").cloned()
    }

    /// Asks the tables' service.
    pub(crate) fn table(&self, operation: &str, question: &str) -> String {
        let target = format!("X-Amz-Target: DynamoDB_20120810.{operation}\r\n");
        let kind = "Content-Type: application/x-amz-json-1.0\r\n";
        let (status, body) =
            self.ask("POST", "/", &[&target, kind, &authorization("dynamodb")], question.as_bytes());
        assert_eq!(status, 200, "{operation}: {body}");
        body
    }

    fn ask(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> (u16, String) {
        let headers = if headers.is_empty() { authorization("s3") } else { headers.concat() };
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n{headers}Connection: \
             close\r\n\r\n"
        )
        .unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

/// The emulator checks no signature, and tells services by this header.
fn authorization(service: &str) -> String {
    format!(
        "Authorization: AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/{service}/aws4_request, SignedHeaders=host, \
         Signature=0\r\n"
    )
}

impl Drop for ObjectServer {
    fn drop(&mut self) {
        // It is ours alone, and holds nothing that anybody needs.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
