//! The real AWS provider, where it is on the machine: `PLUMB_TEST_AWS_PROVIDER` names the program,
//! or `TF_PLUGIN_MIRROR` (else `/opt/tf-plugins`) a filesystem mirror that has it. No account is used.
#![expect(clippy::print_stdout, reason = "says what is skipped, and how long things take")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use plumb_address::{Mode, ProviderAddress};
use plumb_plugin::{LaunchOptions, Plugin, SchemaCache};
use plumb_schema::{Block, Nesting};
use plumb_state::{DataRequest, PlanRequest, Provider};
use plumb_value::{Type, Value};

fn find_provider() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("PLUMB_TEST_AWS_PROVIDER") {
        return Some(path.into());
    }
    let mirror =
        std::env::var_os("TF_PLUGIN_MIRROR").map_or_else(|| PathBuf::from("/opt/tf-plugins"), PathBuf::from);
    let versions = std::fs::read_dir(mirror.join("registry.terraform.io/hashicorp/aws")).ok()?;
    let platforms =
        versions.flatten().filter_map(|version| std::fs::read_dir(version.path()).ok()).flatten().flatten();
    let files = platforms.filter_map(|platform| std::fs::read_dir(platform.path()).ok()).flatten().flatten();
    files.map(|file| file.path()).find(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("terraform-provider-aws"))
    })
}

fn options(path: PathBuf, tls: bool) -> LaunchOptions {
    LaunchOptions { tls, ..LaunchOptions::program(ProviderAddress::implied("aws"), path, "1.11.4") }
}

/// An object with everything null but what is given; absent blocks are empty.
fn object(block: &Block, given: &[(&str, Value)]) -> Value {
    let ty = block.object_type().clone();
    let value = |name: &str, ty: &Type| {
        if let Some((_, value)) = given.iter().find(|(given, _)| *given == name) {
            return value.clone();
        }
        match (block.blocks.get(name).map(|nested| nested.nesting), ty) {
            (Some(Nesting::List), Type::List(element)) => Value::list((**element).clone(), []),
            (Some(Nesting::Set), Type::Set(element)) => Value::set((**element).clone(), []),
            _ => Value::null(ty.clone()),
        }
    };
    Value::object_of(ty.clone(), ty.attributes().iter().map(|(name, ty)| value(name, ty)))
}

