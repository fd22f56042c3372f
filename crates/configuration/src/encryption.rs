//! `encryption` blocks: how states and plans are to be encrypted.
//!
//! Responsible for reading and checking them, also where they come from the environment, and for what comes
//! of both together. It encrypts nothing, and evaluates no arguments.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_expression::{Expression, Subject};
use plumb_source::{SourceMap, Span};
use plumb_syntax::ast::{Attribute, Block, Body};

use crate::encryption_kinds::{KEY_PROVIDERS, Kind, METHODS, find};
use crate::reader::{Reader, compile, dotted_names, refuse_labels};
use crate::values::unexpected_block;

/// Type and name of a key provider or a method.
pub type EncryptionName = (Arc<str>, Arc<str>);

/// What an `encryption` block says.
#[derive(Clone, Debug, Default)]
pub struct Encryption {
    /// Where keys come from.
    pub key_providers: BTreeMap<EncryptionName, EncryptionPart>,
    /// How something is encrypted.
    pub methods: BTreeMap<EncryptionName, EncryptionPart>,
    /// What becomes of states.
    pub state: Option<EncryptionTarget>,
    /// What becomes of plans.
    pub plan: Option<EncryptionTarget>,
    /// How states of other configurations are read: by the name of the data source, or without one for all.
    pub remote: BTreeMap<Option<Arc<str>>, EncryptionTarget>,
    /// The block's header.
    pub span: Option<Span>,
}

/// A `key_provider` or `method` block.
#[derive(Clone, Debug)]
pub struct EncryptionPart {
    /// Its arguments.
    pub arguments: BTreeMap<Arc<str>, Arc<Expression>>,
    /// Type and labels.
    pub span: Span,
}

/// What is to be encrypted by which method: `state`, `plan` and their like.
#[derive(Clone, Debug)]
pub struct EncryptionTarget {
    /// The method by which it is written, and first read.
    pub method: Option<(EncryptionName, Span)>,
    /// Whether it must not be written in the clear.
    pub is_enforced: bool,
    /// How it is read where that fails.
    pub fallback: Option<Box<EncryptionTarget>>,
    /// The block's header.
    pub span: Span,
}

impl EncryptionTarget {
    /// Whether it is to be written in another form than in the clear.
    pub fn encrypts(&self) -> bool {
        self.method.as_ref().is_some_and(|((kind, _), _)| &**kind != "unencrypted")
    }
}

impl Encryption {
    /// Lays what the environment says over this: whatever it names is as it says.
    #[must_use]
    pub fn overlaid_with(mut self, other: Encryption) -> Self {
        self.key_providers.extend(other.key_providers);
        self.methods.extend(other.methods);
        self.state = other.state.or(self.state);
        self.plan = other.plan.or(self.plan);
        self.remote.extend(other.remote);
        self.span = self.span.or(other.span);
        self
    }

    /// What is wrong with it as a whole: names that nothing has, and methods that are not allowed.
    pub fn check(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for (name, part) in self.key_providers.iter().chain(&self.methods) {
            for expression in part.arguments.values() {
                self.check_argument(expression, &mut diagnostics);
            }
            if self.waits_for_itself(name) {
                let detail =
                    format!("The key provider {} is made of its own key.", shown("key_provider", name));
                diagnostics.push(Diagnostic::error("Circular reference detected", detail).at(part.span));
            }
        }
        for target in self.state.iter().chain(&self.plan).chain(self.remote.values()) {
            self.check_target(target, target.is_enforced, &mut diagnostics);
        }
        diagnostics
    }

    fn check_argument(&self, expression: &Expression, diagnostics: &mut Diagnostics) {
        diagnostics.append(expression.problems().clone());
        for reference in expression.references() {
            match &reference.subject {
                Subject::Variable(_) | Subject::Local(_) | Subject::Path(_) | Subject::Workspace => {}
                Subject::Resource(resource, _) if &*resource.kind == "key_provider" => {
                    let Some(name) = key_provider_of(expression) else {
                        let detail =
                            "A key provider is named by its type and its name: key_provider.pbkdf2.main.";
                        let problem = Diagnostic::error("Invalid Key Provider expression format", detail);
                        diagnostics.push(problem.at(expression.span()));
                        return;
                    };
                    if !self.key_providers.contains_key(&name) {
                        diagnostics.push(undeclared(
                            "key provider",
                            "key_provider",
                            &name,
                            expression.span(),
                        ));
                    }
                }
                _ => diagnostics.push(crate::early::dynamic(reference)),
            }
        }
    }

    /// Whether a key provider is made of itself, by way of `chain`.
    fn waits_for_itself(&self, start: &EncryptionName) -> bool {
        let mut at = start.clone();
        for _ in 0..self.key_providers.len() {
            let chain = self.key_providers.get(&at).and_then(|part| part.arguments.get("chain"));
            let Some(next) = chain.and_then(|chain| key_provider_of(chain)) else { return false };
            if next == *start {
                return true;
            }
            at = next;
        }
        false
    }

