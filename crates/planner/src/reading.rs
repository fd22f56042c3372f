//! Asking a provider for a data source, while planning and while applying alike.

use std::sync::Arc;

use plumb_address::{AbsResourceInstance, Mode, ProviderAddress};
use plumb_diagnostics::Diagnostics;
use plumb_schema::Schema;
use plumb_state::{DataRequest, Provider};
use plumb_value::Value;

use crate::problems::{Place, provider_bug, provider_problems};
use crate::refresh::marks_of;
use crate::values::schema_marked;

/// A data source and whom to ask for it.
pub struct DataSource<'a> {
    /// The instance.
    pub address: &'a AbsResourceInstance,
    /// Whom to ask, configured.
    pub provider: &'a Arc<dyn Provider>,
    /// Its name, for messages.
    pub provider_address: &'a ProviderAddress,
    /// The schema of the type.
    pub schema: &'a Schema,
    /// Where it is declared.
    pub place: Place<'a>,
    /// The module's `provider_meta`.
    pub meta: Option<&'a Value>,
}

/// What came of reading a data source.
#[derive(Clone, Debug)]
pub enum Reading {
    /// The object, marks on.
    Object(Value),
    /// The provider has answered, and the answer is of no use.
    Useless,
    /// There is no answer, and it is said why.
    Failed,
}

impl DataSource<'_> {
    /// What the provider has to say of its configuration, which may hold unknown values.
    pub async fn validate(&self, config: &Value) -> Diagnostics {
        let kind = &self.address.resource.kind;
        let problems = self.provider.validate_resource_config(Mode::Data, kind, config.unmark_deep()).await;
        provider_problems(problems, self.place, self.address)
    }

    /// Reads it. The configuration is wholly known, and its marks come along.
    pub async fn read(&self, config: &Value) -> (Reading, Diagnostics) {
        let kind = &self.address.resource.kind;
        let marks = marks_of(config);
        let plain = config.unmark_deep();
        let mut diagnostics = self.validate(config).await;
        if diagnostics.has_errors() {
            return (Reading::Failed, diagnostics);
        }
        let request = DataRequest { kind: kind.clone(), config: plain, meta: self.meta.cloned() };
        let response = self.provider.read_data_source(request).await;
        diagnostics.append(provider_problems(response.diagnostics, self.place, self.address));
        if diagnostics.has_errors() {
            return (Reading::Failed, diagnostics);
        }
        let problem = if response.state.is_null() {
            "the object is null"
        } else if !response.state.is_wholly_known() {
            "parts of the object are unknown"
        } else {
            let object = schema_marked(&self.schema.block, &response.state.with_marks_at(&marks));
            return (Reading::Object(object), diagnostics);
        };
        diagnostics.push(
            provider_bug(
                "Provider produced invalid object",
                &self.provider_address.to_string(),
                &format!("returned an invalid object for {}:", self.address),
                &[problem.to_owned()],
            )
            .at(self.place.header)
            .on(self.address),
        );
        (Reading::Useless, diagnostics)
    }
}
