//! Version constraints such as `>= 1.2.0, < 2.0.0`.
//!
//! Responsible for reading them, for deciding which versions they allow, and for the one canonical
//! spelling that lock files and messages use.

use std::cmp::Ordering;
use std::fmt;

use crate::Version;

/// How a version is compared with the one that a constraint names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=` or nothing.
    Equal,
    /// `~>`: only the last written segment may grow.
    Pessimistic,
    /// `<=`
    LessOrEqual,
    /// `<`
    Less,
    /// `!=`
    NotEqual,
}

impl Operator {
    fn symbol(self) -> &'static str {
        match self {
            Operator::Greater => "> ",
            Operator::GreaterOrEqual => ">= ",
            Operator::Equal => "",
            Operator::Pessimistic => "~> ",
            Operator::LessOrEqual => "<= ",
            Operator::Less => "< ",
            Operator::NotEqual => "!= ",
        }
    }
}

/// One term of a constraint list.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// How to compare.
    pub operator: Operator,
    /// What to compare with.
    pub version: Version,
    /// How many segments `~>` looks at; the others keep it at the number written.
    precision: usize,
}

/// Any number of constraints, all of which must hold; none allows every release.
#[derive(Clone, Debug, Default)]
pub struct Constraints {
    terms: Vec<Constraint>,
}

/// Why a text is not a list of constraints.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintError {
    /// Not a constraint at all.
    #[error("malformed constraint: {text}")]
    Malformed {
        /// The term as written.
        text: String,
    },
    /// `v1.2.3`, which providers' constraints may not say.
    #[error("a \"v\" prefix should not be used")]
    Prefixed,
    /// More than three segments, which providers do not have.
    #[error(
        "invalid specification \"{text}\": too many numbered portions; only three are allowed (major, minor, patch)"
    )]
    TooManySegments {
        /// The version as written.
        text: String,
    },
}

impl Constraint {
    /// Whether the version compares as asked, where pre-releases are versions like all others.
    fn holds(&self, version: &Version) -> bool {
        let order = version.precedence(&self.version);
        match self.operator {
            Operator::Equal => order == Ordering::Equal && same_metadata(version, &self.version),
            Operator::NotEqual => order != Ordering::Equal || !same_metadata(version, &self.version),
            Operator::Greater => order == Ordering::Greater,
            Operator::GreaterOrEqual => order != Ordering::Less,
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Pessimistic => order != Ordering::Less && self.same_release_line(version),
        }
    }

    fn same_release_line(&self, version: &Version) -> bool {
        let fixed = self.precision.saturating_sub(1);
        (0..fixed).all(|index| {
            version.segments().get(index).copied().unwrap_or(0)
                == self.version.segments().get(index).copied().unwrap_or(0)
        })
    }

    /// Whether the rule for pre-releases lets the version through, for
    /// [`Constraints::allows_by_term`].
    fn prerelease_fits(&self, version: &Version) -> bool {
        if matches!(self.operator, Operator::Equal | Operator::NotEqual) {
            return true;
        }
        match (version.is_prerelease(), self.version.is_prerelease()) {
            (true, true) => version.same_segments(&self.version),
            (true, false) => false,
            (false, true) => self.operator != Operator::Pessimistic,
            (false, false) => true,
        }
    }
}

/// A constraint without metadata is met by any build of the version.
fn same_metadata(version: &Version, wanted: &Version) -> bool {
    wanted.metadata().is_empty() || version.metadata() == wanted.metadata()
}

impl Constraints {
    /// Allows every release.
    pub fn any() -> Self {
        Self::default()
    }

    /// Allows this version only.
    pub fn exactly(version: &Version) -> Self {
        let precision = version.segments().len();
        Constraints {
            terms: vec![Constraint { operator: Operator::Equal, version: version.clone(), precision }],
        }
    }

