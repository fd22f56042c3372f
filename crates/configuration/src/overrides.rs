//! Override files: `override.tf` and `*_override.tf`, laid over the other files of a module.
//!
//! Responsible for what wins where both say something. It works on the tree of syntax, before any
//! block is read, so that everything is read and checked once, in the form that it ends up in.

use std::collections::HashMap;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;
use plumb_syntax::ast::{Attribute, Block, Body};
use plumb_syntax::json::Property;

use crate::module::without_json;
use crate::reader::literal_text;
use crate::undecided::{names_of, remove_names};

/// Whether a file is laid over the others rather than read beside them.
pub(crate) fn is_override(name: &str) -> bool {
    let Some((stem, _)) = without_json(name).0.rsplit_once('.') else { return false };
    stem == "override" || stem.ends_with("_override")
}

/// What tells the blocks of a module apart.
type Key = (Arc<str>, Vec<Arc<str>>);

/// The blocks of a module's files, to lay others over.
pub(crate) struct Merger<'a> {
    blocks: Vec<Block>,
    by_key: HashMap<Key, usize>,
    /// Block and attribute of each local value.
    locals: HashMap<Arc<str>, (usize, usize)>,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Merger<'a> {
    pub(crate) fn new(blocks: Vec<Block>, diagnostics: &'a mut Diagnostics) -> Self {
        let mut by_key = HashMap::new();
        let mut locals = HashMap::new();
        for (at, block) in blocks.iter().enumerate() {
            if &*block.kind.text == "locals" {
                for (position, attribute) in block.body.attributes.iter().enumerate() {
                    locals.insert(attribute.name.text.clone(), (at, position));
                }
            }
            // Of two with one name the first is kept; reading them tells of the second.
            by_key.entry(key(block)).or_insert(at);
        }
        Merger { blocks, by_key, locals, diagnostics }
    }

    pub(crate) fn finish(self) -> Vec<Block> {
        self.blocks
    }

    /// Lays one block of an override file over what is there.
    pub(crate) fn lay(&mut self, over: Block) {
        match &*over.kind.text {
            "terraform" => self.settings(over),
            "locals" => self.values(over),
            "moved" | "import" => self.refuse(
                format!("Cannot override '{}' blocks", over.kind.text),
                format!(
                    "Records of {} objects can appear only in normal files, not in override files.",
                    if &*over.kind.text == "moved" { "moved" } else { "imported" }
                ),
                over.header,
            ),
            "check" => self.refuse(
                "Can't override check blocks".to_owned(),
                "Override files cannot override \"check\" blocks. Change the block where it stands.".to_owned(),
                over.header,
            ),
            "removed" => self.diagnostics.push(
                Diagnostic::warning(
                    "Removed block in override file",
                    "Override files cannot override \"removed\" blocks, so this one has no effect. Move it to another file.",
                )
                .at(over.header),
            ),
            "variable" | "output" | "module" | "provider" | "resource" | "data" | "ephemeral" => self.object(over),
            // Reading it says that there is no such kind.
            _ => self.blocks.push(over),
        }
    }

    fn refuse(&mut self, summary: String, detail: String, span: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
    }

    fn object(&mut self, over: Block) {
        let Some(at) = self.by_key.get(&key(&over)).copied() else {
            let (summary, detail) = missing(&over);
            self.refuse(summary, detail, over.header);
            return;
        };
        let refused = match &*over.kind.text {
            "variable" => &["validation"][..],
            "output" => &["precondition", "postcondition"],
            _ => &[],
        };
        let is_refused = |block: &Block| refused.contains(&&*block.kind.text);
        for block in over.body.blocks.iter().filter(|block| is_refused(block)) {
            self.refuse_condition(block);
        }
        if let Some(attribute) = over.body.attribute("depends_on") {
            self.refuse(
                "Unsupported override".to_owned(),
                "The depends_on argument may not be overridden. Change it where the block stands.".to_owned(),
                attribute.name.span,
            );
        }
        let Body { mut attributes, mut blocks, undecided, .. } = over.body;
        blocks.retain(|block| !is_refused(block));
        attributes.retain(|attribute| &*attribute.name.text != "depends_on");
        let has_conditions = matches!(&*over.kind.text, "resource" | "data" | "ephemeral");
        if has_conditions {
            for lifecycle in blocks.iter_mut().filter(|block| &*block.kind.text == "lifecycle") {
                let (refused, kept) = std::mem::take(&mut lifecycle.body.blocks)
                    .into_iter()
                    .partition(|block: &Block| matches!(&*block.kind.text, "precondition" | "postcondition"));
                lifecycle.body.blocks = kept;
                let refused: Vec<Block> = refused;
                refused.iter().for_each(|block| self.refuse_condition(block));
            }
        }
        let base = &mut self.blocks[at].body;
        let said = attributes.iter().map(|attribute| attribute.name.text.clone());
        remove_names(&mut base.undecided, &said.chain(blocks.iter().map(effective_kind)).collect());
        replace_attributes(base, attributes);
        replace_blocks(base, blocks, has_conditions);
        replace_undecided(base, undecided);
        // Where one file repeats by number and the other by key, the number counts.
        if base.attribute("count").is_some()
            && base.attribute("for_each").is_some_and(|one| {
                base.attribute("count").is_some_and(|other| other.name.span.file != one.name.span.file)
            })
        {
            base.attributes.retain(|attribute| &*attribute.name.text != "for_each");
        }
    }

    fn refuse_condition(&mut self, block: &Block) {
        let kind = &block.kind.text;
        self.refuse(
            format!("Can't override {kind} blocks"),
            format!("Override files cannot override \"{kind}\" blocks. Change the block where it stands."),
            block.header,
        );
    }

    fn values(&mut self, over: Block) {
        // Labels and blocks inside are refused when the block is read.
        if !over.labels.is_empty() || !over.body.blocks.is_empty() {
            self.blocks.push(over);
            return;
        }
        for attribute in over.body.attributes {
            match self.locals.get(&attribute.name.text).copied() {
                Some((at, position)) => self.blocks[at].body.attributes[position] = attribute,
                None => {
                    let name = &attribute.name.text;
                    let detail = format!(
                        "There is no local value named \"{name}\". An override file can only override a local value \
                         defined in a primary configuration file."
                    );
                    self.refuse(
                        "Missing base local value definition to override".to_owned(),
                        detail,
                        attribute.span,
                    );
                }
            }
        }
    }

    /// `terraform` blocks have no name: what one of them says takes the place of what all others say.
    fn settings(&mut self, mut over: Block) {
        let overrides_version = over.body.attribute("required_version").is_some();
        let is_place = |block: &Block| matches!(&*block.kind.text, "backend" | "cloud");
        let overrides_place = over.body.blocks.iter().any(is_place);
        self.encryption(&mut over);
        let is_required = |block: &Block| &*block.kind.text == "required_providers";
        let mut required: Vec<Attribute> = Vec::new();
        let mut has_base = false;
        for base in self.blocks.iter_mut().filter(|block| &*block.kind.text == "terraform") {
            if overrides_version {
                base.body.attributes.retain(|attribute| &*attribute.name.text != "required_version");
            }
            if overrides_place {
                base.body.blocks.retain(|block| !is_place(block));
            }
            has_base |= base.body.blocks.iter().any(is_required);
        }
        if has_base {
            over.body.blocks.retain_mut(|block| {
                let is_merged = is_required(block) && block.body.blocks.is_empty() && block.labels.is_empty();
                if is_merged {
                    required.append(&mut block.body.attributes);
                }
                !is_merged
            });
            let terraform = self.blocks.iter_mut().filter(|block| &*block.kind.text == "terraform");
            if let Some(base) =
                terraform.flat_map(|block| &mut block.body.blocks).find(|block| is_required(block))
            {
                replace_attributes(&mut base.body, required);
            }
        }
        self.blocks.push(over);
    }
}

