//! Drawing differences.
//!
//! Responsible for symbols, indentation and what is left out. Everything is appended to one text, so
//! the cost is linear to what is drawn.

use std::sync::Arc;

use plumb_diagnostics::TextStyle;

use super::difference::{Act, Blocks, Content, Difference};
use plumb_value::quote;

use super::quote::name;
use super::strings::draw_text;

/// How a difference is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) style: TextStyle,
    /// Whether `-> null` is left out: something around has said it.
    pub(crate) hides_null: bool,
    /// Whether it says that it forces a replacement although only something around does.
    pub(crate) blamed: bool,
    /// Whether what does not change is drawn too.
    pub(crate) shows_all: bool,
    /// Whether there are no symbols, and no room for them.
    pub(crate) bare: bool,
}

impl Options {
    pub(crate) fn new(style: TextStyle) -> Self {
        Options { style, hides_null: false, blamed: false, shows_all: false, bare: false }
    }

    /// For states: everything, and no symbols.
    pub(crate) fn for_state(style: TextStyle) -> Self {
        Options { hides_null: true, shows_all: true, bare: true, ..Options::new(style) }
    }

    fn for_inside(self) -> Self {
        Options { blamed: false, ..self }
    }
}

/// Attributes by which people know an object: they are shown even where they do not change.
fn is_telling(attribute: &str) -> bool {
    matches!(attribute, "id" | "name" | "tags")
}

/// A text that is being drawn.
pub(crate) struct Drawing<'d> {
    pub(crate) out: &'d mut String,
}

