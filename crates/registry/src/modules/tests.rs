//! Modules as they come from servers, good ones and bad ones.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::*;
use crate::oci::{OciCredentials, OciSettings};
use crate::package_hash::hexadecimal;
use crate::source::Services;
use crate::test_server::{Reply, Rerouted, TestServer};
use crate::testing::{Entry, TarEntry, tar_bytes, tar_gz_bytes, zip_bytes};
use crate::web::{Http, HttpError, HttpRequest, HttpResponse, UreqHttp, WebClient, WebLimits};
use crate::{CliConfiguration, Constraints, Credentials, Environment, UserDirectories};

mod oci;

/// A server that stands for every host, and a directory to install to.
struct Fixture {
    scratch: tempfile::TempDir,
    server: TestServer,
    installer: ModuleInstaller,
    announced: Mutex<Vec<String>>,
}

const TOKEN: (&str, &str) = ("TF_TOKEN_registry_example", "sesame");

/// What the buckets of the tests have in them.
const OBJECTS: [(&str, &str); 6] = [
    ("tree/main.tf", "# tree"),
    ("tree/inner/", ""),
    ("tree/inner/main.tf", "# inner"),
    ("tree2/main.tf", "# another"),
    ("broken.zip", "no archive"),
    ("outside/../../main.tf", "# outside"),
];

struct MemoryBuckets(Vec<(&'static str, &'static str)>);

impl Buckets for MemoryBuckets {
    fn list(&self, bucket: &BucketPlace, prefix: &str) -> Result<Vec<String>, String> {
        if bucket.name != "b" {
            return Err(format!("there is no bucket {}", bucket.name));
        }
        let keys = self.0.iter().map(|(key, _)| (*key).to_owned());
        Ok(keys.filter(|key| key.starts_with(prefix)).collect())
    }

    fn read(&self, _: &BucketPlace, key: &str, _: Option<&str>) -> Result<Option<Vec<u8>>, String> {
        let found = self.0.iter().find(|(known, _)| *known == key);
        Ok(found.map(|(_, content)| content.as_bytes().to_vec()))
    }
}

impl Fixture {
    fn new() -> Self {
        Self::over(|http| http, &OciSettings::default())
    }

    fn over<H: Http + 'static>(wrap: impl FnOnce(Rerouted<UreqHttp>) -> H, images: &OciSettings) -> Self {
        let (scratch, server) = (tempfile::tempdir().expect("makes a directory"), TestServer::plain());
        let environment: Environment = [TOKEN].into_iter().collect();
        let http = Rerouted { inner: UreqHttp::new(&environment, "test"), port: server.port };
        let limits = WebLimits { retry_wait: Duration::ZERO, ..WebLimits::default() };
        let client = WebClient::new(Arc::new(wrap(http)), limits);
        let configuration = CliConfiguration::default();
        let credentials = Credentials::new(&configuration, &environment, &UserDirectories::default());
        let services = Arc::new(Services::new(client.clone(), credentials, &configuration));
        let netrc = Some(scratch.path().join("netrc"));
        let buckets = Arc::new(MemoryBuckets(OBJECTS.to_vec()));
        let images = Arc::new(OciCredentials::new(images, &environment, Some(scratch.path())));
        let packages = scratch.path().join("modules");
        let installer = ModuleInstaller::new(client, services, netrc, buckets, images, packages);
        server.reply(
            "/registry.example/.well-known/terraform.json",
            Reply::ok(json!({ "modules.v1": "/v1/modules/" }).to_string()),
        );
        Fixture { scratch, server, installer, announced: Mutex::default() }
    }

    /// Puts versions of a module into the registry; all have their package at one place.
    fn publish(&self, name: &str, versions: &[&str], location: &str) {
        let base = format!("/registry.example/v1/modules/{name}");
        let listed: Vec<_> = versions.iter().map(|version| json!({ "version": version })).collect();
        let list = json!({ "modules": [{ "versions": listed }] }).to_string();
        self.server.reply(&format!("{base}/versions"), Reply::ok(list));
        for version in versions {
            self.server.reply(&format!("{base}/{version}/download"), elsewhere(location));
        }
    }

    fn install(&mut self, wanted: &[(&str, &str, &str)]) -> Vec<ModuleOutcome> {
        let requests: Vec<ModuleRequest> = wanted
            .iter()
            .map(|(key, source, constraints)| ModuleRequest {
                key: (*key).to_owned(),
                source: ModuleSource::parse(source).expect("is a source"),
                constraints: Constraints::parse(constraints).expect("is a list"),
            })
            .collect();
        let announced = &self.announced;
        self.installer.install(&requests, &|request, what| {
            announced.lock().expect("is not poisoned").push(format!("{} {what}", request.key));
        })
    }

    /// Installs one module: its directory below that of all modules, or what went wrong.
    fn install_one(&mut self, source: &str, constraints: &str) -> Result<String, String> {
        let outcome = self.install(&[("a", source, constraints)]).pop().expect("has one");
        let all = self.modules();
        outcome
            .result
            .map(|module| module.directory.strip_prefix(&all).expect("is below").display().to_string())
            .map_err(|error| error.to_string())
    }

    fn modules(&self) -> PathBuf {
        self.scratch.path().join("modules")
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.modules().join(name)).expect("reads")
    }

    #[track_caller]
    fn check_refused(&mut self, source: &str, expected: &str) {
        let said = self.install_one(source, "").expect_err("is refused");
        assert!(said.contains(expected), "{source}: {said}");
        assert_eq!(names_in(&self.modules()), Vec::<String>::new(), "{source}: something is left");
    }

    fn asked(&self) -> Vec<String> {
        self.server.take_seen().into_iter().map(|seen| seen.target).collect()
    }
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn elsewhere(location: &str) -> Reply {
    let headers = vec![("X-Terraform-Get".to_owned(), location.to_owned())];
    Reply { headers, ..Reply::status(204) }
}

