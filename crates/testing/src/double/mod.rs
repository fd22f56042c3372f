//! What stands in for providers: mock providers, and overrides of single objects.

mod fill;
mod generate;
mod provider;

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, Mode, ProviderConfigAddress};
use plumb_configuration::suite::OverrideTarget;
use plumb_planner::{StandIn, StandIns};
use plumb_value::Value;

pub(crate) use generate::Generator;
use provider::Double;

/// What a test says of objects, in the place of a provider.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) values: Option<Value>,
    pub(crate) during_plan: bool,
}

/// A mock provider, its values evaluated.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mock {
    pub(crate) resources: BTreeMap<Arc<str>, Said>,
    pub(crate) data: BTreeMap<Arc<str>, Said>,
    pub(crate) overrides: Vec<(OverrideTarget, Said)>,
}

/// Everything that stands in for a provider in one run.
pub(crate) struct Doubles {
    /// By the address of the configuration in the root module.
    pub(crate) mocks: BTreeMap<ProviderConfigAddress, Mock>,
    /// Overrides of the run, then those of the file.
    pub(crate) overrides: Vec<Vec<(OverrideTarget, Said)>>,
    pub(crate) generator: Generator,
}

/// The override that names an object most closely, and of two the first.
fn find<'a>(
    overrides: impl Iterator<Item = &'a (OverrideTarget, Said)>,
    object: &AbsResourceInstance,
) -> Option<&'a Said> {
    let matching = overrides.filter(|(target, _)| target.contains(object));
    matching.min_by_key(|(target, _)| std::cmp::Reverse(target.keys())).map(|(_, said)| said)
}

impl Doubles {
    fn of(&self, config: &ProviderConfigAddress, object: &AbsResourceInstance) -> Option<Said> {
        let mock = self.mocks.get(&config.whole());
        let of_mock = mock.into_iter().flat_map(|mock| &mock.overrides);
        if let Some(said) = find(self.overrides.iter().flatten().chain(of_mock), object) {
            return Some(said.clone());
        }
        let mock = mock?;
        let by_type = || {
            let table = if object.resource.mode == Mode::Data { &mock.data } else { &mock.resources };
            table.get(&object.resource.kind)
        };
        let said = by_type().cloned();
        // What the test does not speak of is known when it is applied, whatever holds for the rest.
        Some(said.unwrap_or(Said { values: None, during_plan: false }))
    }
}

impl StandIns for Doubles {
    fn stand_in(&self, config: &ProviderConfigAddress, object: &AbsResourceInstance) -> Option<StandIn> {
        let said = self.of(config, object)?;
        let (object, generator) = (object.to_string(), self.generator);
        Some(Box::new(move |real| {
            Arc::new(Double { real, object, values: said.values, during_plan: said.during_plan, generator })
        }))
    }
}
