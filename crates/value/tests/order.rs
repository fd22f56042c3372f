//! The order of sets, as `terraform console` 1.11.4 lists them.

use plumb_value::{Number, Type, Value};

fn n(text: &str) -> Value {
    Value::number(Number::parse(text).unwrap())
}

fn listed(values: Vec<Value>) -> String {
    let element = values[0].ty();
    format!("{:?}", Value::set(element, values))
}

#[test]
fn sets_list_their_elements_as_the_peers_do() {
    let record = |name: &str, value: Value| Value::object([(name.to_owned(), value)]);
    let numbers = ["12345678901", "1e21", "0.00001", "-5", "0", "1.5"];
    let cases = [
        (vec![n("3"), n("20"), n("100"), n("-1"), n("3")], "set[-1, 3, 20, 100]"),
        (["b", "a", "B", "é", "z"].map(Value::string).to_vec(), r#"set["B", "a", "b", "z", "é"]"#),
        (vec![Value::bool(true), Value::bool(false)], "set[false, true]"),
        (
            ["10", "9", "100"].map(|number| record("a", n(number))).to_vec(),
            r#"set[{"a" = 100}, {"a" = 10}, {"a" = 9}]"#,
        ),
        (["2", "1", "10"].map(|number| Value::tuple([n(number)])).to_vec(), "set[[10], [1], [2]]"),
        (
            numbers.map(|number| record("n", n(number))).to_vec(),
            r#"set[{"n" = -5}, {"n" = 0}, {"n" = 12345678901}, {"n" = 1.5}, {"n" = 1000000000000000000000}, {"n" = 0.00001}]"#,
        ),
        (
            ["a\"b", "a\nb", "a b", "é", "a\u{200b}b", "ab"]
                .map(|text| record("s", Value::string(text)))
                .to_vec(),
            r#"set[{"s" = "a b"}, {"s" = "a\"b"}, {"s" = "a\nb"}, {"s" = "a\u{200b}b"}, {"s" = "ab"}, {"s" = "é"}]"#,
        ),
    ];
    for (values, expected) in cases {
        assert_eq!(listed(values), expected);
    }
}

#[test]
fn unknowns_follow_each_on_its_own_and_nulls_come_last() {
    let values = [
        Value::unknown(Type::String),
        Value::null(Type::String),
        Value::string("b"),
        Value::unknown(Type::String),
        Value::null(Type::String),
        Value::string("b"),
    ];
    let set = Value::set(Type::String, values);
    assert_eq!(format!("{set:?}"), r#"set["b", unknown(string), unknown(string), null(string)]"#);
}

#[test]
fn numbers_that_differ_far_behind_are_distinct_elements() {
    let record = |text: &str| Value::object([("n", n(text))]);
    let one =
        Value::set(record("1").ty(), [record("12345678901"), record("12345678900"), record("12345678901")]);
    let two = Value::set(record("1").ty(), [record("12345678900"), record("12345678901")]);
    assert_eq!(one.len(), Some(2));
    assert_eq!(one, two);
}
