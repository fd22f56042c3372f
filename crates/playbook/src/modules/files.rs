//! Files.

use super::templates::template;
use super::{Arguments, Found, Operation, is_present};
use crate::code::{Expr, Level};
use crate::jinja;
use crate::prelude::Helper;

pub(super) fn operation(module: &str, arguments: &mut Arguments<'_>) -> Found {
    Some(match module {
        "copy" => copy(arguments),
        "template" => template(arguments),
        "file" => file(arguments),
        "lineinfile" => line(arguments),
        "blockinfile" => block(arguments),
        "replace" => replace(arguments),
        "get_url" => download(arguments),
        "unarchive" => unarchive(arguments),
        "synchronize" => synchronize(arguments),
        "fetch" => fetch(arguments),
        _ => return None,
    })
}

/// A file of this machine, as code says where it is.
pub(super) fn local(arguments: &Arguments<'_>, kind: &str, src: Expr) -> Expr {
    match src.literal() {
        Some(name) => {
            let found = arguments.places.find(kind, name.trim_end_matches('/'));
            Expr::text(found.map_or_else(|| arguments.places.said(kind, name), |(said, _)| said))
        }
        None => {
            let base = arguments.places.said(kind, "");
            if base.is_empty() { src } else { Expr::text(base).binary("+", &src, Level::Sum) }
        }
    }
}

/// What operations that write files have in common.
pub(super) fn written(arguments: &mut Arguments<'_>, operation: Operation) -> Result<Operation, String> {
    let operation = arguments.owner(operation)?;
    let operation = operation.flag("backup", arguments.flag(&["backup"])?, false);
    let validate = arguments.text(&["validate"])?;
    arguments.ignore(&["follow", "unsafe_writes", "decrypt", "local_follow", "checksum"]);
    Ok(operation.maybe("validate", validate))
}

/// A path that ends with a slash is a directory, which something is put into under its own name.
pub(super) fn into(dest: Expr, src: &Expr) -> Expr {
    let Some(src) = src.literal() else { return dest };
    let name = src.trim_end_matches('/').rsplit('/').next().unwrap_or(src);
    match dest {
        Expr::Text(path) if path.ends_with('/') => Expr::text(format!("{path}{name}")),
        Expr::Format(format, values) if format.ends_with('/') => {
            Expr::Format(format!("{format}{}", name.replace('%', "%%")), values)
        }
        other => other,
    }
}

fn copy(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let dest = arguments.need(&["dest"])?;
    let written_out = arguments.written("content").and_then(|text| jinja::written_out(text, arguments.scope));
    let is_structure = matches!(written_out, Some(Expr::List(_) | Expr::Dict(_)));
    if let Some(text) = arguments.get(&["content"])? {
        let text = match text {
            text if is_structure || matches!(text, Expr::List(_) | Expr::Dict(_)) => {
                arguments.used.helpers.insert(Helper::ToJson);
                Expr::call(Helper::ToJson.name(), vec![text])
            }
            other => other,
        };
        let operation = Operation::new("files.write").of(dest).with("text", text);
        return Ok(vec![written(arguments, operation)?]);
    }
    let src = arguments.need(&["src"])?;
    if arguments.is_set(&["remote_src"])? {
        let name = into(dest.clone(), &src);
        let copied =
            Operation::new("files.copy").of(src).with("dest", dest).with("overwrite", Expr::Bool(true));
        let has_more = ["owner", "group", "mode"].iter().any(|name| arguments.has(name));
        let attributes = arguments.owner(Operation::new("files.file").of(name))?;
        arguments.ignore(&["backup", "force"]);
        return Ok(if has_more { vec![copied, attributes] } else { vec![copied] });
    }
    let is_directory = src
        .literal()
        .is_some_and(|name| name.ends_with('/') || arguments.places.find("files/", name).is_some());
    let is_tree = src.literal().is_some_and(|name| name.ends_with('/'));
    let name = src.literal().map(str::to_owned);
    let into_it = into(dest.clone(), &src);
    let from = trimmed(local(arguments, "files", src));
    arguments.ignore(&["force"]);
    if is_directory {
        // Without a slash at its end the directory itself goes there, and not only what is in it.
        let last = name.as_deref().map(|name| name.rsplit('/').next().unwrap_or(name));
        let dest = match (trimmed(dest), last) {
            (Expr::Text(dest), Some(name)) if !is_tree => Expr::text(format!("{dest}/{name}")),
            (Expr::Format(dest, values), Some(name)) if !is_tree => {
                let dest = dest.trim_end_matches('/');
                Expr::Format(format!("{dest}/{}", name.replace('%', "%%")), values)
            }
            (dest, _) => dest,
        };
        let mut operation = Operation::new("files.sync").with("src", from).with("dest", dest);
        operation = arguments.owner(operation)?;
        operation = operation.maybe("dir_mode", arguments.mode("directory_mode")?);
        return Ok(vec![operation]);
    }
    arguments.ignore(&["directory_mode"]);
    let operation = Operation::new("files.put").with("src", from).with("dest", into_it);
    Ok(vec![written(arguments, operation)?])
}

