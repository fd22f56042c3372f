//! The tree of modules, from the root down.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumb_address::ConfigModule;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{Files, SourceMap};

use crate::calls::version_of_local;
use crate::check::check_references;
use crate::config::{Config, Module, ModuleCall, ModuleId, ProviderBlock};
use crate::early::{EarlyEvaluator, EarlyInputs, NoEarlyInputs};
use crate::module::{ModuleReader, configuration_files};
use crate::providers;

/// Finds the directories of modules that were installed from elsewhere.
pub trait InstalledModules: Send + Sync {
    /// Directory of the module that a call along a path leads to, which is no local one.
    ///
    /// # Errors
    /// Why there is none to use.
    fn directory(&self, path: &ConfigModule, call: &ModuleCall) -> Result<PathBuf, Diagnostic>;

    /// Whether a local module may be used, which has its directory beside those that call it.
    ///
    /// # Errors
    /// Why not.
    fn check_local(
        &self,
        _path: &ConfigModule,
        _call: &ModuleCall,
        _directory: &Path,
    ) -> Result<(), Diagnostic> {
        Ok(())
    }
}

/// Knows no installed modules: only local ones can be found.
pub struct NoInstalledModules;

impl InstalledModules for NoInstalledModules {
    fn directory(&self, _path: &ConfigModule, call: &ModuleCall) -> Result<PathBuf, Diagnostic> {
        Err(not_installed(call))
    }
}

/// The error of a call whose module is not there.
pub fn not_installed(call: &ModuleCall) -> Diagnostic {
    Diagnostic::error(
        "Module not installed",
        "This module is not yet installed. Run \"plumb init\" to install all modules required by this configuration.",
    )
    .at(call.span)
}

/// How deep modules may call each other: more is a module that calls itself.
const DEPTH_MAX: usize = 64;

/// How many modules there may be in all: a few that call each other twice at each level would
/// otherwise fill any memory.
const MODULES_MAX: usize = 100_000;

/// Reads the root module in `directory` and every module that it leads to, and checks what they
/// refer to.
pub fn load(
    files: &dyn Files,
    sources: &SourceMap,
    directory: &Path,
    installed: &dyn InstalledModules,
) -> (Config, Diagnostics) {
    let nothing = NoEarlyInputs::default();
    load_given(files, sources, directory, installed, &nothing)
}

/// The same where sources of modules may be made of what is given.
pub fn load_given(
    files: &dyn Files,
    sources: &SourceMap,
    directory: &Path,
    installed: &dyn InstalledModules,
    inputs: &dyn EarlyInputs,
) -> (Config, Diagnostics) {
    let (config, mut diagnostics) = read(files, sources, directory, installed, inputs);
    diagnostics.append(check(&config));
    (config, diagnostics)
}

/// Checks whether everything that a configuration refers to is there.
pub fn check(config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    check_references(config, &mut diagnostics);
    without_repetitions(diagnostics)
}

/// Reads the root module in `directory` and every module that it leads to. The result holds what
/// could be read, errors or not; what it refers to has still to be checked.
pub fn read(
    files: &dyn Files,
    sources: &SourceMap,
    directory: &Path,
    installed: &dyn InstalledModules,
    inputs: &dyn EarlyInputs,
) -> (Config, Diagnostics) {
    read_with_further(files, sources, directory, installed, inputs, Vec::new())
}

/// The same as if the root module had further calls, such as the modules that tests run.
pub fn read_with_further(
    files: &dyn Files,
    sources: &SourceMap,
    directory: &Path,
    installed: &dyn InstalledModules,
    inputs: &dyn EarlyInputs,
    further: Vec<ModuleCall>,
) -> (Config, Diagnostics) {
    let mut loader = Loader::new(files, sources, installed, inputs);
    loader.load(directory, further);
    let Loader { mut config, mut diagnostics, .. } = loader;
    providers::resolve(&mut config, &mut diagnostics);
    (config, without_repetitions(diagnostics))
}

/// Reads the module in `directory` alone: modules that it calls need not be there.
pub fn read_alone(files: &dyn Files, sources: &SourceMap, directory: &Path) -> (Config, Diagnostics) {
    let nothing = NoEarlyInputs::default();
    let mut loader = Loader::new(files, sources, &NoInstalledModules, &nothing);
    loader.root(directory);
    (loader.config, without_repetitions(loader.diagnostics))
}

/// What is wrong in a module that is called several times is wrong once.
fn without_repetitions(diagnostics: Diagnostics) -> Diagnostics {
    let mut seen = HashSet::new();
    let key = |diagnostic: &Diagnostic| {
        (diagnostic.summary.clone(), diagnostic.detail.clone(), diagnostic.subject, diagnostic.severity)
    };
    diagnostics.into_iter().filter(|diagnostic| seen.insert(key(diagnostic))).collect()
}

struct Loader<'a> {
    config: Config,
    files: &'a dyn Files,
    sources: &'a SourceMap,
    installed: &'a dyn InstalledModules,
    inputs: &'a dyn EarlyInputs,
    /// Modules that were read, by directory.
    read: HashMap<PathBuf, ModuleId>,
    diagnostics: Diagnostics,
}

impl<'a> Loader<'a> {
    fn new(
        files: &'a dyn Files,
        sources: &'a SourceMap,
        installed: &'a dyn InstalledModules,
        inputs: &'a dyn EarlyInputs,
    ) -> Self {
        Loader {
            config: Config::default(),
            files,
            sources,
            installed,
            inputs,
            read: HashMap::new(),
            diagnostics: Diagnostics::new(),
        }
    }

