//! Where things are, and which bytes are text at all.

use plumb_source::{FileId, Span};
use plumb_syntax::ast::{ExprKind, Step, TemplatePart};
use plumb_syntax::{decode, parse_expression_at, parse_file};

const TEXT: &str = "a = 1 # one\nresource \"x\" y {\n  b = f(c.d, \"e${g}\") + h[0].*.i\n}\nz {}\n";

fn slice(span: Span) -> &'static str {
    &TEXT[span.start as usize..span.end as usize]
}

#[test]
fn of_arguments_blocks_and_expressions() {
    let (body, diagnostics) = parse_file(TEXT, FileId(0));
    assert!(diagnostics.is_empty());
    assert_eq!(slice(body.span), TEXT);
    assert_eq!(slice(body.attributes[0].span), "a = 1");
    let block = &body.blocks[0];
    assert_eq!(slice(block.header), "resource \"x\" y");
    assert_eq!(slice(block.labels[0].span), "\"x\"");
    assert!(slice(block.span).starts_with("resource") && slice(block.span).ends_with("\n}"));
    assert!(slice(block.body.span).starts_with("\n  b") && slice(block.body.span).ends_with(".i\n"));
    assert_eq!(slice(body.blocks[1].body.span), "");

    let ExprKind::Binary { operator_span, left, right, .. } = &block.body.attributes[0].value.kind else {
        panic!("a sum")
    };
    assert_eq!(slice(*operator_span), "+");
    let ExprKind::Call(call) = &left.kind else { panic!("a call") };
    assert_eq!((slice(call.name_span), slice(call.close_span)), ("f", ")"));
    assert_eq!(slice(call.arguments[0].span), "c.d");
    let ExprKind::Template(parts) = &call.arguments[1].kind else { panic!("a template") };
    let [TemplatePart::Literal { span, .. }, TemplatePart::Interpolation(inner)] = &parts[..] else {
        panic!("two parts")
    };
    assert_eq!((slice(*span), slice(inner.span)), ("e", "g"));
    let ExprKind::Traverse { steps, .. } = &right.kind else { panic!("a traversal") };
    assert_eq!(steps.iter().map(|step| slice(step.span())).collect::<Vec<_>>(), ["[0]", ".*.i"]);
    let Step::AttributeSplat { steps, .. } = &steps[1] else { panic!("a splat") };
    assert_eq!(slice(steps[0].span()), ".i");
}

#[test]
fn of_text_inside_a_file() {
    let (expression, diagnostics) = parse_expression_at("a +", FileId(3), 100);
    assert_eq!(expression.span, Span::new(FileId(3), 100, 103));
    let error = diagnostics.iter().next().expect("one error");
    assert_eq!(error.subject, Some(Span::new(FileId(3), 103, 103)));
}

#[test]
fn bytes_that_are_no_text() {
    assert_eq!(decode("é".as_bytes(), FileId(0)), Ok("é"));
    let diagnostics = decode(b"ab\xff", FileId(0)).expect_err("no text");
    assert_eq!(diagnostics.iter().next().and_then(|error| error.subject), Some(Span::new(FileId(0), 2, 3)));
}