fn trimmed(path: Expr) -> Expr {
    match path.literal() {
        Some(text) if text.len() > 1 => Expr::text(text.trim_end_matches('/')),
        _ => path,
    }
}

/// Directories that every system has.
const KNOWN_DIRECTORIES: [&str; 26] = [
    "",
    "/etc",
    "/etc/apt",
    "/etc/cron.d",
    "/etc/default",
    "/etc/ssh",
    "/etc/ssl",
    "/etc/systemd",
    "/etc/systemd/system",
    "/home",
    "/mnt",
    "/opt",
    "/root",
    "/run",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/spool",
];

/// Whether the directory above is there anyway.
fn is_below_known(path: &str) -> bool {
    let above = path.trim_end_matches('/').rsplit_once('/').map(|(above, _)| above);
    above.is_some_and(|above| KNOWN_DIRECTORIES.contains(&above))
}

fn file(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let path = arguments.need(&["path", "dest", "name"])?;
    let state = arguments.literal("state")?;
    let force = arguments.flag(&["force"])?;
    let mut is_kept = true;
    for name in ["modification_time", "access_time"] {
        is_kept &= arguments.literal(name)?.is_some_and(|time| time == "preserve");
    }
    arguments.ignore(&["follow", "unsafe_writes"]);
    let recurse = arguments.flag(&["recurse"])?;
    Ok(vec![match state.as_deref() {
        Some("directory") => {
            let is_below_known = path.literal().is_some_and(is_below_known);
            let operation = arguments.owner(Operation::new("files.directory").of(path))?;
            let mode = operation.argument("mode").cloned();
            let has_more = ["user", "group", "mode"].iter().any(|name| operation.argument(name).is_some());
            let parents = (has_more && !is_below_known).then_some(Expr::Bool(true));
            let operation = operation.maybe("parents", parents);
            if recurse == Some(Expr::Bool(true)) {
                operation.with("recursive", Expr::Bool(true)).maybe("file_mode", mode)
            } else {
                operation.flag("recursive", recurse, false)
            }
        }
        Some("absent") => {
            // A file or a directory, whatever it is.
            Operation::new("files.file")
                .of(path)
                .with("present", Expr::Bool(false))
                .with("force", Expr::Bool(true))
        }
        Some("touch") => {
            let touch = (!is_kept).then_some(Expr::Bool(true));
            arguments.owner(Operation::new("files.file").of(path).maybe("touch", touch))?
        }
        Some(link @ ("link" | "hard")) => {
            let target = arguments.need(&["src"])?;
            let mut operation = Operation::new("files.link").of(path).with("target", target);
            operation = operation.flag("symbolic", (link == "hard").then_some(Expr::Bool(false)), true);
            operation = operation.maybe("user", arguments.text(&["owner"])?);
            operation = operation.maybe("group", arguments.text(&["group"])?);
            arguments.ignore(&["mode"]);
            operation.flag("force", force, false)
        }
        None | Some("file") => arguments.owner(Operation::new("files.file").of(path))?,
        Some(other) => return Err(format!("`{other}` is no state of the module `file`")),
    }])
}

