//! Files.

use super::{Arguments, Found, Operation, is_present};
use crate::code::{Expr, Level};
use crate::jinja;

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
fn local(arguments: &Arguments<'_>, kind: &str, src: Expr) -> Expr {
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
fn written(arguments: &mut Arguments<'_>, operation: Operation) -> Result<Operation, String> {
    let operation = arguments.owner(operation)?;
    let operation = operation.flag("backup", arguments.flag(&["backup"])?, false);
    let validate = arguments.text(&["validate"])?;
    arguments.ignore(&["follow", "unsafe_writes", "decrypt", "local_follow", "checksum"]);
    Ok(operation.maybe("validate", validate))
}

/// A path that ends with a slash is a directory, which something is put into under its own name.
fn into(dest: Expr, src: &Expr) -> Expr {
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
    if let Some(text) = arguments.get(&["content"])? {
        let text = match text {
            Expr::List(_) | Expr::Dict(_) => Expr::call("json.encode", vec![text]),
            other => other,
        };
        let operation = Operation::new("files.write").of(dest).with("text", text);
        return Ok(vec![written(arguments, operation)?]);
    }
    let src = arguments.need(&["src"])?;
    if arguments.is_set(&["remote_src"])? {
        let operation =
            Operation::new("files.copy").of(src).with("dest", dest).with("overwrite", Expr::Bool(true));
        arguments.notes.extend(arguments.has("mode").then(|| "a copy keeps owner and mode".to_owned()));
        arguments.ignore(&["mode", "owner", "group", "backup", "force"]);
        return Ok(vec![operation]);
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
        let dest = match (trimmed(dest), name.as_deref().map(|name| name.rsplit('/').next().unwrap_or(name)))
        {
            (Expr::Text(dest), Some(name)) if !is_tree => Expr::text(format!("{dest}/{name}")),
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

fn template(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let src = arguments.need(&["src"])?;
    let dest = into(arguments.need(&["dest"])?, &src);
    let found = src.literal().and_then(|name| arguments.places.find("templates", name));
    let text = found.as_ref().and_then(|(_, path)| arguments.places.text(path));
    let from = local(arguments, "templates", src);
    let operation = Operation::new("files.template").with("src", from.clone()).with("dest", dest);
    let mut operation = written(arguments, operation)?;
    if arguments.flag(&["trim_blocks"])? != Some(Expr::Bool(false)) {
        operation = operation.with("trim_blocks", Expr::Bool(true));
    }
    operation = operation.flag("lstrip_blocks", arguments.flag(&["lstrip_blocks"])?, false);
    arguments.ignore(&["force", "newline_sequence", "output_encoding"]);
    let shown = from.line();
    match text {
        Some(text) => with_values(arguments, operation, &text, &shown).map(|operation| vec![operation]),
        None => {
            arguments
                .notes
                .push(format!("the template {shown} cannot be read here: add the values that it needs"));
            Ok(vec![operation])
        }
    }
}

/// Arguments of `files.template` itself, which no value can be called.
const OWN: [&str; 11] = [
    "src",
    "dest",
    "user",
    "group",
    "mode",
    "create_remote_dir",
    "backup",
    "force",
    "validate",
    "trim_blocks",
    "lstrip_blocks",
];

/// Adds what a template needs.
fn with_values(
    arguments: &mut Arguments<'_>,
    mut operation: Operation,
    text: &str,
    shown: &str,
) -> Result<Operation, String> {
    let needs = match jinja::needs(text) {
        Ok(needs) => needs,
        Err(why) => {
            arguments.notes.push(format!("the template {shown} cannot be read: {why}"));
            return Ok(operation);
        }
    };
    for lacking in &needs.lacking {
        arguments.notes.push(format!("the template {shown} uses the {lacking}, which is not there"));
    }
    let mut picked = Vec::new();
    for (name, copes) in needs.names {
        if OWN.contains(&name.as_str()) || plumb_deploy::COMMON_ARGUMENTS.contains(&name.as_str()) {
            arguments.notes.push(format!(
                "the template {shown} uses `{name}`, which is an argument of the operation: rename it there"
            ));
            continue;
        }
        if name == "ansible_facts" {
            arguments
                .notes
                .push(format!("the template {shown} uses `ansible_facts`: hand it what it needs of that"));
            continue;
        }
        let is_outside = arguments.scope.get(&name).is_none() && !name.starts_with("ansible_");
        if copes && is_outside {
            arguments.used.wanted.insert(name.clone());
            picked.push(Expr::text(name));
            continue;
        }
        match jinja::expression(&name, arguments.scope, arguments.used) {
            Ok(value) => operation = operation.with(&name, value),
            Err(why) if copes => drop(why),
            Err(why) => arguments.notes.push(format!("the template {shown} uses `{name}`: {why}")),
        }
    }
    if !picked.is_empty() {
        arguments.used.helpers.insert(crate::prelude::Helper::Pick);
        let mut all = vec![Expr::atom(arguments.scope.data)];
        all.extend(picked);
        operation = operation.with("**", Expr::call("pick", all));
    }
    Ok(operation)
}

fn file(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let path = arguments.need(&["path", "dest", "name"])?;
    let state = arguments.literal("state")?;
    let force = arguments.flag(&["force"])?;
    arguments.ignore(&["follow", "modification_time", "access_time", "unsafe_writes"]);
    let recurse = arguments.flag(&["recurse"])?;
    Ok(vec![match state.as_deref() {
        Some("directory") => {
            let operation = arguments.owner(Operation::new("files.directory").of(path))?;
            operation.flag("recursive", recurse, false)
        }
        Some("absent") => {
            // A file or a directory, whatever it is.
            Operation::new("files.file")
                .of(path)
                .with("present", Expr::Bool(false))
                .with("force", Expr::Bool(true))
        }
        Some("touch") => {
            arguments.owner(Operation::new("files.file").of(path).with("touch", Expr::Bool(true)))?
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
    let search = arguments.text(&["search_string"])?;
    let line = arguments.text(&["line", "value"])?;
    if arguments.is_set(&["backrefs"])? {
        let regexp = regexp.ok_or("`backrefs` needs `regexp`")?;
        let line = line.ok_or("the argument `line` is missing")?;
        arguments
            .notes
            .push("what a line was matched by has to match it no longer: see to the expression".to_owned());
        arguments.ignore(&["insertafter", "insertbefore", "create", "firstmatch", "owner", "group", "mode"]);
        let operation = Operation::new("files.replace").of(path).with("text", regexp).with("replace", line);
        return Ok(vec![operation.flag("backup", arguments.flag(&["backup"])?, false)]);
    }
    let is_absent = state.as_deref() == Some("absent");
    let line = match (line, &regexp) {
        (Some(line), _) => line,
        (None, Some(regexp)) if is_absent => regexp.clone(),
        _ => return Err("the argument `line` is missing".to_owned()),
    };
    let mut operation = Operation::new("files.line").of(path).of(line);
    operation = operation.maybe("present", is_present(state.as_deref()));
    operation = operation.maybe("match", regexp);
    if search.is_some() {
        arguments.notes.push("`search_string` is a text; `match` would be an expression".to_owned());
    }
    for (own, theirs) in [("after", "insertafter"), ("before", "insertbefore")] {
        let at = arguments.text(&[theirs])?;
        operation = match at.as_ref().and_then(Expr::literal) {
            Some("EOF") => operation,
            Some("BOF") => {
                arguments.notes.push("a new line comes last, and not first".to_owned());
                operation
            }
            _ => operation.maybe(own, at),
        };
    }
    let creates = arguments.flag(&["create"])?.unwrap_or(Expr::Bool(false));
    operation = operation.flag("create", Some(creates).filter(|_| !is_absent), true);
    arguments.ignore(&["firstmatch", "follow"]);
    Ok(vec![written(arguments, operation)?])
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
    for (own, theirs) in [("after", "insertafter"), ("before", "insertbefore")] {
        let at = arguments.text(&[theirs])?;
        operation = operation.maybe(own, at.filter(|at| !matches!(at.literal(), Some("EOF" | "BOF"))));
    }
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
    let is_remote = arguments.flag(&["remote_src"])?;
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
