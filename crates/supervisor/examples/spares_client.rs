//! A command as small as one can be that uses spares and leaves them behind.
//!
//! `spares_client use PROVIDER CACHE [WORD...]` uses the provider and prints where its process came
//! from; the words are `leave` to leave spares behind, `crash` to have the provider crash, `hold` to
//! wait for the end of standard input before the end, `plain` to do without TLS, `idle=SECONDS` and
//! `memory=BYTES`. With `reuse=SECONDS` configured processes go on; `prefix=TEXT` is the configuration,
//! and `fail` fails at the end, `stop` asks the process to stop, `twice` configures it once more,
//! `fresh` needs it before it is configured. `list` and `stop` are for people.
#![expect(clippy::print_stdout, reason = "prints its results")]

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use plumb_address::ProviderAddress;
use plumb_plugin::spare::{Configuration, ConfigurationKey, Spare, SpareSource};
use plumb_plugin::{LaunchOptions, Plugin, SchemaCache};
use plumb_state::{ApplyRequest, Provider};
use plumb_supervisor::{
    GUARD_ARGUMENT, KEEPER_ARGUMENT, Limits, Place, Spares, SparesOptions, list, run_as_keeper, run_guarded,
    stop_all,
};
use plumb_value::{Type, Value};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|first| first.to_str()) {
        Some(first) if first == KEEPER_ARGUMENT => return run_as_keeper(&arguments[1..]),
        Some(first) if first == GUARD_ARGUMENT => return run_guarded(&arguments[1..]),
        _ => {}
    }
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(run(&words));
    ExitCode::SUCCESS
}

fn place() -> Option<Place> {
    Place::find(std::env::var_os("XDG_RUNTIME_DIR").as_deref(), &std::env::temp_dir())
}

async fn run(words: &[String]) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["use", provider, cache, rest @ ..] => {
            use_provider(Path::new(provider), Path::new(cache), rest).await;
        }
        ["list"] => {
            for spare in list(&place().expect("a place")).await {
                println!(
                    "{:?} {} {} {} {}",
                    spare.condition,
                    spare.process_id.unwrap_or(0),
                    spare.memory_bytes,
                    spare.ends_in_s,
                    spare.provider
                );
            }
        }
        ["stop"] => println!("{:?}", stop_all(&place().expect("a place")).await),
        _ => println!("see the head of the file"),
    }
}

/// Remembers whether there was a spare.
struct Watched {
    spares: Spares,
    found: AtomicBool,
}

#[async_trait]
impl SpareSource for Watched {
    async fn take(&self, options: &LaunchOptions) -> Option<Spare> {
        let spare = self.spares.take(options).await;
        self.found.store(spare.is_some(), Ordering::SeqCst);
        spare
    }

    fn recognise(&self, options: &LaunchOptions, configuration: &Configuration) -> Option<ConfigurationKey> {
        self.spares.recognise(options, configuration)
    }

    async fn take_configured(&self, options: &LaunchOptions, key: &ConfigurationKey) -> Option<Spare> {
        self.spares.take_configured(options, key).await
    }
}

async fn use_provider(provider: &Path, cache_directory: &Path, words: &[&str]) {
    let number = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.parse::<u64>().ok());
    let mut limits = Limits::default();
    if let Some(seconds) = number("idle=") {
        limits.idle = Duration::from_secs(seconds);
    }
    if let Some(bytes) = number("memory=") {
        limits.memory_bytes_max = bytes;
    }
    limits.reuse = number("reuse=").map(Duration::from_secs);
    let cache = Arc::new(SchemaCache::new(cache_directory));
    let spares = place().and_then(|place| {
        let cache_directory = PathBuf::from(cache_directory);
        Spares::new(SparesOptions { place, limits, cache: cache.clone(), cache_directory })
    });
    let watched = spares.map(|spares| Arc::new(Watched { spares, found: AtomicBool::new(false) }));
    let mut options =
        LaunchOptions::program(ProviderAddress::new("example.com", "test", "notes"), provider, "1.11.4");
    options.tls = !words.contains(&"plain");
    options.schema_cache = Some(cache);
    options.spares = watched.clone().map(|spares| spares as Arc<dyn SpareSource>);
    options.log_sink = Some(Arc::new(|line: &str| println!("log {}", line.trim_end())));
    let plugin = Plugin::launch(options);
    if words.contains(&"fresh") || limits.reuse.is_none() {
        start(&plugin, watched.as_deref()).await;
    }
    configure(&plugin, words).await;
    if words.contains(&"crash") {
        crash(&plugin).await;
    }
    if words.contains(&"hold") {
        let wait = || std::io::stdin().read_to_end(&mut Vec::new());
        let _ = tokio::task::spawn_blocking(wait).await;
    }
    if words.contains(&"stop") {
        plugin.stop().await;
    }
    if words.contains(&"fail") {
        plugin.shutdown().await;
    } else {
        plugin.give_back_or_shut_down().await;
    }
    if words.contains(&"leave")
        && let Some(watched) = watched
    {
        watched.spares.leave_behind();
    }
}

async fn start(plugin: &Plugin, watched: Option<&Watched>) {
    let began = Instant::now();
    plugin.start().await.expect("the provider starts");
    let came_from = match watched {
        Some(watched) if watched.found.load(Ordering::SeqCst) => "spare",
        Some(_) => "own",
        None => "nowhere else",
    };
    println!("{came_from} after {} ms", began.elapsed().as_millis());
}

async fn configure(plugin: &Plugin, words: &[&str]) {
    let prefix = words.iter().find_map(|word| word.strip_prefix("prefix="));
    let prefix = prefix.map_or(Value::null(Type::String), Value::string);
    let config = Value::object([("prefix", prefix)]);
    if plugin.reuse_configured(&config).await {
        println!("reused");
        return;
    }
    let (config, said) = plugin.validate_provider_config(config).await;
    println!("validated {}", said.is_empty());
    println!("configured {}", plugin.configure(config.clone()).await.is_empty());
    if words.contains(&"twice") {
        plugin.configure(config).await;
    }
}

async fn crash(plugin: &Plugin) {
    let schema = plugin.schema().await.expect("a schema");
    let ty = schema.resources.get("notes_note").expect("the type").block.object_type().clone();
    let value = |name: &str, ty: &Type| match name {
        "text" => Value::string("crash"),
        "line" => Value::list(ty.element().expect("an element").clone(), []),
        _ => Value::null(ty.clone()),
    };
    let planned = Value::object_of(ty.clone(), ty.attributes().iter().map(|(name, ty)| value(name, ty)));
    let request = ApplyRequest {
        identity: None,
        kind: "notes_note".into(),
        prior: Value::null(planned.ty()),
        config: planned.clone(),
        planned,
        private: b"p".to_vec(),
        meta: None,
    };
    let response = plugin.apply_resource_change(request).await;
    println!("{}", response.diagnostics[0].detail);
}
