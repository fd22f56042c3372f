//! Which files of a directory are test files.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use plumb_source::Files;

use crate::module::join;

/// The test files of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestSuiteFiles {
    /// Paths in the order in which they are run, those of files in JSON among the others.
    pub paths: Vec<String>,
}

/// Endings from the weakest to the strongest: a file for one program takes the place of the one for all
/// with the same stem.
const ENDINGS: [&str; 3] = [".tftest.", ".tofutest.", ".plumbtest."];

/// Stem, strength of the ending and form of a test file's name.
fn parts(name: &str) -> Option<(&str, usize, &str)> {
    if name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#')) {
        return None;
    }
    ENDINGS.iter().enumerate().find_map(|(strength, ending)| {
        ["hcl", "json"].into_iter().find_map(|form| {
            let stem = name.strip_suffix(form)?.strip_suffix(ending)?;
            (!stem.is_empty()).then_some((stem, strength, form))
        })
    })
}

/// Whether a name is that of a test file in the native syntax.
pub fn is_test_file(name: &str) -> bool {
    parts(name).is_some_and(|(_, _, form)| form == "hcl")
}

/// Finds the test files beside a root module and in its directory of tests.
pub fn find_test_files(files: &dyn Files, directory: &Path, tests: &Path) -> TestSuiteFiles {
    let mut found = TestSuiteFiles::default();
    let mut directories = vec![directory.to_owned()];
    let below: PathBuf = tests.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    if !below.as_os_str().is_empty() {
        directories.push(join(directory, &below.to_string_lossy()));
    }
    for directory in directories {
        add(files, &directory, &mut found);
    }
    found.paths.sort();
    found
}

fn add(files: &dyn Files, directory: &Path, found: &mut TestSuiteFiles) {
    let entries = files.list(directory).unwrap_or_default();
    let names: Vec<String> =
        entries.into_iter().filter(|(_, is_directory)| !is_directory).map(|(name, _)| name).collect();
    let all: HashSet<(&str, usize, &str)> = names.iter().filter_map(|name| parts(name)).collect();
    for name in &names {
        let Some((stem, strength, form)) = parts(name) else { continue };
        let is_shadowed = (strength + 1..ENDINGS.len()).any(|stronger| all.contains(&(stem, stronger, form)));
        if is_shadowed {
            continue;
        }
        found.paths.push(join(directory, name).to_string_lossy().into_owned());
    }
}

#[cfg(test)]
mod tests {
    use plumb_source::MemoryFiles;

    use super::*;

    #[test]
    fn files_are_found_in_both_directories_and_stronger_ones_take_the_place_of_weaker_ones() {
        let mut files = MemoryFiles::new();
        for name in [
            "b.tftest.hcl",
            "a.tftest.hcl",
            "a.tofutest.hcl",
            "a.tftest.json",
            "main.tf",
            ".hidden.tftest.hcl",
            ".tftest.hcl",
            "kept.tftest.hcl~",
            "tests/c.tftest.hcl",
            "tests/d.tftest.json",
            "tests/below/e.tftest.hcl",
        ] {
            files.insert(name, "");
        }
        let found = find_test_files(&files, Path::new("."), Path::new("tests"));
        let expected =
            ["a.tftest.json", "a.tofutest.hcl", "b.tftest.hcl", "tests/c.tftest.hcl", "tests/d.tftest.json"];
        assert_eq!(found.paths, expected);
        let found = find_test_files(&files, Path::new("."), Path::new("."));
        assert_eq!(found.paths, ["a.tftest.json", "a.tofutest.hcl", "b.tftest.hcl"]);
    }
}
