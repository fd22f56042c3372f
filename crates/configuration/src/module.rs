//! All files of one module, read into one [`Module`].

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumb_address::{ConfigModule, Mode};
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::{Files, SourceMap, Span};
use plumb_syntax::ast::{Block, Body};

use crate::config::{Module, ModuleId, ResourceBlock, Settings};
use crate::overrides::{Merger, is_override};
use crate::{calls, moves, resource, settings, values};

const KINDS: [&str; 13] = [
    "terraform",
    "provider",
    "variable",
    "locals",
    "output",
    "module",
    "resource",
    "data",
    "ephemeral",
    "moved",
    "removed",
    "import",
    "check",
];

/// Names of a directory's configuration files, in the order in which they are read: override files
/// come last.
///
/// # Errors
/// Whatever reading the directory says.
pub fn configuration_files(files: &dyn Files, directory: &Path) -> std::io::Result<Vec<String>> {
    let names: Vec<String> = files
        .list(directory)?
        .into_iter()
        .filter(|(name, is_directory)| !is_directory && !is_ignored(name) && ending_of(name).is_some())
        .map(|(name, _)| name)
        .collect();
    let mut strongest: HashMap<(&str, bool), usize> = HashMap::with_capacity(names.len());
    for name in &names {
        if let Some((stem, strength)) = ending_of(name) {
            let best = strongest.entry(stem).or_default();
            *best = strength.max(*best);
        }
    }
    // A file for one program alone takes the place of the one for all with the same stem, of the native
    // and the JSON form each for itself.
    let is_shadowed =
        |name: &str| ending_of(name).is_some_and(|(stem, strength)| strongest.get(&stem) != Some(&strength));
    let (over, primary): (Vec<String>, Vec<String>) =
        names.iter().filter(|name| !is_shadowed(name)).cloned().partition(|name| is_override(name));
    Ok(primary.into_iter().chain(over).collect())
}

/// Editors leave such files beside those that they edit.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// What tells files of one stem and syntax apart from others, and how strong the ending is; `None` for
/// files that hold no configuration.
fn ending_of(name: &str) -> Option<((&str, bool), usize)> {
    let (name, is_json) = without_json(name);
    [".tf", ".tofu", ".plumb"]
        .iter()
        .enumerate()
        .find_map(|(strength, ending)| Some(((name.strip_suffix(ending)?, is_json), strength)))
}

/// The name without the ending that says that a file is in JSON, and whether it had one.
pub(crate) fn without_json(name: &str) -> (&str, bool) {
    name.strip_suffix(".json").map_or((name, false), |rest| (rest, true))
}

/// Reads one file of a module.
pub(crate) struct ModuleReader<'a> {
    pub(crate) module: Module,
    pub(crate) diagnostics: &'a mut Diagnostics,
}

impl<'a> ModuleReader<'a> {
    pub(crate) fn new(
        id: ModuleId,
        path: ConfigModule,
        parent: Option<(ModuleId, Arc<str>)>,
        directory: PathBuf,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        let module = Module {
            id,
            path,
            parent,
            directory,
            settings: Settings::default(),
            variables: Arc::default(),
            locals: Arc::default(),
            outputs: Arc::default(),
            resources: BTreeMap::new(),
            calls: BTreeMap::new(),
            providers: BTreeMap::new(),
            moved: Vec::new(),
            imports: Vec::new(),
            removed: Vec::new(),
            checks: Arc::default(),
            replaced: Vec::new(),
        };
        ModuleReader { module, diagnostics }
    }

    /// Reads every file of the module's directory.
    pub(crate) fn read_directory(&mut self, files: &dyn Files, sources: &SourceMap) {
        let directory = self.module.directory.clone();
        for block in self.parse_directory(files, sources, &directory) {
            self.read_block(&block);
        }
    }

