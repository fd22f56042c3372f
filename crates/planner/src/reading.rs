//! Asking a provider for a data source, while planning and while applying alike.

use std::sync::Arc;

use plumb_address::{AbsResourceInstance, Mode, ProviderAddress};
use plumb_diagnostics::Diagnostics;
use plumb_schema::Schema;
use plumb_state::{DataRequest, DataResponse, Provider, ProviderDiagnostics};
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

/// What a provider says of a read, whoever asked for it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// About the configuration.
    problems: ProviderDiagnostics,
    /// `None` where the configuration was refused, so that nothing was read.
    response: Option<DataResponse>,
}

impl DataSource<'_> {
    /// What the provider has to say of its configuration, which may hold unknown values.
    pub async fn validate(&self, config: &Value) -> Diagnostics {
        provider_problems(self.problems(config.unmark_deep()).await, self.place, self.address)
    }

    async fn problems(&self, config: Value) -> ProviderDiagnostics {
        self.provider.validate_resource_config(Mode::Data, &self.address.resource.kind, config).await
    }

    /// Reads it. The configuration is wholly known, and its marks come along.
    pub async fn read(&self, config: &Value) -> (Reading, Diagnostics) {
        self.understand(self.ask(config).await, config)
    }

    /// Asks the provider. The answer is the same whatever the marks of the configuration.
    pub(crate) async fn ask(&self, config: &Value) -> Answer {
        let config = config.unmark_deep();
        let problems = self.problems(config.clone()).await;
        if problems.iter().any(|problem| problem.is_error) {
            return Answer { problems, response: None };
        }
        let kind = self.address.resource.kind.clone();
        let request = DataRequest { kind, config, meta: self.meta.cloned() };
        Answer { problems, response: Some(self.provider.read_data_source(request).await) }
    }

    /// What an answer means here.
    pub(crate) fn understand(&self, answer: Answer, config: &Value) -> (Reading, Diagnostics) {
        let mut diagnostics = provider_problems(answer.problems, self.place, self.address);
        let Some(response) = answer.response else { return (Reading::Failed, diagnostics) };
        diagnostics.append(provider_problems(response.diagnostics, self.place, self.address));
        if diagnostics.has_errors() {
            return (Reading::Failed, diagnostics);
        }
        let problem = if response.state.is_null() {
            "the object is null"
        } else if !response.state.is_wholly_known() {
            "parts of the object are unknown"
        } else {
            let object = schema_marked(&self.schema.block, &response.state.with_marks_at(&marks_of(config)));
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
