//! The `random` provider.

use plumb_address::Mode;
use plumb_value::Value;

use crate::support::{Bench, run, show, show_problems};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.part(name).and_then(Value::as_str).unwrap()
}

#[test]
fn ids() {
    let bench = Bench::new("random");
    let kind = "random_id";
    bench.apply(
        kind,
        "null",
        r#"{"byte_length":4,"prefix":"p-"}"#,
        "{b64_std=p-AAECAw== b64_url=p-AAECAw byte_length=4 dec=p-66051 hex=p-00010203 id=AAECAw prefix=p-}",
    );
    bench.settles(kind, r#"{"byte_length":1,"keepers":{"a":"b"}}"#);
    let state = r#"{"byte_length":4,"b64_std":"1","b64_url":"2","dec":"3","hex":"4","id":"5"}"#;
    for (config, planned) in [
        (r#"{"byte_length":4}"#, "{b64_std=1 b64_url=2 byte_length=4 dec=3 hex=4 id=5}"),
        (r#"{"byte_length":5}"#, "{b64_std=1 b64_url=2 byte_length=5 dec=3 hex=4 id=5} !byte_length"),
        (
            r#"{"byte_length":4,"prefix":"x"}"#,
            "{b64_std=1 b64_url=2 byte_length=4 dec=3 hex=4 id=5 prefix=x} !prefix",
        ),
        (
            r#"{"byte_length":4,"keepers":{"a":"b"}}"#,
            "{b64_std=1 b64_url=2 byte_length=4 dec=3 hex=4 id=5 keepers={a=b}} !keepers",
        ),
        (
            r#"{"byte_length":4,"keepers":{"a":null}}"#,
            "{b64_std=1 b64_url=2 byte_length=4 dec=3 hex=4 id=5 keepers={}}",
        ),
    ] {
        bench.plan(kind, state, config, planned);
    }
    bench.import(
        kind,
        "AAECAw",
        "{b64_std=AAECAw== b64_url=AAECAw byte_length=4 dec=66051 hex=00010203 id=AAECAw}",
    );
    bench.import(
        kind,
        "a,b,_-8",
        "{b64_std=a,b/+8= b64_url=a,b_-8 byte_length=2 dec=a,b65519 hex=a,bffef id=_-8 prefix=a,b}",
    );
    assert!(
        show_problems(&run(bench.provider.import_resource_state(kind, "a=")).diagnostics)
            .contains("Import Random ID Error")
    );
    let refused = bench.change(kind, "null", r#"{"byte_length":-1}"#);
    assert!(show_problems(&refused.diagnostics).contains("Randomness Generation Error"));
}

#[test]
fn bytes() {
    let bench = Bench::new("random");
    let kind = "random_bytes";
    bench.apply(kind, "null", r#"{"length":3}"#, "{base64=AAEC hex=000102 length=3}");
    bench.settles(kind, r#"{"length":3,"keepers":{}}"#);
    let state = r#"{"length":3,"base64":"AAEC","hex":"000102"}"#;
    bench.plan(kind, state, r#"{"length":4}"#, "{base64=AAEC hex=000102 length=4} !length");
    // Other than elsewhere, keys without a value count here.
    bench.plan(
        kind,
        state,
        r#"{"length":3,"keepers":{"a":null}}"#,
        "{base64=AAEC hex=000102 keepers={} length=3} !keepers",
    );
    bench.validate(
        Mode::Managed,
        kind,
        r#"{"length":0}"#,
        "[length Invalid Attribute Value: Attribute length value must be at least 1, got: 0]",
    );
    bench.import(kind, "AAEC", "{base64=AAEC hex=000102 length=3}");
    assert!(
        show_problems(&run(bench.provider.import_resource_state(kind, "!")).diagnostics)
            .contains("Import Random bytes Error")
    );
    let schema = bench.schema(Mode::Managed, kind);
    assert!(schema.block.attributes["hex"].sensitive && schema.block.attributes["base64"].sensitive);
}

#[test]
fn integers() {
    let bench = Bench::new("random");
    let kind = "random_integer";
    for (config, problem) in [
        (
            r#"{"min":2,"max":1}"#,
            "null [ Create Random Integer Error: The minimum 2 is greater than the maximum 1. Exchange them or move \
             one of them.]",
        ),
        (
            r#"{"min":-9223372036854775808,"max":9223372036854775807}"#,
            "null [ Create Random Integer Error: The range from -9223372036854775808 to 9223372036854775807 has more \
             numbers than 64 bits can count.]",
        ),
    ] {
        bench.apply(kind, "null", config, problem);
    }
    bench.apply(kind, "null", r#"{"min":7,"max":7}"#, "{id=7 max=7 min=7 result=7}");
    for _ in 0..50 {
        let state = bench.settles(kind, r#"{"min":-3,"max":3}"#);
        let result = state.part("result").and_then(|value| value.as_number()?.to_i64()).unwrap();
        assert!((-3..=3).contains(&result));
        assert_eq!(text(&state, "id"), result.to_string());
    }
    // Seeded numbers do not depend on the world.
    let seeded = show(&bench.settles(kind, r#"{"min":1,"max":1000000,"seed":"plumb"}"#));
    assert_eq!(show(&bench.settles(kind, r#"{"min":1,"max":1000000,"seed":"plumb"}"#)), seeded);
    let state = r#"{"id":"5","max":9,"min":1,"result":5}"#;
    for (config, planned) in [
        (r#"{"min":1,"max":9}"#, "{id=5 max=9 min=1 result=5}"),
        (r#"{"min":1,"max":8,"seed":"x"}"#, "{id=5 max=8 min=1 result=5 seed=x} !max !seed"),
    ] {
        bench.plan(kind, state, config, planned);
    }
    bench.import(kind, "5,1,9", "{id=5 max=9 min=1 result=5}");
    bench.import(kind, "5,1,9,s", "{id=5 max=9 min=1 result=5 seed=s}");
    bench.import(
        kind,
        "5",
        "[ Import Random Integer Error: Invalid import usage: expecting {result},{min},{max} or \
         {result},{min},{max},{seed}]",
    );
    assert!(
        show_problems(&run(bench.provider.import_resource_state(kind, "5,x,9")).diagnostics)
            .contains("minimum")
    );
    bench.validate(
        Mode::Managed,
        kind,
        r#"{"min":1.5,"max":2}"#,
        "[min Invalid Attribute Value: Attribute min must be a whole number that fits into 64 bits, got: 1.5]",
    );
}

#[test]
fn strings() {
    let bench = Bench::new("random");
    let kind = "random_string";
    bench.plan(
        kind,
        "null",
        r#"{"length":3}"#,
        "{id=? length=3 lower=true min_lower=0 min_numeric=0 min_special=0 min_upper=0 number=true numeric=true \
         result=? special=true upper=true}",
    );
    bench.plan(
        kind,
        "null",
        r#"{"length":3,"numeric":false}"#,
        "{id=? length=3 lower=true min_lower=0 min_numeric=0 min_special=0 min_upper=0 number=false numeric=false \
         result=? special=true upper=true}",
    );
    for (config, allowed, counts) in [
        (r#"{"length":40,"special":false,"upper":false}"#, "abcdefghijklmnopqrstuvwxyz0123456789", None),
        (
            r#"{"length":8,"special":true,"override_special":"é_","lower":false,"upper":false,"numeric":false}"#,
            "é_",
            None,
        ),
        (
            r#"{"length":9,"min_upper":2,"min_numeric":3,"min_special":4,"override_special":"-"}"#,
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-",
            Some((2, 3, 4)),
        ),
        // A minimum counts even of characters that may not occur otherwise.
        (r#"{"length":5,"min_upper":5,"upper":false}"#, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Some((5, 0, 0))),
    ] {
        let state = bench.settles(kind, config);
        let result = text(&state, "result");
        assert!(result.chars().all(|character| allowed.contains(character)), "{result}");
        assert_eq!(text(&state, "id"), result);
        let length = state.part("length").and_then(|value| value.as_number()?.to_usize());
        assert_eq!(Some(result.chars().count()), length);
        if let Some((upper, numeric, special)) = counts {
            let count = |test: fn(char) -> bool| result.chars().filter(|character| test(*character)).count();
            assert_eq!(count(|character| character.is_ascii_uppercase()), upper);
            assert_eq!(count(|character| character.is_ascii_digit()), numeric);
            assert_eq!(count(|character| character == '-'), special);
        }
    }
    let state = r#"{"id":"a","length":1,"lower":true,"min_lower":0,"min_numeric":0,"min_special":0,"min_upper":0,"number":true,"numeric":true,"result":"a","special":true,"upper":true,"override_special":""}"#;
    let shown = "{id=a length=1 lower=true min_lower=0 min_numeric=0 min_special=0 min_upper=0 number=true numeric=true";
    for (config, planned) in [
        (r#"{"length":1}"#, format!("{shown} result=a special=true upper=true}}")),
        (r#"{"length":1,"override_special":"_"}"#, {
            format!("{shown} override_special=_ result=a special=true upper=true}} !override_special")
        }),
        (r#"{"length":1,"override_special":"","number":false}"#, {
            let shown = shown.replace("number=true numeric=true", "number=false numeric=false");
            format!("{shown} override_special= result=a special=true upper=true}} !number !numeric")
        }),
    ] {
        bench.plan(kind, state, config, &planned);
    }
    bench.plan(
        kind,
        "null",
        r#"{"length":1,"number":true,"numeric":false}"#,
        "{id=? length=1 lower=true min_lower=0 min_numeric=0 min_special=0 min_upper=0 number=true numeric=false \
         result=? special=true upper=true} [ Number and numeric are both configured with different values: The \
         attribute number is the deprecated name of numeric. Remove it and keep numeric.] [ Number and numeric are \
         both configured with different values: The attribute number is the deprecated name of numeric. Remove it and \
         keep numeric.]",
    );
    bench.apply(
        kind,
        "null",
        r#"{"length":1,"lower":false,"upper":false,"special":false,"numeric":false}"#,
        "null [ Random Read Error: No character is allowed to occur: upper, lower, numeric and special are all false. \
         Allow one of them.]",
    );
    bench.import(
        kind,
        "abc",
        "{id=abc length=3 lower=true min_lower=0 min_numeric=0 min_special=0 min_upper=0 number=true numeric=true \
         result=abc special=true upper=true}",
    );
}

#[test]
fn strings_are_checked() {
    let bench = Bench::new("random");
    for (config, problems) in [
        (r#"{"length":4,"min_upper":4}"#, ""),
        (r#"{"length":1,"min_upper":"?"}"#, ""),
        (
            r#"{"length":3,"min_upper":2,"min_lower":2}"#,
            "[length Invalid Attribute Value: Attribute length value must be at least sum of min_upper + min_lower + \
             min_numeric + min_special, got: 3]",
        ),
        (
            r#"{"length":0}"#,
            "[length Invalid Attribute Value: Attribute length value must be at least 1, got: 0]",
        ),
        (
            r#"{"length":1,"lower":false,"upper":false,"special":false,"numeric":false}"#,
            "[numeric Invalid Attribute Combination: At least one attribute out of [special,upper,lower,numeric] must \
             be specified as true]",
        ),
        (r#"{"length":1,"lower":false,"upper":false,"numeric":false}"#, ""),
        (r#"{"length":1,"number":true}"#, "[?number Attribute Deprecated: Use numeric instead of number.]"),
        (
            r#"{"result":"x"}"#,
            "[length Missing Configuration for Required Attribute: The attribute length must have a value that is not \
             null.] [result Invalid Configuration for Read-Only Attribute: The attribute result is decided by the \
             provider. Remove the line that sets it.]",
        ),
    ] {
        bench.validate(Mode::Managed, "random_string", config, problems);
    }
}

#[test]
fn recorded_strings_of_older_versions() {
    let bench = Bench::new("random");
    let complete = "length=3 lower=true min_lower=0 min_numeric=0 min_special=0 min_upper=0";
    bench.upgrade(
        "random_string",
        1,
        r#"{"id":"abc","result":"abc","length":null,"number":false,"keepers":{"a":"b"}}"#,
        &format!("{{id=abc keepers={{a=b}} {complete} number=false numeric=false result=abc special=true upper=true}}"),
    );
    bench.upgrade("random_string", 2, r#"{"id":"abc","result":"abc"}"#, "{id=abc result=abc}");
    assert!(bench.upgraded("random_string", 0, r#"{"id":"abc"}"#).1[0].summary.contains("Unable to Upgrade"));
    assert!(bench.upgraded("random_string", 2, "[]").1[0].summary.contains("Unable to Read"));
    assert!(bench.upgraded("random_string", 2, r#"{"length":[]}"#).1[0].detail.contains("length"));
}

#[test]
fn recorded_passwords_of_older_versions() {
    let bench = Bench::new("random");
    let kind = "random_password";
    let (state, problems) = bench.upgraded(kind, 0, r#"{"id":"none","result":"abc","length":3}"#);
    assert_eq!(show_problems(&problems), "");
    let hash = text(&state, "bcrypt_hash").to_owned();
    assert!(hash.starts_with("$2a$10$") && hash.len() == 60);
    assert_eq!(state.part("numeric").and_then(Value::as_bool), Some(true));
    let recorded = |result: &str, hash: &str| {
        format!(
            r#"{{"id":"none","result":"{result}","length":3,"number":false,"numeric":true,"bcrypt_hash":"{hash}"}}"#
        )
    };
    // A hash that fits stays, another is made anew, what is none at all is an error.
    let (kept, _) = bench.upgraded(kind, 2, &recorded("abc", &hash));
    assert_eq!(text(&kept, "bcrypt_hash"), hash);
    assert_eq!(kept.part("numeric").and_then(Value::as_bool), Some(false));
    let (renewed, _) = bench.upgraded(kind, 2, &recorded("abd", &hash));
    assert_ne!(text(&renewed, "bcrypt_hash"), hash);
    assert!(bench.upgraded(kind, 2, &recorded("abc", "x")).1[0].is_error);
    let (trusted, _) = bench.upgraded(kind, 1, &recorded("abd", &hash));
    assert_eq!(text(&trusted, "bcrypt_hash"), hash);
    let (current, _) = bench.upgraded(kind, 3, &recorded("abd", "anything"));
    assert_eq!(text(&current, "bcrypt_hash"), "anything");
}

#[test]
fn passwords() {
    let bench = Bench::new("random");
    let kind = "random_password";
    let state = bench.settles(kind, r#"{"length":80}"#);
    assert_eq!(text(&state, "result").len(), 80);
    assert_eq!(text(&state, "id"), "none");
    assert!(text(&state, "bcrypt_hash").starts_with("$2a$10$"));
    let schema = bench.schema(Mode::Managed, kind);
    assert_eq!(schema.version, 3);
    assert!(schema.block.attributes["result"].sensitive && schema.block.attributes["bcrypt_hash"].sensitive);
    let imported = run(bench.provider.import_resource_state(kind, "secret"));
    assert_eq!(text(&imported.imported[0].state, "result"), "secret");
    let config = bench.object(Mode::Ephemeral, kind, r#"{"length":12,"special":false}"#);
    let opened = run(bench.provider.open_ephemeral_resource(kind, config));
    assert_eq!(show_problems(&opened.diagnostics), "");
    assert_eq!(text(&opened.result, "result").len(), 12);
    assert!(text(&opened.result, "result").bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(opened.result.part("special").and_then(Value::as_bool), Some(false));
    assert_eq!(opened.result.part("lower").and_then(Value::as_bool), Some(true));
    assert_eq!(opened.renew_at_ms, None);
    assert!(run(bench.provider.close_ephemeral_resource(kind, opened.private)).is_empty());
    bench.validate(
        Mode::Ephemeral,
        kind,
        r#"{"length":0}"#,
        "[length Invalid Attribute Value: Attribute length value must be at least 1, got: 0]",
    );
}

#[test]
fn pets() {
    let bench = Bench::new("random");
    let kind = "random_pet";
    bench.plan(kind, "null", "{}", "{id=? length=2 separator=-}");
    for (config, words, separator, prefix) in [
        ("{}", 2, "-", ""),
        (r#"{"length":1}"#, 1, "-", ""),
        (r#"{"length":4,"separator":"_","prefix":"Dev"}"#, 5, "_", "Dev_"),
        (r#"{"length":0}"#, 2, "-", ""),
    ] {
        let state = bench.settles(kind, config);
        let id = text(&state, "id");
        assert_eq!(id.split(separator).count(), words, "{id}");
        assert!(id.starts_with(prefix), "{id}");
    }
    bench.plan(
        kind,
        r#"{"id":"a-b","length":2,"separator":"-"}"#,
        r#"{"length":3,"separator":"."}"#,
        "{id=a-b length=3 separator=.} !length !separator",
    );
    assert!(
        show_problems(&run(bench.provider.import_resource_state(kind, "a")).diagnostics)
            .contains("Not Implemented")
    );
}

#[test]
fn shuffles() {
    let bench = Bench::new("random");
    let kind = "random_shuffle";
    bench.apply(kind, "null", r#"{"input":[]}"#, "{id=- input=[] result=[]}");
    bench.apply(
        kind,
        "null",
        r#"{"input":["a"],"result_count":0}"#,
        "{id=- input=[a] result=[] result_count=0}",
    );
    bench.apply(
        kind,
        "null",
        r#"{"input":["a"],"result_count":3}"#,
        "{id=- input=[a] result=[a a a] result_count=3}",
    );
    for config in [
        r#"{"input":["a","b","c"],"result_count":7}"#,
        r#"{"input":["a","b","c"],"result_count":7,"seed":"x"}"#,
    ] {
        let state = bench.settles(kind, config);
        let result: Vec<&str> = state
            .part("result")
            .and_then(Value::as_sequence)
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(result.len(), 7);
        for round in result.chunks_exact(3) {
            assert!(["a", "b", "c"].iter().all(|letter| round.contains(letter)), "{result:?}");
        }
    }
    bench.plan(
        kind,
        r#"{"id":"-","input":["a","b"],"result":["b","a"]}"#,
        r#"{"input":["b","a"]}"#,
        "{id=- input=[b a] result=[b a]} !input",
    );
}

/// Results that the same seeds have in the provider that this stands in for.
#[test]
fn seeded_results_are_the_same_as_everywhere() {
    let bench = Bench::new("random");
    for (config, result) in
        [(r#"{"min":1,"max":3,"seed":"12345"}"#, "3"), (r#"{"min":1,"max":3,"seed":"123456"}"#, "2")]
    {
        assert_eq!(text(&bench.settles("random_integer", config), "id"), result);
    }
    for (config, result) in [
        (r#"{"input":["a","b","c","d","e"],"seed":"-"}"#, "[a c b e d]"),
        (r#"{"input":["a","b","c","d","e"],"seed":"-","result_count":3}"#, "[a c b]"),
        (r#"{"input":["a","b","c","d","e"],"seed":"-","result_count":12}"#, "[a c b e d a e d c b a b]"),
    ] {
        assert_eq!(show(bench.settles("random_shuffle", config).part("result").unwrap()), result);
    }
}

#[test]
fn uuids() {
    let bench = Bench::new("random");
    let kind = "random_uuid";
    let uuid = "00010203-0405-0607-0809-0a0b0c0d0e0f";
    bench.apply(kind, "null", "{}", &format!("{{id={uuid} result={uuid}}}"));
    bench.settles(kind, r#"{"keepers":{"a":"b"}}"#);
    bench.import(kind, &uuid.to_uppercase(), &format!("{{id={uuid} result={uuid}}}"));
    for id in ["", "x", "00010203-0405-0607-0809-0a0b0c0d0e0", "00010203x0405-0607-0809-0a0b0c0d0e0f"] {
        assert!(
            show_problems(&run(bench.provider.import_resource_state(kind, id)).diagnostics)
                .contains("Import Random UUID Error")
        );
    }
}

#[test]
fn every_instance_has_the_same_schema() {
    let bench = Bench::new("random");
    let all = Bench::all(&bench.world);
    let names: Vec<String> = all.iter().map(|builtin| format!("{builtin:?}")).collect();
    assert_eq!(
        names,
        [
            "terraform.io/builtin/terraform 1.11.4",
            "registry.terraform.io/hashicorp/local 2.5.3",
            "registry.terraform.io/hashicorp/null 3.2.4",
            "registry.terraform.io/hashicorp/random 3.7.2",
            "registry.terraform.io/hashicorp/time 0.13.1",
        ]
    );
    for builtin in all {
        let (one, two) = (run(builtin.make().schema()).unwrap(), run(builtin.make().schema()).unwrap());
        assert!(std::sync::Arc::ptr_eq(&one, &two));
        for mode in [Mode::Managed, Mode::Data, Mode::Ephemeral] {
            for name in one.table(mode).names() {
                assert!(one.table(mode).get(name).is_some_and(|schema| !schema.block.attributes.is_empty()));
            }
        }
    }
}
