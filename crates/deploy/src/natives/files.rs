//! What there is at paths of a host, and files that are put there.

use plumb_host::{Answer, Content, Entry, EntryKind, FileChange, Question, Wanted};
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::none::{NoneOr, NoneType};
use plumb_starlark::language::values::structs::AllocStruct;
use plumb_starlark::language::values::{Heap, Value};

use serde_json::{Value as Json, json};

use super::changes::{declare, request};
use super::operation::look_anew;
use super::{content, error, pass};
use crate::known::FactKey;
use crate::pass::{Pass, PlannedEntry};
use crate::plan::{Action, Attribute, Change, Difference};

/// The family of all that is asked about paths.
pub(crate) const FAMILY: &str = "files";
/// Larger files are replaced without showing what was in them.
const SHOWN_BYTES_MAX: u64 = 256 * 1024;
/// Files of whose lines one is changed are handed over whole.
const EDITED_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// What there is, or is going to be, at a path.
fn look(pass: &Pass, path: &str, wanted: Wanted, eval: &Evaluator) -> starlark::Result<PlannedEntry> {
    let planned = {
        let state = pass.state.borrow();
        state.files.get(&state.place(path)).cloned()
    };
    let Some(planned) = planned else {
        return Ok(PlannedEntry::found(&asked(pass, path, wanted, eval)?));
    };
    touch(pass, path);
    // Its mode may be planned, and its content be as it was.
    if planned.kind == EntryKind::File && !planned.is_content_planned && wanted.sum {
        let found = PlannedEntry::found(&asked(pass, path, wanted, eval)?);
        return Ok(PlannedEntry { content: found.content, sha256: found.sha256, ..planned });
    }
    Ok(planned)
}

/// That will be at a path.
fn plan_for(pass: &Pass, path: &str, planned: PlannedEntry) {
    let mut state = pass.state.borrow_mut();
    let place = state.place(path);
    state.files.insert(place, planned);
}

/// A path is a family of its own: what an operation does to one file obscures no others.
fn touch(pass: &Pass, path: &str) {
    let mut state = pass.state.borrow_mut();
    state.touch(FAMILY);
    state.touch(path);
}

/// What there is. Whoever asked before may have found out enough.
fn asked(pass: &Pass, path: &str, wanted: Wanted, eval: &Evaluator) -> starlark::Result<Entry> {
    touch(pass, path);
    let login = pass.login_now();
    let (host, place) = {
        let state = pass.state.borrow();
        (state.host(), state.place(path))
    };
    let found = pass.state.borrow().found.get(&place).cloned();
    let known =
        found.into_iter().flatten().find(|(key, entry)| key.login == login && is_enough(entry, &wanted));
    if let Some((key, entry)) = known {
        pass.state.borrow_mut().use_fact(key);
        return Ok(entry);
    }
    let question = Question::Path(path.to_owned(), wanted);
    match pass.ask(question.clone(), FAMILY, eval)? {
        Answer::Path(entry) => {
            if let Some(recorder) = &pass.setting.recorder {
                recorder.path(path, &entry);
            }
            let found = (FactKey { host, login, question }, entry.clone());
            pass.state.borrow_mut().found.entry(place).or_default().push(found);
            Ok(entry)
        }
        Answer::Script { .. } => Err(error("a path was answered with a script")),
    }
}

/// Whether what was found out of a path says all that is wanted.
fn is_enough(entry: &Entry, wanted: &Wanted) -> bool {
    if entry.kind != EntryKind::File || !wanted.sum {
        return true;
    }
    match (&entry.sha256, &wanted.content_unless) {
        (None, _) => false,
        (Some(_), None) => true,
        (sum, Some((unless, bytes_max))) => {
            entry.content.is_some() || sum == unless || entry.size > *bytes_max
        }
    }
}

