//! A plan as tests look at it.

use plumb_starlark::Sources;
use plumb_starlark::language::values::dict::AllocDict;
use plumb_starlark::language::values::list::AllocList;
use plumb_starlark::language::values::structs::AllocStruct;
use plumb_starlark::language::values::{Heap, Value};
use similar::TextDiff;

use crate::plan::{Action, Change, HostPlan, Operation, Verdict};

/// Lines around those of a difference that are shown.
const CONTEXT_LINES: usize = 3;

/// A plan, and how it is shown to people.
pub(super) fn value<'v>(plan: &HostPlan, text: &str, sources: &Sources, heap: Heap<'v>) -> Value<'v> {
    let operations: Vec<(Verdict, Value<'v>)> =
        plan.operations.iter().map(|one| (one.verdict(), operation(one, sources, heap))).collect();
    let of = |verdict| {
        let some = operations.iter().filter(|(of, _)| *of == verdict).map(|(_, value)| *value);
        heap.alloc(AllocList(some.collect::<Vec<_>>()))
    };
    let undecided = plan.undecided.as_ref().map(|(_, why)| why.as_str());
    heap.alloc(AllocStruct([
        ("operations", heap.alloc(AllocList(operations.iter().map(|(_, value)| *value).collect::<Vec<_>>()))),
        ("changes", of(Verdict::Changes)),
        ("may_change", of(Verdict::MayChange)),
        ("undecided", optional(undecided, heap)),
        ("printed", heap.alloc(AllocList(plan.printed.iter().map(String::as_str)))),
        ("text", heap.alloc(text)),
    ]))
}

fn optional<'v>(text: Option<&str>, heap: Heap<'v>) -> Value<'v> {
    text.map_or_else(Value::new_none, |text| heap.alloc(text))
}

fn operation<'v>(one: &Operation, sources: &Sources, heap: Heap<'v>) -> Value<'v> {
    let verdict = match one.verdict() {
        _ if one.is_left_out => "left out",
        Verdict::Ok => "ok",
        Verdict::Changes => "changes",
        Verdict::MayChange => "may change",
    };
    let place = sources.map().get(one.place.file);
    let place = place.map(|file| format!("{}:{}", file.path, file.position(one.place.start).line));
    heap.alloc(AllocStruct([
        ("name", heap.alloc(one.function.as_str())),
        ("title", heap.alloc(one.title.as_str())),
        ("verdict", heap.alloc(verdict)),
        ("why", optional(one.doubt.as_ref().map(|doubt| doubt.why.as_str()), heap)),
        ("user", heap.alloc(one.login.to_string())),
        ("place", optional(place.as_deref(), heap)),
        (
            "changes",
            heap.alloc(AllocList(one.changes.iter().map(|one| change(one, heap)).collect::<Vec<_>>())),
        ),
    ]))
}

fn change<'v>(one: &Change, heap: Heap<'v>) -> Value<'v> {
    let attributes: Vec<(Value<'v>, Value<'v>)> = one
        .attributes
        .iter()
        .map(|attribute| {
            let (before, after) = (attribute.before.as_deref(), attribute.after.as_deref());
            (heap.alloc(attribute.name.as_str()), heap.alloc((optional(before, heap), optional(after, heap))))
        })
        .collect();
    let text = |content: &plumb_host::Content| String::from_utf8(content.bytes().to_vec()).ok();
    let before = one.difference.as_ref().and_then(|difference| text(difference.before.as_ref()?));
    let after = one.difference.as_ref().and_then(|difference| text(&difference.after));
    let diff = before.as_deref().zip(after.as_deref()).map(|(before, after)| lines_between(before, after));
    let (command, path, mode) = match &one.action {
        Action::Run { shown, .. } => (Some(shown.clone()), None, None),
        Action::Write(file) => (None, Some(file.path.clone()), Some(format!("{:o}", file.mode))),
        Action::Fetch(fetch) => (None, Some(fetch.path.clone()), None),
        Action::Restart { shown, .. } => (Some(shown.clone()), None, None),
        Action::Rsync(rsync) => (None, Some(rsync.destination.clone()), None),
    };
    heap.alloc(AllocStruct([
        ("summary", heap.alloc(one.summary.as_str())),
        ("attributes", heap.alloc(AllocDict(attributes))),
        ("before", optional(before.as_deref(), heap)),
        ("after", optional(after.as_deref(), heap)),
        ("diff", optional(diff.as_deref(), heap)),
        ("command", optional(command.as_deref(), heap)),
        ("path", optional(path.as_deref(), heap)),
        ("mode", optional(mode.as_deref(), heap)),
    ]))
}

/// The lines that differ, with some around them, and signs before them.
pub(super) fn lines_between(before: &str, after: &str) -> String {
    let difference = TextDiff::from_lines(before, after);
    let mut text = String::new();
    for group in difference.grouped_ops(CONTEXT_LINES) {
        for change in group.iter().flat_map(|op| difference.iter_changes(op)) {
            text.push_str(&format!("{}{}\n", change.tag(), change.value().trim_end_matches('\n')));
        }
    }
    text
}
