//! Installing from mirrors and caches on this machine. The messages are those of Terraform 1.11.4.

use std::path::Path;

use super::fixture::{Fixture, names_below, provider};
use crate::source::SourceSet;
use crate::testing::{package_zip, write_package};
use crate::*;

const FOO: &str = "hashicorp/foo";
const BAR: &str = "example.com/acme/bar";

/// A mirror with unpacked versions of one provider and packed versions of another.
fn mirror(fixture: &Fixture) -> SourceSet {
    let base = fixture.path("mirror");
    for version in ["1.0.0", "1.2.0", "1.10.0", "2.0.0-beta1", "2.0.0", "2.1.0-rc1"] {
        let directory = base.join(format!("registry.terraform.io/hashicorp/foo/{version}/linux_amd64"));
        write_package(&directory, "foo", version, format!("foo {version}").as_bytes());
    }
    let packed = base.join("example.com/acme/bar");
    std::fs::create_dir_all(&packed).expect("makes a directory");
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        let path = packed.join(format!("terraform-provider-bar_{version}_linux_amd64.zip"));
        std::fs::write(path, package_zip("bar", version, format!("bar {version}").as_bytes()))
            .expect("writes");
    }
    write_package(&base.join("example.com/acme/baz/3.0.0/darwin_arm64"), "baz", "3.0.0", b"x");
    SourceSet::of_directories([base])
}

fn versions(locks: &LockFile) -> Vec<String> {
    locks.iter().map(|(provider, lock)| format!("{} {}", provider.for_display(), lock.version())).collect()
}

#[test]
fn installs_then_reuses_then_upgrades() {
    let fixture = Fixture::new();
    let source = mirror(&fixture);
    let required = [(FOO, ">= 1.0, < 2"), (BAR, "~> 1.0")];
    let (first, mut events) = fixture.install(&source, &required, &LockFile::new(), InstallMode::Missing);
    assert!(first.failures.is_empty());
    assert_eq!(events[..2], ["find example.com/acme/bar ~> 1.0", "find hashicorp/foo >= 1.0.0, < 2.0.0"]);
    events[2..].sort();
    assert_eq!(
        events[2..],
        [
            "fetch example.com/acme/bar 1.1.0",
            "fetch hashicorp/foo 1.10.0",
            "fetched example.com/acme/bar 1.1.0 (unauthenticated)",
            "fetched hashicorp/foo 1.10.0 (unauthenticated)",
        ]
    );
    assert_eq!(first.incomplete.len(), 2);
    assert_eq!(versions(&first.locks), ["example.com/acme/bar 1.1.0", "hashicorp/foo 1.10.0"]);
    assert_eq!(first.locks.get(&provider(FOO)).expect("is locked").hashes().len(), 1);
    assert_eq!(
        (fixture.program(FOO, "1.10.0"), fixture.program(BAR, "1.1.0")),
        ("foo 1.10.0".into(), "bar 1.1.0".into())
    );

    let link = fixture.target().package_path(&provider(FOO), &Version::new(1, 10, 0));
    let target = fixture.path("mirror/registry.terraform.io/hashicorp/foo/1.10.0/linux_amd64");
    assert_eq!(std::fs::read_link(link).expect("is a link"), target);
    let unpacked = fixture.target().package_path(&provider(BAR), &Version::new(1, 1, 0));
    assert_eq!(names_below(&unpacked), ["sub/LICENSE.txt", "terraform-provider-bar_v1.1.0_x5"]);

    // Nothing is looked up any more, so the mirror may be gone.
    let nowhere = SourceSet::of_directories([Path::new("/nonexistent")]);
    let (second, mut events) = fixture.install(&nowhere, &required, &first.locks, InstallMode::Missing);
    events.sort();
    assert_eq!(
        events,
        [
            "have example.com/acme/bar 1.1.0",
            "have hashicorp/foo 1.10.0",
            "reuse example.com/acme/bar ~> 1.0",
            "reuse hashicorp/foo >= 1.0.0, < 2.0.0",
        ]
    );
    assert_eq!(second.locks, first.locks);
    assert!(second.incomplete.is_empty());

    let required = [(FOO, "~> 2.0"), (BAR, "~> 1.0")];
    let (refused, events) = fixture.install(&source, &required, &first.locks, InstallMode::Missing);
    assert_eq!(refused.failures.len(), 1);
    let message = "failed Failed to query available provider packages: Could not retrieve the list of available versions for provider hashicorp/foo: locked provider registry.terraform.io/hashicorp/foo 1.10.0 does not match configured version constraint ~> 2.0; must use plumb init -upgrade to allow selection of new versions\n\nTo see which modules are currently depending on hashicorp/foo and what versions are specified, run the following command:\n    plumb providers";
    assert!(events.contains(&message.to_owned()), "{events:#?}");

    let (third, events) = fixture.install(&source, &required, &first.locks, InstallMode::Upgrade);
    assert!(events.contains(&"have example.com/acme/bar 1.1.0".to_owned()), "{events:#?}");
    assert_eq!(versions(&third.locks), ["example.com/acme/bar 1.1.0", "hashicorp/foo 2.0.0"]);
    assert_eq!(third.selections[&provider(FOO)], Selection::Plugin(Version::new(2, 0, 0)));
}

