//! What is saved is loaded, whatever it is; what is not a saved plan says what it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{
    AbsResourceInstance, ConfigModule, DeposedKey, InstanceKey, Mode, ModuleInstance, ProviderAddress,
    ProviderConfigAddress, Resource, Target,
};
use plumb_schema::{Block, Schema};
use plumb_source::MemoryFiles;
use plumb_state::{CheckResult, CheckStatus, InstanceState, Object, State};
use plumb_value::{Marks, Number, Path, Refinement, Type, Value};
use proptest::prelude::*;

use super::{PlanFileError, SavedPlan, Snapshot, load, plan_digest, save};
use crate::*;

fn schema(_: &ProviderAddress, _: Mode, _: &str) -> Result<Arc<Schema>, String> {
    Ok(Arc::new(Schema { version: 3, block: Block::default() }))
}

fn provider(alias: Option<&str>) -> ProviderConfigAddress {
    ProviderConfigAddress::new(ConfigModule::root(), ProviderAddress::implied("aws"), alias.map(Arc::from))
}

fn instance(name: &str, key: InstanceKey) -> AbsResourceInstance {
    Resource::managed("aws_thing", name).in_module(ModuleInstance::root()).instance(key)
}

fn change(address: AbsResourceInstance, before: Value, after: Value) -> Change {
    Change {
        address,
        previous_address: None,
        deposed: None,
        provider: provider(None),
        action: Action::Create,
        reason: None,
        before,
        after,
        requires_replace: Vec::new(),
        planned_private: Vec::new(),
        importing: None,
        generated_config: None,
        schema: Arc::new(Schema { version: 3, block: Block::default() }),
        dependencies: Arc::new([]),
        create_before_destroy: false,
        unrefreshed: false,
    }
}

fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        options: PlanOptions::default(),
        changes,
        drift: Vec::new(),
        outputs: Vec::new(),
        module_outputs: Vec::new(),
        planned: Vec::new(),
        prior_state: Arc::default(),
        previous_state: Arc::default(),
        checks: Vec::new(),
        steps: StepGraph::default(),
        variables: BTreeMap::new(),
        record: ChangeRecord::default(),
        errored: false,
    }
}

fn state(serial: u64, attributes: &str) -> State {
    let mut state = State {
        serial,
        lineage: "b6a1".to_owned(),
        terraform_version: "1.11.4".to_owned(),
        ..State::default()
    };
    let object = Object::from_json(&format!(
        "{{\"schema_version\":1,\"attributes\":{attributes},\"sensitive_attributes\":[],\"private\":\"aGk=\"}}"
    ));
    let object = Arc::new(object.expect("an object"));
    state.update_instance(&instance("web", InstanceKey::String("a b".into())), &provider(None), |recorded| {
        *recorded = InstanceState { current: Some(object), ..InstanceState::default() };
    });
    state
}