    /// Reads a comma-separated list. An empty text allows every release.
    ///
    /// # Errors
    /// The first term that is no constraint.
    pub fn parse(text: &str) -> Result<Self, ConstraintError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let terms =
            text.split(',').map(|term| parse_term(term).map(|(term, _)| term)).collect::<Result<_, _>>()?;
        Ok(Constraints { terms })
    }

    /// Reads a list with the stricter rules for providers: at most three segments, no `v`.
    ///
    /// # Errors
    /// The first term that breaks a rule.
    pub fn parse_for_provider(text: &str) -> Result<Self, ConstraintError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let mut terms = Vec::new();
        for term in text.split(',') {
            let (constraint, written) = parse_term(term)?;
            if written.starts_with('v') {
                return Err(ConstraintError::Prefixed);
            }
            if constraint.version.written_segments() > 3 {
                return Err(ConstraintError::TooManySegments { text: written.to_owned() });
            }
            terms.push(constraint);
        }
        Ok(Constraints { terms })
    }

    /// Whether there are no terms.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The terms in the order in which they were written.
    pub fn terms(&self) -> &[Constraint] {
        &self.terms
    }

    /// Both lists in one: what two modules ask of the same provider.
    pub fn extend(&mut self, other: &Constraints) {
        self.terms.extend(other.terms.iter().cloned());
    }

    /// Whether a provider of that version may be selected. A pre-release is allowed only where a
    /// term names exactly it.
    pub fn allows(&self, version: &Version) -> bool {
        let named = || {
            self.terms
                .iter()
                .any(|term| term.operator == Operator::Equal && term.version.precedence(version).is_eq())
        };
        self.terms.iter().all(|term| term.holds(version)) && (!version.is_prerelease() || named())
    }

    /// Whether `required_version` and the versions of modules admit that version: there each term
    /// may admit pre-releases of the very version it names.
    pub fn allows_by_term(&self, version: &Version) -> bool {
        self.terms.iter().all(|term| term.holds(version) && term.prerelease_fits(version))
    }

    /// The newest of some versions that is allowed.
    pub fn newest<'a>(&self, versions: impl IntoIterator<Item = &'a Version>) -> Option<&'a Version> {
        versions.into_iter().filter(|version| self.allows(version)).max()
    }

    /// The terms, each once, in canonical order.
    fn canonical_terms(&self) -> Vec<&Constraint> {
        let mut terms: Vec<&Constraint> = self.terms.iter().collect();
        terms.sort_by(|left, right| left.canonical_order(right));
        terms.dedup_by(|left, right| left.canonical_order(right).is_eq());
        terms
    }
}

impl Constraint {
    /// Lower bounds first, as people write them; `~> 1.2.0` before `~> 1.2`.
    fn canonical_order(&self, other: &Constraint) -> Ordering {
        self.version
            .cmp(&other.version)
            .then_with(|| self.operator.cmp(&other.operator))
            .then_with(|| self.pessimistic_segments().cmp(&other.pessimistic_segments()).reverse())
    }

    /// How many segments `~>` prints, which is what it means; zero for the other operators.
    fn pessimistic_segments(&self) -> usize {
        if self.operator == Operator::Pessimistic { self.precision.max(2) } else { 0 }
    }
}

/// One term, and its version as written.
fn parse_term(term: &str) -> Result<(Constraint, &str), ConstraintError> {
    const OPERATORS: [(&str, Operator); 7] = [
        (">=", Operator::GreaterOrEqual),
        ("<=", Operator::LessOrEqual),
        ("~>", Operator::Pessimistic),
        ("!=", Operator::NotEqual),
        (">", Operator::Greater),
        ("<", Operator::Less),
        ("=", Operator::Equal),
    ];
    let term = term.trim();
    let (operator, rest) = OPERATORS
        .iter()
        .find_map(|(symbol, operator)| term.strip_prefix(symbol).map(|rest| (*operator, rest)))
        .unwrap_or((Operator::Equal, term));
    let written = rest.trim_start();
    let version: Version =
        written.parse().map_err(|_| ConstraintError::Malformed { text: term.to_owned() })?;
    // `~> 2` means the same as `~> 2.0`: anything from 2.0.0 below 3.0.0.
    let precision = version.written_segments().max(2);
    Ok((Constraint { operator, version, precision }, written))
}

impl fmt::Display for Constraints {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.canonical_terms().into_iter().enumerate() {
            if index > 0 {
                out.write_str(", ")?;
            }
            write!(out, "{term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.operator.symbol())?;
        if self.pessimistic_segments() != 2 {
            return write!(out, "{}", self.version);
        }
        let segments = self.version.segments();
        write!(out, "{}.{}", segments[0], segments[1])?;
        if self.version.is_prerelease() {
            write!(out, "-{}", self.version.prerelease())?;
        }
        if !self.version.metadata().is_empty() {
            write!(out, "+{}", self.version.metadata())?;
        }
        Ok(())
    }
}

/// Lists are equal when they mean the same by their canonical spelling.
impl PartialEq for Constraints {
    fn eq(&self, other: &Self) -> bool {
        let (left, right) = (self.canonical_terms(), other.canonical_terms());
        left.len() == right.len()
            && left.iter().zip(right).all(|(left, right)| left.canonical_order(right).is_eq())
    }
}

impl Eq for Constraints {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> Version {
        text.parse().expect("is a version")
    }

    /// The right sides were written into lock files by Terraform 1.11.4.
    #[test]
    fn prints_the_canonical_form() {
        let cases = [
            (">= 5.0, ~> 5.10,!= 5.11.0 ,  5.100.0", ">= 5.0.0, ~> 5.10, != 5.11.0, 5.100.0"),
            (">= 1.0, < 2", ">= 1.0.0, < 2.0.0"),
            ("= 1.0", "1.0.0"),
            ("~> 1", "~> 1.0"),
            ("~> 1.2.3", "~> 1.2.3"),
            ("~> 2.0.0-beta1", "~> 2.0.0-beta1"),
            (">=1.0.0,>= 1.0", ">= 1.0.0"),
            ("< 2.0, > 1.0", "> 1.0.0, < 2.0.0"),
            (
                "!= 1.0, ~> 1.0, = 1.0, > 1.0, <= 1.0, ~> 1.0.0",
                "> 1.0.0, 1.0.0, ~> 1.0.0, ~> 1.0, <= 1.0.0, != 1.0.0",
            ),
            ("", ""),
        ];
        for (given, expected) in cases {
            let constraints = Constraints::parse_for_provider(given).expect(given);
            assert_eq!(constraints.to_string(), expected, "{given}");
            assert_eq!(Constraints::parse(expected).expect(expected), constraints, "{given}");
        }
    }

