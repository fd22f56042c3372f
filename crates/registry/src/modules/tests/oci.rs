//! Packages in registries of images, good ones and bad ones.

use super::*;
use crate::oci::{OciDefaults, OciLoginSettings, OciPrefix};
use crate::web::Token;

const REALM: &str = "Bearer realm=\"https://auth.example/token\",service=\"images\"";

/// What a registry has for a repository.
struct Published {
    /// The digest of the manifest.
    digest: String,
    /// Where the archive is.
    blob: String,
}

fn digest_of(content: &[u8]) -> String {
    format!("sha256:{}", hexadecimal(&Sha256::digest(content)))
}

fn archive() -> Vec<u8> {
    zip_bytes(&[Entry::file("main.tf", b"root"), Entry::file("sub/main.tf", b"sub")])
}

fn manifest(archive: &[u8]) -> serde_json::Value {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.opentofu.modulepkg",
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "size": 2 },
        "layers": [{ "mediaType": "archive/zip", "digest": digest_of(archive), "size": archive.len() }],
    })
}

fn challenge(header: &str) -> Reply {
    Reply { headers: vec![("WWW-Authenticate".to_owned(), header.to_owned())], ..Reply::status(401) }
}

impl Fixture {
    /// Puts a package into a repository `images.example/NAME`, with a tag.
    fn push(&self, name: &str, tag: &str, archive: &[u8]) -> Published {
        let manifest = manifest(archive).to_string();
        let (base, digest) = (format!("/images.example/v2/{name}"), digest_of(manifest.as_bytes()));
        let blob = format!("{base}/blobs/{}", digest_of(archive));
        for version in [tag, &digest] {
            self.server.reply(&format!("{base}/manifests/{version}"), Reply::ok(manifest.clone()));
        }
        self.server.reply(&blob, Reply::ok(archive));
        Published { digest, blob }
    }

    /// Lets a registry ask for something before it gives the manifest with a tag.
    fn protect(&self, name: &str, tag: &str, header: &str) {
        let path = format!("/images.example/v2/{name}/manifests/{tag}");
        let content = manifest(&archive()).to_string();
        self.server.reply_in_turn(&path, vec![challenge(header), Reply::ok(content)]);
    }

    /// Who asked for what, without the digests.
    fn shown(&self) -> Vec<(String, Option<String>)> {
        let seen = self.server.take_seen().into_iter();
        seen.map(|seen| {
            let target = seen.target.split("sha256:").next().unwrap_or_default().to_owned();
            (target, seen.authorization)
        })
        .collect()
    }
}

fn with_settings(settings: &OciSettings) -> Fixture {
    Fixture::over(|http| http, settings)
}

fn login(prefix: &str, login: OciLoginSettings) -> OciSettings {
    let prefix = OciPrefix::parse(prefix).expect("is one");
    OciSettings { logins: vec![(prefix, login)], defaults: None }
}

#[test]
fn packages_have_a_tag_or_a_digest() {
    let mut fixture = Fixture::new();
    let published = fixture.push("team/net", "1.0", &archive());
    fixture.push("team/net", "latest", &archive());
    let digest = published.digest;
    for (source, directory) in [
        ("oci://images.example/team/net".to_owned(), "a"),
        ("oci://images.example/team/net//sub?tag=1.0".to_owned(), "a/sub"),
        (format!("oci://images.example/team/net//s*?digest={digest}"), "a/sub"),
    ] {
        assert_eq!(fixture.install_one(&source, "").as_deref(), Ok(directory), "{source}");
        assert_eq!(fixture.read("a/sub/main.tf"), "sub");
        std::fs::remove_dir_all(fixture.modules()).expect("removes");
        fixture.installer.forget();
    }
    assert!(fixture.shown().iter().all(|(_, authorization)| authorization.is_none()));
}

#[test]
fn registries_of_docker_hub_have_their_protocol_elsewhere() {
    let mut fixture = Fixture::new();
    let content = archive();
    let base = "/registry-1.docker.io/v2/team/net";
    let manifest = Reply::ok(manifest(&content).to_string());
    fixture.server.reply(&format!("{base}/manifests/latest"), manifest);
    fixture.server.reply(&format!("{base}/blobs/{}", digest_of(&content)), Reply::ok(content));
    fixture.install_one("oci://docker.io/team/net", "").expect("installs");
}

