//! JSON and MessagePack: exact bytes, refusals, and that what is written reads back.

use std::sync::Arc;

use plumb_value::{Kind, Marks, Number, ObjectType, Refinement, Type, Value, json, msgpack};
use proptest::prelude::*;

fn n(text: &str) -> Value {
    Value::number(Number::parse(text).unwrap())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn limited(ty: Type, limits: Refinement) -> Value {
    Value::unknown_refined(ty, limits)
}

#[test]
fn msgpack_has_exactly_the_bytes_of_the_protocol() {
    let nothing = Refinement::default;
    let cases = [
        (Value::null(Type::String), Type::String, "c0"),
        (Value::string("hi"), Type::String, "a26869"),
        (n("5"), Type::Number, "05"),
        (n("-5"), Type::Number, "fb"),
        (n("200"), Type::Number, "ccc8"),
        (n("-200"), Type::Number, "d1ff38"),
        (n("9223372036854775807"), Type::Number, "cf7fffffffffffffff"),
        (n("9223372036854775808"), Type::Number, "b339323233333732303336383534373735383038"),
        (n("0.5"), Type::Number, "cb3fe0000000000000"),
        (n("0.1"), Type::Number, "a3302e31"),
        (Value::number(Number::from_f64(0.1).unwrap()), Type::Number, "cb3fb999999999999a"),
        (Value::number(Number::INFINITY), Type::Number, "cb7ff0000000000000"),
        (n("-0"), Type::Number, "00"),
        (Value::unknown(Type::Bool), Type::Bool, "d40000"),
        (Value::dynamic(), Type::Dynamic, "d40000"),
        (Value::null(Type::Dynamic), Type::Dynamic, "c0"),
        (n("1"), Type::Dynamic, "92c408226e756d6265722201"),
        (Value::null(Type::String), Type::Dynamic, "92c40822737472696e6722c0"),
        (Value::unknown(Type::String), Type::Dynamic, "92c40822737472696e6722d40000"),
        (Value::unknown(Type::String).refine_not_null(), Type::String, "c7030c8101c2"),
        (Value::unknown_with_prefix("ami-"), Type::String, "c7090c8201c202a4616d692d"),
        (
            limited(Type::Number, Refinement { number_min: Some((Number::from(1), false)), ..nothing() }),
            Type::Number,
            "c7050c81039201c2",
        ),
        (
            limited(
                Type::list(Type::Bool),
                Refinement { length_min: Some(1), length_max: Some(300), ..nothing() },
            ),
            Type::list(Type::Bool),
            "c7070c82050106cd012c",
        ),
        (Value::list(Type::Number, [n("1"), n("2")]), Type::list(Type::Number), "920102"),
        (
            Value::set(Type::String, [Value::string("b"), Value::string("a")]),
            Type::set(Type::String),
            "92a161a162",
        ),
        (Value::map(Type::Bool, [("k", Value::bool(true))]), Type::map(Type::Bool), "81a16bc3"),
        (
            Value::object([("b", Value::bool(false)), ("a", n("1"))]),
            Type::object([("b", Type::Bool), ("a", Type::Number)]),
            "82a16101a162c2",
        ),
        (
            Value::object([("a", n("1"))]),
            Type::object([("a", Type::Dynamic)]),
            "81a16192c408226e756d6265722201",
        ),
    ];
    for (value, ty, expected) in cases {
        let bytes = msgpack::encode(&value, &ty).unwrap();
        assert_eq!(hex(&bytes), expected, "{value:?}");
        let read = msgpack::decode(&bytes, &ty).unwrap();
        assert!(read.same(&value), "{read:?} is not {value:?}");
    }
}

#[test]
fn what_is_equal_is_shared() {
    let map = Value::map(Type::String, [("k", Value::string("v"))]);
    let list = Value::list(Type::String, [Value::string("one"), Value::string("two")]);
    let old = Value::object([("changes", Value::string("old")), ("list", list), ("map", map)]);
    let ty = old.ty();
    let new = old.rebuild(&mut |part| match part.as_str() {
        Some(_) => Value::string("new"),
        None => part.clone(),
    });
    let places = |value: &Value| -> Vec<*const Value> {
        value.parts().iter().filter_map(|part| Some(part.as_sequence()?.as_ptr())).collect()
    };
    let read =
        |value: &Value| msgpack::decode_like(&msgpack::encode(value, &ty).unwrap(), &ty, &old).unwrap();
    assert_eq!(read(&new), new);
    assert_eq!(places(&read(&new)), places(&old));
    let text = |value: &Value| value.part("changes").unwrap().as_text().unwrap().clone();
    assert!(Arc::ptr_eq(&text(&read(&old)), &text(&old)));
    // A number of another precision is another number: it shows in what is made of it.
    let five = Number::parse("5").unwrap();
    let bytes = msgpack::encode(&Value::number(five.clone()), &Type::Number).unwrap();
    let third = |number: &Value| number.as_number().unwrap().divide(&Number::from(3i64)).unwrap().to_string();
    let read = msgpack::decode_like(&bytes, &Type::Number, &Value::number(five.clone())).unwrap();
    assert_eq!(third(&read), third(&msgpack::decode(&bytes, &Type::Number).unwrap()));
    assert_ne!(third(&read), third(&Value::number(five)));
}

#[test]
fn msgpack_accepts_what_peers_send() {
    let cases: [(&[u8], Type, &str); 9] = [
        (b"\xca\x3f\x00\x00\x00", Type::Number, "0.5"),
        (b"\xa41e10", Type::Number, "10000000000"),
        (b"\xc7\x00\x00", Type::Bool, "unknown(bool)"),
        (b"\xd4\x37\x00", Type::Bool, "unknown(bool)"),
        (b"\xc7\x05\x0c\x82\x01\xc2\x63\xc0", Type::Bool, "unknown(bool; not null)"),
        (b"\xc7\x03\x0c\x81\x01\xc3", Type::Bool, "null(bool)"),
        (b"\xc4\x02hi", Type::String, r#""hi""#),
        (b"\xd9\x03\x65\xcc\x81", Type::String, "\"\u{e9}\""),
        (
            b"\xc7\x07\x0c\x83\x01\xc2\x05\x02\x06\x02",
            Type::list(Type::Bool),
            "[unknown(bool), unknown(bool)]",
        ),
    ];
    for (bytes, ty, expected) in cases {
        assert_eq!(msgpack::decode(bytes, &ty).map(|value| format!("{value:?}")).as_deref(), Ok(expected));
    }
}

#[test]
fn msgpack_refuses_what_does_not_fit() {
    let object = Type::object([("a", Type::list(Type::Number))]);
    let cases: [(&[u8], Type, &str); 12] = [
        (b"", Type::Bool, "the serialized value ends too early"),
        (b"\xa1x", Type::Bool, "bool is required"),
        (b"\xa1x", Type::Number, "number is required"),
        (b"\x01", Type::String, "string is required"),
        (b"\xdd\xff\xff\xff\xff", Type::list(Type::Bool), "[0]: the serialized value ends too early"),
        (b"\xdb\xff\xff\xff\xffabc", Type::String, "the serialized value ends too early"),
        (b"\x80", object.clone(), "an object with 1 attributes is required (0 given)"),
        (b"\x81\xa1a\x92\x01\xc3", object.clone(), ".a[1]: number is required"),
        (b"\x81\xa1b\xc0", object, ".b: unsupported attribute"),
        (b"\x92\x01\x02", Type::tuple([Type::Number]), "a tuple of length 1 is required"),
        (b"\x91\x01", Type::Dynamic, "dynamic value array must have exactly two elements"),
        (b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", Type::Number, "number is required"),
    ];
    for (bytes, ty, expected) in cases {
        assert_eq!(msgpack::decode(bytes, &ty).map_err(|error| error.to_string()).unwrap_err(), expected);
    }
    let secret = Value::list(Type::String, [Value::string("x").with_marks(Marks::SENSITIVE)]);
    let error = msgpack::encode(&secret, &secret.ty()).unwrap_err();
    assert_eq!(error.to_string(), "[0]: value has marks, so it cannot be serialized");
}

#[test]
fn nesting_is_bounded() {
    let wrapped = b"\x92\xc4\x14[\"tuple\",[\"dynamic\"]]\x91".repeat(100_000);
    assert!(msgpack::decode(&wrapped, &Type::Dynamic).is_err());
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
        assert!(json::decode_implied(&text).unwrap_err().message.contains("256 levels"));
        assert!(json::decode_type(&text).is_err());
        assert!(json::decode(&text, &Type::Dynamic).is_err());
    }
    assert!(json::decode_type(&"[\"list\",".repeat(100_000)).is_err());
    assert!(json::decode(&format!("{{\"value\":{}", "[".repeat(100_000)), &Type::Dynamic).is_err());
}

#[test]
fn json_is_what_jsonencode_gives() {
    let cases = [
        (
            Value::string("\u{8}\u{c}\u{1}\u{7f}<>&\u{2028}é\t/\"\\"),
            "\"\\b\\f\\u0001\u{7f}\\u003c\\u003e\\u0026\\u2028é\\t/\\\"\\\\\"",
        ),
        (Value::string("\u{2029}\u{2027}"), "\"\\u2029\u{2027}\""),
        (
            Value::tuple([n("1.50"), n("1e3"), n("1e25"), n("0.1"), n("-0.5"), n("-0")]),
            "[1.5,1000,10000000000000000000000000,0.1,-0.5,-0]",
        ),
        (
            Value::object([("b", Value::null(Type::Dynamic)), ("a", Value::bool(true))]),
            r#"{"a":true,"b":null}"#,
        ),
        (Value::set(Type::String, [Value::string("b"), Value::string("a")]), r#"["a","b"]"#),
        (Value::map::<Arc<str>>(Type::String, []), "{}"),
    ];
    for (value, expected) in cases {
        assert_eq!(
            json::encode_untyped(&value).map(|text| String::from_utf8(text).unwrap()).as_deref(),
            Ok(expected)
        );
    }
}

#[test]
fn json_has_the_type_of_dynamic_values_beside_them() {
    let ty = Type::object([("a", Type::Dynamic), ("b", Type::Dynamic)]);
    let value =
        Value::object([("a", Value::list(Type::Number, [n("1")])), ("b", Value::null(Type::Dynamic))]);
    let text = String::from_utf8(json::encode(&value, &ty).unwrap()).unwrap();
    assert_eq!(text, r#"{"a":{"value":[1],"type":["list","number"]},"b":null}"#);
    assert!(json::decode(&text, &ty).unwrap().same(&value));
    let reversed = r#"{"type":["list","number"],"value":[1]}"#;
    assert_eq!(format!("{:?}", json::decode(reversed, &Type::Dynamic).unwrap()), "[1]");
}

#[test]
fn json_by_type_is_lenient_where_states_need_it() {
    let cases = [
        ("null", Type::list(Type::Bool), "null(list(bool))"),
        (r#""5""#, Type::Number, "5"),
        ("5.10", Type::String, r#""5.10""#),
        ("true", Type::String, r#""true""#),
        (r#""true""#, Type::Bool, "true"),
        (" [ 1 , 2 ] ", Type::set(Type::String), r#"set["1", "2"]"#),
        ("{}", Type::object([("a", Type::String)]), r#"{"a" = null(string)}"#),
        (r#"{"a":"x","a":"y"}"#, Type::map(Type::String), r#"{"a" = "y"}"#),
        (r#""\ud83d\ude00\ud800x\udc00""#, Type::String, "\"😀\u{fffd}x\u{fffd}\""),
        (r#""e\u0301\/""#, Type::String, "\"é/\""),
        (
            "12345678901234567890.123456789012345678901234567890",
            Type::Number,
            "12345678901234567890.12345678901234567890123456789",
        ),
    ];
    for (text, ty, expected) in cases {
        assert_eq!(
            json::decode(text, &ty).map(|value| format!("{value:?}")).as_deref(),
            Ok(expected),
            "{text}"
        );
    }
}

#[test]
fn json_refusals_name_the_place() {
    let object = Type::object([("a", Type::list(Type::Number))]);
    let cases = [
        (r#"{"a":[1,true]}"#, object.clone(), ".a[1]: number is required", 8),
        (r#"{"a":[1],"b":2}"#, object.clone(), "unsupported attribute \"b\"", 13),
        (r#"{"a":[1,"x"]}"#, object, ".a[1]: a number is required", 11),
        ("[1,2]", Type::tuple([Type::Number]), "too many tuple elements (need 1)", 3),
        ("[]", Type::tuple([Type::Number]), "not enough tuple elements (need 1)", 2),
        (r#"{"k":[]}"#, Type::map(Type::Bool), "[\"k\"]: bool is required", 5),
    ];
    for (text, ty, expected, offset) in cases {
        let error = json::decode(text, &ty).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.offset), (expected, Some(offset)), "{text}");
    }
}

#[test]
fn broken_json_is_refused_in_the_known_words() {
    let cases = [
        ("", "EOF"),
        (" ", "EOF"),
        ("[", "EOF"),
        ("[1 2]", "invalid character '2' after array element"),
        (r#"{"a" 1}"#, "invalid character '1' after object key"),
        (r#"{"a":1 2}"#, "invalid character '2' after object key:value pair"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("tru", "unexpected EOF"),
        ("1 2", "extraneous data after JSON object"),
        ("01", "extraneous data after JSON object"),
        ("[1}", "invalid character '}' after array element"),
        ("\"a", "unexpected EOF"),
        ("-", "unexpected EOF"),
        (r#"{"a":1,}"#, "invalid character '}' looking for beginning of object key string"),
        (r#"{"a""#, "EOF"),
        (r#""\q""#, "invalid character 'q' in string escape code"),
        ("nulx", "invalid character 'x' in literal null (expecting 'l')"),
        ("1.e", "invalid character 'e' after decimal point in numeric literal"),
        (r#""\u00g0""#, "invalid character 'g' in \\u hexadecimal character escape"),
        ("\"\t\"", "invalid character '\\t' in string literal"),
    ];
    for (text, expected) in cases {
        assert_eq!(json::decode_implied(text).unwrap_err().message, expected, "{text}");
    }
}

#[test]
fn nothing_unknown_marked_or_infinite_becomes_json() {
    let cases = [
        (Value::tuple([Value::unknown(Type::String)]), "[0]: value is not known"),
        (
            Value::object([("a", n("1").with_marks(Marks::SENSITIVE))]),
            ".a: value has marks, so it cannot be serialized as JSON",
        ),
        (Value::number(Number::INFINITY), "cannot serialize infinity as JSON"),
    ];
    for (value, expected) in cases {
        assert_eq!(json::encode_untyped(&value).unwrap_err().to_string(), expected);
        assert_eq!(json::encode(&value, &value.ty()).unwrap_err().to_string(), expected);
    }
}

#[test]
fn types_survive_json() {
    let optional = ObjectType::with_optional(
        [("a".into(), Type::list(Type::Dynamic)), ("b\"".into(), Type::tuple([Type::Bool]))],
        [Arc::from("a")],
    );
    let ty = Type::map(Type::set(Type::Object(Arc::new(optional))));
    let text = String::from_utf8(json::encode_type(&ty)).unwrap();
    assert_eq!(text, r#"["map",["set",["object",{"a":["list","dynamic"],"b\"":["tuple",["bool"]]},["a"]]]]"#);
    assert_eq!(json::decode_type(&text), Ok(ty));
    for broken in [
        r#""int""#,
        "[]",
        r#"["list"]"#,
        r#"["bag","string"]"#,
        r#"["object",{},["a"]]"#,
        r#"["list","string","string"]"#,
        "1",
    ] {
        assert!(json::decode_type(broken).is_err(), "{broken}");
    }
}

fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Type::tuple),
            prop::collection::btree_map("[a-c\"é]{1,2}", inner, 0..3).prop_map(Type::object),
        ]
    })
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        "-?[0-9]{1,30}\\.[0-9]{1,30}".prop_map(|text| Number::parse(&text).unwrap()),
        // Great integers of the machine print short, and read back as another integer, everywhere.
        any::<f64>()
            .prop_filter("a great integer", |value| value.abs() < 9e15)
            // On the wire it is plain zero, as with the peers, which sets of lists keep in another place.
            .prop_filter("minus zero", |value| *value != 0.0 || value.is_sign_positive())
            .prop_filter_map("not a number", Number::from_f64),
    ]
}

fn refinements() -> impl Strategy<Value = Refinement> {
    let number = || prop::option::of((numbers(), any::<bool>()));
    let length = || prop::option::of(0u64..9);
    (any::<bool>(), prop::option::of("[a-zé\u{301}<]{1,9}"), number(), number(), length(), length()).prop_map(
        |(not_null, prefix, number_min, number_max, length_min, length_max)| Refinement {
            not_null,
            string_prefix: prefix.map(|prefix| Value::string(prefix).as_text().cloned().unwrap_or_default()),
            number_min,
            number_max,
            length_min,
            length_max,
        },
    )
}

fn values(ty: Type, unknowns: bool) -> BoxedStrategy<Value> {
    let known: BoxedStrategy<Value> = match ty.clone() {
        Type::Dynamic => Just(Value::null(Type::Dynamic)).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::bool).boxed(),
        Type::Number => numbers().prop_map(Value::number).boxed(),
        Type::String => ".{0,12}".prop_map(Value::string).boxed(),
        Type::List(element) => {
            let elements = prop::collection::vec(values((*element).clone(), unknowns), 0..4);
            elements.prop_map(move |values| Value::list((*element).clone(), values)).boxed()
        }
        Type::Set(element) => {
            let elements = prop::collection::vec(values((*element).clone(), unknowns), 0..4);
            elements.prop_map(move |values| Value::set((*element).clone(), values)).boxed()
        }
        Type::Map(element) => {
            let entries = prop::collection::btree_map(
                "[a-z<\u{2028}]{0,3}",
                values((*element).clone(), unknowns),
                0..4,
            );
            entries.prop_map(move |entries| Value::map((*element).clone(), entries)).boxed()
        }
        Type::Tuple(types) => {
            let elements: Vec<_> = types.iter().map(|ty| values(ty.clone(), unknowns)).collect();
            elements.prop_map(Value::tuple).boxed()
        }
        Type::Object(object) => {
            let attributes: Vec<_> =
                object.attributes().iter().map(|(_, ty)| values(ty.clone(), unknowns)).collect();
            attributes.prop_map(move |values| Value::object_of(object.clone(), values)).boxed()
        }
    };
    let null = Just(Value::null(ty.clone()));
    if !unknowns {
        return prop_oneof![8 => known, 1 => null].boxed();
    }
    let unknown = prop::option::of(refinements())
        .prop_map(move |limits| Value::unknown_refined(ty.clone(), limits.unwrap_or_default()));
    prop_oneof![6 => known, 1 => null, 2 => unknown].boxed()
}

/// A value of the same type, which differs in one place: something is gone, added or another.
fn changed_at(value: &Value, place: usize) -> Value {
    let rest = place / 5;
    let without = |length: usize| (length > 0 && place.is_multiple_of(5)).then(|| rest % length);
    let kept = |at: usize| move |(index, part): (usize, &Value)| (index != at).then(|| part.clone());
    match value.kind() {
        Kind::Bool(known) => Value::bool(!known),
        Kind::Number(known) => Value::number(known.add(&Number::from(1i64)).unwrap_or(Number::ZERO)),
        Kind::String(text) => Value::string(format!("{text}x")),
        Kind::List(element, parts) if place % 5 == 1 => {
            Value::list(element.clone(), parts.iter().cloned().chain(parts.last().cloned()))
        }
        Kind::Map(element, entries) if place % 5 == 1 => {
            let more = entries.last().map(|(key, value)| (Arc::from(format!("{key}z")), value.clone()));
            Value::map(element.clone(), entries.iter().cloned().chain(more))
        }
        Kind::List(element, parts) if let Some(at) = without(parts.len()) => {
            Value::list(element.clone(), parts.iter().enumerate().filter_map(kept(at)))
        }
        Kind::Set(element, parts) if let Some(at) = without(parts.len()) => {
            Value::set(element.clone(), parts.iter().enumerate().filter_map(kept(at)))
        }
        Kind::Map(element, entries) if let Some(at) = without(entries.len()) => {
            let kept = entries.iter().enumerate().filter(|(index, _)| *index != at);
            Value::map(element.clone(), kept.map(|(_, entry)| entry.clone()))
        }
        _ => {
            let length = value.len().unwrap_or(0).max(1);
            let mut index = 0;
            value.rebuild(&mut |part| {
                index += 1;
                if index - 1 == rest % length { changed_at(part, rest / length) } else { part.clone() }
            })
        }
    }
}

fn typed_values(unknowns: bool) -> impl Strategy<Value = (Type, Value)> {
    types().prop_flat_map(move |ty| values(ty.clone(), unknowns).prop_map(move |value| (ty.clone(), value)))
}

proptest! {
    #[test]
    fn msgpack_survives((ty, value) in typed_values(true)) {
        for ty in [&ty, &Type::Dynamic] {
            let bytes = msgpack::encode(&value, ty).unwrap();
            let read = msgpack::decode(&bytes, ty).unwrap();
            prop_assert!(read.same(&value), "{:?} became {:?}", value, read);
            prop_assert_eq!(read.ty(), value.ty());
            prop_assert_eq!(msgpack::encode(&read, ty).unwrap(), bytes);
        }
    }

    #[test]
    fn msgpack_is_read_alike_whatever_is_shared(
        (ty, value) in typed_values(true), (_, other) in typed_values(true), places: [usize; 4],
    ) {
        for ty in [&ty, &Type::Dynamic] {
            let bytes = msgpack::encode(&value, ty).unwrap();
            let read = msgpack::decode(&bytes, ty).unwrap();
            let marked = read.clone().with_marks(Marks::SENSITIVE);
            let near = places.map(|place| changed_at(&read, place));
            for like in near.iter().chain([&read, &value, &other, &marked]) {
                let again = msgpack::decode_like(&bytes, ty, like).unwrap();
                prop_assert_eq!(&again, &read);
                prop_assert_eq!(again.ty(), read.ty());
            }
        }
    }

    #[test]
    fn msgpack_never_panics((ty, value) in typed_values(true), at: prop::sample::Index, byte: u8, cut: bool) {
        let mut bytes = msgpack::encode(&value, &ty).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let _ = msgpack::decode(&bytes, &ty);
        let _ = msgpack::decode(&bytes, &Type::Dynamic);
    }

    #[test]
    fn json_survives((ty, value) in typed_values(false)) {
        for ty in [&ty, &Type::Dynamic] {
            let text = String::from_utf8(json::encode(&value, ty).unwrap()).unwrap();
            let read = json::decode(&text, ty).unwrap();
            prop_assert!(read.same(&value), "{:?} became {:?}", value, read);
        }
        let text = String::from_utf8(json::encode_untyped(&value).unwrap()).unwrap();
        let implied = json::decode_implied(&text).unwrap();
        prop_assert_eq!(String::from_utf8(json::encode_untyped(&implied).unwrap()).unwrap(), text);
    }

    #[test]
    fn broken_json_never_panics(text in "[\\[\\]{}:,\"\\\\0-9a-e.\\-tfnu ]{0,30}") {
        let _ = json::decode_implied(&text);
        let _ = json::decode(&text, &Type::map(Type::list(Type::String)));
        let _ = json::decode_type(&text);
    }

    #[test]
    fn set_order_is_total((values, ty) in types().prop_flat_map(|ty| {
        (prop::collection::vec(values(ty.clone(), true), 3), Just(ty))
    })) {
        let [a, b, c] = &values[..] else { unreachable!() };
        prop_assert_eq!(a.set_order(b), b.set_order(a).reverse());
        prop_assert_eq!(a.set_order(b).is_eq(), a.same(b), "{:?} {:?}", a, b);
        if a.set_order(b).is_le() && b.set_order(c).is_le() {
            prop_assert!(a.set_order(c).is_le());
        }
        let mut reversed = values.clone();
        reversed.reverse();
        prop_assert!(Value::set(ty.clone(), values.clone()).same(&Value::set(ty, reversed)));
    }

    #[test]
    fn conversions_give_the_type_that_is_asked((_, value) in typed_values(true), to in types()) {
        if let Ok(converted) = plumb_value::convert(&value, &to) {
            prop_assert_eq!(converted.ty(), to);
        }
    }

    #[test]
    fn unification_is_reachable_from_each(one in types(), two in types()) {
        if let Some(common) = plumb_value::unify(&[one.clone(), two.clone()]) {
            for ty in [&one, &two] {
                prop_assert!(plumb_value::can_convert(ty, &common), "{} to {}", ty, common);
            }
        }
    }
}

#[test]
fn long_prefixes_are_cut_so_that_readers_accept_them() {
    let long = Value::unknown_with_prefix("é/".repeat(200));
    let bytes = msgpack::encode(&long, &Type::String).unwrap();
    let read = msgpack::decode(&bytes, &Type::String).unwrap();
    let Kind::Unknown(_, Some(limits)) = read.kind() else { panic!("{read:?}") };
    let prefix = limits.string_prefix.as_deref().unwrap();
    assert!((250..256).contains(&prefix.len()) && "é/".repeat(200).starts_with(prefix));
}
