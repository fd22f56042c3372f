//! Canonical layout: what the peer makes of each text, and where we keep what it destroys.

use plumb_source::FileId;
use plumb_syntax::format;

const CASES: &str = include_str!("data/format.txt");

#[test]
fn lays_out_like_the_peer() {
    let mut differences = Vec::new();
    for case in CASES.split("=== ").skip(1) {
        let (name, rest) = case.split_once('\n').expect("name");
        let (input, expected) = rest.split_once("---\n").expect("two texts");
        let output = format(&decoded(input), FileId(0)).expect("no errors");
        if output != decoded(expected) {
            differences.push(format!("{name}\n{output}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn decoded(text: &str) -> String {
    text.replace("∎\n", "").replace('␍', "\r").replace("⟦BOM⟧", "\u{feff}")
}

#[test]
fn keeps_what_the_peer_destroys() {
    for (input, expected) in [
        // The peer drops both labels.
        ("resource \"a$b\"   \"$${c}\" {\n}\n", "resource \"a$b\" \"$${c}\" {\n}\n"),
        // The peer makes `a[]` of it.
        ("x = a[ true ]\ny = a[null]\n", "x = a[true]\ny = a[null]\n"),
        // The peer takes the quotes away, and what is left is no expression.
        ("x = \"${ # why\n  a\n}\"\n", "x = \"${ # why\n  a\n}\"\n"),
        ("x = \"${(a)\n+ (b)}\"\n", "x = \"${(a)\n+ (b)}\"\n"),
        // The peer makes three blanks of it.
        ("\u{feff}", ""),
        ("\u{feff}  ", "  "),
    ] {
        assert_eq!(format(input, FileId(0)).as_deref(), Ok(expected), "{input}");
    }
}

#[test]
fn does_not_touch_text_with_errors() {
    let diagnostics = format("a = [1\nb=2\n", FileId(0)).expect_err("an error");
    assert_eq!(diagnostics.len(), 1);
}

/// A case in which a second run finds more to do, as it does with the peer: of strings inside each
/// other that are nothing but an interpolation, only the outermost is unwrapped at a time.
const NOT_AT_ONCE: &str = "unwrapping nested";

#[test]
fn canonical_layout_stays_as_it_is() {
    for case in CASES.split("=== ").skip(1) {
        let (name, rest) = case.split_once('\n').expect("name");
        let (_, expected) = rest.split_once("---\n").expect("two texts");
        let once = decoded(expected);
        let twice = format(&once, FileId(0)).expect("no errors");
        assert_eq!(twice == once, name != NOT_AT_ONCE, "{name}\n{twice}");
    }
}