#[test]
fn what_is_not_what_it_should_be_leaves_nothing() {
    let mut fixture = Fixture::new();
    let good = archive();
    let other = zip_bytes(&[Entry::file("main.tf", b"evil")]);
    // Another archive of the same length, and one that is longer than the manifest says.
    let mut swapped = good.clone();
    swapped[40] ^= 1;
    for (name, content) in [("swapped", swapped), ("longer", [good.clone(), vec![0; 100]].concat())] {
        let published = fixture.push(name, "1", &good);
        fixture.server.reply(&published.blob, Reply::ok(content));
    }
    let published = fixture.push("other", "1", &good);
    let manifest_of_other = Reply::ok(manifest(&other).to_string());
    let at = |name: &str, version: &str| format!("/images.example/v2/{name}/manifests/{version}");
    fixture.server.reply(&at("other", &published.digest), manifest_of_other.clone());
    let claims = vec![("Docker-Content-Digest".to_owned(), published.digest.clone())];
    fixture.server.reply(&at("claims", "1"), Reply { headers: claims, ..manifest_of_other });
    let gone = fixture.push("gone", "1", &good);
    fixture.server.reply(&gone.blob, Reply::status(404));
    fixture.push("up", "1", &zip_bytes(&[Entry::file("../x", b"x")]));
    fixture.push("broken", "1", b"no archive");
    let mut index = manifest(&good);
    index["mediaType"] = "application/vnd.oci.image.index.v1+json".into();
    fixture.server.reply(&at("index", "1"), Reply::ok(index.to_string()));
    fixture.server.reply(&at("large", "1"), Reply::ok(" ".repeat(5 << 20)));
    fixture.server.reply(&at("failing", "1"), Reply::status(500));
    let digest = format!("other?digest={}", published.digest);
    for (source, expected) in [
        ("swapped?tag=1", "the archive from images.example/swapped does not have the digest"),
        ("longer?tag=1", "is larger than"),
        (digest.as_str(), "the manifest from images.example/other does not have the digest"),
        ("claims?tag=1", "the manifest from images.example/claims does not have the digest"),
        ("gone?tag=1", "status 404"),
        ("up?tag=1", "not a path inside the package"),
        ("broken?tag=1", "the archive cannot be read"),
        ("index?tag=1", "is an index of several"),
        ("large?tag=1", "is larger than 4194304 bytes"),
        ("failing?tag=1", "status 500"),
        ("none?tag=2.0", "images.example/none has nothing with the tag 2.0"),
        ("none", "images.example/none has nothing with the tag latest"),
        ("up?tag=1&digest=x", "cannot both be given"),
        ("up?ref=sesame", "there is no argument \"ref\""),
    ] {
        let source = format!("oci://images.example/{source}");
        fixture.check_refused(&source, expected);
        assert!(!fixture.install_one(&source, "").expect_err("is refused").contains("sesame"));
    }
    assert!(!fixture.scratch.path().join("x").exists());
}

#[test]
fn tokens_are_issued_for_a_repository() {
    let password = OciLoginSettings::Password(Token::login("me", "sesame"));
    let tokens = OciLoginSettings::Tokens { access: Token::new("mine"), refresh: Token::new("sesame") };
    let refresh = OciLoginSettings::Tokens { access: Token::new(""), refresh: Token::new("sesame") };
    let asked = "/auth.example/token?service=images&scope=repository%3Ateam%2Fnet%3Apull";
    let basic = Some("Basic bWU6c2VzYW1l".to_owned());
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    for (settings, requests, shown) in [
        (OciSettings::default(), vec![(asked, None)], bearer("issued")),
        (login("images.example/team", password), vec![(asked, basic)], bearer("issued")),
        (login("images.example", tokens), vec![], bearer("mine")),
        (login("images.example", refresh), vec![("POST /auth.example/token", None)], bearer("refreshed")),
    ] {
        let mut fixture = with_settings(&settings);
        fixture.push("team/net", "1", &archive());
        fixture.protect("team/net", "1", REALM);
        fixture.server.reply(asked, Reply::ok(json!({ "token": "issued" }).to_string()));
        let refreshed = Reply::ok(json!({ "access_token": "refreshed", "token": "" }).to_string());
        fixture.server.reply("POST /auth.example/token", refreshed);
        fixture.install_one("oci://images.example/team/net?tag=1", "").expect("installs");
        let mut expected = vec![("/images.example/v2/team/net/manifests/1".to_owned(), None)];
        expected.extend(requests.iter().map(|(target, shown)| ((*target).to_owned(), shown.clone())));
        expected.push(("/images.example/v2/team/net/manifests/1".to_owned(), shown.clone()));
        expected.push(("/images.example/v2/team/net/blobs/".to_owned(), shown));
        assert_eq!(fixture.shown(), expected);
    }
}

#[test]
fn logins_come_from_files_of_other_programs() {
    let wrong = OciDefaults { has_ambient: false, ..OciDefaults::default() };
    for (defaults, expected) in [(None, Some("Basic bWU6c2VzYW1l")), (Some(wrong), None)] {
        let mut fixture = with_settings(&OciSettings { logins: Vec::new(), defaults });
        let docker = fixture.scratch.path().join(".docker");
        std::fs::create_dir(&docker).expect("makes a directory");
        let logins = json!({ "auths": {
            "images.example": { "auth": "bm9ib2R5Og==" },
            "images.example/team": { "auth": "bWU6c2VzYW1l" },
        }});
        std::fs::write(docker.join("config.json"), logins.to_string()).expect("writes");
        std::fs::write(fixture.scratch.path().join(".dockercfg"), "no JSON").expect("writes");
        fixture.push("team/net", "1", &archive());
        fixture.protect("team/net", "1", "Basic realm=\"x\"");
        let installed = fixture.install_one("oci://images.example/team/net?tag=1", "");
        match expected {
            Some(_) => assert_eq!(installed.as_deref(), Ok("a")),
            None => assert!(installed.expect_err("is refused").contains("no login for it is known")),
        }
        assert_eq!(fixture.shown().get(1).and_then(|(_, shown)| shown.as_deref()), expected);
    }
}

