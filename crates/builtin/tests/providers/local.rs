//! The `local` provider.

use std::path::PathBuf;

use plumb_address::Mode;
use plumb_value::Value;

use crate::support::{Bench, show};

const EMPTY: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
const HELLO: &str = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";

const HELLO_SUMS: &str = "content_base64sha256=LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ= \
content_base64sha512=m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw== \
content_md5=5d41402abc4b2a76b9719d911017c592 content_sha1=aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d \
content_sha256=2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 \
content_sha512=9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043";

const UNKNOWN_SUMS: &str = "content_base64sha256=? content_base64sha512=? content_md5=? content_sha1=? content_sha256=? content_sha512=?";

#[test]
fn files_are_planned() {
    let bench = Bench::new("local");
    let prior = r#"{"filename":"f","content":"a","file_permission":"0777","directory_permission":"0777","id":"1","content_md5":"2","content_sha1":"3","content_sha256":"4","content_base64sha256":"5","content_sha512":"6","content_base64sha512":"7"}"#;
    let kept = "content_base64sha256=5 content_base64sha512=7 content_md5=2 content_sha1=3 content_sha256=4 \
                content_sha512=6 directory_permission=0777 file_permission=0777 filename=f id=1";
    let renewed = format!("{UNKNOWN_SUMS} directory_permission=0777 file_permission=0777 filename=f id=?");
    for (prior, config, planned) in [
        ("null", r#"{"filename":"f","content":"a"}"#, format!("{{content=a {renewed}}}")),
        (prior, r#"{"filename":"f","content":"a"}"#, format!("{{content=a {kept}}}")),
        (prior, r#"{"filename":"f","content":"b"}"#, format!("{{content=b {renewed}}} !content")),
        (prior, r#"{"filename":"f","source":"a"}"#, {
            let renewed = renewed.replace("id=?", "id=? source=a");
            format!("{{{renewed}}} !content !source")
        }),
        (prior, r#"{"filename":"f","content":"a","file_permission":"0644"}"#, {
            format!(
                "{{content=a {}}} !file_permission",
                renewed.replace(" file_permission=0777", " file_permission=0644")
            )
        }),
        (prior, "null", "null".to_owned()),
    ] {
        bench.plan("local_file", prior, config, &planned);
    }
    bench.plan(
        "local_sensitive_file",
        "null",
        r#"{"filename":"f","content":"a"}"#,
        &format!(
            "{{content=a {UNKNOWN_SUMS} directory_permission=0700 file_permission=0700 filename=f id=?}}"
        ),
    );
}

#[test]
fn files_are_written_and_removed() {
    let bench = Bench::new("local");
    bench.world.files.lock().unwrap().insert("/src".into(), (b"hello".to_vec(), 0o600));
    for (config, content) in [
        (r#"{"filename":"d/e/f","content":"hello"}"#, "content=hello"),
        (r#"{"filename":"d/e/f","content_base64":"aGVsbG8="}"#, "content_base64=aGVsbG8="),
    ] {
        let sums =
            format!("{HELLO_SUMS} directory_permission=0777 file_permission=0777 filename=d/e/f id={HELLO}");
        bench.apply("local_file", "null", config, &format!("{{{content} {sums}}}"));
    }
    assert_eq!(bench.world.directories.lock().unwrap()[&PathBuf::from("d/e")], 0o777);
    assert_eq!(bench.world.files.lock().unwrap()[&PathBuf::from("d/e/f")], (b"hello".to_vec(), 0o777));
    for (kind, config) in [
        ("local_file", r#"{"filename":"g","sensitive_content":"hello","file_permission":"0640"}"#),
        ("local_file", r#"{"filename":"h","source":"/src"}"#),
        ("local_sensitive_file", r#"{"filename":"i","content":"hello"}"#),
    ] {
        let state = bench.settles(kind, config);
        assert_eq!(state.part("id").and_then(Value::as_str), Some(HELLO));
    }
    let files = bench.world.files.lock().unwrap().clone();
    assert_eq!(files[&PathBuf::from("g")].1, 0o640);
    assert_eq!(files[&PathBuf::from("i")].1, 0o700);
    assert!(!bench.world.directories.lock().unwrap().contains_key(&PathBuf::new()));
    bench.apply("local_file", r#"{"filename":"d/e/f","id":"1"}"#, "null", "null");
    bench.apply("local_file", r#"{"filename":"d/e/f","id":"1"}"#, "null", "null");
    assert!(!bench.world.files.lock().unwrap().contains_key(&PathBuf::from("d/e/f")));
}

#[test]
fn failures_say_what_failed() {
    let bench = Bench::new("local");
    for (kind, config, problem) in [
        (
            "local_file",
            r#"{"filename":"/forbidden/f","content":""}"#,
            "null [ Create local file error: An unexpected error occurred while writing the file /forbidden/f\n\n\
             Original Error: not allowed]",
        ),
        (
            "local_sensitive_file",
            r#"{"filename":"f","source":"gone"}"#,
            "null [ Create local sensitive file error: An unexpected error occurred while reading the source gone\n\n\
             Original Error: no such file]",
        ),
    ] {
        bench.apply(kind, "null", config, problem);
    }
    let response = bench.change("local_file", "null", r#"{"filename":"f","content_base64":"!"}"#);
    assert!(response.diagnostics[0].detail.contains("decoding content_base64"));
}

#[test]
fn what_others_changed_is_gone() {
    let bench = Bench::new("local");
    bench.world.files.lock().unwrap().insert("f".into(), (b"hello".to_vec(), 0o600));
    for (state, read) in [
        (format!(r#"{{"filename":"f","id":"{HELLO}"}}"#), format!("{{filename=f id={HELLO}}}")),
        (format!(r#"{{"filename":"f","id":"{EMPTY}"}}"#), "null".to_owned()),
        (format!(r#"{{"filename":"g","id":"{EMPTY}"}}"#), "null".to_owned()),
    ] {
        let current = bench.object(Mode::Managed, "local_file", &state);
        assert_eq!(show(&bench.read_value("local_file", current)), read);
    }
}

#[test]
fn configurations_are_checked() {
    let bench = Bench::new("local");
    let none = |name: &str, others: &str| {
        format!(
            "[{name} Invalid Attribute Combination: No attribute specified when one (and only one) of [{others}] is \
             required]"
        )
    };
    let both = |name: &str, others: &str| {
        none(name, others).replace("No attribute specified", "2 attributes specified")
    };
    let warning =
        "[?sensitive_content Attribute Deprecated: Use local_sensitive_file instead of sensitive_content.]";
    for (kind, config, problems) in [
        ("local_file", r#"{"filename":"f","content":"a"}"#, String::new()),
        ("local_file", r#"{"filename":"f","content":"?","source":"x"}"#, String::new()),
        ("local_file", r#"{"filename":"f","sensitive_content":"a"}"#, warning.to_owned()),
        (
            "local_file",
            r#"{"filename":"f"}"#,
            [
                none("content", "sensitive_content,content_base64,source"),
                none("content_base64", "content,sensitive_content,source"),
                none("sensitive_content", "content,content_base64,source"),
                none("source", "content,sensitive_content,content_base64"),
            ]
            .join(" "),
        ),
        (
            "local_sensitive_file",
            r#"{"filename":"f","content":"a","source":"b"}"#,
            [
                both("content", "content_base64,source"),
                both("content_base64", "content,source"),
                both("source", "content,content_base64"),
            ]
            .join(" "),
        ),
        (
            "local_file",
            r#"{"filename":"f","content":"a","file_permission":"888","directory_permission":"07777"}"#,
            "[directory_permission Invalid File Permission String Value: bad mode permission: string length should be \
             3 or 4 digits: 07777] [file_permission Invalid File Permission String Value: bad mode permission: string \
             must be expressed in octal numeric notation: 888]"
                .to_owned(),
        ),
    ] {
        bench.validate(Mode::Managed, kind, config, &problems);
    }
}

#[test]
fn sensitive_attributes_are_marked() {
    let bench = Bench::new("local");
    for (mode, kind, sensitive) in [
        (Mode::Managed, "local_file", "sensitive_content"),
        (Mode::Managed, "local_sensitive_file", "content content_base64"),
        (Mode::Data, "local_file", ""),
        (Mode::Data, "local_sensitive_file", "content content_base64"),
    ] {
        let schema = bench.schema(mode, kind);
        let marked = schema.block.attributes.iter().filter(|(_, attribute)| attribute.sensitive);
        assert_eq!(marked.map(|(name, _)| &**name).collect::<Vec<_>>().join(" "), sensitive, "{kind}");
    }
}

#[test]
fn data_sources_read_files() {
    let bench = Bench::new("local");
    bench.world.files.lock().unwrap().insert("f".into(), (b"hello".to_vec(), 0o600));
    bench.world.files.lock().unwrap().insert("g".into(), (b"a\xffb".to_vec(), 0o600));
    bench.data(
        "local_file",
        r#"{"filename":"f"}"#,
        &format!("{{content=hello content_base64=aGVsbG8= {HELLO_SUMS} filename=f id={HELLO}}}"),
    );
    bench.data(
        "local_sensitive_file",
        r#"{"filename":"h"}"#,
        "[ Read local file data source error: The file h cannot be read.\n\nOriginal Error: no such file]",
    );
    let config = bench.object(Mode::Data, "local_file", r#"{"filename":"g"}"#);
    let request = plumb_state::DataRequest { kind: "local_file".into(), config, meta: None };
    let read = crate::support::run(bench.provider.read_data_source(request)).state;
    assert_eq!(read.part("content").and_then(Value::as_str), Some("a\u{fffd}b"));
    assert_eq!(read.part("content_base64").and_then(Value::as_str), Some("Yf9i"));
}

#[test]
fn directories_are_found() {
    let bench = Bench::new("local");
    bench.world.files.lock().unwrap().insert("f".into(), (Vec::new(), 0o600));
    bench.world.directories.lock().unwrap().insert("d".into(), 0o700);
    for (path, expected) in [
        ("d", "true"),
        ("gone", "false"),
        ("f", "Invalid file mode detected: \"f\" was found, but is not a directory @Some(0)"),
    ] {
        bench.call("direxists", &[Value::string(path)], expected);
    }
}
