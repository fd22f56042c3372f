//! Equality, arithmetic, indexing: known, unknown and marked.

use plumb_value::{IndexError, Marks, Number, OperationError, Path, PathStep, Refinement, Type, Value, json};

fn value(text: &str) -> Value {
    json::decode_implied(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn n(text: &str) -> Value {
    Value::number(Number::parse(text).unwrap())
}

fn within(minimum: Option<&str>, maximum: Option<&str>) -> Value {
    let limit = |text: Option<&str>| text.map(|text| (Number::parse(text).unwrap(), true));
    Value::unknown_refined(
        Type::Number,
        Refinement {
            not_null: true,
            number_min: limit(minimum),
            number_max: limit(maximum),
            ..Refinement::default()
        },
    )
}

fn unknown(ty: Type) -> Value {
    Value::unknown(ty)
}

const UNDECIDED: &str = "unknown(bool; not null)";

#[test]
fn equality() {
    let list = |values: Vec<Value>| Value::list(Type::Number, values);
    let any_number = || unknown(Type::Number);
    let cases = [
        (value("[1,2]"), list(vec![n("1"), n("2")]), "false"),
        (value(r#"{"a":1}"#), value(r#"{"a":1.0}"#), "true"),
        (value("null"), value(r#""""#), "false"),
        (value("null"), Value::null(Type::String), "true"),
        (value(r#"{"a":null}"#), value(r#"{"a":null}"#), "true"),
        (value(r#"{"a":null}"#), value(r#"{"a":"x"}"#), "false"),
        (Value::set(Type::Number, [n("1"), n("2")]), Value::set(Type::Number, [n("2"), n("1")]), "true"),
        (any_number(), value("null"), UNDECIDED),
        (any_number().refine_not_null(), value("null"), "false"),
        (any_number(), n("1"), UNDECIDED),
        (any_number(), value(r#""a""#), "false"),
        (Value::dynamic(), value(r#""a""#), UNDECIDED),
        (within(Some("5"), None), n("4"), "false"),
        (within(Some("5"), None), n("5"), UNDECIDED),
        (within(Some("5"), Some("5")), n("5"), "true"),
        (Value::unknown_with_prefix("ami-"), Value::string("i-1"), "false"),
        (Value::unknown_with_prefix("ami-"), Value::string("ami-1"), UNDECIDED),
        (list(vec![any_number(), n("1")]), list(vec![n("1"), n("2")]), UNDECIDED),
        (list(vec![n("1"), any_number()]), list(vec![n("2"), n("2")]), "false"),
        (list(vec![any_number()]), list(vec![]), "false"),
        (list(vec![any_number()]), list(vec![Value::null(Type::Number)]), UNDECIDED),
        (Value::set(Type::Number, [any_number()]), Value::set(Type::Number, [n("1")]), UNDECIDED),
        (Value::tuple([Value::dynamic()]), value("[1]"), UNDECIDED),
        (Value::tuple([Value::dynamic()]), value("[1,2]"), "false"),
        (
            Value::unknown_refined(
                Type::list(Type::Number),
                Refinement { length_min: Some(2), ..Refinement::default() },
            ),
            list(vec![n("1")]),
            "false",
        ),
    ];
    for (one, two, expected) in cases {
        assert_eq!(format!("{:?}", one.equals(&two)), expected, "{one:?} == {two:?}");
        assert_eq!(format!("{:?}", two.equals(&one)), expected, "{two:?} == {one:?}");
        let opposite = one.not_equals(&two);
        assert_eq!(opposite.as_bool(), one.equals(&two).as_bool().map(|equal| !equal));
    }
    let secret = Value::object([("a", Value::string("x").with_marks(Marks::SENSITIVE))]);
    assert!(secret.equals(&secret).marks().is_sensitive());
    assert!(secret.equals(&value("null")).marks().is_empty());
}

#[test]
fn arithmetic_of_unknowns_keeps_limits() {
    let some = within(Some("0"), Some("10"));
    let cases = [
        (some.add(&n("5")), "unknown(number; not null, >=5, <=15)"),
        (some.subtract(&n("5")), "unknown(number; not null, >=-5, <=5)"),
        (some.multiply(&n("-2")), "unknown(number; not null, >=-20, <=-0)"),
        (some.divide(&n("2")), "unknown(number; not null)"),
        (unknown(Type::Number).add(&n("1")), "unknown(number; not null)"),
        (within(Some("1"), None).add(&n("1")), "unknown(number; not null, >=2)"),
        (unknown(Type::Number).multiply(&n("0")), "0"),
        (Value::dynamic().add(&n("1")), "unknown(number; not null)"),
        (some.negate(), "unknown(number; not null)"),
        (some.less_than(&n("11")), "true"),
        (some.less_than(&n("10")), UNDECIDED),
        (some.greater_than(&n("10")), UNDECIDED),
        (some.greater_than(&n("11")), "false"),
        (some.greater_than_or_equal(&n("-1")), "true"),
        (n("1").less_than_or_equal(&n("1")), "true"),
        (n("1").greater_than(&n("1")), "false"),
        (Value::bool(false).and(&unknown(Type::Bool)), "false"),
        (unknown(Type::Bool).or(&Value::bool(true)), "true"),
        (unknown(Type::Bool).or(&Value::bool(false)), UNDECIDED),
        (Value::bool(true).and(&Value::bool(true)), "true"),
        (Value::bool(true).and(&Value::bool(false)), "false"),
        (Value::bool(false).or(&Value::bool(false)), "false"),
        (Value::dynamic().not(), UNDECIDED),
    ];
    for (index, (result, expected)) in cases.into_iter().enumerate() {
        assert_eq!(result.map(|value| format!("{value:?}")), Ok(expected.to_owned()), "case {index}");
    }
}

#[test]
fn operations_refuse_what_is_no_operand() {
    assert_eq!(n("1").add(&Value::null(Type::Number)), Err(OperationError::Null));
    assert_eq!(n("1").add(&Value::string("1")), Err(OperationError::WrongType));
    assert_eq!(n("0").divide(&n("0")), Err(OperationError::Indeterminate));
    assert_eq!(Value::bool(true).and(&n("1")), Err(OperationError::WrongType));
    let secret = n("1").with_marks(Marks::SENSITIVE).add(&n("2")).unwrap();
    assert!(secret.marks().is_sensitive() && secret.as_number() == Some(&Number::from(3)));
}

#[test]
fn parts_are_found_by_key() {
    let list = Value::list(Type::String, [Value::string("a"), Value::string("b")]);
    let object = value(r#"{"a":1,"b":[true]}"#);
    let cases = [
        (list.index(&n("1")), Ok("\"b\"")),
        (list.index(&Value::string("0")), Ok("\"a\"")),
        (list.index(&n("2")), Err(IndexError::Missing)),
        (list.index(&n("0.5")), Err(IndexError::Missing)),
        (list.index(&n("-1")), Err(IndexError::Missing)),
        (list.index(&unknown(Type::Number)), Ok("unknown(string)")),
        (object.index(&Value::string("a")), Ok("1")),
        (object.index(&Value::string("z")), Err(IndexError::NoAttribute("z".into()))),
        (object.index(&unknown(Type::String)), Ok("unknown(any)")),
        (value("[1]").index(&unknown(Type::Number)), Ok("unknown(any)")),
        (unknown(Type::map(Type::Bool)).index(&Value::string("x")), Ok("unknown(bool)")),
        (Value::dynamic().index(&n("0")), Ok("unknown(any)")),
        (Value::null(Type::list(Type::Bool)).index(&n("0")), Err(IndexError::NullValue)),
        (list.index(&Value::null(Type::Number)), Err(IndexError::NullKey)),
        (n("1").index(&n("0")), Err(IndexError::NotIndexable(Type::Number))),
        (
            list.index(&Value::string("x")),
            Err(IndexError::WrongKeyType { required: Type::Number, actual: Type::String }),
        ),
    ];
    for (index, (result, expected)) in cases.into_iter().enumerate() {
        assert_eq!(result.map(|value| format!("{value:?}")), expected.map(str::to_owned), "case {index}");
    }
    assert_eq!(list.has_index(&n("1")).as_bool(), Some(true));
    assert_eq!(list.has_index(&Value::string("1")).as_bool(), Some(false));
    assert_eq!(format!("{:?}", unknown(Type::list(Type::Bool)).has_index(&n("0"))), UNDECIDED);
}

#[test]
fn lengths() {
    let limits = Refinement { length_min: Some(2), length_max: Some(3), ..Refinement::default() };
    let cases = [
        (value("[1,2]"), Some("2")),
        (unknown(value("[1,2]").ty()), Some("2")),
        (Value::unknown_refined(Type::list(Type::Bool), limits), Some("unknown(number; not null, >=2, <=3)")),
        (unknown(Type::map(Type::Bool)), Some("unknown(number; not null, >=0, <=9223372036854775807)")),
        (
            Value::set(Type::Bool, [Value::bool(true), unknown(Type::Bool)]),
            Some("unknown(number; not null, >=1, <=2)"),
        ),
        (Value::set(Type::Bool, [unknown(Type::Bool)]), Some("1")),
        (value("null"), None),
        (n("1"), None),
    ];
    for (value, expected) in cases {
        assert_eq!(value.length().map(|length| format!("{length:?}")).as_deref(), expected, "{value:?}");
    }
}

#[test]
fn paths_lead_to_parts_and_print_as_written() {
    let whole = value(r#"{"a":[{"k v":true}]}"#);
    let path = Path::root().attribute("a").index(n("0")).attribute("k v");
    assert_eq!(format!("{:?}", path.apply(&whole)), "Ok(true)");
    let printed = Path::root().attribute("a").index(n("0")).index(Value::string("k"));
    assert_eq!(printed.to_string(), r#".a[0]["k"]"#);
    assert_eq!(Path::root().attribute("b").apply(&whole), Err(IndexError::NoAttribute("b".into())));
    let set = Value::set(Type::String, [Value::string("x")]);
    let into = |element: &str| Path(vec![PathStep::Index(Value::string(element))]);
    assert_eq!(into("x").apply(&set), Ok(Value::string("x")));
    assert_eq!(into("y").apply(&set), Err(IndexError::Missing));
    let partly = Value::set(Type::String, [Value::string("x"), unknown(Type::String)]);
    assert_eq!(into("y").apply(&partly), Ok(unknown(Type::String)));
    assert_eq!(into("x").apply(&partly), Ok(Value::string("x")));
}

#[test]
fn walks_see_everything_and_transformations_replace_it() {
    let secret = Value::string("s").with_marks(Marks::SENSITIVE);
    let whole =
        Value::object([("list", Value::list(Type::String, [Value::string("a"), secret])), ("n", n("1"))]);
    let mut seen = Vec::new();
    whole.walk(&mut |path, value| {
        seen.push(format!("{path}={value:?}"));
        true
    });
    assert_eq!(seen[1..], [r#".list=["a", (sensitive)]"#, r#".list[0]="a""#, ".list[1]=(sensitive)", ".n=1"]);
    let changed = whole.transform(&mut |path, value| match value.as_str() {
        Some(text) => Value::string(format!("{text}{path}")).with_marks(value.marks()),
        None => value.clone(),
    });
    let (plain, marks) = changed.unmark_deep_with_paths();
    assert_eq!(format!("{plain:?}"), r#"{"list" = ["a.list[0]", "s.list[1]"], "n" = 1}"#);
    assert_eq!(marks.len(), 1);
    assert_eq!(marks[0].0.to_string(), ".list[1]");
    assert_eq!(plain.with_marks_at(&marks), changed);
}

#[test]
fn beginnings_are_cut_where_they_may_change() {
    let cases = [
        ("", ""),
        ("boo", "bo"),
        ("boop\r", "boop"),
        ("ami-", "ami-"),
        ("foo_", "foo_"),
        ("https://", "https://"),
        ("hello 가", "hello "),
        ("hello 🤷🏽\u{200d}♂️", "hello "),
        ("hello 🤷 ", "hello 🤷 "),
    ];
    for (text, safe) in cases {
        assert_eq!(plumb_value::safe_prefix(text), safe, "{text}");
    }
}
