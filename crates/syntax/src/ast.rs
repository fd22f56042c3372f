//! The typed tree: what a file says, with a span on every piece and nothing evaluated.
//!
//! Strip markers, heredoc indentation and string escapes are already dealt with, so literal texts
//! here are what the author meant. How it was written down exactly is in the lossless tree.

use std::sync::Arc;

use plumb_source::Span;

use crate::json;

/// The content of a file or of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// `name = value` lines in source order.
    pub attributes: Vec<Attribute>,
    /// Nested blocks in source order.
    pub blocks: Vec<Block>,
    /// What a file in JSON says where only a provider's schema tells arguments from blocks.
    pub undecided: Vec<json::Property>,
    /// From the first to the last byte between the braces; the whole file for a file.
    pub span: Span,
}

impl Body {
    /// A body with nothing in it.
    pub fn empty(span: Span) -> Self {
        Body { attributes: Vec::new(), blocks: Vec::new(), undecided: Vec::new(), span }
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name.text == name)
    }

    /// The blocks of that type, in source order.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| &*block.kind.text == kind)
    }
}

/// `name = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Left of the equals sign.
    pub name: Ident,
    /// Right of the equals sign.
    pub value: Expr,
    /// From the name to the end of the value.
    pub span: Span,
}

/// `kind "label" { ... }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The block's type.
    pub kind: Ident,
    /// What stands between the type and the brace.
    pub labels: Vec<Label>,
    /// What stands between the braces.
    pub body: Body,
    /// From the type to the last label: what messages about the whole block underline.
    pub header: Span,
    /// From the type to the closing brace.
    pub span: Span,
}

/// A bare name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The name, NFC-normalised.
    pub text: Arc<str>,
    /// Where.
    pub span: Span,
}

/// A label of a block, quoted or bare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its value, without quotes.
    pub text: Arc<str>,
    /// Where, with the quotes.
    pub span: Span,
    /// Whether it was written in quotes.
    pub quoted: bool,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `1.5e3`, as written.
    Number(Arc<str>),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// A bare name: a variable of the scope, such as `var`, or the start of a traversal.
    Variable(Ident),
    /// A quoted string or a heredoc; its result is always a string. Plain text is one literal part,
    /// the empty string no part.
    Template(Vec<TemplatePart>),
    /// `"${x}"`, which passes its value through with its type.
    TemplateWrap(Box<Expr>),
    /// `base.name[key].*`, never with a traversal as its base.
    Traverse {
        /// Where it starts.
        base: Box<Expr>,
        /// The steps from there.
        steps: Vec<Step>,
    },
    /// `name(a, b...)`.
    Call(Call),
    /// `[a, b]`.
    Tuple(Vec<Expr>),
    /// `{ a = 1, (b) : 2 }`.
    Object(Vec<ObjectItem>),
    /// `[for ...]` and `{for ...}`.
    For(Box<For>),
    /// `condition ? a : b`.
    Conditional {
        /// Before the question mark.
        condition: Box<Expr>,
        /// Before the colon.
        when_true: Box<Expr>,
        /// Behind the colon.
        when_false: Box<Expr>,
    },
    /// `a + b`.
    Binary {
        /// Which operation.
        operator: BinaryOperator,
        /// Where the operator stands.
        operator_span: Span,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `-a` or `!a`.
    Unary {
        /// Which operation.
        operator: UnaryOperator,
        /// The operand.
        operand: Box<Expr>,
    },
    /// `(a)`.
    Parentheses(Box<Expr>),
    /// What stands for an expression that could not be read; its error is reported already, and it
    /// evaluates to an unknown value without a further one.
    Invalid,
}

