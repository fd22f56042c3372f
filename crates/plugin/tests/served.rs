//! Client and server talk to each other, over both versions of the protocol, with and without TLS.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use plumb_address::{Mode, ProviderAddress};
use plumb_plugin::reattach::Reattach;
use plumb_plugin::serve::{Recorder, ServeOptions, Server};
use plumb_plugin::{LaunchOptions, Method, Plugin, Protocol, SchemaCache};
use plumb_schema::{Capabilities, ProviderSchema};
use plumb_state::{
    ApplyRequest, DataRequest, MoveRequest, PlanRequest, Provider, ReadRequest, UpgradeRequest,
};
use plumb_value::{Path, Type, Value};

#[path = "support/notes.rs"]
mod notes;

use notes::Notes;

#[derive(Default)]
struct Calls(Mutex<Vec<Method>>);

impl Recorder for Calls {
    fn request(&self, _call: u64, method: Method, _message: &Bytes) {
        self.0.lock().unwrap().push(method);
    }

    fn response(&self, _call: u64, _method: Method, _message: Option<&Bytes>) {}
}

fn address() -> ProviderAddress {
    ProviderAddress::new("example.com", "test", "notes")
}

/// A client of a server in this process, with the calls that the server sees.
fn attached(protocol: Protocol, provider: Notes) -> (Arc<Plugin>, Arc<Calls>) {
    let calls = Arc::new(Calls::default());
    let options = ServeOptions { recorder: Some(calls.clone()), ..ServeOptions::new(protocol) };
    let server = Server::bind(Arc::new(provider), options).unwrap();
    let reattach = Reattach { protocol, endpoint: server.handshake().endpoint.clone() };
    tokio::spawn(server.run());
    (Plugin::launch(LaunchOptions::reattach(address(), reattach, "1.11.4")), calls)
}

/// A client of the example program.
fn launched(protocol: Protocol, tls: bool) -> Arc<Plugin> {
    let mut options = LaunchOptions { tls, ..LaunchOptions::program(address(), program(), "1.11.4") };
    options.environment.push(("NOTES_PROTOCOL".into(), protocol.to_string().into()));
    Plugin::launch(options)
}

/// Cargo puts examples beside the directory of the tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(std::path::Path::parent).unwrap().join("examples/notes_provider")
}

fn object(schema: &ProviderSchema, given: &[(&str, Value)]) -> Value {
    let ty = schema.resources.get("notes_note").unwrap().block.object_type().clone();
    let value = |name: &str, ty: &Type| match given.iter().find(|(given, _)| *given == name) {
        Some((_, value)) => value.clone(),
        None if name == "line" => Value::list(ty.element().unwrap().clone(), []),
        None => Value::null(ty.clone()),
    };
    Value::object_of(ty.clone(), ty.attributes().iter().map(|(name, ty)| value(name, ty)))
}

fn rich_note(schema: &ProviderSchema) -> Value {
    let label = Value::object([("value", Value::string("x"))]);
    let line = Value::object([("text", Value::unknown(Type::String))]);
    object(
        schema,
        &[
            ("text", Value::string("hello")),
            ("password", Value::string("secret")),
            ("anything", Value::tuple([Value::bool(true), Value::number(3_i64)])),
            ("labels", Value::map(label.ty(), [("l", label.clone())])),
            ("line", Value::list(line.ty(), [line.clone()])),
        ],
    )
}

fn plan_request(prior: Value, proposed: Value) -> PlanRequest {
    PlanRequest {
        identity: None,
        kind: "notes_note".into(),
        config: proposed.clone(),
        prior,
        proposed,
        private: b"before".to_vec(),
        meta: None,
    }
}

async fn everything(plugin: &Plugin, protocol: Protocol) {
    let schema = plugin.schema().await.unwrap();
    check_schema(&schema, protocol);
    check_configuration(plugin, &schema).await;
    check_changes(plugin, &schema).await;
    check_records(plugin, &schema).await;
    check_others(plugin).await;
    plugin.stop().await;
}

fn check_schema(schema: &ProviderSchema, protocol: Protocol) {
    let note = schema.resources.get("notes_note").unwrap();
    assert_eq!(note.version, 2);
    assert_eq!(note.block.description, "A *note*.");
    let password = &note.block.attributes["password"];
    assert!(password.write_only && password.sensitive && password.optional && !password.computed);
    let labels = &note.block.attributes["labels"];
    assert_eq!(labels.nested.is_some(), protocol == Protocol::V6);
    assert!(!labels.write_only);
    assert_eq!(labels.ty, Type::map(Type::object([("value", Type::String)])));
    assert_eq!(note.block.blocks["line"].max_items, 9);
    assert!(schema.data_sources.contains("notes_size"));
    assert!(schema.ephemeral_resources.get("notes_token").is_some());
    assert_eq!(schema.functions["join"].variadic.as_ref().map(|others| &*others.name), Some("others"));
    assert!(schema.capabilities.move_resource_state && !schema.capabilities.plan_destroy);
    assert!(schema.provider_meta.is_some());
}

