//! Diagnostics for people.
//!
//! Responsible for the one layout that every command uses: a headline, where it happened, the source
//! with the fault marked, what the names in it stood for, and then the explanation. Tools search for
//! the first two, so `Error: SUMMARY` and `on FILE line N, in BLOCK:` keep their words.

use std::borrow::Cow;
use std::fmt::Write as _;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use plumb_source::{SourceMap, Span};

use crate::snippet::{Excerpt, Place};
use crate::{Diagnostic, Severity, TextStyle};

/// Longest excerpt that is shown whole; of longer ones only the lines near the fault.
const LINES_MAX: usize = 12;

/// One diagnostic as text that ends with a line break.
pub fn render_text(diagnostic: &Diagnostic, sources: &SourceMap, style: &TextStyle) -> String {
    let mut out = headline(diagnostic, style);
    out.push('\n');
    let place = Place::of_diagnostic(diagnostic, sources);
    if diagnostic.address.is_some() || place.is_some() {
        out.push('\n');
    }
    if let Some(address) = &diagnostic.address {
        let end = if place.is_some() { "," } else { "" };
        let _ = writeln!(out, "  with {address}{end}");
    }
    if let Some(place) = &place {
        write_place(&mut out, place);
        write_source(&mut out, place, diagnostic.context, diagnostic.severity, style);
    }
    write_values(&mut out, diagnostic, place.as_ref().map_or(0, Place::gutter), style);
    for note in &diagnostic.notes {
        let _ = writeln!(out, "\n  {}", note.message);
        if let Some(place) = Place::of(note.span, sources) {
            write_place(&mut out, &place);
            write_source(&mut out, &place, None, diagnostic.severity, style);
        }
    }
    let detail = diagnostic.detail.trim_end();
    if !detail.is_empty() {
        let _ = writeln!(out, "\n{}", style.wrap(detail));
    }
    out
}

/// Several diagnostics, each parted from the next by a blank line; warnings that say the same are
/// told once. Empty where there are none.
pub fn render_all_text<'d>(
    diagnostics: impl IntoIterator<Item = &'d Diagnostic>,
    sources: &SourceMap,
    style: &TextStyle,
) -> String {
    let told = crate::consolidate::consolidate(diagnostics, sources);
    let parts: Vec<String> = told.iter().map(|diagnostic| render_text(diagnostic, sources, style)).collect();
    parts.join("\n")
}

/// Warnings by headline and place only, as `-compact-warnings` asks for. Errors are never shortened,
/// and leave the warnings beside them whole too. Empty where there are none.
pub fn render_compact_text<'d>(
    diagnostics: impl IntoIterator<Item = &'d Diagnostic>,
    sources: &SourceMap,
    style: &TextStyle,
) -> String {
    let all: Vec<&Diagnostic> = diagnostics.into_iter().collect();
    if all.iter().any(|diagnostic| diagnostic.is_error()) {
        return render_all_text(all, sources, style);
    }
    let told = crate::consolidate::by_summary(all);
    if told.is_empty() {
        return String::new();
    }
    let mut out = format!("{}\n\n", style.caution("Warnings:"));
    for (warning, similar) in told {
        let _ = writeln!(out, "- {}", warning.summary);
        if let Some(place) = Place::of_diagnostic(warning, sources) {
            let _ = write!(out, "  on {} line {}", printable(&place.file.path), place.line);
            if similar > 0 {
                let _ = write!(out, " (and {similar} more)");
            }
            out.push('\n');
        } else if similar > 0 {
            let _ = writeln!(out, "  ({similar} more of these)");
        }
    }
    out.push_str("\nWithout -compact-warnings, each of them is explained.\n");
    out
}

fn headline(diagnostic: &Diagnostic, style: &TextStyle) -> String {
    let label = match diagnostic.severity {
        Severity::Error => style.alarm("Error: "),
        Severity::Warning => style.caution("Warning: "),
    };
    format!("{label}{}", style.bold(&diagnostic.summary))
}

fn write_place(out: &mut String, place: &Place) {
    let _ = write!(out, "  on {} line {}", printable(&place.file.path), place.line);
    if let Some(block) = &place.block {
        let _ = write!(out, ", in {block}");
    }
    out.push_str(":\n");
}

/// A name that somebody else may have chosen, which must not tell the terminal what to do.
fn printable(name: &str) -> Cow<'_, str> {
    if !name.contains(char::is_control) {
        return Cow::Borrowed(name);
    }
    let escaped =
        |one: char| if one.is_control() { one.escape_default().to_string() } else { one.to_string() };
    Cow::Owned(name.chars().map(escaped).collect())
}

fn write_source(
    out: &mut String,
    place: &Place,
    context: Option<Span>,
    severity: Severity,
    style: &TextStyle,
) {
    let Some(excerpt) = Excerpt::of(&place.file, place.subject, context) else { return };
    if excerpt.code.trim().is_empty() {
        return;
    }
    for line in draw(&excerpt, severity, style).lines() {
        let line = line.trim_end();
        let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "  {line}") };
    }
}

/// The excerpt with line numbers and the marked part underlined. All drawing is done here.
fn draw(excerpt: &Excerpt, severity: Severity, style: &TextStyle) -> String {
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(width_of(style));
    let lines = excerpt.code.lines().count();
    let snippet = Snippet::source(excerpt.code.as_str())
        .line_start(excerpt.start_line as usize)
        .fold(lines > LINES_MAX)
        .annotation(AnnotationKind::Primary.span(one_line(excerpt)));
    renderer.render(&[Group::with_level(level).element(snippet)])
}

/// The part to underline. Of several lines only the first is: lines around a whole block say less
/// than its header does.
fn one_line(excerpt: &Excerpt) -> std::ops::Range<usize> {
    let marked = excerpt.code.get(excerpt.highlight.clone()).unwrap_or("");
    let first = marked.split('\n').next().unwrap_or("").trim_end();
    if first.is_empty() {
        excerpt.highlight.clone()
    } else {
        excerpt.highlight.start..excerpt.highlight.start + first.len()
    }
}

fn width_of(style: &TextStyle) -> usize {
    // Room for the indentation; where there is no limit, lines are shown whole.
    if style.width == 0 { 10_000 } else { style.width.max(40) }
}

/// What the names in the source stood for, below its line numbers.
fn write_values(out: &mut String, diagnostic: &Diagnostic, gutter: usize, style: &TextStyle) {
    let lead = format!("  {:gutter$}{} ", "", style.faint("="));
    if let Some(function) = &diagnostic.function {
        let _ = writeln!(out, "{lead}while calling {function}");
    }
    for (traversal, statement) in &diagnostic.values {
        let _ = writeln!(out, "{lead}{} {statement}", style.bold(traversal));
    }
}