#[test]
fn says_why_a_provider_cannot_be_installed() {
    let fixture = Fixture::new();
    let source = mirror(&fixture);
    let searched = fixture.path("mirror").display().to_string();
    let see = |name: &str| {
        format!(
            "\n\nTo see which modules are currently depending on {name} and what versions are specified, run the following command:\n    plumb providers"
        )
    };
    let query = "Failed to query available provider packages: Could not retrieve the list of available versions for provider";
    let cases = [
        (FOO, "~> 9.0", format!("{query} hashicorp/foo: no available releases match the given constraints ~> 9.0{}", see(FOO))),
        (
            "acme/zip",
            "~> 1.0",
            format!("{query} acme/zip: provider registry.terraform.io/acme/zip was not found in any of the search locations\n\n  - {searched}"),
        ),
        (
            "example.com/acme/baz",
            "~> 3.0",
            "Incompatible provider version: Provider example.com/acme/baz v3.0.0 does not have a package available for your current platform, linux_amd64.\n\nProvider releases are separate from Plumb releases, so not all providers are available for all platforms. Other versions of this provider may have different platforms supported.".to_owned(),
        ),
        (
            "terraform.io/builtin/terraform",
            "1.0",
            "Invalid dependency on built-in provider: Cannot use terraform.io/builtin/terraform: built-in providers do not support explicit version constraints.".to_owned(),
        ),
        (
            "terraform.io/builtin/foo",
            "",
            "Invalid dependency on built-in provider: Cannot use terraform.io/builtin/foo: this release has no built-in provider named \"foo\".".to_owned(),
        ),
    ];
    for (name, constraints, expected) in cases {
        let (outcome, events) =
            fixture.install(&source, &[(name, constraints)], &LockFile::new(), InstallMode::Missing);
        assert_eq!(events.last(), Some(&format!("failed {expected}")), "{name}");
        assert_eq!(outcome.failures.len(), 1);
        assert!(outcome.locks.is_empty());
    }
}

#[test]
fn a_version_that_is_gone_is_named() {
    let fixture = Fixture::new();
    let source = mirror(&fixture);
    let mut locks = LockFile::new();
    locks.set(provider(FOO), ProviderLock::new(Version::new(1, 3, 0), Constraints::any(), []));
    let (outcome, _) = fixture.install(&source, &[(FOO, "> 1.0")], &locks, InstallMode::Missing);
    assert_eq!(
        outcome.failures[0].error.to_string(),
        "the previously-selected version 1.3.0 is no longer available"
    );
    assert_eq!(versions(&outcome.locks), ["hashicorp/foo 1.3.0"]);
}

#[test]
fn a_version_that_is_here_but_wrong_and_gone_is_named() {
    let fixture = Fixture::new();
    let source = mirror(&fixture);
    let version = Version::new(1, 3, 0);
    write_package(&fixture.target().package_path(&provider(FOO), &version), "foo", "1.3.0", b"odd");
    let mut locks = LockFile::new();
    let hash = ["h1:AAA=".parse().expect("is a hash")];
    locks.set(provider(FOO), ProviderLock::new(version, Constraints::any(), hash));
    let (outcome, _) = fixture.install(&source, &[(FOO, "")], &locks, InstallMode::Missing);
    assert_eq!(
        outcome.failures[0].error.to_string(),
        "the previously-selected version 1.3.0 is no longer available"
    );
}