async fn check_configuration(plugin: &Plugin, schema: &ProviderSchema) {
    let config = |prefix: &str| Value::object([("prefix", Value::string(prefix))]);
    let (same, diagnostics) = plugin.validate_provider_config(config("x")).await;
    assert_eq!(same, config("x"));
    assert_eq!((diagnostics[0].is_error, &diagnostics[0].path), (false, &Path::root().attribute("prefix")));
    assert_eq!(plugin.configure(config("x")).await, []);
    assert_eq!(plugin.configure(config("fail")).await[0].summary, "Cannot configure");

    let bad = object(schema, &[("text", Value::string("bad"))]);
    let problems = plugin.validate_resource_config(Mode::Managed, "notes_note", bad).await;
    let path = Path::root().attribute("line").index(Value::number(0_i64)).attribute("text");
    assert_eq!((problems[0].is_error, &problems[0].path), (true, &path));
    let problems =
        plugin.validate_resource_config(Mode::Data, "notes_none", Value::null(Type::Dynamic)).await;
    assert_eq!(problems[0].detail, "Provider example.com/test/notes has no data source \"notes_none\".");
}

async fn check_changes(plugin: &Plugin, schema: &ProviderSchema) {
    let nothing = Value::null(schema.resources.get("notes_note").unwrap().block.implied_type());
    let proposed = rich_note(schema);
    let plan = plugin.plan_resource_change(plan_request(nothing.clone(), proposed.clone())).await;
    assert_eq!(plan.diagnostics, []);
    assert_eq!(plan.private, b"planned");
    assert!(plan.requires_replace.is_empty() && !plan.legacy_type_system);
    assert_eq!(plan.planned.part("id"), Some(&Value::unknown(Type::String)));
    for name in ["text", "anything", "labels", "line"] {
        assert_eq!(plan.planned.part(name), proposed.part(name), "{name}");
    }

    let apply = |text: &str| {
        let planned = object(schema, &[("text", Value::string(text))]);
        plugin.apply_resource_change(ApplyRequest {
            identity: None,
            kind: "notes_note".into(),
            prior: nothing.clone(),
            config: planned.clone(),
            planned,
            private: b"planned".to_vec(),
            meta: Some(Value::object([("team", Value::string("t"))])),
        })
    };
    let made = apply("hello").await;
    assert_eq!((made.private.as_slice(), made.legacy_type_system), (&b"planned and applied"[..], true));
    assert_eq!(made.state.part("id"), Some(&Value::string("note-5")));
    let partial = apply("partial").await;
    assert_eq!(partial.diagnostics[0].summary, "Half done");
    assert_eq!(partial.state.part("size"), Some(&Value::number(7_i64)));
    let leak = apply("leak").await;
    assert_eq!(leak.diagnostics[0].summary, "Provider produced invalid object");
    assert!(leak.diagnostics[0].detail.contains("notes_note.password"), "{}", leak.diagnostics[0].detail);

    let renamed = object(schema, &[("text", Value::string("other"))]);
    let plan = plugin.plan_resource_change(plan_request(made.state.clone(), renamed)).await;
    assert_eq!(plan.requires_replace, [Path::root().attribute("text")]);
    let destroy = plugin.plan_resource_change(plan_request(made.state.clone(), nothing.clone())).await;
    assert!(destroy.planned.is_null());
    assert_eq!(destroy.private, b"before", "a provider that does not plan destroys is not asked");

    let read = ReadRequest {
        identity: None,
        kind: "notes_note".into(),
        current: made.state.clone(),
        private: b"p".to_vec(),
        meta: Some(Value::object([("team", Value::string("t"))])),
    };
    let seen = plugin.read_resource(read.clone()).await;
    assert_eq!((seen.state, seen.private), (made.state, b"pt".to_vec()));
    let gone = object(schema, &[("text", Value::string("gone"))]);
    let seen = plugin.read_resource(ReadRequest { current: gone, meta: None, ..read }).await;
    assert_eq!((seen.state.is_null(), seen.private), (true, b"p".to_vec()));
}

