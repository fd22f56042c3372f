//! Installing from registries and network mirrors.

use serde_json::json;

use super::fixture::{Fixture, provider};
use crate::provider_patterns::ProviderFilter;
use crate::source::{NetworkMirror, Services, Source, SourceError, SourceSet};
use crate::test_server::Reply;
use crate::testing::SigningKey;
use crate::web::WebAddress;
use crate::*;

const WIDGET: &str = "registry.example/acme/widget";

fn install(fixture: &Fixture, constraints: &str, locks: &LockFile) -> (InstallOutcome, Vec<String>) {
    fixture.install(&fixture.registries(), &[(WIDGET, constraints)], locks, InstallMode::Missing)
}

/// The description of the package for Linux, changed.
fn describe(fixture: &Fixture, version: &str, change: impl FnOnce(&mut serde_json::Value)) {
    let path = format!("/registry.example/v1/providers/acme/widget/{version}/download/linux/amd64");
    let address = WebAddress::parse(&format!("https:/{path}")).expect("is an address");
    let document = fixture.client.document(&address, None).expect("is there");
    let mut description = serde_json::from_slice(&document.content).expect("is JSON");
    change(&mut description);
    fixture.server.reply(&path, Reply::ok(description.to_string()));
}

#[test]
fn installs_what_the_publisher_signed() {
    let fixture = Fixture::new();
    fixture.publish("widget", &["1.0.0", "1.1.0", "2.0.0-rc1"]);
    let (outcome, events) = install(&fixture, "~> 1.0", &LockFile::new());
    assert_eq!(
        events,
        [
            "find registry.example/acme/widget ~> 1.0",
            "fetch registry.example/acme/widget 1.1.0",
            "fetched registry.example/acme/widget 1.1.0 (self-signed)",
        ]
    );
    assert_eq!(fixture.program(WIDGET, "1.1.0"), "widget 1.1.0 linux_amd64");
    assert!(outcome.incomplete.is_empty() && outcome.has_third_party_signatures);
    let hashes = outcome.locks.get(&provider(WIDGET)).expect("is locked").hashes().to_vec();
    let schemes: Vec<&str> = hashes.iter().map(PackageHash::scheme).collect();
    assert_eq!(schemes, ["h1", "zh", "zh"], "both platforms are signed");

    // A fresh checkout on the other platform finds its checksum among the signed ones.
    let mut other = Fixture::new();
    other.platform = "darwin_arm64".parse().expect("is one");
    other.key = fixture.key;
    other.publish("widget", &["1.1.0"]);
    let (outcome, _) = install(&other, "~> 1.0", &outcome.locks);
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    assert_eq!(outcome.locks.get(&provider(WIDGET)).expect("is locked").hashes().len(), 4);
}

#[test]
fn tokens_go_to_the_registry_only() {
    let fixture = Fixture::with_variables(&[("TF_TOKEN_registry_example", "secret")]);
    fixture.publish("widget", &["1.0.0"]);
    // Plain HTTP on this machine may carry tokens, so the rerouted requests have them.
    let (outcome, _) = install(&fixture, "", &LockFile::new());
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    for seen in fixture.server.take_seen() {
        let expected = seen.target.starts_with("/registry.example/").then(|| "Bearer secret".to_owned());
        assert_eq!(seen.authorization, expected, "{}", seen.target);
    }
}

