//! Where a page says that a module is: `<meta name="terraform-get" content="ADDRESS">`.

/// The address, if the head of the page gives one.
pub(super) fn module_address(page: &str) -> Option<String> {
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let name_end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '/').unwrap_or(rest.len());
        let (name, after) = rest.split_at(name_end);
        match name.to_ascii_lowercase().as_str() {
            // Further down people write what they like.
            "/head" | "body" => return None,
            "meta" => {
                let (attributes, after) = read_attributes(after);
                rest = after;
                let value = |name: &str| {
                    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
                };
                if value("name").as_deref() == Some("terraform-get") {
                    return value("content").filter(|address| !address.is_empty());
                }
            }
            _ => rest = after,
        }
    }
    None
}

/// The attributes of an element, and what follows it.
fn read_attributes(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return (attributes, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (attributes, after);
        }
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        // A stray sign is passed over, so that each turn comes further.
        let end = end.max(rest.chars().next().map_or(0, char::len_utf8));
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let Some(after) = rest.strip_prefix('=') else {
            attributes.push((name, String::new()));
            continue;
        };
        let after = after.trim_start();
        let (value, after) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            _ => {
                let end = after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len());
                after.split_at(end)
            }
        };
        attributes.push((name, without_entities(value)));
        rest = after;
    }
}

fn without_entities(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    // Last, so that what it makes is not taken for the beginning of another.
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::module_address;

    #[test]
    fn heads_of_pages_may_say_where_a_module_is() {
        let address = Some("https://h.example/a.zip?x=1&y=2");
        for (page, expected) in [
            (
                "<!DOCTYPE html><html><head><META charset=utf-8><meta name=\"terraform-get\" \
                 content=\"https://h.example/a.zip?x=1&amp;y=2\" /></head></html>",
                address,
            ),
            ("<meta content='https://h.example/a.zip?x=1&y=2' name=terraform-get>", address),
            ("<html><!-- <meta name=terraform-get content=x> --><head></head></html>", None),
            ("<body><meta name=\"terraform-get\" content=\"x\">", None),
            ("</head><meta name=\"terraform-get\" content=\"x\">", None),
            ("<meta name=\"other\" content=\"x\"><meta name", None),
            ("<meta = = x", None),
            ("<meta name=terraform-get content=\"x", Some("x")),
            ("<", None),
            ("<meta é", None),
            ("\u{1f}\u{8b}<meta name=terraform-get>", None),
        ] {
            assert_eq!(module_address(page).as_deref(), expected, "{page}");
        }
    }
}
