//! The real client against servers on this machine: encryption, proxies, redirects, retries.

use std::sync::Arc;

use super::fixture::limits;
use crate::Environment;
use crate::test_server::{Reply, TestServer};
use crate::web::{Document, Token, UreqHttp, WebAddress, WebClient, WebError, WebLimits};

fn client(variables: &[(&str, &str)]) -> WebClient {
    let environment: Environment = variables.iter().copied().collect();
    WebClient::new(Arc::new(UreqHttp::new(&environment, "test/1.0")), limits())
}

fn text(document: Result<Document, WebError>) -> String {
    String::from_utf8(document.expect("is there").content).expect("is text")
}

#[test]
fn certificates_come_from_the_named_file() {
    let scratch = tempfile::tempdir().expect("makes a directory");
    let file = scratch.path().join("ca.pem");
    let server = TestServer::encrypted(&file);
    server.reply("/x", Reply::ok("encrypted"));
    let path = file.to_str().expect("is text");
    assert_eq!(text(client(&[("SSL_CERT_FILE", path)]).document(&server.address("/x"), None)), "encrypted");

    let other = scratch.path().join("other.pem");
    TestServer::encrypted(&other);
    let error = client(&[("SSL_CERT_FILE", other.to_str().expect("is text"))])
        .document(&server.address("/x"), None)
        .expect_err("is not trusted");
    assert!(error.to_string().contains("certificate"), "{error}");

    let error = client(&[("SSL_CERT_FILE", "/nonexistent")])
        .document(&server.address("/x"), None)
        .expect_err("trusts nobody");
    assert!(error.to_string().contains("set SSL_CERT_FILE"), "{error}");
}

#[test]
fn proxies_are_asked_to_connect() {
    let proxy = TestServer::plain();
    let address = format!("http://user:word@127.0.0.1:{}", proxy.port);
    let client = client(&[("HTTPS_PROXY", &address), ("NO_PROXY", "direct.invalid")]);
    let get = |url: &str| client.document(&WebAddress::parse(url).expect("is an address"), None);
    // The proxy refuses, which shows that it was asked.
    assert!(get("https://registry.invalid/x").is_err());
    let seen = proxy.take_seen();
    assert!(seen.iter().all(|seen| seen.target == "CONNECT registry.invalid:443"), "{seen:?}");
    assert!(!seen.is_empty());
    assert!(get("https://direct.invalid/x").is_err());
    assert_eq!(proxy.take_seen(), []);
}

#[test]
fn redirects_are_followed_without_tokens_for_others() {
    let (server, other) = (TestServer::plain(), TestServer::plain());
    server.reply("/a", Reply::redirect("/b"));
    server.reply("/b", Reply::redirect(other.address("/c").to_string()));
    other.reply("/c", Reply::redirect(server.address("/d").to_string()));
    server.reply("/d", Reply::ok("end"));
    let token = Token::new("secret");
    let document = client(&[]).document(&server.address("/a"), Some(&token)).expect("is there");
    assert_eq!(document.address, server.address("/d"));
    let had_token: Vec<(String, bool)> =
        server.take_seen().into_iter().map(|seen| (seen.target, seen.authorization.is_some())).collect();
    // Having been elsewhere, the token does not come back.
    assert_eq!(had_token, [("/a".to_owned(), true), ("/b".to_owned(), true), ("/d".to_owned(), false)]);
    assert_eq!(other.take_seen()[0].authorization, None);

    server.reply("/loop", Reply::redirect("/loop"));
    let error = client(&[]).document(&server.address("/loop"), None).expect_err("never ends");
    assert!(error.to_string().contains("more than 10 redirects"), "{error}");
    server.reply("/odd", Reply::redirect("file:///etc/passwd"));
    let error = client(&[]).document(&server.address("/odd"), None).expect_err("is no address");
    assert!(error.to_string().contains("must be an http or https URL"), "{error}");
}

#[test]
fn encryption_is_not_given_up_on_the_way() {
    let scratch = tempfile::tempdir().expect("makes a directory");
    let file = scratch.path().join("ca.pem");
    let (server, plain) = (TestServer::encrypted(&file), TestServer::plain());
    server.reply("/a", Reply::redirect(plain.address("/b").to_string()));
    let client = client(&[("SSL_CERT_FILE", file.to_str().expect("is text"))]);
    let error = client.document(&server.address("/a"), None).expect_err("is refused");
    assert!(error.to_string().contains("the target is not encrypted"), "{error}");
    assert_eq!(plain.take_seen(), []);
}

#[test]
fn passing_failures_are_retried() {
    let server = TestServer::plain();
    let client = client(&[]);
    server.reply_in_turn("/once", vec![Reply::status(503), Reply::ok("second")]);
    assert_eq!(text(client.document(&server.address("/once"), None)), "second");
    server.reply("/always", Reply::status(502));
    assert!(matches!(
        client.document(&server.address("/always"), None),
        Err(WebError::Status { status: 502, .. })
    ));
    assert_eq!(server.take_seen().len(), 4);
    server.reply("/forbidden", Reply::status(403));
    assert_eq!(client.document(&server.address("/forbidden"), None).expect("has an answer").status, 403);
    assert_eq!(server.take_seen().len(), 1);
}

#[test]
fn downloads_are_complete_or_fail() {
    let scratch = tempfile::tempdir().expect("makes a directory");
    let server = TestServer::plain();
    let content = vec![7; 300_000];
    let broken = Reply { breaks_off: true, ..Reply::ok(content.clone()) };
    server.reply_in_turn("/once", vec![broken.clone(), Reply::ok(content.clone())]);
    let client = client(&[]);
    let file = client.download(&server.address("/once"), None, scratch.path()).expect("is retried");
    assert_eq!(std::fs::read(file.path()).expect("reads"), content);
    drop(file);
    server.reply("/always", broken);
    assert!(matches!(
        client.download(&server.address("/always"), None, scratch.path()),
        Err(WebError::BrokeOff { .. })
    ));
    assert!(matches!(
        client.download(&server.address("/none"), None, scratch.path()),
        Err(WebError::Status { status: 404, .. })
    ));

    let http = Arc::new(UreqHttp::new(&Environment::empty(), "test"));
    let small = WebClient::new(http, WebLimits { download_bytes_max: 1000, ..limits() });
    server.reply("/large", Reply::ok(content));
    assert!(matches!(
        small.download(&server.address("/large"), None, scratch.path()),
        Err(WebError::TooLarge { .. })
    ));
    assert_eq!(std::fs::read_dir(scratch.path()).expect("lists").count(), 0, "nothing is left behind");
}
