//! Files with values that SOPS has encrypted.

use std::path::Path;

use plumb_diagnostics::Diagnostic;

use super::Source;
use crate::builder::Builder;
use crate::programs::{Ended, ProgramError};
use crate::tree::Node;
use crate::world::World;

/// The program that decrypts them.
const PROGRAM: &str = "sops";

/// Whether SOPS says in a file that it has encrypted it.
pub(super) fn is_encrypted(node: &Node) -> bool {
    node.entry("sops").is_some_and(|entry| entry.value.entry("mac").is_some())
}

/// What is in such a file; nothing where it cannot be decrypted, and then it is said why. None of it is shown.
pub(super) fn decrypted(builder: &mut Builder, world: World<'_>, path: &Path) -> Option<(Node, Source)> {
    let name = path.display().to_string();
    let arguments = ["--decrypt", "--output-type", "json", &name].map(str::to_owned);
    let why = match world.programs.run(Path::new(PROGRAM), &arguments) {
        Ok(Ended { failure: None, output, .. }) => match String::from_utf8(output) {
            Ok(text) => return read(builder, world, &name, &text),
            Err(_) => "it wrote no text in UTF-8".to_owned(),
        },
        Ok(Ended { failure: Some(how), errors, .. }) if errors.is_empty() => how,
        Ok(Ended { failure: Some(how), errors, .. }) => format!("{how}: {errors}"),
        Err(ProgramError::NotStarted(why)) if why.kind() == std::io::ErrorKind::NotFound => {
            "there is no such program on this machine; install it".to_owned()
        }
        Err(why) => why.to_string(),
    };
    let detail = format!("{name} is encrypted, and the program {PROGRAM} has not decrypted it: {why}.");
    builder.report(Diagnostic::error("Cannot decrypt variables", detail));
    None
}

fn read(builder: &mut Builder, world: World<'_>, name: &str, text: &str) -> Option<(Node, Source)> {
    let source = Source::of_program(&format!("{name}, decrypted"), true);
    let file = world.sources.add(source.name(), covered(text));
    match crate::tree::read_json(file, text) {
        Ok(node) => Some((node, source)),
        Err(error) => {
            builder.report(error);
            None
        }
    }
}

/// A text of which only the lines are left, for messages show what stands where something is wrong.
fn covered(text: &str) -> String {
    let cover = |letter: char| {
        if letter.is_ascii_whitespace() { letter.into() } else { "*".repeat(letter.len_utf8()) }
    };
    text.chars().map(cover).collect()
}