fn package() -> Vec<u8> {
    tar_gz_bytes(&[TarEntry::File("main.tf", "root"), TarEntry::File("modules/sub/main.tf", "sub")])
}

#[test]
fn registries_say_which_versions_there_are_and_where() {
    let mut fixture = Fixture::new();
    fixture.publish("ns/name/sys", &["1.0.0", "1.1.0", "2.0.0", "odd"], "/files/a.tgz");
    fixture.server.reply("/registry.example/files/a.tgz", Reply::ok(package()));
    let outcomes = fixture.install(&[
        ("a", "registry.example/ns/name/sys", "~> 1.0"),
        ("b.c", "registry.example/ns/name/sys//modules/sub", ""),
    ]);
    let installed: Vec<_> =
        outcomes.iter().map(|outcome| outcome.result.as_ref().expect("is there")).collect();
    assert_eq!(installed[0].version, "1.1.0".parse().ok());
    assert_eq!(installed[0].directory, fixture.modules().join("a"));
    assert_eq!(installed[1].version, "2.0.0".parse().ok());
    assert_eq!(installed[1].directory, fixture.modules().join("b.c/modules/sub"));
    assert_eq!(outcomes[0].unreadable_versions, ["odd"]);
    assert_eq!(fixture.read("a/main.tf"), "root");
    assert_eq!(fixture.read("b.c/modules/sub/main.tf"), "sub");
    assert_eq!(names_in(&fixture.modules()), ["a", "b.c"]);
    assert_eq!(
        fixture.announced.lock().expect("is not poisoned")[..],
        ["a registry.example/ns/name/sys 1.1.0", "b.c registry.example/ns/name/sys 2.0.0"]
    );
    let seen = fixture.server.take_seen();
    let count = |end: &str| seen.iter().filter(|seen| seen.target.ends_with(end)).count();
    // The list is asked for once, and one package is fetched once, whichever version it is.
    assert_eq!((count("/versions"), count("/download"), count("a.tgz")), (1, 2, 1), "{seen:?}");
    for seen in &seen {
        let is_service = seen.target.contains("/v1/") || seen.target.contains(".well-known");
        let expected = is_service.then(|| "Bearer sesame".to_owned());
        assert_eq!(seen.authorization, expected, "{}", seen.target);
    }
}

