//! Signatures of all functions as data, for programs that help people to write configurations.

use plumb_value::Type;

use super::{Function, Parameter, SPECIAL, TABLE, descriptions};

/// What can be said of a function without calling it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSignature {
    /// What it is called.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// The type of its results; `Dynamic` where that depends on the arguments.
    pub result: Type,
    /// The parameters that every call has to give.
    pub parameters: Vec<ParameterSignature>,
    /// The parameter for any number of further arguments.
    pub variadic: Option<ParameterSignature>,
}

/// What can be said of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterSignature {
    /// What it is called.
    pub name: &'static str,
    /// What it is for, where that needs saying.
    pub description: Option<&'static str>,
    /// Whether null is an argument like any other.
    pub is_nullable: bool,
    /// What arguments are converted to.
    pub ty: Type,
}

/// The signatures of all functions that can be called, by name, sorted.
pub fn function_signatures() -> Vec<FunctionSignature> {
    let mut signatures: Vec<FunctionSignature> = TABLE
        .values()
        .filter_map(of_function)
        .chain(SPECIAL.iter().filter_map(|name| of_special(name)))
        .collect();
    signatures.sort_unstable_by_key(|signature| signature.name);
    signatures
}

/// Functions without a description are no part of the language.
fn of_function(function: &Function) -> Option<FunctionSignature> {
    let name = function.name;
    Some(FunctionSignature {
        name,
        description: descriptions::of_function(name)?,
        result: function.result_of_unknown(),
        parameters: function.parameters.iter().map(|parameter| of_parameter(name, parameter)).collect(),
        variadic: function.variadic.as_ref().map(|parameter| of_parameter(name, parameter)),
    })
}

fn of_parameter(function: &str, parameter: &Parameter) -> ParameterSignature {
    ParameterSignature {
        name: parameter.name,
        description: descriptions::of_parameter(function, parameter.name),
        is_nullable: parameter.allows_null(),
        ty: parameter.ty.clone(),
    }
}

/// What evaluation itself does has no entry in the table.
fn of_special(name: &'static str) -> Option<FunctionSignature> {
    let parameter = |parameter: &'static str, ty: Type| ParameterSignature {
        name: parameter,
        description: descriptions::of_parameter(name, parameter),
        is_nullable: false,
        ty,
    };
    let any = |name| parameter(name, Type::Dynamic);
    let (result, parameters, variadic) = match name {
        "can" => (Type::Bool, vec![any("expression")], None),
        "try" => (Type::Dynamic, Vec::new(), Some(any("expressions"))),
        "templatefile" => (Type::Dynamic, vec![parameter("path", Type::String), any("vars")], None),
        "templatestring" => (Type::String, vec![parameter("template", Type::String), any("vars")], None),
        _ => return None,
    };
    let description = descriptions::of_function(name)?;
    Some(FunctionSignature { name, description, result, parameters, variadic })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::function_names;

    #[test]
    fn nothing_is_left_out() {
        let names: Vec<&str> = function_signatures().iter().map(|signature| signature.name).collect();
        let expected: Vec<&str> =
            function_names().into_iter().filter(|name| !descriptions::UNDESCRIBED.contains(name)).collect();
        assert_eq!(names, expected);
    }

    fn shown_type(ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::Number => "number".to_owned(),
            Type::String => "string".to_owned(),
            Type::List(element) => format!("list({})", shown_type(element)),
            Type::Set(element) => format!("set({})", shown_type(element)),
            Type::Map(element) => format!("map({})", shown_type(element)),
            _ => "dynamic".to_owned(),
        }
    }

    fn shown(signature: &FunctionSignature) -> String {
        let parameter = |parameter: &ParameterSignature, dots: &str| {
            let null = if parameter.is_nullable { " or null" } else { "" };
            format!("{}{dots}: {}{null}", parameter.name, shown_type(&parameter.ty))
        };
        let fixed = signature.parameters.iter().map(|fixed| parameter(fixed, ""));
        let further = signature.variadic.iter().map(|variadic| parameter(variadic, "..."));
        let parameters: Vec<String> = fixed.chain(further).collect();
        format!("{}({}) = {}", signature.name, parameters.join(", "), shown_type(&signature.result))
    }

    /// Functions that OpenTofu alone has.
    const OPENTOFU: [&str; 3] = ["base64gunzip", "cidrcontains", "urldecode"];

    /// As `terraform metadata functions -json` of version 1.11.4 tells them.
    #[test]
    fn signatures_are_those_of_the_peer() {
        let expected: Vec<&str> = include_str!("signatures.txt").lines().collect();
        let shown: Vec<String> = function_signatures()
            .iter()
            .filter(|signature| !OPENTOFU.contains(&signature.name))
            .map(shown)
            .collect();
        assert_eq!(shown, expected);
    }
}