/// A plan that has something of everything.
fn full_plan() -> Plan {
    let unknown = Value::unknown_refined(
        Type::String,
        Refinement { not_null: true, string_prefix: Some("arn:aws:".into()), ..Refinement::default() },
    );
    let before = Value::object([
        ("id", Value::string("i-1")),
        ("password", Value::string("secret").with_marks(Marks::SENSITIVE)),
        ("tags", Value::map(Type::String, [("Name", Value::string("web"))])),
        ("any", Value::null(Type::Dynamic)),
        ("big", Value::number(Number::parse("123456789012345678901234567890.5").expect("a number"))),
    ]);
    let after = Value::object([
        ("id", unknown.clone()),
        ("any", Value::dynamic()),
        ("list", Value::list(Type::String, [Value::unknown(Type::String).with_marks(Marks::SENSITIVE)])),
        ("set", Value::set(Type::Number, [Value::number(1), Value::number(2)]).with_marks(Marks::SENSITIVE)),
        ("tuple", Value::tuple([Value::bool(true), Value::tuple([])])),
    ]);
    let shared: Arc<[_]> = [Resource::data("aws_ami", "x").in_config(ConfigModule::root().child("m"))].into();
    let mut first = change(instance("web", InstanceKey::String("a b".into())), before.clone(), after.clone());
    first.previous_address = Some(Box::new(instance("old", InstanceKey::Int(2))));
    first.action = Action::CreateThenDelete;
    first.reason = Some(ChangeReason::ReplaceByTriggers);
    first.planned_private = vec![0, 1, 255];
    first.importing = Some(ImportKey::Id("i-1".into()));
    first.create_before_destroy = true;
    first.dependencies = shared.clone();
    first.requires_replace = vec![
        Path::root().attribute("tags").index(Value::string("Name")),
        Path::root().attribute("set").index(Value::object([("a", Value::number(1))])).attribute("a"),
        Path::root().attribute("list").index(Value::number(0)),
    ];
    let mut second = change(
        instance("web", InstanceKey::String("a b".into())),
        before.clone(),
        Value::null(Type::Dynamic),
    );
    second.deposed = Some(DeposedKey("0badcafe".into()));
    second.action = Action::Delete;
    second.provider = provider(Some("west"));
    second.dependencies = shared;
    let mut steps = StepGraph::default();
    let join = steps.add(StepKind::Join);
    let create = steps.add(StepKind::Create(0));
    let destroy = steps.add(StepKind::Destroy(1));
    steps.wait(destroy, create);
    steps.wait(create, join);
    let mut plan = plan(vec![first.clone(), second]);
    plan.options = PlanOptions {
        mode: PlanMode::RefreshOnly,
        refresh: Refresh::None,
        targets: vec![Target::parse("module.a[\"k\"].aws_thing.web").expect("a target")],
        excludes: vec![Target::parse("module.b").expect("a target")],
        replace: vec![instance("web", InstanceKey::Int(0))],
        parallelism: 7,
    };
    plan.drift = vec![first];
    plan.outputs = vec![OutputChange {
        name: "address".into(),
        action: Action::Update,
        before: Value::string("x"),
        after: unknown,
        sensitive: true,
    }];
    plan.module_outputs = vec![ModuleOutputs {
        module: ModuleInstance::root().child("a", InstanceKey::String("k".into())),
        names: vec!["id".into(), "name".into()],
    }];
    plan.planned = vec![PlannedObject {
        address: instance("web", InstanceKey::None),
        provider: provider(None),
        value: after,
        schema: Arc::default(),
    }];
    plan.prior_state = Arc::new(state(4, "{\"id\":\"i-1\",\"password\":\"new\"}"));
    plan.previous_state = Arc::new(state(4, "{\"id\":\"i-1\",\"password\":\"old\"}"));
    plan.checks = vec![CheckResult {
        object_kind: "check".into(),
        config_address: "check.health".into(),
        status: CheckStatus::Fail,
        objects: vec![("check.health".into(), CheckStatus::Fail, vec!["it is down".to_owned()])],
    }];
    plan.steps = steps;
    let variable = |name: &str, ephemeral| {
        let marks = if ephemeral { Marks::EPHEMERAL } else { Marks::NONE };
        let value = VariableValue {
            value: Value::string("v").with_marks(marks),
            given: (!ephemeral).then(|| Value::number(7)),
            is_default: !ephemeral,
            ephemeral,
            name: name.into(),
        };
        (Arc::from(name), value)
    };
    plan.variables = [variable("region", false), variable("token", true)].into();
    plan.record = ChangeRecord {
        commit: Some("abc".to_owned()),
        configuration: Digest::of(b"c"),
        variables: Digest::of(b"v"),
        providers: [("registry.terraform.io/hashicorp/aws".to_owned(), "h1:x".to_owned())].into(),
        lineage: "b6a1".to_owned(),
        serial: 4,
        workspace: "default".to_owned(),
        plan: Digest::of(b"p"),
        timestamp: "2024-01-01T00:00:00Z".to_owned(),
        author: "me@here".to_owned(),
    };
    plan
}

fn snapshot() -> Snapshot {
    Snapshot {
        files: MemoryFiles::new()
            .with("main.tf", "locals {}")
            .with("modules/a/main.tf", "# inner")
            .with("../shared/main.tf", b"\xff\x00".to_vec())
            .with("/opt/modules/main.tf", ""),
        lock_file: Some(b"# lock".to_vec()),
        modules_manifest: None,
    }
}

