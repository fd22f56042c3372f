//! What a module is for those who use it: what it needs, what it is given, what it gives.
//!
//! Responsible for gathering that from a module as it is written, for writing it in the form that is
//! usual in READMEs and as JSON, and for putting it in its place in a file. What is marked with a
//! comment that has `terraform-docs-ignore` in it is left out.

mod cell;
mod comments;
mod gather;
mod json;
mod markdown;
mod place;
mod value;

pub use gather::{ModuleTexts, gather};
pub use json::documentation_json;
pub use markdown::documentation_markdown;
pub use place::{BEGIN, END, Misplaced, put_in_place};

/// What there is to say of a module.
#[derive(Debug, Default)]
pub struct Documentation {
    /// The comment that its main file begins with.
    pub header: String,
    /// What it needs.
    pub requirements: Vec<Requirement>,
    /// Providers that its objects belong to.
    pub providers: Vec<ProviderUse>,
    /// Modules that it calls.
    pub modules: Vec<ModuleUse>,
    /// Resources and data sources.
    pub resources: Vec<ResourceUse>,
    /// What it is given.
    pub inputs: Vec<Input>,
    /// What it gives.
    pub outputs: Vec<Output>,
}

/// A version that is needed.
#[derive(Debug)]
pub struct Requirement {
    /// `terraform`, or a provider.
    pub name: String,
    /// The constraint.
    pub version: String,
}

/// A provider that is used.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProviderUse {
    /// Its name in the module.
    pub name: String,
    /// Which of its configurations; empty for the one without a name.
    pub alias: String,
    /// The version that is selected, or else the constraint; empty where there is neither.
    pub version: String,
}

/// A module that is called.
#[derive(Debug)]
pub struct ModuleUse {
    /// The call's name.
    pub name: String,
    /// Where it comes from.
    pub source: String,
    /// Its version; empty where none is given.
    pub version: String,
    /// What stands above the call.
    pub description: String,
}

/// A resource or a data source.
#[derive(Debug)]
pub struct ResourceUse {
    /// Whether it is only read.
    pub is_data: bool,
    /// Its type.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The provider's name in the module.
    pub provider: String,
    /// Where that comes from.
    pub source: String,
    /// The version whose documentation is meant.
    pub version: String,
    /// Whether the provider's documentation is where public ones are.
    pub is_public: bool,
    /// What stands above it.
    pub description: String,
}

/// An input variable.
#[derive(Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type, as it is written.
    pub kind: String,
    /// Its description, or else what stands above it.
    pub description: String,
    /// Its default as JSON; `None` where it has to be given.
    pub default: Option<String>,
}

/// An output value.
#[derive(Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its description, or else what stands above it.
    pub description: String,
}

impl ResourceUse {
    /// The type without the provider's name, as documentation has it.
    fn short_kind(&self) -> &str {
        let short = self.kind.strip_prefix(&*self.provider).and_then(|rest| rest.strip_prefix('_'));
        short.unwrap_or(&self.kind)
    }

    /// Where its documentation is, as far as anybody can tell.
    fn url(&self) -> Option<String> {
        let section = if self.is_data { "data-sources" } else { "resources" };
        self.is_public.then(|| {
            format!(
                "https://registry.terraform.io/providers/{}/{}/docs/{section}/{}",
                self.source,
                self.version,
                self.short_kind()
            )
        })
    }
}
