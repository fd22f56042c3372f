//! Facts that somebody asks for by name.

use serde_json::json;

/// Code that says a fact as JSON: what is asked for, as in `apt.installed`, is called with the words behind it
/// as code calls it. An error says what is wrong with the name.
pub fn fact_code(words: &[String]) -> Result<String, String> {
    let (name, arguments) = words.split_first().map_or(("", &[][..]), |(name, rest)| (name.as_str(), rest));
    let Some((file, function)) = name.split_once('.') else {
        return Err(format!("{name:?} is no fact: it is named with its file, as in apt.installed."));
    };
    if !is_name(file) || !is_name(function) {
        return Err(format!("{name:?} is no name of a fact."));
    }
    let written = |argument: &String| match argument.split_once('=').filter(|(name, _)| is_name(name)) {
        Some((name, value)) => format!("{name} = {}", json!(value)),
        None => json!(argument).to_string(),
    };
    let arguments: Vec<String> = arguments.iter().map(written).collect();
    Ok(format!(
        "load(\"@plumb//facts\", \"{file}\")\ndef deploy(host):\n    print(json.encode({file}.{function}({})))\n",
        arguments.join(", ")
    ))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