fn line(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let path = arguments.need(&["path", "dest", "destfile", "name"])?;
    let state = arguments.literal("state")?;
    let regexp = arguments.text(&["regexp", "regex"])?;
    let search = arguments.text(&["search_string"])?.map(|text| match text {
        Expr::Text(text) => Expr::Text(plumb_deploy::literal_expression(&text)),
        other => Expr::call("literal_expression", vec![other]),
    });
    let line = arguments.text(&["line", "value"])?;
    if arguments.is_set(&["backrefs"])? {
        return line_of_groups(arguments, path, regexp, line);
    }
    let regexp = regexp.or(search);
    let is_absent = state.as_deref() == Some("absent");
    let line = match (line, &regexp) {
        (Some(line), _) => line,
        (None, Some(regexp)) if is_absent => regexp.clone(),
        _ => return Err("the argument `line` is missing".to_owned()),
    };
    let mut operation = Operation::new("files.line").of(path).of(line);
    operation = operation.maybe("present", is_present(state.as_deref()));
    let has_match = regexp.is_some();
    operation = operation.maybe("match", regexp);
    let is_first = arguments.is_set(&["firstmatch"])?;
    let (placed, is_before) = placed(arguments, operation)?;
    operation = placed;
    // Where several lines match, Ansible means the last of them, and Plumb all, or the first to put a line before.
    if !is_absent && (has_match || is_before || is_first) {
        operation = operation.with("only", Expr::text(if is_first { "first" } else { "last" }));
    }
    let creates = arguments.flag(&["create"])?.unwrap_or(Expr::Bool(false));
    operation = operation.flag("create", Some(creates).filter(|_| !is_absent), true);
    Ok(vec![written(arguments, operation)?])
}

/// A line that is made of what groups matched: the whole line is another one then, and not only what matched.
fn line_of_groups(
    arguments: &mut Arguments<'_>,
    path: Expr,
    regexp: Option<Expr>,
    line: Option<Expr>,
) -> Result<Vec<Operation>, String> {
    let regexp = regexp.ok_or("`backrefs` needs `regexp`")?;
    let line = line.ok_or("the argument `line` is missing")?;
    let whole = match regexp {
        Expr::Text(text) => {
            let start = if text.starts_with('^') { "" } else { "^.*?" };
            let end = if text.ends_with('$') && !text.ends_with("\\$") { "" } else { ".*$" };
            let is_choice = text.contains('|');
            let inner = if is_choice { format!("(?:{text})") } else { text };
            Expr::Text(format!("{start}{inner}{end}"))
        }
        other => Expr::Format("^.*?(?:%s).*$".to_owned(), vec![other]),
    };
    arguments.ignore(&["insertafter", "insertbefore", "create", "firstmatch", "owner", "group", "mode"]);
    let operation = Operation::new("files.replace").of(path).with("text", whole).with("replace", line);
    let operation = operation.flag("backup", arguments.flag(&["backup"])?, false);
    Ok(vec![operation.maybe("validate", arguments.text(&["validate"])?)])
}

/// Where new lines go; and whether that is before another line.
fn placed(arguments: &mut Arguments<'_>, mut operation: Operation) -> Result<(Operation, bool), String> {
    let mut is_before = false;
    for (own, theirs) in [("after", "insertafter"), ("before", "insertbefore")] {
        let at = arguments.text(&[theirs])?;
        operation = match at.as_ref().and_then(Expr::literal) {
            Some("EOF") => operation,
            Some("BOF") => operation.with("at_start", Expr::Bool(true)),
            _ => {
                is_before |= own == "before" && at.is_some();
                operation.maybe(own, at)
            }
        };
    }
    Ok((operation, is_before))
}

fn block(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let path = arguments.need(&["path", "dest", "destfile", "name"])?;
    let state = arguments.literal("state")?;
    let content = arguments.text(&["block", "content"])?;
    let mut operation = Operation::new("files.block").of(path);
    let is_absent = state.as_deref() == Some("absent");
    if !is_absent {
        operation = operation.with("content", content.unwrap_or_else(|| Expr::text("")));
    }
    operation = operation.maybe("present", is_present(state.as_deref()));
    // Blocks that are there already are found by the markers that they have.
    let marker = arguments.text(&["marker"])?.unwrap_or_else(|| Expr::text("# {mark} ANSIBLE MANAGED BLOCK"));
    operation = operation.with("marker", marker);
    operation = operation.maybe("begin", arguments.text(&["marker_begin"])?);
    operation = operation.maybe("end", arguments.text(&["marker_end"])?);
    let (placed, is_before) = placed(arguments, operation)?;
    operation = if is_before { placed.with("only", Expr::text("last")) } else { placed };
    let creates = arguments.flag(&["create"])?.unwrap_or(Expr::Bool(false));
    operation = operation.flag("create", Some(creates).filter(|_| !is_absent), true);
    arguments.ignore(&["append_newline", "prepend_newline"]);
    Ok(vec![written(arguments, operation)?])
}