#[test]
fn packages_must_be_what_was_locked() {
    let fixture = Fixture::new();
    let source = mirror(&fixture);
    let mut locks = LockFile::new();
    let wrong = || ["h1:AAA=".parse().expect("is a hash"), "zh:00".parse().expect("is a hash")];
    locks.set(provider(FOO), ProviderLock::new(Version::new(2, 0, 0), Constraints::any(), wrong()));
    locks.set(provider(BAR), ProviderLock::new(Version::new(2, 0, 0), Constraints::any(), wrong()));
    let (outcome, _) = fixture.install(&source, &[(FOO, ""), (BAR, "")], &locks, InstallMode::Missing);
    let errors: Vec<String> = outcome.failures.iter().map(|failure| failure.error.to_string()).collect();
    let more = "for more information: https://developer.hashicorp.com/terraform/language/files/dependency-lock#checksum-verification";
    assert_eq!(
        errors,
        [
            format!(
                "the current package for example.com/acme/bar 2.0.0 doesn't match any of the checksums previously recorded in the dependency lock file; {more}"
            ),
            format!(
                "the local package for registry.terraform.io/hashicorp/foo 2.0.0 doesn't match any of the checksums previously recorded in the dependency lock file (this might be because the available checksums are for packages targeting different platforms); {more}"
            ),
        ]
    );
    assert_eq!(outcome.locks, locks);
    assert_eq!(fixture.target().installed(&provider(FOO), &Version::new(2, 0, 0)), None);
}

#[test]
fn what_was_tampered_with_is_refused_and_then_replaced() {
    let fixture = Fixture::new();
    let source = mirror(&fixture);
    let (first, _) = fixture.install(&source, &[(BAR, "1.0.0")], &LockFile::new(), InstallMode::Missing);
    let target = fixture.target();
    let check = || {
        let (plugins, errors) =
            installed_plugins(&first.selections, &first.locks, &target, &DigestCache::disabled());
        (plugins.into_values().next(), missing_plugins_diagnostic(&errors))
    };
    let (plugin, diagnostic) = check();
    let plugin = plugin.expect("may be run");
    assert_eq!(plugin.executable.file_name().expect("has a name"), "terraform-provider-bar_v1.0.0_x5");
    assert_eq!((plugin.version, diagnostic), (Some(Version::new(1, 0, 0)), None));

    std::fs::write(&plugin.executable, "evil").expect("writes");
    let (plugin, diagnostic) = check();
    assert_eq!(plugin, None);
    let detail = diagnostic.expect("is refused").detail;
    let expected = format!(
        "  - example.com/acme/bar: the cached package for example.com/acme/bar 1.0.0 (in {}) does not match any of the checksums recorded in the dependency lock file",
        target.base().display()
    );
    assert!(detail.contains(&expected), "{detail}");

    let (again, events) = fixture.install(&source, &[(BAR, "1.0.0")], &first.locks, InstallMode::Missing);
    assert!(
        events.contains(&"fetched example.com/acme/bar 1.0.0 (unauthenticated)".to_owned()),
        "{events:#?}"
    );
    assert_eq!(again.locks, first.locks);
    assert!(check().0.is_some());

    std::fs::remove_dir_all(target.base()).expect("removes");
    let detail = check().1.expect("is missing").detail;
    assert!(detail.contains("there is no package for example.com/acme/bar 1.0.0 cached in "), "{detail}");
}

#[test]
fn the_cache_is_shared() {
    let mut fixture = Fixture::new();
    let source = mirror(&fixture);
    fixture.cache = Some(ProviderDirectory::new(fixture.path("cache"), fixture.platform.clone()));
    let required = [(FOO, "2.0.0"), (BAR, "2.0.0")];
    let (first, _) = fixture.install(&source, &required, &LockFile::new(), InstallMode::Missing);
    assert!(first.failures.is_empty(), "{:?}", first.failures);
    let place = fixture.target().package_path(&provider(BAR), &Version::new(2, 0, 0));
    let cached = fixture.path("cache/example.com/acme/bar/2.0.0/linux_amd64");
    assert_eq!(std::fs::read_link(place).expect("is a link"), cached);

    // Another working directory with the same lock file needs the cache only.
    std::fs::remove_dir_all(fixture.target().base()).expect("removes");
    let nowhere = SourceSet::of_directories([Path::new("/nonexistent")]);
    let (second, mut events) = fixture.install(&nowhere, &required, &first.locks, InstallMode::Missing);
    events.sort();
    assert_eq!(events[..2], ["link example.com/acme/bar 2.0.0", "link hashicorp/foo 2.0.0"]);
    assert_eq!(second.locks, first.locks);

    // Without a lock file the cache is not believed, unless it is allowed to break the lock.
    std::fs::remove_dir_all(fixture.target().base()).expect("removes");
    let (_, events) = fixture.install(&source, &[(BAR, "2.0.0")], &LockFile::new(), InstallMode::Missing);
    assert!(events.contains(&"fetch example.com/acme/bar 2.0.0".to_owned()), "{events:#?}");
    fixture.cache_may_break_lock = true;
    std::fs::remove_dir_all(fixture.target().base()).expect("removes");
    let (third, events) = fixture.install(&source, &[(BAR, "2.0.0")], &LockFile::new(), InstallMode::Missing);
    assert!(events.contains(&"linked example.com/acme/bar 2.0.0".to_owned()), "{events:#?}");
    assert!(third.incomplete.contains(&provider(BAR)));
}