/// A step of a traversal.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `.name`.
    Attribute {
        /// The name.
        name: Ident,
        /// With the dot.
        span: Span,
    },
    /// `[key]`.
    Index {
        /// Between the brackets.
        key: Box<Expr>,
        /// With the brackets.
        span: Span,
    },
    /// `.0`, the old way to write `[0]`.
    LegacyIndex {
        /// The digits.
        number: Arc<str>,
        /// With the dot.
        span: Span,
    },
    /// `.*`, with the attribute steps that apply to each element.
    AttributeSplat {
        /// Applied to each element.
        steps: Vec<Step>,
        /// From the dot to the end of the last of those steps.
        span: Span,
    },
    /// `[*]`, with all steps that follow it: they apply to each element.
    FullSplat {
        /// Applied to each element.
        steps: Vec<Step>,
        /// From the bracket to the end of the last of those steps.
        span: Span,
    },
}

impl Step {
    /// Where the step stands.
    pub fn span(&self) -> Span {
        match self {
            Step::Attribute { span, .. }
            | Step::Index { span, .. }
            | Step::LegacyIndex { span, .. }
            | Step::AttributeSplat { span, .. }
            | Step::FullSplat { span, .. } => *span,
        }
    }
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name with its namespaces: `provider::aws::arn_parse` is three of them.
    pub name: Vec<Ident>,
    /// The arguments.
    pub arguments: Vec<Expr>,
    /// Whether the last argument ends in `...`.
    pub expand_final: bool,
    /// The name with its namespaces.
    pub name_span: Span,
    /// The closing parenthesis, for messages about what is missing before it.
    pub close_span: Span,
}

impl Call {
    /// The whole name, `a::b::c`.
    pub fn full_name(&self) -> String {
        self.name.iter().map(|part| &*part.text).collect::<Vec<_>>().join("::")
    }
}

/// One entry of an object expression.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectItem {
    /// Left of the sign. A bare name written without parentheses is [`ObjectKey::Name`].
    pub key: ObjectKey,
    /// Right of the sign.
    pub value: Expr,
}

/// The key of an object entry.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectKey {
    /// `name = ...`: the name itself, no reference.
    Name(Ident),
    /// Anything else, such as `"text"`, `(reference)` or `1`. A bare traversal (`a.b = ...`) comes
    /// here as well; evaluating it reports it as ambiguous.
    Expr(Expr),
}

/// `[for k, v in c : e if p]` or `{for k, v in c : key => value... if p}`.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// The name for each key, where two names are given.
    pub key_name: Option<Ident>,
    /// The name for each element.
    pub value_name: Ident,
    /// What is walked.
    pub collection: Expr,
    /// The key of each result; there is one in the form with braces only.
    pub key: Option<Expr>,
    /// Each result.
    pub value: Expr,
    /// Keeps only some elements.
    pub condition: Option<Expr>,
    /// Whether `...` groups the results by key.
    pub group: bool,
    /// `for`, the names and the collection, for messages.
    pub introduction: Span,
}

/// Operations on two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say all")]
pub enum BinaryOperator {
    Or,
    And,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// Operations on one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say all")]
pub enum UnaryOperator {
    Negate,
    Not,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// Text that stands for itself, escapes and strip markers dealt with.
    Literal {
        /// The text.
        text: Arc<str>,
        /// Where it was written.
        span: Span,
    },
    /// `${expression}`.
    Interpolation(Expr),
    /// `%{if c}...%{else}...%{endif}`.
    If {
        /// The condition.
        condition: Expr,
        /// When it holds.
        when_true: Vec<TemplatePart>,
        /// When it does not.
        when_false: Vec<TemplatePart>,
        /// From the opening to the closing directive.
        span: Span,
    },
    /// `%{for k, v in c}...%{endfor}`.
    For {
        /// The name for each key, where two names are given.
        key_name: Option<Ident>,
        /// The name for each element.
        value_name: Ident,
        /// What is walked.
        collection: Expr,
        /// Repeated for each element.
        body: Vec<TemplatePart>,
        /// From the opening to the closing directive.
        span: Span,
    },
}
