//! Plans of many changes, made of a few words.

use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::{Arc, LazyLock};

use plumb_address::{AbsResourceInstance, ConfigModule, ProviderAddress, ProviderConfigAddress};
use plumb_configuration::{Config, NoInstalledModules};
use plumb_plan::{Action, Change, ChangeReason, ChangeRecord, Plan, PlanOptions, StepGraph};
use plumb_schema::{Attribute, Block, Schema};
use plumb_source::{MemoryFiles, SourceMap};
use plumb_value::{Path, PathStep, Type, Value};

const ATTRIBUTES: [&str; 4] = ["id", "name", "size", "zone"];

static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let attribute = |name: &str| (name.into(), Attribute::new(Type::String));
    let block = Block { attributes: ATTRIBUTES.map(attribute).into(), ..Block::default() };
    Arc::new(Schema { version: 0, block })
});

pub(crate) fn address(text: &str) -> AbsResourceInstance {
    AbsResourceInstance::parse(text).expect("an address")
}

/// An object of which these attributes are not what they are by themselves.
fn object(of: &str, others: &[&str]) -> Value {
    Value::object(ATTRIBUTES.map(|name| {
        let version = if others.contains(&name) { "two" } else { "one" };
        (name, Value::string(format!("{name} {version} of {of}")))
    }))
}

/// A change of an object. Where it is changed or replaced, these attributes are the ones that differ.
pub(crate) fn change(action: Action, at: &str, attributes: &[&str]) -> Change {
    let schema = SCHEMA.clone();
    let null = || Value::null(schema.block.implied_type());
    let has_before = !matches!(action, Action::Create | Action::Read);
    let has_after = !matches!(action, Action::Delete | Action::Forget);
    let path = |name: &&str| Path(vec![PathStep::Attribute((*name).into())]);
    Change {
        address: address(at),
        previous_address: None,
        deposed: None,
        provider: ProviderConfigAddress::new(ConfigModule::root(), ProviderAddress::implied("test"), None),
        action,
        reason: action.is_replace().then_some(ChangeReason::ReplaceBecauseCannotUpdate),
        before: if has_before { object(at, &[]) } else { null() },
        after: if has_after { object(at, attributes) } else { null() },
        requires_replace: if action.is_replace() {
            attributes.iter().map(path).collect()
        } else {
            Vec::new()
        },
        planned_private: Vec::new(),
        importing: None,
        generated_config: None,
        schema,
        dependencies: Arc::new([]),
        create_before_destroy: false,
        unrefreshed: false,
    }
}

/// The plan with these changes, which it sorts.
pub(crate) fn plan(mut changes: Vec<Change>) -> Plan {
    changes.sort_by(|one, two| (&one.address, &one.deposed).cmp(&(&two.address, &two.deposed)));
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

/// A configuration of files.
pub(crate) fn config(files: &[(&str, &str)]) -> Config {
    let mut all = MemoryFiles::new();
    for (name, text) in files {
        all.insert(FilePath::new("/config").join(name), (*text).to_owned());
    }
    let (config, diagnostics) =
        plumb_configuration::load(&all, &SourceMap::new(), FilePath::new("/config"), &NoInstalledModules);
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");
    config
}