impl Merger<'_> {
    /// What an override file says of encryption takes the place of what has the same type and name, and
    /// stands beside the rest.
    fn encryption(&mut self, over: &mut Block) {
        let is_encryption = |block: &Block| &*block.kind.text == "encryption";
        let terraform = self.blocks.iter_mut().filter(|block| &*block.kind.text == "terraform");
        let Some(base) =
            terraform.flat_map(|block| &mut block.body.blocks).find(|block| is_encryption(block))
        else {
            return;
        };
        let (said, rest) = std::mem::take(&mut over.body.blocks).into_iter().partition(is_encryption);
        over.body.blocks = rest;
        let said: Vec<Block> = said;
        for block in said.into_iter().flat_map(|block| block.body.blocks) {
            base.body.blocks.retain(|known| key(known) != key(&block));
            base.body.blocks.push(block);
        }
    }
}

fn key(block: &Block) -> Key {
    let mut names: Vec<Arc<str>> = block.labels.iter().map(|label| label.text.clone()).collect();
    if &*block.kind.text == "provider"
        && let Some(alias) =
            block.body.attribute("alias").and_then(|attribute| literal_text(&attribute.value))
    {
        names.push(alias);
    }
    (block.kind.text.clone(), names)
}

fn missing(over: &Block) -> (String, String) {
    let labels: Vec<&str> = over.labels.iter().map(|label| &*label.text).collect();
    let label = |at: usize| labels.get(at).copied().unwrap_or_default();
    let (summary, what) = match &*over.kind.text {
        "variable" => {
            ("Missing base variable declaration to override", format!("variable named \"{}\"", label(0)))
        }
        "output" => ("Missing base output definition to override", format!("output named \"{}\"", label(0))),
        "module" => ("Missing module call to override", format!("module call named \"{}\"", label(0))),
        "provider" => (
            "Missing base provider configuration for override",
            format!("configuration of that alias for the provider \"{}\"", label(0)),
        ),
        "resource" => {
            ("Missing resource to override", format!("{} resource named \"{}\"", label(0), label(1)))
        }
        "data" => (
            "Missing data resource to override",
            format!("{} data resource named \"{}\"", label(0), label(1)),
        ),
        _ => (
            "Missing ephemeral resource to override",
            format!("{} ephemeral resource named \"{}\"", label(0), label(1)),
        ),
    };
    let detail = format!(
        "There is no {what}. An override file can only override a block defined in a primary configuration file."
    );
    (summary.to_owned(), detail)
}

