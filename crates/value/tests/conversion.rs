//! Conversion and unification: types, values and messages of `terraform` 1.11.4.

use std::sync::Arc;

use plumb_value::{
    Marks, Number, ObjectType, Refinement, Type, Value, can_convert, convert, convert_to_common, json, unify,
};

/// A type as JSON.
fn ty(text: &str) -> Type {
    json::decode_type(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A value as JSON, tuples and objects only.
fn value(text: &str) -> Value {
    json::decode_implied(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn values_convert() {
    let cases = [
        (r#""5""#, r#""number""#, "5"),
        ("5", r#""string""#, r#""5""#),
        ("0.1", r#""string""#, r#""0.1""#),
        ("true", r#""string""#, r#""true""#),
        (r#""1""#, r#""bool""#, "true"),
        (r#"[1,"a",true]"#, r#"["list","string"]"#, r#"["1", "a", "true"]"#),
        (r#"["b","a","b"]"#, r#"["set","string"]"#, r#"set["a", "b"]"#),
        ("[]", r#"["list","dynamic"]"#, "[]"),
        (r#"[1,"a"]"#, r#"["list","dynamic"]"#, r#"["1", "a"]"#),
        (r#"[null,"a"]"#, r#"["list","string"]"#, r#"[null(string), "a"]"#),
        (r#"{"a":1,"b":"x"}"#, r#"["map","dynamic"]"#, r#"{"a" = "1", "b" = "x"}"#),
        (r#"{"a":1,"b":2}"#, r#"["object",{"a":"string"}]"#, r#"{"a" = "1"}"#),
        (
            r#"{"a":1}"#,
            r#"["object",{"a":"string","b":["object",{"c":"bool"},["c"]]},["b"]]"#,
            r#"{"a" = "1", "b" = null(object({c=bool}))}"#,
        ),
        (r#"[{"a":1},{"b":2}]"#, r#"["list","dynamic"]"#, r#"[{"a" = 1}, {"b" = 2}]"#),
        (r#"{"a":[1],"b":["x"]}"#, r#"["map","dynamic"]"#, r#"{"a" = ["1"], "b" = ["x"]}"#),
        (r#"[[1,2],["a"]]"#, r#"["list",["list","dynamic"]]"#, r#"[["1", "2"], ["a"]]"#),
        (
            r#"{"x":{"a":1},"y":{"b":2}}"#,
            r#"["map",["map","number"]]"#,
            r#"{"x" = {"a" = 1}, "y" = {"b" = 2}}"#,
        ),
        ("null", r#"["list","string"]"#, "null(list(string))"),
        (r#"[1,"2"]"#, r#"["tuple",["string","number"]]"#, r#"["1", 2]"#),
    ];
    for (from, to, expected) in cases {
        let converted = convert(&value(from), &ty(to));
        assert_eq!(converted.map(|value| format!("{value:?}")), Ok(expected.to_owned()), "{from} to {to}");
    }
}

#[test]
fn refusals_say_why_in_the_known_words() {
    let cases = [
        ("{}", r#"["object",{"a":"string","b":"number"}]"#, r#"attributes "a" and "b" are required"#),
        ("{}", r#"["object",{"a":"string"}]"#, r#"attribute "a" is required"#),
        (
            "{}",
            r#"["object",{"a":"string","b":"bool","c":"bool"}]"#,
            r#"attributes "a", "b", and "c" are required"#,
        ),
        (r#"{"a":1}"#, r#"["list","string"]"#, "list of string required"),
        (r#"["x"]"#, r#"["list","number"]"#, "[0]: a number is required"),
        (r#"{"a":"x","b":[]}"#, r#"["map","dynamic"]"#, "all map elements must have the same type"),
        (r#"["x",[1],{}]"#, r#"["list","dynamic"]"#, "all list elements must have the same type"),
        (
            r#"[{"a":[]}]"#,
            r#"["set",["object",{"a":"string","b":"number","c":"bool"}]]"#,
            r#"element 0: attributes "b" and "c" are required"#,
        ),
        ("[]", r#""string""#, "string required"),
        (r#"{"a":{"b":"x"}}"#, r#"["object",{"a":["object",{"b":"bool"}]}]"#, ".a.b: a bool is required"),
        (r#"{"a":{}}"#, r#"["map","string"]"#, r#"element "a": string required"#),
        (r#"["a"]"#, r#"["tuple",["string","number"]]"#, "tuple required"),
        (r#"["a"]"#, r#"["map","dynamic"]"#, "map of any single type required"),
        ("1", r#""bool""#, "bool required"),
        (r#""TRUE""#, r#""bool""#, "a bool is required; to convert from string, use lowercase \"true\""),
        (
            r#"{"a":{"b":[]}}"#,
            r#"["object",{"a":["object",{"b":"string"}]}]"#,
            r#"attribute "a": attribute "b": string required"#,
        ),
    ];
    for (from, to, message) in cases {
        let error = convert(&value(from), &ty(to)).map_err(|error| error.to_string());
        assert_eq!(error.unwrap_err(), message, "{from} to {to}");
    }
}

#[test]
fn collections_convert_into_one_another() {
    let list = convert(&value(r#"["b","a","b"]"#), &ty(r#"["list","string"]"#)).unwrap();
    let set = convert(&list, &ty(r#"["set","string"]"#)).unwrap();
    assert_eq!(format!("{set:?}"), r#"set["a", "b"]"#);
    let back = convert(&set, &ty(r#"["list","dynamic"]"#)).unwrap();
    assert_eq!(back.ty(), ty(r#"["list","string"]"#));
    let map = convert(&value(r#"{"a":"1","x":"2"}"#), &ty(r#"["map","string"]"#)).unwrap();
    let object = convert(&map, &ty(r#"["object",{"a":"number","b":"bool"},["b"]]"#)).unwrap();
    assert_eq!(format!("{object:?}"), r#"{"a" = 1, "b" = null(bool)}"#);
    let error = convert(&map, &ty(r#"["object",{"c":"string"}]"#)).unwrap_err();
    assert_eq!(error.message, "map has no element for required attribute \"c\"");
    let uncertain = Value::set(Type::String, [Value::string("a"), Value::unknown(Type::String)]);
    assert!(!convert(&uncertain, &ty(r#"["list","string"]"#)).unwrap().is_known());
}

#[test]
fn marks_and_limits_carry_over() {
    let secret = Value::string("5").with_marks(Marks::SENSITIVE);
    let number = convert(&secret, &Type::Number).unwrap();
    assert!(number.marks().is_sensitive() && number.as_number() == Some(&Number::from(5)));
    let inside = convert(&Value::tuple([secret.clone()]), &Type::list(Type::Number)).unwrap();
    assert!(inside.marks().is_empty() && inside.parts()[0].marks().is_sensitive());
    let set = convert(&Value::tuple([secret]), &Type::set(Type::String)).unwrap();
    assert!(set.marks().is_sensitive());

    let unknown = Value::unknown(value("[1,2]").ty()).refine_not_null();
    assert_eq!(
        format!("{:?}", convert(&unknown, &Type::list(Type::String)).unwrap()),
        "[unknown(string), unknown(string)]"
    );
    assert_eq!(
        format!("{:?}", convert(&unknown, &Type::set(Type::String)).unwrap()),
        "unknown(set(string); not null, length >=1, length <=2)"
    );
    let any = convert(&Value::dynamic(), &Type::map(Type::Dynamic)).unwrap();
    assert_eq!(format!("{any:?}"), "unknown(map(any))");
    let object = Value::unknown(value(r#"{"a":1,"b":"x"}"#).ty());
    assert_eq!(
        format!("{:?}", convert(&object, &Type::map(Type::Dynamic)).unwrap()),
        "unknown(map(string); length >=2, length <=2)"
    );
    let prefixed = Value::unknown_with_prefix("ami-");
    assert_eq!(
        format!("{:?}", convert(&prefixed, &Type::String).unwrap()),
        r#"unknown(string; not null, "ami-"...)"#
    );
    assert_eq!(format!("{:?}", convert(&prefixed, &Type::Number).unwrap()), "unknown(number; not null)");
}

#[test]
fn optional_attributes_are_no_part_of_values() {
    let optional = ObjectType::with_optional([("a".into(), Type::String)], [Arc::from("a")]);
    let constraint = Type::list(Type::Object(Arc::new(optional)));
    let plain = Type::list(Type::object([("a", Type::String)]));
    for from in [value("[]"), value("[{}]"), value("null"), Value::dynamic(), value(r#"[{"a":"x"}]"#)] {
        assert_eq!(convert(&from, &constraint).unwrap().ty(), plain, "{from:?}");
    }
    assert!(can_convert(&plain, &constraint));
}

#[test]
fn types_unify() {
    let cases: &[(&[&str], Option<&str>)] = &[
        (&[r#""string""#, r#""number""#], Some(r#""string""#)),
        (&[r#""bool""#, r#""number""#], None),
        (&[r#""number""#, r#""bool""#, r#""string""#], Some(r#""string""#)),
        (&[r#""dynamic""#, r#""number""#], Some(r#""number""#)),
        (
            &[r#"["object",{"a":"number"}]"#, r#"["object",{"a":"string"}]"#],
            Some(r#"["object",{"a":"string"}]"#),
        ),
        (&[r#"["object",{"a":"number"}]"#, r#"["object",{"b":"bool"}]"#], None),
        (&[r#"["object",{"a":"number"}]"#, r#"["object",{"b":"number"}]"#], Some(r#"["map","number"]"#)),
        (&[r#"["tuple",["number"]]"#, r#"["list","string"]"#], Some(r#"["list","string"]"#)),
        (&[r#"["object",{"a":"number"}]"#, r#"["map","string"]"#], Some(r#"["map","string"]"#)),
        (&[r#"["tuple",["number","string"]]"#, r#"["tuple",["bool"]]"#], Some(r#"["list","string"]"#)),
        (&[r#"["list","number"]"#, r#"["set","string"]"#], Some(r#"["list","number"]"#)),
        (&[r#"["tuple",[]]"#, r#"["object",{}]"#], None),
        (&[r#"["tuple",["number"]]"#, r#"["tuple",["string"]]"#], Some(r#"["tuple",["string"]]"#)),
        (&[r#"["object",{"a":"number"}]"#, r#""dynamic""#], Some(r#""dynamic""#)),
        (&[r#"["map","number"]"#, r#"["map","string"]"#], Some(r#"["map","string"]"#)),
    ];
    for (types, expected) in cases {
        let types: Vec<Type> = types.iter().map(|text| ty(text)).collect();
        assert_eq!(unify(&types), expected.map(ty), "{types:?}");
    }
}

#[test]
fn what_has_no_type_yet_is_not_in_the_way_of_a_common_type() {
    let later = Value::unknown(Type::list(Type::Dynamic));
    let one = Value::object([("b", later.clone()), ("c", Value::dynamic())]);
    let types = [one.ty(), Type::map(Type::Number)];
    let common = unify(&types).unwrap();
    assert_eq!(common, Type::map(Type::Number));
    let converted = convert_to_common(&one, &types, &common).unwrap();
    assert_eq!(format!("{converted:?}"), r#"{"b" = unknown(number), "c" = unknown(number)}"#);
    assert!(convert(&one, &common).is_err());
    let known = Value::object([("b", Value::list(Type::String, [])), ("c", Value::dynamic())]);
    assert!(convert_to_common(&known, &[known.ty(), Type::map(Type::Number)], &common).is_err());
}

#[test]
fn thousands_of_different_tuples_unify_quickly() {
    let types: Vec<Type> = (0..3000).map(|length| Type::tuple(vec![Type::String; length % 50 + 1])).collect();
    assert_eq!(unify(&types), Some(Type::list(Type::String)));
}

#[test]
fn types_print() {
    let nested = ty(
        r#"["object",{"a":"number","b":["tuple",["number","string"]],"c":["list","number"],"g":["object",{}],"h":["tuple",[]]}]"#,
    );
    assert_eq!(
        nested.to_pretty_string(),
        "object({\n    a: number,\n    b: tuple([\n        number,\n        string,\n    ]),\n    c: list(number),\n    g: object({}),\n    h: tuple([]),\n})"
    );
    assert_eq!(
        nested.to_string(),
        "object({a=number,b=tuple([number,string]),c=list(number),g=object({}),h=tuple([])})"
    );
    assert_eq!(
        ty(r#"["list",["map","dynamic"]]"#).friendly_name_for_constraint(),
        "list of map of any single type"
    );
    assert_eq!(ty(r#"["set","dynamic"]"#).friendly_name(), "set of dynamic");
}

#[test]
fn limits_that_leave_one_value_are_that_value() {
    let exactly = |length| Refinement {
        not_null: true,
        length_min: Some(length),
        length_max: Some(length),
        ..Refinement::default()
    };
    let cases = [
        (Type::list(Type::String), exactly(0), "[]"),
        (Type::list(Type::String), exactly(2), "[unknown(string), unknown(string)]"),
        (Type::set(Type::String), exactly(1), "set[unknown(string)]"),
        (Type::map(Type::String), exactly(0), "{}"),
        (
            Type::list(Type::Bool),
            exactly(1 << 60),
            "unknown(list(bool); not null, length >=1152921504606846976, length <=1152921504606846976)",
        ),
        (Type::String, exactly(1), "unknown(string; not null)"),
    ];
    for (ty, limits, expected) in cases {
        assert_eq!(format!("{:?}", Value::unknown_refined(ty, limits)), expected);
    }
}