fn value<'v>(entry: &PlannedEntry, heap: Heap<'v>) -> Value<'v> {
    let text = |text: &Option<String>| text.as_deref().map_or_else(Value::new_none, |text| heap.alloc(text));
    let mode = entry.mode.map_or_else(Value::new_none, |mode| heap.alloc(format!("{mode:o}")));
    let known = entry.content.clone().map_or_else(Value::new_none, |known| content::value(known, heap));
    heap.alloc(AllocStruct([
        ("exists", Value::new_bool(!matches!(entry.kind, EntryKind::Absent))),
        ("kind", heap.alloc(entry.kind.name())),
        ("mode", mode),
        ("user", text(&entry.user)),
        ("group", text(&entry.group)),
        ("size", heap.alloc(entry.size)),
        ("modified", heap.alloc(entry.modified)),
        ("target", text(&entry.target)),
        ("sha256", text(&entry.sha256)),
        ("content", known),
    ]))
}

/// What there is, or is going to be, at a path, as JSON.
pub(super) fn look_json(pass: &Pass, path: &str, content: bool, eval: &Evaluator) -> starlark::Result<Json> {
    let wanted = if content { Wanted::content(None, EDITED_BYTES_MAX) } else { Wanted::nothing() };
    let entry = look(pass, path, wanted, eval)?;
    let text = |content: &Content| String::from_utf8_lossy(content.bytes()).into_owned();
    Ok(json!({
        "exists": !matches!(entry.kind, EntryKind::Absent),
        "kind": entry.kind.name(),
        "mode": entry.mode.map(|mode| format!("{mode:o}")),
        "user": entry.user,
        "group": entry.group,
        "size": entry.size,
        "target": entry.target,
        "sha256": entry.sha256,
        "content": entry.content.as_ref().map(text),
    }))
}

/// Permissions as people write them, in octal.
pub(crate) fn permissions(mode: &str) -> starlark::Result<u32> {
    let parsed = u32::from_str_radix(mode.trim_start_matches("0o"), 8).ok().filter(|mode| *mode <= 0o7777);
    parsed.ok_or_else(|| error(format!("`{mode}` is no mode: it is written in octal, as in \"644\"")))
}

/// The name of a user or group. A number is none: it would be compared with the name that it has.
fn owner<'a>(what: &str, name: Option<&'a str>) -> starlark::Result<Option<&'a str>> {
    let Some(name) = name else { return Ok(None) };
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || name.starts_with('-') || name.contains([':', '\n', '\0', '/']) {
        let why = if is_number { "a number or nothing" } else { "no name" };
        return Err(error(format!("`{name}` is {why}: {what} is the name of a {what}")));
    }
    Ok(Some(name))
}

/// What of a file's attributes is otherwise than it should be.
fn attributes(
    entry: &PlannedEntry,
    user: Option<&str>,
    group: Option<&str>,
    mode: Option<u32>,
) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    let mut compare = |name: &str, before: Option<String>, after: Option<String>| {
        if after.is_some() && before != after {
            attributes.push(Attribute { name: name.to_owned(), before, after });
        }
    };
    compare("user", entry.user.clone(), user.map(str::to_owned));
    compare("group", entry.group.clone(), group.map(str::to_owned));
    let octal = |mode: u32| format!("{mode:o}");
    compare("mode", entry.mode.map(octal), mode.map(octal));
    attributes
}

