//! `-replace`: telling of addresses that name no instance although they look as if they did.

use std::fmt::Write as _;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, InstanceKey};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{Evaluator, Frame};

use crate::session::Session;

/// Warns where `-replace` names a resource that is repeated, without saying which of its instances
/// are meant. The resource is there, so this is hardly what was wanted.
pub(crate) async fn warn_of_replacements(evaluator: &Arc<Evaluator>, session: &Session) {
    let unkeyed = session.options.replace.iter().filter(|address| address.key == InstanceKey::None);
    for address in unkeyed {
        let module = evaluator.config().find(&address.module.config());
        let block = module.and_then(|module| module.resources.get(&address.resource));
        if block.is_none_or(|block| !block.repetition.has_keys())
            || !session.targeting.may_include(&address.resource())
        {
            continue;
        }
        let Ok(Some(node)) = evaluator.find_module(&address.module, &mut Frame::new()).await else {
            continue;
        };
        let keys = evaluator.resource_keys(&node, &address.resource, &mut Frame::new()).await;
        if let Some(keys) = keys {
            let instances = keys.entries.iter().map(|(key, _)| address.resource().instance(key.clone()));
            evaluator.report(lacks_key(address, &instances.collect::<Vec<_>>()));
        }
    }
}

fn lacks_key(address: &AbsResourceInstance, instances: &[AbsResourceInstance]) -> Diagnostic {
    let mut detail =
        format!("Your force-replace request for {address} doesn't match any resource instances because ");
    match instances {
        [] => detail.push_str("this resource doesn't have any instances."),
        [_] => detail.push_str(
            "it lacks an instance key.\n\nTo force replacement of the single declared instance, use the following option \
             instead:",
        ),
        _ => detail.push_str(
            "it lacks an instance key.\n\nTo force replacement of particular instances, use one or more of the following \
             options instead:",
        ),
    }
    for instance in instances {
        // Writing to a string cannot fail.
        let _ = write!(detail, "\n  -replace={:?}", instance.to_string());
    }
    Diagnostic::warning("Incompletely-matched force-replace resource instance", detail)
}