    fn parse_directory(&mut self, files: &dyn Files, sources: &SourceMap, directory: &Path) -> Vec<Block> {
        let names = match configuration_files(files, directory) {
            Ok(names) => names,
            Err(error) => {
                self.diagnostics.push(Diagnostic::error(
                    "Failed to read module directory",
                    format!("The directory {} could not be read: {error}.", directory.display()),
                ));
                return Vec::new();
            }
        };
        let mut primary = Vec::new();
        let mut over = Vec::new();
        for name in names {
            let blocks = self.read_file(files, sources, &join(directory, &name));
            if is_override(&name) { over.extend(blocks) } else { primary.extend(blocks) }
        }
        if !over.is_empty() {
            let mut merger = Merger::new(primary, self.diagnostics);
            over.into_iter().for_each(|block| merger.lay(block));
            primary = merger.finish();
        }
        primary
    }

    /// The blocks of one file.
    fn read_file(&mut self, files: &dyn Files, sources: &SourceMap, path: &Path) -> Vec<Block> {
        let shown = path.to_string_lossy().into_owned();
        let bytes = match files.read_regular(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.diagnostics.push(Diagnostic::error(
                    "Failed to read file",
                    format!("The file {shown} could not be read: {error}."),
                ));
                return Vec::new();
            }
        };
        let text: Arc<str> = String::from_utf8_lossy(&bytes).into();
        let file = sources.add(shown, text.clone());
        if let Err(problem) = plumb_syntax::decode(&bytes, file) {
            self.diagnostics.append(problem);
            return Vec::new();
        }
        if without_json(&path.to_string_lossy()).1 {
            return match plumb_syntax::json::parse(&text, file) {
                Ok(root) => crate::json::read_file(&root, self.diagnostics),
                Err(problems) => {
                    self.diagnostics.append(problems);
                    Vec::new()
                }
            };
        }
        let body = self.diagnostics.take(plumb_syntax::parse_file(&text, file));
        self.refuse_attributes(&body);
        body.blocks
    }

    fn refuse_attributes(&mut self, body: &Body) {
        for attribute in &body.attributes {
            self.diagnostics.push(
                Diagnostic::error(
                    "Unsupported argument",
                    format!(
                        "An argument named \"{}\" is not expected here: a file consists of blocks. Values with a name go \
                         into a locals block.",
                        attribute.name.text
                    ),
                )
                .at(attribute.name.span),
            );
        }
    }

    fn read_block(&mut self, block: &Block) {
        match &*block.kind.text {
            "terraform" => {
                settings::read_settings(block, &mut self.module.settings, self.diagnostics);
                self.warn_of_place(block);
            }
            "provider" => {
                if let Some(read) = calls::read_provider(block, self.diagnostics) {
                    let key = (read.name.clone(), read.alias.clone());
                    let earlier = self.module.providers.get(&key).map(|earlier| earlier.span);
                    if self.is_first("provider configuration", &read.name, read.span, earlier) {
                        self.module.providers.insert(key, read);
                    }
                }
            }
            "variable" => {
                if let Some(read) = values::read_variable(block, self.diagnostics) {
                    let earlier = self.module.variables.get(&read.name).map(|earlier| earlier.span);
                    if self.is_first("variable declaration", &read.name, read.span, earlier) {
                        Arc::make_mut(&mut self.module.variables).insert(read.name.clone(), read);
                    }
                }
            }
            "locals" => {
                for read in values::read_locals(block, self.diagnostics) {
                    let earlier = self.module.locals.get(&read.name).map(|earlier| earlier.span);
                    if self.is_first("local value definition", &read.name, read.span, earlier) {
                        Arc::make_mut(&mut self.module.locals).insert(read.name.clone(), read);
                    }
                }
            }
            "output" => {
                if let Some(read) = values::read_output(block, self.diagnostics) {
                    if read.ephemeral && self.module.path.is_root() {
                        self.diagnostics.push(
                            Diagnostic::error(
                                "Ephemeral output not allowed",
                                "Ephemeral outputs are not allowed in the root module, whose outputs are stored in the state.",
                            )
                            .at(read.span),
                        );
                    }
                    let earlier = self.module.outputs.get(&read.name).map(|earlier| earlier.span);
                    if self.is_first("output definition", &read.name, read.span, earlier) {
                        Arc::make_mut(&mut self.module.outputs).insert(read.name.clone(), read);
                    }
                }
            }
            "module" => {
                if let Some(read) = calls::read_call(block, self.diagnostics) {
                    let earlier = self.module.calls.get(&read.name).map(|earlier| earlier.span);
                    if self.is_first("module call", &read.name, read.span, earlier) {
                        self.module.calls.insert(read.name.clone(), read);
                    }
                }
            }
            "resource" => self.read_resource(block, Mode::Managed),
            "data" => self.read_resource(block, Mode::Data),
            "ephemeral" => self.read_resource(block, Mode::Ephemeral),
            "moved" => self.module.moved.extend(moves::read_moved(block, self.diagnostics)),
            "removed" => self.module.removed.extend(moves::read_removed(block, self.diagnostics)),
            "import" => self.read_import(block),
            "check" => {
                if let Some((read, data)) = moves::read_check(block, self.diagnostics) {
                    let earlier = self.module.checks.get(&read.name).map(|earlier| earlier.span);
                    let what = format!("check \"{}\" configuration", read.name);
                    if self.is_first(&what, &read.name, read.span, earlier) {
                        Arc::make_mut(&mut self.module.checks).insert(read.name.clone(), read);
                    }
                    if let Some(data) = data {
                        self.add_resource(data);
                    }
                }
            }
            kind => self.diagnostics.push(
                Diagnostic::error(
                    "Unsupported block type",
                    format!("Blocks of type \"{kind}\" are not expected here.{}", did_you_mean(kind, KINDS)),
                )
                .at(block.kind.span),
            ),
        }
    }

    /// Only the root module says where the state lives.
    fn warn_of_place(&mut self, block: &Block) {
        if self.module.path.is_root() {
            return;
        }
        let is_of_root = |block: &&Block| matches!(&*block.kind.text, "backend" | "cloud" | "encryption");
        for place in block.body.blocks.iter().filter(is_of_root) {
            let summary = match &*place.kind.text {
                "backend" => "Backend configuration ignored",
                "encryption" => "Encryption configuration ignored",
                _ => "Cloud configuration ignored",
            };
            self.diagnostics.push(
                Diagnostic::warning(
                    summary,
                    format!(
                        "The root module alone says where the state lives and how it is kept. This \"{}\" block is in a module that is called \
                         from another one, so it has no effect.",
                        place.kind.text
                    ),
                )
                .at(place.header),
            );
        }
    }

    fn read_import(&mut self, block: &Block) {
        if !self.module.path.is_root() {
            self.diagnostics.push(
                Diagnostic::error(
                    "Invalid import configuration",
                    "An import block was found in a module that is called from another one; import blocks belong in \
                     the root module only.",
                )
                .at(block.header),
            );
            return;
        }
        self.module.imports.extend(moves::read_import(block, self.diagnostics));
    }

    fn read_resource(&mut self, block: &Block, mode: Mode) {
        if let Some(read) = resource::read_resource(block, mode, self.diagnostics) {
            self.add_resource(read);
        }
    }

    fn add_resource(&mut self, read: ResourceBlock) {
        let earlier = self.module.resources.get(&read.resource).map(|earlier| earlier.header);
        let what = match read.resource.mode {
            Mode::Managed => "resource",
            Mode::Data => "data",
            Mode::Ephemeral => "ephemeral",
        };
        let what = format!("{what} \"{}\" configuration", read.resource.kind);
        if self.is_first(&what, &read.resource.to_string(), read.header, earlier) {
            self.module.resources.insert(read.resource.clone(), read);
        }
    }

    /// Complains where something has the name of something before it.
    fn is_first(&mut self, what: &str, name: &str, span: Span, earlier: Option<Span>) -> bool {
        let Some(earlier) = earlier else { return true };
        self.diagnostics.push(
            Diagnostic::error(
                format!("Duplicate {what}"),
                format!("There is one of that kind named \"{name}\" already. Names must be unique for each kind of object in a module."),
            )
            .at(span)
            .note(earlier, "the first one"),
        );
        false
    }
}

/// A path below a directory, without a leading `./` that nobody wrote.
pub(crate) fn join(directory: &Path, name: &str) -> PathBuf {
    if directory.as_os_str().is_empty() || directory == Path::new(".") {
        PathBuf::from(name)
    } else {
        directory.join(name)
    }
}