/// Has a file be given away and get its mode.
fn set_attributes(pass: &Pass, path: &str, attributes: &[Attribute]) -> starlark::Result<()> {
    let after = |name: &str| {
        attributes
            .iter()
            .find(|attribute| attribute.name == name)
            .and_then(|attribute| attribute.after.clone())
    };
    let mut script = Vec::new();
    let quoted = plumb_host::quoted([path]);
    let owner = match (after("user"), after("group")) {
        (Some(user), Some(group)) => Some(format!("{user}:{group}")),
        (Some(user), None) => Some(user),
        (None, Some(group)) => Some(format!(":{group}")),
        (None, None) => None,
    };
    if let Some(owner) = owner {
        script.push(format!("chown -h {} {quoted}", plumb_host::quoted([owner.as_str()])));
    }
    if let Some(mode) = after("mode") {
        script.push(format!("chmod {mode} {quoted}"));
    }
    let script = script.join(" && ");
    let names: Vec<&str> = attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    let summary = format!("set {}", names.join(", "));
    declare(pass, |current| Change {
        summary,
        attributes: attributes.to_vec(),
        difference: None,
        action: Action::Run { request: request(&script, false, &current.wrap, pass), shown: script },
    })
}

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// What there is at a path of the host: `exists`, `kind` ("file", "directory", "link", "other", "absent" or
    /// "denied"), `mode`, `user`, `group`, `size`, `modified`, and where it was asked for `sha256`, `content` and
    /// the `target` of a link. A content that is no longer than what is shown comes along, unless it is the one
    /// that is given; with `content = True` it comes along in any case.
    fn stat<'v>(
        path: &str,
        #[starlark(require = named)] unless: Option<Value<'v>>,
        #[starlark(require = named, default = false)] sha256: bool,
        #[starlark(require = named, default = false)] content: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(eval, "a file of a host")?;
        look_anew(pass, eval)?;
        let wanted = match unless.filter(|unless| !unless.is_none()) {
            Some(unless) => {
                let sum = super::content::of(unless)?.sha256().to_owned();
                Wanted::content(Some(sum), SHOWN_BYTES_MAX)
            }
            None if content => Wanted::content(None, EDITED_BYTES_MAX),
            None if sha256 => Wanted::sum(),
            None => Wanted::nothing(),
        };
        Ok(value(&look(pass, path, wanted, eval)?, eval.heap()))
    }

    /// Has the operation see to a file: what is in it, whose it is, its mode. Nothing is done where it is so.
    /// What is not said stays as it is; a new file gets mode 644. What was there is kept under the name of the
    /// backup. The content gets to its place only where the command that validates it, with `%s` for the
    /// file, finds nothing wrong.
    fn write_file<'v>(
        path: &str,
        content: Value<'v>,
        #[starlark(require = named, default = NoneOr::None)] user: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] group: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] mode: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] backup: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] validate: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        let pass = pass(eval, "a file of a host")?;
        let part = FilePart {
            content: super::content::of(content)?,
            user: user.into_option(),
            group: group.into_option(),
            mode: mode.into_option(),
            backup: backup.into_option(),
            validate: validate.into_option(),
        };
        see_to_file(pass, path, &part, eval)
    }

    /// Has the operation see to whose something is, and to its mode. Nothing is done where they are so.
    fn set_file_attributes<'v>(
        path: &str,
        #[starlark(require = named, default = NoneOr::None)] user: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] group: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] mode: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        let pass = pass(eval, "a file of a host")?;
        let (user, group) = (owner("user", user.into_option())?, owner("group", group.into_option())?);
        let mode = mode.into_option().map(permissions).transpose()?;
        let mut entry = look(pass, path, Wanted::nothing(), eval)?;
        let attributes = attributes(&entry, user, group, mode);
        if attributes.is_empty() {
            return Ok(false);
        }
        set_attributes(pass, path, &attributes)?;
        entry.set(user, group, mode);
        plan_for(pass, path, entry);
        Ok(true)
    }

    /// Says what is going to be at a path, once the operation is done.
    fn will_be<'v>(
        path: &str,
        kind: &str,
        #[starlark(require = named, default = NoneOr::None)] user: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] group: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] mode: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] target: NoneOr<&str>,
        #[starlark(require = named)] content: Option<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let pass = pass(eval, "a file of a host")?;
        let kinds =
            [EntryKind::Absent, EntryKind::File, EntryKind::Directory, EntryKind::Link, EntryKind::Other];
        let kind = kinds.into_iter().find(|known| known.name() == kind);
        let kind = kind.ok_or_else(|| error("a path is absent, a file, directory, link or other"))?;
        let mut planned =
            PlannedEntry { target: target.into_option().map(str::to_owned), ..PlannedEntry::new(kind) };
        if let Some(content) = content.filter(|content| !content.is_none()) {
            planned = planned.with_content(super::content::of(content)?);
        }
        let mode = mode.into_option().map(permissions).transpose()?;
        planned.set(user.into_option(), group.into_option(), mode);
        plan_for(pass, path, planned);
        Ok(NoneType)
    }

    /// A mode as it is compared: octal, without zeros before it.
    fn octal(mode: &str) -> starlark::Result<String> {
        Ok(format!("{:o}", permissions(mode)?))
    }
}

