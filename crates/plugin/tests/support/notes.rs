//! A little provider that has one of everything that the protocol knows, for tests and as an example.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use plumb_address::Mode;
use plumb_diagnostics::Diagnostics;
use plumb_schema::{
    Attribute, Block, Capabilities, FunctionParameter, FunctionSignature, NestedBlock, NestedType, Nesting,
    ProviderSchema, Schema, TextKind,
};
use plumb_state::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, FunctionError, ImportResponse, ImportedObject,
    MoveRequest, MoveResponse, OpenResponse, PlanRequest, PlanResponse, Provider, ProviderDiagnostic,
    ProviderDiagnostics, ReadRequest, ReadResponse, UpgradeRequest, UpgradeResponse,
};
use plumb_value::{Path, Type, Value, json};

/// Keeps notes: `notes_note`, and what goes with it.
pub(crate) struct Notes {
    schema: Arc<ProviderSchema>,
    stopped: AtomicBool,
}

fn attribute(ty: Type, change: impl Fn(&mut Attribute)) -> Attribute {
    let mut attribute = Attribute::new(ty);
    change(&mut attribute);
    attribute
}

fn required() -> Attribute {
    attribute(Type::String, |attribute| attribute.required = true)
}

fn optional(ty: Type) -> Attribute {
    attribute(ty, |attribute| attribute.optional = true)
}

fn computed(ty: Type) -> Attribute {
    attribute(ty, |attribute| attribute.computed = true)
}

fn block(attributes: impl IntoIterator<Item = (&'static str, Attribute)>) -> Block {
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    Block { attributes, ..Block::default() }
}

fn note_block() -> Block {
    let nested = NestedType {
        attributes: block([("value", optional(Type::String))]).attributes,
        nesting: Nesting::Map,
    };
    let labels = attribute(nested.implied_type(), |attribute| {
        attribute.optional = true;
        attribute.nested = Some(Box::new(nested.clone()));
    });
    let mut note = block([
        ("id", computed(Type::String)),
        ("text", required()),
        ("size", attribute(Type::Number, |size| (size.optional, size.computed) = (true, true))),
        ("anything", optional(Type::Dynamic)),
        ("labels", labels),
        (
            "password",
            attribute(Type::String, |password| {
                (password.optional, password.sensitive, password.write_only) = (true, true, true);
            }),
        ),
    ]);
    let line = NestedBlock {
        block: block([("text", required())]),
        nesting: Nesting::List,
        min_items: 0,
        max_items: 9,
    };
    note.blocks.insert("line".into(), line);
    note.description = "A *note*.".to_owned();
    note.description_kind = TextKind::Markdown;
    note
}

fn function() -> FunctionSignature {
    let parameter = |name: &str| FunctionParameter {
        name: name.into(),
        ty: Type::String,
        allow_null: false,
        allow_unknown: false,
        description: String::new(),
        description_kind: TextKind::Plain,
    };
    FunctionSignature {
        parameters: vec![parameter("first")],
        variadic: Some(parameter("others")),
        returns: Type::String,
        summary: "Joins".to_owned(),
        description: "Joins with dashes.".to_owned(),
        description_kind: TextKind::Plain,
        deprecation_message: String::new(),
    }
}

impl Default for Notes {
    fn default() -> Self {
        Notes::new(Capabilities { plan_destroy: false, schema_optional: true, move_resource_state: true })
    }
}

impl Notes {
    /// A provider that says that it can do so much.
    pub(crate) fn new(capabilities: Capabilities) -> Self {
        let mut schema = ProviderSchema { capabilities, ..ProviderSchema::default() };
        let of = |version, block| Schema { version, block };
        schema.provider = Arc::new(of(0, block([("prefix", optional(Type::String))])));
        schema.provider_meta = Some(Arc::new(of(0, block([("team", optional(Type::String))]))));
        schema.resources.insert("notes_note", of(2, note_block()));
        schema
            .data_sources
            .insert("notes_size", of(0, block([("text", required()), ("size", computed(Type::Number))])));
        let token = block([("length", required()), ("token", computed(Type::String))]);
        schema.ephemeral_resources.insert("notes_token", of(0, token));
        schema.functions.insert("join".into(), function());
        Notes { schema: Arc::new(schema), stopped: AtomicBool::new(false) }
    }

    fn note_type(&self) -> Type {
        note_block().implied_type()
    }
}

fn with(object: &Value, changes: &[(&str, Value)]) -> Value {
    let entries = object.entries().unwrap_or_default().into_iter().map(|(name, value)| {
        let change = changes.iter().find(|(changed, _)| **changed == **name);
        (name.clone(), change.map_or_else(|| value.clone(), |(_, value)| value.clone()))
    });
    Value::object(entries)
}

fn text_of<'a>(object: &'a Value, name: &str) -> &'a str {
    object.part(name).and_then(Value::as_str).unwrap_or_default()
}