#[test]
fn registries_that_fail_say_how() {
    let mut fixture = Fixture::new();
    fixture.publish("ns/none/sys", &[], "");
    fixture.publish("ns/bad/sys", &["1.0.0"], "ns/name/sys");
    fixture.publish("ns/nowhere/sys", &["1.0.0"], "");
    fixture.publish("ns/one/sys", &["1.0.0"], "");
    let at = |name: &str| format!("/registry.example/v1/modules/ns/{name}/sys/versions");
    fixture.server.reply(&at("denied"), Reply::status(403));
    fixture.server.reply(&at("broken"), Reply::status(500));
    fixture.server.reply(&at("garbage"), Reply::ok("{{{"));
    fixture.server.reply(&at("empty"), Reply::ok("{\"modules\":[]}"));
    for (source, constraints, expected) in [
        ("registry.example/ns/unknown/sys", "", "has no module registry.example/ns/unknown/sys"),
        ("registry.example/ns/none/sys", "", "has no version"),
        ("registry.example/ns/bad/sys", "", "says that the package is at \"ns/name/sys\""),
        ("registry.example/ns/nowhere/sys", "", "does not say where version 1.0.0"),
        ("registry.example/ns/one/sys", "> 1.0", "the newest version is 1.0.0"),
        ("registry.example/ns/denied/sys", "", "rejected the given authentication"),
        ("registry.example/ns/broken/sys", "", "status 500"),
        ("registry.example/ns/garbage/sys", "", "registry protocol does not know"),
        ("registry.example/ns/empty/sys", "", "no module where the versions"),
        ("other.example/ns/name/sys", "", "does not offer a module registry"),
    ] {
        let said = fixture.install_one(source, constraints).expect_err("is refused");
        assert!(said.contains(expected), "{source}: {said}");
        assert!(!said.contains("sesame"), "{said}");
    }
    assert_eq!(names_in(&fixture.modules()), Vec::<String>::new());
}

#[test]
fn locations_may_be_in_the_body_and_name_a_directory() {
    let mut fixture = Fixture::new();
    fixture.publish("ns/name/sys", &["1.0.0"], "");
    let body = json!({ "location": "https://files.example/a.tgz//modules?archive=tgz" }).to_string();
    fixture.server.reply("/registry.example/v1/modules/ns/name/sys/1.0.0/download", Reply::ok(body));
    fixture.server.reply("/files.example/a.tgz", Reply::ok(package()));
    assert_eq!(fixture.install_one("registry.example/ns/name/sys//sub", "").as_deref(), Ok("a/modules/sub"));
    let refused = fixture.install_one("registry.example/ns/name/sys//none", "").expect_err("is refused");
    assert!(refused.contains("no directory \"modules/none\""), "{refused}");
    assert_eq!(fixture.read("a/modules/sub/main.tf"), "sub", "what was there stays");
}

#[test]
fn archives_of_all_kinds_are_unpacked() {
    let mut fixture = Fixture::new();
    let zip = zip_bytes(&[Entry::file("modules/sub/main.tf", b"sub")]);
    let digest = hexadecimal(&Sha256::digest(&zip));
    fixture.server.reply("/h.example/a.zip", Reply::ok(zip.clone()));
    fixture.server.reply("/h.example/plain?x=1", Reply::ok(package()));
    fixture.server.reply("/h.example/sums", Reply::ok(format!("{digest}  a.zip\n")));
    let local = fixture.scratch.path().join("local.zip");
    std::fs::write(&local, zip).expect("writes");
    let local = local.display();
    for source in [
        format!("https://h.example/a.zip//modules/sub?checksum=sha256:{digest}"),
        format!("https://h.example/a.zip//modules/sub?checksum={digest}"),
        "https://h.example/a.zip//*/s*?checksum=file:https://h.example/sums".to_owned(),
        "https://h.example/plain//modules/sub?archive=tar.gz&x=1".to_owned(),
        format!("{local}//modules/sub"),
        format!("file://{local}//modules/sub?checksum=sha256:{digest}"),
    ] {
        assert_eq!(fixture.install_one(&source, "").as_deref(), Ok("a/modules/sub"), "{source}");
        assert_eq!(fixture.read("a/modules/sub/main.tf"), "sub");
        std::fs::remove_dir_all(fixture.modules()).expect("removes");
        fixture.installer.forget();
    }
}