#[test]
fn packages_that_are_not_as_signed_are_refused() {
    let archive = "/files.example/widget/1.0.0/terraform-provider-widget_1.0.0_linux_amd64.zip";
    let sums = "/files.example/widget/1.0.0/SHA256SUMS";
    type Damage = fn(&Fixture);
    let cases: [(&str, Damage); 6] = [
        ("archive has incorrect checksum zh:", |fixture| {
            fixture.server.reply(
                "/files.example/widget/1.0.0/terraform-provider-widget_1.0.0_linux_amd64.zip",
                Reply::ok("evil"),
            );
        }),
        (
            "checksum list has no SHA-256 hash for \"terraform-provider-widget_1.0.0_linux_amd64.zip\"",
            |fixture| {
                fixture.server.reply("/files.example/widget/1.0.0/SHA256SUMS", Reply::ok("x  y\n"));
            },
        ),
        ("checksum list has unexpected SHA-256 hash", |fixture| {
            describe(fixture, "1.0.0", |description| description["shasum"] = json!("0".repeat(64)));
        }),
        (
            "the provider is not signed with a valid signing key; please contact the provider author (authentication signature from unknown issuer)",
            |fixture| {
                let stranger = SigningKey::generate().public_armour();
                describe(fixture, "1.0.0", |description| {
                    description["signing_keys"]["gpg_public_keys"][0]["ascii_armor"] = json!(stranger);
                });
            },
        ),
        ("(authentication signature from unknown issuer)", |fixture| {
            describe(fixture, "1.0.0", |description| description["signing_keys"] = json!({}));
        }),
        ("(error checking signature: the signature does not match the document)", |fixture| {
            let other = fixture.key.sign(b"other");
            fixture.server.reply("/files.example/widget/1.0.0/SHA256SUMS.sig", Reply::ok(other));
        }),
    ];
    for (expected, damage) in cases {
        let fixture = Fixture::new();
        fixture.publish("widget", &["1.0.0"]);
        damage(&fixture);
        let (outcome, _) = install(&fixture, "", &LockFile::new());
        let error = outcome.failures.first().expect("is refused").error.to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(fixture.target().installed(&provider(WIDGET), &Version::new(1, 0, 0)), None);
        assert!(outcome.locks.is_empty());
        let targets: Vec<String> = fixture.server.take_seen().into_iter().map(|seen| seen.target).collect();
        assert!(targets.contains(&sums.to_owned()));
        let was_downloaded = targets.contains(&archive.to_owned());
        assert_eq!(was_downloaded, expected.starts_with("archive"), "{expected}");
    }
}

#[test]
fn a_republished_package_is_refused() {
    let fixture = Fixture::new();
    fixture.publish("widget", &["1.0.0"]);
    let mut locks = LockFile::new();
    let old =
        ["zh:1111111111111111111111111111111111111111111111111111111111111111".parse().expect("is a hash")];
    locks.set(provider(WIDGET), ProviderLock::new(Version::new(1, 0, 0), Constraints::any(), old));
    let (outcome, _) = install(&fixture, "", &locks);
    let error = outcome.failures[0].error.to_string();
    assert!(
        error.starts_with("the current package for registry.example/acme/widget 1.0.0 doesn't match any"),
        "{error}"
    );
}

