//! Functions of the `terraform` provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_expression::{source_of, variables_source_of};
use plumb_schema::{FunctionParameter, FunctionSignature, TextKind};
use plumb_state::FunctionError;
use plumb_value::{Type, Value};

use super::decode;
use crate::framework::quoted;

pub(super) fn signatures() -> BTreeMap<Arc<str>, FunctionSignature> {
    [
        signature(
            "decode_tfvars",
            ("src", Type::String),
            Type::Dynamic,
            "Read the text of a `.tfvars` file",
            "Takes the text of a `.tfvars` file and returns an object with the values that it gives to variables.",
        ),
        signature(
            "encode_expr",
            ("value", Type::Dynamic),
            Type::String,
            "Write a value as an expression",
            "Takes any value and returns the text of an expression that comes close to it.",
        ),
        signature(
            "encode_tfvars",
            ("value", Type::Dynamic),
            Type::String,
            "Write an object as a `.tfvars` file",
            "Takes an object and returns the text of a `.tfvars` file that gives variables these values.",
        ),
    ]
    .into_iter()
    .collect()
}

fn signature(
    name: &str,
    parameter: (&str, Type),
    returns: Type,
    summary: &str,
    description: &str,
) -> (Arc<str>, FunctionSignature) {
    let parameter = FunctionParameter {
        name: parameter.0.into(),
        ty: parameter.1,
        allow_null: false,
        allow_unknown: false,
        description: String::new(),
        description_kind: TextKind::Plain,
    };
    let signature = FunctionSignature {
        parameters: vec![parameter],
        variadic: None,
        returns,
        summary: summary.to_owned(),
        description: description.to_owned(),
        description_kind: TextKind::Plain,
        deprecation_message: String::new(),
    };
    (name.into(), signature)
}

/// Calls a function with arguments that are not null.
pub(super) fn call(name: &str, arguments: &[Value]) -> Result<Value, FunctionError> {
    let refused = |text: String| FunctionError { text, argument: Some(0) };
    let Some(argument) = arguments.first().filter(|argument| !argument.is_null()) else {
        return Err(refused("argument must not be null".to_owned()));
    };
    match name {
        "decode_tfvars" => {
            let Some(text) = argument.as_str() else {
                return Err(refused("a string is required".to_owned()));
            };
            decode::variables(text).map_err(refused)
        }
        "encode_expr" => source_of(argument).map(Value::string).map_err(refused),
        "encode_tfvars" => variables_source_of(argument).map(Value::string).map_err(refused),
        _ => {
            let text = format!("This provider has no function named {}.", quoted(name));
            Err(FunctionError { text, argument: None })
        }
    }
}
