//! `encryption` blocks: what is refused, where and under which headline.

use std::path::Path;

use plumb_configuration::{Encryption, NoInstalledModules, encryption_from_text, load};
use plumb_diagnostics::Diagnostics;
use plumb_source::{MemoryFiles, SourceMap};

fn lines(diagnostics: &Diagnostics, sources: &SourceMap) -> Vec<(String, u32)> {
    let line = |span: plumb_source::Span| sources.get(span.file).map(|file| file.position(span.start).line);
    let told = diagnostics.iter();
    told.map(|told| (told.summary.clone(), told.subject.and_then(line).unwrap_or_default())).collect()
}

fn read(content: &str) -> (Option<Encryption>, Vec<(String, u32)>) {
    let main = format!("terraform {{\n  encryption {{\n{content}\n  }}\n}}\n");
    let files = MemoryFiles::new().with("main.tf", main.as_bytes());
    let sources = SourceMap::new();
    let (config, mut diagnostics) = load(&files, &sources, Path::new("."), &NoInstalledModules);
    let encryption = config.root().settings.encryption.clone();
    diagnostics.extend(encryption.iter().flat_map(Encryption::check));
    let found = lines(&diagnostics, &sources);
    (encryption, found)
}

#[track_caller]
fn check(content: &str, expected: &[(&str, u32)]) {
    let (_, found) = read(content);
    let found: Vec<(&str, u32)> = found.iter().map(|(summary, line)| (&**summary, *line)).collect();
    assert_eq!(found, expected, "{content}");
}

const GOOD: &str = r#"key_provider "pbkdf2" "a" {
  passphrase = var.secret
  key_length = 32
  encrypted_metadata_alias = "x"
}
key_provider "aws_kms" "b" {
  kms_key_id = "k"
  key_spec = "AES_256"
  endpoints {}
}
key_provider "pbkdf2" "c" {
  chain = key_provider.aws_kms.b
}
method "aes_gcm" "m" {
  keys = key_provider.pbkdf2.c
}
method "unencrypted" "u" {}
state {
  method = method.aes_gcm.m
  enforced = false
  fallback {
    method = method.unencrypted.u
  }
}
plan {
  method = method.unencrypted.u
}
remote_state_data_sources {
  default {
    method = method.aes_gcm.m
  }
  remote_state_data_source "x" {
    method = method.unencrypted.u
  }
}"#;

#[test]
fn all_that_there_is_is_read() {
    let (encryption, problems) = read(GOOD);
    assert_eq!(problems, []);
    let encryption = encryption.expect("a block");
    assert_eq!(
        (encryption.key_providers.len(), encryption.methods.len(), encryption.remote.len()),
        (3, 2, 2)
    );
    assert!(encryption.state.as_ref().is_some_and(|state| state.encrypts() && state.fallback.is_some()));
    assert!(!encryption.plan.as_ref().expect("a plan").encrypts());
}

#[test]
fn mistakes_are_told_where_they_stand() {
    check("foo {}", &[("Unsupported block type", 3)]);
    check("key_provider \"pbkdf2\" {}", &[("Missing name for key_provider", 3)]);
    check("key_provider \"pbkdf\" \"a\" {}", &[("Unknown key_provider type", 3)]);
    check("key_provider \"pbkdf2\" \"a\" {}", &[("Missing required argument", 3)]);
    check("key_provider \"pbkdf2\" \"a b\" {}", &[("The provided key provider name is invalid", 3)]);
    check("key_provider \"external\" \"a\" {\ncommand = [\"a\"]\nfoo = 1\n}", &[("Unsupported argument", 5)]);
    check(
        "key_provider \"external\" \"a\" {\ncommand = data.a.b.c\n}",
        &[("Dynamic value in static context", 4)],
    );
    check("method \"rot13\" \"a\" {}", &[("Unknown encryption method type", 3)]);
    check("method \"aes_gcm\" \"a\" {}", &[("Missing required argument", 3)]);
    check("method \"unencrypted\" \"a\" {}\nmethod \"unencrypted\" \"a\" {}", &[("Duplicate method", 4)]);
    check(
        "method \"aes_gcm\" \"a\" {\nkeys = key_provider.pbkdf2.x\n}",
        &[("Reference to undeclared key provider", 4)],
    );
    check(
        "method \"aes_gcm\" \"a\" {\nkeys = key_provider.pbkdf2\n}",
        &[("Invalid Key Provider expression format", 4)],
    );
    check("state {\nmethod = method.aes_gcm.x\n}", &[("Reference to undeclared encryption method", 4)]);
    check("state {\nmethod = aes_gcm.x\n}", &[("Invalid encryption method identifier", 4)]);
    check("state {}\nstate {}", &[("Duplicate state block", 4)]);
    check(
        "method \"unencrypted\" \"u\" {}\nstate {\nenforced = true\nfallback {\nmethod = method.unencrypted.u\n}\n}",
        &[("Unencrypted method is forbidden", 7)],
    );
    check(
        "key_provider \"pbkdf2\" \"a\" {\nchain = key_provider.pbkdf2.a\n}",
        &[("Circular reference detected", 3)],
    );
    check(
        "remote_state_data_sources {\nremote_state_data_source \"x\" {}\nremote_state_data_source \"x\" {}\n}",
        &[("Duplicate remote_data_source", 5)],
    );
    check("}\nencryption {", &[("Duplicate encryption configuration", 4)]);
}

#[test]
fn an_override_file_replaces_what_it_names() {
    let main = format!("terraform {{\nencryption {{\n{GOOD}\n}}\n}}\n");
    let over = "terraform {\nencryption {\nplan {\nmethod = method.aes_gcm.m\n}\n}\n}\n";
    let files = MemoryFiles::new().with("main.tf", main.as_bytes()).with("override.tf", over.as_bytes());
    let sources = SourceMap::new();
    let (config, diagnostics) = load(&files, &sources, Path::new("."), &NoInstalledModules);
    assert_eq!(lines(&diagnostics, &sources), []);
    let encryption = config.root().settings.encryption.clone().expect("a block");
    assert!(encryption.plan.is_some_and(|plan| plan.encrypts()) && encryption.methods.len() == 2);
}

#[test]
fn json_means_the_same() {
    let sources = SourceMap::new();
    let (encryption, problems) = encryption_from_text(
        r#"{"key_provider": {"pbkdf2": {"a": {"passphrase": "${var.secret}"}}},
            "method": {"aes_gcm": {"m": {"keys": "key_provider.pbkdf2.a"}}},
            "state": {"method": "method.aes_gcm.m", "enforced": true, "fallback": {"method": "method.aes_gcm.m"}}}"#,
        &sources,
    );
    assert_eq!((lines(&problems, &sources), lines(&encryption.check(), &sources)), (vec![], vec![]));
    assert!(encryption.state.is_some_and(|state| state.encrypts() && state.is_enforced));
}
