//! What expressions refer to, and what messages say about it.

use std::sync::Arc;

use plumb_expression::{
    Context, Expression, FunctionWorld, Mention, RepetitionKey, Subject, as_keyword, as_list, as_path,
};
use plumb_source::{FileId, MemoryFiles};
use plumb_value::{Marks, Refinement, Type, Value};

fn compile(text: &str, locals: &[&str]) -> Expression {
    let (syntax, diagnostics) = plumb_syntax::parse_expression(text, FileId(0));
    assert!(!diagnostics.has_errors(), "{text}: {diagnostics:?}");
    let locals: Vec<Arc<str>> = locals.iter().map(|name| (*name).into()).collect();
    let (expression, diagnostics) = Expression::compile(&syntax, &locals);
    assert!(!diagnostics.has_errors(), "{text}: {diagnostics:?}");
    expression
}

fn describe(subject: &Subject) -> String {
    let key = |key: &Option<RepetitionKey>| match key {
        None => String::new(),
        Some(RepetitionKey::Literal(key)) => key.to_string(),
        Some(RepetitionKey::Computed(key)) => {
            let inside: Vec<String> =
                key.references().iter().map(|reference| reference.text.to_string()).collect();
            format!("<{}>", inside.join(" "))
        }
    };
    match subject {
        Subject::Resource(resource, instance) => format!("resource {resource}{}", key(instance)),
        Subject::Module(call, instance, output) => {
            let output = output.as_ref().map(|name| format!(".{name}")).unwrap_or_default();
            format!("module {call}{}{output}", key(instance))
        }
        other => format!("{other:?}"),
    }
}

#[track_caller]
fn check(text: &str, locals: &[&str], expected: &[&str]) {
    let expression = compile(text, locals);
    let actual: Vec<String> =
        expression.references().iter().map(|reference| describe(&reference.subject)).collect();
    assert_eq!(actual, expected, "{text}");
}

#[test]
fn finds_references() {
    check("var.a + local.b", &[], &["Variable(\"a\")", "Local(\"b\")"]);
    check("var.a + var.a.b + var.c", &[], &["Variable(\"a\")", "Variable(\"c\")"]);
    check(
        "[each.key, each.value.x, count.index, self.id]",
        &[],
        &["EachKey", "EachValue", "CountIndex", "SelfObject"],
    );
    check("[path.module, path.root, path.cwd]", &[], &["Path(Module)", "Path(Root)", "Path(Cwd)"]);
    check("[terraform.workspace, tofu.applying]", &[], &["Workspace", "Applying"]);
    check("aws_instance.web.id", &[], &["resource aws_instance.web"]);
    check("resource.aws_instance.web.id", &[], &["resource aws_instance.web"]);
    check("data.aws_ami.x[0].id", &[], &["resource data.aws_ami.x[0]"]);
    check("ephemeral.a.b.c", &[], &["resource ephemeral.a.b"]);
    check("a.b[\"k\"].c", &[], &["resource a.b[\"k\"]"]);
    check("a.b.0.c", &[], &["resource a.b[0]"]);
    check("a.b[*].c", &[], &["resource a.b"]);
    check("a.b.*.c", &[], &["resource a.b"]);
    check("(a.b).c", &[], &["resource a.b"]);
    check("module.m", &[], &["module m"]);
    check("module.m.out.x", &[], &["module m.out"]);
    check("module.m[\"k\"].out", &[], &["module m[\"k\"].out"]);
    check("module.m[*].out", &[], &["module m"]);
    check(
        "\"${var.a}%{ if var.b }${var.c}%{ endif }\"",
        &[],
        &["Variable(\"a\")", "Variable(\"b\")", "Variable(\"c\")"],
    );
    check("{ a = var.x, (var.y) = 1 }", &[], &["Variable(\"x\")", "Variable(\"y\")"]);
    check("upper(var.x)", &[], &["Variable(\"x\")"]);
}

#[test]
fn keys_that_only_the_expression_knows_fetch_everything() {
    check(
        "a.b[count.index].c",
        &[],
        &["resource a.b<CountIndex>".replace("CountIndex", "count.index").as_str()],
    );
    check("a.b[var.k].c + a.b[var.k].d", &[], &["resource a.b<var.k>"]);
    check("module.m[each.key].out", &[], &["module m<each.key>.out"]);
    check("a.b[c.d[e.f.g].h]", &[], &["resource a.b<c.d[e.f.g]>"]);
    check("[for k in var.ks : a.b[k].c]", &[], &["Variable(\"ks\")", "resource a.b"]);
    check("[for k in var.ks : module.m[k].out]", &[], &["Variable(\"ks\")", "module m"]);
    check("a.b[it.key].c", &["it"], &["resource a.b"]);
    let expression = compile("a.b[c.d[e.f.g].h]", &[]);
    let all: Vec<&str> = expression.all_references().iter().map(|reference| &*reference.text).collect();
    assert_eq!(all, ["a.b[c.d[e.f.g].h]", "c.d[e.f.g]", "e.f"]);
}

