//! Files that a test gives.

use std::collections::HashMap;

use plumb_diagnostics::did_you_mean;
use plumb_host::{Content, Entry, EntryKind};
use plumb_starlark::language as starlark;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::dict::DictRef;

use crate::natives::{content_of, error, permissions, shown, to_json};

/// What is said of a path, beside its content alone.
const FIELDS: [&str; 9] =
    ["content", "group", "kind", "mode", "modified", "sha256", "size", "target", "user"];

/// What there is at paths. The directories that lead to what is there are there, too.
pub(super) fn files(given: Value<'_>) -> starlark::Result<HashMap<String, Entry>> {
    let dict = DictRef::from_value(given)
        .ok_or_else(|| error(format!("files are a dict from paths to contents, and not {}", shown(given))))?;
    let mut files = HashMap::new();
    for (path, value) in dict.iter() {
        let path = path.unpack_str().filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| error("what files are named by is a path that begins with a slash"))?;
        files.insert(path.to_owned(), entry(path, value)?);
    }
    let paths: Vec<String> = files
        .iter()
        .filter(|(_, entry)| entry.kind != EntryKind::Absent)
        .map(|(path, _)| path.clone())
        .collect();
    for path in paths {
        let above = path.match_indices('/').skip(1).map(|(at, _)| &path[..at]).chain(["/"]);
        for directory in above {
            files.entry(directory.to_owned()).or_insert_with(|| found(EntryKind::Directory));
        }
    }
    Ok(files)
}

fn found(kind: EntryKind) -> Entry {
    let mut entry = Entry::absent();
    entry.kind = kind;
    if !matches!(kind, EntryKind::Absent | EntryKind::Denied) {
        entry.user = "root".to_owned();
        entry.group = "root".to_owned();
        entry.mode = if kind == EntryKind::File { 0o644 } else { 0o755 };
    }
    entry
}

fn entry(path: &str, value: Value<'_>) -> starlark::Result<Entry> {
    if value.is_none() {
        return Ok(found(EntryKind::Absent));
    }
    let Some(fields) = DictRef::from_value(value) else {
        let mut entry = found(EntryKind::File);
        set_content(&mut entry, content_of(value)?);
        return Ok(entry);
    };
    for name in fields.keys() {
        let name = name.unpack_str().unwrap_or_default();
        if !FIELDS.contains(&name) {
            let hint = did_you_mean(name, FIELDS);
            return Err(error(format!("{path} has no `{name}`.{hint} It may have {}", FIELDS.join(", "))));
        }
    }
    let field = |name: &str| fields.get_str(name).filter(|value| !value.is_none());
    let text = |name: &str| {
        let wrong = |value| error(format!("{name} of {path} is text, and cannot be {}", shown(value)));
        field(name).map(|value| value.unpack_str().map(str::to_owned).ok_or_else(|| wrong(value))).transpose()
    };
    let number = |name: &str| {
        let wrong = |value| error(format!("{name} of {path} is a number, and cannot be {}", shown(value)));
        let number = |value: Value<'_>| to_json(value).and_then(|json| json.as_i64());
        field(name).map(|value| number(value).ok_or_else(|| wrong(value))).transpose()
    };
    let mut entry = found(kind(path, text("kind")?.as_deref())?);
    entry.target = text("target")?;
    if let Some(mode) = text("mode")? {
        entry.mode = permissions(&mode)?;
    }
    entry.user = text("user")?.unwrap_or(entry.user);
    entry.group = text("group")?.unwrap_or(entry.group);
    entry.modified = number("modified")?.unwrap_or_default();
    match field("content") {
        Some(content) => set_content(&mut entry, content_of(content)?),
        // What it is may be known by its sum alone.
        None if entry.kind == EntryKind::File => {
            let content = Content::new(Vec::new());
            let sum = text("sha256")?;
            if sum.is_none() {
                set_content(&mut entry, content);
            }
            entry.sha256 = sum.or(entry.sha256);
            entry.size = number("size")?.and_then(|size| u64::try_from(size).ok()).unwrap_or(entry.size);
        }
        None => {}
    }
    Ok(entry)
}

fn kind(path: &str, name: Option<&str>) -> starlark::Result<EntryKind> {
    use EntryKind::{Absent, Denied, Directory, File, Link, Other};
    let Some(name) = name else { return Ok(File) };
    let kinds = [Absent, Denied, Directory, File, Link, Other];
    kinds.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
        let known = kinds.map(EntryKind::name).join(", ");
        error(format!("{path} is of no kind `{name}`: there are {known}"))
    })
}

fn set_content(entry: &mut Entry, content: Content) {
    entry.size = content.bytes().len() as u64;
    entry.sha256 = Some(content.sha256().to_owned());
    entry.content = Some(content.bytes().clone());
}
