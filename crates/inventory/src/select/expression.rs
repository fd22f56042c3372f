//! The terms of `-limit`: `web:&prod:!canary`, or the same with commas.

use std::net::Ipv6Addr;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{SourceMap, Span};

use super::pattern::{Pattern, Subscript};
use crate::name::quoted;

/// What a term does with the hosts that it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// They are chosen.
    Add,
    /// Nobody else stays chosen.
    Keep,
    /// They do not stay chosen.
    Remove,
}

/// One part of an expression.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) effect: Effect,
    /// As it is written, without its sign.
    pub(super) text: String,
    pub(super) pattern: Pattern,
    /// Which of the hosts that the pattern means.
    pub(super) subscript: Option<Subscript>,
    pub(super) span: Span,
}

/// The terms of an expression.
pub(super) fn parse(text: &str, sources: &SourceMap) -> (Vec<Term>, Diagnostics) {
    let file = sources.add("<value for -limit>", text);
    let mut diagnostics = Diagnostics::new();
    let mut terms = Vec::new();
    for (start, part) in parts(text) {
        let indent = part.len() - part.trim_start().len();
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        let start = (start + indent) as u32;
        let span = Span::new(file, start, start + part.len() as u32);
        match term(part, span) {
            Ok(term) => terms.push(term),
            Err(why) => {
                let detail = format!("{} names no hosts: {why}.", quoted(part));
                diagnostics.push(Diagnostic::error("Invalid limit", detail).at(span));
            }
        }
    }
    if terms.is_empty() && !diagnostics.has_errors() {
        let detail = "Nothing is named. Leave -limit out where all hosts are meant.";
        diagnostics.push(Diagnostic::error("Invalid limit", detail));
    }
    (terms, diagnostics)
}

/// The parts between commas, or where there are none between colons, each with where it begins.
fn parts(text: &str) -> Vec<(usize, &str)> {
    let is_address = text.trim_start_matches(['!', '&']).parse::<Ipv6Addr>().is_ok();
    let separator = if text.contains(',') { ',' } else { ':' };
    if (separator == ':' && is_address) || text.starts_with('~') {
        // A regular expression has commas and colons of its own.
        return vec![(0, text)];
    }
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (at, one) in text.char_indices() {
        match one {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if one == separator && (depth == 0 || separator == ',') => {
                parts.push((start, &text[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push((start, &text[start..]));
    parts
}

fn term(part: &str, span: Span) -> Result<Term, String> {
    let (effect, text) = match part.split_at_checked(1) {
        Some(("!", rest)) => (Effect::Remove, rest),
        Some(("&", rest)) => (Effect::Keep, rest),
        _ => (Effect::Add, part),
    };
    let mixed = [":!", ":&"].into_iter().find(|sign| text.contains(sign));
    if let Some(sign) = mixed.filter(|_| !text.starts_with('~')) {
        return Err(format!(
            "it has commas around it and {sign:?} in it. Write commas everywhere, as in \"web,&prod,!canary\", or \
             colons everywhere"
        ));
    }
    if text.is_empty() {
        return Err("nothing stands behind the sign".to_owned());
    }
    if let Some(expression) = text.strip_prefix('~') {
        return Ok(Term {
            effect,
            text: text.to_owned(),
            pattern: Pattern::regex(text, expression)?,
            subscript: None,
            span,
        });
    }
    let (name, subscript) = Subscript::split(text)?;
    Ok(Term { effect, text: text.to_owned(), pattern: Pattern::parse(name)?, subscript, span })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Result<String, String> {
        let (terms, diagnostics) = parse(text, &SourceMap::new());
        if let Some(error) = diagnostics.iter().next() {
            return Err(error.detail.clone());
        }
        let sign = |effect| match effect {
            Effect::Add => "",
            Effect::Keep => "&",
            Effect::Remove => "!",
        };
        let terms = terms.iter().map(|term| format!("{}{}", sign(term.effect), term.text));
        Ok(terms.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn expressions_are_taken_apart() {
        let cases = [
            ("web", "web"),
            ("web:&prod:!canary", "web &prod !canary"),
            ("web, &prod , !canary", "web &prod !canary"),
            ("2001:db8::1", "2001:db8::1"),
            ("!::1", "!::1"),
            ("2001:db8::1,web", "2001:db8::1 web"),
            ("web[0:2]:db", "web[0:2] db"),
            ("~web[0-9]{1,2}:x", "~web[0-9]{1,2}:x"),
            ("@docker/a,@local", "@docker/a @local"),
        ];
        for (text, terms) in cases {
            assert_eq!(shown(text).as_deref(), Ok(terms), "{text}");
        }
        for (text, why) in [
            ("", "Nothing is named"),
            (",", "Nothing is named"),
            ("!", "nothing stands behind"),
            ("web:&prod,db", "commas around it"),
            ("~(", "regular expression"),
            ("web[1", "no \"]\""),
            ("web[1-3]", "[1:3]"),
        ] {
            let said = shown(text).expect_err(text);
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    proptest! {
        #[test]
        fn terms_that_are_joined_are_taken_apart(
            names in prop::collection::vec("[!&]?[a-z@][a-z0-9.*?/-]{0,8}", 1..6),
            separator in prop::sample::select(vec![",", ":", ", "]),
        ) {
            prop_assume!(separator.trim() == "," || names.iter().all(|name| !name.contains(':')));
            let joined = names.join(separator);
            prop_assert_eq!(shown(&joined), Ok(names.join(" ")));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a-c:,!&~\\[\\]0-9*?@ .-]{0,16}") {
            let _ = shown(&text);
        }
    }
}