async fn check_records(plugin: &Plugin, schema: &ProviderSchema) {
    let upgrade = |json: &str, flat| {
        let (kind, json) = ("notes_note".into(), json.into());
        plugin.upgrade_resource_state(UpgradeRequest { kind, version: 1, json, flat })
    };
    let current = r#"{"anything":null,"id":"i","labels":null,"line":[],"password":null,"size":1,"text":"t"}"#;
    assert_eq!(upgrade(current, false).await.state.part("id"), Some(&Value::string("i")));
    let old = upgrade(r#"{"old":"x"}"#, true).await.state;
    assert_eq!(old.part("text"), Some(&Value::string(r#"flat from version 1: {"old":"x"}"#)));

    let import = plugin.import_resource_state("notes_note", "some id").await;
    assert_eq!((import.imported.len(), &import.imported[0].private[..]), (1, &b"imported"[..]));
    assert_eq!(import.imported[0].state.part("id"), Some(&Value::string("some id")));
    assert_eq!(import.diagnostics[0].summary, "Imported");
    assert!(
        import.imported[0]
            .state
            .is_of_type(&schema.resources.get("notes_note").unwrap().block.implied_type())
    );

    let moved = MoveRequest {
        source_identity: None,
        source_provider: "registry.terraform.io/a/b".to_owned(),
        source_kind: "b_thing".into(),
        source_version: 7,
        source_json: "{}".into(),
        source_private: b"carried".to_vec(),
        target_kind: "notes_note".into(),
    };
    let moved = plugin.move_resource_state(moved).await;
    assert_eq!(moved.state.part("text"), Some(&Value::string("registry.terraform.io/a/b b_thing 7")));
    assert_eq!(moved.private, b"carried");
}

async fn check_others(plugin: &Plugin) {
    let config = Value::object([("text", Value::string("four")), ("size", Value::null(Type::Number))]);
    let data = plugin.read_data_source(DataRequest { kind: "notes_size".into(), config, meta: None }).await;
    assert_eq!(data.state.part("size"), Some(&Value::number(4_i64)));

    let config = Value::object([("length", Value::string("ab")), ("token", Value::null(Type::String))]);
    let open = plugin.open_ephemeral_resource("notes_token", config).await;
    assert_eq!(open.result.part("token"), Some(&Value::string("ababab")));
    assert_eq!(open.renew_at_ms, Some(1_700_000_000_123));
    let renewed = plugin.renew_ephemeral_resource("notes_token", open.private).await;
    assert_eq!((renewed.private.as_slice(), renewed.renew_at_ms), (&b"handle+"[..], Some(-1)));
    let closed = plugin.close_ephemeral_resource("notes_token", renewed.private).await;
    assert_eq!(closed[0].summary, "Closed notes_token handle+");

    let words = |words: &[&str]| words.iter().map(|word| Value::string(*word)).collect::<Vec<_>>();
    assert_eq!(plugin.call_function("join", words(&["a", "b", "c"])).await, Ok(Value::string("a-b-c")));
    assert_eq!(plugin.call_function("join", words(&["a"])).await, Ok(Value::string("a")));
    let problem = plugin.call_function("join", words(&["a", "b-c"])).await.unwrap_err();
    assert_eq!((problem.text.as_str(), problem.argument), ("dashes are not allowed", Some(1)));
    assert!(plugin.call_function("join", vec![]).await.is_err());
    assert!(plugin.call_function("none", vec![]).await.is_err());
}

#[tokio::test]
async fn both_versions_in_one_process() {
    for protocol in Protocol::ALL {
        let (plugin, calls) = attached(protocol, Notes::default());
        everything(&plugin, protocol).await;
        let calls = calls.0.lock().unwrap();
        let schemas = calls.iter().filter(|method| **method == Method::GetProviderSchema).count();
        assert_eq!(schemas, 1);
        assert_eq!(calls.last(), Some(&Method::StopProvider));
    }
}

#[tokio::test]
async fn both_versions_as_programs() {
    for protocol in Protocol::ALL {
        for tls in [true, false] {
            let plugin = launched(protocol, tls);
            everything(&plugin, protocol).await;
            plugin.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_provider_that_plans_destroys_is_asked() {
    let capabilities = Capabilities { plan_destroy: true, schema_optional: true, move_resource_state: false };
    let (plugin, _) = attached(Protocol::V6, Notes::new(capabilities));
    let schema = plugin.schema().await.unwrap();
    let nothing = Value::null(schema.resources.get("notes_note").unwrap().block.implied_type());
    let note = object(&schema, &[("text", Value::string("x"))]);
    let plan = plugin.plan_resource_change(plan_request(note, nothing)).await;
    assert_eq!(plan.private, b"asked about the end");
}

#[tokio::test]
async fn a_process_that_wants_to_be_asked_for_its_schema_is_asked_once() {
    let calls = Arc::new(Calls::default());
    let options = ServeOptions { recorder: Some(calls.clone()), ..ServeOptions::new(Protocol::V6) };
    let server = Server::bind(Arc::new(Notes::new(Capabilities::default())), options).unwrap();
    let reattach = Reattach { protocol: Protocol::V6, endpoint: server.handshake().endpoint.clone() };
    tokio::spawn(server.run());
    let plugin = Plugin::launch(LaunchOptions::reattach(address(), reattach, "1.11.4"));
    plugin.schema().await.unwrap();
    let config = Value::object([("prefix", Value::null(Type::String))]);
    for _ in 0..2 {
        assert_eq!(plugin.configure(config.clone()).await, []);
    }
    let expected = [Method::GetProviderSchema, Method::ConfigureProvider, Method::ConfigureProvider];
    assert_eq!(*calls.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_remembered_schema_does_not_stand_in_the_way_of_another_protocol() {
    let directory = tempfile::tempdir().unwrap();
    let cache = Arc::new(SchemaCache::new(directory.path()));
    let remembering = |protocol: Protocol| {
        let mut options = LaunchOptions::program(address(), program(), "1.11.4");
        options.environment.push(("NOTES_PROTOCOL".into(), protocol.to_string().into()));
        options.schema_cache = Some(cache.clone());
        Plugin::launch(options)
    };
    let first = remembering(Protocol::V5);
    cache.store(&program(), &first.raw_schema().await.unwrap()).unwrap();
    cache.digest(&program()).unwrap();
    for protocol in Protocol::ALL {
        let plugin = remembering(protocol);
        let schema = plugin.schema().await.unwrap();
        if cache.remembered_digest(&program()).is_some() {
            assert!(!plugin.is_started());
        }
        check_configuration(&plugin, &schema).await;
        check_changes(&plugin, &schema).await;
        plugin.shutdown().await;
    }
}

#[tokio::test]
async fn a_crash_is_explained_with_the_last_words() {
    let plugin = launched(Protocol::V6, true);
    let schema = plugin.schema().await.unwrap();
    let planned = object(&schema, &[("text", Value::string("crash"))]);
    let prior = Value::null(planned.ty());
    let request = ApplyRequest {
        identity: None,
        kind: "notes_note".into(),
        prior: prior.clone(),
        config: planned.clone(),
        planned,
        private: b"p".to_vec(),
        meta: None,
    };
    let response = plugin.apply_resource_change(request).await;
    assert_eq!(response.state, prior);
    let problem = &response.diagnostics[0];
    assert_eq!(problem.summary, "Plugin did not respond");
    let expected = format!(
        "Provider example.com/test/notes ({}): it ended with exit code 2 during ApplyResourceChange.\n\nIts last \
         log lines were:\n  panic: the note is too heavy\n",
        program().display()
    );
    assert!(problem.detail.starts_with(&expected), "{}", problem.detail);
    let after = plugin.configure(Value::object([("prefix", Value::null(Type::String))])).await;
    assert_eq!(after[0].summary, "Plugin did not respond");
}

#[tokio::test]
async fn a_plugin_that_goes_away_during_a_call_fails_the_call() {
    let plugin = launched(Protocol::V5, true);
    let schema = plugin.schema().await.unwrap();
    let planned = object(&schema, &[("text", Value::string("hang"))]);
    let request = ApplyRequest {
        identity: None,
        kind: "notes_note".into(),
        prior: Value::null(planned.ty()),
        config: planned.clone(),
        planned,
        private: vec![],
        meta: None,
    };
    let (response, ()) = tokio::join!(plugin.apply_resource_change(request), async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        plugin.shutdown().await;
    });
    assert_eq!(response.diagnostics[0].summary, "Plugin did not respond");
}

#[tokio::test]
async fn a_server_refuses_strangers() {
    // The server wants one certificate, the client shows none.
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
    let options = ServeOptions { client_certificate: Some(certificate), ..ServeOptions::new(Protocol::V6) };
    let server = Server::bind(Arc::new(Notes::default()), options).unwrap();
    let reattach = Reattach { protocol: Protocol::V6, endpoint: server.handshake().endpoint.clone() };
    tokio::spawn(server.run());
    let plugin = Plugin::launch(LaunchOptions::reattach(address(), reattach, "1.11.4"));
    let problems = plugin.schema().await.unwrap_err();
    assert!(problems.has_errors());
    let detail = &problems.iter().next().unwrap().detail;
    assert!(detail.contains("started outside of this command"), "{detail}");
}
