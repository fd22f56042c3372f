//! Comments that say what follows them.

use plumb_source::{SourceMap, Span};

/// The lines of comments right above a block, as one.
pub(super) fn above(sources: &SourceMap, block: Span) -> String {
    let Some(file) = sources.get(block.file) else { return String::new() };
    let mut lines = Vec::new();
    let mut number = file.position(block.start).line;
    while number > 1
        && let Some(text) = file.line(number - 1).and_then(comment)
    {
        lines.push(text);
        number -= 1;
    }
    lines.reverse();
    lines.join(" ")
}

fn comment(line: &str) -> Option<String> {
    let text = line.strip_prefix('#').or_else(|| line.strip_prefix("//"))?;
    // Some are marked twice over.
    Some(text.trim_start_matches(['#', '/']).trim().to_owned())
}

/// The block of comments that a file begins with, without what marks it as one.
pub(super) fn heading(text: &str) -> String {
    let is_inside = |line: &&str| line.trim().starts_with("/*") || line.trim().starts_with('*');
    let lines = text.lines().take_while(is_inside);
    let lines = lines.filter(|line| !line.trim().starts_with("/*") && !line.trim().starts_with("*/"));
    let lines = lines.map(|line| {
        let line = line.trim_start_matches(' ');
        if line.trim() == "*" { "" } else { line.strip_prefix("* ").unwrap_or(line) }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_lose_their_marks() {
        assert_eq!(heading("/**\n * # Title\n *\n *   text\n */\nlocals {}\n"), "# Title\n\n  text");
        assert_eq!(heading("# no heading\n/*\n * x\n */\n"), "");
    }

    #[test]
    fn comments_above_are_one_line() {
        let sources = SourceMap::new();
        let text = "# far\n\n# one\n// two\nvariable \"x\" {}\n";
        let file = sources.add("a.tf", text);
        let at = text.find("variable").unwrap() as u32;
        assert_eq!(above(&sources, Span::new(file, at, at + 8)), "one two");
        assert_eq!(above(&sources, Span::new(file, 0, 1)), "");
    }
}
