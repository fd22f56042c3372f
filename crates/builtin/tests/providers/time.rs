//! The `time` provider.

use std::sync::atomic::Ordering;
use std::time::Duration;

use plumb_address::Mode;
use plumb_state::ApplyRequest;
use plumb_value::Value;

use crate::support::{Bench, run, show, show_problems};

const NOW: &str = "2020-09-13T12:26:40Z";
const PARTS: &str = "day=? hour=?";

#[test]
fn static_times() {
    let bench = Bench::new("time");
    let kind = "time_static";
    let now = "day=13 hour=12 id=2020-09-13T12:26:40Z minute=26 month=9 rfc3339=2020-09-13T12:26:40Z second=40 \
               unix=1600000000 year=2020";
    bench.plan(
        kind,
        "null",
        "{}",
        &format!("{{{PARTS} id=? minute=? month=? rfc3339=? second=? unix=? year=?}}"),
    );
    bench.plan(
        kind,
        "null",
        r#"{"rfc3339":"2020-02-12T06:36:13+00:00"}"#,
        "{day=12 hour=6 id=2020-02-12T06:36:13+00:00 minute=36 month=2 rfc3339=2020-02-12T06:36:13+00:00 second=13 \
         unix=1581489373 year=2020}",
    );
    bench.apply(kind, "null", "{}", &format!("{{{now}}}"));
    // The time stays as it is written.
    bench.apply(
        kind,
        "null",
        r#"{"rfc3339":"2020-02-12T06:36:13+00:00"}"#,
        "{day=12 hour=6 id=2020-02-12T06:36:13+00:00 minute=36 month=2 rfc3339=2020-02-12T06:36:13+00:00 second=13 \
         unix=1581489373 year=2020}",
    );
    bench.plan(
        kind,
        r#"{"id":"2020-02-12T06:36:13Z","rfc3339":"2020-02-12T06:36:13Z"}"#,
        r#"{"triggers":{"a":"b"}}"#,
        "{day=? hour=? id=2020-02-12T06:36:13Z minute=? month=? rfc3339=? second=? triggers={a=b} unix=? year=?} \
         !rfc3339 !triggers",
    );
    for config in ["{}", r#"{"rfc3339":"2020-02-12T06:36:13+02:00","triggers":{}}"#] {
        bench.settles(kind, config);
    }
    bench.import(
        kind,
        "2020-02-12T08:36:13+02:00",
        "{day=12 hour=8 id=2020-02-12T08:36:13+02:00 minute=36 month=2 rfc3339=2020-02-12T08:36:13+02:00 second=13 \
         triggers={} unix=1581489373 year=2020}",
    );
    bench.import(
        kind,
        "x",
        "[ Import time static error: The identifier must be a timestamp as of RFC 3339.\n\nOriginal Error: parsing \
         time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\"]",
    );
    bench.validate(
        Mode::Managed,
        kind,
        r#"{"rfc3339":"2020-02-30T06:36:13Z"}"#,
        "[rfc3339 Invalid RFC3339 String Value: Attribute rfc3339 must be a timestamp such as 2006-01-02T15:04:05Z.\n\n\
         Given Value: 2020-02-30T06:36:13Z\nError: parsing time \"2020-02-30T06:36:13Z\": day out of range]",
    );
}