    #[test]
    fn refuses_what_is_no_constraint() {
        let cases = [
            (
                "1.2.3.4",
                "invalid specification \"1.2.3.4\": too many numbered portions; only three are allowed (major, minor, patch)",
            ),
            ("v1.2", "a \"v\" prefix should not be used"),
            (">= v1.2", "a \"v\" prefix should not be used"),
            ("1.2,", "malformed constraint: "),
            ("=> 1.2", "malformed constraint: => 1.2"),
            ("1.x", "malformed constraint: 1.x"),
            ("latest", "malformed constraint: latest"),
        ];
        for (given, expected) in cases {
            let error = Constraints::parse_for_provider(given).expect_err(given);
            assert_eq!(error.to_string(), expected, "{given}");
        }
        assert!(Constraints::parse("v1.2.3.4").is_ok(), "other constraints are laxer");
    }

    #[test]
    fn selects_versions_of_providers() {
        // Constraint, then versions allowed, then versions refused.
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("", &["1.0.0", "0.0.1"], &["1.0.0-rc1"]),
            ("~> 1.2", &["1.2.0", "1.99.0"], &["1.1.9", "2.0.0", "1.3.0-rc1"]),
            ("~> 1.2.3", &["1.2.3", "1.2.99"], &["1.2.2", "1.3.0"]),
            ("~> 1", &["1.0.0", "1.9.0"], &["2.0.0", "0.9.0"]),
            ("~> 2.0.0-beta1", &["2.0.0", "2.0.9"], &["2.0.0-beta1", "2.0.0-beta2", "2.1.0"]),
            (">= 2.0.0-beta1", &["2.0.0", "3.0.0"], &["2.0.0-beta1", "1.9.0"]),
            ("2.0.0-beta1", &["2.0.0-beta1"], &["2.0.0"]),
            (">= 1.0, 2.0.0-beta1", &["2.0.0-beta1"], &["2.0.0", "2.0.0-beta2"]),
            ("> 3.0, 2.0.0-beta1", &[], &["2.0.0-beta1", "3.1.0"]),
            ("!= 1.5", &["1.4.0"], &["1.5.0"]),
            ("> 1.0, <= 2.0", &["1.0.1", "2.0.0"], &["1.0.0", "2.0.1"]),
        ];
        for (constraint, allowed, refused) in cases {
            let constraints = Constraints::parse(constraint).expect(constraint);
            for text in *allowed {
                assert!(constraints.allows(&version(text)), "{constraint} allows {text}");
            }
            for text in *refused {
                assert!(!constraints.allows(&version(text)), "{constraint} refuses {text}");
            }
        }
    }

    #[test]
    fn other_constraints_admit_prereleases_of_the_version_they_name() {
        let cases = [
            (">= 1.12.0-beta1", "1.12.0-beta2", true),
            (">= 1.12.0-beta1", "1.13.0-beta2", false),
            (">= 1.11", "1.12.0-beta2", false),
            (">= 1.12.0-beta1", "1.12.0", true),
            ("~> 1.12.0-beta1", "1.12.0", false),
            ("~> 1.2.3.4", "1.2.3.9", true),
            ("~> 1.2.3.4", "1.2.4.0", false),
        ];
        for (constraint, text, expected) in cases {
            let constraints = Constraints::parse(constraint).expect(constraint);
            assert_eq!(constraints.allows_by_term(&version(text)), expected, "{constraint} {text}");
        }
    }

    fn terms() -> impl Strategy<Value = String> {
        "(=|!=|>|>=|<|<=|~>)? ?[0-3](\\.[0-3]){0,2}(-[ab][12])?"
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_stable_and_means_the_same(
            list in proptest::collection::vec(terms(), 0..5),
            candidate in "[0-3]\\.[0-3]\\.[0-3](-[ab][12])?",
        ) {
            let constraints = Constraints::parse(&list.join(",")).expect("is a list");
            let printed = constraints.to_string();
            let again = Constraints::parse(&printed).expect("prints a list");
            prop_assert_eq!(&again, &constraints);
            prop_assert_eq!(again.to_string(), printed);
            prop_assert_eq!(again.allows(&version(&candidate)), constraints.allows(&version(&candidate)));
        }

        #[test]
        fn all_terms_must_hold(left in terms(), right in terms(), candidate in "[0-3]\\.[0-3]\\.[0-3]") {
            let candidate = version(&candidate);
            let both = Constraints::parse(&format!("{left},{right}")).expect("is a list");
            let one = Constraints::parse(&left).expect("is a list");
            let other = Constraints::parse(&right).expect("is a list");
            prop_assert_eq!(both.allows(&candidate), one.allows(&candidate) && other.allows(&candidate));
        }
    }
}
