//! Patterns of provider addresses, as `include` and `exclude` have them.
//!
//! Responsible for reading `hashicorp/aws`, `example.com/*/*` and the like, and for matching.

use plumb_address::ProviderAddress;

/// A pattern: any part from the left may stay fixed while those right of it are stars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderPattern {
    host: Option<String>,
    namespace: Option<String>,
    kind: Option<String>,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid provider matching pattern \"{pattern}\": {reason}")]
pub struct ProviderPatternError {
    /// What was written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl ProviderPattern {
    /// Reads a pattern. Without a host name it is about the default registry.
    ///
    /// # Errors
    /// When it has too few or too many parts, or one that no address can have.
    pub fn parse(pattern: &str) -> Result<Self, ProviderPatternError> {
        let refuse = |reason: String| ProviderPatternError { pattern: pattern.to_owned(), reason };
        let parts: Vec<&str> = pattern.split('/').collect();
        let (host, namespace, kind) = match *parts.as_slice() {
            [namespace, kind] => (ProviderAddress::DEFAULT_HOST, namespace, kind),
            [host, namespace, kind] => (host, namespace, kind),
            _ => return Err(refuse("must have either two or three slash-separated segments".to_owned())),
        };
        let fixed = |part: &str| (part != "*").then(|| part.to_owned());
        let (host, namespace, kind) = (fixed(host), fixed(namespace), fixed(kind));
        if host.is_none() && namespace.is_some() {
            let reason = "if the host portion is a wildcard then the namespace portion must be as well";
            return Err(refuse(reason.to_owned()));
        }
        if namespace.is_none() && kind.is_some() {
            let reason = "if the namespace portion is a wildcard then the type portion must be as well";
            return Err(refuse(reason.to_owned()));
        }
        // A complete address checks and normalises the parts that are fixed.
        let complete = format!(
            "{}/{}/{}",
            host.as_deref().unwrap_or(ProviderAddress::DEFAULT_HOST),
            namespace.as_deref().unwrap_or("any"),
            kind.as_deref().unwrap_or("any")
        );
        let address = ProviderAddress::parse(&complete).map_err(|error| refuse(error.to_string()))?;
        Ok(ProviderPattern {
            host: host.map(|_| address.host.to_string()),
            namespace: namespace.map(|_| address.namespace.to_string()),
            kind: kind.map(|_| address.kind.to_string()),
        })
    }

    /// Matches exactly one provider.
    pub fn exactly(provider: &ProviderAddress) -> Self {
        ProviderPattern {
            host: Some(provider.host.to_string()),
            namespace: Some(provider.namespace.to_string()),
            kind: Some(provider.kind.to_string()),
        }
    }

    /// Whether a provider's address fits.
    pub fn matches(&self, provider: &ProviderAddress) -> bool {
        let fits = |part: &Option<String>, actual: &str| part.as_deref().is_none_or(|part| part == actual);
        fits(&self.host, &provider.host)
            && fits(&self.namespace, &provider.namespace)
            && fits(&self.kind, &provider.kind)
    }
}

/// Which providers an installation method is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderFilter {
    /// Only these; all where there are none.
    pub include: Vec<ProviderPattern>,
    /// None of these, even where they are included.
    pub exclude: Vec<ProviderPattern>,
}

impl ProviderFilter {
    /// Whether the method is for the provider.
    pub fn admits(&self, provider: &ProviderAddress) -> bool {
        let any = |patterns: &[ProviderPattern]| patterns.iter().any(|pattern| pattern.matches(provider));
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_parts_and_stars() {
        let cases = [
            ("hashicorp/aws", "hashicorp/aws", true),
            ("hashicorp/aws", "example.com/hashicorp/aws", false),
            ("HashiCorp/*", "hashicorp/null", true),
            ("hashicorp/*", "acme/null", false),
            ("*/*", "acme/null", true),
            ("*/*", "example.com/acme/null", false),
            ("*/*/*", "example.com/acme/null", true),
            ("example.com/*/*", "example.com/acme/null", true),
            ("example.com/*/*", "acme/null", false),
        ];
        for (pattern, provider, expected) in cases {
            let parsed = ProviderPattern::parse(pattern).expect(pattern);
            let provider = ProviderAddress::parse(provider).expect(provider);
            assert_eq!(parsed.matches(&provider), expected, "{pattern} {provider}");
        }
    }

    #[test]
    fn refuses_other_texts() {
        let cases = [
            ("a/b/c/d", "must have either two or three slash-separated segments"),
            ("aws", "must have either two or three slash-separated segments"),
            ("*/x/y", "if the host portion is a wildcard then the namespace portion must be as well"),
            ("*/y", "if the namespace portion is a wildcard then the type portion must be as well"),
        ];
        for (pattern, reason) in cases {
            assert_eq!(ProviderPattern::parse(pattern).expect_err(pattern).reason, reason, "{pattern}");
        }
        assert!(ProviderPattern::parse("a b/*").is_err());
    }

    #[test]
    fn exclusion_wins() {
        let patterns =
            |list: &[&str]| list.iter().map(|text| ProviderPattern::parse(text).expect(text)).collect();
        let filter =
            ProviderFilter { include: patterns(&["hashicorp/*"]), exclude: patterns(&["hashicorp/aws"]) };
        let admits = |text| filter.admits(&ProviderAddress::parse(text).expect("is an address"));
        assert!(admits("hashicorp/null") && !admits("hashicorp/aws") && !admits("acme/null"));
    }
}