fn replace_attributes(base: &mut Body, over: Vec<Attribute>) {
    let mut positions: HashMap<Arc<str>, usize> =
        base.attributes.iter().enumerate().map(|(at, attribute)| (attribute.name.text.clone(), at)).collect();
    for attribute in over {
        match positions.get(&attribute.name.text) {
            Some(at) => base.attributes[*at] = attribute,
            None => {
                positions.insert(attribute.name.text.clone(), base.attributes.len());
                base.attributes.push(attribute);
            }
        }
    }
}

/// Whatever has the names that an override file in JSON says goes, be it argument or block.
fn replace_undecided(base: &mut Body, over: Vec<Property>) {
    let names = names_of(&over);
    base.attributes.retain(|attribute| !names.contains(&attribute.name.text));
    base.blocks.retain(|block| !names.contains(&effective_kind(block)));
    remove_names(&mut base.undecided, &names);
    base.undecided.extend(over);
}

/// The type of blocks that a block stands for: its own, or the one that it makes.
fn effective_kind(block: &Block) -> Arc<str> {
    match &block.labels[..] {
        [label] if &*block.kind.text == "dynamic" => label.text.clone(),
        _ => block.kind.text.clone(),
    }
}

/// Blocks take the place of all that have their type, but a `lifecycle` is laid over argument by
/// argument.
fn replace_blocks(base: &mut Body, over: Vec<Block>, merge_lifecycle: bool) {
    let is_merged = |block: &Block| merge_lifecycle && &*block.kind.text == "lifecycle";
    let replaced: std::collections::HashSet<Arc<str>> =
        over.iter().filter(|block| !is_merged(block)).map(effective_kind).collect();
    base.blocks.retain(|block| !replaced.contains(&effective_kind(block)));
    for block in over {
        let lifecycle = base.blocks.iter_mut().find(|other| is_merged(other) && is_merged(&block));
        match lifecycle {
            Some(lifecycle) => {
                replace_attributes(&mut lifecycle.body, block.body.attributes);
                lifecycle.body.blocks.extend(block.body.blocks);
            }
            None => base.blocks.push(block),
        }
    }
}
