//! One thing that is wrong, and a list of such.

use plumb_source::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The command cannot do what was asked.
    Error,
    /// The command goes on; the user should know.
    Warning,
}

/// A further place that helps to understand a diagnostic, such as one hop of a cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub span: Span,
    /// What is to be seen there.
    pub message: String,
}

/// One thing that is wrong.
///
/// The summary is short, constant for a kind of problem and free of names; the detail says what,
/// why and what to do next, naming the objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The kind of problem, as a headline without a full stop.
    pub summary: String,
    /// What happened, why, and what to do; whole sentences, paragraphs parted by blank lines.
    pub detail: String,
    /// The piece of source to underline.
    pub subject: Option<Span>,
    /// The larger piece around it that is worth showing, such as the whole block.
    pub context: Option<Span>,
    /// The object that it happened to, such as `aws_instance.web[0]`.
    pub address: Option<String>,
    /// What the references in the subject stood for, as (`var.name`, `is "x"`) pairs. Sensitive
    /// values never come here.
    pub values: Vec<(String, String)>,
    /// The function whose call failed.
    pub function: Option<String>,
    /// Further places, in order.
    pub notes: Vec<Note>,
    /// Whether carrying out the plan says it anew, or knows better by then: whoever goes on to that
    /// at once need not say it twice.
    pub is_provisional: bool,
    /// The object whose own condition does not hold, where it is just that: tests may expect it.
    pub failed_check: Option<String>,
    /// Where what calls itself deprecated comes from, where it is about the use of such: whoever wants to
    /// hear less of it says so by that.
    pub deprecation: Option<Deprecation>,
}

/// Where what calls itself deprecated comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deprecation {
    /// From the configuration itself, or directories beside it.
    Local,
    /// From elsewhere: its users cannot change it.
    Remote,
}

impl Diagnostic {
    /// An error with no place yet.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary, detail)
    }

    /// A warning with no place yet.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary, detail)
    }

    fn new(severity: Severity, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic {
            severity,
            summary: summary.into(),
            detail: detail.into(),
            subject: None,
            context: None,
            address: None,
            values: Vec::new(),
            function: None,
            notes: Vec::new(),
            is_provisional: false,
            failed_check: None,
            deprecation: None,
        }
    }

    /// Says which piece of source is at fault.
    #[must_use]
    pub fn at(mut self, subject: Span) -> Self {
        self.subject = (!subject.is_none()).then_some(subject);
        self
    }

    /// Says which larger piece of source to show around the subject.
    #[must_use]
    pub fn within(mut self, context: Span) -> Self {
        self.context = (!context.is_none()).then_some(context);
        self
    }

    /// Says which object it happened to.
    #[must_use]
    pub fn on(mut self, address: impl ToString) -> Self {
        self.address = Some(address.to_string());
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn note(mut self, span: Span, message: impl Into<String>) -> Self {
        self.notes.push(Note { span, message: message.into() });
        self
    }

    /// Says that it is about the use of something deprecated.
    #[must_use]
    pub fn of_deprecated(mut self, deprecation: Deprecation) -> Self {
        self.deprecation = Some(deprecation);
        self
    }

    /// Whether this stops the command.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Any number of diagnostics, in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// Whether there are none at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Looks at each.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Changes each.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Diagnostic> {
        self.0.iter_mut()
    }

    /// Leaves out those that carrying out the plan says anew.
    #[must_use]
    pub fn without_provisional(mut self) -> Self {
        self.0.retain(|diagnostic| !diagnostic.is_provisional);
        self
    }

    /// As they would be met reading the files from top to bottom, after those without a place. What is looked
    /// at side by side is found in any order.
    #[must_use]
    pub fn in_reading_order(mut self) -> Self {
        self.0.sort_by_key(|diagnostic| diagnostic.subject.map(|place| (place.file, place.start)));
        self
    }

    /// Moves all of another list to the end of this one.
    pub fn append(&mut self, other: Diagnostics) {
        self.0.extend(other.0);
    }

    /// Takes the value of a checked step and keeps its diagnostics.
    pub fn take<T>(&mut self, (value, diagnostics): (T, Diagnostics)) -> T {
        self.append(diagnostics);
        value
    }

    /// Sets the place of every diagnostic that has none.
    #[must_use]
    pub fn or_at(mut self, span: Span) -> Self {
        for diagnostic in &mut self.0 {
            if diagnostic.subject.is_none() && !span.is_none() {
                diagnostic.subject = Some(span);
            }
        }
        self
    }

    /// Sets the object of every diagnostic that names none.
    #[must_use]
    pub fn or_on(mut self, address: impl ToString) -> Self {
        for diagnostic in self.0.iter_mut().filter(|diagnostic| diagnostic.address.is_none()) {
            diagnostic.address = Some(address.to_string());
        }
        self
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics(vec![diagnostic])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        Diagnostics(iter.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, iter: I) {
        self.0.extend(iter);
    }
}