#[test]
fn registries_that_do_not_answer_as_they_should_are_named() {
    type Damage = fn(&Fixture);
    let cases: [(&str, Damage); 9] = [
        ("could not connect to registry.example: failed to request discovery document: https", |_| {}),
        ("host registry.example does not offer a provider registry", |fixture| {
            fixture.server.reply("/registry.example/.well-known/terraform.json", Reply::status(404));
        }),
        ("its discovery document is not a JSON object", |fixture| {
            fixture.server.reply("/registry.example/.well-known/terraform.json", Reply::ok("[1]"));
        }),
        ("unusable address for providers.v1", |fixture| {
            let document = json!({ "providers.v1": "ftp://x/" }).to_string();
            fixture.server.reply("/registry.example/.well-known/terraform.json", Reply::ok(document));
        }),
        (
            "provider registry registry.example does not have a provider named registry.example/acme/widget",
            |fixture| {
                fixture
                    .server
                    .reply("/registry.example/v1/providers/acme/widget/versions", Reply::status(404));
            },
        ),
        ("host registry.example requires authentication credentials", |fixture| {
            fixture.server.reply("/registry.example/v1/providers/acme/widget/versions", Reply::status(401));
        }),
        ("answered with status 503", |fixture| {
            fixture.server.reply("/registry.example/v1/providers/acme/widget/versions", Reply::status(503));
        }),
        ("is not as the registry protocol asks", |fixture| {
            fixture.server.reply("/registry.example/v1/providers/acme/widget/versions", Reply::ok("<html>"));
        }),
        ("speaks plugin protocol 4.0, but only 5 and 6 are supported", |fixture| {
            describe(fixture, "1.0.0", |description| description["protocols"] = json!(["4.0"]));
        }),
    ];
    for (index, (expected, damage)) in cases.into_iter().enumerate() {
        let fixture = Fixture::new();
        fixture.publish("widget", &["1.0.0"]);
        if index == 0 {
            fixture.server.reply("/registry.example/.well-known/terraform.json", Reply::status(500));
        }
        damage(&fixture);
        let (outcome, _) = install(&fixture, "", &LockFile::new());
        let error = outcome.failures.first().expect(expected).error.to_string();
        let expected = expected.strip_suffix("https").unwrap_or(expected);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn hosts_are_asked_for_their_services_once() {
    let fixture = Fixture::new();
    fixture.publish("widget", &["1.0.0"]);
    fixture.publish("gadget", &["1.0.0"]);
    let required = [(WIDGET, ""), ("registry.example/acme/gadget", "")];
    fixture.install(&fixture.registries(), &required, &LockFile::new(), InstallMode::Missing);
    let asked = fixture.server.take_seen();
    let discoveries = asked.iter().filter(|seen| seen.target.contains(".well-known")).count();
    assert_eq!(discoveries, 1);
}

#[test]
fn host_blocks_replace_discovery() {
    let fixture = Fixture::new();
    let list = json!({ "versions": [{ "version": "1.0.0" }] });
    fixture.server.reply("/other.example/v1/acme/widget/versions", Reply::ok(list.to_string()));
    let mut configuration = CliConfiguration::default();
    let services = [("providers.v1".to_owned(), json!("https://other.example/v1"))];
    configuration.hosts.insert("registry.example".to_owned(), services.into_iter().collect());
    let services = Services::new(fixture.client.clone(), Credentials::none(), &configuration);
    let registries = SourceSet::direct(&fixture.client, &std::sync::Arc::new(services));
    assert_eq!(registries.versions(&provider(WIDGET)).expect("answers").versions, [Version::new(1, 0, 0)]);
    assert_eq!(fixture.server.take_seen().len(), 1);
}

#[test]
fn warnings_of_publishers_are_passed_on() {
    let fixture = Fixture::new();
    fixture.publish("widget", &["1.0.0"]);
    let list = json!({ "versions": [{ "version": "1.0.0" }, { "version": "odd" }], "warnings": ["moved"] });
    fixture.server.reply("/registry.example/v1/providers/acme/widget/versions", Reply::ok(list.to_string()));
    let (_, events) = install(&fixture, "", &LockFile::new());
    assert_eq!(events[1], "warn moved");
}

fn network_mirror(fixture: &Fixture) -> SourceSet {
    let base = WebAddress::parse("https://mirror.example/providers").expect("is an address");
    let mirror = NetworkMirror::new(base, fixture.client.clone(), fixture.services.clone());
    let mut set = SourceSet::new();
    set.add(Box::new(mirror), ProviderFilter::default());
    set
}

#[test]
fn installs_from_network_mirrors() {
    let fixture = Fixture::with_variables(&[("TF_TOKEN_mirror_example", "secret")]);
    let base = "/mirror.example/providers/registry.example/acme/widget";
    let archive = crate::testing::package_zip("widget", "1.0.0", b"mirrored");
    let path = fixture.path("a.zip");
    std::fs::write(&path, &archive).expect("writes");
    let hash = hash_archive_files(&path).expect("hashes");
    fixture
        .server
        .reply(&format!("{base}/index.json"), Reply::ok(json!({ "versions": { "1.0.0": {} } }).to_string()));
    let describe = |hashes: serde_json::Value| {
        let archive = json!({ "url": "w.zip", "hashes": hashes });
        let document = json!({ "archives": { "linux_amd64": archive } });
        fixture.server.reply(&format!("{base}/1.0.0.json"), Reply::ok(document.to_string()));
    };
    fixture.server.reply(&format!("{base}/w.zip"), Reply::ok(archive));

    let source = network_mirror(&fixture);
    let install = || fixture.install(&source, &[(WIDGET, "")], &LockFile::new(), InstallMode::Missing);
    describe(json!(["zh:00", hash.as_str()]));
    let (outcome, events) = install();
    assert_eq!(
        events.last().map(String::as_str),
        Some("fetched registry.example/acme/widget 1.0.0 (verified checksum)")
    );
    assert_eq!(outcome.locks.get(&provider(WIDGET)).expect("is locked").hashes(), [hash]);
    for seen in fixture.server.take_seen() {
        assert_eq!(seen.authorization.is_some(), seen.target.ends_with(".json"), "{}", seen.target);
    }
    describe(json!([]));
    let (_, events) = install();
    assert_eq!(
        events.last().map(String::as_str),
        Some("fetched registry.example/acme/widget 1.0.0 (unauthenticated)")
    );
    for (hashes, expected) in [
        (json!(["h1:other"]), "provider package doesn't match any of the expected checksums: h1:other"),
        (
            json!(["h9:other"]),
            "the mirror gives only checksums of unknown schemes for this package: h9:other",
        ),
        (json!(["other"]), "the mirror's checksum \"other\" is invalid"),
    ] {
        describe(hashes);
        let (outcome, _) = install();
        let error = outcome.failures[0].error.to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error = source.versions(&provider("acme/other")).expect_err("is not there");
    assert_eq!(
        error,
        SourceError::NotFound {
            provider: provider("acme/other"),
            places: vec!["https://mirror.example/providers/".to_owned()]
        }
    );
}