#[test]
fn who_is_not_let_in_is_told_so() {
    let me = || login("images.example", OciLoginSettings::Password(Token::login("me", "sesame")));
    let helper = || login("images.example", OciLoginSettings::Helper("of-nobody".to_owned()));
    let missing = PathBuf::from("/nowhere/at/all.json");
    let defaults = Some(OciDefaults { files: Some(vec![missing]), ..OciDefaults::default() });
    let files = || OciSettings { logins: Vec::new(), defaults: defaults.clone() };
    let realm = |address: &str| format!("Bearer realm=\"{address}\"");
    for (settings, header, expected) in [
        (OciSettings::default(), "Basic realm=\"x\"".to_owned(), "no login for it is known"),
        (OciSettings::default(), REALM.to_owned(), "no login for it is known"),
        (me(), REALM.to_owned(), "the registry refused the user name and the password"),
        (me(), "Negotiate".to_owned(), "in a way that the distribution protocol does not know"),
        (me(), realm("http://auth.example/token"), "it is not encrypted"),
        (me(), realm("https://127.0.0.1/token"), "another server on this machine alone"),
        (me(), realm("auth.example"), "must be an absolute URL"),
        (me(), realm("https://empty.example/token"), "answered without a token"),
        (me(), realm("https://failing.example/token"), "status 500"),
        (helper(), REALM.to_owned(), "no program docker-credential-of-nobody"),
        (files(), REALM.to_owned(), "the file of logins /nowhere/at/all.json"),
    ] {
        let mut fixture = with_settings(&settings);
        fixture.push("net", "1", &archive());
        fixture.protect("net", "1", &header);
        let scope = "scope=repository%3Anet%3Apull";
        let token = |host: &str, service: &str| format!("/{host}/token?{service}{scope}");
        fixture.server.reply(&token("auth.example", "service=images&"), Reply::status(401));
        fixture.server.reply(&token("empty.example", ""), Reply::ok("{}"));
        fixture.server.reply(&token("failing.example", ""), Reply::status(500));
        fixture.check_refused("oci://images.example/net?tag=1", expected);
    }
    let mut fixture = with_settings(&me());
    let path = "/images.example/v2/net/manifests/1";
    fixture.server.reply(path, challenge("Basic"));
    fixture.check_refused("oci://images.example/net?tag=1", "refused the user name and the password");
    fixture.server.reply(path, Reply::status(403));
    fixture.installer.forget();
    fixture.check_refused("oci://images.example/net?tag=1", "no login for it is known");
}

#[test]
fn archives_elsewhere_are_fetched_without_the_token() {
    let mut fixture = Fixture::new();
    let published = fixture.push("net", "1", &archive());
    fixture.protect("net", "1", REALM);
    let token = "/auth.example/token?service=images&scope=repository%3Anet%3Apull";
    fixture.server.reply(token, Reply::ok(json!({ "token": "issued" }).to_string()));
    fixture.server.reply(&published.blob, Reply::redirect("https://files.example/a?signature=x"));
    fixture.server.reply("/files.example/a?signature=x", Reply::ok(archive()));
    fixture.install_one("oci://images.example/net?tag=1", "").expect("installs");
    let shown = fixture.shown();
    assert_eq!(shown.last(), Some(&("/files.example/a?signature=x".to_owned(), None)), "{shown:?}");
}

#[cfg(unix)]
#[test]
fn registries_on_this_machine_may_be_without_encryption() {
    let server = TestServer::plain();
    let scratch = tempfile::tempdir().expect("makes a directory");
    let limits = WebLimits { retry_wait: Duration::ZERO, ..WebLimits::default() };
    let client = WebClient::new(Arc::new(UreqHttp::new(&Environment::empty(), "test")), limits);
    let services = Arc::new(Services::new(client.clone(), Credentials::none(), &CliConfiguration::default()));
    let buckets = Arc::new(MemoryBuckets(Vec::new()));
    let packages = scratch.path().join("modules");
    let mut installer =
        ModuleInstaller::new(client, services, None, buckets, Arc::default(), packages.clone());
    let content = archive();
    server.reply("/v2/net/manifests/latest", Reply::ok(manifest(&content).to_string()));
    server.reply(&format!("/v2/net/blobs/{}", digest_of(&content)), Reply::ok(content));
    let source = format!("oci://127.0.0.1:{}/net//sub", server.port);
    let request = ModuleRequest {
        key: "a".to_owned(),
        source: ModuleSource::parse(&source).expect("is a source"),
        constraints: Constraints::any(),
    };
    let outcome = installer.install(&[request], &|_, _| {}).pop().expect("has one");
    assert_eq!(outcome.result.expect("installs").directory, packages.join("a/sub"));
}