#[test]
fn bound_names_are_no_references() {
    check("[for x in var.xs : x.y]", &[], &["Variable(\"xs\")"]);
    check("{ for k, v in var.xs : k => v if v != k }", &[], &["Variable(\"xs\")"]);
    check("[for x in x.y : x.z]", &[], &["resource x.y"]);
    check("\"%{ for i, x in var.xs }${i}${x}%{ endfor }\"", &[], &["Variable(\"xs\")"]);
    check("setting.value.name", &["setting"], &[]);
    check("[for var in [1] : var]", &[], &[]);
}

#[test]
fn calls_of_provider_functions_are_listed() {
    let expression = compile("provider::aws::arn_parse(var.x).account", &[]);
    let calls: Vec<(&str, &str)> =
        expression.provider_calls().iter().map(|call| (&*call.provider, &*call.function)).collect();
    assert_eq!(calls, [("aws", "arn_parse")]);
    assert_eq!(expression.references().len(), 1);
}

#[test]
fn constants_are_known_without_a_world() {
    for (text, constant) in [
        ("1 + 2", Some(Value::number(3))),
        ("upper(\"a\")", Some(Value::string("A"))),
        ("var.x", None),
        ("timestamp()", None),
        ("file(\"x\")", None),
        ("[][0]", None),
        ("provider::a::b()", None),
    ] {
        assert_eq!(compile(text, &[]).constant(), constant, "{text}");
    }
}

/// Evaluates with one value for each reference and gives what the first message shows of them.
fn shown(text: &str, inputs: &[Value]) -> Vec<(String, String)> {
    let expression = compile(text, &[]);
    let files = MemoryFiles::new();
    let world = FunctionWorld::nothing(&files);
    let (_, diagnostics) = expression.evaluate(inputs, &Context { locals: &[], world: &world });
    diagnostics.iter().next().unwrap_or_else(|| panic!("{text} has no error")).values.clone()
}

#[test]
fn messages_show_what_references_stand_for() {
    let pair = |name: &str, statement: &str| vec![(name.to_owned(), statement.to_owned())];
    let texts = Value::list(Type::String, [Value::string("a"), Value::string("b")]);
    assert_eq!(shown("var.x + 1", &[Value::string("a")]), pair("var.x", "is \"a\""));
    assert_eq!(
        shown("var.x.y", std::slice::from_ref(&texts)),
        pair("var.x", "is list of string with 2 elements")
    );
    assert_eq!(
        shown("var.x[5]", std::slice::from_ref(&texts)),
        pair("var.x", "is list of string with 2 elements")
    );
    assert_eq!(shown("var.x.a.b", &[Value::object([("a", Value::number(1))])]), pair("var.x.a", "is 1"));
    assert_eq!(
        shown("var.x.b", &[Value::object([("a", Value::number(1))])]),
        pair("var.x", "is object with 1 attribute \"a\"")
    );
    // Sensitive values are not spoken of where they are not the cause.
    assert_eq!(shown("var.x + []", &[Value::number(1).with_marks(Marks::SENSITIVE)]), []);
    // Only the failing part is shown.
    assert_eq!(shown("[var.x, var.y + []]", &[Value::number(1), Value::number(2)]), []);
    // Variables of a loop are shown where a step follows, with the value of the round.
    let loops = "[for o in var.x : o.n + \"z\"]";
    let objects = Value::tuple([Value::object([("n", Value::number(1))])]);
    assert_eq!(shown(loops, &[objects]), []);
    assert_eq!(shown("upper(var.x)", &[texts]), pair("var.x", "is list of string with 2 elements"));
}

#[test]
fn causes_may_be_unknown_or_sensitive_values() {
    let files = MemoryFiles::new();
    let world = FunctionWorld::nothing(&files);
    let context = Context { locals: &[], world: &world };
    let mention = Mention { unknown: true, sensitive: true };
    let limits = Refinement { length_max: Some(3), ..Refinement::not_null() };
    for (value, statement) in [
        (Value::unknown(Type::String), "is a string, known only after apply"),
        (Value::dynamic(), "will be known only after apply"),
        (
            Value::unknown_refined(Type::list(Type::String), limits),
            "is a list of string with up to 3 elements, known only after apply",
        ),
        (Value::string("x").with_marks(Marks::SENSITIVE), "has a sensitive value"),
        (Value::null(Type::String), "is null"),
        (Value::tuple([]), "is empty tuple"),
    ] {
        let described = compile("var.x", &[]).describe_values(&[value], &context, mention);
        assert_eq!(described, [("var.x".to_owned(), statement.to_owned())]);
    }
}

