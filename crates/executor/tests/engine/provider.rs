//! A provider in this process that does as it is told, well or badly.
//!
//! `test_object` and its like with the manners of the older SDK, `test_legacy`: `force` cannot be
//! changed in place, `echo` is the `value`, `note` is kept where it is not set, `secret` must not be
//! shown, `hush` is not stored. `test_data` gives back its name.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use plumb_address::Mode;
use plumb_diagnostics::Diagnostics;
use plumb_schema::{Attribute, Block, Capabilities, NestedBlock, Nesting, ProviderSchema, Schema};
use plumb_state::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, FunctionError, ImportResponse, ImportedObject,
    MoveRequest, MoveResponse, OpenResponse, PlanRequest, PlanResponse, Provider, ProviderDiagnostic,
    ProviderDiagnostics, ReadRequest, ReadResponse, UpgradeRequest, UpgradeResponse,
};
use plumb_value::{Path, Type, Value, json};

use crate::world::{World, with};

/// One instance of the provider.
pub(crate) struct TestProvider {
    pub(crate) world: Arc<World>,
    token: OnceLock<String>,
}

impl TestProvider {
    pub(crate) fn new(world: Arc<World>) -> Self {
        TestProvider { world, token: OnceLock::new() }
    }

    fn fault(&self, operation: &str, name: &str) -> Option<String> {
        let fault = self.world.fault(operation, name);
        assert!(fault.as_deref() != Some("panic"), "{operation} {name} ends in a bug of the provider");
        fault
    }

    /// How the instance was configured, where that says anything.
    fn signature(&self) -> String {
        self.token
            .get()
            .filter(|token| !token.is_empty())
            .map(|token| format!(" as {token}"))
            .unwrap_or_default()
    }
}

fn attribute(ty: Type) -> Attribute {
    Attribute { optional: true, ..Attribute::new(ty) }
}

fn computed(ty: Type) -> Attribute {
    Attribute { computed: true, ..Attribute::new(ty) }
}

fn block<const N: usize>(attributes: [(&str, Attribute); N]) -> Block {
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    Block { attributes, ..Block::default() }
}

fn object_schema() -> Schema {
    let mut object = block([
        ("id", computed(Type::String)),
        ("name", Attribute { required: true, ..Attribute::new(Type::String) }),
        ("value", attribute(Type::String)),
        ("force", attribute(Type::String)),
        ("tags", attribute(Type::map(Type::String))),
        ("items", attribute(Type::list(Type::String))),
        ("secret", Attribute { sensitive: true, ..attribute(Type::String) }),
        ("echo", computed(Type::String)),
        ("note", Attribute { computed: true, ..attribute(Type::String) }),
        ("hush", Attribute { write_only: true, ..attribute(Type::String) }),
    ]);
    let rule = block([("port", attribute(Type::Number))]);
    let nested = NestedBlock { block: rule, nesting: Nesting::List, min_items: 0, max_items: 0 };
    object.blocks.insert("rule".into(), nested);
    Schema { version: 0, block: object }
}

fn schema() -> &'static Arc<ProviderSchema> {
    static SCHEMA: OnceLock<Arc<ProviderSchema>> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let provider = Schema { version: 0, block: block([("token", attribute(Type::String))]) };
        let meta = Schema { version: 0, block: block([("module", attribute(Type::String))]) };
        let data = Schema {
            version: 0,
            block: block([
                ("name", Attribute { required: true, ..Attribute::new(Type::String) }),
                ("value", computed(Type::String)),
            ]),
        };
        let mut schema = ProviderSchema {
            provider: Arc::new(provider),
            provider_meta: Some(Arc::new(meta)),
            capabilities: Capabilities { plan_destroy: true, ..Capabilities::default() },
            ..ProviderSchema::default()
        };
        schema.resources.insert("test_object", object_schema());
        schema.resources.insert("test_legacy", object_schema());
        schema.data_sources.insert("test_data", data);
        Arc::new(schema)
    })
}

pub(crate) fn object_type() -> Type {
    object_schema().block.implied_type()
}