#[test]
fn exempt_providers_are_not_looked_for() {
    let mut fixture = Fixture::new();
    let source = mirror(&fixture);
    let random = provider("hashicorp/random");
    fixture.exemptions.builtins = [(random.clone(), Version::new(3, 7, 2))].into_iter().collect();
    fixture.exemptions.dev_overrides.insert(provider("acme/dev"), fixture.path("dev"));
    fixture.exemptions.unmanaged.insert(provider("acme/debugged"));
    let required = [
        ("hashicorp/random", "~> 3.0"),
        ("acme/dev", "9.9"),
        ("acme/debugged", ""),
        ("terraform.io/builtin/terraform", ""),
        (FOO, "2.0.0"),
    ];
    let mut locks = LockFile::new();
    locks.set(random.clone(), ProviderLock::new(Version::new(3, 7, 2), Constraints::any(), []));
    locks.set(provider("acme/unused"), ProviderLock::new(Version::new(1, 0, 0), Constraints::any(), []));
    let (outcome, _) = fixture.install(&source, &required, &locks, InstallMode::Missing);
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    assert_eq!(versions(&outcome.locks), ["hashicorp/foo 2.0.0", "hashicorp/random 3.7.2"]);
    assert_eq!(outcome.selections[&random], Selection::Builtin(Some(Version::new(3, 7, 2))));
    assert_eq!(outcome.selections[&provider("acme/dev")], Selection::DevOverride(fixture.path("dev")));
    assert_eq!(outcome.selections[&provider("acme/debugged")], Selection::Unmanaged);
    assert_eq!(outcome.selections[&provider("terraform.io/builtin/terraform")], Selection::Builtin(None));

    write_package(&fixture.path("dev"), "dev", "0.0.1", b"dev");
    let (plugins, errors) =
        installed_plugins(&outcome.selections, &outcome.locks, &fixture.target(), &DigestCache::disabled());
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(plugins.len(), 2);
    assert_eq!(plugins[&provider("acme/dev")].version, None);
}

#[test]
fn a_locked_version_that_is_not_built_in_is_a_plugin() {
    let mut fixture = Fixture::new();
    let source = mirror(&fixture);
    fixture.exemptions.builtins = [(provider(FOO), Version::new(2, 0, 0))].into_iter().collect();
    let mut locks = LockFile::new();
    locks.set(provider(FOO), ProviderLock::new(Version::new(1, 2, 0), Constraints::any(), []));
    let (outcome, _) = fixture.install(&source, &[(FOO, "")], &locks, InstallMode::Missing);
    assert_eq!(outcome.selections[&provider(FOO)], Selection::Plugin(Version::new(1, 2, 0)));
}

#[test]
fn implied_directories_hide_the_registry() {
    let fixture = Fixture::new();
    let own = fixture.path("work/terraform.d/plugins/registry.example/acme/widget/1.0.0/linux_amd64");
    write_package(&own, "widget", "1.0.0", b"local");
    fixture.publish("widget", &["2.0.0"]);
    fixture.publish("gadget", &["2.0.0"]);
    let source = SourceSet::configured(
        &CliConfiguration::default(),
        &UserDirectories::default(),
        &fixture.path("work"),
        &fixture.client,
        &fixture.services,
    )
    .expect("searches");
    let required = [("registry.example/acme/widget", ""), ("registry.example/acme/gadget", "")];
    let (outcome, _) = fixture.install(&source, &required, &LockFile::new(), InstallMode::Missing);
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    assert_eq!(
        versions(&outcome.locks),
        ["registry.example/acme/gadget 2.0.0", "registry.example/acme/widget 1.0.0"]
    );
}
