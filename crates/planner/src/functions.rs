//! Functions of providers: `provider::NAME::FUNCTION(...)`.

use std::sync::Arc;

use plumb_configuration::Module;
use plumb_evaluator::{Environment, ProviderCaller};
use plumb_expression::ProviderCallError;
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
) -> Result<Value, ProviderCallError> {
    if !module.settings.required_providers.contains_key(provider) {
        return Err(ProviderCallError::Unknown(format!(
            "There is no function \"provider::{provider}::{function}\": this module does not say which provider \
             \"{provider}\" is. Add an entry named \"{provider}\" to its required_providers."
        )));
    }
    let address = module.provider_address(provider);
    let first = |diagnostics: plumb_diagnostics::Diagnostics| {
        let found = diagnostics.into_iter().find(plumb_diagnostics::Diagnostic::is_error);
        let why = found.map_or_else(String::new, |found| format!("{}: {}", found.summary, found.detail));
        ProviderCallError::Failed(why)
    };
    let schema = providers.schema(&address).await.map_err(first)?;
    let Some(signature) = schema.functions.get(function) else {
        let hint = plumb_diagnostics::did_you_mean(function, schema.functions.keys().map(|name| &**name));
        return Err(ProviderCallError::Unknown(format!(
            "The function \"{function}\" is not available from the provider \"{provider}\" ({}).{hint}",
            address.for_display()
        )));
    };
    let arguments = fit(signature, arguments)?;
    // What a parameter says of unknown values concerns providers that defer their answers.
    if !arguments.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown(signature.returns.clone()));
    }
    let provider = providers.unconfigured(&address).await.map_err(first)?;
    provider.call_function(function, arguments).await.map_err(|error| {
        let at_fault = error.argument.and_then(|at| Some((at, parameter(signature, at)?)));
        match at_fault {
            Some((position, parameter)) => ProviderCallError::Argument {
                position,
                parameter: parameter.name.clone(),
                reason: error.text,
            },
            None => ProviderCallError::Failed(error.text),
        }
    })
}

fn parameter(signature: &FunctionSignature, at: usize) -> Option<&FunctionParameter> {
    signature.parameters.get(at).or(signature.variadic.as_ref())
}

/// Converts the arguments to what the parameters take.
fn fit(signature: &FunctionSignature, arguments: Vec<Value>) -> Result<Vec<Value>, ProviderCallError> {
    let wanted = signature.parameters.len();
    if let Some(missing) = signature.parameters.get(arguments.len()) {
        return Err(ProviderCallError::Missing(missing.name.clone()));
    }
    if arguments.len() > wanted && signature.variadic.is_none() {
        return Err(ProviderCallError::TooMany(wanted));
    }
    let mut fitted = Vec::with_capacity(arguments.len());
    for (position, argument) in arguments.into_iter().enumerate() {
        let Some(parameter) = parameter(signature, position) else { continue };
        let refuse = |reason: String| ProviderCallError::Argument {
            position,
            parameter: parameter.name.clone(),
            reason,
        };
        if argument.is_null() && !parameter.allow_null {
            return Err(refuse("argument must not be null".to_owned()));
        }
        fitted.push(convert(&argument, &parameter.ty).map_err(|error| refuse(error.to_string()))?);
    }
    Ok(fitted)
}
