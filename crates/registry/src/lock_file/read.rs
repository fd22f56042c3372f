//! Reads lock files, reporting every mistake with its place.

use std::collections::BTreeMap;

use plumb_address::ProviderAddress;
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::{FileId, Span};
use plumb_syntax::ast::{Attribute, Block, Body, Expr, ExprKind, TemplatePart};

use super::{LockFile, ProviderLock};
use crate::{Constraints, PackageHash, Version};

const ARGUMENTS: [&str; 3] = ["version", "constraints", "hashes"];

impl LockFile {
    /// Reads a file's text; `file` is what the source map calls it.
    pub fn parse(text: &str, file: FileId) -> (LockFile, Diagnostics) {
        let (body, mut diagnostics) = plumb_syntax::parse_file(text, file);
        let locks = diagnostics.take(decode(&body));
        (locks, diagnostics)
    }
}

fn decode(body: &Body) -> (LockFile, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut locks = LockFile::new();
    let mut seen: BTreeMap<ProviderAddress, Span> = BTreeMap::new();
    let mut saw_module = false;
    for attribute in &body.attributes {
        diagnostics.push(unsupported_argument(attribute, ""));
    }
    for block in &body.blocks {
        match &*block.kind.text {
            "provider" => {
                let Some((provider, lock)) = diagnostics.take(decode_provider(block)) else { continue };
                if let Some(earlier) = seen.get(&provider) {
                    let detail = format!(
                        "This lock file already has a lock for provider {provider}. Remove one of the two blocks, or run \"terraform init\" to write the file anew."
                    );
                    let diagnostic = Diagnostic::error("Duplicate provider lock", detail);
                    diagnostics.push(diagnostic.at(block.header).note(*earlier, "the first one is here"));
                    continue;
                }
                seen.insert(provider.clone(), block.header);
                locks.set(provider, lock);
            }
            "module" if !saw_module => {
                saw_module = true;
                let detail = "Only dependency locks for providers are supported, not for modules. This configuration may be meant for a later version that supports dependency locks for modules, too.";
                diagnostics.push(
                    Diagnostic::warning("Dependency locks for modules are not yet supported", detail)
                        .at(block.kind.span),
                );
            }
            "module" => {}
            other => {
                let hint = did_you_mean(other, ["provider"]);
                let detail = format!("Blocks of type \"{other}\" are not expected here.{hint}");
                diagnostics.push(Diagnostic::error("Unsupported block type", detail).at(block.kind.span));
            }
        }
    }
    (locks, diagnostics)
}

fn unsupported_argument(attribute: &Attribute, hint: &str) -> Diagnostic {
    let name = &attribute.name.text;
    let detail = format!("An argument named \"{name}\" is not expected here.{hint}");
    Diagnostic::error("Unsupported argument", detail).at(attribute.name.span)
}

fn decode_provider(block: &Block) -> (Option<(ProviderAddress, ProviderLock)>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let Some(provider) = diagnostics.take(decode_address(block)) else { return (None, diagnostics) };
    for attribute in &block.body.attributes {
        let name = &*attribute.name.text;
        if !ARGUMENTS.contains(&name) {
            diagnostics.push(unsupported_argument(attribute, &did_you_mean(name, ARGUMENTS)));
        }
    }
    for inner in &block.body.blocks {
        let detail = format!("Blocks of type \"{}\" are not expected here.", inner.kind.text);
        diagnostics.push(Diagnostic::error("Unsupported block type", detail).at(inner.kind.span));
    }
    let version = match block.body.attribute("version") {
        Some(attribute) => diagnostics.take(decode_version(&provider, &attribute.value)),
        None => {
            let detail = "The argument \"version\" is required, but no definition was found.";
            diagnostics.push(Diagnostic::error("Missing required argument", detail).at(block.header));
            None
        }
    };
    let constraints = match block.body.attribute("constraints") {
        Some(attribute) => diagnostics.take(decode_constraints(&provider, &attribute.value)),
        None => Constraints::any(),
    };
    let hashes = match block.body.attribute("hashes") {
        Some(attribute) => diagnostics.take(decode_hashes(&attribute.value)),
        None => Vec::new(),
    };
    (version.map(|version| (provider, ProviderLock::new(version, constraints, hashes))), diagnostics)
}

