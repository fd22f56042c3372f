//! Every error of a file at once, each where it is, and no noise behind it.

mod show;

use plumb_source::FileId;
use plumb_syntax::{parse_expression, parse_file, parse_template};

/// One line for each error: its summary and the text that it underlines.
fn told(text: &str, diagnostics: &plumb_diagnostics::Diagnostics) -> Vec<String> {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let span = diagnostic.subject.expect("a place");
            let place = &text[span.start as usize..span.end as usize];
            format!("{} @ {place:?}", diagnostic.summary)
        })
        .collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let (_, diagnostics) = parse_file(text, FileId(0));
    assert_eq!(told(text, &diagnostics), expected, "{text}");
}

#[test]
fn reports_all_and_goes_on() {
    check(
        "a = 1 +\nb = )\nresource \"x\" \"y\" {\n  c = [1 2]\n  d = f(1,, 2)\n  e = { f 1 }\n}\ng = \"${h\"\ni = 1\ni = 2\n",
        &[
            "Invalid expression @ \"\\n\"",
            "Invalid expression @ \")\"",
            "Missing item separator @ \"2\"",
            "Invalid expression @ \",\"",
            "Missing key/value separator @ \"1\"",
            "Unclosed template interpolation sequence @ \"${\"",
            "Attribute redefined @ \"i\"",
        ],
    );
}

#[test]
fn two_items_of_one_list() {
    check(
        "a = [1 +, 2, * 3, f(4 5), 6]\n",
        &["Invalid expression @ \",\"", "Invalid expression @ \"*\"", "Missing argument separator @ \"5\""],
    );
    check(
        "a = {\n  b = 1 +\n  c = ]\n  d = 2\n}\ne = 1 2\n",
        &[
            "Invalid expression @ \"\\n\"",
            "Invalid expression @ \"]\"",
            "Missing newline after argument @ \"2\"",
        ],
    );
}

#[test]
fn a_missing_bracket_does_not_hide_the_rest() {
    check(
        "a = [\n  1,\n  2\nb = 3\nc = +\n",
        &["Unterminated tuple constructor expression @ \"[\"", "Invalid expression @ \"+\""],
    );
    check(
        "resource \"x\" \"y\" {\n  a = f(1, g(2)\n  b = 3\n}\nresource \"x\" \"z\" {\n  c = 1 2\n}\n",
        &["Unterminated function call @ \"f(\"", "Missing newline after argument @ \"2\""],
    );
    check(
        "x {\n  a = (1 + 2\n}\ny {\n  b = 1 2\n}\n",
        &["Unbalanced parentheses @ \"}\"", "Missing newline after argument @ \"2\""],
    );
}

#[test]
fn a_missing_quote_costs_one_line() {
    check(
        "x {\n  a = \"abc\n  b = 1\n}\ny \"z {\n  c = 1 2\n}\n",
        &[
            "Unterminated template string @ \"\\\"\"",
            "Unterminated template string @ \"\\\"\"",
            "Missing newline after argument @ \"2\"",
        ],
    );
    check(
        "a = f(\"b)\nc = 1 2\n",
        &["Unterminated template string @ \"\\\"\"", "Missing newline after argument @ \"2\""],
    );
    check(
        "a = \"one\n  two\n  three\"\nb = 1 2\n",
        &["Invalid multi-line string @ \"\\n\"", "Missing newline after argument @ \"2\""],
    );
    check(
        "a {\n  b = \"${c\n}\nd = 1 2\n",
        &["Unclosed template interpolation sequence @ \"${\"", "Missing newline after argument @ \"2\""],
    );
}

#[test]
fn a_missing_brace_is_sought_by_indentation() {
    let text = "a {\n  b {\n    c = 1\n  d = 2\n}\ne {\n}\n";
    let (_, diagnostics) = parse_file(text, FileId(0));
    assert_eq!(told(text, &diagnostics), ["Unclosed configuration block @ \"{\""]);
    let note = &diagnostics.iter().next().expect("one").notes[0];
    assert_eq!(&text[note.span.start as usize..note.span.end as usize], "b {");

    let text = "a {\n  c = 1\ne {\n}\n";
    let (_, diagnostics) = parse_file(text, FileId(0));
    let note = &diagnostics.iter().next().expect("one").notes[0];
    assert_eq!(&text[note.span.start as usize..note.span.end as usize], "e");
}

#[test]
fn says_what_to_write_instead() {
    for (text, hint) in [
        ("a : 1\n", "write a = ..., not a colon"),
        ("a = 'x'\n", "Use double quotes"),
        ("a = b & c\n", "write \"&&\""),
        ("a = x.0.1\n", "[0][1]"),
        ("a = \"${f(\\\"x\\\")}\"\n", "without a backslash"),
        ("a = \"\\d\"\n", "plain backslash write \\\\"),
        ("a = \"${x:-y}\"\n", "double the sign"),
        ("a = \"%{ iff x }%{ endif }\"\n", "Did you mean \"if\"?"),
        ("a = <<EOT\nx\nEOT)\n", "alone on its line"),
        ("a = <<\"EOT\"\nx\nEOT\n", "without quotes"),
        ("a \"${b}\" {\n}\n", "fixed text"),
        ("a = {\n  b {\n  }\n}\n", "equals sign before the brace"),
        ("a { b = 1, c = 2 }\n", "on a line of its own"),
        ("a = 1,\nb = 2\n", "remove the comma"),
        ("a = [for k, v in m : k => v]\n", "Use braces"),
        ("a = b =\n", "\"==\""),
        ("a = \u{201c}b\u{201d}\n", "straight double quotes"),
        ("a\u{a0}= 1\n", "ordinary blank"),
    ] {
        let (_, diagnostics) = parse_file(text, FileId(0));
        let details: Vec<_> = diagnostics.iter().map(|diagnostic| &diagnostic.detail).collect();
        assert!(details.iter().any(|detail| detail.contains(hint)), "{text}: {details:#?}");
    }
}

#[test]
fn keeps_what_could_be_read() {
    let (body, diagnostics) =
        parse_file("a = 1\nb = [1 2, 3]\nc {\n  d = +\n  e = f.\n}\ng = h\n", FileId(0));
    assert_eq!(diagnostics.len(), 3);
    assert_eq!(show::body(&body), "a = 1; b = [1, 3]; c {d = INVALID; e = f}; g = h");
}

#[test]
fn expressions_and_templates_by_themselves() {
    let text = "a b";
    let (_, diagnostics) = parse_expression(text, FileId(0));
    assert_eq!(told(text, &diagnostics), ["Extra characters after expression @ \"b\""]);
    let text = "";
    let (_, diagnostics) = parse_expression(text, FileId(0));
    assert_eq!(told(text, &diagnostics), ["Missing expression @ \"\""]);
    let text = "x %{ if a } ${b} %{ for c in d } ${e f}";
    let (_, diagnostics) = parse_template(text, FileId(0));
    assert_eq!(
        told(text, &diagnostics),
        [
            "Unexpected end of template @ \"if\"",
            "Unexpected end of template @ \"for\"",
            "Extra characters after interpolation expression @ \"f\"",
        ]
    );
}