    fn check_target(&self, target: &EncryptionTarget, is_enforced: bool, diagnostics: &mut Diagnostics) {
        let mut next = Some(target);
        while let Some(target) = next {
            next = target.fallback.as_deref();
            let Some((name, span)) = &target.method else { continue };
            if !self.methods.contains_key(name) {
                diagnostics.push(undeclared("encryption method", "method", name, *span));
            } else if is_enforced && &*name.0 == "unencrypted" {
                let detail = "With enforced = true nothing is read or written in the clear, so the method unencrypted cannot \
                              be used, not even as a fallback.";
                diagnostics.push(Diagnostic::error("Unencrypted method is forbidden", detail).at(*span));
            }
        }
    }
}

fn shown(prefix: &str, (kind, name): &EncryptionName) -> String {
    format!("{prefix}.{kind}.{name}")
}

fn undeclared(what: &str, block: &str, name: &EncryptionName, span: Span) -> Diagnostic {
    let (kind, label) = name;
    Diagnostic::error(
        format!("Reference to undeclared {what}"),
        format!("There is no {block} \"{kind}\" \"{label}\" block in the encryption block. Add it, or name another one."),
    )
    .at(span)
}

/// The key provider that an argument names, where it is nothing but that.
fn key_provider_of(expression: &Expression) -> Option<EncryptionName> {
    match dotted_names(expression.syntax()).as_deref() {
        Some([prefix, kind, name]) if &**prefix == "key_provider" => Some((kind.clone(), name.clone())),
        _ => None,
    }
}

/// Reads one `encryption` block.
pub(crate) fn read_encryption(block: &Block, diagnostics: &mut Diagnostics) -> Encryption {
    refuse_labels(block, diagnostics);
    let mut encryption = read_body(&block.body, diagnostics);
    encryption.span = Some(block.header);
    encryption
}

/// Reads what the variable `TF_ENCRYPTION` says: the content of an `encryption` block, in either syntax.
pub fn encryption_from_text(text: &str, sources: &SourceMap) -> (Encryption, Diagnostics) {
    const NAME: &str = "<TF_ENCRYPTION>";
    let mut diagnostics = Diagnostics::new();
    if !text.trim_start().starts_with('{') {
        let file = sources.add(NAME, text);
        let body = diagnostics.take(plumb_syntax::parse_file(text, file));
        let encryption =
            if diagnostics.has_errors() { Encryption::default() } else { read_body(&body, &mut diagnostics) };
        return (encryption, diagnostics);
    }
    let whole = format!("{{\"terraform\":{{\"encryption\":{text}}}}}");
    let file = sources.add(NAME, whole.as_str());
    let blocks = match plumb_syntax::json::parse(&whole, file) {
        Ok(root) => crate::json::read_file(&root, &mut diagnostics),
        Err(problems) => return (Encryption::default(), problems),
    };
    let mut encryption = Encryption::default();
    for block in blocks.iter().flat_map(|terraform| terraform.body.blocks_of("encryption")) {
        encryption = encryption.overlaid_with(read_body(&block.body, &mut diagnostics));
    }
    (encryption, diagnostics)
}

fn read_body(body: &Body, diagnostics: &mut Diagnostics) -> Encryption {
    let mut encryption = Encryption::default();
    let mut reader = Reader::new(body);
    for block in reader.blocks("key_provider") {
        let part = read_part(block, "key_provider", KEY_PROVIDERS, diagnostics);
        add(part, "key_provider", &mut encryption.key_providers, diagnostics);
    }
    for block in reader.blocks("method") {
        let part = read_part(block, "method", METHODS, diagnostics);
        add(part, "method", &mut encryption.methods, diagnostics);
    }
    let state = reader.single_block("state", diagnostics);
    encryption.state = state.map(|block| read_target(block, true, diagnostics));
    let plan = reader.single_block("plan", diagnostics);
    encryption.plan = plan.map(|block| read_target(block, true, diagnostics));
    if let Some(block) = reader.single_block("remote_state_data_sources", diagnostics) {
        read_remote(block, &mut encryption.remote, diagnostics);
    }
    reader.finish(diagnostics);
    encryption
}

fn add(
    part: Option<(EncryptionName, EncryptionPart)>,
    what: &str,
    parts: &mut BTreeMap<EncryptionName, EncryptionPart>,
    diagnostics: &mut Diagnostics,
) {
    let Some((name, part)) = part else { return };
    if let Some(earlier) = parts.get(&name) {
        let detail = format!("There is a block {} already.", shown(what, &name));
        let problem = Diagnostic::error(format!("Duplicate {what}"), detail);
        diagnostics.push(problem.at(part.span).note(earlier.span, "the first one"));
        return;
    }
    parts.insert(name, part);
}

