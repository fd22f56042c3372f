//! What the library has, as its code documents it.

use plumb_diagnostics::Diagnostic;
use plumb_source::MemoryFiles;
use plumb_starlark::language::docs::{DocFunction, DocItem, DocMember, DocParam, DocString};
use plumb_starlark::language::values::Value;
use plumb_starlark::{Library as _, Limits, Loader};

use crate::library::OwnLibrary;
use crate::natives::{globals, is_documented};

/// A file of the library.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its name, as in `files`.
    pub name: String,
    /// What it is for, in a line.
    pub summary: String,
    /// More of that, for those who look for when to use it.
    pub details: String,
    /// How it is used, in code.
    pub examples: String,
    /// What it has.
    pub functions: Vec<Function>,
}

/// An operation or a fact.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name, without that of its file.
    pub name: String,
    /// What it does, in a line, and then in as many as it takes.
    pub description: String,
    /// How it is used, in code.
    pub examples: String,
    /// What it is given.
    pub parameters: Vec<Parameter>,
}

/// What a function is given.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, with stars before it where it stands for any number.
    pub name: String,
    /// Its type, as the language writes it.
    pub kind: String,
    /// What it is where nothing is said; none where something has to be.
    pub default: Option<String>,
    /// What it means.
    pub description: String,
}

/// What a directory of the library has, as in `@plumb//ops`.
///
/// # Errors
/// Where a file of the library cannot be loaded.
pub fn reference(directory: &str) -> Result<Vec<Module>, Box<Diagnostic>> {
    let (files, library, globals) = (MemoryFiles::new(), OwnLibrary, globals());
    let mut loader = Loader::new(&files, &library, &globals, Limits::default());
    let mut modules = Vec::new();
    for name in library.members(directory).unwrap_or_default() {
        let program = loader.member(directory, name).map_err(Box::new)?;
        let mut functions: Vec<Function> = program
            .public()
            .iter()
            .filter(|(_, value)| is_documented(value.value()))
            .filter_map(|(name, value)| function(name, value.value()))
            .collect();
        functions.sort_by(|one, other| one.name.cmp(&other.name));
        let said = Said::of(program.documentation());
        modules.push(Module {
            name: name.to_owned(),
            summary: said.summary,
            details: said.details,
            examples: said.examples,
            functions,
        });
    }
    Ok(modules)
}

fn function(name: &str, value: Value<'_>) -> Option<Function> {
    let DocItem::Member(DocMember::Function(documented)) = value.documentation() else { return None };
    let parameters = parameters(&documented);
    let said = Said::of(documented.docs);
    Some(Function {
        name: name.to_owned(),
        description: [said.summary, said.details].join("\n\n").trim().to_owned(),
        examples: said.examples,
        parameters,
    })
}

/// What a text for people has, beside what it says of arguments.
#[derive(Default)]
struct Said {
    summary: String,
    details: String,
    examples: String,
}

impl Said {
    fn of(docs: Option<DocString>) -> Self {
        docs.map_or_else(Said::default, |docs| Said {
            details: without_arguments(&docs.details.unwrap_or_default()).trim().to_owned(),
            summary: docs.summary,
            examples: docs.examples.unwrap_or_default(),
        })
    }
}

/// What is said beside the arguments.
fn without_arguments(details: &str) -> &str {
    details.split("Args:").next().unwrap_or_default()
}

fn parameters(documented: &DocFunction) -> Vec<Parameter> {
    let parameters = &documented.params;
    let plain = parameters.pos_only.iter().chain(&parameters.pos_or_named).map(|of| (of, ""));
    let all = plain
        .chain(parameters.args.iter().map(|of| (of, "*")))
        .chain(parameters.named_only.iter().map(|of| (of, "")))
        .chain(parameters.kwargs.iter().map(|of| (of, "**")));
    all.map(|(of, stars)| parameter(of, stars)).collect()
}

fn parameter(of: &DocParam, stars: &str) -> Parameter {
    let description = of.docs.as_ref().map(|docs| {
        let details = docs.details.as_deref().unwrap_or_default();
        format!("{} {details}", docs.summary).split_whitespace().collect::<Vec<_>>().join(" ")
    });
    Parameter {
        name: format!("{stars}{}", of.name),
        kind: of.typ.to_string(),
        default: of.default_value.clone(),
        description: description.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_documented() {
        let mut bare = Vec::new();
        for module in reference("@plumb//ops").unwrap() {
            if module.summary.is_empty() {
                bare.push(module.name.clone());
            }
            for function in &module.functions {
                let name = format!("{}.{}", module.name, function.name);
                if function.description.is_empty() {
                    bare.push(name.clone());
                }
                let silent = function.parameters.iter().filter(|parameter| parameter.description.is_empty());
                bare.extend(silent.map(|parameter| format!("{name}: {}", parameter.name)));
            }
        }
        for module in reference("@plumb//facts").unwrap() {
            let silent = module.functions.iter().filter(|function| function.description.is_empty());
            bare.extend(silent.map(|function| format!("{}.{}", module.name, function.name)));
        }
        assert!(bare.is_empty(), "{bare:#?}");
    }
}
