//! The login flow against a host on this machine, with a browser that the tests play.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::fixture::limits;
use crate::login::{
    LoginError, LoginSecrets, LoginService, PendingLogin, account_name, token_for_code, token_for_password,
};
use crate::source::Services;
use crate::test_server::{Reply, TestServer};
use crate::web::{Token, UreqHttp, WebAddress, WebClient, decode_fields};
use crate::{CliConfiguration, Credentials, Environment};

fn client() -> WebClient {
    WebClient::new(Arc::new(UreqHttp::new(&Environment::empty(), "test/1.0")), limits())
}

fn service(description: Value) -> LoginService {
    let mut configuration = CliConfiguration::default();
    configuration.hosts.insert("h.example".to_owned(), [("login.v1".to_owned(), description)].into());
    let services = Services::new(client(), Credentials::none(), &configuration);
    let services = services.of_host("h.example").expect("is configured");
    LoginService::of(&services).expect("is complete").expect("is there")
}

fn at(server: &TestServer, ports: Option<[u16; 2]>) -> LoginService {
    service(json!({
        "client": "cli",
        "authz": server.address("/authz?kept=1").to_string(),
        "token": server.address("/token").to_string(),
        "ports": ports,
        "scopes": ["read", "write"],
    }))
}

fn begin(service: &LoginService) -> PendingLogin {
    PendingLogin::begin(service, LoginSecrets::new(&[7; 64])).expect("listens")
}

fn field(fields: &[(String, String)], name: &str) -> String {
    let found = fields.iter().find(|(field, _)| field == name);
    found.unwrap_or_else(|| panic!("no {name} in {fields:?}")).1.clone()
}

fn sent_out_with(login: &PendingLogin) -> Vec<(String, String)> {
    decode_fields(login.address().to_string().split_once('?').expect("has a query").1)
}

