//! Signatures of functions.

use std::collections::BTreeMap;
use std::io::{self, Write};

use plumb_expression::{FunctionSignature, ParameterSignature};
use plumb_value::json::write_type;

use super::writer::{Members, array};

/// The version of the format, which programs check.
const FORMAT_VERSION: &str = "1.0";

/// All functions on one line, with a line break at the end. Each is there under its own name and, as
/// it can be called, under that with `core::` in front.
pub fn write_functions(out: &mut dyn Write, signatures: &[FunctionSignature]) -> io::Result<()> {
    let plain = signatures.iter().map(|signature| (signature.name.to_owned(), signature));
    let qualified = signatures.iter().map(|signature| (format!("core::{}", signature.name), signature));
    let by_name: BTreeMap<String, &FunctionSignature> = plain.chain(qualified).collect();
    let mut text = Vec::new();
    let mut members = Members::new(&mut text);
    members.string("format_version", FORMAT_VERSION);
    members.object("function_signatures", |members| {
        for (name, signature) in by_name {
            members.object(&name, |members| write_signature(members, signature));
        }
    });
    members.end();
    text.push(b'\n');
    out.write_all(&text)
}

fn write_signature(members: &mut Members<'_>, signature: &FunctionSignature) {
    members.string("description", signature.description);
    write_type(&signature.result, members.key("return_type"));
    if !signature.parameters.is_empty() {
        array(members.key("parameters"), &signature.parameters, write_parameter);
    }
    if let Some(parameter) = &signature.variadic {
        write_parameter(members.key("variadic_parameter"), parameter);
    }
}

fn write_parameter(text: &mut Vec<u8>, parameter: &ParameterSignature) {
    let mut members = Members::new(text);
    members.string("name", parameter.name);
    members.optional_string("description", parameter.description.unwrap_or_default());
    if parameter.is_nullable {
        members.plain("is_nullable", true);
    }
    write_type(&parameter.ty, members.key("type"));
    members.end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_value::Type;

    #[test]
    fn signatures_are_written_as_programs_expect() {
        let parameter =
            |name, ty, is_nullable| ParameterSignature { name, description: None, is_nullable, ty };
        let signature = FunctionSignature {
            name: "f",
            description: "Does it.",
            result: Type::list(Type::String),
            parameters: vec![parameter("a", Type::Number, false)],
            variadic: Some(parameter("more", Type::Dynamic, true)),
        };
        let mut out = Vec::new();
        write_functions(&mut out, &[signature]).expect("writes");
        let body = r#"{"description":"Does it.","return_type":["list","string"],"parameters":[{"name":"a","type":"number"}],"variadic_parameter":{"name":"more","is_nullable":true,"type":"dynamic"}}"#;
        assert_eq!(
            String::from_utf8(out).expect("is text"),
            format!(
                "{{\"format_version\":\"1.0\",\"function_signatures\":{{\"core::f\":{body},\"f\":{body}}}}}\n"
            )
        );
    }
}