#[test]
fn times_at_a_distance() {
    let bench = Bench::new("time");
    let kind = "time_offset";
    bench.apply(
        kind,
        "null",
        r#"{"offset_days":7}"#,
        "{base_rfc3339=2020-09-13T12:26:40Z day=20 hour=12 id=2020-09-13T12:26:40Z minute=26 month=9 offset_days=7 \
         rfc3339=2020-09-20T12:26:40Z second=40 unix=1600604800 year=2020}",
    );
    // Days come before months, months before years.
    bench.apply(
        kind,
        "null",
        r#"{"base_rfc3339":"2020-01-30T00:00:00Z","offset_days":1,"offset_months":1,"offset_years":1,"offset_hours":-1,"offset_minutes":59,"offset_seconds":61}"#,
        "{base_rfc3339=2020-01-30T00:00:00Z day=2 hour=0 id=2020-01-30T00:00:00Z minute=0 month=3 offset_days=1 \
         offset_hours=-1 offset_minutes=59 offset_months=1 offset_seconds=61 offset_years=1 \
         rfc3339=2021-03-02T00:00:01Z second=1 unix=1614643201 year=2021}",
    );
    let state = r#"{"base_rfc3339":"2020-01-30T00:00:00Z","offset_days":1,"id":"2020-01-30T00:00:00Z","rfc3339":"2020-01-31T00:00:00Z"}"#;
    bench.plan(
        kind,
        state,
        r#"{"offset_days":2}"#,
        "{base_rfc3339=2020-01-30T00:00:00Z day=1 hour=0 id=2020-01-30T00:00:00Z minute=0 month=2 offset_days=2 \
         rfc3339=2020-02-01T00:00:00Z second=0 unix=1580515200 year=2020}",
    );
    bench.plan(
        kind,
        state,
        r#"{"offset_days":"?"}"#,
        "{base_rfc3339=? day=? hour=? id=? minute=? month=? offset_days=? rfc3339=? second=? unix=? year=?}",
    );
    bench.plan(
        kind,
        state,
        r#"{"offset_days":1,"triggers":{"a":"b"}}"#,
        "{base_rfc3339=? day=? hour=? id=? minute=? month=? offset_days=1 rfc3339=? second=? triggers={a=b} unix=? \
         year=?} !triggers",
    );
    for config in
        [r#"{"offset_years":-1}"#, r#"{"base_rfc3339":"2020-01-30T00:00:00-00:00","offset_seconds":0}"#]
    {
        bench.settles(kind, config);
    }
    bench.apply(
        kind,
        "null",
        r#"{"offset_years":9223372036854775807}"#,
        "null [ Timestamp out of range: The attribute offset_years leads to a time that no calendar has.]",
    );
    bench.validate(
        Mode::Managed,
        kind,
        "{}",
        "[ Missing Attribute Configuration: At least one of these attributes must be configured: \
         [offset_seconds,offset_minutes,offset_hours,offset_days,offset_months,offset_years]]",
    );
    bench.validate(Mode::Managed, kind, r#"{"offset_days":"?"}"#, "");
    bench.import(
        kind,
        "2020-02-12T06:36:13Z,,1,,,,",
        "{base_rfc3339=2020-02-12T06:36:13Z day=12 hour=6 id=2020-02-12T06:36:13Z minute=36 month=3 offset_months=1 \
         rfc3339=2020-03-12T06:36:13Z second=13 triggers={} unix=1583994973 year=2020}",
    );
    for id in ["x", "2020-02-12T06:36:13Z,,,,,,", ",1,,,,,", "2020-02-12T06:36:13Z,x,,,,,", "x,1,,,,,"] {
        let response = run(bench.provider.import_resource_state(kind, id));
        assert!(response.imported.is_empty() && response.diagnostics[0].is_error, "{id}");
    }
}

#[test]
fn rotating_times() {
    let bench = Bench::new("time");
    let kind = "time_rotating";
    let state = bench.settles(kind, r#"{"rotation_days":30}"#);
    assert_eq!(
        show(&state),
        "{day=13 hour=12 id=2020-09-13T12:26:40Z minute=26 month=10 rfc3339=2020-09-13T12:26:40Z rotation_days=30 \
         rotation_rfc3339=2020-10-13T12:26:40Z second=40 unix=1602592000 year=2020}"
    );
    bench.settles(
        kind,
        r#"{"rotation_rfc3339":"2020-10-13T12:26:40+00:00","rfc3339":"2020-10-01T00:00:00+00:00"}"#,
    );
    bench.plan(
        kind,
        r#"{"rfc3339":"2020-09-13T12:26:40Z","rotation_days":30,"rotation_rfc3339":"2020-10-13T12:26:40Z","id":"2020-09-13T12:26:40Z"}"#,
        r#"{"rotation_days":31}"#,
        "{day=14 hour=12 id=2020-09-13T12:26:40Z minute=26 month=10 rfc3339=2020-09-13T12:26:40Z rotation_days=31 \
         rotation_rfc3339=2020-10-14T12:26:40Z second=40 unix=1602678400 year=2020} !rfc3339",
    );
    // Still there at the time itself, gone a second later.
    bench.world.now.store(1_602_592_000, Ordering::Relaxed);
    assert_eq!(show(&bench.read_value(kind, state.clone())), show(&state));
    bench.world.now.store(1_602_592_001, Ordering::Relaxed);
    assert_eq!(show(&bench.read_value(kind, state)), "null");
    bench.validate(
        Mode::Managed,
        kind,
        r#"{"rotation_days":0}"#,
        "[rotation_days Invalid Attribute Value: Attribute rotation_days value must be at least 1, got: 0]",
    );
    bench.validate(
        Mode::Managed,
        kind,
        "{}",
        "[ Missing Attribute Configuration: At least one of these attributes must be configured: \
         [rotation_minutes,rotation_hours,rotation_days,rotation_months,rotation_years,rotation_rfc3339]]",
    );
    bench.import(
        kind,
        "2020-02-12T06:36:13Z,2020-02-13T06:36:13Z",
        "{day=13 hour=6 id=2020-02-12T06:36:13Z minute=36 month=2 rfc3339=2020-02-12T06:36:13Z \
         rotation_rfc3339=2020-02-13T06:36:13Z second=13 triggers={} unix=1581575773 year=2020}",
    );
    bench.import(
        kind,
        "2020-02-12T06:36:13Z,1,,,,",
        "{day=12 hour=6 id=2020-02-12T06:36:13Z minute=36 month=2 rfc3339=2020-02-12T06:36:13Z \
         rotation_rfc3339=2021-02-12T06:36:13Z rotation_years=1 second=13 triggers={} unix=1613111773 year=2021}",
    );
    for id in [
        "x",
        "2020-02-12T06:36:13Z,",
        "2020-02-12T06:36:13Z,,,,,",
        "2020-02-12T06:36:13Z,y,,,,",
        "x,y",
        "x,1,,,,",
    ] {
        let response = run(bench.provider.import_resource_state(kind, id));
        assert!(response.imported.is_empty() && response.diagnostics[0].is_error, "{id}");
    }
}

#[test]
fn waits() {
    let bench = Bench::new("time");
    let kind = "time_sleep";
    bench.apply(
        kind,
        "null",
        r#"{"create_duration":"1.5s","destroy_duration":"2m"}"#,
        &format!("{{create_duration=1.5s destroy_duration=2m id={NOW}}}"),
    );
    let state = format!(r#"{{"create_duration":"1.5s","destroy_duration":"2m","id":"{NOW}"}}"#);
    bench.apply(kind, &state, r#"{"create_duration":"3s"}"#, &format!("{{create_duration=3s id={NOW}}}"));
    bench.apply(kind, &state, "null", "null");
    assert_eq!(*bench.world.slept.lock().unwrap(), [Duration::from_millis(1_500), Duration::from_secs(120)]);
    bench.settles(kind, r#"{"destroy_duration":"1h","triggers":{"a":"b"}}"#);
    for (config, problems) in [
        (r#"{"create_duration":"30s"}"#, ""),
        (r#"{"create_duration":"?"}"#, ""),
        (
            "{}",
            "[create_duration Invalid Attribute Combination: At least one attribute out of \
             [destroy_duration,create_duration] must be specified] [destroy_duration Invalid Attribute Combination: At \
             least one attribute out of [create_duration,destroy_duration] must be specified]",
        ),
        (
            r#"{"create_duration":"1h30m"}"#,
            "[create_duration Invalid Attribute Value Match: Attribute create_duration must be a number immediately \
             followed by ms (milliseconds), s (seconds), m (minutes), or h (hours). For example, \"30s\" for 30 \
             seconds., got: 1h30m]",
        ),
    ] {
        bench.validate(Mode::Managed, kind, config, problems);
    }
    bench.import(kind, "30s,", &format!("{{create_duration=30s id={NOW} triggers={{}}}}"));
    bench.import(kind, ",1h2m", &format!("{{destroy_duration=1h2m id={NOW} triggers={{}}}}"));
    for id in ["", ",", "1s", "1s,2s,3s", "x,1s"] {
        assert!(run(bench.provider.import_resource_state(kind, id)).diagnostics[0].is_error, "{id}");
    }
}

#[test]
fn a_wait_ends_when_asked_to() {
    let bench = Bench::new("time");
    bench.world.endless.store(true, Ordering::Relaxed);
    let planned = bench.object(Mode::Managed, "time_sleep", r#"{"create_duration":"30s","id":"?"}"#);
    let request = ApplyRequest {
        identity: None,
        kind: "time_sleep".into(),
        prior: bench.object(Mode::Managed, "time_sleep", "null"),
        planned: planned.clone(),
        config: planned,
        private: Vec::new(),
        meta: None,
    };
    let response = run(async {
        let (response, ()) = tokio::join!(bench.provider.apply_resource_change(request), async {
            tokio::task::yield_now().await;
            bench.provider.stop().await;
        });
        response
    });
    assert!(response.state.is_null());
    assert!(show_problems(&response.diagnostics).contains("Interrupted while waiting"));
}

#[test]
fn functions_take_times_apart() {
    let bench = Bench::new("time");
    let text = |text: &str| [Value::string(text)];
    bench.call(
        "duration_parse",
        &text("1h30m"),
        "{hours=1.5 microseconds=5400000000 milliseconds=5400000 minutes=90 nanoseconds=5400000000000 seconds=5400}",
    );
    bench.call(
        "duration_parse",
        &text("1d"),
        "Error parsing duration string: \"1d\" is not a valid duration string @Some(0)",
    );
    bench.call(
        "rfc3339_parse",
        &text("2023-07-25T23:43:16+02:00"),
        "{day=25 hour=23 iso_week=30 iso_year=2023 minute=43 month=7 month_name=July second=16 unix=1690321396 \
         weekday=2 weekday_name=Tuesday year=2023 year_day=206}",
    );
    bench.call(
        "rfc3339_parse",
        &text("x"),
        "Error parsing RFC3339 timestamp: \"x\" is not a valid RFC3339 timestamp @Some(0)",
    );
    bench.call(
        "unix_timestamp_parse",
        &[Value::number(-1_i64)],
        "{day=31 hour=23 iso_week=1 iso_year=1970 minute=59 month=12 month_name=December \
         rfc3339=1969-12-31T23:59:59Z second=59 weekday=3 weekday_name=Wednesday year=1969 year_day=365}",
    );
    for number in [i64::MAX, i64::MIN] {
        let result = run(bench.provider.call_function("unix_timestamp_parse", vec![Value::number(number)]));
        assert!(result.is_err());
    }
}
