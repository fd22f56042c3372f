//! The place of documentation in a file: between two comments.

/// What comes before it.
pub const BEGIN: &str = "<!-- BEGIN_TF_DOCS -->";
/// What comes after it.
pub const END: &str = "<!-- END_TF_DOCS -->";

/// Why a file has no place for documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// It ends, and does not begin.
    NoBegin,
    /// It begins, and does not end.
    NoEnd,
    /// It ends before it begins.
    Reversed,
}

/// A file's text with the documentation in its place; at its end where it has none.
pub fn put_in_place(text: &str, documentation: &str) -> Result<String, Misplaced> {
    let placed = format!("{BEGIN}\n{documentation}\n{END}");
    match (text.find(BEGIN), text.find(END)) {
        (None, None) if text.is_empty() => Ok(placed + "\n"),
        (None, None) => Ok(format!("{text}\n{placed}\n")),
        (None, Some(_)) => Err(Misplaced::NoBegin),
        (Some(_), None) => Err(Misplaced::NoEnd),
        (Some(begin), Some(end)) if end < begin => Err(Misplaced::Reversed),
        (Some(begin), Some(end)) => Ok(format!("{}{placed}{}", &text[..begin], &text[end + END.len()..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_around_it_stays() {
        let text = format!("# Title\n\n{BEGIN}\nold\n{END}\n\nmore\n");
        let placed = put_in_place(&text, "new").unwrap();
        assert_eq!(placed, format!("# Title\n\n{BEGIN}\nnew\n{END}\n\nmore\n"));
        assert_eq!(put_in_place(&placed, "new").as_deref(), Ok(&*placed));
        let added = put_in_place("# Title\n", "new").unwrap();
        assert_eq!(added, format!("# Title\n\n{BEGIN}\nnew\n{END}\n"));
        assert_eq!(put_in_place(&added, "new"), Ok(added));
        assert_eq!(put_in_place("", "new"), Ok(format!("{BEGIN}\nnew\n{END}\n")));
        assert_eq!(put_in_place(END, ""), Err(Misplaced::NoBegin));
        assert_eq!(put_in_place(BEGIN, ""), Err(Misplaced::NoEnd));
        assert_eq!(put_in_place(&format!("{END}{BEGIN}"), ""), Err(Misplaced::Reversed));
    }
}
