//! Values as the console shows them, and how parts of objects differ. What the console shows was captured from
//! the peer.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{
    ConfigModule, InstanceKey, ModuleInstance, ProviderAddress, ProviderConfigAddress, Resource,
};
use plumb_diagnostics::TextStyle;
use plumb_plan::{Action, Change, ChangeReason, ChangeRecord, Plan, PlanOptions, StepGraph};
use plumb_schema::{Attribute, Block, NestedBlock, NestedType, Nesting, Schema};
use plumb_state::Output;
use plumb_value::{Marks, Number, Path, Type, Value};
use plumb_view::text::{Detail, format_value, raw_value, write_outputs, write_plan};

#[test]
fn values_look_as_they_would_be_written() {
    let object = |parts: Vec<(&'static str, Value)>| Value::object(parts);
    let cases: Vec<(Value, &str)> = vec![
        (Value::null(Type::Dynamic), "null"),
        (Value::null(Type::String), "tostring(null)"),
        (Value::null(Type::Number), "tonumber(null)"),
        (Value::null(Type::list(Type::String)), "tolist(null) /* of string */"),
        (Value::null(Type::object([("a", Type::String)])), "null /* object */"),
        (Value::unknown(Type::String), "(known after apply)"),
        (Value::number(1).with_marks(Marks::SENSITIVE), "(sensitive value)"),
        (Value::number(1).with_marks(Marks::EPHEMERAL), "(ephemeral value)"),
        (Value::bool(true), "true"),
        (Value::number(Number::parse("1.50").expect("a number")), "1.5"),
        (Value::string("é\t\"\\ ${x}"), r#""é\t\"\\ ${x}""#),
        (Value::list(Type::String, []), "tolist([])"),
        (Value::tuple([]), "[]"),
        (object(vec![]), "{}"),
        (Value::map::<&str>(Type::String, []), "tomap({})"),
        (Value::set(Type::Number, [Value::number(2), Value::number(1)]), "toset([\n  1,\n  2,\n])"),
        (Value::map(Type::String, [("k", Value::string("v"))]), "tomap({\n  \"k\" = \"v\"\n})"),
        (Value::string("multi\nline"), "<<EOT\nmulti\nline\nEOT"),
        (Value::string("EOT\nline"), "<<EOT_\nEOT\nline\nEOT_"),
        (
            object(vec![("a", Value::string("x\ny")), ("b", Value::tuple([Value::bool(true)]))]),
            "{\n  \"a\" = <<-EOT\n  x\n  y\n  EOT\n  \"b\" = [\n    true,\n  ]\n}",
        ),
    ];
    for (value, expected) in cases {
        assert_eq!(format_value(&value), expected, "{value:?}");
    }
}

#[test]
fn raw_values_are_for_scripts() {
    assert_eq!(raw_value(&Value::string("a\nb")).as_deref(), Some("a\nb"));
    assert_eq!(raw_value(&Value::number(5).with_marks(Marks::SENSITIVE)).as_deref(), Some("5"));
    assert_eq!(raw_value(&Value::bool(true)).as_deref(), Some("true"));
    assert_eq!(raw_value(&Value::tuple([])), None);
    assert_eq!(raw_value(&Value::null(Type::String)), None);
}

#[test]
fn outputs_hide_secrets() {
    let output = |value, sensitive| Output { value, sensitive };
    let outputs: BTreeMap<Arc<str>, Output> = BTreeMap::from([
        ("list".into(), output(Value::list(Type::String, [Value::string("a")]), false)),
        ("secret".into(), output(Value::string("hunter2"), true)),
    ]);
    let mut out = Vec::new();
    write_outputs(&mut out, &outputs).expect("can be written");
    assert_eq!(
        String::from_utf8(out).expect("is text"),
        "list = tolist([\n  \"a\",\n])\nsecret = <sensitive>\n"
    );
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

/// Attributes and blocks of every nesting.
fn schema() -> Schema {
    let attribute = |ty: Type| Attribute::new(ty);
    let item = || {
        BTreeMap::from([("name".into(), attribute(Type::String)), ("size".into(), attribute(Type::Number))])
    };
    let nested = |nesting| {
        let nested = NestedType { attributes: item(), nesting };
        Attribute { nested: Some(Box::new(nested.clone())), ..attribute(nested.implied_type()) }
    };
    let block = || Block { attributes: item(), ..Block::default() };
    let blocks = |nesting| NestedBlock { block: block(), nesting, min_items: 0, max_items: 0 };
    let block = Block {
        attributes: BTreeMap::from([
            ("id".into(), attribute(Type::String)),
            ("json".into(), attribute(Type::String)),
            ("list_of".into(), nested(Nesting::List)),
            ("map_of".into(), nested(Nesting::Map)),
            ("one".into(), nested(Nesting::Single)),
            ("password".into(), Attribute { sensitive: true, ..attribute(Type::String) }),
            ("set_of".into(), nested(Nesting::Set)),
            ("tags".into(), attribute(Type::map(Type::String))),
            ("text".into(), attribute(Type::String)),
        ]),
        blocks: BTreeMap::from([
            ("by_label".into(), blocks(Nesting::Map)),
            ("ordered".into(), blocks(Nesting::List)),
            ("single".into(), blocks(Nesting::Single)),
            ("unordered".into(), blocks(Nesting::Set)),
        ]),
        ..Block::default()
    };
    Schema { version: 0, block }
}

fn change(schema: &Arc<Schema>, action: Action, before: Value, after: Value, replace: Vec<Path>) -> Change {
    Change {
        address: Resource::managed("test_thing", "x")
            .in_module(ModuleInstance::root())
            .instance(InstanceKey::None),
        previous_address: None,
        deposed: None,
        provider: ProviderConfigAddress::new(ConfigModule::root(), ProviderAddress::implied("test"), None),
        action,
        reason: action.is_replace().then_some(ChangeReason::ReplaceBecauseCannotUpdate),
        before,
        after,
        requires_replace: replace,
        planned_private: Vec::new(),
        importing: None,
        generated_config: None,
        schema: schema.clone(),
        dependencies: Arc::new([]),
        create_before_destroy: false,
        unrefreshed: false,
    }
}

fn item(name: &str, size: u64) -> Value {
    Value::object([("name", Value::string(name)), ("size", Value::number(size))])
}

/// An object with these attributes, everything else null.
fn object(schema: &Schema, parts: Vec<(&str, Value)>) -> Value {
    let ty = schema.block.object_type();
    let part = |name: &str| parts.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone());
    Value::object(
        ty.attributes()
            .iter()
            .map(|(name, ty)| (name.clone(), part(name).unwrap_or_else(|| Value::null(ty.clone())))),
    )
}

fn shown(change: Change) -> String {
    let mut out = Vec::new();
    write_plan(&mut out, &plan(vec![change]), None, &TextStyle::PLAIN, Detail::Full).expect("can be written");
    let text = String::from_utf8(out).expect("is text");
    let start = text.find("  # test_thing").expect("the change is shown");
    text[start..].to_owned()
}

#[test]
fn every_nesting_is_shown_by_its_schema() {
    let schema = Arc::new(schema());
    let ty = item("", 0).ty();
    let sides = |names: [&str; 2], sizes: [u64; 2]| {
        let items = || names.iter().zip(sizes).map(|(name, size)| item(name, size));
        vec![
            ("by_label", Value::map(ty.clone(), names.iter().copied().zip(items()))),
            ("id", Value::string("i-1")),
            ("list_of", Value::list(ty.clone(), items())),
            ("map_of", Value::map(ty.clone(), names.iter().copied().zip(items()))),
            ("one", item(names[1], sizes[1])),
            ("ordered", Value::list(ty.clone(), items())),
            ("set_of", Value::set(ty.clone(), items())),
            ("single", item(names[1], sizes[1])),
            ("unordered", Value::set(ty.clone(), items())),
        ]
    };
    let before = object(&schema, sides(["a", "b"], [1, 2]));
    let after = object(&schema, sides(["a", "c"], [1, 2]));
    let replace = vec![Path::root().attribute("set_of"), Path::root().attribute("unordered")];
    insta::assert_snapshot!(shown(change(&schema, Action::DeleteThenCreate, before.clone(), after, replace)), @r#"
          # test_thing.x must be replaced
        -/+ resource "test_thing" "x" {
                id      = "i-1"
              ~ list_of = [
                  ~ {
                      ~ name = "b" -> "c"
                        # (1 unchanged attribute hidden)
                    },
                    # (1 unchanged element hidden)
                ]
              ~ map_of  = {
                  - "b" = {
                      - name = "b" -> null
                      - size = 2 -> null
                    },
                  + "c" = {
                      + name = "c"
                      + size = 2
                    },
                    # (1 unchanged element hidden)
                }
              ~ one     = {
                  ~ name = "b" -> "c"
                    # (1 unchanged attribute hidden)
                }
              ~ set_of  = [
                  - { # forces replacement
                      - name = "b" -> null
                      - size = 2 -> null
                    },
                  + { # forces replacement
                      + name = "c"
                      + size = 2
                    },
                    # (1 unchanged element hidden)
                ]

              - by_label "b" {
                  - name = "b" -> null
                  - size = 2 -> null
                }
              + by_label "c" {
                  + name = "c"
                  + size = 2
                }

              ~ ordered {
                  ~ name = "b" -> "c"
                    # (1 unchanged attribute hidden)
                }

              ~ single {
                  ~ name = "b" -> "c"
                    # (1 unchanged attribute hidden)
                }

              - unordered { # forces replacement
                  - name = "b" -> null
                  - size = 2 -> null
                }
              + unordered { # forces replacement
                  + name = "c"
                  + size = 2
                }

                # (3 unchanged blocks hidden)
            }

        Plan: 1 to add, 0 to change, 1 to destroy.
    "#);
    let nothing = Value::null(schema.block.implied_type());
    insta::assert_snapshot!(shown(change(&schema, Action::Delete, before, nothing, Vec::new())), @r#"
          # test_thing.x will be destroyed
          - resource "test_thing" "x" {
              - id      = "i-1" -> null
              - list_of = [
                  - {
                      - name = "a" -> null
                      - size = 1 -> null
                    },
                  - {
                      - name = "b" -> null
                      - size = 2 -> null
                    },
                ] -> null
              - map_of  = {
                  - "a" = {
                      - name = "a" -> null
                      - size = 1 -> null
                    },
                  - "b" = {
                      - name = "b" -> null
                      - size = 2 -> null
                    },
                } -> null
              - one     = {
                  - name = "b" -> null
                  - size = 2 -> null
                } -> null
              - set_of  = [
                  - {
                      - name = "a" -> null
                      - size = 1 -> null
                    },
                  - {
                      - name = "b" -> null
                      - size = 2 -> null
                    },
                ] -> null

              - by_label "a" {
                  - name = "a" -> null
                  - size = 1 -> null
                }
              - by_label "b" {
                  - name = "b" -> null
                  - size = 2 -> null
                }

              - ordered {
                  - name = "a" -> null
                  - size = 1 -> null
                }
              - ordered {
                  - name = "b" -> null
                  - size = 2 -> null
                }

              - single {
                  - name = "b" -> null
                  - size = 2 -> null
                }

              - unordered {
                  - name = "a" -> null
                  - size = 1 -> null
                }
              - unordered {
                  - name = "b" -> null
                  - size = 2 -> null
                }
            }

        Plan: 0 to add, 0 to change, 1 to destroy.
    "#);
}

#[test]
fn secrets_are_hidden_and_their_beginning_is_told() {
    let schema = Arc::new(schema());
    let secret = |text: &str| Value::string(text).with_marks(Marks::SENSITIVE);
    let before = object(
        &schema,
        vec![("password", Value::string("p1")), ("text", Value::string("t")), ("json", secret("same"))],
    );
    let after = object(
        &schema,
        vec![("password", Value::string("p2")), ("text", secret("t")), ("json", Value::string("same"))],
    );
    let text = shown(change(&schema, Action::Update, before, after, Vec::new()));
    assert!(!text.contains("p1") && !text.contains("p2") && !text.contains("\"t\""), "{text}");
    insta::assert_snapshot!(text, @r#"
          # test_thing.x will be updated in-place
          ~ resource "test_thing" "x" {
                # Warning: this value stops being sensitive: it will be shown from then on; nothing else about it changes
              ~ json     = (sensitive value)
              ~ password = (sensitive value)
                # Warning: this value becomes sensitive: it will be hidden from then on; nothing else about it changes
              ~ text     = (sensitive value)
            }

        Plan: 0 to add, 1 to change, 0 to destroy.
    "#);
}

#[test]
fn strings_show_what_they_say() {
    let schema = Arc::new(schema());
    let cases = [
        ("a\nb\nc", "a\nx\nc"),
        ("{\"a\": 1}", "{\"a\":1}"),
        ("{\"a\":1}", "{\"a\":[1]}"),
        ("{\"a\":1}", "plain"),
        ("one line", "two\nlines"),
        ("[]", "[1]"),
        ("", "was empty"),
    ];
    let side = |text: &str| object(&schema, vec![("text", Value::string(text))]);
    let mut all = String::new();
    for (before, after) in cases {
        let text = shown(change(&schema, Action::Update, side(before), side(after), Vec::new()));
        let body = text
            .split_once(
                "\"x\" {
",
            )
            .and_then(|(_, rest)| {
                rest.split_once(
                    "    }

Plan:",
                )
            });
        all.push_str(body.expect("the change has a body").0);
    }
    insta::assert_snapshot!(all, @r#"
              ~ text = <<-EOT
                    a
                  - b
                  + x
                    c
                EOT
              ~ text = jsonencode( # whitespace changes
                    {
                        a = 1
                    }
                )
              ~ text = jsonencode(
                  ~ {
                      ~ a = 1 -> [
                          + 1,
                        ]
                    }
                )
              ~ text = jsonencode(
                    {
                      - a = 1
                    }
                ) -> "plain"
              ~ text = <<-EOT
                  - one line
                  + two
                  + lines
                EOT
              ~ text = jsonencode(
                  ~ [
                      + 1,
                    ]
                )
              + text = "was empty"
    "#);
}

#[test]
fn hostile_values_do_no_harm() {
    let schema = Arc::new(schema());
    let deep = "[".repeat(100_000);
    let side = |text: &str| {
        object(
            &schema,
            vec![("text", Value::string(text)), ("tags", Value::unknown(Type::map(Type::String)))],
        )
    };
    let nested = format!("{}{}", "[".repeat(200), "]".repeat(200));
    shown(change(&schema, Action::Update, side(&deep), side(&nested), Vec::new()));
    for text in ["\u{1b}[2J", "\u{1b}[2J\n\0"] {
        let text = shown(change(&schema, Action::Update, side(text), side("x"), Vec::new()));
        assert!(!text.contains(['\u{1b}', '\0']), "{text}");
    }
}
