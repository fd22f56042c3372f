//! Whether a person can act on what is said.

use serde_json::Value as Json;

use crate::said::Diagnostic;

/// Shorter explanations explain nothing.
const DETAIL_LENGTH_MIN: usize = 20;

/// What stands in the way where a text cannot be read has no name of its own.
const SIGNS: [(&str, &str); 5] =
    [(",", "comma"), ("{", "brace"), ("\"", "quote"), ("=", "value must follow"), ("'", "ingle quotes")];

/// What is missing from an error: an explanation, the lines that it is about, or the name of anything there.
pub(crate) fn problem(diagnostic: &Diagnostic) -> Option<String> {
    if diagnostic.severity != "error" || diagnostic.whole.is_empty() {
        return None;
    }
    let whole: Json = serde_json::from_str(&diagnostic.whole).ok()?;
    let detail = whole["detail"].as_str().unwrap_or_default();
    // What these say is the author's.
    if diagnostic.headline.ends_with("assertion failed") || diagnostic.headline.ends_with("condition failed")
    {
        return None;
    }
    if detail.len() < DETAIL_LENGTH_MIN {
        return Some(format!("no explanation: {diagnostic}: {detail:?}"));
    }
    diagnostic.place.as_ref()?;
    let Some(code) = whole["snippet"]["code"].as_str() else {
        return Some(format!("no snippet: {diagnostic}"));
    };
    let context = whole["snippet"]["context"].as_str().unwrap_or_default();
    // What it names may stand in the explanation, or below the snippet with its value. What is missing is named in
    // quotes, and what is elsewhere by its address.
    let in_quotes =
        detail.split('"').nth(1).is_some_and(|quoted| !quoted.is_empty() && detail.matches('"').count() > 1);
    let by_address = detail.split_whitespace().any(|word| {
        word.trim_end_matches(['.', ',']).split_once('.').is_some_and(|(first, rest)| {
            [first, rest].iter().all(|part| part.starts_with(|letter: char| letter.is_ascii_alphabetic()))
        })
    });
    let said = format!("{} {detail} {}", diagnostic.headline, whole["snippet"]["values"]);
    let names_sign = SIGNS.iter().any(|(sign, name)| code.contains(sign) && detail.contains(name));
    let names = names_sign
        || in_quotes
        || by_address
        || words(code).chain(words(context)).any(|word| words(&said).any(|other| other == word));
    (!names).then(|| format!("names nothing of what is there: {diagnostic}: {detail}\n    {code}"))
}

/// Words, numbers and signs between spaces.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).filter(|word| !word.is_empty())
}