impl Drawing<'_> {
    /// The beginning of a line at a depth, with the symbol for what happens there.
    pub(crate) fn begin(&mut self, depth: usize, act: Act, options: Options) {
        self.out.extend(std::iter::repeat_n("    ", depth));
        if !options.bare {
            self.out.push_str(&symbol(act, options.style));
            self.out.push(' ');
        }
    }

    pub(crate) fn null_suffix(&mut self, act: Act, options: Options) {
        if act == Act::Delete && !options.hides_null {
            self.out.push_str(&options.style.faint(" -> null"));
        }
    }

    pub(crate) fn blame(&mut self, replace: bool, options: Options) {
        if replace || options.blamed {
            self.out.push_str(&options.style.red(" # forces replacement"));
        }
    }

    fn hidden(&mut self, depth: usize, count: usize, thing: &str, options: Options) {
        if count > 0 {
            self.begin(depth, Act::None, options);
            let plural = if count == 1 { "" } else { "s" };
            self.out.push_str(&options.style.faint(&format!("# ({count} unchanged {thing}{plural} hidden)")));
            self.out.push('\n');
        }
    }

    fn warn(&mut self, depth: usize, difference: &Difference, options: Options) {
        if let Some(warning) = difference.warning() {
            self.begin(depth, Act::None, options);
            self.out.push_str(&format!("# {}: {warning}\n", options.style.yellow("Warning")));
        }
    }

    /// Draws the right side of an attribute, or what follows the header of a block.
    pub(crate) fn difference(&mut self, difference: &Difference, depth: usize, options: Options) {
        let Difference { act, replace, content } = difference;
        match content {
            Content::Plain(before, after) => self.plain(difference, before, after, options),
            Content::Text(before, after) => {
                draw_text(self, difference, before.as_ref(), after.as_ref(), depth, options);
            }
            Content::List { elements, with_neighbours: true } => {
                self.list(difference, elements, depth, options);
            }
            Content::List { elements, with_neighbours: false } => {
                let inside = Options { hides_null: true, ..options.for_inside() };
                self.set(difference, elements, depth, *replace, options, inside);
            }
            Content::Set { elements, blames_elements } => {
                let blamed = *replace && *blames_elements;
                let inside = Options { hides_null: true, blamed, ..options };
                self.set(difference, elements, depth, *replace && !blames_elements, options, inside);
            }
            Content::Map { entries, of_objects } => {
                self.map(difference, entries, *of_objects, depth, options);
            }
            Content::Object { attributes, tells_null } => {
                self.object(difference, attributes, *tells_null, depth, options);
            }
            Content::Block { attributes, blocks } => {
                self.block(difference, attributes, blocks, depth, options);
            }
            Content::Sensitive { .. } => {
                self.out.push_str("(sensitive value)");
                self.null_suffix(*act, options);
                self.blame(*replace, options);
            }
            Content::SensitiveBlock { .. } => self.sensitive_block(*replace, depth, options),
            Content::Unknown(before) => {
                if let Some(before) = before {
                    self.difference(before, depth, Options { hides_null: true, ..options.for_inside() });
                    self.out.push_str(" -> ");
                }
                self.out.push_str("(known after apply)");
                self.blame(*replace, options);
            }
            Content::OtherKind(before, after) => {
                let inside = Options { hides_null: true, ..options };
                self.difference(before, depth, inside);
                self.out.push_str(&options.style.yellow(" -> "));
                self.difference(after, depth, inside);
            }
            Content::WriteOnly => {
                self.out.push_str("(write-only attribute)");
                self.blame(*replace, options);
                self.null_suffix(*act, options);
            }
        }
    }

    fn plain(&mut self, difference: &Difference, before: &str, after: &str, options: Options) {
        match difference.act {
            Act::Create => self.out.push_str(after),
            Act::None => self.out.push_str(before),
            Act::Delete => {
                self.out.push_str(before);
                // It has been null all the time.
                if before != "null" {
                    self.null_suffix(Act::Delete, options);
                }
            }
            Act::Update => {
                self.out.push_str(before);
                self.out.push_str(&options.style.yellow(" -> "));
                self.out.push_str(after);
            }
        }
        self.blame(difference.replace, options);
    }

    fn open(&mut self, bracket: char, replace: bool, options: Options) {
        self.out.push(bracket);
        self.blame(replace, options);
        self.out.push('\n');
    }

    fn close(&mut self, bracket: char, act: Act, depth: usize, options: Options) {
        self.begin(depth, Act::None, options);
        self.out.push(bracket);
        self.null_suffix(act, options);
    }

    fn empty(&mut self, brackets: &str, difference: &Difference, replace: bool, options: Options) {
        self.out.push_str(brackets);
        self.null_suffix(difference.act, options);
        self.blame(replace, options);
    }

    fn element(&mut self, element: &Difference, depth: usize, options: Options) {
        self.warn(depth, element, options);
        self.begin(depth, element.act, options);
        self.difference(element, depth, options);
        self.out.push_str(",\n");
    }

    /// Elements in order: changed ones with their neighbours.
    fn list(&mut self, difference: &Difference, elements: &[Difference], depth: usize, options: Options) {
        if elements.is_empty() {
            return self.empty("[]", difference, difference.replace, options);
        }
        self.open('[', difference.replace, options);
        let inside = Options { hides_null: true, ..options.for_inside() };
        let whole = Options { shows_all: true, ..options.for_inside() };
        let is_changed = |at: usize| elements.get(at).is_some_and(|element| element.act != Act::None);
        let mut hidden = 0;
        for (at, element) in elements.iter().enumerate() {
            let is_neighbour = is_changed(at + 1) || at.checked_sub(1).is_some_and(is_changed);
            if element.act == Act::None && !options.shows_all && !is_neighbour {
                hidden += 1;
                continue;
            }
            self.hidden(depth + 1, std::mem::take(&mut hidden), "element", options);
            self.element(element, depth + 1, if element.act == Act::None { whole } else { inside });
        }
        self.hidden(depth + 1, hidden, "element", options);
        self.close(']', difference.act, depth, options);
    }

    fn set(
        &mut self,
        difference: &Difference,
        elements: &[Difference],
        depth: usize,
        replace: bool,
        options: Options,
        inside: Options,
    ) {
        if elements.is_empty() {
            return self.empty("[]", difference, replace, options);
        }
        self.open('[', replace, options);
        let mut hidden = 0;
        for element in elements {
            if element.act == Act::None && !options.shows_all {
                hidden += 1;
            } else {
                self.element(element, depth + 1, inside);
            }
        }
        self.hidden(depth + 1, hidden, "element", options);
        self.close(']', difference.act, depth, options);
    }

    fn map(
        &mut self,
        difference: &Difference,
        entries: &[(Arc<str>, Difference)],
        of_objects: bool,
        depth: usize,
        options: Options,
    ) {
        let (replace, blamed) = (difference.replace && !of_objects, difference.replace && of_objects);
        if entries.is_empty() {
            return self.empty("{}", difference, replace, options);
        }
        self.open('{', replace, options);
        let hides_null = difference.act == Act::Delete || of_objects || options.hides_null;
        let inside = Options { hides_null, blamed, ..options };
        let width = if of_objects { 0 } else { widest(entries, quote) };
        let mut hidden = 0;
        for (key, entry) in entries {
            if entry.act == Act::None && !options.shows_all {
                hidden += 1;
                continue;
            }
            let ending = if matches!(entry.content, Content::Object { .. }) { ",\n" } else { "\n" };
            self.member(&quote(key), width, entry, depth + 1, inside);
            self.out.push_str(ending);
        }
        self.hidden(depth + 1, hidden, "element", options);
        self.close('}', difference.act, depth, options);
    }

    /// `name = value` without the line break.
    fn member(&mut self, label: &str, width: usize, part: &Difference, depth: usize, options: Options) {
        self.warn(depth, part, options);
        self.begin(depth, part.act, options);
        self.out.push_str(label);
        let length = label.chars().count();
        self.out.extend(std::iter::repeat_n(' ', width.saturating_sub(length)));
        self.out.push_str(" = ");
        self.difference(part, depth, options);
    }

    fn object(
        &mut self,
        difference: &Difference,
        attributes: &[(Arc<str>, Difference)],
        tells_null: bool,
        depth: usize,
        options: Options,
    ) {
        if attributes.is_empty() {
            return self.empty("{}", difference, difference.replace, options);
        }
        self.open('{', difference.replace, options);
        let inside = Options { hides_null: !tells_null || options.bare, ..options.for_inside() };
        self.attributes(attributes, depth, options, inside);
        self.close('}', difference.act, depth, options);
    }

    fn attributes(
        &mut self,
        attributes: &[(Arc<str>, Difference)],
        depth: usize,
        options: Options,
        inside: Options,
    ) {
        let width = widest(attributes, name);
        let mut hidden = 0;
        for (label, attribute) in attributes {
            let inside = if is_telling(label) { Options { shows_all: true, ..inside } } else { inside };
            if attribute.act == Act::None && !inside.shows_all {
                hidden += 1;
                continue;
            }
            self.member(&name(label), width, attribute, depth + 1, inside);
            self.out.push('\n');
        }
        self.hidden(depth + 1, hidden, "attribute", options);
    }

    fn block(
        &mut self,
        difference: &Difference,
        attributes: &[(Arc<str>, Difference)],
        blocks: &[Blocks],
        depth: usize,
        options: Options,
    ) {
        if attributes.is_empty() && blocks.is_empty() {
            self.out.push_str("{}");
            return self.blame(difference.replace, options);
        }
        self.open('{', difference.replace, options);
        self.attributes(attributes, depth, options, options.for_inside());
        let mut hidden = 0;
        for kind in blocks {
            hidden += self.blocks(kind, difference, !attributes.is_empty(), depth + 1, options);
        }
        if hidden > 0 {
            self.out.push('\n');
            self.hidden(depth + 1, hidden, "block", options);
        }
        self.begin(depth, Act::None, options);
        self.out.push('}');
    }

    /// The blocks of one type. Returns how many were left out.
    fn blocks(
        &mut self,
        kind: &Blocks,
        around: &Difference,
        is_apart: bool,
        depth: usize,
        options: Options,
    ) -> usize {
        let mut hidden = 0;
        let mut is_first = true;
        for (label, block) in &kind.blocks {
            let hiding = hide_secrets(kind, block);
            let block = hiding.as_ref().unwrap_or(block);
            if block.act == Act::None && !options.shows_all {
                hidden += 1;
                continue;
            }
            if std::mem::take(&mut is_first) && is_apart {
                self.out.push('\n');
            }
            let inside = Options { blamed: kind.replace || (kind.is_set && around.replace), ..options };
            self.warn(depth, block, inside);
            self.begin(depth, block.act, inside);
            self.out.push_str(&name(&kind.kind));
            if let Some(label) = label {
                self.out.push(' ');
                self.out.push_str(&quote(label));
            }
            self.out.push(' ');
            self.difference(block, depth, inside);
            self.out.push('\n');
        }
        hidden
    }

    fn sensitive_block(&mut self, replace: bool, depth: usize, options: Options) {
        self.open('{', replace, options);
        for line in ["# Something in this block is (or was) sensitive,", "# so its content is not shown."] {
            self.begin(depth, Act::None, options);
            self.out.push_str(if options.bare { "    " } else { "  " });
            self.out.push_str(line);
            self.out.push('\n');
        }
        self.begin(depth, Act::None, options);
        self.out.push('}');
    }
}

/// What is drawn instead of a block where all blocks of the type are secret.
fn hide_secrets(kind: &Blocks, block: &Difference) -> Option<Difference> {
    let (before, after) = (kind.before_sensitive, kind.after_sensitive);
    let hides = match block.act {
        Act::Create => after,
        Act::Delete => before,
        Act::Update | Act::None => before || after,
    };
    let act = if block.act == Act::None && before != after { Act::Update } else { block.act };
    let content = Content::SensitiveBlock { before, after, inner: block.act };
    hides.then_some(Difference { act, replace: block.replace, content })
}

fn widest(parts: &[(Arc<str>, Difference)], label: impl Fn(&str) -> String) -> usize {
    parts.iter().map(|(key, _)| label(key).chars().count()).max().unwrap_or(0)
}

/// The symbol of a part, three columns wide.
fn symbol(act: Act, style: TextStyle) -> String {
    match act {
        Act::None => "   ".to_owned(),
        Act::Create => format!("  {}", style.green("+")),
        Act::Update => format!("  {}", style.yellow("~")),
        Act::Delete => format!("  {}", style.red("-")),
    }
}
