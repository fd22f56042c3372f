//! Loading files, and what they load.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_source::{Files, Span, as_text, explain_refusal};
use starlark::environment::{FrozenModule, Globals, Module};
use starlark::eval::{Evaluator, FileLoader};
use starlark::syntax::{AstModule, Dialect, DialectTypes};
use starlark::values::{FrozenHeapName, OwnedFrozenValue};

use crate::calls::{self, AlsoTakes, Names};
use crate::error::diagnostic;
use crate::limits::Limits;
use crate::nesting;
use crate::overflow::stopped_at_overflow;
use crate::program::Program;
use crate::sources::Sources;

/// No file that a person writes is larger.
const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Files that load one another: each takes some of the stack.
const CHAIN_MAX: usize = 50;

/// Files that come with the program. Their names begin with `@`.
pub trait Library {
    /// The text of a file, by its name.
    fn text(&self, name: &str) -> Option<Cow<'_, str>>;

    /// Where a name stands for a directory of files, of which each is loaded as one name that has its
    /// functions as attributes: the names there are.
    fn members(&self, name: &str) -> Option<Vec<&str>>;
}

/// Loads files, each of them once.
pub struct Loader<'a> {
    files: &'a dyn Files,
    library: &'a dyn Library,
    globals: &'a Globals,
    limits: Limits,
    sources: Sources,
    loaded: HashMap<String, FrozenModule>,
    /// Directories of the library with one name of theirs.
    members: HashMap<(String, String), FrozenModule>,
    /// Which file loads which, to the one that is being loaded.
    chain: Vec<String>,
}

/// A `load` of a file: what, which of its names, and where it says so.
struct Load {
    name: String,
    symbols: Vec<String>,
    span: Span,
}

impl<'a> Loader<'a> {
    /// Nothing is loaded yet.
    pub fn new(files: &'a dyn Files, library: &'a dyn Library, globals: &'a Globals, limits: Limits) -> Self {
        Loader {
            files,
            library,
            globals,
            limits,
            sources: Sources::new(),
            loaded: HashMap::new(),
            members: HashMap::new(),
            chain: Vec::new(),
        }
    }

    /// The texts of what has been loaded so far, for drawing what went wrong.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Loads a file and everything that it loads.
    pub fn load(&mut self, path: &str) -> Result<Program, Diagnostic> {
        let module = self.module(path, Span::NONE)?;
        Ok(Program::new(module, self.sources.clone(), self.limits))
    }

    /// Calls in a file that cannot go well, whether the code ever comes to them or not. It has to have been loaded.
    /// What takes more arguments than it documents says which. What is handed to some functions is meant to fail.
    pub fn misuses(&self, path: &str, also: &AlsoTakes<'_>, meant_to_fail: &[&str]) -> Vec<Diagnostic> {
        let Some((file, text)) = self.sources.find(path) else { return Vec::new() };
        let Ok(ast) = AstModule::parse(path, text, &dialect()) else { return Vec::new() };
        let mut names = Names::new();
        if let Some(module) = self.loaded.get(path) {
            names.extend(public(module));
        }
        for load in ast.loads() {
            for (own, theirs) in &load.symbols {
                let is_member = self.library.members(load.module_id).is_some();
                let value = if is_member {
                    self.members.get(&(load.module_id.to_owned(), (*theirs).to_owned()))
                } else {
                    self.loaded.get(&beside(path, load.module_id))
                };
                if let Some(value) = value.and_then(|module| module.get_option(theirs).ok().flatten()) {
                    names.insert((*own).to_owned(), value);
                }
            }
        }
        calls::misuses(&ast, file, &names, also, meant_to_fail)
    }

    /// Loads code that lies in no file.
    pub fn load_text(&mut self, name: &str, text: &str) -> Result<Program, Diagnostic> {
        let module = self.evaluate(name, text)?;
        Ok(Program::new(module, self.sources.clone(), self.limits))
    }