/// What an operation wants a file to be.
pub(super) struct FilePart<'a> {
    pub(super) content: Content,
    pub(super) user: Option<&'a str>,
    pub(super) group: Option<&'a str>,
    pub(super) mode: Option<&'a str>,
    pub(super) backup: Option<&'a str>,
    pub(super) validate: Option<&'a str>,
}

/// Has the operation see to a file. Returns whether there is something to do.
pub(super) fn see_to_file(
    pass: &Pass,
    path: &str,
    part: &FilePart<'_>,
    eval: &Evaluator,
) -> starlark::Result<bool> {
    let content = part.content.clone();
    let (user, group) = (owner("user", part.user)?, owner("group", part.group)?);
    let mode = part.mode.map(permissions).transpose()?;
    let wanted = Wanted::content(Some(content.sha256().to_owned()), SHOWN_BYTES_MAX);
    let entry = look(pass, path, wanted, eval)?;
    match entry.kind {
        EntryKind::File | EntryKind::Absent => {}
        EntryKind::Denied => {
            return Err(error(format!("nobody may look at {path}: one of the directories above is closed")));
        }
        EntryKind::Directory | EntryKind::Link | EntryKind::Other => {
            let there =
                if entry.kind == EntryKind::Other { "a device, pipe or socket" } else { entry.kind.name() };
            return Err(error(format!("{path} is no file, but a {there}").replace("a a ", "a ")));
        }
    }
    let attributes = attributes(&entry, user, group, mode);
    let is_there = entry.kind == EntryKind::File;
    if is_there && entry.sha256.as_deref() == Some(content.sha256()) {
        if attributes.is_empty() {
            return Ok(false);
        }
        set_attributes(pass, path, &attributes)?;
    } else {
        write(pass, path, &entry, &content, mode, (user, group), (part.backup, part.validate), attributes)?;
    }
    let mut planned = entry.with_content(content);
    planned.set(user, group, mode.or_else(|| (!is_there).then_some(0o644)));
    pass.state.borrow_mut().files.insert(path.to_owned(), planned);
    Ok(true)
}

/// Has the content of a file be put in its place.
fn write(
    pass: &Pass,
    path: &str,
    entry: &PlannedEntry,
    content: &Content,
    mode: Option<u32>,
    (user, group): (Option<&str>, Option<&str>),
    (backup, validate): (Option<&str>, Option<&str>),
    attributes: Vec<Attribute>,
) -> starlark::Result<()> {
    let is_there = entry.kind == EntryKind::File;
    let kept = |given: Option<&str>, before: &Option<String>| {
        given.map(str::to_owned).or_else(|| before.clone().filter(|_| is_there))
    };
    let file = FileChange {
        path: path.to_owned(),
        content: content.clone(),
        user: kept(user, &entry.user),
        group: kept(group, &entry.group),
        mode: mode.or(entry.mode.filter(|_| is_there)).unwrap_or(0o644),
        backup: backup.map(str::to_owned),
        validate: validate.map(str::to_owned),
    };
    let before = if is_there { entry.content.clone() } else { Some(Content::new(Vec::new())) };
    let difference = Difference { of: path.to_owned(), before, after: content.clone() };
    let summary = if is_there { "change its content" } else { "create" };
    declare(pass, |_| Change {
        summary: summary.to_owned(),
        attributes,
        difference: Some(difference),
        action: Action::Write(file),
    })
}
