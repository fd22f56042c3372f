//! What the language has besides its own functions, where it describes hosts.

mod arguments;
mod changes;
mod content;
mod convert;
mod edits;
mod ending;
mod fact;
mod fetch;
mod files;
mod given;
mod host;
mod inventory;
mod jinja;
mod jinja_json;
mod jinja_methods;
mod lines;
mod operation;
mod outcome;
mod passwords;
mod paths;
mod printing;
mod program;
mod replacement;
mod restart;
mod rsync;
mod secrets;
mod template;
mod tree;
mod words;

use plumb_source::Span;
use plumb_starlark::language::environment::{Globals, GlobalsBuilder, LibraryExtension};
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::{Context, Sources};

pub use arguments::{NAMES as COMMON_ARGUMENTS, login_of};
pub(crate) use content::of as content_of;
pub(crate) use convert::{shown, texts, to_json};
pub use edits::escaped as literal_expression;
pub(crate) use ending::run_endings;
pub(crate) use fact::{remember, remembered_silently};
pub(crate) use files::permissions;
pub(crate) use host::host_value;
pub use jinja::template_environment;

use crate::pass::Pass;

/// Whether a value is an operation or a fact: files of the library also give functions to one another.
pub(crate) fn is_documented(value: plumb_starlark::language::values::Value<'_>) -> bool {
    operation::is_operation(value) || fact::is_fact(value)
}

/// The arguments that a value takes beside its own; none where it is no operation.
pub fn also_takes(value: plumb_starlark::language::values::Value<'_>) -> Option<Vec<String>> {
    operation::is_operation(value).then(|| arguments::NAMES.map(str::to_owned).to_vec())
}

/// What the language itself brings along.
pub(crate) const EXTENSIONS: &[LibraryExtension] = &[
    LibraryExtension::StructType,
    LibraryExtension::RecordType,
    LibraryExtension::EnumType,
    LibraryExtension::Map,
    LibraryExtension::Filter,
    LibraryExtension::Partial,
    LibraryExtension::Json,
    LibraryExtension::Typing,
    LibraryExtension::SetType,
];

/// All functions and values that code of deploys has.
pub fn globals() -> Globals {
    with_natives(GlobalsBuilder::extended_by(EXTENSIONS)).build()
}

/// What the language has for deploys.
pub(crate) fn with_natives(builder: GlobalsBuilder) -> GlobalsBuilder {
    builder
        .with(fact::natives)
        .with(operation::natives)
        .with(changes::natives)
        .with(content::natives)
        .with(edits::natives)
        .with(ending::natives)
        .with(fetch::natives)
        .with(files::natives)
        .with(inventory::natives)
        .with(outcome::natives)
        .with(passwords::natives)
        .with(paths::natives)
        .with(restart::natives)
        .with(rsync::natives)
        .with(printing::natives)
        .with(program::natives)
        .with(secrets::natives)
        .with(template::natives)
        .with(tree::natives)
        .with(words::natives)
}

/// The run that some code belongs to.
pub(crate) fn pass<'a>(
    evaluator: &Evaluator<'_, 'a, '_>,
    what: &str,
) -> plumb_starlark::language::Result<&'a Pass> {
    Context::of::<Pass>(evaluator).ok_or_else(|| {
        error(format!("{what} is known only while a deploy runs for a host: use it inside of a function"))
    })
}

/// The innermost place in the call stack that a person wrote.
pub(crate) fn place_of(evaluator: &Evaluator, sources: &Sources) -> Span {
    let frames = evaluator.call_stack().into_frames();
    let places = frames.iter().rev().filter_map(|frame| frame.location.as_ref());
    let written = places.into_iter().find(|place| is_written(place.filename()));
    written.map_or(Span::NONE, |place| sources.span(place))
}

/// The places in the call stack that a person wrote, from the outside in.
fn places_of(evaluator: &Evaluator, sources: &Sources) -> Vec<Span> {
    let frames = evaluator.call_stack().into_frames();
    let places = frames.iter().filter_map(|frame| frame.location.as_ref());
    places.filter(|place| is_written(place.filename())).map(|place| sources.span(place)).collect()
}

/// The file that a person wrote, innermost in the call stack.
fn file_of(evaluator: &Evaluator) -> Option<String> {
    let frames = evaluator.call_stack().into_frames();
    let places = frames.iter().rev().filter_map(|frame| frame.location.as_ref());
    let mut files = places.map(|place| place.filename().to_owned());
    files.find(|file| is_written(file))
}

/// Whether a person wrote a file: it is part neither of the library nor of the language itself, whose functions
/// are written in Rust.
fn is_written(file: &str) -> bool {
    !file.starts_with('@') && !file.ends_with(".rs")
}

/// An error of ours.
pub(crate) fn error(why: impl Into<String>) -> plumb_starlark::language::Error {
    plumb_starlark::language::Error::new_other(Wrong(why.into()))
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Wrong(String);
