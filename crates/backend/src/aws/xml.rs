//! The little of XML that answers of services are made of: elements with text.

/// The text of the first element of that name, wherever it is.
pub(crate) fn text(document: &str, name: &str) -> Option<String> {
    elements(document, name).next().map(unescape)
}

/// What is in each element of that name, in order, as it stands.
pub(crate) fn elements<'a>(document: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = document;
    std::iter::from_fn(move || {
        let begin = rest.find(&open)? + open.len();
        let length = rest[begin..].find(&close)?;
        let content = &rest[begin..begin + length];
        rest = &rest[begin + length + close.len()..];
        Some(content)
    })
}

/// Text without the marks that stand for characters of the notation.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = rest.find(';') else { break };
        match character(&rest[1..end]) {
            Some(character) => out.push(character),
            None => out.push_str(&rest[..=end]),
        }
        rest = &rest[end + 1..];
    }
    out + rest
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{elements, text, unescape};

    #[test]
    fn elements_are_found_in_order() {
        let document = "<L><Key>a&amp;b</Key><Size>1</Size></L><L><Key>c</Key></L><Key>torn";
        assert_eq!(elements(document, "Key").collect::<Vec<_>>(), ["a&amp;b", "c"]);
        assert_eq!(text(document, "Key").as_deref(), Some("a&b"));
        assert_eq!(text(document, "Nothing"), None);
    }

    #[test]
    fn marks_are_read() {
        assert_eq!(unescape("&lt;&#65;&#x42;&gt;&unknown;&"), "<AB>&unknown;&");
    }
}
