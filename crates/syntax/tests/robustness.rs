//! No text makes the parser fail, overflow the stack, lose a byte, or take more than linear time.

mod show;

use plumb_source::FileId;
use plumb_syntax::ast::{Body, ExprKind};
use plumb_syntax::{
    NESTING_MAX, format, lossless::SyntaxNode, parse_expression, parse_file, parse_lossless, parse_template,
};
use proptest::prelude::*;

/// Reads the text in every way.
#[track_caller]
fn read(text: &str) -> usize {
    let (body, diagnostics) = parse_file(text, FileId(0));
    let (green, _) = parse_lossless(text, FileId(0));
    assert_eq!(SyntaxNode::new_root(green).text().to_string(), text);
    drop(parse_expression(text, FileId(0)));
    drop(parse_template(text, FileId(0)));
    match format(text, FileId(0)) {
        Ok(_) => assert!(diagnostics.is_empty()),
        Err(errors) => assert_eq!(errors, diagnostics),
    }
    drop(body.clone());
    diagnostics.len()
}

#[test]
fn nesting_of_any_depth() {
    const DEEP: usize = 100_000;
    for (name, text) in [
        ("parentheses", format!("a = {}1{}\n", "(".repeat(DEEP), ")".repeat(DEEP))),
        ("open parentheses", format!("a = {}", "(".repeat(DEEP))),
        ("brackets", format!("a = {}1{}\n", "[".repeat(DEEP), "]".repeat(DEEP))),
        ("objects", format!("a = {}1{}\n", "{a=".repeat(DEEP), "}".repeat(DEEP))),
        ("blocks", format!("{}{}", "a {\n".repeat(DEEP), "}\n".repeat(DEEP))),
        ("open blocks", "a {\n".repeat(DEEP)),
        ("minus", format!("a = {}1\n", "-".repeat(DEEP))),
        ("bang", format!("a = {}b\n", "!".repeat(DEEP))),
        ("calls", format!("a = {}1{}\n", "f(".repeat(DEEP), ")".repeat(DEEP))),
        ("indexes", format!("a = {}1{}\n", "b[".repeat(DEEP), "]".repeat(DEEP))),
        ("splats", format!("a = b{}\n", "[*]".repeat(DEEP))),
        ("templates", format!("a = {}1{}\n", "\"${".repeat(DEEP), "}\"".repeat(DEEP))),
        ("open templates", format!("a = {}", "\"${".repeat(DEEP))),
        ("heredocs", format!("a = {}", "<<E\n${".repeat(DEEP))),
        ("directives", format!("a = \"{}{}\"\n", "%{if b}".repeat(DEEP), "%{endif}".repeat(DEEP))),
        ("loops", format!("a = \"{}{}\"\n", "%{for b in c}".repeat(DEEP), "%{endfor}".repeat(DEEP))),
        ("conditionals", format!("a = {}d\n", "b ? c : ".repeat(DEEP))),
        ("inner conditionals", format!("a = {}d{}\n", "b ? ".repeat(DEEP), " : c".repeat(DEEP))),
        ("sum", format!("a = 1{}\n", " + 1".repeat(DEEP))),
        ("for", format!("a = {}1{}\n", "[for b in c : ".repeat(DEEP), "]".repeat(DEEP))),
    ] {
        assert_eq!(read(&text), 1, "{name}");
    }
}

#[test]
fn nesting_up_to_the_limit() {
    let depth = NESTING_MAX as usize - 1;
    for text in [
        format!("a = {}1{}\n", "(".repeat(depth), ")".repeat(depth)),
        format!("a = {}1{}\n", "{a=".repeat(depth), "}".repeat(depth)),
        format!("{}{}", "a {\n".repeat(depth), "}\n".repeat(depth)),
        format!("a = 1{}\n", " + 1".repeat(depth)),
    ] {
        assert_eq!(read(&text), 0, "{text}");
    }
}

#[test]
fn length_of_any_kind_is_no_depth() {
    const MANY: usize = 20_000;
    for text in [
        format!("a = b{}\n", ".c".repeat(MANY)),
        format!("a = b{}\n", "[0]".repeat(MANY)),
        format!("a = [{}]\n", "1,".repeat(MANY)),
        format!("a = \"{}\"\n", "${b}".repeat(MANY)),
        format!("a = \"{}\"\n", "$".repeat(MANY)),
        format!("a = <<-E\n{}E\n", "  x\n".repeat(MANY)),
        format!("{}\n", "# c\n".repeat(MANY)),
    ] {
        assert_eq!(read(&text), 0);
    }
}

#[test]
fn hostile_texts_take_linear_time() {
    const MANY: usize = 50_000;
    for text in [
        format!("a = \"{}x\n", "\n x".repeat(MANY)),
        format!("a = \"{}\"\n", "\n x".repeat(MANY)),
        "a = \"\n".repeat(MANY),
        "a = [\n".repeat(MANY),
        "a = <<E\n".repeat(MANY),
        "a = \"${\n".repeat(MANY),
        "/*".repeat(MANY),
        "}".repeat(MANY),
        "a b ".repeat(MANY),
        "a \"".repeat(MANY),
        "1".repeat(MANY),
        "1.".repeat(MANY),
        "\r".repeat(MANY),
    ] {
        read(&text);
    }
}

/// Text that looks like configuration more often than not.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop::sample::select(vec![
        "a",
        "b",
        "for",
        "in",
        "if",
        "else",
        "endif",
        "endfor",
        "true",
        "null",
        "1",
        "2.5",
        " ",
        " ",
        "\n",
        "\n",
        "\r\n",
        "\t",
        "=",
        "==",
        "=>",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ",",
        ".",
        "...",
        "*",
        "+",
        "-",
        "!",
        "?",
        ":",
        "::",
        "\"",
        "\"",
        "${",
        "${~",
        "~}",
        "%{",
        "%{ if a }",
        "%{ endif }",
        "%{ for a in b }",
        "%{ endfor }",
        "$${",
        "\\",
        "\\n",
        "\\u00e9",
        "<<EOT\n",
        "<<-EOT\n",
        "EOT\n",
        "  EOT\n",
        "# c\n",
        "// c\n",
        "/*",
        "*/",
        "é",
        "e\u{301}",
        "日",
        ";",
        "'",
        "`",
        "&&",
        "||",
        "|",
        "<",
        ">=",
        "a = 1\n",
        "a {\n",
        "resource \"a\" \"b\" {\n",
        "\u{feff}",
        "\0",
    ]);
    prop::collection::vec(fragment, 0..60).prop_map(|fragments| fragments.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_can_be_read(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn nearly_right_texts_can_be_read(text in fragments()) {
        read(&text);
    }

    #[test]
    fn layout_keeps_the_meaning(text in fragments()) {
        if let Ok(once) = format(&text, FileId(0)) {
            let (before, _) = parse_file(&text, FileId(0));
            let (after, diagnostics) = parse_file(&once, FileId(0));
            prop_assert!(diagnostics.is_empty(), "{once}");
            prop_assert_eq!(meaning(before), meaning(after));
        }
    }
}

/// The body in a form in which rewritings that formatting may do make no difference.
fn meaning(mut body: Body) -> String {
    simplify(&mut body);
    show::body(&body)
}

fn simplify(body: &mut Body) {
    for attribute in &mut body.attributes {
        while let ExprKind::TemplateWrap(inner) | ExprKind::Parentheses(inner) = &attribute.value.kind {
            attribute.value = (**inner).clone();
        }
    }
    for block in &mut body.blocks {
        block.labels.iter_mut().for_each(|label| label.quoted = true);
        simplify(&mut block.body);
    }
}