fn decode_address(block: &Block) -> (Option<ProviderAddress>, Diagnostics) {
    let [label] = block.labels.as_slice() else {
        let detail = "A provider block must have exactly one label: the provider's full source address, such as \"registry.terraform.io/hashicorp/aws\".";
        return (None, Diagnostic::error("Invalid provider source address", detail).at(block.header).into());
    };
    let invalid =
        |summary: &str, detail: String| (None, Diagnostic::error(summary, detail).at(label.span).into());
    let Ok(provider) = ProviderAddress::parse(&label.text) else {
        let detail = "The provider source address for a provider lock must be a valid, fully-qualified address of the form \"hostname/namespace/type\".";
        return invalid("Invalid provider source address", detail.to_owned());
    };
    if provider.is_builtin() {
        let detail = format!(
            "Cannot lock a version for built-in provider {provider}: it is part of the program, so its version cannot be selected. Remove this block."
        );
        return invalid("Invalid provider source address", detail);
    }
    if provider.is_legacy() {
        let detail = format!("Provider source address {provider} has no namespace, so it cannot be locked.");
        return invalid("Invalid provider source address", detail);
    }
    if provider.to_string() != *label.text {
        let detail = format!(
            "The provider source address for this provider lock must be written as \"{provider}\", the fully-qualified and normalized form."
        );
        return invalid("Non-normalized provider source address", detail);
    }
    (Some(provider), Diagnostics::new())
}

fn decode_version(provider: &ProviderAddress, value: &Expr) -> (Option<Version>, Diagnostics) {
    let invalid = |detail: String| {
        (None, Diagnostic::error("Invalid provider version number", detail).at(value.span).into())
    };
    let text = match literal(value) {
        Ok(text) => text,
        Err(diagnostics) => return (None, diagnostics),
    };
    match Version::parse_exact(&text) {
        Ok(version) => (Some(version), Diagnostics::new()),
        Err(error) => match text.parse::<Version>() {
            Ok(version) => invalid(format!(
                "The selected version number for provider {provider} must be written in normalized form: \"{version}\"."
            )),
            Err(_) => {
                invalid(format!("The selected version number for provider {provider} is invalid: {error}."))
            }
        },
    }
}

fn decode_constraints(provider: &ProviderAddress, value: &Expr) -> (Constraints, Diagnostics) {
    let invalid = |detail: String| {
        let diagnostic = Diagnostic::error("Invalid provider version constraints", detail).at(value.span);
        (Constraints::any(), diagnostic.into())
    };
    let text = match literal(value) {
        Ok(text) => text,
        Err(diagnostics) => return (Constraints::any(), diagnostics),
    };
    match Constraints::parse_for_provider(&text) {
        Err(error) => {
            invalid(format!("The recorded version constraints for provider {provider} are invalid: {error}."))
        }
        Ok(constraints) if constraints.to_string() != text => invalid(format!(
            "The recorded version constraints for provider {provider} must be written in normalized form: \"{constraints}\"."
        )),
        Ok(constraints) => (constraints, Diagnostics::new()),
    }
}

fn decode_hashes(value: &Expr) -> (Vec<PackageHash>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let ExprKind::Tuple(items) = &value.kind else {
        if !matches!(value.kind, ExprKind::Invalid) {
            let detail = "The \"hashes\" argument must be a list of strings in brackets.";
            diagnostics.push(Diagnostic::error("Invalid expression", detail).at(value.span));
        }
        return (Vec::new(), diagnostics);
    };
    if items.is_empty() {
        let detail = "The \"hashes\" argument must either be omitted or contain at least one hash value.";
        diagnostics.push(Diagnostic::error("Invalid provider hash set", detail).at(value.span));
    }
    let mut hashes = Vec::new();
    for item in items {
        match literal(item) {
            Err(more) => diagnostics.append(more),
            Ok(text) => match text.parse() {
                Ok(hash) => hashes.push(hash),
                Err(error) => {
                    let detail = format!("Cannot interpret \"{text}\" as a provider hash: {error}.");
                    diagnostics.push(Diagnostic::error("Invalid provider hash string", detail).at(item.span));
                }
            },
        }
    }
    (hashes, diagnostics)
}

/// The text of a string that has nothing to evaluate in it.
fn literal(value: &Expr) -> Result<String, Diagnostics> {
    match &value.kind {
        // What could not be read was reported by whoever read it.
        ExprKind::Invalid => Err(Diagnostics::new()),
        ExprKind::Template(parts) => parts
            .iter()
            .map(|part| match part {
                TemplatePart::Literal { text, .. } => Ok(&**text),
                TemplatePart::Interpolation(_) | TemplatePart::If { .. } | TemplatePart::For { .. } => {
                    Err(not_literal(value).into())
                }
            })
            .collect(),
        _ => Err(not_literal(value).into()),
    }
}