fn problem(is_error: bool, summary: &str, path: Path) -> ProviderDiagnostic {
    ProviderDiagnostic {
        is_error,
        summary: summary.to_owned(),
        detail: format!("{summary}, in detail."),
        path,
    }
}

#[async_trait]
impl Provider for Notes {
    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(self.schema.clone())
    }

    async fn validate_provider_config(&self, config: Value) -> (Value, ProviderDiagnostics) {
        let diagnostics = match text_of(&config, "prefix") {
            prefix if prefix.is_empty() || prefix.starts_with("quiet") => vec![],
            _ => vec![problem(false, "Prefixes are old", Path::root().attribute("prefix"))],
        };
        (config, diagnostics)
    }

    async fn validate_resource_config(&self, mode: Mode, kind: &str, config: Value) -> ProviderDiagnostics {
        match (mode, kind, text_of(&config, "text")) {
            (Mode::Managed, "notes_note", "bad") => {
                let path = Path::root().attribute("line").index(Value::number(0_i64)).attribute("text");
                vec![problem(true, "Bad note", path)]
            }
            _ => vec![],
        }
    }

    async fn configure(&self, config: Value) -> ProviderDiagnostics {
        match text_of(&config, "prefix") {
            "fail" => vec![problem(true, "Cannot configure", Path::root())],
            _ => vec![],
        }
    }

    async fn upgrade_resource_state(&self, request: UpgradeRequest) -> UpgradeResponse {
        let state = match json::decode(&request.json, &self.note_type()) {
            Ok(state) => state,
            Err(_) => {
                // An older version had a note be its text alone.
                let form = if request.flat { "flat" } else { "structured" };
                let text = format!("{form} from version {}: {}", request.version, request.json);
                let empty = Value::object_of(
                    note_block().object_type().clone(),
                    note_block().object_type().attributes().iter().map(|(name, ty)| match &**name {
                        "line" => Value::list(Type::object([("text", Type::String)]), []),
                        _ => Value::null(ty.clone()),
                    }),
                );
                with(&empty, &[("text", Value::string(text))])
            }
        };
        UpgradeResponse { state, diagnostics: vec![] }
    }

    async fn read_resource(&self, request: ReadRequest) -> ReadResponse {
        let gone = text_of(&request.current, "text") == "gone";
        let team = request.meta.as_ref().map(|meta| text_of(meta, "team").to_owned()).unwrap_or_default();
        let state = if gone { Value::null(self.note_type()) } else { request.current };
        ReadResponse {
            identity: None,
            state,
            private: [request.private, team.into_bytes()].concat(),
            diagnostics: vec![],
        }
    }

    async fn plan_resource_change(&self, request: PlanRequest) -> PlanResponse {
        let text = Path::root().attribute("text");
        if request.proposed.is_null() {
            return PlanResponse {
                identity: None,
                planned: request.proposed,
                requires_replace: vec![],
                private: b"asked about the end".to_vec(),
                legacy_type_system: false,
                diagnostics: vec![],
            };
        }
        let mut changes = vec![("password", Value::null(Type::String))];
        if request.prior.is_null() {
            changes.push(("id", Value::unknown(Type::String)));
        }
        if request.proposed.part("size").is_some_and(Value::is_null) {
            changes.push(("size", Value::unknown(Type::Number)));
        }
        let changed = !request.prior.is_null() && request.prior.part("text") != request.proposed.part("text");
        PlanResponse {
            identity: None,
            planned: with(&request.proposed, &changes),
            requires_replace: if changed { vec![text] } else { vec![] },
            private: b"planned".to_vec(),
            legacy_type_system: false,
            diagnostics: vec![],
        }
    }

    async fn apply_resource_change(&self, request: ApplyRequest) -> ApplyResponse {
        let done = |state: Value, diagnostics| ApplyResponse {
            identity: None,
            state,
            private: [&request.private[..], b" and applied"].concat(),
            legacy_type_system: true,
            unanswered: false,
            diagnostics,
        };
        if request.planned.is_null() {
            return done(request.planned.clone(), vec![]);
        }
        let text = text_of(&request.planned, "text").to_owned();
        match text.as_str() {
            // As a provider would that has a fault.
            #[expect(clippy::print_stderr, reason = "the provider crashes on purpose")]
            "crash" => {
                eprintln!("{{\"@level\":\"info\",\"@message\":\"applying\",\"@module\":\"notes\"}}");
                eprintln!("panic: the note is too heavy");
                std::process::exit(2);
            }
            "hang" => std::future::pending().await,
            _ => {}
        }
        let known = [
            ("id", Value::string(format!("note-{}", text.len()))),
            ("size", Value::number(text.len() as i64)),
            ("password", if text == "leak" { Value::string("leaked") } else { Value::null(Type::String) }),
        ];
        let diagnostics =
            if text == "partial" { vec![problem(true, "Half done", Path::root())] } else { vec![] };
        done(with(&request.planned, &known), diagnostics)
    }

    async fn import_resource_state(&self, kind: &str, id: &str) -> ImportResponse {
        let request = UpgradeRequest { kind: kind.into(), version: 0, json: id.into(), flat: false };
        let state = with(&self.upgrade_resource_state(request).await.state, &[("id", Value::string(id))]);
        let imported =
            vec![ImportedObject { identity: None, kind: kind.into(), state, private: b"imported".to_vec() }];
        ImportResponse { imported, diagnostics: vec![problem(false, "Imported", Path::root())] }
    }

    async fn move_resource_state(&self, request: MoveRequest) -> MoveResponse {
        let text = format!("{} {} {}", request.source_provider, request.source_kind, request.source_version);
        let upgrade =
            UpgradeRequest { kind: request.target_kind, version: 0, json: request.source_json, flat: false };
        let state = self.upgrade_resource_state(upgrade).await.state;
        let state = with(&state, &[("text", Value::string(text))]);
        MoveResponse { identity: None, state, private: request.source_private, diagnostics: vec![] }
    }

    async fn read_data_source(&self, request: DataRequest) -> DataResponse {
        let size = text_of(&request.config, "text").len() as i64;
        DataResponse { state: with(&request.config, &[("size", Value::number(size))]), diagnostics: vec![] }
    }

    async fn open_ephemeral_resource(&self, _kind: &str, config: Value) -> OpenResponse {
        let token = text_of(&config, "length").repeat(3);
        OpenResponse {
            result: with(&config, &[("token", Value::string(token))]),
            private: b"handle".to_vec(),
            renew_at_ms: Some(1_700_000_000_123),
            diagnostics: vec![],
        }
    }

    async fn renew_ephemeral_resource(&self, _kind: &str, private: Vec<u8>) -> OpenResponse {
        let private = [&private[..], b"+"].concat();
        OpenResponse {
            result: Value::null(Type::Dynamic),
            private,
            renew_at_ms: Some(-1),
            diagnostics: vec![],
        }
    }

    async fn close_ephemeral_resource(&self, kind: &str, private: Vec<u8>) -> ProviderDiagnostics {
        vec![problem(false, &format!("Closed {kind} {}", String::from_utf8_lossy(&private)), Path::root())]
    }

    async fn call_function(&self, _name: &str, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let words: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
        match words.iter().position(|word| word.contains('-')) {
            Some(at) => Err(FunctionError { text: "dashes are not allowed".to_owned(), argument: Some(at) }),
            None => Ok(Value::string(words.join("-"))),
        }
    }

    async fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}