#[test]
fn bad_archives_leave_nothing_behind() {
    let mut fixture = Fixture::new();
    let good = package();
    let broken = Reply { breaks_off: true, ..Reply::ok(good.clone()) };
    fixture.server.reply("/h.example/broken.tgz", broken);
    fixture.server.reply("/h.example/half.tgz", Reply::ok(&good[..good.len() / 2]));
    fixture.server.reply("/h.example/bare.tgz", Reply::ok(tar_bytes(&[TarEntry::File("main.tf", "x")])));
    fixture.server.reply("/h.example/up.tgz", Reply::ok(tar_gz_bytes(&[TarEntry::File("../x", "x")])));
    fixture.server.reply("/h.example/up.zip", Reply::ok(zip_bytes(&[Entry::file("../x", b"x")])));
    fixture.server.reply("/h.example/link.tgz", Reply::ok(tar_gz_bytes(&[TarEntry::Symlink("l", "/etc")])));
    fixture.server.reply("/h.example/loop", Reply::redirect("/h.example/loop"));
    fixture.server.reply("/h.example/good.tgz", Reply::ok(good));
    let zeros = format!("checksum=sha256:{}", "0".repeat(64));
    for (source, expected) in [
        ("https://h.example/broken.tgz", "broke off"),
        ("https://h.example/half.tgz", "the archive cannot be read"),
        ("https://h.example/bare.tgz", "the archive cannot be read"),
        ("https://h.example/good.tgz?archive=zip", "the archive cannot be read"),
        ("https://h.example/up.tgz", "not a path inside the package"),
        ("https://h.example/up.zip", "not a path inside the package"),
        ("https://h.example/link.tgz", "a link that leads out of the package"),
        ("https://h.example/none.tgz", "status 404"),
        ("https://h.example/none.tgz?token=secret", "status 404"),
        ("https://me:secret@h.example/none.tgz", "https://h.example/none.tgz"),
        (&format!("https://h.example/good.tgz?{zeros}"), "is expected"),
        ("https://h.example/good.tgz?checksum=file:https://h.example/good.tgz", "has none for"),
        ("https://h.example/good.tgz//none", "no directory \"none\""),
        ("https://h.example/good.tgz//none-*", "no directory \"none-*\""),
        ("/nowhere/at/all", "cannot be read"),
        ("/nowhere/at/all.zip", "cannot be read"),
        ("hg::https://h.example/x", "from Mercurial repositories"),
    ] {
        fixture.check_refused(source, expected);
        let said = fixture.install_one(source, "").expect_err("is refused");
        assert!(!said.contains("secret"), "{said}");
    }
    assert!(!fixture.scratch.path().join("x").exists());
}

#[test]
fn archives_unfold_within_limits() {
    let mut fixture = Fixture::new();
    fixture.installer.limit(crate::UnpackLimits { bytes_max: 1000, entries_max: 10 });
    let bomb = "0".repeat(100_000);
    fixture.server.reply("/h.example/a.tgz", Reply::ok(tar_gz_bytes(&[TarEntry::File("a", &bomb)])));
    fixture.server.reply("/h.example/a.zip", Reply::ok(zip_bytes(&[Entry::file("a", bomb.as_bytes())])));
    fixture.check_refused("https://h.example/a.tgz", "more than 1000 bytes");
    fixture.check_refused("https://h.example/a.zip", "more than 1000 bytes");
}

#[test]
fn pages_say_where_modules_are() {
    let mut fixture = Fixture::new();
    let at = |name: &str| format!("/h.example/{name}?terraform-get=1");
    let page =
        "<html><head><meta name=\"terraform-get\" content=\"https://files.example/a.tgz\"></head></html>";
    fixture.server.reply(&at("meta"), Reply::ok(page));
    fixture.server.reply(&at("header"), elsewhere("https://files.example/a.tgz//modules"));
    fixture.server.reply(&at("again"), elsewhere("https://h.example/meta"));
    fixture.server.reply(&at("loop"), elsewhere("https://h.example/loop"));
    fixture.server.reply(&at("nothing"), Reply::ok("hello"));
    fixture.server.reply(&at("nonsense"), elsewhere("a/b/c"));
    fixture.server.reply("/files.example/a.tgz", Reply::ok(package()));
    for (source, file) in [
        ("https://h.example/meta", "a/main.tf"),
        ("https://h.example/again//modules", "a/modules/sub/main.tf"),
        // The directory that the page names takes the place of the package.
        ("https://h.example/header", "a/sub/main.tf"),
    ] {
        fixture.install_one(source, "").expect("installs");
        assert!(
            fixture.modules().join(file).exists(),
            "{source}: {:?}",
            names_in(&fixture.modules().join("a"))
        );
        std::fs::remove_dir_all(fixture.modules()).expect("removes");
        fixture.installer.forget();
    }
    fixture.check_refused("https://h.example/loop", "more than 10 pages");
    fixture.check_refused("https://h.example/nothing", "does not say where the module is");
    fixture.check_refused("https://h.example/nonsense", "at an address that is none");
    fixture.check_refused("https://h.example/none", "status 404");
    fixture.check_refused(
        "https://h.example/meta?checksum=md5:900150983cd24fb0d6963f7d28e17f72",
        "for an archive only",
    );
}