fn replace(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let path = arguments.need(&["path", "dest", "destfile", "name"])?;
    let expression = arguments.need(&["regexp"])?;
    let mut operation = Operation::new("files.replace").of(path).with("text", expression);
    operation = operation.maybe("replace", arguments.text(&["replace"])?);
    if arguments.has("after") || arguments.has("before") {
        return Err("`after` and `before` have no counterpart: make the expression say where".to_owned());
    }
    arguments.ignore(&["owner", "group", "mode", "encoding"]);
    operation = operation.flag("backup", arguments.flag(&["backup"])?, false);
    Ok(vec![operation.maybe("validate", arguments.text(&["validate"])?)])
}

fn download(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let src = arguments.need(&["url"])?;
    let dest = into(arguments.need(&["dest"])?, &src);
    let checksum = arguments.text(&["checksum"])?;
    let mut operation =
        arguments.owner(Operation::new("files.download").with("src", src).with("dest", dest))?;
    if let Some(checksum) = checksum {
        let parts = checksum.literal().and_then(|text| text.split_once(':'));
        match parts {
            Some((kind @ ("sha256" | "sha1" | "sha384" | "md5"), sum)) if !sum.contains("://") => {
                operation = operation.with(&format!("{kind}sum"), Expr::text(sum));
            }
            _ if matches!(&checksum, Expr::Format(format, values) if format == "sha256:%s" && values.len() == 1) => {
                if let Expr::Format(_, mut values) = checksum {
                    operation = operation.maybe("sha256sum", values.pop());
                }
            }
            _ => arguments.notes.push("the checksum cannot be said: give `sha256sum` its digits".to_owned()),
        }
    }
    operation = operation.flag("force", arguments.flag(&["force"])?, false);
    operation = operation.maybe("headers", arguments.get(&["headers"])?);
    if arguments.flag(&["validate_certs"])? == Some(Expr::Bool(false)) {
        operation = operation.with("insecure", Expr::Bool(true));
    }
    arguments.ignore(&["timeout", "tmp_dest", "http_agent", "use_proxy", "force_basic_auth"]);
    Ok(vec![operation])
}

fn unarchive(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let src = arguments.need(&["src"])?;
    let dest = arguments.need(&["dest"])?;
    // The older name says the opposite, and cannot be there beside the other one.
    let is_remote = match arguments.flag(&["copy"])? {
        Some(Expr::Bool(copies)) => Some(Expr::Bool(!copies)),
        Some(_) => return Err("`copy` is made of variables: say `remote_src`".to_owned()),
        None => arguments.flag(&["remote_src"])?,
    };
    let from = if is_remote == Some(Expr::Bool(true)) { src } else { local(arguments, "files", src) };
    if from.literal().is_some_and(|text| text.contains("://")) {
        return Err("an archive from elsewhere is fetched by `files.download` first".to_owned());
    }
    let mut operation = Operation::new("files.unarchive").with("src", from).with("dest", dest);
    operation = operation.flag("remote_src", is_remote, false);
    operation = operation.maybe("creates", arguments.text(&["creates"])?);
    operation = operation.maybe("extra_opts", arguments.get(&["extra_opts"])?);
    operation = operation.maybe("user", arguments.text(&["owner"])?);
    operation = operation.maybe("group", arguments.text(&["group"])?);
    arguments.ignore(&["keep_newer", "list_files"]);
    Ok(vec![operation])
}

fn synchronize(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let src = arguments.need(&["src"])?;
    let dest = trimmed(arguments.need(&["dest"])?);
    if arguments.literal("mode")?.is_some_and(|mode| mode == "pull") {
        return Err("directories are only put onto hosts: `files.get` brings a file".to_owned());
    }
    let src = trimmed(local(arguments, "files", src));
    let operation = Operation::new("files.sync").with("src", src).with("dest", dest);
    arguments.ignore(&["archive", "recursive", "compress", "times", "perms", "checksum", "links"]);
    Ok(vec![operation.flag("delete", arguments.flag(&["delete"])?, false)])
}

fn fetch(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let src = arguments.need(&["src"])?;
    let dest = arguments.need(&["dest"])?;
    if !arguments.is_set(&["flat"])? {
        return Err("files are brought to the name that is given: say `flat: true` and a name for each host"
            .to_owned());
    }
    Ok(vec![Operation::new("files.get").with("src", src).with("dest", dest)])
}
