//! What becomes of the files of a module: which are read, what override files change, which
//! provider configuration each resource gets, and that it stays quick.

use std::path::Path;
use std::time::Instant;

use plumb_address::{InstanceKey, Resource};
use plumb_configuration::{
    BodyShape, Config, IgnoreChanges, ImportTarget, ModuleId, NestedBlock, NoInstalledModules, Repetition,
    configuration_files, load,
};
use plumb_diagnostics::Diagnostics;
use plumb_source::{MemoryFiles, SourceMap};
use plumb_value::Value;

fn read(files: &MemoryFiles) -> (Config, SourceMap, Diagnostics) {
    let sources = SourceMap::new();
    let (config, diagnostics) = load(files, &sources, Path::new("."), &NoInstalledModules);
    (config, sources, diagnostics)
}

#[track_caller]
fn valid(files: &[(&str, &str)]) -> (Config, SourceMap) {
    let files =
        files.iter().fold(MemoryFiles::new(), |files, (path, text)| files.with(path, text.as_bytes()));
    let (config, sources, diagnostics) = read(&files);
    assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
    (config, sources)
}

#[test]
fn files_for_one_program_come_before_those_for_all() {
    #[track_caller]
    fn check(names: &[&str], expected: &[&str]) {
        let files = names.iter().fold(MemoryFiles::new(), |files, name| files.with(name, ""));
        assert_eq!(configuration_files(&files, Path::new(".")).expect("it can be listed"), expected);
    }
    check(&["b.tf", "a.tf", "notes.txt", ".hidden.tf", "a.tf~", "#a.tf#"], &["a.tf", "b.tf"]);
    check(&["a.tf", "a.tofu", "b.tf"], &["a.tofu", "b.tf"]);
    check(&["a.tf", "a.tofu", "a.plumb"], &["a.plumb"]);
    check(&["a.plumb", "a.tf", "c.tofu"], &["a.plumb", "c.tofu"]);
    check(&["a.tf", "a.tofu.json", "a.tf.json", "b.json"], &["a.tf", "a.tofu.json"]);
    check(
        &["override.tf.json", "a.tf.json", "a_override.tofu.json"],
        &["a.tf.json", "a_override.tofu.json", "override.tf.json"],
    );
    check(
        &["override.tf", "a_override.tf", "z.tf", "myoverride.tf", "a_override.tofu"],
        &["myoverride.tf", "z.tf", "a_override.tofu", "override.tf"],
    );
}

#[test]
fn files_in_json_are_read_beside_the_others() {
    let main =
        r#"{"locals": {"a": "${local.b}"}, "resource": {"x_y": {"one": {"size": 1, "tags": {"k": "v"}}}}}"#;
    let over = r#"{"resource": {"x_y": {"one": {"size": 2}}}}"#;
    let (config, _) = valid(&[
        ("main.tf.json", main),
        ("more.tf", "locals {\n  b = x_y.one.size\n}\n"),
        ("more_override.tf.json", over),
    ]);
    let module = config.root();
    assert_eq!(module.locals.len(), 2);
    let resource = module.resources.values().next().expect("a resource");
    let shape = Flat(&["size", "tags"]);
    let (body, problems) = resource.body.decided(&shape);
    assert!(problems.is_some_and(Diagnostics::is_empty));
    assert_eq!(body.attributes["size"].value.constant(), Some(Value::number(2)));
    assert_eq!(body.attributes.len(), 2);
}

#[test]
fn native_override_files_are_laid_over_json_and_the_other_way_round() {
    let native = "resource \"x_y\" \"one\" {\n  size = 1\n  rule {\n  }\n  dynamic \"part\" {\n    for_each = [1]\n    content {\n    }\n  }\n}\n";
    let json = r#"{"resource": {"x_y": {"one": {"size": 2, "rule": [{}, {}], "dynamic": {"part": {"for_each": [1, 2], "content": {}}}}}}}"#;
    for (main, over, size) in [("main.tf", "override.tf.json", 2), ("main.tf.json", "override.tf", 1)] {
        let text = |name: &str| if name.ends_with(".json") { json } else { native };
        let (config, _) = valid(&[(main, text(main)), (over, text(over))]);
        let resource = config.root().resources.values().next().expect("a resource");
        let (body, problems) = resource.body.decided(&Nested);
        assert!(problems.is_none_or(Diagnostics::is_empty), "{problems:?}");
        assert_eq!(body.attributes["size"].value.constant(), Some(Value::number(size)));
        assert_eq!(body.blocks.len(), if size == 2 { 3 } else { 2 }, "{over}: {body:?}");
    }
}

