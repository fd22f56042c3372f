//! A registry, mirrors and working directories for tests.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plumb_address::ProviderAddress;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::package_hash::hexadecimal;
use crate::source::{Services, SourceSet};
use crate::test_server::{Reply, Rerouted, TestServer};
use crate::testing::{SigningKey, package_zip};
use crate::web::{UreqHttp, WebClient, WebLimits};
use crate::*;

/// A scratch directory, a server that stands for every host, and the parts of an installation.
pub(super) struct Fixture {
    pub(super) scratch: tempfile::TempDir,
    pub(super) server: TestServer,
    pub(super) key: SigningKey,
    pub(super) client: WebClient,
    pub(super) services: Arc<Services>,
    pub(super) platform: Platform,
    pub(super) exemptions: Exemptions,
    pub(super) cache: Option<ProviderDirectory>,
    pub(super) cache_may_break_lock: bool,
}

pub(super) fn limits() -> WebLimits {
    WebLimits { retry_wait: Duration::ZERO, ..WebLimits::default() }
}

pub(super) fn provider(text: &str) -> ProviderAddress {
    ProviderAddress::parse(text).expect("is an address")
}

pub(super) fn requirements(list: &[(&str, &str)]) -> Requirements {
    let parse = |text: &str| Constraints::parse_for_provider(text).expect("is a list");
    list.iter().map(|(name, constraints)| (provider(name), parse(constraints))).collect()
}

impl Fixture {
    pub(super) fn new() -> Self {
        Self::with_variables(&[])
    }

