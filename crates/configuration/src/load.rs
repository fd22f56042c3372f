//! The tree of modules, from the root down.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumb_address::ConfigModule;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{Files, SourceMap, Span};

use crate::config::{Config, Module, ModuleId};
use crate::module::{ModuleReader, configuration_files};
use crate::{check, providers};

/// Finds the directories of modules that were installed from elsewhere.
pub trait InstalledModules: Send + Sync {
    /// Directory of the module that a call leads to; `None` where it is not installed.
    fn directory(&self, path: &ConfigModule, source: &str) -> Option<PathBuf>;
}

/// Knows no installed modules: only local ones can be found.
pub struct NoInstalledModules;

impl InstalledModules for NoInstalledModules {
    fn directory(&self, _path: &ConfigModule, _source: &str) -> Option<PathBuf> {
        None
    }
}

/// How deep modules may call each other: more is a module that calls itself.
const DEPTH_MAX: usize = 64;

/// Reads the root module in `directory` and every module that it leads to. The result holds what
/// could be read, errors or not.
pub fn load(
    files: &dyn Files,
    sources: &SourceMap,
    directory: &Path,
    installed: &dyn InstalledModules,
) -> (Config, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut config = Config::default();
    match configuration_files(files, directory) {
        Ok(names) if names.is_empty() => diagnostics.push(Diagnostic::error(
            "No configuration files",
            "The directory contains no configuration files (*.tf). To begin, write one, or go to the directory that \
             has them with -chdir=DIR.",
        )),
        _ => {}
    }
    read_module(
        &mut config,
        files,
        sources,
        ConfigModule::root(),
        None,
        directory.to_owned(),
        &mut diagnostics,
    );
    let mut next = 0;
    while next < config.modules.len() {
        load_calls(&mut config, ModuleId(next as u32), files, sources, installed, &mut diagnostics);
        next += 1;
    }
    providers::resolve(&mut config, &mut diagnostics);
    check::check(&config, &mut diagnostics);
    (config, diagnostics)
}

/// Reads the modules that one module calls.
fn load_calls(
    config: &mut Config,
    id: ModuleId,
    files: &dyn Files,
    sources: &SourceMap,
    installed: &dyn InstalledModules,
    diagnostics: &mut Diagnostics,
) {
    let module = config.module(id);
    let calls: Vec<(Arc<str>, Arc<str>, Span)> = module
        .calls
        .values()
        .map(|call| (call.name.clone(), call.source.clone(), call.source_span))
        .collect();
    for (name, source, span) in calls {
        let module = config.module(id);
        let path = module.path.child(name.clone());
        let Some(directory) = module_directory(module, &path, &source, span, files, installed, diagnostics)
        else {
            continue;
        };
        if path.0.len() > DEPTH_MAX || is_own_ancestor(config, id, &directory) {
            diagnostics.push(
                Diagnostic::error(
                    "Module calls itself",
                    format!(
                        "The module in {} leads to itself, so there would be no end of it.",
                        directory.display()
                    ),
                )
                .at(span),
            );
            continue;
        }
        let parent = Some((id, name.clone()));
        let child = read_module(config, files, sources, path, parent, directory, diagnostics);
        if let Some(call) = config.modules[id.0 as usize].calls.get_mut(&name) {
            call.module = Some(child);
        }
    }
}

fn read_module(
    config: &mut Config,
    files: &dyn Files,
    sources: &SourceMap,
    path: ConfigModule,
    parent: Option<(ModuleId, Arc<str>)>,
    directory: PathBuf,
    diagnostics: &mut Diagnostics,
) -> ModuleId {
    let id = ModuleId(config.modules.len() as u32);
    let mut reader = ModuleReader::new(id, path.clone(), parent, directory, diagnostics);
    reader.read_directory(files, sources);
    config.modules.push(reader.module);
    config.by_path.insert(path, id);
    id
}

fn is_own_ancestor(config: &Config, id: ModuleId, directory: &Path) -> bool {
    let mut at = Some(id);
    while let Some(id) = at {
        let module = config.module(id);
        if module.directory == directory {
            return true;
        }
        at = module.parent.as_ref().map(|(parent, _)| *parent);
    }
    false
}

/// Whether a source is a path on this machine.
pub fn is_local_source(source: &str) -> bool {
    ["./", "../", ".\\", "..\\"].iter().any(|start| source.starts_with(start))
        || source == "."
        || source == ".."
}

fn module_directory(
    caller: &Module,
    path: &ConfigModule,
    source: &str,
    span: Span,
    files: &dyn Files,
    installed: &dyn InstalledModules,
    diagnostics: &mut Diagnostics,
) -> Option<PathBuf> {
    if is_local_source(source) {
        let directory = normalise(&caller.directory.join(source));
        if !files.is_directory(&directory) {
            diagnostics.push(
                Diagnostic::error(
                    "Unreadable module directory",
                    format!(
                        "Unable to evaluate directory symlink or read it: there is no directory {}. The source of a local \
                         module is a path relative to the file that names it.",
                        directory.display()
                    ),
                )
                .at(span),
            );
            return None;
        }
        return Some(directory);
    }
    let found = installed.directory(path, source);
    if found.is_none() {
        diagnostics.push(
            Diagnostic::error(
                "Module not installed",
                "This module is not yet installed. Run \"plumb init\" to install all modules required by this \
                 configuration.",
            )
            .at(span),
        );
    }
    found
}

/// Takes `.` and inner `..` out of a path, as `path.module` shows it.
fn normalise(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::ParentDir | Component::Normal(_) => {
                out.push(part);
            }
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}