/// A schema of arguments alone.
struct Flat(&'static [&'static str]);

impl BodyShape for Flat {
    fn is_attribute(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    fn block(&self, _: &str) -> Option<(usize, Box<dyn BodyShape + '_>)> {
        None
    }

    fn names(&self) -> Vec<&str> {
        self.0.to_vec()
    }
}

/// An argument `size`, and blocks `rule` and `part` with nothing in them.
struct Nested;

impl BodyShape for Nested {
    fn is_attribute(&self, name: &str) -> bool {
        name == "size"
    }

    fn block(&self, name: &str) -> Option<(usize, Box<dyn BodyShape + '_>)> {
        ["rule", "part"].contains(&name).then(|| (0, Box::new(Flat(&[])) as Box<dyn BodyShape>))
    }

    fn names(&self) -> Vec<&str> {
        vec!["size", "rule", "part"]
    }
}

#[test]
fn only_what_is_of_the_same_kind_is_guessed_at() {
    #[track_caller]
    fn check(reference: &str, guess: Option<&str>) {
        let main = format!(
            "data \"a_thing\" \"known\" {{}}\nresource \"b_thing\" \"known\" {{}}\noutput \"o\" {{\n  value = {reference}.id\n}}\n"
        );
        let (_, _, diagnostics) = read(&MemoryFiles::new().with("main.tf", main));
        let details: Vec<&str> = diagnostics.iter().map(|found| &*found.detail).collect();
        assert_eq!(details.len(), 1, "{details:?}");
        let found = details[0].split_once("Did you mean ").map(|(_, name)| name.trim_matches(['"', '?']));
        assert_eq!(found, guess, "{}", details[0]);
    }
    check("data.a_thing.knwon", Some("data.a_thing.known"));
    check("data.b_thing.knwon", Some("data.a_thing.known"));
    check("b_thing.knwon", Some("b_thing.known"));
    check("a_thing.known", Some("data.a_thing.known"));
    check("data.b_thing.known", Some("b_thing.known"));
}

#[test]
fn override_files_win_argument_by_argument() {
    let (config, sources) = valid(&[
        (
            "main.tf",
            r#"
terraform {
  required_version = "> 99"
  backend "s3" {
    bucket = "x"
  }
  required_providers {
    a = { source = "x/a" }
    b = { source = "x/b" }
  }
}
variable "v" {
  type        = string
  default     = "5"
  description = "kept"
}
locals {
  one = 1
  two = 2
}
output "o" {
  value       = 1
  description = "kept"
}
provider "b" {
  alias = "west"
  zone  = 1
  kept  = 2
}
resource "a_thing" "x" {
  count = 3
  kept  = 1
  name  = "base"
  rule {
    port = 1
  }
  dynamic "disk" {
    for_each = []
    content {}
  }
  tag {}
  lifecycle {
    prevent_destroy       = true
    create_before_destroy = true
    precondition {
      condition     = local.one == 1
      error_message = "kept"
    }
  }
  provisioner "local-exec" {
    command = "base"
  }
}
module "m" {
  source = "./m"
  a      = 1
  b      = 2
}
"#,
        ),
        (
            "a_override.tf",
            r#"
locals {
  two = 3
}
resource "a_thing" "x" {
  for_each = {}
  name     = "first"
  rule {
    port = 2
  }
  rule {
    port = 3
  }
  disk {
    size = 1
  }
  lifecycle {
    prevent_destroy = false
  }
}
"#,
        ),
        (
            "override.tf",
            r#"
terraform {
  required_version = "> 1"
  cloud {}
  required_providers {
    b = { source = "y/b" }
    c = { source = "y/c" }
  }
}
variable "v" {
  type = number
}
locals {
  two = 4
}
output "o" {
  value = 2
}
provider "b" {
  alias = "west"
  zone  = 3
}
resource "a_thing" "x" {
  name = "second"
  provisioner "remote-exec" {}
}
module "m" {
  b = 3
}
"#,
        ),
        ("m/main.tf", "variable \"a\" {}\nvariable \"b\" {}\n"),
    ]);
    let root = config.root();
    let settings = &root.settings;
    assert_eq!(settings.required_versions.iter().map(|(text, _)| &**text).collect::<Vec<_>>(), ["> 1"]);
    assert!(settings.backend.is_none() && settings.cloud.is_some());
    let providers: Vec<String> = settings
        .required_providers
        .iter()
        .map(|(name, entry)| format!("{name} {}", entry.address.for_display()))
        .collect();
    assert_eq!(providers, ["a x/a", "b y/b", "c y/c"]);
    let variable = &root.variables["v"];
    assert_eq!(
        variable.default.as_ref().and_then(|value| value.as_number()).and_then(plumb_value::Number::to_i64),
        Some(5)
    );
    assert_eq!(variable.description.as_deref(), Some("kept"));
    assert_eq!(sources.text(root.locals["two"].value.span()), "4");
    assert_eq!(sources.text(root.outputs["o"].value.span()), "2");
    assert_eq!(root.outputs["o"].description.as_deref(), Some("kept"));
    let provider = &root.providers[&("b".into(), Some("west".into()))];
    assert_eq!(sources.text(provider.body.attributes["zone"].value.span()), "3");
    assert!(provider.body.attributes.contains_key("kept"));
    let block = &root.resources[&Resource::managed("a_thing", "x")];
    assert!(matches!(block.repetition, Repetition::Count(_)));
    assert_eq!(sources.text(block.body.attributes["name"].value.span()), "\"second\"");
    assert!(block.body.attributes.contains_key("kept"));
    let kinds: Vec<&str> = block
        .body
        .blocks
        .iter()
        .map(|block| match block {
            NestedBlock::Static(block) => &*block.kind,
            NestedBlock::Dynamic(block) => &*block.kind,
        })
        .collect();
    assert_eq!(kinds, ["tag", "rule", "rule", "disk"]);
    let prevents = block.lifecycle.prevent_destroy.as_ref().and_then(|prevent| prevent.value.constant());
    assert_eq!(prevents, Some(Value::bool(false)));
    assert_eq!(block.lifecycle.create_before_destroy, Some(true));
    assert_eq!(block.lifecycle.preconditions.len(), 1);
    assert_eq!(
        block.provisioners.iter().map(|provisioner| &*provisioner.kind).collect::<Vec<_>>(),
        ["remote-exec"]
    );
    let call = &root.calls["m"];
    assert_eq!(&*call.source, "./m");
    assert_eq!(sources.text(call.arguments["b"].value.span()), "3");
}

/// Most callers say nothing of providers that only their modules want.
#[test]
fn callers_need_not_name_the_providers_of_their_modules() {
    let (config, _) = valid(&[
        ("main.tf", "module \"m\" {\n  source = \"./m\"\n}\n"),
        ("m/main.tf", "module \"n\" {\n  source = \"./n\"\n}\n"),
        (
            "m/n/main.tf",
            "terraform {\n  required_providers {\n    cloud = { source = \"x/cloud\" }\n    other = { source = \"x/more\" }\n  }\n}\n\
             resource \"cloud_a\" \"a\" {}\nresource \"more_a\" \"a\" {\n  provider = other\n}\n",
        ),
    ]);
    let resources = config.modules.iter().flat_map(|module| module.resources.values());
    let found: Vec<String> = resources.map(|block| block.provider_config.to_string()).collect();
    let expected =
        ["provider[\"registry.terraform.io/x/cloud\"]", "provider[\"registry.terraform.io/x/more\"]"];
    assert_eq!(found, expected);
}

#[test]
fn each_resource_finds_its_provider_configuration() {
    let required = "terraform {\n  required_providers {\n    cloud = {\n      source = \"x/cloud\"\n      \
                    configuration_aliases = [cloud.far]\n    }\n  }\n}\n";
    let (config, _) = valid(&[
        (
            "main.tf",
            "terraform {\n  required_providers {\n    mycloud = { source = \"x/cloud\" }\n  }\n}\n\
             provider \"mycloud\" {}\nprovider \"mycloud\" {\n  alias = \"east\"\n}\n\
             resource \"mycloud_a\" \"plain\" {}\nresource \"mycloud_a\" \"named\" {\n  provider = mycloud.east\n}\n\
             resource \"other_a\" \"x\" {}\n\
             module \"m\" {\n  source    = \"./m\"\n  providers = { cloud.far = mycloud.east }\n}\n",
        ),
        (
            "m/main.tf",
            &format!(
                "{required}resource \"cloud_a\" \"plain\" {{}}\nresource \"cloud_a\" \"far\" {{\n  provider = cloud.far\n}}\n\
                 module \"n\" {{\n  source    = \"./n\"\n  providers = {{ cloud.far = cloud.far, cloud = cloud.far }}\n}}\n"
            ),
        ),
        (
            "m/n/main.tf",
            &format!(
                "{required}resource \"cloud_a\" \"plain\" {{}}\nresource \"cloud_a\" \"far\" {{\n  provider = cloud.far\n}}\n\
                 data \"terraform_remote_state\" \"s\" {{}}\n"
            ),
        ),
    ]);
    let mut found = Vec::new();
    for module in &config.modules {
        for block in module.resources.values() {
            let address = block.resource.in_config(module.path.clone());
            found.push(format!("{address} -> {}", block.provider_config));
        }
    }
    let cloud = "provider[\"registry.terraform.io/x/cloud\"]";
    assert_eq!(
        found,
        [
            &format!("mycloud_a.named -> {cloud}.east"),
            &format!("mycloud_a.plain -> {cloud}"),
            "other_a.x -> provider[\"registry.terraform.io/hashicorp/other\"]",
            &format!("module.m.cloud_a.far -> {cloud}.east"),
            &format!("module.m.cloud_a.plain -> {cloud}"),
            "module.m.module.n.data.terraform_remote_state.s -> provider[\"terraform.io/builtin/terraform\"]",
            &format!("module.m.module.n.cloud_a.far -> {cloud}.east"),
            &format!("module.m.module.n.cloud_a.plain -> {cloud}.east"),
        ]
    );
}

#[test]
fn every_block_says_what_was_written() {
    let (config, sources) = valid(&[(
        "main.tf",
        r#"
locals {
  text = <<-EOT
    hello
      there ${1 + 1}
    EOT
}
resource "a_b" "c" {
  for_each   = toset(["x"])
  depends_on = [local.text, a_b.d[0], path.module]
  dynamic "setting" {
    for_each = [1]
    iterator = it
    labels   = [it.key]
    content {
      value = it.value
      dynamic "inner" {
        for_each = it.value
        content {
          both = [it.key, inner.value, each.key]
        }
      }
    }
  }
  _ {
    count = 5
  }
  lifecycle {
    ignore_changes       = [tags["Name"], list[0].name, rule]
    replace_triggered_by = [a_b.d[0].id]
  }
}
resource "a_b" "d" {
  count = "${2}"
  lifecycle {
    ignore_changes = all
  }
}
moved {
  from = module.old["k"].a_b.c
  to   = a_b.c["x"]
}
removed {
  from = module.gone.a_b.z
  lifecycle {
    destroy = false
  }
}
import {
  for_each = { x = "id" }
  to       = a_b.c[each.key]
  id       = each.value
}
import {
  to = a_b.d[1]
  id = "two"
}
check "health" {
  data "a_probe" "p" {}
  assert {
    condition     = data.a_probe.p.ok
    error_message = "down"
  }
}
"#,
    )]);
    let root = config.root();
    let text = root.locals["text"].value.constant().expect("a constant");
    assert_eq!(text.as_str(), Some("hello\n  there 2\n"));
    let block = &root.resources[&Resource::managed("a_b", "c")];
    assert_eq!(
        block.depends_on.iter().map(|reference| &*reference.text).collect::<Vec<_>>(),
        ["local.text", "a_b.d[0]"]
    );
    let [NestedBlock::Dynamic(setting)] = &block.body.blocks[..] else { panic!("one dynamic block") };
    assert_eq!((&*setting.kind, &*setting.iterator, setting.labels.len()), ("setting", "it", 1));
    let NestedBlock::Dynamic(inner) = &setting.content.blocks[0] else { panic!("a dynamic block inside") };
    let references = inner.content.attributes["both"].value.references();
    assert_eq!(references.iter().map(|reference| &*reference.text).collect::<Vec<_>>(), ["each.key"]);
    assert!(block.body.attributes.contains_key("count"));
    let IgnoreChanges::Paths(paths) = &block.lifecycle.ignore_changes else { panic!("paths") };
    let paths: Vec<String> = paths.iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, [".tags[\"Name\"]", ".list[0].name", ".rule"]);
    let other = &root.resources[&Resource::managed("a_b", "d")];
    assert!(matches!(other.lifecycle.ignore_changes, IgnoreChanges::All));
    let moved = &root.moved[0];
    assert_eq!(moved.from.modules, [("old".into(), Some(InstanceKey::String("k".into())))]);
    assert_eq!(
        moved.to.resource,
        Some((Resource::managed("a_b", "c"), Some(InstanceKey::String("x".into()))))
    );
    assert!(!root.removed[0].destroy);
    assert!(matches!(&root.imports[0].to, ImportTarget::Keyed(address, key, _)
        if address.to_string() == "a_b.c" && sources.text(key.span()) == "each.key"));
    assert!(
        matches!(&root.imports[1].to, ImportTarget::Static(address, _) if address.to_string() == "a_b.d[1]")
    );
    assert_eq!(root.checks["health"].data, Some(Resource::data("a_probe", "p")));
}