#[test]
fn logins_come_from_addresses_or_the_file_of_logins() {
    let mut fixture = Fixture::new();
    let netrc = fixture.scratch.path().join("netrc");
    std::fs::write(netrc, "machine h.example login me password one\n").expect("writes");
    for host in ["h.example", "other.example"] {
        fixture.server.reply(&format!("/{host}/a.tgz"), Reply::ok(package()));
    }
    fixture.server.reply("/h.example/b.tgz", Reply::redirect("https://other.example/a.tgz"));
    for (source, expected) in [
        ("https://h.example/a.tgz", Some("Basic bWU6b25l")),
        ("https://you:two@h.example/a.tgz", Some("Basic eW91OnR3bw==")),
        ("https://other.example/a.tgz", None),
    ] {
        fixture.install_one(source, "").expect("installs");
        let seen = fixture.server.take_seen();
        assert_eq!(seen[0].authorization.as_deref(), expected, "{source}");
    }
}

#[test]
fn equal_packages_are_fetched_once_whatever_is_wanted_of_them() {
    let mut fixture = Fixture::new();
    fixture.server.reply("/h.example/a.tgz", Reply::ok(package()));
    let outcomes = fixture.install(&[
        ("a", "https://h.example/a.tgz", ""),
        ("b", "https://h.example/a.tgz//modules/sub", ""),
        ("c", "https://h.example/a.tgz//none", ""),
        ("d", "https://h.example/none.tgz", ""),
    ]);
    let are_there: Vec<bool> = outcomes.iter().map(|outcome| outcome.result.is_ok()).collect();
    assert_eq!(are_there, [true, true, false, false]);
    // A later round of the same command, in which other modules have become known.
    fixture.install(&[("a.x", "https://h.example/a.tgz", "")]);
    let asked = fixture.asked();
    assert_eq!(asked.iter().filter(|target| target.ends_with("/a.tgz")).count(), 1, "{asked:?}");
    for key in ["a", "b", "a.x"] {
        assert_eq!(fixture.read(&format!("{key}/modules/sub/main.tf")), "sub", "{key}");
    }
    std::fs::write(fixture.modules().join("b/main.tf"), "changed").expect("writes");
    assert_eq!(fixture.read("a/main.tf"), "root", "each has files of its own");
    assert_eq!(names_in(&fixture.modules()), ["a", "a.x", "b"]);
}

/// Lets downloads go on only when so many are under way together.
struct Together<H> {
    inner: H,
    wanted: usize,
    /// How many have come, and whether somebody has waited in vain.
    arrived: Mutex<(usize, bool)>,
    bell: Condvar,
}

impl<H: Http> Http for Together<H> {
    fn send(&self, request: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
        let patience = Duration::from_secs(20);
        let mut arrived = self.arrived.lock().expect("is not poisoned");
        arrived.0 += 1;
        self.bell.notify_all();
        let is_missing = |arrived: &mut (usize, bool)| arrived.0 < self.wanted;
        let (arrived, waited) =
            self.bell.wait_timeout_while(arrived, patience, is_missing).expect("is not poisoned");
        drop(arrived);
        if waited.timed_out() {
            return Err(HttpError { message: "the others did not come".to_owned(), is_transient: false });
        }
        self.inner.send(request)
    }
}

#[test]
fn packages_are_fetched_side_by_side() {
    let together = |inner| Together { inner, wanted: 3, arrived: Mutex::default(), bell: Condvar::new() };
    let mut fixture = Fixture::over(together, &OciSettings::default());
    let names = ["a", "b", "c"];
    for name in names {
        fixture.server.reply(&format!("/h.example/{name}.tgz"), Reply::ok(package()));
    }
    let sources = names.map(|name| format!("https://h.example/{name}.tgz"));
    let wanted: Vec<_> =
        names.iter().zip(&sources).map(|(name, source)| (*name, source.as_str(), "")).collect();
    for outcome in fixture.install(&wanted) {
        outcome.result.expect("the others are fetched meanwhile");
    }
}

