//! Both forms of diagnostics. The expectations of the JSON form were captured from the peer.

use plumb_source::{SourceMap, Span};

use crate::{Diagnostic, TextStyle, render_all_text, render_compact_text, render_json, render_text};

const SOURCE: &str = r#"variable "amis" {
  type = map(string)
}

resource "terraform_data" "web" {
  input = {
    a = var.amis["eu"]
    é = upper([1])
  }
}
output "x" { value = terraform_data.nope.id }
"#;

struct Sources {
    map: SourceMap,
    file: plumb_source::FileId,
}

impl Sources {
    fn new() -> Self {
        let map = SourceMap::new();
        let file = map.add("main.tf", SOURCE);
        Sources { map, file }
    }

    fn span(&self, needle: &str) -> Span {
        let start = SOURCE.find(needle).expect("the source has it");
        Span::new(self.file, start as u32, (start + needle.len()) as u32)
    }

    fn text(&self, diagnostic: &Diagnostic) -> String {
        render_text(diagnostic, &self.map, &TextStyle::PLAIN)
    }
}

#[test]
fn an_error_shows_source_values_and_explanation() {
    let sources = Sources::new();
    let mut diagnostic = Diagnostic::error(
        "Invalid index",
        "The given key does not identify an element in this collection value, which has other keys than that one.\n\n - us\n\nAdd it.",
    )
    .at(sources.span("[\"eu\"]"))
    .on("terraform_data.web");
    diagnostic.values = vec![("var.amis".into(), "is map of string with 1 element".into())];
    diagnostic.function = Some("upper".into());
    insta::assert_snapshot!(sources.text(&diagnostic), @r#"
        Error: Invalid index

          with terraform_data.web,
          on main.tf line 7, in resource "terraform_data" "web":
            |
          7 |     a = var.amis["eu"]
            |                 ^^^^^^
            = while calling upper
            = var.amis is map of string with 1 element

        The given key does not identify an element in this collection value, which has
        other keys than that one.

         - us

        Add it.
    "#);
}

#[test]
fn notes_have_their_own_source() {
    let sources = Sources::new();
    let diagnostic = Diagnostic::error("Cycle", "These need each other.")
        .note(sources.span("var.amis[\"eu\"]"), "terraform_data.web needs var.amis here")
        .note(sources.span("terraform_data.nope.id"), "which needs terraform_data.nope");
    insta::assert_snapshot!(sources.text(&diagnostic), @r#"
        Error: Cycle

          terraform_data.web needs var.amis here
          on main.tf line 7, in resource "terraform_data" "web":
            |
          7 |     a = var.amis["eu"]
            |         ^^^^^^^^^^^^^^

          which needs terraform_data.nope
          on main.tf line 11, in output "x":
             |
          11 | output "x" { value = terraform_data.nope.id }
             |                      ^^^^^^^^^^^^^^^^^^^^^^

        These need each other.
    "#);
}

#[test]
fn a_block_is_marked_at_its_header() {
    let sources = Sources::new();
    let span = sources.span("resource \"terraform_data\" \"web\" {\n  input = {");
    insta::assert_snapshot!(sources.text(&Diagnostic::warning("Odd block", "").at(span)), @r#"
        Warning: Odd block

          on main.tf line 5, in resource "terraform_data" "web":
            |
          5 | resource "terraform_data" "web" {
            | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          6 |   input = {
            |
    "#);
}

#[test]
fn without_a_place_there_are_only_words() {
    let sources = Sources::new();
    insta::assert_snapshot!(sources.text(&Diagnostic::error("No state", "There is none.")), @"
        Error: No state

        There is none.
    ");
    let broken = Diagnostic::error("Odd", "").at(Span::new(sources.file, 5000, 9000));
    insta::assert_snapshot!(sources.text(&broken), @"
        Error: Odd

          on main.tf line 12:
    ");
}

#[test]
fn similar_warnings_are_told_once() {
    let sources = Sources::new();
    let warning =
        |needle: &str| Diagnostic::warning("Deprecated", "Use the other one.").at(sources.span(needle));
    let all = [warning("type"), warning("input"), Diagnostic::error("Bad", "So bad."), warning("output")];
    insta::assert_snapshot!(render_all_text(&all, &sources.map, &TextStyle::PLAIN), @r#"
        Warning: Deprecated

          on main.tf line 2, in variable "amis":
            |
          2 |   type = map(string)
            |   ^^^^

        Use the other one.

        (and 2 more similar warnings elsewhere: main.tf line 6, main.tf line 11)

        Error: Bad

        So bad.
    "#);
    let warnings: Vec<_> = all.iter().filter(|one| !one.is_error()).collect();
    insta::assert_snapshot!(render_compact_text(warnings, &sources.map, &TextStyle::PLAIN), @"
        Warnings:

        - Deprecated
          on main.tf line 2 (and 2 more)

        Without -compact-warnings, each of them is explained.
    ");
    assert!(render_compact_text(&all, &sources.map, &TextStyle::PLAIN).contains("So bad."));
    assert_eq!(render_compact_text([], &sources.map, &TextStyle::PLAIN), "");
}

#[test]
fn json_is_what_the_peer_writes() {
    let sources = Sources::new();
    let diagnostic = Diagnostic::error(
        "Reference to undeclared resource",
        "A managed resource \"terraform_data\" \"nope\" has not been declared in the root module.",
    )
    .at(sources.span("terraform_data.nope"));
    let expected = r#"{"severity":"error","summary":"Reference to undeclared resource","detail":"A managed resource \"terraform_data\" \"nope\" has not been declared in the root module.","range":{"filename":"main.tf","start":{"line":11,"column":22,"byte":158},"end":{"line":11,"column":41,"byte":177}},"snippet":{"context":"output \"x\"","code":"output \"x\" { value = terraform_data.nope.id }","start_line":11,"highlight_start_offset":21,"highlight_end_offset":40,"values":[]}}"#;
    assert_eq!(render_json(&diagnostic, &sources.map).to_string(), expected);
    let diagnostic = Diagnostic::error("Invalid function argument", "Bad.").at(sources.span("[1]"));
    let json = render_json(&diagnostic, &sources.map);
    // The letter before takes two bytes and one column.
    assert_eq!(json["range"]["start"].to_string(), r#"{"line":8,"column":15,"byte":126}"#);
    assert_eq!(json["snippet"]["highlight_start_offset"], 15);
}

#[test]
fn json_marks_at_least_one_byte() {
    let map = SourceMap::new();
    let file = map.add("a.tf", "x = \n");
    let json = render_json(&Diagnostic::warning("Empty", "").at(Span::new(file, 4, 4)), &map);
    assert_eq!(json["range"]["end"]["byte"], 5);
    assert_eq!(json["snippet"]["code"], "x = ");
    assert_eq!(json["snippet"]["context"], serde_json::Value::Null);
    let nothing = map.add("empty.tf", "");
    let json = render_json(&Diagnostic::warning("Empty", "").at(Span::new(nothing, 0, 0)), &map);
    assert_eq!(json["snippet"]["highlight_end_offset"], 0);
}
