//! Requests as a shell reads them.
//!
//! Files that are to be put in their places one right after the other are first tried all at once: written
//! into a directory beside them, given away and given their modes, and moved, with one program for each of
//! these steps and not for each file. A host starts some hundred programs a second. Where that does not
//! work, each is done by itself and says what is wrong with it.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use plumb_ssh::posix_quoted;

use super::request::{Placing, Request};

/// So many files are moved at once: their names have to be arguments of one program.
const TOGETHER_MAX: usize = 64;
/// A shell keeps what it is to write until all of it is written.
const TOGETHER_BYTES_MAX: usize = 256 * 1024;
/// What each function that writes a file is called, before its number.
const FUNCTION: &str = "plumb_write_";
/// How it ends where some may have been moved, and others not.
const PARTLY: u32 = 3;

/// The text for requests, numbered from there on. None of them reads what comes after it.
pub(super) fn script(first: u64, requests: &[Request]) -> Bytes {
    let length = requests.iter().map(|request| request.text().len() + 100).sum();
    let mut script = String::with_capacity(length);
    script.push_str("plumb_go=1\n");
    let (mut number, mut rest) = (first, requests);
    while let [request, ..] = rest {
        let files = placed_together(rest);
        if files.len() > 1 {
            push_together(&mut script, number, &rest[..files.len()], &files);
        } else {
            push(&mut script, number, request);
        }
        let done = files.len().max(1);
        number += done as u64;
        rest = &rest[done..];
    }
    script.into()
}

/// One request, unless one that was needed has failed.
fn push(script: &mut String, number: u64, request: &Request) {
    let goes_on = goes_on(request);
    script.push_str("if [ $plumb_go = 1 ]; then (\n");
    script.push_str(request.text());
    script.push_str(&format!("\n) </dev/null\nplumb_end {number} {goes_on}; else plumb_skip {number}; fi\n"));
}

fn goes_on(request: &Request) -> u8 {
    u8::from(!request.is_needed())
}

/// The files that the first requests put in their places, as many as can be together.
fn placed_together(requests: &[Request]) -> Vec<&Placing> {
    let (mut paths, mut files, mut bytes) = (HashSet::new(), Vec::new(), 0);
    for request in requests.iter().take(TOGETHER_MAX) {
        let Some(file) = request.placed() else { break };
        bytes += file.written.len();
        if bytes > TOGETHER_BYTES_MAX || !paths.insert((&*file.directory, &*file.name)) {
            break;
        }
        files.push(file);
    }
    files
}

/// Requests that put files in their places: all at once, or else each by itself.
///
/// What writes a file is a function, so that it is sent once. Where files may have been moved already when
/// something failed, all are done by themselves, whichever of them fails, so that nothing is said not to
/// have been begun that has been done.
fn push_together(script: &mut String, first: u64, requests: &[Request], files: &[&Placing]) {
    for (at, (request, file)) in requests.iter().zip(files).enumerate() {
        let write = &request.text()[file.written.clone()];
        script.push_str(&format!("{FUNCTION}{at}() {{\n{write}\n}}\n"));
    }
    let all = all_at_once(files);
    script.push_str(&format!(
        "plumb_all=1; if [ $plumb_go = 1 ]; then (\n{all}) </dev/null >/dev/null 2>&1; plumb_all=$?; fi\n"
    ));
    for (at, (request, file)) in requests.iter().zip(files).enumerate() {
        let (number, goes_on) = (first + at as u64, goes_on(request));
        let (before, behind) = (&request.text()[..file.written.start], &request.text()[file.written.end..]);
        script.push_str(&format!(
            "if [ $plumb_all = 0 ]; then plumb_end {number} {goes_on}\n\
             elif [ $plumb_all = {PARTLY} ] || [ $plumb_go = 1 ]; then (\n{before}{FUNCTION}{at}{behind}\n) </dev/null\n\
             plumb_end {number} {goes_on}; else plumb_skip {number}; fi\n"
        ));
    }
    let functions: Vec<String> = (0..files.len()).map(|at| format!("{FUNCTION}{at}")).collect();
    script.push_str(&format!("unset -f {}\n", functions.join(" ")));
}

/// Writes all of these files beside their places, and moves them.
fn all_at_once(files: &[&Placing]) -> String {
    let mut directories: Vec<(&str, String)> = Vec::new();
    for file in files {
        if !directories.iter().any(|(directory, _)| *directory == file.directory) {
            directories.push((&file.directory, format!("{}/.plumb-{}", file.directory, file.word)));
        }
    }
    let beside = |file: &Placing| {
        let beside = directories.iter().find(|(directory, _)| *directory == file.directory);
        posix_quoted(&[&format!("{}/{}", beside.map_or("", |(_, beside)| beside), file.name)])
    };
    let (mut owners, mut modes, mut places) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut text = String::from("umask 077\n");
    let made: Vec<&str> = directories.iter().map(|(_, beside)| &**beside).collect();
    let removal = format!("rm -rf {}", posix_quoted(&made));
    text.push_str(&format!("trap {} EXIT; trap 'exit 129' HUP INT TERM PIPE\n", posix_quoted(&[&removal])));
    text.push_str(&format!("mkdir {} || exit 1\n", posix_quoted(&made)));
    for (at, file) in files.iter().enumerate() {
        let beside = beside(file);
        text.push_str(&format!("t={beside}; {FUNCTION}{at} || exit 1\n"));
        if let Some(owner) = &file.owner {
            owners.entry(&**owner).or_insert_with(Vec::new).push(beside.clone());
        }
        modes.entry(file.mode).or_insert_with(Vec::new).push(beside.clone());
        places.entry(&*file.directory).or_insert_with(Vec::new).push(beside);
    }
    for (owner, files) in owners {
        text.push_str(&format!("chown {} {} || exit 1\n", posix_quoted(&[owner]), files.join(" ")));
    }
    for (mode, files) in modes {
        text.push_str(&format!("chmod {mode:o} {} || exit 1\n", files.join(" ")));
    }
    for (directory, files) in places {
        let directory = posix_quoted(&[&format!("{directory}/")]);
        text.push_str(&format!("mv -f {} {directory} || exit {PARTLY}\n", files.join(" ")));
    }
    text
}
