//! Schemas as JSON. The document of the built-in provider was captured from Terraform, shortened.

use plumb_address::ProviderAddress;
use plumb_value::Type;

use super::notation::{Functions, lazy_table, schema};
use crate::*;

fn written(providers: &[(&ProviderAddress, &ProviderSchema)]) -> String {
    let mut out = Vec::new();
    write_provider_schemas(&mut out, providers.iter().copied()).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn nothing() {
    assert_eq!(written(&[]), r#"{"format_version":"1.0"}"#);
}

#[test]
fn the_built_in_provider() {
    let mut resources = SchemaTable::new();
    let data = "id string computed; input any optional; output any computed; triggers_replace any optional";
    resources.insert("terraform_data", Schema { version: 0, block: schema(data) });
    let parameter = FunctionParameter {
        name: "src".into(),
        ty: Type::String,
        allow_null: false,
        allow_unknown: false,
        description: String::new(),
        description_kind: TextKind::Plain,
    };
    let function = FunctionSignature {
        parameters: vec![parameter],
        variadic: None,
        returns: Type::Dynamic,
        summary: "Parse".to_owned(),
        description: "Takes `<text>`.".to_owned(),
        description_kind: TextKind::Plain,
        deprecation_message: String::new(),
    };
    let functions: Functions = [("decode_tfvars".into(), function)].into();
    let provider = ProviderSchema { resources, functions, ..ProviderSchema::default() };
    assert_eq!(
        written(&[(&ProviderAddress::implied("terraform"), &provider)]),
        concat!(
            r#"{"format_version":"1.0","provider_schemas":{"terraform.io/builtin/terraform":{"provider":{"version":0},"#,
            r#""resource_schemas":{"terraform_data":{"version":0,"block":{"attributes":{"id":{"type":"string","description_kind":"plain","computed":true},"#,
            r#""input":{"type":"dynamic","description_kind":"plain","optional":true},"output":{"type":"dynamic","description_kind":"plain","computed":true},"#,
            r#""triggers_replace":{"type":"dynamic","description_kind":"plain","optional":true}},"description_kind":"plain"}}},"#,
            r#""functions":{"decode_tfvars":{"description":"Takes `\u003ctext\u003e`.","summary":"Parse","return_type":"dynamic","parameters":[{"name":"src","type":"string"}]}}}}}"#,
        )
    );
}

#[test]
fn every_layout() {
    let text = "plain map(string) required sensitive; nested set n optional { c string optional write_only }; block list b { d number optional }";
    let mut block = schema(text);
    block.description = "Says <&>".to_owned();
    block.description_kind = TextKind::Markdown;
    block.deprecated = true;
    if let Some(nested) = block.blocks.get_mut("b") {
        (nested.min_items, nested.max_items) = (1, 2);
    }
    let provider = ProviderSchema {
        provider: Schema { version: 3, block }.into(),
        data_sources: lazy_table(&[("gone", ""), ("x_y", "a bool computed")]),
        ephemeral_resources: lazy_table(&[("gone", "")]),
        ..ProviderSchema::default()
    };
    let (one, two) = (ProviderAddress::implied("a"), ProviderAddress::implied("b"));
    let second = ProviderSchema::default();
    let text = written(&[(&one, &provider), (&two, &second)]);
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    assert_eq!(
        text,
        concat!(
            r#"{"format_version":"1.0","provider_schemas":{"registry.terraform.io/hashicorp/a":{"provider":{"version":3,"block":{"#,
            r#""attributes":{"n":{"nested_type":{"attributes":{"c":{"type":"string","description_kind":"plain","optional":true,"write_only":true}},"nesting_mode":"set"},"#,
            r#""description_kind":"plain","optional":true},"plain":{"type":["map","string"],"description_kind":"plain","required":true,"sensitive":true}},"#,
            r#""block_types":{"b":{"nesting_mode":"list","block":{"attributes":{"d":{"type":"number","description_kind":"plain","optional":true}},"description_kind":"plain"},"min_items":1,"max_items":2}},"#,
            r#""description":"Says \u003c\u0026\u003e","description_kind":"markdown","deprecated":true}},"#,
            r#""data_source_schemas":{"x_y":{"version":1,"block":{"attributes":{"a":{"type":"bool","description_kind":"plain","computed":true}},"description_kind":"plain"}}}},"#,
            r#""registry.terraform.io/hashicorp/b":{"provider":{"version":0,"block":{"description_kind":"plain"}}}}}"#,
        )
    );
}

#[test]
fn peeking_keeps_nothing() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let mut table = SchemaTable::new();
    table.insert_lazy("a", move || {
        counted.fetch_add(1, Ordering::Relaxed);
        Some(Schema::default())
    });
    assert!(table.peek("a").is_some() && table.peek("a").is_some());
    assert_eq!(count.load(Ordering::Relaxed), 2);
    assert!(table.get("a").is_some() && table.peek("a").is_some());
    assert_eq!(count.load(Ordering::Relaxed), 3);
}
