//! Why a backend cannot be made of its options.

/// An option that cannot be used as it is. What may be secret is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOption {
    /// Which one, as configurations name it; `None` where several do not go together.
    pub option: Option<&'static str>,
    /// A headline, the one that Terraform has for it.
    pub summary: String,
    /// What is wrong, and what to do.
    pub detail: String,
}

impl InvalidOption {
    pub(crate) fn new(
        option: &'static str,
        summary: impl Into<String>,
        detail: impl Into<String>,
    ) -> InvalidOption {
        InvalidOption { option: Some(option), summary: summary.into(), detail: detail.into() }
    }

    pub(crate) fn together(summary: impl Into<String>, detail: impl Into<String>) -> InvalidOption {
        InvalidOption { option: None, summary: summary.into(), detail: detail.into() }
    }
}
