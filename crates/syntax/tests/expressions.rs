//! What expressions and templates are read as.

mod show;

use plumb_source::FileId;
use plumb_syntax::{parse_expression, parse_template};

#[track_caller]
fn check(text: &str, expected: &str) {
    let (expression, diagnostics) = parse_expression(text, FileId(0));
    assert!(diagnostics.is_empty(), "{text}: {diagnostics:#?}");
    assert_eq!(show::expr(&expression), expected, "{text}");
}

#[track_caller]
fn check_template(text: &str, expected: &str) {
    let (expression, diagnostics) = parse_template(text, FileId(0));
    assert!(diagnostics.is_empty(), "{text}: {diagnostics:#?}");
    assert_eq!(show::expr(&expression), expected, "{text}");
}

#[test]
fn literals_and_names() {
    for (text, expected) in [
        ("1", "1"),
        ("1.5e3", "1.5e3"),
        ("1E+3", "1E+3"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("true", "true"),
        ("null", "null"),
        ("a-b", "a-b"),
        ("_x", "_x"),
        ("größe", "größe"),
        ("gro\u{308}ße", "größe"),
        ("\u{feff}a", "a"),
        ("true_", "true_"),
    ] {
        check(text, expected);
    }
}

#[test]
fn operators_bind_like_the_peers() {
    for (text, expected) in [
        ("a + b * c", "(a + (b * c))"),
        ("a * b + c", "((a * b) + c)"),
        ("a - b - c", "((a - b) - c)"),
        ("a || b && c", "(a || (b && c))"),
        ("a == b && c != d", "((a == b) && (c != d))"),
        ("a < b == c > d", "((a < b) == (c > d))"),
        ("a + b < c % d", "((a + b) < (c % d))"),
        ("-a + b", "((-a) + b)"),
        ("-a.b", "(-a.b)"),
        ("!a == b", "((!a) == b)"),
        ("!!a", "(!(!a))"),
        ("--1", "(-(-1))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a ? b ? c : d : e", "(a ? (b ? c : d) : e)"),
        ("a || b ? c + 1 : d", "((a || b) ? (c + 1) : d)"),
        ("(a + b) * c", "(p((a + b)) * c)"),
        ("(\n a\n + b\n)", "p((a + b))"),
        ("1 # one\n + 2 // two\n /* three */ + 3", "((1 + 2) + 3)"),
    ] {
        check(text, expected);
    }
}

#[test]
fn steps() {
    for (text, expected) in [
        ("a.b.c", "a.b.c"),
        ("a[0].b[c]", "a[0].b[c]"),
        ("a[\"k\"]", "a[T[\"k\"]]"),
        ("a.0.b", "a.#0.b"),
        ("a.*.b.c[0]", "a.*<.b.c>[0]"),
        ("a.*.0", "a.*<.#0>"),
        ("a[*].b[0]", "a[*]<.b[0]>"),
        ("a[*].b[*].c", "a[*]<.b[*]<.c>>"),
        ("a[*].b.*.c", "a[*]<.b.*<.c>>"),
        ("f(x).y", "f(x).y"),
        ("[1, 2][0]", "[1, 2][0]"),
        ("{ a = 1 }.a", "{'a=1}.a"),
        ("(a).b", "p(a).b"),
        ("\"x\".y", "T[\"x\"].y"),
        ("a[\n0\n]", "a[0]"),
    ] {
        check(text, expected);
    }
}

#[test]
fn calls_and_collections() {
    for (text, expected) in [
        ("f()", "f()"),
        ("f(a, b,)", "f(a, b)"),
        ("f(a...)", "f(a...)"),
        ("f(\n a,\n b...\n)", "f(a, b...)"),
        ("f (a)", "f(a)"),
        ("a::b::c(1)", "a::b::c(1)"),
        ("[]", "[]"),
        ("[1, [2], ]", "[1, [2]]"),
        ("{}", "{}"),
        ("{ a = 1, b : 2 }", "{'a=1, 'b=2}"),
        ("{\n a = 1\n\n b = 2,\n c = 3\n}", "{'a=1, 'b=2, 'c=3}"),
        ("{ (a) = 1, \"b\" = 2, 3 = 4, a.b = 5 }", "{p(a)=1, T[\"b\"]=2, 3=4, a.b=5}"),
        ("{ \"${a}\" = 1, true = 2 }", "{wrap(a)=1, true=2}"),
        ("{ a = b ? c : d }", "{'a=(b ? c : d)}"),
        ("[for x in y : x]", "<for x in y: x>"),
        ("[for k, v in y : v if k]", "<for k,v in y: v if k>"),
        ("{for k, v in y : k => v}", "<for k,v in y: k => v>"),
        ("{\nfor k, v in y :\n k => v...\n if v\n}", "<for k,v in y: k => v... if v>"),
        ("[for in in in : in]", "<for in in in: in>"),
    ] {
        check(text, expected);
    }
}

#[test]
fn quoted_templates() {
    for (text, expected) in [
        (r#""""#, "T[]"),
        (r#""abc""#, r#"T["abc"]"#),
        (r#""a\nb\t\"\\\r""#, r#"T["a\nb\t\"\\\r"]"#),
        (r#""\u00e9\U0001F600""#, "T[\"é😀\"]"),
        ("\"e\u{301}\"", "T[\"é\"]"),
        (r#""$${a} %%{b} $a %b $$ 100%""#, r#"T["${a} %{b} $a %b $$ 100%"]"#),
        (r#""${a}""#, "wrap(a)"),
        (r#""${a} ""#, r#"T[${a} " "]"#),
        (r#""${a}${b}""#, "T[${a} ${b}]"),
        (r#""x${~ a ~} y""#, r#"T["x" ${a} "y"]"#),
        (r#""x ${~ a ~} ${b}""#, r#"T["x" ${a} ${b}]"#),
        (r#""${~ a ~}""#, "wrap(a)"),
        (r#""%{ if a }b%{ else }c%{ endif }""#, r#"T[if a ["b"] else ["c"]]"#),
        (r#""%{if a}b%{endif}""#, r#"T[if a ["b"] else []]"#),
        (r#""%{ for k, v in a }${v}%{ endfor }""#, "T[for k,v in a [${v}]]"),
        (r#""%{ for v in a ~} - ${v} %{~ endfor }""#, r#"T[for v in a ["- " ${v}]]"#),
        ("\"${\n a\n}\"", "wrap(a)"),
        (r#""${"${"deep"}"}""#, r#"wrap(wrap(T["deep"]))"#),
        (r#""${ { a = 1 } }""#, "wrap({'a=1})"),
        (r#""a$""#, r#"T["a$"]"#),
        (r#""a%${b}""#, r#"T["a%" ${b}]"#),
    ] {
        check(text, expected);
    }
}

#[test]
fn heredocs() {
    for (text, expected) in [
        ("<<EOT\nEOT\n", "T[]"),
        ("<<EOT\na\n  b\nEOT\n", r#"T["a\n  b\n"]"#),
        ("<<EOT\r\na\r\nEOT\r\n", r#"T["a\r\n"]"#),
        ("<<EOT\na\n  EOT\n", r#"T["a\n"]"#),
        ("<<EOT\n\\n \"$${x}\" EOT\nEOT\n", r#"T["\\n \"${x}\" EOT\n"]"#),
        ("<<-EOT\n    a\n      b\n\n    c\n  EOT\n", r#"T["a\n  b\n\nc\n"]"#),
        ("<<-EOT\n  ${a}\n    b\n  EOT\n", r#"T[${a} "\n  b\n"]"#),
        ("<<-EOT\n  a\n${b}\n  EOT\n", r#"T["  a\n" ${b} "\n"]"#),
        ("<<-EOT\n\ta\n\t\tb\nEOT\n", r#"T["a\n\tb\n"]"#),
        ("<<EOT\n%{ if a ~}\n  b\n%{ endif ~}\nEOT\n", r#"T[if a ["  b\n"] else []]"#),
        (
            "<<-EOT\n    %{ if a ~}\n      b\n    %{ else ~}\n      c\n    %{ endif ~}\n  EOT\n",
            r#"T[if a ["      b\n"] else ["      c\n"]]"#,
        ),
        ("<<EOT\n${a}\nEOT\n", r#"T[${a} "\n"]"#),
        ("<<A\n${<<B\nx\nB\n}\nA\n", r#"T[${T["x\n"]} "\n"]"#),
        ("<<A\n\n  ${~ x ~}  \n\nA\n", r#"T["\n" ${x} "\n"]"#),
    ] {
        check(text, expected);
    }
}

#[test]
fn template_files() {
    for (text, expected) in [
        ("", "T[]"),
        ("hello\n", r#"T["hello\n"]"#),
        ("${a}", "wrap(a)"),
        ("${a}\n", r#"T[${a} "\n"]"#),
        ("a \"quoted\" \\n $", r#"T["a \"quoted\" \\n $"]"#),
        ("%{ for x in y ~}\n- ${x}\n%{ endfor ~}\n", r#"T[for x in y ["- " ${x} "\n"]]"#),
    ] {
        check_template(text, expected);
    }
}