fn not_literal(value: &Expr) -> Diagnostic {
    let detail = "A lock file holds nothing but plain strings: this must be one, in quotes.";
    Diagnostic::error("Unsuitable value type", detail).at(value.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by Terraform 1.11.4.
    const WRITTEN: &str = r#"# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "example.com/acme/bar" {
  version     = "1.1.0"
  constraints = "~> 1.0"
  hashes = [
    "h1:70omSnNl9BvNtTHQPrN6+EWm9skCh/KWlJdw5jxLDR4=",
  ]
}

provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.100.0"
  constraints = ">= 5.0.0, ~> 5.10, != 5.11.0, 5.100.0"
  hashes = [
    "h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0=",
    "zh:054b8dd49f0549c9a7cc27d159e45327b7b65cf404da5e5a20da154b90b8a644",
  ]
}

provider "registry.terraform.io/hashicorp/null" {
  version = "3.2.1"
}
"#;

    #[test]
    fn reads_and_writes_the_same_bytes() {
        let (locks, diagnostics) = LockFile::parse(WRITTEN, FileId(0));
        assert_eq!(diagnostics, Diagnostics::new());
        assert_eq!(locks.to_text(), WRITTEN);
        assert_eq!(locks.iter().count(), 3);
        assert!(locks.selects_the_same(&locks.clone()));
    }

    #[test]
    fn an_empty_file_is_its_header() {
        let (locks, diagnostics) = LockFile::parse("", FileId(0));
        assert!(diagnostics.is_empty() && locks.is_empty());
        assert_eq!(locks.to_text().lines().count(), 2);
    }

    #[test]
    fn reports_every_mistake_at_its_place() {
        // Text, then summary and the piece of text that is underlined for each diagnostic.
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("x = 1", &[("Unsupported argument", "x")]),
            ("providers \"a\" {\n}", &[("Unsupported block type", "providers")]),
            ("provider {\n}", &[("Invalid provider source address", "provider")]),
            ("provider \"a/b/c/d\" {\n}", &[("Invalid provider source address", "\"a/b/c/d\"")]),
            (
                "provider \"hashicorp/aws\" {\n}",
                &[("Non-normalized provider source address", "\"hashicorp/aws\"")],
            ),
            (
                "provider \"terraform.io/builtin/terraform\" {\n}",
                &[("Invalid provider source address", "\"terraform.io/builtin/terraform\"")],
            ),
            ("provider \"a.b/c/d\" {\n}", &[("Missing required argument", "provider \"a.b/c/d\"")]),
            (
                "provider \"a.b/c/d\" {\n  version = \"1.0\"\n  constraints = \">=1.0\"\n  hashes = []\n  hash = 1\n}",
                &[
                    ("Unsupported argument", "hash"),
                    ("Invalid provider version number", "\"1.0\""),
                    ("Invalid provider version constraints", "\">=1.0\""),
                    ("Invalid provider hash set", "[]"),
                ],
            ),
            (
                "provider \"a.b/c/d\" {\n  version = x\n  constraints = \"${y}\"\n  hashes = [\"\", 7, \"h1:ok\"]\n}",
                &[
                    ("Unsuitable value type", "x"),
                    ("Unsuitable value type", "\"${y}\""),
                    ("Invalid provider hash string", "\"\""),
                    ("Unsuitable value type", "7"),
                ],
            ),
            (
                "provider \"a.b/c/d\" {\n  version = \"1.0.0\"\n}\nprovider \"a.b/c/d\" {\n  version = \"1.0.0\"\n}\n",
                &[("Duplicate provider lock", "provider \"a.b/c/d\"")],
            ),
            (
                "module \"x\" {\n}\nmodule \"y\" {\n}\n",
                &[("Dependency locks for modules are not yet supported", "module")],
            ),
        ];
        for (text, expected) in cases {
            let (_, diagnostics) = LockFile::parse(text, FileId(0));
            let got: Vec<(&str, &str)> = diagnostics
                .iter()
                .map(|diagnostic| {
                    let span = diagnostic.subject.expect("has a place");
                    (diagnostic.summary.as_str(), &text[span.start as usize..span.end as usize])
                })
                .collect();
            assert_eq!(got, *expected, "{text}");
        }
    }

    #[test]
    fn saving_replaces_the_file_and_keeps_its_mode() {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let path = scratch.path().join(super::super::LOCK_FILE_NAME);
        let (locks, _) = LockFile::parse(WRITTEN, FileId(0));
        locks.save(&path).expect("saves");
        LockFile::new().save(&path).expect("saves");
        locks.save(&path).expect("saves");
        assert_eq!(std::fs::read_to_string(&path).expect("reads"), WRITTEN);
        assert_eq!(std::fs::read_dir(scratch.path()).expect("lists").count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).expect("is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o644);
        }
    }
}