async fn exercise(plugin: Arc<Plugin>) {
    let began = Instant::now();
    let lap = |what: &str| println!("  {what}: {:?}", began.elapsed());
    plugin.start().await.unwrap();
    lap("started");
    let schema = plugin.schema().await.unwrap();
    lap("schema");
    assert!(schema.resources.contains("aws_instance"));
    assert!(schema.capabilities.schema_optional);
    println!("  {} bytes of schema", plugin.raw_schema().await.unwrap().bytes.len());
    let mut undecodable = 0;
    for mode in [Mode::Managed, Mode::Data, Mode::Ephemeral] {
        let table = schema.table(mode);
        undecodable += table.names().filter(|name| table.get(name).is_none()).count();
    }
    assert_eq!(undecodable, 0);
    lap("every schema decoded");

    let flag = || Value::bool(true);
    let config = object(
        &schema.provider.block,
        &[
            ("region", Value::string("eu-west-1")),
            ("access_key", Value::string("test")),
            ("secret_key", Value::string("test")),
            ("skip_credentials_validation", flag()),
            ("skip_requesting_account_id", flag()),
            ("skip_metadata_api_check", Value::string("true")),
            ("skip_region_validation", flag()),
        ],
    );
    let (config, diagnostics) = plugin.validate_provider_config(config).await;
    assert_eq!(diagnostics, []);
    assert_eq!(plugin.configure(config).await, []);
    lap("configured");

    let vpc = schema.resources.get("aws_vpc").unwrap();
    let good = object(&vpc.block, &[("cidr_block", Value::string("10.0.0.0/16"))]);
    assert_eq!(plugin.validate_resource_config(Mode::Managed, "aws_vpc", good.clone()).await, []);
    lap("validated");
    let bad = object(&vpc.block, &[("cidr_block", Value::string("10.0.0.0/99"))]);
    let problems = plugin.validate_resource_config(Mode::Managed, "aws_vpc", bad).await;
    assert!(problems.iter().any(|problem| problem.is_error && !problem.path.0.is_empty()), "{problems:?}");

    let proposed = match good.entries() {
        Some(entries) => Value::object(entries.into_iter().map(|(name, value)| {
            let computed = vpc.block.attributes.get(name).is_some_and(|attribute| attribute.computed);
            let unknown = computed && value.is_null();
            (name.clone(), if unknown { Value::unknown(value.ty()) } else { value.clone() })
        })),
        None => unreachable!(),
    };
    let request = PlanRequest {
        identity: None,
        kind: "aws_vpc".into(),
        prior: Value::null(vpc.block.implied_type()),
        proposed,
        config: good,
        private: Vec::new(),
        meta: None,
    };
    let calls = (0..50).map(|_| plugin.plan_resource_change(request.clone()));
    let began = Instant::now();
    let plans = futures::future::join_all(calls).await;
    println!("  50 plans at once: {:?}", began.elapsed());
    for plan in plans {
        assert_eq!(plan.diagnostics, []);
        assert!(plan.legacy_type_system);
        assert_eq!(plan.planned.part("cidr_block").and_then(Value::as_str), Some("10.0.0.0/16"));
        assert_eq!(plan.planned.part("id").map(Value::is_known), Some(false));
    }

    let document = schema.data_sources.get("aws_iam_policy_document").unwrap();
    let config = object(&document.block, &[("version", Value::string("2012-10-17"))]);
    let read = plugin
        .read_data_source(DataRequest { kind: "aws_iam_policy_document".into(), config, meta: None })
        .await;
    assert_eq!(read.diagnostics, []);
    assert!(read.state.part("json").and_then(Value::as_str).is_some_and(|json| json.contains("2012-10-17")));

    let arn = vec![Value::string("arn:aws:s3:::bucket")];
    let parsed = plugin.call_function("arn_parse", arn).await.unwrap();
    assert_eq!(parsed.part("service").and_then(Value::as_str), Some("s3"));
    assert!(plugin.call_function("arn_parse", vec![Value::string("nonsense")]).await.is_err());

    let began = Instant::now();
    plugin.shutdown().await;
    println!("  shutdown: {:?}", began.elapsed());
    let after = plugin
        .validate_resource_config(Mode::Managed, "aws_vpc", Value::null(vpc.block.implied_type()))
        .await;
    assert_eq!(after[0].summary, "Plugin did not respond");
    assert!(after[0].detail.contains("ended with exit code 0"), "{}", after[0].detail);
}

#[tokio::test]
async fn the_aws_provider_answers() {
    let Some(path) = find_provider() else {
        println!("skipped: there is no AWS provider (set PLUMB_TEST_AWS_PROVIDER or TF_PLUGIN_MIRROR)");
        return;
    };
    for tls in [true, false] {
        println!("TLS: {tls}");
        exercise(Plugin::launch(options(path.clone(), tls))).await;
    }
}

#[tokio::test]
async fn a_remembered_schema_needs_no_process() {
    let Some(path) = find_provider() else {
        println!("skipped: there is no AWS provider (set PLUMB_TEST_AWS_PROVIDER or TF_PLUGIN_MIRROR)");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let cache = Arc::new(SchemaCache::new(directory.path()));
    let began = Instant::now();
    cache.digest(&path).unwrap();
    println!("  digest: {:?}", began.elapsed());
    let cached = || LaunchOptions { schema_cache: Some(cache.clone()), ..options(path.clone(), true) };

    let first = Plugin::launch(cached());
    let raw = first.raw_schema().await.unwrap();
    cache.store(&path, &raw).unwrap();

    let second = Plugin::launch(cached());
    let began = Instant::now();
    let schema = second.schema().await.unwrap();
    println!("  schema from the cache: {:?}", began.elapsed());
    let began = Instant::now();
    assert!(schema.resources.get("aws_instance").is_some());
    println!("  one type decoded: {:?}", began.elapsed());
    assert!(!second.is_started());
    let began = Instant::now();
    drop(raw.decode().unwrap());
    println!("  index of the schema: {:?}", began.elapsed());
}