    fn load(&mut self, directory: &Path, further: Vec<ModuleCall>) {
        self.root(directory);
        let calls = further.into_iter().map(|call| (call.name.clone(), call));
        self.config.modules[0].calls.extend(calls);
        let mut next = 0;
        while next < self.config.modules.len() {
            self.calls(ModuleId(next as u32));
            next += 1;
        }
    }

    fn root(&mut self, directory: &Path) {
        if configuration_files(self.files, directory).is_ok_and(|names| names.is_empty()) {
            self.diagnostics.push(Diagnostic::error(
                "No configuration files",
                "The directory contains no configuration files (*.tf). To begin, write one, or go to the directory that \
                 has them with -chdir=DIR.",
            ));
        }
        self.read(ConfigModule::root(), None, directory.to_owned());
    }

    /// Computes what must be known early of one module: where the modules come from that it calls, as far
    /// as that is not written out, and which instances its provider configurations have.
    fn compute_early(&mut self, id: ModuleId) {
        let module = self.config.module(id);
        let mut calls: Vec<ModuleCall> =
            module.calls.values().filter(|call| call.computed.is_some()).cloned().collect();
        let mut blocks: Vec<ProviderBlock> =
            module.providers.values().filter(|block| block.for_each.is_some()).cloned().collect();
        if calls.is_empty() && blocks.is_empty() {
            return;
        }
        let mut evaluator = EarlyEvaluator::new(&self.config, self.inputs);
        calls.iter_mut().for_each(|call| evaluator.compute_source(id, call));
        blocks.iter_mut().for_each(|block| evaluator.compute_instances(id, block));
        self.diagnostics.append(evaluator.finish());
        let module = &mut self.config.modules[id.0 as usize];
        module
            .providers
            .extend(blocks.into_iter().map(|block| ((block.name.clone(), block.alias.clone()), block)));
        self.diagnostics.extend(calls.iter().filter_map(version_of_local));
        let named = calls.into_iter().map(|call| (call.name.clone(), call));
        self.config.modules[id.0 as usize].calls.extend(named);
    }

    /// Reads the modules that one module calls.
    fn calls(&mut self, id: ModuleId) {
        self.compute_early(id);
        let module = self.config.module(id);
        let calls: Vec<(ConfigModule, ModuleCall)> =
            module.calls.values().map(|call| (module.path.child(call.name.clone()), call.clone())).collect();
        for (path, call) in calls {
            // A source that cannot be computed has been told of.
            if call.computed.is_some() && call.source.is_empty() {
                continue;
            }
            // A version of what has none was told of where the call was read.
            if call.version.is_some() && is_local_source(&call.source) {
                continue;
            }
            let directory = match self.directory_of(id, &path, &call) {
                Ok(directory) => directory,
                Err(diagnostic) => {
                    self.diagnostics.push(diagnostic);
                    continue;
                }
            };
            let (name, span) = (call.name, call.source_span);
            if path.0.len() > DEPTH_MAX || is_own_ancestor(&self.config, id, &directory) {
                self.diagnostics.push(
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
            if self.config.modules.len() >= MODULES_MAX {
                self.diagnostics.push(
                    Diagnostic::error(
                        "Too many module calls",
                        format!(
                            "The modules call each other more than {MODULES_MAX} times in all. Call them with for_each \
                             where the calls are alike."
                        ),
                    )
                    .at(span),
                );
                return;
            }
            let child = self.read(path, Some((id, name.clone())), directory);
            if let Some(call) = self.config.modules[id.0 as usize].calls.get_mut(&name) {
                call.module = Some(child);
            }
        }
    }

    fn read(
        &mut self,
        path: ConfigModule,
        parent: Option<(ModuleId, Arc<str>)>,
        directory: PathBuf,
    ) -> ModuleId {
        let id = ModuleId(self.config.modules.len() as u32);
        // What the files say is read off the disk, parsed and compiled once, however often they are called.
        let module = match self.read.get(&directory) {
            Some(known) => called_again(self.config.module(*known), id, path.clone(), parent),
            None => {
                // What the root module may say differs from what others may, and nobody calls it.
                if parent.is_some() {
                    self.read.insert(directory.clone(), id);
                }
                let mut reader =
                    ModuleReader::new(id, path.clone(), parent, directory, &mut self.diagnostics);
                reader.read_directory(self.files, self.sources);
                reader.module
            }
        };
        self.config.modules.push(module);
        self.config.by_path.insert(path, id);
        id
    }

    fn directory_of(
        &self,
        caller: ModuleId,
        path: &ConfigModule,
        call: &ModuleCall,
    ) -> Result<PathBuf, Diagnostic> {
        if !is_local_source(&call.source) {
            let directory = self.installed.directory(path, call)?;
            if self.files.is_directory(&directory) {
                return Ok(directory);
            }
            let detail = format!(
                "The directory of this module, {}, is not there. Run \"plumb init\" to install all modules required by \
                 this configuration.",
                directory.display()
            );
            return Err(Diagnostic::error("Module not installed", detail).at(call.span));
        }
        let directory = normalise(&self.config.module(caller).directory.join(&*call.source));
        self.installed.check_local(path, call, &directory)?;
        if self.files.is_directory(&directory) {
            return Ok(directory);
        }
        let detail = format!(
            "Unable to evaluate directory symlink or read it: there is no directory {}. The source of a local module is \
             a path relative to the file that names it.",
            directory.display()
        );
        Err(Diagnostic::error("Unreadable module directory", detail).at(call.source_span))
    }
}

/// A module that was read, as another call sees it. Where its own calls lead is not known yet.
fn called_again(
    known: &Module,
    id: ModuleId,
    path: ConfigModule,
    parent: Option<(ModuleId, Arc<str>)>,
) -> Module {
    let mut module = Module { id, path, parent, ..known.clone() };
    for call in module.calls.values_mut() {
        call.module = None;
    }
    module
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