/// Everything of a change but its schema, so that two can be compared.
fn told(change: &Change) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        (
            change.address.clone(),
            change.previous_address.clone(),
            change.deposed.clone(),
            change.provider.clone(),
        ),
        (change.action, change.reason, change.before.clone(), change.after.clone()),
        (change.before.ty(), change.after.ty()),
        (change.requires_replace.clone(), change.planned_private.clone(), change.importing.clone()),
        (change.dependencies.clone(), change.create_before_destroy, change.unrefreshed),
    )
}

fn text_of(state: &State) -> String {
    String::from_utf8(plumb_state::file::write(state, &state.terraform_version)).expect("text")
}

#[track_caller]
fn assert_same(one: &Plan, two: &Plan) {
    let all = |changes: &[Change]| changes.iter().map(told).collect::<Vec<_>>();
    assert_eq!(all(&one.changes), all(&two.changes));
    assert_eq!(all(&one.drift), all(&two.drift));
    assert_eq!(format!("{:?}", one.options), format!("{:?}", two.options));
    let outputs = |plan: &Plan| -> Vec<_> {
        let told = |output: &OutputChange| {
            (
                output.name.clone(),
                output.action,
                output.before.clone(),
                output.after.clone(),
                output.sensitive,
            )
        };
        plan.outputs.iter().map(told).collect()
    };
    assert_eq!(outputs(one), outputs(two));
    let planned = |plan: &Plan| -> Vec<_> {
        let told =
            |object: &PlannedObject| (object.address.clone(), object.provider.clone(), object.value.clone());
        plan.planned.iter().map(told).collect()
    };
    assert_eq!(planned(one), planned(two));
    assert_eq!(one.module_outputs, two.module_outputs);
    assert_eq!(one.checks, two.checks);
    assert_eq!(one.steps, two.steps);
    assert_eq!((&one.record, one.errored), (&two.record, two.errored));
    assert_eq!(text_of(&one.prior_state), text_of(&two.prior_state));
    assert_eq!(text_of(&one.previous_state), text_of(&two.previous_state));
    let variables = |plan: &Plan| -> Vec<_> {
        let told = |(name, variable): (&Arc<str>, &VariableValue)| {
            let value = (!variable.ephemeral).then(|| variable.value.clone());
            (name.clone(), value, variable.given.clone(), variable.is_default, variable.ephemeral)
        };
        plan.variables.iter().map(told).collect()
    };
    assert_eq!(variables(one), variables(two));
}

#[track_caller]
fn round_trip(plan: &Plan) -> SavedPlan {
    let bytes = save(plan, &snapshot(), "0.1.0").expect("it can be saved");
    let loaded = load(&bytes, &schema).expect("it can be loaded");
    assert_same(plan, &loaded.plan);
    assert_eq!(plan_digest(plan), plan_digest(&loaded.plan));
    // Saving again gives the same bytes: nothing was lost and nothing added.
    assert_eq!(save(&loaded.plan, &loaded.snapshot, "0.1.0"), Ok(bytes));
    loaded
}

#[test]
fn everything_comes_back() {
    let loaded = round_trip(&full_plan());
    assert_eq!(loaded.program_version, "0.1.0");
    assert_eq!(loaded.plan.changes[0].schema.version, 3);
    let files = |snapshot: &Snapshot| -> Vec<_> {
        snapshot.files.iter().map(|(path, content)| (path.to_owned(), content.to_owned())).collect()
    };
    assert_eq!(files(&loaded.snapshot), files(&snapshot()));
    assert_eq!((loaded.snapshot.lock_file, loaded.snapshot.modules_manifest), (snapshot().lock_file, None));
    let token = &loaded.plan.variables["token"];
    assert!(token.ephemeral && token.value.is_null() && token.value.marks().is_ephemeral());
    round_trip(&plan(Vec::new()));
}

#[test]
fn what_was_looked_at_comes_back() {
    for refresh in [Refresh::All, Refresh::Config, Refresh::None] {
        let mut plan = full_plan();
        plan.options.refresh = refresh;
        plan.changes[1].unrefreshed = refresh == Refresh::Config;
        let loaded = round_trip(&plan);
        assert_eq!(loaded.plan.options.refresh, refresh);
    }
}