/// What a browser gets that comes back with a query; nothing where the connection is refused.
fn come_back(login: &[(String, String)], query: &str) -> String {
    let redirect = WebAddress::parse(&field(login, "redirect_uri")).expect("is an address");
    assert_eq!((redirect.host(), redirect.path()), ("localhost", "/login"));
    let mut stream = TcpStream::connect(("127.0.0.1", redirect.port())).expect("is listened to");
    let query = query.replace("STATE", &field(login, "state"));
    write!(stream, "GET /login?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    answer
}

fn wait(
    login: &PendingLogin,
    browser: impl FnOnce(&[(String, String)]) + Send,
) -> Result<String, LoginError> {
    let sent = sent_out_with(login);
    std::thread::scope(|scope| {
        let browser = scope.spawn(move || browser(&sent));
        let outcome = login.wait(Duration::from_secs(20), &|| false);
        browser.join().expect("the browser is content");
        outcome
    })
}

#[test]
fn a_code_is_exchanged_for_a_token() {
    let server = TestServer::plain();
    let service = at(&server, None);
    let login = begin(&service);
    let code = wait(&login, |sent| {
        assert_eq!(field(sent, "kept"), "1");
        assert_eq!(field(sent, "client_id"), "cli");
        assert_eq!(field(sent, "response_type"), "code");
        assert_eq!(field(sent, "code_challenge_method"), "S256");
        assert_eq!(field(sent, "scope"), "read write");
        // Connections that say nothing, other pages, and answers to other logins change nothing.
        let redirect = WebAddress::parse(&field(sent, "redirect_uri")).expect("is an address");
        let _idle = TcpStream::connect(("127.0.0.1", redirect.port())).expect("is listened to");
        assert!(come_back(sent, "code=evil&state=guessed").starts_with("HTTP/1.1 400 "));
        assert!(come_back(sent, "error=evil").starts_with("HTTP/1.1 400 "));
        let answer = come_back(sent, "code=a%2Bb&state=STATE");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(!answer.contains("a+b"), "{answer}");
    });
    let code = code.expect("came back");
    assert_eq!(code, "a+b");

    server.reply("POST /token", Reply::ok(r#"{"access_token":"secret","token_type":"Bearer"}"#));
    let token = token_for_code(&client(), &service, &login, &code).expect("is given");
    assert_eq!(token.reveal(), "secret");
    let form = decode_fields(&server.take_seen()[0].body);
    let verifier = field(&form, "code_verifier");
    assert!((43..=128).contains(&verifier.len()), "{verifier}");
    use base64::Engine as _;
    let challenge =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let sent = sent_out_with(&login);
    assert_eq!(field(&sent, "code_challenge"), challenge);
    assert_eq!(field(&form, "redirect_uri"), field(&sent, "redirect_uri"));
    assert_eq!(field(&form, "grant_type"), "authorization_code");
    assert_eq!(field(&form, "code"), "a+b");
}

#[test]
fn ports_are_those_that_the_host_allows() {
    let server = TestServer::plain();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = taken.local_addr().expect("is bound").port();
    let error = PendingLogin::begin(&at(&server, Some([port, port])), LoginSecrets::new(&[1; 64]));
    let error = error.err().expect("there is no other port").to_string();
    assert!(error.contains(&format!("no port from {port} to {port} is free")), "{error}");
    let last = port.saturating_add(50);
    if last > port {
        let login = begin(&at(&server, Some([port, last])));
        let redirect =
            WebAddress::parse(&field(&sent_out_with(&login), "redirect_uri")).expect("is an address");
        assert!((port + 1..=last).contains(&redirect.port()));
    }
}

#[test]
fn waiting_ends() {
    let server = TestServer::plain();
    let login = begin(&at(&server, None));
    let refused = wait(&login, |sent| {
        come_back(sent, "error=access_denied&error_description=not%1b+you&state=STATE");
    });
    assert_eq!(refused.expect_err("was refused").to_string(), "the host refused: not  you (access_denied)");
    assert!(matches!(login.wait(Duration::from_secs(20), &|| true), Err(LoginError::Stopped)));
    assert!(matches!(login.wait(Duration::ZERO, &|| false), Err(LoginError::TooLate { .. })));
}

#[test]
fn hosts_may_give_no_token() {
    let server = TestServer::plain();
    let service = service(json!({
        "client": "cli", "grant_types": ["password"], "token": server.address("/token").to_string(),
    }));
    let ask = |reply: Reply| {
        server.reply("POST /token", reply);
        token_for_password(&client(), &service, "bob", &Token::new("pass word"))
            .map(|token| token.reveal().to_owned())
            .map_err(|error| error.to_string())
    };
    assert_eq!(ask(Reply::ok(r#"{"access_token":"t"}"#)).as_deref(), Ok("t"));
    assert_eq!(
        server.take_seen()[0].body,
        "client_id=cli&grant_type=password&password=pass+word&username=bob"
    );
    let cases = [
        (r#"{"access_token":"a\nb"}"#, 200, "invalid characters"),
        (r#"{"access_token":"","token_type":"bearer"}"#, 200, "has no access_token"),
        (r#"{"access_token":"t","token_type":"mac"}"#, 200, "not of the type"),
        ("nonsense", 200, "has no access_token"),
        ("", 500, "answered with status 500"),
        (
            r#"{"error":"invalid_grant","error_description":"no luck"}"#,
            400,
            "the host refused: no luck (invalid_grant)",
        ),
    ];
    for (body, status, expected) in cases {
        let error = ask(Reply { status, ..Reply::ok(body) }).expect_err(body);
        assert!(error.contains(expected), "{body}: {error}");
    }
    server.take_seen();
    // A password goes to one address, once.
    let error = ask(Reply::redirect("http://127.0.0.1:1/")).expect_err("is not followed");
    assert!(error.contains("no other address"), "{error}");
    let error = ask(Reply::status(503)).expect_err("fails");
    assert!(error.contains("status 503"), "{error}");
    assert_eq!(server.take_seen().len(), 2);
}

#[test]
fn secrets_do_not_go_through_the_open_network() {
    let service =
        service(json!({ "client": "c", "grant_types": ["password"], "token": "http://h.example/token" }));
    let error = token_for_password(&client(), &service, "bob", &Token::new("x")).expect_err("is refused");
    assert!(error.to_string().contains("is not encrypted"), "{error}");
}

#[test]
fn tokens_are_tried() {
    let server = TestServer::plain();
    let ask = |reply: Reply| {
        server.reply("/api/account/details", reply);
        account_name(&client(), &server.address("/api/"), &Token::new("t"))
    };
    let name = ask(Reply::ok(r#"{"data":{"attributes":{"username":"bob"}}}"#));
    assert_eq!(name.expect("is known"), "bob");
    assert_eq!(server.take_seen()[0].authorization.as_deref(), Some("Bearer t"));
    assert!(matches!(ask(Reply::status(401)), Err(LoginError::NotAccepted)));
    assert!(matches!(ask(Reply::ok("{}")), Err(LoginError::NoToken(_))));
}