/// An object of the schema's type with some of its texts set.
pub(crate) fn object(texts: &[(&str, &str)]) -> Value {
    let Type::Object(ty) = object_type() else { panic!("an object type") };
    let parts: Vec<Value> = ty
        .attributes()
        .iter()
        .map(|(name, ty)| match texts.iter().find(|(key, _)| **key == **name) {
            Some((_, text)) => Value::string(*text),
            None if **name == *"rule" => {
                Value::list(block([("port", attribute(Type::Number))]).implied_type(), [])
            }
            None => Value::null(ty.clone()),
        })
        .collect();
    Value::object_of(ty, parts)
}

fn text(object: &Value, name: &str) -> String {
    object.part(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn error(summary: &str) -> ProviderDiagnostics {
    vec![ProviderDiagnostic {
        is_error: true,
        summary: summary.to_owned(),
        detail: String::new(),
        path: Path::root(),
    }]
}

fn meta_text(meta: Option<&Value>) -> String {
    match meta.map(|meta| text(meta, "module")) {
        Some(module) if !module.is_empty() => format!(" for {module}"),
        _ => String::new(),
    }
}

fn part(object: &Value, name: &str) -> Value {
    object.part(name).cloned().unwrap_or_else(|| Value::null(Type::String))
}

fn same(one: &Value, two: &Value, name: &str) -> bool {
    part(one, name).same(&part(two, name))
}

#[async_trait]
impl Provider for TestProvider {
    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(schema().clone())
    }

    async fn validate_provider_config(&self, config: Value) -> (Value, ProviderDiagnostics) {
        (config, Vec::new())
    }

    async fn validate_resource_config(&self, _mode: Mode, _kind: &str, config: Value) -> ProviderDiagnostics {
        match self.fault("validate", &text(&config, "name")) {
            Some(_) => error("not valid"),
            None => Vec::new(),
        }
    }

    async fn close(&self) {
        self.world.note(format!("close{}", self.signature().replace(" as", "")));
    }

    async fn configure(&self, config: Value) -> ProviderDiagnostics {
        let token = part(&config, "token");
        let token = if token.is_known() { text(&config, "token") } else { "unknown".to_owned() };
        if self.token.set(token.clone()).is_err() {
            return error("configured twice");
        }
        if !token.is_empty() {
            self.world.note(format!("configure {token}"));
        }
        if self.fault("configure", &token).is_some() { error("cannot be configured") } else { Vec::new() }
    }

    async fn upgrade_resource_state(&self, request: UpgradeRequest) -> UpgradeResponse {
        match json::decode(&request.json, &object_type()) {
            Ok(state) => UpgradeResponse { state, diagnostics: Vec::new() },
            Err(problem) => UpgradeResponse {
                state: Value::null(object_type()),
                diagnostics: error(&problem.to_string()),
            },
        }
    }

    async fn read_resource(&self, request: ReadRequest) -> ReadResponse {
        let name = text(&request.current, "name");
        self.world.pass("read", &name).await;
        self.world.note_read(&name);
        let diagnostics = match self.fault("read", &name).as_deref() {
            Some("error") => error("cannot be read"),
            Some("garbage") => {
                return ReadResponse {
                    identity: None,
                    state: Value::string("garbage"),
                    private: Vec::new(),
                    diagnostics: Vec::new(),
                };
            }
            _ => Vec::new(),
        };
        let state =
            self.world.object(&text(&request.current, "id")).unwrap_or_else(|| Value::null(object_type()));
        ReadResponse { identity: None, state, private: request.private, diagnostics }
    }

    async fn plan_resource_change(&self, request: PlanRequest) -> PlanResponse {
        let legacy_type_system = &*request.kind == "test_legacy";
        let respond =
            |planned: Value, requires_replace: Vec<Path>, private: Vec<u8>, diagnostics| PlanResponse {
                identity: None,
                planned,
                requires_replace,
                private,
                legacy_type_system,
                diagnostics,
            };
        if request.proposed.is_null() {
            let failed = self.fault("plan-delete", &text(&request.prior, "name")).is_some();
            let problems = if failed { error("must not be destroyed") } else { Vec::new() };
            return respond(request.proposed, Vec::new(), request.private, problems);
        }
        let name = text(&request.proposed, "name");
        self.world.pass("plan", &name).await;
        // Of an object that was just taken over nothing is stored yet; of one that turned out to be gone
        // something still is.
        let kept: &[&[u8]] =
            if request.prior.is_null() { &[b"", b"planned", b"applied"] } else { &[b"applied", b""] };
        self.expect_private("plan", &name, &request.private, kept);
        let mut planned = request.proposed.clone();
        let mut requires_replace = Vec::new();
        if request.prior.is_null() {
            planned = with(&planned, "id", Value::unknown(Type::String));
            planned = with(&planned, "echo", Value::unknown(Type::String));
            if part(&planned, "note").is_null() {
                planned = with(&planned, "note", Value::unknown(Type::String));
            }
        } else {
            if !same(&request.prior, &planned, "value") {
                planned = with(&planned, "echo", Value::unknown(Type::String));
            }
            if !same(&request.prior, &planned, "force") {
                requires_replace.push(Path::root().attribute("force"));
            }
        }
        planned = with(&planned, "hush", Value::null(Type::String));
        match self.fault("plan", &name).as_deref() {
            Some("error") => return respond(planned, Vec::new(), Vec::new(), error("cannot be planned")),
            Some("stale") if self.is_stale(&request.prior) => {
                return respond(planned, Vec::new(), Vec::new(), error("is not like that"));
            }
            Some("null") => planned = Value::null(object_type()),
            Some("invalid") => planned = with(&planned, "value", Value::string("something else")),
            Some("known") => planned = with(&planned, "echo", part(&planned, "value")),
            _ => {}
        }
        respond(planned, requires_replace, b"planned".to_vec(), Vec::new())
    }

    async fn apply_resource_change(&self, request: ApplyRequest) -> ApplyResponse {
        let legacy_type_system = &*request.kind == "test_legacy";
        let respond = |state: Value, diagnostics| ApplyResponse {
            identity: None,
            state,
            private: b"applied".to_vec(),
            legacy_type_system,
            unanswered: false,
            diagnostics,
        };
        if request.planned.is_null() {
            return self.delete(&request, respond).await;
        }
        let is_new = request.prior.is_null();
        let name = text(&request.planned, "name");
        let operation = if is_new { "create" } else { "update" };
        self.world.pass(operation, &name).await;
        self.expect_private(operation, &name, &request.private, &[b"planned"]);
        let hush = text(&request.config, "hush");
        let hush = if hush.is_empty() { hush } else { format!(" with {hush}") };
        self.world.note(format!(
            "{operation} {name}{hush}{}{}",
            self.signature(),
            meta_text(request.meta.as_ref())
        ));
        let fault = self.fault(operation, &name);
        match fault.as_deref() {
            Some("error") => return respond(request.prior.clone(), error(&format!("cannot {operation}"))),
            Some("null") => return respond(Value::null(object_type()), Vec::new()),
            Some("unanswered") => {
                return ApplyResponse {
                    unanswered: true,
                    ..respond(request.prior.clone(), error("no answer"))
                };
            }
            _ => {}
        }
        let mut made = request.planned.clone();
        if is_new {
            made = with(&made, "id", Value::string(self.world.new_id(&name)));
        }
        made = with(&made, "echo", part(&made, "value"));
        if !part(&made, "note").is_known() {
            made = with(&made, "note", Value::string("noted"));
        }
        self.world.put(&text(&made, "id"), made.clone());
        match fault.as_deref() {
            Some("partial") => respond(made, error(&format!("half of {operation} failed"))),
            Some("unknown") => respond(with(&made, "note", Value::unknown(Type::String)), Vec::new()),
            Some("garbage") => respond(Value::string("garbage"), Vec::new()),
            Some("inconsistent") => respond(with(&made, "value", Value::string("other")), Vec::new()),
            _ => respond(made, Vec::new()),
        }
    }

    async fn import_resource_state(&self, kind: &str, id: &str) -> ImportResponse {
        self.world.note(format!("import {id}"));
        if self.world.fault("import", id).is_some() {
            return ImportResponse { imported: Vec::new(), diagnostics: error("cannot import") };
        }
        let imported = ImportedObject {
            identity: None,
            kind: kind.into(),
            state: object(&[("id", id)]),
            private: Vec::new(),
        };
        ImportResponse { imported: vec![imported], diagnostics: Vec::new() }
    }

    async fn move_resource_state(&self, request: MoveRequest) -> MoveResponse {
        let _ = request;
        MoveResponse {
            identity: None,
            state: Value::null(object_type()),
            private: Vec::new(),
            diagnostics: error("cannot move"),
        }
    }

    async fn read_data_source(&self, request: DataRequest) -> DataResponse {
        let name = text(&request.config, "name");
        self.world.pass("data", &name).await;
        self.world.note(format!("data {name}{}{}", self.signature(), meta_text(request.meta.as_ref())));
        let state = with(&request.config, "value", Value::string(format!("data of {name}")));
        match self.fault("data", &name).as_deref() {
            Some("error") => DataResponse { state, diagnostics: error("cannot be read") },
            Some("null") => DataResponse { state: Value::null(state.ty()), diagnostics: Vec::new() },
            Some("unknown") => DataResponse {
                state: with(&state, "value", Value::unknown(Type::String)),
                diagnostics: Vec::new(),
            },
            _ => DataResponse { state, diagnostics: Vec::new() },
        }
    }

    async fn open_ephemeral_resource(&self, _kind: &str, config: Value) -> OpenResponse {
        OpenResponse {
            result: config,
            private: Vec::new(),
            renew_at_ms: None,
            diagnostics: error("not available"),
        }
    }

    async fn renew_ephemeral_resource(&self, _kind: &str, private: Vec<u8>) -> OpenResponse {
        let result = Value::null(Type::Dynamic);
        OpenResponse { result, private, renew_at_ms: None, diagnostics: Vec::new() }
    }

    async fn close_ephemeral_resource(&self, _kind: &str, _private: Vec<u8>) -> ProviderDiagnostics {
        Vec::new()
    }

    async fn call_function(&self, name: &str, _arguments: Vec<Value>) -> Result<Value, FunctionError> {
        Err(FunctionError { text: format!("there is no {name}"), argument: None })
    }

    async fn stop(&self) {
        self.world.note("stop");
    }
}

impl TestProvider {
    /// Notes where something else comes back than what the provider wanted kept.
    fn expect_private(&self, operation: &str, name: &str, private: &[u8], expected: &[&[u8]]) {
        if !expected.contains(&private) {
            let private = String::from_utf8_lossy(private);
            self.world.note(format!("{operation} {name} got the wrong private data {private:?}"));
        }
    }

    /// Whether an object is no longer what it is said to be.
    fn is_stale(&self, known: &Value) -> bool {
        self.world.object(&text(known, "id")).is_some_and(|object| !object.same(known))
    }

    async fn delete(
        &self,
        request: &ApplyRequest,
        respond: impl Fn(Value, ProviderDiagnostics) -> ApplyResponse,
    ) -> ApplyResponse {
        let (name, id) = (text(&request.prior, "name"), text(&request.prior, "id"));
        self.world.pass("delete", &name).await;
        self.world.note(format!("delete {id}{}", self.signature()));
        self.expect_private("delete", &name, &request.private, &[b"applied", b"planned", b""]);
        match self.fault("delete", &name).as_deref() {
            Some("error") => return respond(request.prior.clone(), error("cannot delete")),
            Some("silent") => return respond(Value::null(object_type()), error("cannot delete")),
            Some("left") => return respond(request.prior.clone(), Vec::new()),
            Some("unanswered") => {
                return ApplyResponse {
                    unanswered: true,
                    ..respond(request.prior.clone(), error("no answer"))
                };
            }
            _ => {}
        }
        self.world.remove(&id);
        respond(Value::null(object_type()), Vec::new())
    }
}