#[test]
fn what_a_crash_has_left_is_cleared_away() {
    let mut fixture = Fixture::new();
    let left = fixture.modules().join(".fetching-old");
    std::fs::create_dir_all(&left).expect("makes a directory");
    let fresh = fixture.modules().join(".fetching-new");
    std::fs::create_dir_all(&fresh).expect("makes a directory");
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(3 * 24 * 3600);
    std::fs::File::open(&left).and_then(|file| file.set_modified(long_ago)).expect("sets the time");
    fixture.server.reply("/h.example/a.tgz", Reply::ok(package()));
    fixture.install_one("https://h.example/a.tgz", "").expect("installs");
    assert_eq!(names_in(&fixture.modules()), [".fetching-new", "a"], "another run may be at work");
}

proptest! {
    #[test]
    fn anything_may_be_a_source_and_what_is_recorded_means_the_same(
        text in "(\\./|git::|https://|/|s3::|git@|github.com/|file://|oci://)?[a-z./:@?=&*%-]{0,30}|.{0,30}",
    ) {
        if let Ok(source) = ModuleSource::parse(&text) {
            let full = source.to_full();
            let again = ModuleSource::parse(&full).map(|again| again.to_full());
            prop_assert_eq!(again.as_deref(), Ok(full.as_str()), "{}", text);
        }
        let _ = ModuleSource::parse_with_version(&text);
        let _ = super::html::module_address(&text);
    }
}

#[cfg(unix)]
#[test]
fn directories_on_this_machine_are_linked_to() {
    let mut fixture = Fixture::new();
    let local = fixture.scratch.path().join("local");
    std::fs::create_dir_all(local.join("sub")).expect("makes a directory");
    let source = format!("{}//sub", local.display());
    let outcomes = fixture.install(&[("a", &source, ""), ("b", &source, "")]);
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()), "{outcomes:?}");
    // What is written there is seen without installing again.
    std::fs::write(local.join("sub/main.tf"), "late").expect("writes");
    for key in ["a", "b"] {
        assert_eq!(std::fs::read_link(fixture.modules().join(key)).expect("is a link"), local);
        assert_eq!(fixture.read(&format!("{key}/sub/main.tf")), "late");
    }
    fixture.server.reply("/h.example/a.tgz", Reply::ok(package()));
    fixture.install_one("https://h.example/a.tgz", "").expect("takes the place of the link");
    assert!(local.join("sub/main.tf").exists(), "what the link led to stays");
}

#[test]
fn modules_are_copied_to_empty_directories() {
    let mut fixture = Fixture::new();
    fixture.publish("ns/name/sys", &["1.0.0"], "https://files.example/a.tgz");
    fixture.server.reply("/files.example/a.tgz", Reply::ok(package()));
    let target = fixture.scratch.path().join("work");
    std::fs::create_dir(&target).expect("makes a directory");
    let source = ModuleSource::parse("registry.example/ns/name/sys//modules").expect("is a source");
    fixture.installer.copy_to(&source, &target, &|_| {}).expect("copies");
    assert_eq!(std::fs::read_to_string(target.join("sub/main.tf")).expect("reads"), "sub");
    assert_eq!(names_in(&target), ["sub"]);
}

#[test]
fn objects_below_a_name_are_a_package() {
    let mut fixture = Fixture::new();
    let source = "s3::https://s3.amazonaws.com/b/tree";
    assert_eq!(fixture.install_one(source, ""), Ok("a".to_owned()));
    assert_eq!(fixture.read("a/main.tf"), "# tree");
    assert_eq!(names_in(&fixture.modules().join("a")), ["inner", "main.tf"]);
    assert_eq!(fixture.install_one(&format!("{source}//inner"), ""), Ok("a/inner".to_owned()));
    assert_eq!(fixture.read("a/inner/main.tf"), "# inner");
}

#[test]
fn buckets_that_cannot_serve_leave_nothing() {
    for (path, expected) in [
        ("b/none", "the bucket \"b\" has no object \"none\", and none below it"),
        ("b/none.zip", "the bucket \"b\" has no object \"none.zip\""),
        ("b/tree/main.tf", "the bucket \"b\" has no object \"tree/main.tf\", and none below it"),
        ("b/broken.zip", "the archive cannot be read"),
        ("b/broken.zip?checksum=md5:00000000000000000000000000000000", "the archive has the checksum"),
        (
            "b/tree?checksum=md5:00000000000000000000000000000000",
            "a checksum can be given for an archive only",
        ),
        ("b/outside", "\"../../main.tf\", which is not a path inside the package"),
        ("b/tree//none", "has no directory \"none\""),
        ("c/tree", "there is no bucket c"),
    ] {
        Fixture::new().check_refused(&format!("s3::https://s3.amazonaws.com/{path}"), expected);
    }
}
