//! Files that a host fetches from a server here.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use plumb_deploy::{Outcome, Verdict};

use crate::support::{Deploy, shells};

/// A server that says the same to everybody; its address.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = [0; 4096];
            let length = stream.read(&mut asked).unwrap_or(0);
            let is_known = String::from_utf8_lossy(&asked[..length]).contains("X-Key: it's \"me\"");
            let status = if is_known { "200 OK" } else { "403 Forbidden" };
            let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 3\r\nConnection: close\r\n\r\none");
        }
    });
    address
}

#[tokio::test]
async fn a_file_is_fetched_once_and_only_with_its_sum() {
    if std::process::Command::new("curl").arg("--version").output().is_err() {
        eprintln!("skipped: a_file_is_fetched_once_and_only_with_its_sum needs curl");
        return;
    }
    let sum = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
    let address = server();
    let code = |sum: &str, key: &str| {
        format!(
            "load(\"@plumb//ops\", \"files\")\n\ndef deploy(host):\n    files.download('http://{address}/f', \
             'ROOT/d/f', sha256sum = '{sum}', mode = '640', headers = {{'X-Key': secret({key:?})}})\n"
        )
    };
    for shell in shells() {
        let mut deploy = Deploy::new(shell);
        assert!(!deploy.path("d/f").is_empty());
        for (wrong, why) in
            [(code(&"0".repeat(64), "it's \"me\""), "nothing was changed"), (code(sum, "stranger"), "403")]
        {
            let applied = deploy.apply(&wrong).await.unwrap_or_else(|error| panic!("{error}"));
            let Outcome::Failed(failure) = &applied.outcomes[0] else { panic!("{:?}", applied.outcomes) };
            assert!(failure.errors.contains(why), "{shell}: {failure:?}");
            assert!(!deploy.is_there("d/f"));
        }
        let applied = deploy.apply(&code(sum, "it's \"me\"")).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(applied.is_done(), "{shell}: {:?}", applied.outcomes);
        assert_eq!(deploy.read("d/f"), "one");
        let plan = deploy.plan(&code(sum, "it's \"me\"")).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(plan.count(Verdict::Ok), 1, "{plan:#?}");
    }
}