    /// Loads what lies in a member of the library, for whoever documents it.
    pub fn member(&mut self, name: &str, member: &str) -> Result<Program, Diagnostic> {
        self.load(&member_file(name, member))
    }

    fn module(&mut self, name: &str, from: Span) -> Result<FrozenModule, Diagnostic> {
        if let Some(module) = self.loaded.get(name) {
            return Ok(module.clone());
        }
        if self.chain.iter().any(|above| above == name) {
            let ring: Vec<&str> = self.chain.iter().map(String::as_str).chain([name]).collect();
            return Err(Diagnostic::error(
                "Files load one another in a ring",
                format!("{}: none of them can be loaded before the others.", ring.join(" loads ")),
            )
            .at(from));
        }
        if self.chain.len() >= CHAIN_MAX {
            return Err(Diagnostic::error(
                "Too many files load one another",
                format!("{name} is the end of a chain of {CHAIN_MAX} files."),
            )
            .at(from));
        }
        let text = self.text(name, from)?;
        self.chain.push(name.to_owned());
        let module = self.evaluate(name, &text);
        self.chain.pop();
        let module = module?;
        self.loaded.insert(name.to_owned(), module.clone());
        Ok(module)
    }

    fn text(&self, name: &str, from: Span) -> Result<String, Diagnostic> {
        if name.starts_with('@') {
            let text = self.library.text(name).map(Cow::into_owned);
            return text.ok_or_else(|| {
                Diagnostic::error("No such file", format!("Nothing comes with Plumb under the name {name}."))
                    .at(from)
            });
        }
        let unreadable = |why: std::io::Error| {
            Diagnostic::error("A file cannot be read", format!("{name}: {}", explain_refusal(&why))).at(from)
        };
        let content = self.files.read_regular(Path::new(name)).map_err(unreadable)?;
        if content.len() > FILE_BYTES_MAX {
            let why = format!("{name} has {} bytes, and {FILE_BYTES_MAX} are read.", content.len());
            return Err(Diagnostic::error("A file is too large for code", why).at(from));
        }
        as_text(content).map_err(unreadable)
    }

    fn evaluate(&mut self, name: &str, text: &str) -> Result<FrozenModule, Diagnostic> {
        let file = self.sources.add(name, text);
        if let Err(too_deep) = nesting::check(text) {
            return Err(too_deep.diagnostic(file));
        }
        let ast =
            AstModule::parse(name, text.to_owned(), &dialect()).map_err(|error| self.explained(&error))?;
        let loads: Vec<Load> = ast
            .loads()
            .into_iter()
            .map(|load| Load {
                name: load.module_id.to_owned(),
                symbols: load.symbols.values().map(|symbol| (*symbol).to_owned()).collect(),
                span: self.sources.span(&load.span),
            })
            .collect();
        let modules = self.loads(name, loads)?;
        self.freeze(name, ast, &modules)
    }

    fn explained(&self, error: &starlark::Error) -> Diagnostic {
        diagnostic(error, &self.sources)
    }

    fn loads(&mut self, from: &str, loads: Vec<Load>) -> Result<Loaded, Diagnostic> {
        let mut members: BTreeMap<String, (BTreeSet<String>, Span)> = BTreeMap::new();
        let mut modules = HashMap::new();
        for load in loads {
            if self.library.members(&load.name).is_some() {
                let (symbols, span) = members.entry(load.name).or_insert((BTreeSet::new(), load.span));
                symbols.extend(load.symbols);
                *span = load.span;
            } else {
                let module = self.module(&beside(from, &load.name), load.span)?;
                modules.insert(load.name, module);
            }
        }
        for (name, (symbols, span)) in members {
            let module = self.members(&name, &symbols, span)?;
            for symbol in symbols {
                self.members.insert((name.clone(), symbol), module.clone());
            }
            modules.insert(name, module);
        }
        Ok(Loaded(modules))
    }