    pub(super) fn with_variables(variables: &[(&str, &str)]) -> Self {
        let server = TestServer::plain();
        let environment: Environment = variables.iter().copied().collect();
        let http = Rerouted { inner: UreqHttp::new(&environment, "test"), port: server.port };
        let client = WebClient::new(Arc::new(http), limits());
        let configuration = CliConfiguration::default();
        let credentials = Credentials::new(&configuration, &environment, &UserDirectories::default());
        let services = Arc::new(Services::new(client.clone(), credentials, &configuration));
        Fixture {
            scratch: tempfile::tempdir().expect("makes a directory"),
            server,
            key: SigningKey::generate(),
            client,
            services,
            platform: "linux_amd64".parse().expect("is one"),
            exemptions: Exemptions::default(),
            cache: None,
            cache_may_break_lock: false,
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    pub(super) fn fetcher(&self) -> Fetcher {
        Fetcher::new(self.client.clone(), self.scratch.path())
    }

    pub(super) fn target(&self) -> ProviderDirectory {
        ProviderDirectory::new(self.path("work/.terraform/providers"), self.platform.clone())
    }

    pub(super) fn registries(&self) -> SourceSet {
        SourceSet::direct(&self.client, &self.services)
    }

    /// Puts a release with packages for two platforms into the registry at `registry.example`,
    /// archives on another host. Returns the archive for Linux.
    pub(super) fn publish(&self, name: &str, versions: &[&str]) -> Vec<u8> {
        let discovery = json!({ "providers.v1": "/v1/providers/" }).to_string();
        self.server.reply("/registry.example/.well-known/terraform.json", Reply::ok(discovery));
        let base = format!("/registry.example/v1/providers/acme/{name}");
        let listed: Vec<_> =
            versions.iter().map(|version| json!({ "version": version, "protocols": ["5.0"] })).collect();
        self.server.reply(&format!("{base}/versions"), Reply::ok(json!({ "versions": listed }).to_string()));
        let mut linux = Vec::new();
        for version in versions {
            let files: Vec<(String, Vec<u8>)> = ["linux_amd64", "darwin_arm64"]
                .iter()
                .map(|platform| {
                    let content = format!("{name} {version} {platform}");
                    let file = format!("terraform-provider-{name}_{version}_{platform}.zip");
                    (file, package_zip(name, version, content.as_bytes()))
                })
                .collect();
            let sums: String = files
                .iter()
                .map(|(file, archive)| format!("{}  {file}\n", hexadecimal(&Sha256::digest(archive))))
                .collect();
            let downloads = format!("/files.example/{name}/{version}");
            self.server.reply(&format!("{downloads}/SHA256SUMS"), Reply::ok(sums.clone()));
            self.server
                .reply(&format!("{downloads}/SHA256SUMS.sig"), Reply::ok(self.key.sign(sums.as_bytes())));
            for (file, archive) in &files {
                let platform =
                    file.trim_end_matches(".zip").rsplit_once(&format!("_{version}_")).expect("has one").1;
                let (os, arch) = platform.split_once('_').expect("has two");
                let description = json!({
                    "protocols": ["5.0"], "os": os, "arch": arch, "filename": file,
                    "download_url": format!("https://files.example/{name}/{version}/{file}"),
                    "shasum": hexadecimal(&Sha256::digest(archive)),
                    "shasums_url": format!("https://files.example/{name}/{version}/SHA256SUMS"),
                    "shasums_signature_url": format!("https://files.example/{name}/{version}/SHA256SUMS.sig"),
                    "signing_keys": { "gpg_public_keys": [{ "key_id": self.key.key_id(), "ascii_armor": self.key.public_armour() }] },
                });
                self.server.reply(
                    &format!("{base}/{version}/download/{os}/{arch}"),
                    Reply::ok(description.to_string()),
                );
                self.server.reply(&format!("{downloads}/{file}"), Reply::ok(archive.clone()));
            }
            linux = files[0].1.clone();
        }
        linux
    }

    /// Installs and returns the outcome with the events in a short form, sorted where threads
    /// decide about their order.
    pub(super) fn install(
        &self,
        source: &SourceSet,
        required: &[(&str, &str)],
        locks: &LockFile,
        mode: InstallMode,
    ) -> (InstallOutcome, Vec<String>) {
        let events = Recorder::default();
        let (target, fetcher, digests) = (self.target(), self.fetcher(), DigestCache::disabled());
        let installer = Installer {
            target: &target,
            cache: self.cache.as_ref(),
            cache_may_break_lock: self.cache_may_break_lock,
            source,
            fetcher: &fetcher,
            digests: &digests,
            exemptions: &self.exemptions,
            limits: UnpackLimits::default(),
        };
        let outcome = installer.ensure(&requirements(required), locks, mode, &events);
        (outcome, events.lines.into_inner().expect("is not poisoned"))
    }

    pub(super) fn program(&self, name: &str, version: &str) -> String {
        let version = version.parse().expect("is a version");
        let provider = provider(name);
        let package = self.target().installed(&provider, &version).expect("is installed");
        let path = executable_in(&package, &provider.kind).expect("has a program");
        std::fs::read_to_string(path).expect("reads")
    }
}

#[derive(Default)]
struct Recorder {
    lines: Mutex<Vec<String>>,
}

impl InstallEvents for Recorder {
    fn on(&self, event: &InstallEvent<'_>) {
        let line = match event {
            InstallEvent::Exempt { provider, selection } => {
                format!("exempt {} {selection:?}", provider.for_display())
            }
            InstallEvent::Query { provider, constraints, is_locked } => {
                let verb = if *is_locked { "reuse" } else { "find" };
                format!("{verb} {} {constraints}", provider.for_display())
            }
            InstallEvent::Warnings { warnings, .. } => format!("warn {}", warnings.join(";")),
            InstallEvent::AlreadyInstalled { provider, version } => {
                format!("have {} {version}", provider.for_display())
            }
            InstallEvent::LinkFromCache { provider, version, .. } => {
                format!("link {} {version}", provider.for_display())
            }
            InstallEvent::LinkedFromCache { provider, version } => {
                format!("linked {} {version}", provider.for_display())
            }
            InstallEvent::Fetch { provider, version, .. } => {
                format!("fetch {} {version}", provider.for_display())
            }
            InstallEvent::Fetched { provider, version, verification } => {
                let verification = verification.to_string();
                let kind = verification.split(',').next().unwrap_or("");
                format!("fetched {} {version} ({kind})", provider.for_display())
            }
            InstallEvent::Failed(failure) => {
                let diagnostic = failure.to_diagnostic();
                format!("failed {}: {}", diagnostic.summary, diagnostic.detail)
            }
        };
        self.lines.lock().expect("is not poisoned").push(line);
    }
}

pub(super) fn names_below(directory: &Path) -> Vec<String> {
    crate::package_hash::files_below(directory).expect("lists")
}
