//! Functions of providers: `provider::NAME::FUNCTION(...)`.

use std::sync::Arc;

use plumb_configuration::Module;
use plumb_evaluator::{Environment, ProviderCaller};
use plumb_schema::{FunctionParameter, FunctionSignature};
use plumb_value::{Value, convert};

use crate::Providers;

/// The environment with functions called through these providers, unless it says otherwise.
pub fn with_provider_functions(environment: Environment, providers: &Arc<Providers>) -> Environment {
    if environment.call_provider.is_some() {
        return environment;
    }
    Environment { call_provider: Some(caller(providers.clone())), ..environment }
}

/// Evaluation does not wait for anything, so a call to a provider borrows the thread meanwhile.
fn caller(providers: Arc<Providers>) -> Arc<ProviderCaller> {
    Arc::new(move |module: &Module, provider: &str, function: &str, arguments: Vec<Value>| {
        let call = call(&providers, module, provider, function, arguments);
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(call))
    })
}

async fn call(
    providers: &Providers,
    module: &Module,
    provider: &str,
    function: &str,
    arguments: Vec<Value>,
) -> Result<Value, String> {
    let address = module.provider_address(provider);
    let first = |diagnostics: plumb_diagnostics::Diagnostics| {
        diagnostics
            .into_iter()
            .next()
            .map_or_else(String::new, |found| format!("{}: {}", found.summary, found.detail))
    };
    let schema = providers.schema(&address).await.map_err(first)?;
    let Some(signature) = schema.functions.get(function) else {
        let hint = plumb_diagnostics::did_you_mean(function, schema.functions.keys().map(|name| &**name));
        return Err(format!(
            "the provider {} has no function named \"{function}\".{hint}",
            address.for_display()
        ));
    };
    let arguments = fit(signature, arguments)?;
    // What a parameter says of unknown values concerns providers that defer their answers.
    if !arguments.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown(signature.returns.clone()));
    }
    let provider = providers.unconfigured(&address).await.map_err(first)?;
    provider.call_function(function, arguments).await.map_err(|error| match error.argument {
        Some(at) => match parameter(signature, at) {
            Some(parameter) => format!("invalid value for \"{}\" parameter: {}", parameter.name, error.text),
            None => error.text,
        },
        None => error.text,
    })
}

fn parameter(signature: &FunctionSignature, at: usize) -> Option<&FunctionParameter> {
    signature.parameters.get(at).or(signature.variadic.as_ref())
}

/// Converts the arguments to what the parameters take.
fn fit(signature: &FunctionSignature, arguments: Vec<Value>) -> Result<Vec<Value>, String> {
    let wanted = signature.parameters.len();
    if arguments.len() < wanted {
        let missing = &signature.parameters[arguments.len()].name;
        return Err(format!(
            "there are {} arguments and {wanted} are needed: \"{missing}\" is missing",
            arguments.len()
        ));
    }
    if arguments.len() > wanted && signature.variadic.is_none() {
        return Err(format!("there are {} arguments and the function takes {wanted}", arguments.len()));
    }
    let mut fitted = Vec::with_capacity(arguments.len());
    for (at, argument) in arguments.into_iter().enumerate() {
        let Some(parameter) = parameter(signature, at) else { continue };
        if argument.is_null() && !parameter.allow_null {
            return Err(format!(
                "invalid value for \"{}\" parameter: argument must not be null",
                parameter.name
            ));
        }
        let converted = convert(&argument, &parameter.ty).map_err(|error| {
            format!("invalid value for \"{}\" parameter: {}", parameter.name, error.message)
        })?;
        fitted.push(converted);
    }
    Ok(fitted)
}
