//! Chores of this repository. Responsible for generated code and generated documents, and in `tests/` for the rules of the house;
//! builds nothing that users run.

mod operations;
mod protocol;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["generate-protocol"] => protocol::generate(),
        ["generate-protocol", "--check"] => protocol::check(),
        ["document-operations"] => operations::write(),
        ["document-operations", "--check"] => operations::check(),
        _ => bail!("usage: cargo run -p plumb-xtask -- generate-protocol|document-operations [--check]"),
    }
}
