//! Reading files of YAML, each once, and what is wrong with them.

use std::path::{Path, PathBuf};

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_inventory::tree::{Node, VAULT_HEADER, masked, read_yaml, vault};
use plumb_source::{Files, SourceMap, Span, as_text, explain_refusal};

/// How many files include one another.
const INCLUDES_MAX: usize = 40;

/// The files of a playbook.
pub(crate) struct Reader<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) sources: &'a SourceMap,
}

impl Reader<'_> {
    /// What is in a file. `mentioned` is where it is spoken of.
    pub(crate) fn read(
        &self,
        path: &Path,
        mentioned: Option<Span>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Node, Diagnostic> {
        let shown = path.display().to_string();
        let refused = |why: &std::io::Error| {
            let detail = format!("{shown} cannot be read: {}", explain_refusal(why));
            let error = Diagnostic::error("Cannot read file", detail);
            mentioned.map_or_else(|| error.clone(), |place| error.clone().at(place))
        };
        let text = self.files.read_regular(path).and_then(as_text).map_err(|why| refused(&why))?;
        let file = self.sources.add(shown, masked(&text));
        if text.starts_with(VAULT_HEADER) {
            let whole = text.find('\n').unwrap_or(text.len());
            return Err(vault("the whole file", Span::new(file, 0, whole as u32)));
        }
        read_yaml(file, &text, diagnostics)
    }

    pub(crate) fn text(&self, path: &Path) -> Option<String> {
        self.files.read_regular(path).and_then(as_text).ok()
    }

    pub(crate) fn is_file(&self, path: &Path) -> bool {
        self.files.is_file(path)
    }

    /// The first of some paths that there is.
    pub(crate) fn first(&self, paths: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
        paths
            .into_iter()
            .map(|path| plain(&path))
            .find(|path| self.files.is_file(path) || self.files.is_directory(path))
    }

    /// Where something stands, as people say it.
    pub(crate) fn place(&self, span: Span) -> String {
        let Some(file) = self.sources.get(span.file) else { return String::new() };
        format!("{} line {}", file.path, file.line_number(span.start))
    }

    /// The lines that something stands in, without the indentation that all of them have.
    pub(crate) fn lines(&self, span: Span) -> String {
        let Some(file) = self.sources.get(span.file) else { return String::new() };
        // A mapping reaches to what comes after it.
        let text = file.slice(span).trim_end_matches(|one: char| one.is_whitespace() || one == '-');
        let end = span.start + text.len() as u32;
        let (first, last) = (file.line_number(span.start), file.line_number(end.saturating_sub(1)));
        let lines: Vec<&str> = (first..=last.max(first)).filter_map(|line| file.line(line)).collect();
        let indent = |line: &&str| line.len() - line.trim_start_matches([' ', '-']).len();
        let common = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
        let cut = |line: &&str| line.get(common..).unwrap_or_default().trim_end().to_owned();
        lines.iter().map(cut).collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }
}

/// Files that are being read because of one another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Includes(Vec<PathBuf>);

impl Includes {
    /// One more.
    ///
    /// # Errors
    /// It is among them already, or there are too many.
    pub(crate) fn with(&self, path: &Path, mentioned: Span) -> Result<Self, Diagnostic> {
        let path = plain(path);
        if self.0.contains(&path) {
            let detail = format!(
                "{} includes itself, by way of {}. Code of a deploy is written out once, so this would have no end.",
                path.display(),
                self.0.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
            );
            return Err(Diagnostic::error("Recursive include", detail).at(mentioned));
        }
        if self.0.len() >= INCLUDES_MAX {
            let detail = format!("More than {INCLUDES_MAX} files include one another here.");
            return Err(Diagnostic::error("Includes nested too deeply", detail).at(mentioned));
        }
        let mut more = self.clone();
        more.0.push(path);
        Ok(more)
    }
}

/// A path without `.` and, where that can be told, without `..`.
pub(crate) fn plain(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// The way from a directory to a path; both begin at the same place, or are absolute.
pub(crate) fn relative(from: &Path, to: &Path) -> String {
    let (from, to) = (plain(from), plain(to));
    if to.is_absolute() && !from.is_absolute() {
        return to.display().to_string();
    }
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = from[common..].iter().map(|_| "..".into());
    let down = to[common..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<String>>().join("/")
}
