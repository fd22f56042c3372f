//! Texts in Markdown: what would mean something there, and should not, is escaped.

/// A text as a cell of a table: on one line.
pub(super) fn cell(text: &str) -> String {
    if text.is_empty() {
        return "n/a".to_owned();
    }
    outside(
        text,
        "```",
        |text| lines(&links(&escaped(text, true))),
        |code| format!("<pre>{}</pre>", code.trim().replace('\r', "").replace('\n', "<br/>")),
    )
}

/// A text of its own, whose lines stay.
pub(super) fn section(text: &str) -> String {
    outside(text, "```", |text| links(&escaped(text, false)), |code| format!("```{code}```"))
}

/// Code as a cell: in a block of its own where it takes several lines.
pub(super) fn code(text: &str) -> String {
    if text.contains('\n') { cell(&format!("```\n{text}\n```")) } else { cell(&format!("`{text}`")) }
}

/// A name with an anchor that others can refer to.
pub(super) fn anchor(section: &str, name: &str) -> String {
    let escaped = |text: &str| text.replace('_', "\\_");
    let target = format!("{section}_{name}");
    format!("<a name=\"{target}\"></a> [{}](#{})", escaped(name), escaped(&target))
}

/// Treats what is between fences in one way and what is not in another.
fn outside(text: &str, fence: &str, plain: impl Fn(&str) -> String, code: impl Fn(&str) -> String) -> String {
    let parts = text.split(fence).enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(at, part)| if at % 2 == 0 { plain(part) } else { code(part) }).collect()
}

fn escaped(text: &str, in_table: bool) -> String {
    outside(
        text,
        "`",
        |text| {
            let text = if in_table { text.replace('|', "\\|") } else { text.to_owned() };
            text.split('\n').map(without_emphasis).collect::<Vec<_>>().join("\n")
        },
        |code| format!("`{code}`"),
    )
}

/// Escapes underscores, but those around words that the author has set off with them.
fn without_emphasis(line: &str) -> String {
    let escape = |text: &str| text.replace('_', "\\_");
    match emphasis(line) {
        Some((start, end)) => {
            let (before, rest) = line.split_at(start);
            let (within, after) = rest.split_at(end - start);
            let inner = within.trim_matches('_');
            let marks = (
                within.len() - within.trim_start_matches('_').len(),
                within.len() - within.trim_end_matches('_').len(),
            );
            format!(
                "{}{}{}{}{}",
                escape(before),
                "_".repeat(marks.0),
                escape(inner),
                "_".repeat(marks.1),
                escape(after)
            )
        }
        None => escape(line),
    }
}

/// From the first underscores after a space to the last ones before one.
fn emphasis(line: &str) -> Option<(usize, usize)> {
    let start = line.match_indices(char::is_whitespace).find_map(|(at, space)| {
        let rest = &line[at + space.len()..];
        let word = rest.trim_start_matches('_');
        let opens = rest.len() > word.len() && word.starts_with(|first: char| !first.is_whitespace());
        opens.then_some(at + space.len())
    })?;
    let mut ends = line[start..].match_indices(char::is_whitespace).filter_map(|(at, _)| {
        let word = line[start..start + at].trim_end_matches('_');
        let closes = word.len() < at && word.ends_with(|last: char| !last.is_whitespace());
        closes.then_some(start + at)
    });
    Some((start, ends.next_back()?))
}

/// Addresses stay as they are.
fn links(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    let words = words.map(|word| if word.contains("://") { word.replace('\\', "") } else { word.to_owned() });
    words.collect()
}

fn lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    lines.join("<br/>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_one_line_and_mean_what_they_say() {
        for (text, expected) in [
            ("", "n/a"),
            ("v1 | v2", "v1 \\| v2"),
            ("a_b `c_d|e` and _this_ one", "a\\_b `c_d|e` and _this_ one"),
            ("see https://example.com/a_b.html", "see https://example.com/a_b.html"),
            (
                "This is itself markdown.\n\nIt spans lines.\n",
                "This is itself markdown.<br/><br/>It spans lines.",
            ),
            (
                "An example.  \nIn code\n```\na = [\n  \"b_c\"\n]\n```\n",
                "An example.<br/>In code<pre>a = [<br/>  \"b_c\"<br/>]</pre>",
            ),
        ] {
            assert_eq!(cell(text), expected);
        }
        assert_eq!(code("list(string)"), "`list(string)`");
        assert_eq!(code("object({\n    a = string\n  })"), "<pre>object({<br/>    a = string<br/>  })</pre>");
        assert_eq!(anchor("input", "a_b"), "<a name=\"input_a_b\"></a> [a\\_b](#input\\_a\\_b)");
    }
}
