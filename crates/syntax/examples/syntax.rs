//! Formats standard input, or with `check` reads it and prints what is wrong.

use std::io::{Read, Write};
use std::process::ExitCode;

use plumb_source::FileId;

fn main() -> ExitCode {
    let mut bytes = Vec::new();
    if std::io::stdin().read_to_end(&mut bytes).is_err() {
        return ExitCode::from(2);
    }
    let text = String::from_utf8_lossy(&bytes);
    let result = match std::env::args().nth(1).as_deref() {
        Some("check") => {
            let (_, diagnostics) = plumb_syntax::parse_file(&text, FileId(0));
            if diagnostics.has_errors() { Err(diagnostics) } else { Ok(String::new()) }
        }
        _ => plumb_syntax::format(&text, FileId(0)),
    };
    let (output, code) = match result {
        Ok(text) => (text, ExitCode::SUCCESS),
        Err(diagnostics) => {
            let lines = diagnostics.iter().map(|diagnostic| {
                let at = diagnostic.subject.map_or(0, |span| span.start);
                format!("{at}: {}: {}\n", diagnostic.summary, diagnostic.detail)
            });
            (lines.collect(), ExitCode::FAILURE)
        }
    };
    if std::io::stdout().write_all(output.as_bytes()).is_err() {
        return ExitCode::from(2);
    }
    code
}