#[test]
fn paths_of_modules_are_short_and_lead_back() {
    let (config, sources) = valid(&[
        ("main.tf", "module \"a\" {\n  source = \"./x/../modules/a\"\n}\n"),
        ("modules/a/main.tf", "module \"b\" {\n  source = \"../b\"\n}\n"),
        ("modules/b/main.tf", "output \"o\" {\n  value = 1\n}\n"),
    ]);
    let directories: Vec<String> =
        config.modules.iter().map(|module| module.directory.display().to_string()).collect();
    assert_eq!(directories, [".", "modules/a", "modules/b"]);
    let file = sources.get(config.module(ModuleId(2)).outputs["o"].span.file).expect("a file");
    assert_eq!(&*file.path, "modules/b/main.tf");
    assert_eq!(config.module(ModuleId(2)).path.to_string(), "module.a.module.b");
}

#[test]
fn a_module_that_is_called_often_is_read_once() {
    let calls: String =
        (0..500).map(|number| format!("module \"m{number}\" {{\n  source = \"./m\"\n}}\n")).collect();
    let files =
        MemoryFiles::new().with("main.tf", calls).with("m/main.tf", "output \"o\" {\n  value = nosuch\n}\n");
    let (config, sources, diagnostics) = read(&files);
    assert_eq!((config.modules.len(), sources.all().len(), diagnostics.len()), (501, 2, 1));
}