fn read_part(
    block: &Block,
    what: &str,
    kinds: &[Kind],
    diagnostics: &mut Diagnostics,
) -> Option<(EncryptionName, EncryptionPart)> {
    let [kind, name] = &block.labels[..] else {
        let (summary, at) = match &block.labels[..] {
            [] => (format!("Missing type for {what}"), block.header),
            [_] => (format!("Missing name for {what}"), block.header),
            [_, _, extra, ..] => (format!("Extraneous label for {what}"), extra.span),
            _ => return None,
        };
        let detail = format!("All {what} blocks must have 2 labels (type, name).");
        diagnostics.push(Diagnostic::error(summary, detail).at(at).within(block.header));
        return None;
    };
    for label in [kind, name] {
        if !plumb_syntax::is_identifier(&label.text) {
            let which = if std::ptr::eq(label, kind) { "type" } else { "name" };
            let of = if what == "method" { "encryption method" } else { "key provider" };
            let detail = "It must start with a letter or underscore and may contain only letters, digits, underscores, and \
                          dashes.";
            let problem = Diagnostic::error(format!("The provided {of} {which} is invalid"), detail);
            diagnostics.push(problem.at(label.span));
            return None;
        }
    }
    let Some(known) = find(kinds, &kind.text) else {
        let hint = did_you_mean(&kind.text, kinds.iter().map(|kind| kind.name));
        let (summary, of) = match what {
            "method" => ("Unknown encryption method type", "encryption method"),
            _ => ("Unknown key_provider type", "key provider"),
        };
        let detail = format!("There is no {of} of type \"{}\".{hint}", kind.text);
        diagnostics.push(Diagnostic::error(summary, detail).at(kind.span));
        return None;
    };
    check_arguments(block, known, diagnostics);
    let argument = |attribute: &Attribute| (attribute.name.text.clone(), compile(&attribute.value, &[]));
    let arguments = block.body.attributes.iter().map(argument).collect();
    Some(((kind.text.clone(), name.text.clone()), EncryptionPart { arguments, span: block.header }))
}

fn check_arguments(block: &Block, kind: &Kind, diagnostics: &mut Diagnostics) {
    for attribute in &block.body.attributes {
        let name = &*attribute.name.text;
        if !kind.has(name) {
            let hint = did_you_mean(name, kind.names());
            let detail = format!("An argument named \"{name}\" is not expected here.{hint}");
            diagnostics.push(Diagnostic::error("Unsupported argument", detail).at(attribute.name.span));
        }
    }
    for nested in block.body.blocks.iter().filter(|nested| !kind.blocks.contains(&&*nested.kind.text)) {
        diagnostics.push(unexpected_block(nested));
    }
    for name in kind.required.iter().filter(|name| block.body.attribute(name).is_none()) {
        let detail = format!("The argument \"{name}\" is required, but no definition was found.");
        diagnostics.push(Diagnostic::error("Missing required argument", detail).at(block.header));
    }
    if !kind.one_of.is_empty() && kind.one_of.iter().all(|name| block.body.attribute(name).is_none()) {
        let detail = format!("One of the arguments {} is required.", kind.one_of.join(" and "));
        diagnostics.push(Diagnostic::error("Missing required argument", detail).at(block.header));
    }
}

fn read_target(block: &Block, may_be_enforced: bool, diagnostics: &mut Diagnostics) -> EncryptionTarget {
    if block.labels.is_empty() || &*block.kind.text != "remote_state_data_source" {
        refuse_labels(block, diagnostics);
    }
    let mut reader = Reader::new(&block.body);
    let method = reader.attribute("method").and_then(|attribute| read_method(attribute, diagnostics));
    let is_enforced = may_be_enforced && reader.flag("enforced", diagnostics).unwrap_or_default();
    let fallback = reader.single_block("fallback", diagnostics);
    let fallback = fallback.map(|block| Box::new(read_target(block, false, diagnostics)));
    reader.finish(diagnostics);
    EncryptionTarget { method, is_enforced, fallback, span: block.header }
}

fn read_method(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<(EncryptionName, Span)> {
    let span = attribute.value.span;
    match dotted_names(&attribute.value).as_deref() {
        Some([prefix, kind, name]) if &**prefix == "method" => Some(((kind.clone(), name.clone()), span)),
        _ => {
            let detail = "A method is named by its type and its name: method.aes_gcm.main.";
            diagnostics.push(Diagnostic::error("Invalid encryption method identifier", detail).at(span));
            None
        }
    }
}

fn read_remote(
    block: &Block,
    remote: &mut BTreeMap<Option<Arc<str>>, EncryptionTarget>,
    diagnostics: &mut Diagnostics,
) {
    refuse_labels(block, diagnostics);
    let mut reader = Reader::new(&block.body);
    if let Some(usual) = reader.single_block("default", diagnostics) {
        remote.insert(None, read_target(usual, false, diagnostics));
    }
    for named in reader.blocks("remote_state_data_source") {
        let [name] = &named.labels[..] else {
            let detail = "All remote_state_data_source blocks must have 1 label (name).";
            let problem = Diagnostic::error("Missing name for remote_state_data_source", detail);
            diagnostics.push(problem.at(named.header));
            continue;
        };
        let target = read_target(named, false, diagnostics);
        if let Some(earlier) = remote.insert(Some(name.text.clone()), target) {
            let detail = format!("There is a block for \"{}\" already.", name.text);
            let problem = Diagnostic::error("Duplicate remote_data_source", detail);
            diagnostics.push(problem.at(named.header).note(earlier.span, "the first one"));
        }
    }
    reader.finish(diagnostics);
}
