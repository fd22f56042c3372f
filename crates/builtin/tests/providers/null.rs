//! The `null` provider.

use plumb_address::Mode;

use crate::support::{Bench, show};

#[test]
fn resources_are_planned() {
    let bench = Bench::new("null");
    for (prior, config, planned) in [
        ("null", "{}", "{id=?}"),
        ("null", r#"{"triggers":{"a":"b"}}"#, "{id=? triggers={a=b}}"),
        (r#"{"id":"1"}"#, "{}", "{id=1}"),
        (r#"{"id":"1"}"#, "null", "null"),
        (
            r#"{"id":"1","triggers":{"a":"b"}}"#,
            r#"{"triggers":{"a":"c"}}"#,
            "{id=1 triggers={a=c}} !triggers",
        ),
        (r#"{"id":"1","triggers":{"a":"b"}}"#, "{}", "{id=1} !triggers"),
        (r#"{"id":"1"}"#, r#"{"triggers":{"a":"b"}}"#, "{id=1 triggers={a=b}} !triggers"),
        (r#"{"id":"1","triggers":{"a":"b"}}"#, r#"{"triggers":"?"}"#, "{id=1 triggers=?} !triggers"),
        // Older releases did not record keys without a value.
        (r#"{"id":"1"}"#, r#"{"triggers":{"a":null}}"#, "{id=1 triggers={}}"),
        (r#"{"id":"1","triggers":{"a":"b"}}"#, r#"{"triggers":{"a":"b","c":null}}"#, "{id=1 triggers={a=b}}"),
    ] {
        bench.plan("null_resource", prior, config, planned);
    }
}

#[test]
fn resources_are_made_and_kept() {
    let bench = Bench::new("null");
    bench.apply(
        "null_resource",
        "null",
        r#"{"triggers":{"a":"b"}}"#,
        "{id=253048761457115264 triggers={a=b}}",
    );
    bench.apply("null_resource", r#"{"id":"1"}"#, r#"{"triggers":{"a":null}}"#, "{id=1 triggers={}}");
    bench.apply("null_resource", r#"{"id":"1"}"#, "null", "null");
    bench.settles("null_resource", r#"{"triggers":{"a":null}}"#);
    bench.upgrade("null_resource", 0, r#"{"id":"1","triggers":null,"gone":1}"#, "{id=1}");
    bench.import(
        "null_resource",
        "x",
        "[ Resource Import Not Implemented: This resource does not support import: nothing of it can be found out \
         from an identifier.]",
    );
}

#[test]
fn the_data_source_hands_on() {
    let bench = Bench::new("null");
    bench.data(
        "null_data_source",
        r#"{"inputs":{"a":"b"}}"#,
        "{has_computed_default=default id=static inputs={a=b} outputs={a=b} random=253048761457115264}",
    );
    bench.validate(
        Mode::Data,
        "null_data_source",
        r#"{"has_computed_default":"x"}"#,
        "[? Data Source Deprecated: Use local values, or terraform_data, instead of null_data_source.]",
    );
    assert!(bench.schema(Mode::Data, "null_data_source").block.deprecated);
    assert_eq!(show(&bench.object(Mode::Data, "null_data_source", "{}")), "{}");
}
