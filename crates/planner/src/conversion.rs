//! Moved objects that become objects of another type or of another provider: their new provider
//! turns them into its own.

use std::sync::Arc;

use plumb_address::{AbsResourceInstance, ProviderAddress, ProviderConfigAddress};
use plumb_configuration::Config;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;
use plumb_state::{MoveRequest, Object, State};

use crate::Providers;
use crate::orphans::declared_block;
use crate::problems::{Place, provider_bug, provider_problems};

/// Where a moved object comes from, when its provider there is not the one that it has now or knew it
/// as another type.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) address: AbsResourceInstance,
    pub(crate) provider: ProviderAddress,
    /// The statement that moves it.
    pub(crate) statement: Span,
}

/// Has the objects that are recorded under an address converted.
pub(crate) async fn convert(
    state: &mut State,
    config: &Config,
    providers: &Providers,
    to: &AbsResourceInstance,
    origin: &Origin,
) -> Diagnostics {
    let Some(provider) = state.resources.get(&to.resource()).map(|resource| resource.provider.clone()) else {
        return Diagnostics::new();
    };
    let mut instance = state.instance(to).cloned().unwrap_or_default();
    // Instances of the other provider mean nothing to this one.
    instance.provider_key = None;
    let mut diagnostics = Diagnostics::new();
    let conversion = Conversion { config, providers, to, origin, provider: &provider };
    for object in instance.current.iter_mut().chain(instance.deposed.values_mut()) {
        match conversion.converted(object).await {
            Ok((converted, warnings)) => {
                *object = Arc::new(converted);
                diagnostics.append(warnings);
            }
            Err(problems) => {
                diagnostics.append(problems);
                break;
            }
        }
    }
    state.update_instance(to, &provider, |place| *place = instance);
    diagnostics
}

struct Conversion<'a> {
    config: &'a Config,
    providers: &'a Providers,
    to: &'a AbsResourceInstance,
    origin: &'a Origin,
    /// Whom the object belongs to from now on.
    provider: &'a ProviderConfigAddress,
}

impl Conversion<'_> {
    async fn converted(&self, object: &Object) -> Result<(Object, Diagnostics), Diagnostics> {
        let Conversion { to, origin, .. } = *self;
        let Some(block) = declared_block(self.config, &to.resource()) else {
            return Err(self.nobody_to_ask().into());
        };
        let address = &self.provider.provider;
        let schema = self.providers.block_schema(block).await?;
        let can_convert = self.providers.schema(address).await?.capabilities.move_resource_state;
        if !can_convert || object.flat {
            return Err(self.not_supported(object).into());
        }
        let provider = self.providers.unconfigured(address).await?;
        let response = provider
            .move_resource_state(MoveRequest {
                source_identity: object.identity.clone(),
                source_provider: origin.provider.to_string(),
                source_kind: origin.address.resource.kind.clone(),
                source_version: object.schema_version,
                source_json: object.attributes.clone(),
                source_private: object.private.clone(),
                target_kind: to.resource.kind.clone(),
            })
            .await;
        let diagnostics = provider_problems(response.diagnostics, Place::of(block), to);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let problem = if response.state.is_null() {
            Some("the object is null".to_owned())
        } else if !response.state.is_wholly_known() {
            Some("the object contains values that are not known".to_owned())
        } else {
            plumb_schema::coerce(&schema.block, &response.state)
                .err()
                .map(|(path, why)| format!("{path}: {why}"))
        };
        if let Some(problem) = problem {
            return Err(self.nonsense(problem).into());
        }
        // What was secret stays so, where it still has the same place.
        let value = response.state.with_marks_at(&object.sensitive);
        let encoded = Object::encode(&value, &schema.block.implied_type(), schema.version)
            .map_err(|error| Diagnostics::from(self.nonsense(error.to_string())))?;
        let converted = Object {
            status: object.status,
            private: response.private,
            dependencies: object.dependencies.clone(),
            create_before_destroy: object.create_before_destroy,
            identity: response.identity,
            ..encoded
        };
        Ok((converted, diagnostics))
    }

    fn not_supported(&self, object: &Object) -> Diagnostic {
        let Origin { address: from, provider, statement } = self.origin;
        let name = self.provider.provider.for_display();
        let detail = if object.flat {
            format!(
                "{from} is recorded in the form of Terraform 0.11, which no provider takes over. Apply once before you \
                 move it, so that it is recorded anew."
            )
        } else if from.resource.kind == self.to.resource.kind {
            format!(
                "{from} belongs to the provider {}, and the provider {name} does not take over objects of others. Remove \
                 the moved block; remove {from} from the state and import {} instead.",
                provider.for_display(),
                self.to
            )
        } else {
            format!(
                "{from} cannot become {}: the provider {name} does not turn objects of one type into objects of another. \
                 Remove the moved block; remove {from} from the state and import {} instead.",
                self.to, self.to
            )
        };
        Diagnostic::error("Unsupported `moved` across resource types", detail).at(*statement).on(self.to)
    }

    fn nobody_to_ask(&self) -> Diagnostic {
        Diagnostic::error(
            "Unsupported `moved` across resource types",
            format!(
                "{} is to become {}, which is not declared, so that no provider can be asked to turn one into the other. \
                 Declare it, or remove the moved block.",
                self.origin.address, self.to
            ),
        )
        .at(self.origin.statement)
        .on(self.to)
    }

    fn nonsense(&self, problem: String) -> Diagnostic {
        provider_bug(
            "Provider produced invalid object",
            &self.provider.provider.to_string(),
            &format!("returned an invalid object for {}, which was {}:", self.to, self.origin.address),
            &[problem],
        )
        .at(self.origin.statement)
        .on(self.to)
    }
}
