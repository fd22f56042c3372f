//! Locking and mirroring for several platforms.

use std::sync::Mutex;

use super::fixture::{Fixture, names_below, provider, requirements};
use crate::source::{FilesystemMirror, Source};
use crate::test_server::Reply;
use crate::*;

const WIDGET: &str = "registry.example/acme/widget";

fn platforms(names: &[&str]) -> Vec<Platform> {
    names.iter().map(|name| name.parse().expect("is one")).collect()
}

#[test]
fn checksums_for_further_platforms_are_added() {
    let fixture = Fixture::new();
    fixture.publish("widget", &["1.0.0", "1.1.0"]);
    let required = requirements(&[(WIDGET, "~> 1.0"), ("terraform.io/builtin/terraform", "")]);
    let lock = |locks: &LockFile, names: &[&str], source: &dyn Source| {
        let changes = Mutex::new(Vec::new());
        let (locks, diagnostics) =
            lock_platforms(&required, locks, &platforms(names), source, &fixture.fetcher(), &|event| {
                if let LockEvent::Obtained { platform, change, .. } = event {
                    changes.lock().expect("is not poisoned").push(format!("{platform} {change:?}"));
                }
            });
        (locks, diagnostics, changes.into_inner().expect("is not poisoned"))
    };
    let registries = fixture.registries();
    let (first, diagnostics, changes) = lock(&LockFile::new(), &["linux_amd64"], &registries);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(changes, ["linux_amd64 NewProvider"]);
    assert_eq!(first.get(&provider(WIDGET)).expect("is locked").version(), &Version::new(1, 1, 0));

    let (second, _, changes) = lock(&first, &["linux_amd64", "darwin_arm64", "linux_amd64"], &registries);
    assert_eq!(changes, ["darwin_arm64 NewHashes", "linux_amd64 None"]);
    assert_eq!(second.get(&provider(WIDGET)).expect("is locked").hashes().len(), 4);
    let (third, _, changes) = lock(&second, &["linux_amd64", "darwin_arm64"], &registries);
    assert_eq!(changes, ["darwin_arm64 None", "linux_amd64 None"]);
    assert_eq!(third.to_text(), second.to_text());

    let (unchanged, diagnostics, _) = lock(&second, &["linux_amd64", "plan9_386"], &registries);
    assert_eq!(unchanged, second);
    let detail = &diagnostics.iter().next().expect("fails").detail;
    assert!(detail.contains("is not available for plan9_386"), "{detail}");
}

#[test]
fn a_mirror_serves_what_was_copied() {
    let fixture = Fixture::new();
    let archive = fixture.publish("widget", &["1.0.0", "1.1.0"]);
    let required = requirements(&[(WIDGET, "~> 1.0"), ("terraform.io/builtin/terraform", "")]);
    let directory = fixture.path("mirror");
    let events = Mutex::new(Vec::new());
    let mirror = |locks: &LockFile| {
        mirror_packages(
            &required,
            locks,
            &platforms(&["linux_amd64", "darwin_arm64"]),
            &directory,
            &fixture.registries(),
            &fixture.fetcher(),
            &|event| {
                let line = match event {
                    MirrorEvent::SkipBuiltin { .. } => "skip".to_owned(),
                    MirrorEvent::Mirror { .. } => "mirror".to_owned(),
                    MirrorEvent::Selected { version, is_locked, .. } => {
                        format!("selected {version} {is_locked}")
                    }
                    MirrorEvent::Download { platform } => format!("download {platform}"),
                    MirrorEvent::Authenticated { .. } => "authenticated".to_owned(),
                };
                events.lock().expect("is not poisoned").push(line);
            },
        )
    };
    let diagnostics = mirror(&LockFile::new());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(
        std::mem::take(&mut *events.lock().expect("is not poisoned")),
        [
            "mirror",
            "selected 1.1.0 false",
            "download darwin_arm64",
            "authenticated",
            "download linux_amd64",
            "authenticated",
            "skip"
        ]
    );
    let mut locks = LockFile::new();
    locks.set(provider(WIDGET), ProviderLock::new(Version::new(1, 0, 0), Constraints::any(), []));
    assert!(mirror(&locks).is_empty());
    let base = "registry.example/acme/widget";
    assert_eq!(
        names_below(&directory),
        [
            "1.0.0.json",
            "1.1.0.json",
            "index.json",
            "terraform-provider-widget_1.0.0_darwin_arm64.zip",
            "terraform-provider-widget_1.0.0_linux_amd64.zip",
            "terraform-provider-widget_1.1.0_darwin_arm64.zip",
            "terraform-provider-widget_1.1.0_linux_amd64.zip",
        ]
        .map(|name| format!("{base}/{name}"))
    );
    let read = |name: &str| std::fs::read(directory.join(base).join(name)).expect("reads");
    assert_eq!(read("terraform-provider-widget_1.1.0_linux_amd64.zip"), archive);
    assert_eq!(
        String::from_utf8_lossy(&read("index.json")),
        "{\n  \"versions\": {\n    \"1.0.0\": {},\n    \"1.1.0\": {}\n  }\n}"
    );
    let index = String::from_utf8_lossy(&read("1.1.0.json")).into_owned();
    assert!(index.contains("\"url\": \"terraform-provider-widget_1.1.0_linux_amd64.zip\""), "{index}");

    let versions = FilesystemMirror::new(&directory).versions(&provider(WIDGET)).expect("has it").versions;
    assert_eq!(versions, [Version::new(1, 0, 0), Version::new(1, 1, 0)]);
}

#[test]
fn what_cannot_be_copied_does_not_stop_the_rest() {
    let fixture = Fixture::new();
    fixture.publish("widget", &["1.0.0"]);
    let evil = "/files.example/widget/1.0.0/terraform-provider-widget_1.0.0_darwin_arm64.zip";
    fixture.server.reply(evil, Reply::ok("evil"));
    let required = requirements(&[("registry.example/acme/absent", ""), (WIDGET, "")]);
    let diagnostics = mirror_packages(
        &required,
        &LockFile::new(),
        &platforms(&["linux_amd64", "darwin_arm64"]),
        &fixture.path("mirror"),
        &fixture.registries(),
        &fixture.fetcher(),
        &|_| {},
    );
    let summaries: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect();
    assert_eq!(summaries, ["Provider not available", "Invalid provider package"]);
    let copied = names_below(&fixture.path("mirror/registry.example/acme/widget"));
    assert_eq!(copied, ["1.0.0.json", "index.json", "terraform-provider-widget_1.0.0_linux_amd64.zip"]);
}
