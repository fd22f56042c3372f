//! Texts in quotes, as the lines that tell which program is run have them.

use plumb_value::quote;

/// A list of texts in quotes.
pub(crate) fn quoted_list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quote(text)).collect();
    format!("[{}]", quoted.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let texts = ["/bin/sh".to_owned(), "a \"b\"\n\t\\ \u{1}\u{85} é".to_owned()];
        assert_eq!(quoted_list(&texts), r#"["/bin/sh" "a \"b\"\n\t\\ \x01\u0085 é"]"#);
    }
}