#[test]
fn the_first_version_of_the_format_is_read() {
    let bytes = save(&full_plan(), &snapshot(), "0.1.0").expect("it can be saved");
    let mut written = super::archive::Reader::open(&bytes).expect("an archive");
    let mut older = super::archive::Writer::new();
    for name in written.names() {
        let content = match &*name {
            super::HEADER_ENTRY => b"{\"format\":1,\"version\":\"0.0.9\"}".to_vec(),
            name => written.entry(name).expect("an entry"),
        };
        older.entry(&name, &content).expect("an entry");
    }
    let loaded = load(&older.finish().expect("an archive"), &schema).expect("it can be loaded");
    assert_same(&full_plan(), &loaded.plan);
    assert_eq!(loaded.program_version, "0.0.9");
}

#[test]
fn what_must_not_be_stored_is_not() {
    let after = Value::object([("token", Value::string("t").with_marks(Marks::EPHEMERAL))]);
    let plan = plan(vec![change(instance("web", InstanceKey::None), Value::null(Type::Dynamic), after)]);
    let error = save(&plan, &Snapshot::default(), "0.1.0").expect_err("it is refused");
    assert_eq!(
        error.to_string(),
        "The planned change of aws_thing.web has an ephemeral value, which must not be stored"
    );
    let bytes = save(&full_plan(), &snapshot(), "0.1.0").expect("it can be saved");
    let loaded = load(&bytes, &schema).expect("it can be loaded");
    assert!(!format!("{:?}", loaded.plan.variables["token"].value).contains("\"v\""));
}

#[test]
fn the_digest_names_what_would_be_done() {
    let digest = plan_digest(&full_plan()).expect("a digest");
    let with = |alter: &dyn Fn(&mut Plan)| {
        let mut plan = full_plan();
        alter(&mut plan);
        plan_digest(&plan).expect("a digest")
    };
    let unrelated: [&dyn Fn(&mut Plan); 6] = [
        &|plan| plan.options.parallelism = 1,
        &|plan| plan.record.timestamp = "2025".to_owned(),
        &|plan| plan.record.author = "you@there".to_owned(),
        &|plan| plan.record.commit = None,
        &|plan| plan.record.plan = Digest::default(),
        &|plan| Arc::make_mut(&mut plan.prior_state).lineage = "fresh".to_owned(),
    ];
    for alter in unrelated {
        assert_eq!(with(alter), digest);
    }
    let related: [&dyn Fn(&mut Plan); 8] = [
        &|plan| plan.record.serial += 1,
        &|plan| plan.record.lineage.push('x'),
        &|plan| plan.record.workspace.push('x'),
        &|plan| plan.changes[0].action = Action::Update,
        &|plan| plan.changes[0].after = Value::dynamic(),
        &|plan| plan.options.mode = PlanMode::Destroy,
        &|plan| plan.steps.steps[1].after.clear(),
        &|plan| plan.prior_state = Arc::new(state(4, "{\"id\":\"i-2\"}")),
    ];
    for alter in related {
        assert_ne!(with(alter), digest);
    }
}