    /// A module with one name for each file of a directory of the library.
    fn members(
        &mut self,
        name: &str,
        symbols: &BTreeSet<String>,
        span: Span,
    ) -> Result<FrozenModule, Diagnostic> {
        let mut text = String::new();
        let mut modules = HashMap::new();
        for symbol in symbols {
            let known = self.library.members(name).unwrap_or_default();
            if !known.contains(&symbol.as_str()) {
                let hint = did_you_mean(symbol, known.iter().copied());
                let why = format!("{name} has no {symbol}.{hint} It has {}.", known.join(", "));
                return Err(Diagnostic::error("No such name", why).at(span));
            }
            let file = member_file(name, symbol);
            let module = self.module(&file, span)?;
            text.push_str(&namespace(symbol, &file, &module));
            modules.insert(file, module);
        }
        let ast = AstModule::parse(name, text, &dialect()).map_err(|error| self.explained(&error))?;
        self.freeze(name, ast, &Loaded(modules))
    }

    fn freeze(&self, name: &str, ast: AstModule, modules: &Loaded) -> Result<FrozenModule, Diagnostic> {
        let evaluated = Module::with_temp_heap(|module| {
            {
                let mut evaluator = Evaluator::new(&module);
                self.limits.hold(&mut evaluator)?;
                evaluator.set_print_handler(&Silent);
                evaluator.set_loader(modules);
                stopped_at_overflow(|| evaluator.eval_module(ast, self.globals).map(drop))?;
            }
            let named = FrozenHeapName::User(Box::new(name.to_owned()));
            module.freeze_named(named).map_err(starlark::Error::from)
        });
        evaluated.map_err(|error: starlark::Error| self.explained(&error))
    }
}

/// Code that makes all that a file gives to others the attributes of one value.
fn namespace(symbol: &str, file: &str, module: &FrozenModule) -> String {
    let (mut loads, mut attributes) = (String::new(), String::new());
    for (name, _) in public(module) {
        loads.push_str(&format!(", _{symbol}_{name} = \"{name}\""));
        attributes.push_str(&format!("{name} = _{symbol}_{name}, "));
    }
    format!("load(\"{file}\"{loads})\n{symbol} = struct({attributes})\n")
}

/// What a module gives to others.
pub(crate) fn public(module: &FrozenModule) -> Vec<(String, OwnedFrozenValue)> {
    let names = module.names().map(|name| name.as_str().to_owned());
    let value = |name: String| module.get_option(&name).ok().flatten().map(|value| (name, value));
    names.filter(|name| !name.starts_with('_')).filter_map(value).collect()
}

fn member_file(name: &str, member: &str) -> String {
    format!("{name}/{member}.star")
}

/// Where a file lies that another loads: beside it, unless it says otherwise.
fn beside(from: &str, name: &str) -> String {
    if name.starts_with('@') {
        return name.to_owned();
    }
    if from.starts_with('@') {
        let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
        return format!("{directory}/{name}");
    }
    let directory = Path::new(from).parent().unwrap_or(Path::new(""));
    let mut path = PathBuf::new();
    for component in directory.join(name).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if path.file_name().is_some() => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path.to_string_lossy().into_owned()
}

struct Loaded(HashMap<String, FrozenModule>);

impl FileLoader for Loaded {
    fn load(&self, path: &str) -> starlark::Result<FrozenModule> {
        let module = self.0.get(path).cloned();
        module
            .ok_or_else(|| starlark::Error::new_other(std::io::Error::other(format!("{path} is not loaded"))))
    }
}

/// What is printed while files are loaded is nobody's: it would be printed once for all hosts.
struct Silent;

impl starlark::PrintHandler for Silent {
    fn println(&self, _: &str) -> starlark::Result<()> {
        Ok(())
    }
}

/// The dialect: types, keyword arguments, `f"{name}"`, and statements outside of functions.
pub(crate) fn dialect() -> Dialect {
    Dialect {
        enable_types: DialectTypes::Enable,
        enable_keyword_only_arguments: true,
        enable_positional_only_arguments: true,
        enable_f_strings: true,
        enable_top_level_stmt: true,
        enable_load_reexport: false,
        ..Dialect::Standard
    }
}
