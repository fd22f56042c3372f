//! Verdicts of the peer on whole files, and the first line of its first message.

use plumb_source::FileId;
use plumb_syntax::parse_file;

const CASES: &str = include_str!("data/acceptance.tsv");

#[test]
fn accepts_and_rejects_what_the_peer_does() {
    let mut differences = Vec::new();
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (verdict, text) = (fields.next().expect("verdict"), fields.next().expect("text"));
        let text = unquoted(text);
        let (_, diagnostics) = parse_file(&text, FileId(0));
        let summaries: Vec<_> = diagnostics.iter().map(|diagnostic| &*diagnostic.summary).collect();
        let same = match verdict {
            "ok" => summaries.is_empty(),
            "error" => summaries.contains(&fields.next().expect("summary")),
            _ => !summaries.is_empty(),
        };
        if !same {
            differences.push(format!("{line}\n    but: {summaries:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The text in a JSON string.
fn unquoted(json: &str) -> String {
    let mut out = String::new();
    let mut characters = json[1..json.len() - 1].chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next().expect("escape") {
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'u' => {
                let digits: String = characters.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).expect("digits");
                out.push(char::from_u32(code).expect("character"));
            }
            other => out.push(other),
        }
    }
    out
}
