//! Objects that a program makes, such as machines: what the schema file names is run for them.
//!
//! The program is called with `create` or `delete` behind what is named, and reads the object as JSON. After
//! `create` it says as JSON which attributes it has given the object.

use std::io::Write as _;
use std::process::{Command, Stdio};

use plumb_value::{Value, json};
use serde_json::{Map, Value as Json};

use crate::definition::BlockDefinition;
use crate::upgrade::decode_leniently;

/// The object with what the program says of it.
pub(crate) fn create(program: &[String], object: &Value, block: &BlockDefinition) -> Result<Value, String> {
    let mut members = members(object, block)?;
    let said = run(program, "create", &members)?;
    let given: Map<String, Json> =
        serde_json::from_str(&said).map_err(|problem| format!("{said:?} is no JSON object: {problem}"))?;
    members.extend(given);
    decode_leniently(&Json::Object(members).to_string(), block)
}

/// Has the program end what it has made.
pub(crate) fn delete(program: &[String], object: &Value, block: &BlockDefinition) -> Result<(), String> {
    run(program, "delete", &members(object, block)?).map(drop)
}

fn members(object: &Value, block: &BlockDefinition) -> Result<Map<String, Json>, String> {
    let text = json::encode(object, &block.ty()).map_err(|problem| problem.to_string())?;
    serde_json::from_slice(&text).map_err(|problem| problem.to_string())
}

fn run(program: &[String], what: &str, object: &Map<String, Json>) -> Result<String, String> {
    let (name, arguments) = program.split_first().ok_or("no program is named")?;
    let mut command = Command::new(name);
    command.args(arguments).arg(what).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|problem| format!("{name}: {problem}"))?;
    if let Some(mut input) = child.stdin.take() {
        // Whoever does not read it does not want it.
        let _ = input.write_all(Json::Object(object.clone()).to_string().as_bytes());
    }
    let output = child.wait_with_output().map_err(|problem| format!("{name}: {problem}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{name} {what} ended with {}: {}", output.status, text(&output.stderr)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_says_what_an_object_has_become() {
        let block: BlockDefinition = serde_json::from_str(
            r#"{"attributes": {"id": {"type": "string", "computed": true}, "port": {"type": "number", "computed": true}}}"#,
        )
        .expect("a block");
        let object = decode_leniently(r#"{"id": "a-1"}"#, &block).expect("an object");
        let program = |text: &str| ["sh", "-c", text, "sh"].map(str::to_owned);
        let text = r#"read -r line; [ "$1" = create ] && case $line in *a-1*) echo '{"port": 22}';; esac"#;
        let made = create(&program(text), &object, &block).expect("it is made");
        assert_eq!(made, decode_leniently(r#"{"id": "a-1", "port": 22}"#, &block).expect("an object"));
        assert!(delete(&program("echo why >&2; exit 3"), &object, &block).unwrap_err().contains("why"));
        assert!(create(&program("echo no"), &object, &block).unwrap_err().contains("no JSON object"));
    }
}
