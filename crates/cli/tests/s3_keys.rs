//! Where the keys of the `s3` backend come from: files, roles, programs, sign-in, containers and machines.

#![expect(clippy::print_stderr, reason = "what was skipped is for people")]

mod support;

#[path = "support/object_server.rs"]
mod object_server;

use object_server::ObjectServer;
use support::web_server::{Answer, WebServer};
use support::{Directory, Run};

const RESOURCES: &str = "resource \"terraform_data\" \"first\" {}\n";

const ROLE: &str = "arn:aws:iam::123456789012:role/x";

/// `init` in an own directory whose only keys are those that these variables lead to.
fn init_with(server: &ObjectServer, more: &str, variables: &[(&str, &str)]) -> Run {
    let block = server.block("ten", more).replace("skip_metadata_api_check     = true", "");
    let directory = Directory::new(&block);
    let mut command = directory.command(&["init"]);
    command.envs(variables.iter().copied());
    Run::with_input(command, "")
}

#[test]
fn keys_come_for_a_token_from_elsewhere() {
    let Some(server) = ObjectServer::start("keys_come_for_a_token_from_elsewhere") else { return };
    let tokens = Directory::new("");
    tokens.write("token", "a.b.c\n");
    let file = tokens.path().join("token").display().to_string();
    let variables = [("AWS_WEB_IDENTITY_TOKEN_FILE", file.as_str()), ("AWS_ROLE_ARN", ROLE)];
    init_with(&server, "", &variables).expect(0, &["Successfully configured"]);
    let block = format!(
        "assume_role_with_web_identity = {{ role_arn = \"{ROLE}\", web_identity_token_file = \"{file}\" }}"
    );
    init_with(&server, &block, &[]).expect(0, &["Successfully configured"]);
    init_with(&server, &block.replace("/token", "/tokem"), &[]).expect(1, &["tokem cannot be read"]);
    let missing = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token"), ("AWS_ROLE_ARN", ROLE)];
    init_with(&server, "", &missing).expect(1, &["/nowhere/token cannot be read"]);
}

#[test]
fn keys_come_from_programs() {
    let Some(server) = ObjectServer::start("keys_come_from_programs") else { return };
    let directory = Directory::new(&server.block("ten", "profile = \"work\""));
    let init_with = |program: &str| {
        directory.write(".aws/config", &format!("[profile work]\ncredential_process = {program}\n"));
        directory.run(&["init", "-reconfigure"])
    };
    let keys = r#"echo '{"Version":1,"AccessKeyId":"k","SecretAccessKey":"open-sesame","SessionToken":"t"}'"#;
    init_with(keys).expect(0, &["Successfully configured"]);
    init_with("exit 3").expect(1, &["credential_process failed", "exit status: 3"]);
    let garbled = init_with("echo open-sesame").expect(1, &["credential_process failed", "printed no keys"]);
    assert!(!garbled.says("open-sesame"));
}

#[test]
fn keys_come_with_the_container() {
    let Some(server) = ObjectServer::start("keys_come_with_the_container") else { return };
    let service = WebServer::start();
    let keys = r#"{"AccessKeyId":"k","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#;
    service.say("/keys", Answer::ok(keys));
    let address = format!("{}/keys", service.address);
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", address.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the-token"),
        // Nothing of it is for a proxy.
        ("http_proxy", "http://127.0.0.1:1"),
    ];
    init_with(&server, "", &variables).expect(0, &["Successfully configured"]);
    assert_eq!(service.take_seen(), ["/keys the-token"]);

    service.say("/keys", Answer::status(403));
    init_with(&server, "", &variables[..2]).expect(1, &["the container's service at", "answered with 403"]);
    let elsewhere = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://keys.example/x")];
    init_with(&server, "", &elsewhere).expect(1, &["without https", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]);
}

