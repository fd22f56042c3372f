//! The documents of operations, one for each module, made of what its code says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use plumb_deploy::reference::{Function, Module, Parameter, reference};

/// Where they lie.
const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations");

/// Writes them.
pub(crate) fn write() -> Result<()> {
    let documents = documents()?;
    fs::create_dir_all(DIRECTORY).context(DIRECTORY)?;
    for stale in present()?.into_iter().filter(|path| !documents.contains_key(path)) {
        fs::remove_file(&stale).with_context(|| stale.display().to_string())?;
    }
    for (path, text) in documents {
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Fails where they are not what would be written.
pub(crate) fn check() -> Result<()> {
    let documents = documents()?;
    let is_stale = |(path, text): &(&PathBuf, &String)| fs::read_to_string(path).ok().as_ref() != Some(*text);
    let mut stale: Vec<PathBuf> = documents.iter().filter(is_stale).map(|(path, _)| path.clone()).collect();
    stale.extend(present()?.into_iter().filter(|path| !documents.contains_key(path)));
    if stale.is_empty() {
        return Ok(());
    }
    bail!("{stale:?} are not what the code says: run cargo run -p plumb-xtask -- document-operations")
}

fn present() -> Result<Vec<PathBuf>> {
    if !Path::new(DIRECTORY).is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(DIRECTORY).context(DIRECTORY)?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

fn documents() -> Result<BTreeMap<PathBuf, String>> {
    let modules = |directory| reference(directory).map_err(|why| anyhow!("{}: {}", why.summary, why.detail));
    let (operations, facts) = (modules("@plumb//ops")?, modules("@plumb//facts")?);
    let path = |name: &str| Path::new(DIRECTORY).join(format!("{name}.md"));
    let mut documents: BTreeMap<PathBuf, String> =
        operations.iter().map(|module| (path(&module.name), operations_page(module))).collect();
    documents.insert(path("README"), index(&operations));
    documents.insert(path("facts"), facts_page(&facts));
    Ok(documents)
}

const NOTE: &str = "<!-- Made of the code by `cargo run -p plumb-xtask -- document-operations`. -->\n";

fn index(modules: &[Module]) -> String {
    let mut text = format!(
        "# Operations\n\n{NOTE}\n`load(\"@plumb//ops\", \"files\")` brings those of a module. Each takes the arguments that \
         [every operation has](../deploys.md#arguments-that-every-operation-has), too. Examples stand in a function `deploy(host)`, \
         and what they load at the top of its file. [Facts](facts.md) are what they look at.\n\n| module | for | operations |\n|---|---|---|\n"
    );
    for module in modules {
        let names: Vec<String> = module.functions.iter().map(|of| format!("`{}`", of.name)).collect();
        let summary = module.summary.trim_end_matches('.');
        text.push_str(&format!("| [{0}]({0}.md) | {summary} | {1} |\n", module.name, names.join(", ")));
    }
    text
}

fn operations_page(module: &Module) -> String {
    let name = &module.name;
    let mut text = format!("# {name}\n\n{NOTE}\n{}", introduction(module));
    text.push_str(&code(&format!("load(\"@plumb//ops\", \"{name}\")")));
    for function in &module.functions {
        text.push_str(&format!("\n## {name}.{}\n\n{}", function.name, function_text(function)));
    }
    text
}

fn facts_page(modules: &[Module]) -> String {
    let mut text = format!(
        "# Facts\n\n{NOTE}\n`load(\"@plumb//facts\", \"apt\")` brings those of a module; `plumb fact INVENTORY \
         apt.installed` shows one.\n"
    );
    for module in modules {
        text.push_str(&format!("\n## {}\n\n{}", module.name, introduction(module)));
        for function in &module.functions {
            let described = function.description.replace("\n\n", " ");
            let given: Vec<String> = function.parameters.iter().map(given).collect();
            let separator = if described.is_empty() { "" } else { ": " };
            text.push_str(&format!(
                "\n* `{}.{}({})`{separator}{described}",
                module.name,
                function.name,
                given.join(", ")
            ));
        }
        text.push('\n');
        let is_loading = module.examples.starts_with("load(");
        let load =
            format!("load(\"@plumb//facts\", \"{}\")\n{}", module.name, if is_loading { "" } else { "\n" });
        text.push_str(&code(&(load + &module.examples)));
    }
    text
}

fn introduction(module: &Module) -> String {
    let separator = if module.details.is_empty() { "" } else { "\n\n" };
    format!("{}{separator}{}\n", module.summary, module.details)
}

/// A block of code, if there is any.
fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\n```python\n{text}\n```\n") }
}

fn given(parameter: &Parameter) -> String {
    let default = parameter.default.as_deref().map(|default| format!(" = {default}"));
    format!("{}{}", parameter.name, default.unwrap_or_default())
}

fn function_text(function: &Function) -> String {
    let mut text = format!("{}\n{}", function.description, code(&function.examples));
    if function.parameters.is_empty() {
        return text;
    }
    text.push_str("\n| argument | type | default | meaning |\n|---|---|---|---|\n");
    for parameter in &function.parameters {
        let cell = |cell: &str| cell.replace('|', "\\|");
        let default = parameter.default.as_deref().map(|default| format!("`{}`", cell(default)));
        text.push_str(&format!(
            "| `{}` | `{}` | {} | {} |\n",
            parameter.name,
            cell(&parameter.kind),
            default.unwrap_or_default(),
            cell(&parameter.description)
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn documents_are_what_the_code_says() {
        super::check().unwrap_or_else(|why| panic!("{why}"));
    }
}