#[test]
fn names_of_the_context_have_its_values() {
    let expression = compile("it.value.name", &["it"]);
    let files = MemoryFiles::new();
    let world = FunctionWorld::nothing(&files);
    let value = Value::object([("value", Value::object([("name", Value::string("x"))]))]);
    let locals = [(Arc::from("it"), value)];
    let (value, diagnostics) = expression.evaluate(&[], &Context { locals: &locals, world: &world });
    assert!(diagnostics.is_empty());
    assert_eq!(value.as_str(), Some("x"));
}

#[test]
fn expressions_are_read_by_their_shape() {
    let syntax = |text: &str| plumb_syntax::parse_expression(text, FileId(0)).0;
    assert_eq!(as_keyword(&syntax("all")), Some("all"));
    assert_eq!(as_keyword(&syntax("a.b")), None);
    assert_eq!(as_list(&syntax("[a, b.c]")).map(<[_]>::len), Some(2));
    for (text, path) in
        [("tags", ".tags"), ("a.b[0].c", ".a.b[0].c"), ("tags[\"x\"]", ".tags[\"x\"]"), ("\"a.b\"", ".a.b")]
    {
        assert_eq!(as_path(&syntax(text)).map(|path| path.to_string()).ok().as_deref(), Some(path), "{text}");
    }
    for text in ["a[var.x]", "a[*].b", "1", "f(x)", "\"${a}\""] {
        assert!(as_path(&syntax(text)).is_err(), "{text}");
    }
    let expression = compile("aws_instance.web[0].tags[\"a\"]", &[]);
    let (reference, rest) = expression.as_reference().expect("a reference with steps");
    assert_eq!(&*reference.text, "aws_instance.web[0]");
    assert_eq!(rest.to_string(), ".tags[\"a\"]");
}

/// Cost grows with the size of the input and not with its square.
#[test]
fn large_collections_take_no_long() {
    let count: i64 = 100_000;
    let numbers = Value::list(Type::Number, (0..count).map(Value::number).collect::<Vec<_>>());
    let files = MemoryFiles::new();
    let world = FunctionWorld::nothing(&files);
    for text in [
        "length(distinct(concat(var.x, var.x)))",
        "length(setunion(var.x, var.x))",
        "length(setsubtract(var.x, [1]))",
        "length(flatten([var.x, [var.x]]))",
        "length(merge({ for x in var.x : x => x }, { for x in var.x : x => 1 }))",
        "length(matchkeys(var.x, var.x, var.x))",
        "length([for x in var.x : x if x % 2 == 0])",
        "length(join(\",\", var.x))",
        "length(\"%{ for x in var.x }${x}%{ endfor }\")",
        "length(zipmap(var.x, var.x))",
    ] {
        let started = std::time::Instant::now();
        let (value, diagnostics) = compile(text, &[])
            .evaluate(std::slice::from_ref(&numbers), &Context { locals: &[], world: &world });
        assert!(!diagnostics.has_errors(), "{text}: {diagnostics:?}");
        assert!(value.is_known(), "{text}");
        assert!(started.elapsed().as_secs() < 20, "{text} took {:?}", started.elapsed());
    }
}

/// As deep as the parser lets expressions nest, evaluation needs no more stack than a thread has.
#[test]
fn deep_nesting_needs_no_deep_stack() {
    let files = MemoryFiles::new();
    let world = FunctionWorld::nothing(&files);
    let nested = |open: &str, inner: &str, close: &str| {
        let depth = plumb_syntax::NESTING_MAX as usize;
        // The most that the parser takes; how much of the limit a form uses up is its own matter.
        (1..=depth)
            .rev()
            .map(|depth| format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)))
            .find_map(|text| {
                let (syntax, diagnostics) = plumb_syntax::parse_expression(&text, FileId(0));
                (!diagnostics.has_errors()).then_some(syntax)
            })
    };
    for (open, inner, close) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{ a = ", "1", " }"),
        ("upper(", "\"a\"", ")"),
        ("try(", "[][0]", ", 1)"),
        ("true ? 1 : ", "2", ""),
        ("[for x in [1] : ", "x", "]"),
        ("\"a${", "1", "}\""),
        ("!", "true", ""),
        ("[1][", "0", "]"),
    ] {
        let syntax = nested(open, inner, close).unwrap_or_else(|| panic!("{open} nests nowhere"));
        let (expression, diagnostics) = Expression::compile(&syntax, &[]);
        assert!(!diagnostics.has_errors(), "{open}: {diagnostics:?}");
        let _ = expression.evaluate(&[], &Context { locals: &[], world: &world });
    }
    let chain = vec!["1"; 250].join(" + ");
    assert_eq!(compile(&chain, &[]).constant(), Some(Value::number(250)));
}