#[test]
fn keys_come_with_the_machine() {
    const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
    let Some(server) = ObjectServer::start("keys_come_with_the_machine") else { return };
    let service = WebServer::start();
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.address.as_str())];
    service.say("/latest/api/token", Answer::ok("the-token"));
    init_with(&server, "", &variables).expect(1, &["no role is attached to this machine"]);
    service.say(ROLES, Answer::ok("the-role"));
    let keys = r#"{"Code":"Success","AccessKeyId":"k","SecretAccessKey":"s","Token":"t"}"#;
    service.say(&format!("{ROLES}the-role"), Answer::ok(keys));
    service.take_seen();
    init_with(&server, "", &variables).expect(0, &["Successfully configured"]);
    let asked = ["/latest/api/token".to_owned(), ROLES.to_owned(), format!("{ROLES}the-role")];
    assert_eq!(service.take_seen(), asked);
    // An older service knows of no tokens.
    service.say("/latest/api/token", Answer::status(405));
    init_with(&server, "", &variables).expect(0, &["Successfully configured"]);
    let strict = [variables[0], ("AWS_EC2_METADATA_V1_DISABLED", "true")];
    init_with(&server, "", &strict).expect(1, &["gives no token, but the answer 405"]);
    let disabled = [variables[0], ("AWS_EC2_METADATA_DISABLED", "true")];
    init_with(&server, "", &disabled).expect(1, &["no keys were found"]);
}

#[test]
fn keys_come_from_files_and_roles_and_go_nowhere() {
    let Some(server) = ObjectServer::start("keys_come_from_files_and_roles_and_go_nowhere") else { return };
    let directory = Directory::new(&format!("{}{RESOURCES}", server.block("six", "profile = \"work\"")));
    directory.run(&["init"]).expect(1, &["failed to get shared config profile, work"]);
    directory.write(
        ".aws/config",
        "[profile work]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\n",
    );
    directory
        .write(".aws/credentials", "[base]\naws_access_key_id = k\naws_secret_access_key = open-sesame\n");
    directory.run(&["init"]).expect(0, &["Successfully configured"]);
    let traced = {
        let mut command = directory.command(&["apply", "-auto-approve"]);
        command.env("TF_LOG", "trace");
        Run::with_input(command, "").expect(0, &["1 added"])
    };
    assert!(!traced.says("open-sesame"));

    let role = "access_key = \"k\"\n    secret_key = \"open-sesame\"\n    assume_role = { role_arn = \
                \"arn:aws:iam::123456789012:role/x\", duration = \"1h\", tags = { a = \"b\" } }";
    directory.write("main.tf", &format!("{}{RESOURCES}", server.block("six", role)));
    directory.run(&["init", "-reconfigure"]).expect(0, &["Successfully configured"]);
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);

    let nothing = Directory::new(&server.block("six", ""));
    nothing.run(&["init"]).expect(1, &["no keys were found", "AWS_ACCESS_KEY_ID"]);
    let refused = Directory::new(&server.block("six", "forbidden_account_ids = [\"123456789012\"]"));
    let mut command = refused.command(&["init"]);
    command.env("AWS_ACCESS_KEY_ID", "k").env("AWS_SECRET_ACCESS_KEY", "s");
    Run::with_input(command, "").expect(1, &["AWS account ID not allowed: 123456789012"]);
}

/// A portal that answers once; what it was asked is returned.
fn portal(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut question = vec![0; 4096];
        let length = stream.read(&mut question).unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).unwrap();
        String::from_utf8_lossy(&question[..length]).into_owned()
    });
    (address, answering)
}

#[test]
fn whoever_has_signed_in_is_known() {
    let Some(server) = ObjectServer::start("whoever_has_signed_in_is_known") else { return };
    let directory = Directory::new(&format!("{}{RESOURCES}", server.block("nine", "profile = \"work\"")));
    directory.write(
        ".aws/config",
        "[profile work]\nsso_session = us\nsso_account_id = 123456789012\nsso_role_name = admin\n[sso-session us]\nsso_region = \
         eu-west-1\nsso_start_url = https://us.example\n",
    );
    directory.run(&["init"]).expect(1, &["nobody has signed in", "aws sso login --profile work"]);
    // The name of the file is the digest of "us".
    let cache = ".aws/sso/cache/da2b128800d4e129def769b7ec5decc00517fa8b.json";
    directory.write(cache, r#"{"accessToken":"the-token","expiresAt":"2099-01-01T00:00:00Z"}"#);
    let keys = r#"{"roleCredentials":{"accessKeyId":"k","secretAccessKey":"s","sessionToken":"t","expiration":4102444800000}}"#;
    let (address, asked) = portal(keys);
    let mut command = directory.command(&["init"]);
    command.env("AWS_ENDPOINT_URL_SSO", address);
    Run::with_input(command, "").expect(0, &["Successfully configured"]);
    let asked = asked.join().unwrap();
    assert!(
        asked.starts_with("GET /federation/credentials?account_id=123456789012&role_name=admin "),
        "{asked}"
    );
    assert!(asked.contains("the-token"));
}
