//! `login` and `logout` against a host on this machine.

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};

use support::Directory;

/// A host that answers every request with the same text, and tells what it was asked.
struct Host {
    port: u16,
    asked: Receiver<String>,
}

fn host(answer: &'static str) -> Host {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, asked) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                let count = stream.read(&mut buffer).unwrap_or(0);
                request.extend_from_slice(&buffer[..count]);
                let text = String::from_utf8_lossy(&request).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else {
                    if count == 0 {
                        break;
                    } else {
                        continue;
                    };
                };
                let length = head.lines().find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case("content-length")
                        .then(|| value.trim().parse::<usize>().unwrap())
                });
                if count == 0 || body.len() >= length.unwrap_or(0) {
                    break;
                }
            }
            let _ = sender.send(String::from_utf8_lossy(&request).into_owned());
            let length = answer.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}"
            );
        }
    });
    Host { port, asked }
}

/// A home directory whose settings describe hosts.
fn home(settings: &str) -> Directory {
    let directory = Directory::new("");
    directory.write(".terraformrc", settings);
    directory
}

fn command(directory: &Directory, arguments: &[&str]) -> std::process::Command {
    let mut command = directory.command(arguments);
    // No browser of this machine may open.
    command.env_remove("TF_CLI_CONFIG_FILE").env("PATH", "");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(directory: &Directory, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = command(directory, arguments).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

const CREDENTIALS: &str = ".terraform.d/credentials.tfrc.json";

#[test]
fn a_browser_brings_a_token() {
    let host = host(r#"{"access_token":"secret-token","token_type":"bearer"}"#);
    let directory = home(&format!(
        "host \"code.example\" {{ services = {{ \"login.v1\" = {{ client = \"cli\", authz = \"http://127.0.0.1:{0}/authz\", token = \"http://127.0.0.1:{0}/token\" }} }} }}",
        host.port
    ));
    let mut child = command(&directory, &["login", "code.example"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"yes\n").unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let (mut said, mut page) = (String::new(), String::new());
    while page.is_empty() {
        let mut line = String::new();
        assert!(output.read_line(&mut line).unwrap() > 0, "{said}");
        said.push_str(&line);
        if line.trim().starts_with("http://127.0.0.1") {
            line.trim().clone_into(&mut page);
        }
    }
    let part = |name: &str| {
        let from = page.find(&format!("{name}=")).unwrap() + name.len() + 1;
        page[from..].split('&').next().unwrap().to_owned()
    };
    let port: u16 = part("redirect_uri")
        .strip_prefix("http%3A%2F%2Flocalhost%3A")
        .unwrap()
        .replace("%2Flogin", "")
        .parse()
        .unwrap();
    let mut browser = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(browser, "GET /login?code=abc&state={} HTTP/1.1\r\n\r\n", part("state")).unwrap();
    output.read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
    assert!(said.contains("Success! Plumb has obtained and saved an API token."), "{said}");
    assert!(!said.contains("secret-token"), "{said}");
    let asked = host.asked.recv().unwrap();
    assert!(asked.starts_with("POST /token ") && asked.contains("code=abc&code_verifier="), "{asked}");
    assert!(directory.read(CREDENTIALS).contains("\"token\": \"secret-token\""));

    let (code, said, _) = run(&directory, &["logout", "code.example"], "");
    assert_eq!(code, 0);
    assert!(said.contains("Removing the stored credentials for code.example"), "{said}");
    assert!(!directory.read(CREDENTIALS).contains("secret-token"));
    let (code, said, _) = run(&directory, &["logout", "code.example"], "");
    assert_eq!((code, said.trim()), (0, "No credentials for code.example are stored."));
}

#[test]
fn passwords_and_tokens_are_for_the_hosts_that_take_them() {
    let oauth = host(r#"{"access_token":"secret-token"}"#);
    let platform = host(r#"{"data":{"attributes":{"username":"bob"}}}"#);
    let password = format!(
        "{{ client = \"c\", grant_types = [\"password\"], token = \"http://127.0.0.1:{}/t\" }}",
        oauth.port
    );
    let directory = home(&format!(
        "host \"app.terraform.io\" {{ services = {{ \"login.v1\" = {password} }} }}
         host \"other.example\" {{ services = {{ \"login.v1\" = {password} }} }}
         host \"tfe.example\" {{ services = {{ \"tfe.v2\" = \"http://127.0.0.1:{}/api/\" }} }}
         host \"none.example\" {{ services = {{ \"modules.v1\" = \"/m/\" }} }}
         host \"odd.example\" {{ services = {{ \"login.v1\" = {{ token = \"/t\" }} }} }}
         credentials \"mine.example\" {{ token = \"x\" }}",
        platform.port
    ));
    let cases = [
        (vec!["login"], "yes\nbob\npassword\n", 0, "Success! Logged in to HCP Terraform"),
        (vec!["login", "other.example"], "yes\n", 1, "does not allow any OAuth grant types"),
        (vec!["login", "tfe.example"], "yes\npasted\n", 0, "Retrieved token for user bob"),
        (vec!["login", "tfe.example"], "yes\n\n", 1, "Token is invalid"),
        (vec!["login", "tfe.example"], "no\n", 1, "Login cancelled"),
        (vec!["login", "none.example"], "yes\n", 1, "Host does not support tokens API"),
        (vec!["login", "odd.example"], "yes\n", 1, "missing required property \"client\""),
        (vec!["login", "mine.example"], "yes\n", 1, "Credentials for mine.example are manually configured"),
        (vec!["logout", "mine.example"], "", 1, "Credentials for mine.example are manually configured"),
        (vec!["login", "bad!host"], "", 1, "Invalid hostname"),
    ];
    for (arguments, input, expected, text) in cases {
        let (code, stdout, stderr) = run(&directory, &arguments, input);
        let said = format!("{stdout}{stderr}");
        assert_eq!(code, expected, "{arguments:?} {said}");
        let flat = said.replace(['│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(text), "{arguments:?} {flat}");
        assert!(!said.contains("pasted"), "{said}");
    }
    let kept = directory.read(CREDENTIALS);
    assert!(kept.contains("secret-token") && kept.contains("pasted"), "{kept}");
}

#[test]
#[cfg(unix)]
fn helpers_keep_tokens() {
    use std::os::unix::fs::PermissionsExt as _;
    let platform = host(r#"{"data":{"attributes":{"username":"bob"}}}"#);
    let directory = home(&format!(
        "host \"tfe.example\" {{ services = {{ \"tfe.v2\" = \"http://127.0.0.1:{}/api/\" }} }}
         credentials_helper \"h\" {{ args = [\"-q\"] }}",
        platform.port
    ));
    let helper = ".terraform.d/plugins/terraform-credentials-h";
    directory.write(helper, "#!/bin/sh\necho \"$@\" >> \"$HOME/log\"\n[ \"$2\" != store ] || /bin/cat >> \"$HOME/log\"\n[ \"$3\" != bad.example ] || { echo sorry >&2; exit 1; }\n[ \"$2\" != get ] || echo '{}'\n");
    std::fs::set_permissions(directory.path().join(helper), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (code, said, errors) = run(&directory, &["login", "tfe.example"], "yes\npasted\n");
    assert_eq!(code, 0, "{said}{errors}");
    assert!(said.contains("the configured \"h\" credentials helper"), "{said}");
    assert!(!directory.exists(CREDENTIALS));
    let (code, said, _) = run(&directory, &["logout", "tfe.example"], "");
    assert_eq!(code, 0, "{said}");
    let (code, _, errors) = run(&directory, &["logout", "bad.example"], "");
    assert_eq!(code, 1);
    assert!(errors.contains("Failed to remove API token") && errors.contains("sorry"), "{errors}");
    assert_eq!(
        directory.read("log"),
        "-q store tfe.example\n{\"token\":\"pasted\"}-q forget tfe.example\n-q forget bad.example\n"
    );
}