#[test]
fn other_files_say_what_they_are() {
    let refused = |bytes: &[u8]| load(bytes, &schema).map(|_| ()).expect_err("it is no plan");
    let archive = |entries: &[(&str, &str)]| {
        let mut writer = super::archive::Writer::new();
        for (name, content) in entries {
            writer.entry(name, content.as_bytes()).expect("an entry");
        }
        writer.finish().expect("an archive")
    };
    let cases: [(Vec<u8>, &str); 9] = [
        (Vec::new(), "it is not a saved plan: it is empty"),
        (
            b"{\"version\": 4, \"terraform_version\": \"1.11.4\"}".to_vec(),
            "it is not a saved plan: it is a state file",
        ),
        (
            b" {\"format_version\":\"1.2\"}".to_vec(),
            "it is not a saved plan: it is a plan or state as JSON, which \"show -json\" writes; that form is for reading only",
        ),
        (b"resource {}".to_vec(), "it is not a saved plan: it is a text"),
        (b"\x7fELF\xff\xfe".to_vec(), "it is not a saved plan: it has another format"),
        (archive(&[("tfplan", ""), ("tfstate", "{}")]), "it is a plan saved by Terraform or OpenTofu"),
        (archive(&[("readme", "")]), "it is not a saved plan: it is an archive of something else"),
        (
            archive(&[(super::HEADER_ENTRY, "{\"format\":3,\"version\":\"9.0.0\",\"more\":1}")]),
            "it uses plan format 3, which is newer than this program knows",
        ),
        (b"PK\x03\x04".to_vec(), "it ends too early"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(refused(&bytes).to_string(), expected);
    }
    let newer = PlanFileError::Newer { format: 3, version: "9.0.0".to_owned() }.diagnostic("p");
    assert!(newer.detail.contains("version 9.0.0"), "{newer:?}");
}

#[test]
fn a_plan_cut_short_or_changed_is_refused_or_the_same() {
    let whole = save(&full_plan(), &snapshot(), "0.1.0").expect("it can be saved");
    for length in (0..whole.len()).step_by(7) {
        assert!(load(&whole[..length], &schema).is_err(), "cut to {length}");
    }
    let digest = plan_digest(&full_plan());
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        // Some bytes, such as times and flags of the archive, say nothing about the plan.
        if let Ok(loaded) = load(&bytes, &schema) {
            assert_eq!(plan_digest(&loaded.plan), digest, "byte {at}");
        }
    }
}

#[test]
fn a_missing_schema_is_named_and_each_is_asked_for_once() {
    let bytes = save(&full_plan(), &snapshot(), "0.1.0").expect("it can be saved");
    let error =
        load(&bytes, &|_, _, _| Err("not installed".to_owned())).map(|_| ()).expect_err("it is missing");
    assert_eq!(error.to_string(), "no schema for aws_thing of hashicorp/aws: not installed");
    let asked = std::cell::Cell::new(0);
    let counting = |address: &ProviderAddress, mode: Mode, kind: &str| {
        asked.set(asked.get() + 1);
        schema(address, mode, kind)
    };
    load(&bytes, &counting).expect("it can be loaded");
    // Once for each of the two provider configurations.
    assert_eq!(asked.get(), 2);
}

#[test]
fn steps_that_make_no_sense_are_refused() {
    let broken = |steps: StepGraph| {
        let mut plan = full_plan();
        plan.steps = steps;
        let bytes = save(&plan, &snapshot(), "0.1.0").expect("it can be saved");
        load(&bytes, &schema).map(|_| ()).expect_err("it is refused").to_string()
    };
    let graph = |steps: &[(StepKind, &[u32])]| StepGraph {
        steps: steps
            .iter()
            .map(|(kind, after)| Step { kind: *kind, after: after.iter().copied().map(StepId).collect() })
            .collect(),
    };
    assert_eq!(broken(graph(&[(StepKind::Create(9), &[])])), "its steps: one of them belongs to no change");
    assert_eq!(
        broken(graph(&[(StepKind::Join, &[5])])),
        "its steps: one of them waits for one that is missing"
    );
    assert_eq!(
        broken(graph(&[(StepKind::Join, &[1]), (StepKind::Join, &[0])])),
        "its steps: they wait for each other in a circle"
    );
}

#[test]
fn a_hundred_thousand_changes_are_quick() {
    let object = |number: usize| {
        Value::object([
            ("id", Value::unknown(Type::String)),
            ("name", Value::string(format!("thing-{number}"))),
            ("tags", Value::map(Type::String, [("a", Value::string("b")), ("c", Value::string("d"))])),
        ])
    };
    let ty = object(0).ty();
    let Type::Object(shared) = &ty else { panic!("an object") };
    let changes: Vec<Change> = (0..100_000)
        .map(|number| {
            let value = object(number);
            let parts: Vec<Value> = value.parts().into_iter().cloned().collect();
            let value = Value::object_of(shared.clone(), parts);
            change(instance("web", InstanceKey::Int(number as i64)), Value::null(ty.clone()), value)
        })
        .collect();
    let mut plan = plan(changes);
    let mut last = plan.steps.add(StepKind::Join);
    for number in 0..100_000 {
        let step = plan.steps.add(StepKind::Create(number));
        plan.steps.wait(step, last);
        last = step;
    }
    let start = std::time::Instant::now();
    let bytes = save(&plan, &Snapshot::default(), "0.1.0").expect("it can be saved");
    let loaded = load(&bytes, &schema).expect("it can be loaded");
    // About 3 seconds without optimisation; anything that is not linear would take minutes.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    assert_eq!(loaded.plan.changes.len(), 100_000);
    assert!(bytes.len() < 20_000_000, "{}", bytes.len());
}

