//! Bodies of blocks against a schema: values, dynamic blocks, and what does not fit.

use plumb_evaluator::Phase;

use crate::fake::{bench, output};

async fn check(body: &str, value: &str, expected: Result<&str, &[&str]>) {
    let main = format!(
        "resource \"a_later\" \"z\" {{}}\nresource \"a_b\" \"c\" {{\n  {body}\n}}\noutput \"o\" {{\n  value = {value}\n}}\n"
    );
    let bench = bench(&[("main.tf", &main)]);
    let found = output(&bench.evaluator(Phase::Plan, &[]), "o").await;
    let expected = expected
        .map(str::to_owned)
        .map_err(|summaries| summaries.iter().map(|summary| (*summary).to_owned()).collect::<Vec<_>>());
    assert_eq!(found, expected, "{main}");
}

#[tokio::test]
async fn arguments_are_converted_or_refused() {
    check("name = 5", "a_b.c.name", Ok("\"5\"")).await;
    check("", "a_b.c.name", Ok("null(string)")).await;
    check("any = [1, \"x\"]", "a_b.c.any", Ok("[1, \"x\"]")).await;
    check("tags = { a = 1 }", "a_b.c.tags", Ok("{\"a\" = \"1\"}")).await;
    check("name = []", "a_b.c.id", Err(&["Incorrect attribute value type"])).await;
    check("tags = { a = [] }", "a_b.c.id", Err(&["Incorrect attribute value type"])).await;
    check("nmae = 1", "a_b.c.id", Err(&["Unsupported argument"])).await;
    check("rule = []", "a_b.c.id", Err(&["Unsupported argument"])).await;
    check("name {}", "a_b.c.id", Err(&["Unsupported block type"])).await;
    check("nosuch {}", "a_b.c.id", Err(&["Unsupported block type"])).await;
    // That is for the provider to refuse.
    check("id = \"x\"", "a_b.c.name", Ok("null(string)")).await;
    check("name = nosuch(1)", "a_b.c.id", Err(&["Call to unknown function"])).await;
    check("any = [1 / 0]", "a_b.c.id", Err(&["Infinite number"])).await;
    check("any = 1 / 0 > 5", "a_b.c.any", Ok("true")).await;
}

#[tokio::test]
async fn blocks_are_gathered_as_the_schema_says() {
    let rule = |port: u32| format!("rule {{\n    port = {port}\n  }}\n  ");
    check(&format!("{}{}", rule(1), rule(2)), "a_b.c.rule[*].port", Ok("[1, 2]")).await;
    check("", "a_b.c.rule", Ok("[]")).await;
    check(&(0..4).map(rule).collect::<String>(), "a_b.c.id", Err(&["Too many rule blocks"])).await;
    check("rule {}", "a_b.c.id", Err(&["Missing required argument"])).await;
    check("rule \"x\" {\n    port = 1\n  }", "a_b.c.id", Err(&["Extraneous label for rule"])).await;
    check("only {\n    port = 1\n  }", "a_b.c.only.port", Ok("1")).await;
    check("", "a_b.c.only == null", Ok("true")).await;
    check(
        "only {\n    port = 1\n  }\n  only {\n    port = 2\n  }",
        "a_b.c.id",
        Err(&["Duplicate only block"]),
    )
    .await;
    check("named \"x\" {\n    port = 1\n  }", "a_b.c.named[\"x\"].port", Ok("1")).await;
    check("named {\n    port = 1\n  }", "a_b.c.id", Err(&["Missing label for named"])).await;
    check(
        "named \"x\" {\n    port = 1\n  }\n  named \"x\" {\n    port = 2\n  }",
        "a_b.c.id",
        Err(&["Duplicate block"]),
    )
    .await;
    check("some {\n    port = 1\n  }\n  some {\n    port = 1\n  }", "length(a_b.c.some)", Ok("1")).await;
}

#[tokio::test]
async fn dynamic_blocks_are_written_out() {
    let dynamic = |for_each: &str, content: &str| {
        format!(
            "dynamic \"rule\" {{\n    for_each = {for_each}\n    content {{\n      port = {content}\n    }}\n  }}"
        )
    };
    check(&dynamic("[5, 6]", "rule.value"), "a_b.c.rule[*].port", Ok("[5, 6]")).await;
    check(&dynamic("[5, 6]", "rule.key"), "a_b.c.rule[*].port", Ok("[0, 1]")).await;
    check(&dynamic("{ b = 1, a = 2 }", "rule.value"), "a_b.c.rule[*].port", Ok("[2, 1]")).await;
    check(&dynamic("toset([3])", "rule.key"), "a_b.c.rule[*].port", Ok("[3]")).await;
    check(&dynamic("[]", "1"), "a_b.c.rule", Ok("[]")).await;
    check(&dynamic("null", "1"), "a_b.c.id", Err(&["Invalid dynamic for_each value"])).await;
    check(&dynamic("\"x\"", "1"), "a_b.c.id", Err(&["Invalid dynamic for_each value"])).await;
    check(
        &dynamic("a_later.z.id == \"\" ? [1] : [2, 3]", "1"),
        "can(length(a_b.c.rule))",
        Ok("unknown(bool)"),
    )
    .await;
    check(&dynamic("[a_later.z.id]", "length(rule.value)"), "length(a_b.c.rule)", Ok("1")).await;
    check(&dynamic("sensitive([5])", "rule.value"), "nonsensitive(a_b.c.rule[0].port)", Ok("5")).await;
    let labelled = "dynamic \"named\" {\n    for_each = { x = 1, y = 2 }\n    iterator = it\n    labels   = [upper(it.key)]\n    \
                    content {\n      port = it.value\n    }\n  }";
    check(labelled, "keys(a_b.c.named)", Ok("[\"X\", \"Y\"]")).await;
    let mixed = format!(
        "rule {{\n    port = 1\n  }}\n  {}\n  rule {{\n    port = 9\n  }}",
        dynamic("[5]", "rule.value")
    );
    check(&mixed, "a_b.c.rule[*].port", Ok("[1, 5, 9]")).await;
}
