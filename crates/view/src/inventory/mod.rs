//! Inventories: hosts with how each is reached, its groups and its data, and where that comes from.

mod json;
mod text;

use plumb_inventory::{Datum, Level};
use plumb_source::SourceMap;

pub use json::inventory_json;
pub use text::inventory_text;

/// Where something was said: `hosts.ini line 3`.
fn place(datum: &Datum, sources: &SourceMap) -> String {
    let origin = &datum.origin;
    // What is typed has one line.
    match sources.get(origin.span.file).filter(|file| *file.path == *origin.source) {
        Some(file) => format!("{} line {}", origin.source, file.line_number(origin.span.start)),
        None => origin.source.to_string(),
    }
}

fn level(level: Level<'_>) -> &'static str {
    match level {
        Level::CommandLine => "command line",
        Level::Host => "host",
        Level::Group(_) => "group",
    }
}
