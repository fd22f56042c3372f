//! Whatever is printed reads back as the same.

use std::sync::Arc;

use plumb_value::Value;
use proptest::prelude::*;

use crate::*;

fn name() -> impl Strategy<Value = Arc<str>> {
    // Words that begin other kinds of address cannot be types of resources there.
    "[a-zA-Zé_][a-zA-Z0-9_é-]{0,6}"
        .prop_filter("words with a meaning", |name| {
            ![
                "module",
                "data",
                "ephemeral",
                "resource",
                "var",
                "local",
                "each",
                "self",
                "path",
                "arg",
                "lazy",
            ]
            .contains(&name.as_str())
        })
        .prop_map(Into::into)
}

fn key() -> impl Strategy<Value = InstanceKey> {
    let text = prop_oneof![any::<String>(), "[$%{}\"\\\\\\n a.\\]]{0,8}"];
    prop_oneof![
        Just(InstanceKey::None),
        (0..=i64::MAX).prop_map(InstanceKey::Int),
        text.prop_map(|text| InstanceKey::String(Value::string(text).as_text().unwrap().clone())),
    ]
}

fn module() -> impl Strategy<Value = ModuleInstance> {
    prop::collection::vec((name(), key()).prop_map(|(name, key)| ModuleStep { name, key }), 0..4)
        .prop_map(|steps| ModuleInstance(steps.into()))
}

fn resource() -> impl Strategy<Value = Resource> {
    let mode = prop_oneof![Just(Mode::Managed), Just(Mode::Data), Just(Mode::Ephemeral)];
    (mode, name(), name()).prop_map(|(mode, kind, name)| Resource { mode, kind, name })
}

fn label() -> impl Strategy<Value = Arc<str>> {
    "[a-z0-9]{1,4}(-[a-z0-9]{1,4}){0,2}"
        .prop_filter("reserved", |label| !label.starts_with("terraform-"))
        .prop_map(Into::into)
}

fn provider() -> impl Strategy<Value = ProviderAddress> {
    (label(), label(), label()).prop_map(|(host, namespace, kind)| ProviderAddress { host, namespace, kind })
}

proptest! {
    #[test]
    fn instances(module in module(), resource in resource(), key in key()) {
        let address = AbsResourceInstance { module, resource, key };
        let text = address.to_string();
        prop_assert_eq!(AbsResourceInstance::parse(&text).unwrap(), address.clone());
        let whole = address.resource();
        prop_assert_eq!(AbsResource::parse(&whole.to_string()).unwrap(), whole);
        let block = address.config();
        prop_assert_eq!(ConfigResource::parse(&block.to_string()).unwrap(), block);
        let target = Target::parse(&text).unwrap();
        prop_assert_eq!(target.to_string(), text);
        prop_assert!(target.contains(&address));
    }

    #[test]
    fn modules_and_outputs(module in module(), name in name()) {
        prop_assert_eq!(ModuleInstance::parse(&module.to_string()).unwrap(), module.clone());
        let output = OutputAddress { module: module.clone(), name };
        prop_assert_eq!(OutputAddress::parse(&output.to_string()).unwrap(), output);
        prop_assert_eq!(ConfigModule::parse(&module.config().to_string()).unwrap(), module.config());
    }

    #[test]
    fn provider_configurations(
        module in module(), provider in provider(), alias in prop::option::of(name()), key in any::<String>(),
    ) {
        prop_assert_eq!(ProviderAddress::parse(&provider.to_string()).unwrap(), provider.clone());
        prop_assert_eq!(ProviderAddress::parse(&provider.for_display()).unwrap(), provider.clone());
        let address = ProviderConfigAddress::new(module.config(), provider, alias);
        prop_assert_eq!(ProviderConfigAddress::parse(&address.to_string()).unwrap(), address.clone());
        if address.alias.is_some() {
            let key = Value::string(key).as_text().cloned();
            let address = address.with_key(key);
            prop_assert_eq!(ProviderConfigAddress::parse(&address.to_string()).unwrap(), address);
        }
    }

    #[test]
    fn nothing_panics(text in any::<String>(), near in "[a-z.\\[\\]\"$%{}\\\\0-9 é-]{0,30}") {
        for text in [text, near] {
            let end = text.len();
            for error in [
                Target::parse(&text).err(),
                AbsResource::parse(&text).err(),
                ConfigResource::parse(&text).err(),
                ModuleInstance::parse(&text).err(),
                OutputAddress::parse(&text).err(),
                ProviderAddress::parse(&text).err(),
                ProviderConfigAddress::parse_any(&text).err(),
            ].into_iter().flatten() {
                prop_assert!(error.position <= end && text.is_char_boundary(error.position), "{text:?}: {error:?}");
            }
        }
    }
}
