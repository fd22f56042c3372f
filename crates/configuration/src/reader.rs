//! Reading the arguments and nested blocks of blocks whose content the language itself defines.

use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_expression::Expression;
use plumb_source::Span;
use plumb_syntax::ast::{Attribute, Block, Body, Expr, ExprKind, Step, TemplatePart};
use plumb_value::{Type, Value, convert};

use crate::walk::{first_call, first_variable};

/// A text that is needed before anything is evaluated.
pub(crate) enum EarlyText {
    /// It stands there.
    Written(Arc<str>, Span),
    /// It is made of something.
    Computed(Arc<Expression>),
}

/// Takes what it knows out of a body and complains about the rest.
pub(crate) struct Reader<'a> {
    body: &'a Body,
    /// Names that have been asked for.
    attributes: Vec<&'static str>,
    blocks: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(body: &'a Body) -> Self {
        Reader { body, attributes: Vec::new(), blocks: Vec::new() }
    }

    /// Of a block that takes no labels.
    pub(crate) fn of(block: &'a Block, diagnostics: &mut Diagnostics) -> Self {
        refuse_labels(block, diagnostics);
        Reader::new(&block.body)
    }

    pub(crate) fn attribute(&mut self, name: &'static str) -> Option<&'a Attribute> {
        self.attributes.push(name);
        self.body.attribute(name)
    }

    pub(crate) fn blocks(&mut self, kind: &'static str) -> Vec<&'a Block> {
        self.blocks.push(kind);
        self.body.blocks_of(kind).collect()
    }

    /// The block of a kind that may be there once.
    pub(crate) fn single_block(
        &mut self,
        kind: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<&'a Block> {
        let blocks = self.blocks(kind);
        for extra in blocks.iter().skip(1) {
            diagnostics.push(
                Diagnostic::error(
                    format!("Duplicate {kind} block"),
                    format!(
                        "There is a {kind} block here already; it may be there only once. Merge the two."
                    ),
                )
                .at(extra.header)
                .note(blocks[0].header, "the first one"),
            );
        }
        blocks.first().copied()
    }

    /// Text of an attribute that must be a constant string.
    pub(crate) fn text(
        &mut self,
        name: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<(Arc<str>, Span)> {
        let attribute = self.attribute(name)?;
        constant_of(attribute, &Type::String, diagnostics)
            .and_then(|value| value.as_text().cloned())
            .map(|text| (text, attribute.value.span))
    }

    /// The same where the text may be computed from what is known early.
    pub(crate) fn early_text(
        &mut self,
        name: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<EarlyText> {
        let attribute = self.attribute(name)?;
        let value = &attribute.value;
        if first_call(value).is_some() || first_variable(value).is_some() {
            return Some(EarlyText::Computed(compile(value, &[])));
        }
        let text = constant_of(attribute, &Type::String, diagnostics)?.as_text()?.clone();
        Some(EarlyText::Written(text, value.span))
    }

    /// Value of an attribute that must be a constant boolean.
    pub(crate) fn flag(&mut self, name: &'static str, diagnostics: &mut Diagnostics) -> Option<bool> {
        let attribute = self.attribute(name)?;
        constant_of(attribute, &Type::Bool, diagnostics).and_then(|value| value.as_bool())
    }

    /// A compiled attribute.
    pub(crate) fn expression(&mut self, name: &'static str) -> Option<Arc<Expression>> {
        let attribute = self.attribute(name)?;
        Some(compile(&attribute.value, &[]))
    }

    /// Complains about everything that nobody asked for.
    pub(crate) fn finish(self, diagnostics: &mut Diagnostics) {
        for attribute in &self.body.attributes {
            let name = &*attribute.name.text;
            if self.attributes.contains(&name) {
                continue;
            }
            let detail = if self.blocks.contains(&name) {
                format!(
                    "An argument named \"{name}\" is not expected here. Did you mean to define a block of type \"{name}\"?"
                )
            } else {
                format!(
                    "An argument named \"{name}\" is not expected here.{}",
                    did_you_mean(name, self.attributes.iter().copied())
                )
            };
            diagnostics.push(Diagnostic::error("Unsupported argument", detail).at(attribute.name.span));
        }
        for block in &self.body.blocks {
            let kind = &*block.kind.text;
            if self.blocks.contains(&kind) {
                continue;
            }
            let detail = if self.attributes.contains(&kind) {
                format!(
                    "Blocks of type \"{kind}\" are not expected here. Did you mean to define argument \"{kind}\"? If so, \
                     use the equals sign to assign it a value."
                )
            } else {
                format!(
                    "Blocks of type \"{kind}\" are not expected here.{}",
                    did_you_mean(kind, self.blocks.iter().copied())
                )
            };
            diagnostics.push(Diagnostic::error("Unsupported block type", detail).at(block.header));
        }
    }
}

/// Compiles an expression. `locals` are names that its surroundings bring. What is wrong with it is
/// told where its references are checked.
pub(crate) fn compile(expression: &Expr, locals: &[Arc<str>]) -> Arc<Expression> {
    Arc::new(Expression::compile_quietly(expression, locals))
}

/// The value of an expression that may refer to nothing and call nothing.
pub(crate) fn constant(expression: &Expr) -> (Option<Value>, Diagnostics) {
    let refuse = |summary: &str, detail: String, span: Span| {
        (None, Diagnostic::error(summary, detail).at(span).within(expression.span).into())
    };
    if let Some(span) = first_call(expression) {
        return refuse(
            "Function calls not allowed",
            "Functions may not be called here: this must be known before anything is evaluated. Write the value down."
                .to_owned(),
            span,
        );
    }
    if let Some(name) = first_variable(expression) {
        return refuse(
            "Variables not allowed",
            format!(
                "Variables may not be used here, and \"{}\" begins with the name of one: this must be known before \
                 anything is evaluated. Write the value down, or put it in quotes if it is a text.",
                name.text
            ),
            name.span,
        );
    }
    let (compiled, mut diagnostics) = Expression::compile(expression, &[]);
    if diagnostics.has_errors() {
        return (None, diagnostics);
    }
    if let Some(value) = compiled.constant() {
        return (Some(value), diagnostics);
    }
    // Evaluating it fails; it says itself why.
    let files = plumb_source::MemoryFiles::new();
    let world = plumb_expression::FunctionWorld::nothing(&files);
    let (_, problems) = compiled.evaluate(&[], &plumb_expression::Context { locals: &[], world: &world });
    diagnostics.append(problems);
    (None, diagnostics)
}

/// The constant value of an attribute, converted.
pub(crate) fn constant_of(attribute: &Attribute, ty: &Type, diagnostics: &mut Diagnostics) -> Option<Value> {
    let Some(value) = diagnostics.take(constant(&attribute.value)) else {
        // Terraform says this too of what it cannot know.
        if !matches!(attribute.value.kind, ExprKind::Invalid) {
            diagnostics.push(unsuitable(attribute, "value must be known"));
        }
        return None;
    };
    match convert(&value, ty) {
        Ok(value) if !value.is_null() => Some(value),
        Ok(_) => None,
        Err(error) => {
            diagnostics.push(unsuitable(attribute, &error.message));
            None
        }
    }
}

fn unsuitable(attribute: &Attribute, why: &str) -> Diagnostic {
    let detail = format!("Unsuitable value for \"{}\": {why}.", attribute.name.text);
    Diagnostic::error("Unsuitable value type", detail).at(attribute.value.span)
}

/// The text of a quoted literal without any interpolation.
pub(crate) fn literal_text(expression: &Expr) -> Option<Arc<str>> {
    match &expression.kind {
        ExprKind::Template(parts) => match &parts[..] {
            [] => Some("".into()),
            [TemplatePart::Literal { text, .. }] => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The name that an expression consists of.
pub(crate) fn keyword(expression: &Expr) -> Option<&Arc<str>> {
    match &expression.kind {
        ExprKind::Variable(name) => Some(&name.text),
        _ => None,
    }
}

/// The names that a plain traversal such as `aws.west` consists of.
pub(crate) fn dotted_names(expression: &Expr) -> Option<Vec<Arc<str>>> {
    match &expression.kind {
        ExprKind::Traverse { base, steps } => {
            let mut names = vec![first_name(base)?];
            for step in steps {
                match step {
                    Step::Attribute { name, .. } => names.push(name.text.clone()),
                    _ => return None,
                }
            }
            Some(names)
        }
        _ => first_name(expression).map(|name| vec![name]),
    }
}

/// Names are not evaluated, so that words which are values elsewhere are names like others: `null` is
/// what most people call the provider of that name.
fn first_name(expression: &Expr) -> Option<Arc<str>> {
    match &expression.kind {
        ExprKind::Variable(name) => Some(name.text.clone()),
        ExprKind::Null => Some("null".into()),
        ExprKind::Bool(value) => Some(value.to_string().into()),
        _ => None,
    }
}

/// Whether an expression is a name with attributes and literal keys behind it, as references that are
/// not evaluated must be.
pub(crate) fn is_plain_reference(expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Variable(_) => true,
        ExprKind::Traverse { base, steps } => {
            matches!(base.kind, ExprKind::Variable(_))
                && steps.iter().all(|step| match step {
                    Step::Attribute { .. } | Step::LegacyIndex { .. } => true,
                    Step::Index { key, .. } => constant(key).0.is_some(),
                    Step::AttributeSplat { .. } | Step::FullSplat { .. } => false,
                })
        }
        _ => false,
    }
}

/// What to say where something must be a plain reference and is not.
pub(crate) fn not_a_reference(expression: &Expr) -> Diagnostic {
    Diagnostic::error(
        "Invalid expression",
        "A plain reference is required here: a name, then attribute names behind dots and literal keys in brackets, \
         without quotes, functions or operators around it.",
    )
    .at(expression.span)
}

/// What to say of a reference in quotes, which versions before 0.12 wanted.
pub(crate) fn quoted_reference(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "Quoted references are deprecated",
        "In this context, references are expected literally rather than in quotes. Remove the quotes.",
    )
    .at(span)
}

/// Complains about labels of a block that takes none.
pub(crate) fn refuse_labels(block: &Block, diagnostics: &mut Diagnostics) {
    if let Some(label) = block.labels.first() {
        diagnostics.push(
            Diagnostic::error(
                format!("Extraneous label for {}", block.kind.text),
                format!("No labels are expected for {} blocks.", block.kind.text),
            )
            .at(label.span)
            .within(block.header),
        );
    }
}

/// A provider configuration as written: `aws`, `aws.west`, or the same in quotes as before 0.12.
pub(crate) fn provider_reference(
    expression: &Expr,
    diagnostics: &mut Diagnostics,
) -> Option<(Arc<str>, Option<Arc<str>>)> {
    let names = match literal_text(expression) {
        Some(text) => {
            diagnostics.push(quoted_reference(expression.span));
            Some(text.split('.').map(Arc::from).collect())
        }
        None => dotted_names(expression),
    };
    match names.as_deref() {
        Some([name]) => Some((name.clone(), None)),
        Some([name, alias]) => Some((name.clone(), Some(alias.clone()))),
        _ => {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid provider configuration reference",
                    "A provider configuration is named by the provider's local name, with the alias behind a period \
                     where it has one: aws or aws.west.",
                )
                .at(expression.span),
            );
            None
        }
    }
}

/// An instance of a provider configuration as written: `aws.by_region[each.key]`, or what
/// [`provider_reference`] reads. Its name, its alias and its key.
#[expect(clippy::type_complexity, reason = "one name, told apart")]
pub(crate) fn provider_instance(
    expression: &Expr,
    diagnostics: &mut Diagnostics,
) -> Option<((Arc<str>, Option<Arc<str>>), Option<Arc<Expression>>)> {
    if let ExprKind::Traverse { base, steps } = &expression.kind
        && let ExprKind::Variable(name) = &base.kind
        && let [before @ .., Step::Index { key, .. }] = &steps[..]
    {
        if let [Step::Attribute { name: alias, .. }] = before {
            let reference = (name.text.clone(), Some(alias.text.clone()));
            return Some((reference, Some(compile(key, &[]))));
        }
        let detail = "The key of an instance stands behind the alias of a provider configuration that has for_each: \
                      aws.by_region[each.key].";
        let problem = Diagnostic::error("Invalid provider configuration reference", detail);
        diagnostics.push(problem.at(expression.span));
        return None;
    }
    provider_reference(expression, diagnostics).map(|reference| (reference, None))
}

/// The elements of a list written out.
pub(crate) fn elements<'a>(attribute: &'a Attribute, diagnostics: &mut Diagnostics) -> &'a [Expr] {
    match &attribute.value.kind {
        ExprKind::Tuple(elements) => elements,
        ExprKind::Invalid => &[],
        _ => {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid expression",
                    format!(
                        "The argument \"{}\" requires a list that is written out in brackets.",
                        attribute.name.text
                    ),
                )
                .at(attribute.value.span),
            );
            &[]
        }
    }
}

/// Whether a text may be the name of something.
pub(crate) fn check_name(name: &str, span: Span, what: &str, diagnostics: &mut Diagnostics) {
    let mut characters = name.chars();
    let starts_well = characters.next().is_some_and(|first| first.is_alphabetic() || first == '_');
    if !starts_well || !characters.all(|other| other.is_alphanumeric() || other == '_' || other == '-') {
        diagnostics.push(
            Diagnostic::error(
                format!("Invalid {what} name"),
                "A name must start with a letter or underscore and may contain only letters, digits, underscores, and \
                 dashes.",
            )
            .at(span),
        );
    }
}
