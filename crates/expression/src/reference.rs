//! What an expression refers to.

use std::sync::Arc;

use plumb_address::{InstanceKey, Resource};
use plumb_source::Span;

use crate::Expression;

/// A part of an expression that stands for something outside it.
#[derive(Clone, Debug)]
pub struct Reference {
    /// What is meant.
    pub subject: Subject,
    /// The part of the source that names the subject, without the steps that follow it.
    pub span: Span,
    /// How the source writes the subject, for messages: `aws_instance.web[0]`.
    pub text: Arc<str>,
}

/// What a reference means. Steps that follow are applied by the expression itself.
#[derive(Clone, Debug)]
pub enum Subject {
    /// `var.NAME`.
    Variable(Arc<str>),
    /// `local.NAME`.
    Local(Arc<str>),
    /// `TYPE.NAME`, `data.TYPE.NAME`, `ephemeral.TYPE.NAME`, with the key of one instance where the
    /// source names it: then only that instance is fetched.
    Resource(Resource, Option<RepetitionKey>),
    /// `module.NAME`, with the key of one instance and the name of one output where the source names
    /// them.
    Module(Arc<str>, Option<RepetitionKey>, Option<Arc<str>>),
    /// `each.key`.
    EachKey,
    /// `each.value`.
    EachValue,
    /// `count.index`.
    CountIndex,
    /// `self`.
    SelfObject,
    /// `path.module` and its like.
    Path(PathKind),
    /// `terraform.workspace`.
    Workspace,
    /// `terraform.applying`.
    Applying,
}

/// The key in `aws_instance.web[KEY]`.
#[derive(Clone, Debug)]
pub enum RepetitionKey {
    /// Written as a literal.
    Literal(InstanceKey),
    /// To be evaluated; it refers to nothing that only the expression around it knows, such as the
    /// variables of a `for`.
    Computed(Arc<Expression>),
}

/// Which path `path.NAME` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathKind {
    /// Directory of the module.
    Module,
    /// Directory of the root module.
    Root,
    /// Working directory.
    Cwd,
}

impl Reference {
    /// The key of the instance, where the source names it.
    pub fn key(&self) -> Option<&RepetitionKey> {
        match &self.subject {
            Subject::Resource(_, key) | Subject::Module(_, key, _) => key.as_ref(),
            Subject::Variable(_)
            | Subject::Local(_)
            | Subject::EachKey
            | Subject::EachValue
            | Subject::CountIndex
            | Subject::SelfObject
            | Subject::Path(_)
            | Subject::Workspace
            | Subject::Applying => None,
        }
    }
}

/// A call of a function that a provider brings.
#[derive(Clone, Debug)]
pub struct ProviderCall {
    /// The provider's local name.
    pub provider: Arc<str>,
    /// Name of the function.
    pub function: Arc<str>,
    /// The whole call.
    pub span: Span,
}
