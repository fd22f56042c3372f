//! Code that comes with the program: operations, and facts.

use std::borrow::Cow;

use plumb_starlark::Library;

/// The files of the library, by the names under which they are loaded.
static FILES: &[(&str, &str, &str)] = &include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// What comes with the program.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnLibrary;

impl OwnLibrary {
    /// The directories that there are.
    pub const DIRECTORIES: [&str; 2] = ["@plumb//ops", "@plumb//facts"];
}

impl Library for OwnLibrary {
    fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        let rest = name.strip_prefix("@plumb//")?.strip_suffix(".star")?;
        let (directory, file) = rest.split_once('/')?;
        let found = FILES.iter().find(|(of, name, _)| *of == directory && *name == file);
        found.map(|(_, _, text)| Cow::Borrowed(*text))
    }

    fn members(&self, name: &str) -> Option<Vec<&str>> {
        let directory = name.strip_prefix("@plumb//")?;
        let members: Vec<&str> =
            FILES.iter().filter(|(of, ..)| *of == directory).map(|(_, name, _)| *name).collect();
        OwnLibrary::DIRECTORIES.contains(&name).then_some(members)
    }
}
