//! What can be told of provisioners before anything is applied.
//!
//! Responsible for checking what their blocks hold, and for having everything done first that they
//! refer to. What they come to is evaluated when they run: files that they name may be made until then.

use std::sync::Arc;

use plumb_address::AbsResourceInstance;
use plumb_configuration::{Body, Provisioner, ResourceBlock};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{Decoded, Evaluator, Frame, Scope};
use plumb_plan::Action;
use plumb_schema::Block;
use plumb_state::connection_schema;

use crate::Providers;
use crate::problems::{Place, provider_problems};
use crate::refresh::Failed;

/// Waits for everything that what runs after the creation refers to, so that it is done by then.
/// Whether all of it is there.
pub(crate) async fn await_provisioners(
    evaluator: &Arc<Evaluator>,
    block: &ResourceBlock,
    scope: &Scope,
    frame: &mut Frame,
) -> bool {
    let mut found = true;
    for provisioner in block.provisioners.iter().filter(|provisioner| !provisioner.when_destroy) {
        found &= evaluator.await_references(&provisioner.body, scope, frame).await;
        if let Some(connection) = provisioner.connection_over(block.connection.as_ref()) {
            found &= evaluator.await_references(&connection, scope, frame).await;
        }
    }
    found
}

/// Checks all provisioners that the configuration has, once each, while nothing is known.
pub(crate) fn check_provisioners(evaluator: &Evaluator, providers: &Providers) {
    let check = Unknowing { evaluator, providers, scope: Scope::module(evaluator.root()) };
    for module in &evaluator.config().modules {
        for block in module.resources.values() {
            check.all(&block.provisioners, block.connection.as_ref());
        }
    }
    check_removed_provisioners(evaluator, providers);
}

/// The same for those of what is no longer declared.
pub(crate) fn check_removed_provisioners(evaluator: &Evaluator, providers: &Providers) {
    let check = Unknowing { evaluator, providers, scope: Scope::module(evaluator.root()) };
    for removed in evaluator.config().modules.iter().flat_map(|module| &module.removed) {
        check.all(&removed.provisioners, removed.connection.as_ref());
    }
}

/// Checks while nothing is known.
struct Unknowing<'a> {
    evaluator: &'a Evaluator,
    providers: &'a Providers,
    scope: Scope,
}

impl Unknowing<'_> {
    fn all(&self, provisioners: &[Provisioner], shared: Option<&Body>) {
        let decode = |body: &Body, schema: &Block| self.evaluator.decode_unknown(body, schema, &self.scope);
        // Settings that nobody uses are not looked at.
        if let Some(shared) = shared.filter(|_| !provisioners.is_empty()) {
            decode(shared, connection_schema());
        }
        for provisioner in provisioners {
            if provisioner.connection.is_some()
                && let Some(connection) = provisioner.connection_over(shared)
            {
                decode(&connection, connection_schema());
            }
            let Some(kind) = self.providers.provisioners().get(&provisioner.kind) else { continue };
            let decoded = decode(&provisioner.body, kind.schema());
            ask(self.evaluator, self.providers, provisioner, &decoded);
        }
    }
}

/// Checks the provisioners of a block as far as that can be done without inputs; `scope` has an
/// object that nothing is known of.
pub(crate) async fn validate_provisioners(
    evaluator: &Arc<Evaluator>,
    providers: &Providers,
    block: &ResourceBlock,
    scope: &Scope,
    frame: &mut Frame,
) {
    let shared = block.connection.as_ref();
    // Settings that nobody uses are not looked at.
    if let Some(shared) = shared.filter(|_| !block.provisioners.is_empty()) {
        evaluator.decode(shared, connection_schema(), scope, frame).await;
    }
    for provisioner in &block.provisioners {
        if provisioner.connection.is_some()
            && let Some(connection) = provisioner.connection_over(shared)
        {
            evaluator.decode(&connection, connection_schema(), scope, frame).await;
        }
        let Some(kind) = providers.provisioners().get(&provisioner.kind) else { continue };
        let decoded = evaluator.decode(&provisioner.body, kind.schema(), scope, frame).await;
        ask(evaluator, providers, provisioner, &decoded);
    }
}

/// Asks the provisioner itself what it has to say.
fn ask(evaluator: &Evaluator, providers: &Providers, provisioner: &Provisioner, decoded: &Decoded) {
    let Some(kind) = providers.provisioners().get(&provisioner.kind).filter(|_| !decoded.failed) else {
        return;
    };
    let problems = kind.validate(&decoded.value.unmark_deep());
    let place = Place { body: Some(&provisioner.body), header: provisioner.span };
    // It is about what is written, not about any object.
    let problems = provider_problems(problems, place, "").into_iter();
    let problems: Diagnostics = problems.map(|problem| Diagnostic { address: None, ..problem }).collect();
    evaluator.report(problems);
}

/// Refuses to make or destroy an object for which a provisioner would have to run that cannot reach it:
/// doing half of what is asked for would be worse than nothing.
pub(crate) fn refuse_unreachable(
    evaluator: &Evaluator,
    providers: &Providers,
    provisioners: &[Provisioner],
    shared: Option<&Body>,
    address: &AbsResourceInstance,
    action: Action,
) -> Result<(), Failed> {
    let must_run = |one: &&Provisioner| {
        !one.continue_on_failure && if one.when_destroy { action.destroys() } else { action.creates() }
    };
    let mut result = Ok(());
    for provisioner in provisioners.iter().filter(must_run) {
        let Some(kind) = providers.provisioners().get(&provisioner.kind) else { continue };
        let Some(body) = provisioner.connection_over(shared).map(only_type) else { continue };
        let decoded = evaluator.decode_unknown(&body, &type_schema(), &Scope::module(evaluator.root()));
        let problems = kind.validate_connection(&decoded.value);
        if problems.iter().any(|problem| problem.is_error) {
            result = Err(Failed);
        }
        let place = Place { body: Some(&body), header: provisioner.span };
        evaluator.report(provider_problems(problems, place, address));
    }
    result
}

/// What a connection's type depends on, and nothing else.
fn only_type(mut connection: Body) -> Body {
    connection.attributes.retain(|name, _| &**name == TYPE);
    connection.blocks.clear();
    connection
}

fn type_schema() -> Block {
    let of_type = connection_schema().attributes.iter().filter(|(name, _)| &***name == TYPE);
    Block {
        attributes: of_type.map(|(name, attribute)| (name.clone(), attribute.clone())).collect(),
        ..Block::default()
    }
}

const TYPE: &str = "type";
