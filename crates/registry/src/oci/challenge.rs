//! What a registry wants to see before it answers: the header `WWW-Authenticate`.

/// How somebody is to prove who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// With a name and a password.
    Basic,
    /// With a token.
    Bearer {
        /// Where it is to be had.
        realm: String,
        /// What for.
        service: Option<String>,
        /// For what there.
        scopes: Vec<String>,
    },
}

impl Challenge {
    /// Understands the first header of several that says something that is known.
    pub(super) fn parse<'h>(headers: impl Iterator<Item = &'h str>) -> Option<Self> {
        headers.filter_map(Self::parse_one).next()
    }

    fn parse_one(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Challenge::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let fields = fields(rest);
        let field = |name: &str| {
            let found = fields.iter().find(|(found, value)| found == name && !value.is_empty());
            found.map(|(_, value)| value.clone())
        };
        let (realm, service, scopes) = (field("realm")?, field("service"), field("scope"));
        let scopes = scopes.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        Some(Challenge::Bearer { realm, service, scopes })
    }
}

/// `name=value` or `name="value"`, with commas between them; names in small letters.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches(|c: char| c == ',' || c.is_whitespace()).to_ascii_lowercase();
        let (value, after) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let end = after.find(',').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        found.push((name, value));
        rest = after;
    }
    found
}

/// A text up to its closing quote, and what comes behind it.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[&str], expected: Option<Challenge>) {
        assert_eq!(Challenge::parse(headers.iter().copied()), expected, "{headers:?}");
    }

    fn bearer(realm: &str, service: Option<&str>, scopes: &[&str]) -> Option<Challenge> {
        let service = service.map(str::to_owned);
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        Some(Challenge::Bearer { realm: realm.to_owned(), service, scopes })
    }

    #[test]
    fn challenges_are_read() {
        check(
            &[
                "Bearer realm=\"https://a.example/token\",service=\"s, t\",scope=\"repository:a/b:pull,push c:d:e\"",
            ],
            bearer("https://a.example/token", Some("s, t"), &["repository:a/b:pull,push", "c:d:e"]),
        );
        check(&["bearer Realm=x , scope=\"\""], bearer("x", None, &[]));
        check(&["Bearer realm=\"a\\\"b"], bearer("a\"b", None, &[]));
        check(&["Negotiate abc", "Basic realm=\"x\""], Some(Challenge::Basic));
        check(&["basic"], Some(Challenge::Basic));
        for headers in
            [&[][..], &[""], &["Bearer"], &["Bearer service=x"], &["Bearer realm=\"\""], &["Digest a=b"]]
        {
            check(headers, None);
        }
    }
}