#[test]
fn modules_that_multiply_come_to_an_end() {
    let twice = |to: &str| {
        format!("module \"a\" {{\n  source = \"{to}\"\n}}\nmodule \"b\" {{\n  source = \"{to}\"\n}}\n")
    };
    let mut files = MemoryFiles::new().with("main.tf", twice("./l0"));
    for level in 0..40 {
        files.insert(format!("l{level}/main.tf"), twice(&format!("../l{}", level + 1)));
    }
    files.insert("l40/main.tf", "");
    let (config, _, diagnostics) = read(&files);
    assert!(config.modules.len() <= 100_000);
    let summaries: std::collections::BTreeSet<&str> =
        diagnostics.iter().map(|diagnostic| &*diagnostic.summary).collect();
    assert_eq!(summaries, ["Too many module calls"].into());
}

/// Not a matter of seconds but of growth: four times as much may take about four times as long.
#[test]
fn many_files_take_no_more_than_their_share() {
    let build = |count: usize| {
        let mut files = MemoryFiles::new();
        for number in 0..count {
            let previous = number.saturating_sub(1);
            files.insert(
                format!("file{number}.tf"),
                format!(
                    "variable \"v{number}\" {{\n  default = 1\n}}\nlocals {{\n  l{number} = var.v{previous}\n}}\n\
                     resource \"a_b\" \"r{number}\" {{\n  name = \"${{local.l{number}}}-${{a_b.r{previous}.id}}\"\n}}\n\
                     output \"o{number}\" {{\n  value = nosuch.x{number}\n}}\n"
                ),
            );
        }
        let start = Instant::now();
        let (config, _, diagnostics) = read(&files);
        assert_eq!((config.root().locals.len(), diagnostics.len()), (count, count));
        start.elapsed()
    };
    let (small, large) = (build(500), build(2_000));
    assert!(large < small * 12, "{small:?} {large:?}");
}