fn leaf() -> impl Strategy<Value = Value> {
    let ty =
        prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::list(Type::String))];
    prop_oneof![
        any::<bool>().prop_map(Value::bool),
        any::<i64>().prop_map(Value::number),
        // Larger ones have more digits than the form of the protocol writes down.
        (-1e15..1e15f64)
            .prop_map(|number| { Value::number(Number::from_f64(number).expect("it is finite")) }),
        "\\PC{0,12}".prop_map(Value::string),
        ty.clone().prop_map(Value::null),
        ty.clone().prop_map(Value::unknown),
        Just(Value::dynamic()),
        (0..9i64, 10..20i64).prop_map(|(min, max)| Value::unknown_refined(
            Type::Number,
            Refinement {
                not_null: true,
                number_min: Some((min.into(), false)),
                number_max: Some((max.into(), true)),
                ..Refinement::default()
            }
        )),
        "[a-z]{1,8}:".prop_map(Value::unknown_with_prefix),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let marked = |strategy: BoxedStrategy<Value>| {
            (strategy, any::<bool>()).prop_map(|(value, sensitive)| {
                if sensitive { value.with_marks(Marks::SENSITIVE) } else { value }
            })
        };
        prop_oneof![
            marked(prop::collection::vec(inner.clone(), 0..4).prop_map(Value::tuple).boxed()),
            marked(prop::collection::btree_map("[a-z]{1,3}", inner, 0..4).prop_map(Value::object).boxed()),
            marked(
                prop::collection::vec("[a-c]{0,2}".prop_map(Value::string), 0..4)
                    .prop_map(|values| Value::set(Type::String, values))
                    .boxed()
            ),
            marked(
                prop::collection::btree_map("[ -~äß😀]{0,3}", any::<u8>().prop_map(Value::number), 0..4)
                    .prop_map(|entries| Value::map(Type::Number, entries))
                    .boxed()
            ),
        ]
    })
}

fn key() -> impl Strategy<Value = InstanceKey> {
    prop_oneof![
        Just(InstanceKey::None),
        any::<u32>().prop_map(|number| InstanceKey::Int(number.into())),
        // Keys are texts of the language, which have one form only.
        "\\PC{0,6}".prop_map(|text| InstanceKey::from_value(&Value::string(text)).expect("a key")),
    ]
}

fn any_change() -> impl Strategy<Value = Change> {
    let address = ("[a-z][a-z0-9_-]{0,5}", key(), prop::option::of(("[a-z]{1,4}", key()))).prop_map(
        |(name, key, module)| {
            let root = ModuleInstance::root();
            let module = module.map_or_else(|| root.clone(), |(name, key)| root.child(name, key));
            Resource::managed("aws_thing", name).in_module(module).instance(key)
        },
    );
    (address, value(), value(), prop::sample::select(vec![0, 1, 2]), prop::collection::vec(any::<u8>(), 0..9))
        .prop_map(|(address, before, after, number, private)| {
            let paths = after.unmark_deep_with_paths().1.into_iter().map(|(path, _)| path).collect();
            let mut change = change(address.clone(), before, after);
            change.action = [Action::NoOp, Action::Update, Action::DeleteThenCreate][number];
            change.reason =
                [None, Some(ChangeReason::ReplaceByRequest), Some(ChangeReason::ReadBecauseCheckNested)]
                    [number];
            change.requires_replace = paths;
            change.planned_private = private;
            change.dependencies = (0..number).map(|_| address.config()).collect();
            change
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_plan_comes_back(changes in prop::collection::vec(any_change(), 0..6), drift in prop::collection::vec(any_change(), 0..2)) {
        let mut plan = plan(changes);
        plan.drift = drift;
        for number in 0..plan.changes.len() as u32 {
            let step = plan.steps.add(StepKind::Update(number));
            plan.steps.wait(step, StepId(number / 2));
        }
        round_trip(&plan);
    }
}
