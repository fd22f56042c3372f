//! Functions on files and paths. Files are seen through the world only.

use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plumb_value::{Type, Value};

use super::{Function, FunctionError, Invocation, Outcome, Parameter, glob, world};
use crate::describe::quote;

pub(super) fn functions() -> Vec<Function> {
    let path = || Parameter::new("path", Type::String);
    let of_path = |name, run| Function::new(name, Type::String, run).takes(path());
    vec![
        of_path("abspath", absolute_path).reads_world(),
        of_path("basename", |call| Ok(Value::string(base_name(call.text(0))))),
        of_path("dirname", |call| Ok(Value::string(directory_name(call.text(0))))),
        Function::new("file", Type::String, file).takes(path().with_marks()).reads_world(),
        Function::new("filebase64", Type::String, file_base64).takes(path().with_marks()).reads_world(),
        Function::new("fileexists", Type::Bool, file_exists).takes(path().with_marks()).reads_world(),
        Function::new("fileset", Type::set(Type::String), file_set)
            .takes(path().with_marks())
            .takes(Parameter::new("pattern", Type::String).with_marks())
            .reads_world(),
        of_path("pathexpand", expand).reads_world(),
    ]
}

/// The shortest path that means the same, by its text alone.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(".."),
            },
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => out.push(part),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

fn absolute_path(call: &Invocation<'_>) -> Outcome {
    let full = call.world.files.working_directory().join(call.text(0));
    Ok(Value::string(clean(&full).to_string_lossy().replace('\\', "/")))
}

fn base_name(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) }
}

fn directory_name(path: &str) -> String {
    let directory = path.rfind('/').map_or("", |end| &path[..=end]);
    clean(Path::new(directory)).to_string_lossy().into_owned()
}

fn expand(call: &Invocation<'_>) -> Outcome {
    let path = call.text(0);
    if !path.starts_with('~') {
        return Ok(Value::string(path));
    }
    let full = world::expand_home(path, call.world.files).map_err(FunctionError::call)?;
    Ok(Value::string(full.to_string_lossy().into_owned()))
}

fn file(call: &Invocation<'_>) -> Outcome {
    let text = world::read_text(call.text(0), 0, call.world.files)?;
    Ok(Value::string(text).with_marks(call.arguments[0].marks()))
}

fn file_base64(call: &Invocation<'_>) -> Outcome {
    let bytes = world::read(call.text(0), 0, call.world.files)?;
    Ok(Value::string(STANDARD.encode(bytes)).with_marks(call.arguments[0].marks()))
}

fn file_exists(call: &Invocation<'_>) -> Outcome {
    let path = world::expand_home(call.text(0), call.world.files)
        .map_err(|why| FunctionError::call(format!("failed to expand ~: {why}")))?;
    if call.world.files.is_directory(&path) {
        let message = format!("{} is a directory, not a file", quote(call.text(0)));
        return Err(FunctionError::call(message));
    }
    Ok(Value::bool(call.world.files.is_file(&path)).with_marks(call.arguments[0].marks()))
}

fn file_set(call: &Invocation<'_>) -> Outcome {
    let marks = call.arguments[0].marks() | call.arguments[1].marks();
    let (path, pattern) = (call.text(0), call.text(1));
    let base = clean(Path::new(path));
    let invalid =
        || FunctionError::call(format!("failed to glob pattern {}: syntax error in pattern", quote(pattern)));
    let found = glob::files(call.world.files, &base, pattern).ok_or_else(invalid)?;
    let names = found.into_iter().map(Value::string);
    Ok(Value::set(Type::String, names.collect::<Vec<_>>()).with_marks(marks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_by_their_text() {
        for (path, base, directory) in [
            ("a/b/c", "c", "a/b"),
            ("a", "a", "."),
            ("", ".", "."),
            ("/a", "a", "/"),
            ("a/b/", "b", "a/b"),
            ("/", "/", "/"),
        ] {
            assert_eq!(base_name(path), base, "{path}");
            assert_eq!(directory_name(path), directory, "{path}");
        }
        assert_eq!(clean(Path::new("a/./b/../../../c")), Path::new("../c"));
    }
}
