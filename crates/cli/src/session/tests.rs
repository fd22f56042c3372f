//! Test files of a working directory, and the modules that their runs are about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumb_address::ConfigModule;
use plumb_configuration::suite::{TEST_DIRECTORY, TestFile, TestRun, find_test_files, read_test_file};
use plumb_configuration::{InstalledModules, ModuleCall};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::Index;
use plumb_testing::TestedModule;

use super::{ModuleManifest, Session, requirements};

impl Session<'_> {
    /// Every test file of the directory and of its directory of tests.
    pub(crate) fn test_files(&self, tests: &str) -> (Vec<TestFile>, Diagnostics) {
        let directory = Path::new(tests);
        let mut diagnostics = Diagnostics::new();
        let is_inside = directory.is_relative()
            && directory.components().all(|part| !matches!(part, std::path::Component::ParentDir));
        if !is_inside {
            let detail = format!(
                "The directory of tests must be one below this one, given by a relative path such as -test-directory=checks, \
                 and not {tests}."
            );
            diagnostics.push(Diagnostic::error("Invalid testing directory", detail));
            return (Vec::new(), diagnostics);
        }
        if tests != TEST_DIRECTORY && !self.files.is_directory(&self.directory.join(directory)) {
            diagnostics.push(Diagnostic::warning(
                "Test directory does not exist",
                format!("There is no directory {tests}, so only test files of this directory are looked at."),
            ));
        }
        let found = find_test_files(&*self.files, &self.directory, directory);
        let mut files = Vec::new();
        for path in &found.paths {
            files.push(diagnostics.take(read_test_file(&*self.files, &self.shell.sources, path)));
        }
        (files, diagnostics)
    }

    /// The modules that tests run, as if the root module called them.
    pub(crate) fn test_calls(&self, tests: &str) -> Vec<ModuleCall> {
        // What is wrong with the files is told by those who run or check them.
        self.test_files(tests).0.iter().flat_map(TestFile::calls).collect()
    }

    /// The module that a run is about, where it is not the one under test.
    pub(crate) fn module_of_run(
        &self,
        file: &TestFile,
        run: &TestRun,
    ) -> Option<(TestedModule, Diagnostics)> {
        let module = run.module.as_ref()?;
        let key = file.module_key(run);
        let (manifest, mut diagnostics) = ModuleManifest::read(&*self.files, &self.data_directory);
        let Some(directory) = manifest.directory_of(&key, &module.source) else {
            diagnostics.push(
                Diagnostic::error(
                    "Module not installed",
                    "This module is not yet installed. Run \"plumb init\" to install all modules required by this \
                     configuration.",
                )
                .at(module.span),
            );
            let nothing = super::Loaded::nothing();
            return Some((TestedModule { config: nothing.config, index: nothing.index }, diagnostics));
        };
        let installed = Below { manifest: &manifest, key: key.into() };
        let config = diagnostics.take(plumb_configuration::read(
            &*self.files,
            &self.shell.sources,
            &directory,
            &installed,
            self,
        ));
        diagnostics.append(requirements::check_required_versions(&config));
        diagnostics.append(requirements::check_constraints(&config));
        let (index, cycles) = Index::new(&config);
        if !diagnostics.has_errors() {
            diagnostics.append(plumb_configuration::check(&config));
            diagnostics.append(cycles);
        }
        Some((TestedModule { config: Arc::new(config), index: Arc::new(index) }, diagnostics))
    }
}

/// Modules that were installed for another one, which is the root of its own here.
struct Below<'a> {
    manifest: &'a ModuleManifest,
    key: Arc<str>,
}

impl Below<'_> {
    fn path(&self, path: &ConfigModule) -> ConfigModule {
        ConfigModule(std::iter::once(self.key.clone()).chain(path.0.iter().cloned()).collect())
    }
}

impl InstalledModules for Below<'_> {
    fn directory(&self, path: &ConfigModule, call: &ModuleCall) -> Result<PathBuf, Diagnostic> {
        self.manifest.directory(&self.path(path), call)
    }

    fn check_local(
        &self,
        path: &ConfigModule,
        call: &ModuleCall,
        directory: &Path,
    ) -> Result<(), Diagnostic> {
        self.manifest.check_local(&self.path(path), call, directory)
    }
}
