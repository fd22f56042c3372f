//! All containers that run on this machine.

use std::path::Path;

use plumb_diagnostics::Diagnostic;
use plumb_source::Span;
use serde_json::Value;

use super::{Reader, Source, program, typed};
use crate::name::quoted;
use crate::way::Engine;

/// Asks an engine what it runs.
pub(super) fn read(reader: &mut Reader<'_>, engine: Engine, span: Span, source: &Source) {
    let program = engine.program();
    // Podman writes a list, Docker an object in each line.
    let arguments = ["ps", "--format", "json"].map(str::to_owned);
    let Some(output) = program::run(reader, Path::new(program), &arguments, span) else { return };
    match names(&output) {
        Ok(names) if names.is_empty() => {
            let detail =
                format!("{program} runs no containers. Start them first, or name those that are meant.");
            reader.builder.report(Diagnostic::error("No containers", detail).at(span));
        }
        Ok(names) => {
            for name in names {
                typed::special(&mut reader.builder, &format!("@{program}/{name}"), span, source);
            }
        }
        Err(why) => {
            let detail = format!(
                "\"{program} ps --format json\" should have said which containers run, and {why}. Name the containers \
                 instead, as @{program}/NAME."
            );
            reader.builder.report(Diagnostic::error("Containers cannot be listed", detail).at(span));
        }
    }
}

/// The name of each container.
fn names(output: &str) -> Result<Vec<String>, String> {
    let stream = serde_json::Deserializer::from_str(output).into_iter::<Value>();
    let mut names = Vec::new();
    for value in stream {
        let value = value.map_err(|error| format!("its answer is no JSON: {error}"))?;
        let containers = if let Value::Array(containers) = value { containers } else { vec![value] };
        for container in containers {
            names.push(
                name(&container)
                    .ok_or_else(|| format!("one of them has no name: {}", quoted(&container.to_string())))?,
            );
        }
    }
    names.sort();
    Ok(names)
}

fn name(container: &Value) -> Option<String> {
    let names = container.get("Names")?;
    let first = names.as_str().or_else(|| names.as_array()?.first()?.as_str())?;
    // A container may have further names, from links to it.
    first.split(',').find(|name| !name.contains('/')).filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_are_understood() {
        let docker = "{\"Names\":\"web,other/link\",\"ID\":\"1\"}\n{\"Names\":\"db\",\"ID\":\"2\"}\n";
        assert_eq!(names(docker).expect("names"), ["db", "web"]);
        assert_eq!(names("[{\"Names\":[\"web\"]}]").expect("names"), ["web"]);
        assert!(names("").expect("none").is_empty() && names("[]").expect("none").is_empty());
        names("CONTAINER ID").expect_err("no JSON");
        names("{\"ID\": 1}").expect_err("no name");
    }
}
