//! From the body of a block to an object of a schema's type.

use std::collections::HashMap;
use std::sync::Arc;

use plumb_configuration::{Body, BodyAttribute, DynamicBlock, NestedBlock, StaticBlock};
use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_expression::Expression;
use plumb_schema::{Attribute, Block, NestedBlock as BlockSchema, Nesting, SchemaShape, as_blocks};
use plumb_source::Span;
use plumb_value::{Kind, Marks, Path, Type, Value, convert};

use crate::evaluator::{Inputs, infinite};
use crate::{Evaluator, Frame, Scope};

/// What came of decoding a body.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// An object of the schema's implied type, marks on.
    pub value: Value,
    /// Whether something is wrong with it; that is reported already.
    pub failed: bool,
}

/// Values of what each expression of a body refers to, by the expression's address in memory, which
/// is good for as long as the body is borrowed.
type AllInputs = HashMap<usize, Inputs>;

fn identity(expression: &Arc<Expression>) -> usize {
    Arc::as_ptr(expression) as usize
}

impl Evaluator {
    /// Evaluates a body against a schema.
    pub async fn decode(
        self: &Arc<Self>,
        body: &Body,
        schema: &Block,
        scope: &Scope,
        frame: &mut Frame,
    ) -> Decoded {
        self.decode_seeing(body, schema, scope, &[], frame).await
    }

    /// The same for a body that knows names beside the configuration's.
    pub(crate) async fn decode_seeing(
        self: &Arc<Self>,
        body: &Body,
        schema: &Block,
        scope: &Scope,
        locals: &[(Arc<str>, Value)],
        frame: &mut Frame,
    ) -> Decoded {
        let (body, undecided) = self.decided(body, schema);
        let (mut expressions, mut dynamic) = (Vec::new(), Vec::new());
        collect_outside(body, &mut expressions, &mut dynamic);
        let mut inputs = AllInputs::with_capacity(expressions.len());
        let mut failed = !self.gather(&expressions, scope, &mut inputs, frame).await;
        for block in dynamic {
            if block.problems().is_some() || !self.makes_any(block, scope, &inputs, locals) {
                continue;
            }
            expressions.clear();
            collect_content(block, &mut expressions);
            failed |= !self.gather(&expressions, scope, &mut inputs, frame).await;
        }
        if failed {
            return Decoded { value: Value::unknown(schema.implied_type()), failed };
        }
        let decoded = self.decode_with(body, schema, scope, &inputs, locals);
        Decoded { failed: decoded.failed | undecided, ..decoded }
    }

    /// Waits for what expressions refer to. Whether all of it is there.
    async fn gather(
        self: &Arc<Self>,
        expressions: &[&Arc<Expression>],
        scope: &Scope,
        inputs: &mut AllInputs,
        frame: &mut Frame,
    ) -> bool {
        let mut found = true;
        for expression in expressions {
            match self.inputs(expression, scope, frame).await {
                Some(values) => {
                    inputs.insert(identity(expression), values);
                }
                None => found = false,
            }
        }
        found
    }

    /// Whether a dynamic block makes any, as far as is known. What is wrong with it is told by whoever writes
    /// it out.
    fn makes_any(
        &self,
        block: &DynamicBlock,
        scope: &Scope,
        inputs: &AllInputs,
        locals: &[(Arc<str>, Value)],
    ) -> bool {
        let Some(inputs) = inputs.get(&identity(&block.for_each)) else { return false };
        let value = self.evaluate_unreported(&block.for_each, scope, inputs, locals).0.unmark().0;
        match value.kind() {
            Kind::List(_, values) | Kind::Tuple(_, values) => !values.is_empty(),
            Kind::Set(_, values) => !values.is_empty(),
            Kind::Map(..) | Kind::Object(..) => value.entries().is_some_and(|entries| !entries.is_empty()),
            Kind::Unknown(..) | Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => false,
        }
    }

    /// Checks a body against a schema while nothing is known that it refers to, and asks for none of it.
    pub fn decode_unknown(&self, body: &Body, schema: &Block, scope: &Scope) -> Decoded {
        let (body, failed) = self.decided(body, schema);
        let mut expressions = Vec::new();
        collect(body, &mut expressions);
        let unknown = |expression: &Expression| Inputs {
            values: vec![Value::dynamic(); expression.references().len()],
            missing: Vec::new(),
        };
        let inputs: AllInputs =
            expressions.into_iter().map(|expression| (identity(expression), unknown(expression))).collect();
        let decoded = self.decode_with(body, schema, scope, &inputs, &[]);
        Decoded { failed: decoded.failed | failed, ..decoded }
    }

    /// The body in the form that the schema gives to what was written in JSON, and whether that failed.
    fn decided<'b>(&self, body: &'b Body, schema: &Block) -> (&'b Body, bool) {
        let (body, problems) = body.decided(&SchemaShape::of(schema));
        let Some(problems) = problems.filter(|problems| !problems.is_empty()) else { return (body, false) };
        problems.iter().for_each(|problem| self.report(problem.clone()));
        (body, problems.has_errors())
    }

    fn decode_with(
        &self,
        body: &Body,
        schema: &Block,
        scope: &Scope,
        inputs: &AllInputs,
        locals: &[(Arc<str>, Value)],
    ) -> Decoded {
        let mut decoder = Decoder { evaluator: self, scope, inputs, locals: locals.to_vec(), failed: false };
        let value = decoder.body(body, schema);
        Decoded { value, failed: decoder.failed }
    }

    /// Waits for everything that a body refers to, without evaluating it: whoever evaluates it later
    /// finds that done. Whether all of it is there.
    pub async fn await_references(self: &Arc<Self>, body: &Body, scope: &Scope, frame: &mut Frame) -> bool {
        let mut expressions = Vec::new();
        collect(body, &mut expressions);
        let mut found = true;
        for expression in expressions {
            found &= self.inputs(expression, scope, frame).await.is_some();
        }
        found
    }
}

/// Everything that may be evaluated.
fn collect<'a>(body: &'a Body, into: &mut Vec<&'a Arc<Expression>>) {
    let mut dynamic = Vec::new();
    collect_outside(body, into, &mut dynamic);
    dynamic.into_iter().for_each(|block| collect_content(block, into));
}

/// What is evaluated whatever is made of dynamic blocks, and those blocks.
fn collect_outside<'a>(
    body: &'a Body,
    into: &mut Vec<&'a Arc<Expression>>,
    dynamic: &mut Vec<&'a DynamicBlock>,
) {
    into.extend(body.undecided());
    into.extend(body.attributes.values().map(|attribute| &attribute.value));
    for block in &body.blocks {
        match block {
            NestedBlock::Static(block) => collect_outside(&block.body, into, dynamic),
            NestedBlock::Dynamic(block) => {
                into.push(&block.for_each);
                dynamic.push(block);
            }
        }
    }
}

/// What each block is made of; nothing where that is wrong, for then none is made.
fn collect_content<'a>(block: &'a DynamicBlock, into: &mut Vec<&'a Arc<Expression>>) {
    if block.problems().is_none() {
        into.extend(&block.labels);
        collect(&block.content, into);
    }
}

struct Decoder<'a> {
    evaluator: &'a Evaluator,
    scope: &'a Scope,
    inputs: &'a AllInputs,
    /// Iterators of the dynamic blocks around, and what else the body knows.
    locals: Vec<(Arc<str>, Value)>,
    failed: bool,
}

/// One block after `dynamic` ones have been written out.
struct Written {
    labels: Vec<Arc<str>>,
    value: Value,
}

impl Decoder<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.failed |= diagnostic.is_error();
        self.evaluator.report(diagnostic);
    }

    fn evaluate(&mut self, expression: &Arc<Expression>) -> Value {
        let none = Inputs::default();
        let inputs = self.inputs.get(&identity(expression)).unwrap_or(&none);
        let outcome = self.evaluator.evaluate_ready(expression, self.scope, inputs, &self.locals);
        self.failed |= outcome.failed;
        outcome.value
    }

    fn body(&mut self, body: &Body, schema: &Block) -> Value {
        self.refuse_unknown_names(body, schema);
        let ty = schema.object_type().clone();
        let mut values = Vec::with_capacity(ty.attributes().len());
        for (name, ty) in ty.attributes() {
            let value = if let Some(attribute) = schema.attributes.get(name) {
                self.attribute(body, name, attribute)
            } else if let Some(nested) = schema.blocks.get(name) {
                self.blocks(body, name, nested)
            } else {
                Value::null(ty.clone())
            };
            values.push(value);
        }
        Value::object_of(ty, values)
    }

    fn refuse_unknown_names(&mut self, body: &Body, schema: &Block) {
        let known = |name: &str| schema.attributes.contains_key(name) || schema.blocks.contains_key(name);
        let names = || schema.attributes.keys().chain(schema.blocks.keys()).map(|name| &**name);
        for (name, attribute) in &body.attributes {
            if schema.blocks.contains_key(name) {
                self.report(
                    Diagnostic::error(
                        "Unsupported argument",
                        format!(
                            "An argument named \"{name}\" is not expected here. Did you mean to define a block of type \
                             \"{name}\"?"
                        ),
                    )
                    .at(attribute.name_span),
                );
            } else if !known(name) {
                self.report(
                    Diagnostic::error(
                        "Unsupported argument",
                        format!(
                            "An argument named \"{name}\" is not expected here.{}",
                            did_you_mean(name, names())
                        ),
                    )
                    .at(attribute.name_span),
                );
            }
        }
        for block in &body.blocks {
            let (kind, header) = match block {
                NestedBlock::Static(block) => (&block.kind, block.header),
                NestedBlock::Dynamic(block) => (&block.kind, block.header),
            };
            if schema.blocks.contains_key(kind)
                || schema.attributes.get(kind).is_some_and(|attribute| as_blocks(attribute).is_some())
            {
                continue;
            }
            let detail = if schema.attributes.contains_key(kind) {
                format!(
                    "Blocks of type \"{kind}\" are not expected here. Did you mean to define argument \"{kind}\"? If so, \
                     use the equals sign to assign it a value."
                )
            } else {
                format!("Blocks of type \"{kind}\" are not expected here.{}", did_you_mean(kind, names()))
            };
            self.report(Diagnostic::error("Unsupported block type", detail).at(header));
        }
    }

    fn attribute(&mut self, body: &Body, name: &Arc<str>, schema: &Attribute) -> Value {
        let Some(given) = body.attributes.get(name) else {
            if let Some(nested) = as_blocks(schema) {
                let any = body.blocks.iter().any(|block| kind_of(block) == name);
                let value = any.then(|| self.blocks(body, name, &nested));
                // Dynamic blocks that make none leave the argument unset.
                if let Some(value) = value.filter(|value| !value.is_empty()) {
                    return value;
                }
            }
            if schema.required {
                let detail = format!("The argument \"{name}\" is required, but no definition was found.");
                self.report(
                    Diagnostic::error("Missing required argument", detail)
                        .at(body.span.unwrap_or(Span::NONE)),
                );
            }
            return Value::null(schema.ty.clone());
        };
        self.given_attribute(name, given, schema)
    }

    fn given_attribute(&mut self, name: &str, given: &BodyAttribute, schema: &Attribute) -> Value {
        let value = self.evaluate(&given.value);
        if self.failed && !value.is_known() && value.ty() == Type::Dynamic {
            return Value::unknown(schema.ty.clone());
        }
        if let Some(part) = value.infinite_part() {
            self.report(infinite(name, &part).at(given.value.span()).within(given.span));
            return Value::unknown(schema.ty.clone());
        }
        let constraint = constraint(schema);
        match convert(&value, &constraint) {
            Ok(value) => {
                // Whether what the provider decides may be set here, and what it requires may be null, it
                // says itself, in its own words.
                value
            }
            Err(error) => {
                let place = error.path.to_string();
                let reason = if place.is_empty() {
                    error.message
                } else {
                    format!("{}: {}", trim(&place), error.message)
                };
                let detail = format!("Inappropriate value for attribute \"{name}\": {reason}.");
                self.report(
                    Diagnostic::error("Incorrect attribute value type", detail)
                        .at(given.value.span())
                        .within(given.span),
                );
                Value::unknown(schema.ty.clone())
            }
        }
    }

    fn blocks(&mut self, body: &Body, name: &Arc<str>, schema: &BlockSchema) -> Value {
        let mut written = Vec::new();
        let mut unknown = None;
        let mut last_header = None;
        for block in body.blocks.iter().filter(|block| kind_of(block) == name) {
            match block {
                NestedBlock::Static(block) => {
                    last_header = Some(block.header);
                    let entry = self.static_block(block, schema);
                    written.extend(entry);
                }
                NestedBlock::Dynamic(block) => {
                    last_header = Some(block.content_header);
                    if let Some(marks) = self.dynamic_block(block, schema, &mut written) {
                        unknown = Some(marks);
                    }
                }
            }
        }
        if unknown.is_none() {
            self.check_number(body, name, schema, written.len(), last_header);
        }
        self.nest(schema, written, unknown, last_header)
    }

    fn static_block(&mut self, block: &StaticBlock, schema: &BlockSchema) -> Option<Written> {
        let expected = usize::from(schema.nesting == Nesting::Map);
        if block.labels.len() != expected {
            let detail = if expected == 0 {
                format!("No labels are expected for {} blocks.", block.kind)
            } else {
                format!("All {} blocks must have 1 label: the key.", block.kind)
            };
            let summary = if expected == 0 { "Extraneous label" } else { "Missing label" };
            let place = block.labels.first().map_or(block.header, |(_, span)| *span);
            self.report(Diagnostic::error(format!("{summary} for {}", block.kind), detail).at(place));
            return None;
        }
        let value = self.body(&block.body, &schema.block);
        Some(Written { labels: block.labels.iter().map(|(label, _)| label.clone()).collect(), value })
    }

    /// Writes out a dynamic block; the marks of its `for_each` where how often is not known.
    fn dynamic_block(
        &mut self,
        block: &DynamicBlock,
        schema: &BlockSchema,
        written: &mut Vec<Written>,
    ) -> Option<Marks> {
        let (collection, marks) = self.evaluate(&block.for_each).unmark();
        if collection.is_null() && !self.failed {
            self.report(
                Diagnostic::error("Invalid dynamic for_each value", "Cannot use a null value in for_each.")
                    .at(block.for_each.span()),
            );
            return None;
        }
        let elements = match collection.kind() {
            Kind::Unknown(..) => return Some(marks),
            Kind::List(_, values) | Kind::Tuple(_, values) => values
                .iter()
                .enumerate()
                .map(|(index, value)| (Value::number(index as i64), value.clone()))
                .collect(),
            Kind::Set(_, values) => values.iter().map(|value| (value.clone(), value.clone())).collect(),
            Kind::Map(..) | Kind::Object(..) => collection
                .entries()
                .unwrap_or_default()
                .into_iter()
                .map(|(key, value)| (Value::string(key.clone()), value.clone()))
                .collect::<Vec<_>>(),
            Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
                self.report(
                    Diagnostic::error(
                        "Invalid dynamic for_each value",
                        format!(
                            "Cannot use a {} value in for_each. An iterable collection is required.",
                            collection.ty().friendly_name()
                        ),
                    )
                    .at(block.for_each.span()),
                );
                return None;
            }
        };
        if elements.is_empty() {
            return None;
        }
        self.evaluator.note_made(block);
        if let Some(problems) = block.problems() {
            problems.iter().for_each(|problem| self.report(problem.clone()));
            return None;
        }
        for (key, value) in elements {
            let iterator =
                Value::object([("key", key.with_marks(marks)), ("value", value.with_marks(marks))]);
            self.locals.push((block.iterator.clone(), iterator));
            let labels = self.labels(block);
            let value = self.body(&block.content, &schema.block);
            self.locals.pop();
            written.push(Written { labels, value });
        }
        None
    }

    fn labels(&mut self, block: &DynamicBlock) -> Vec<Arc<str>> {
        let mut labels = Vec::new();
        for label in &block.labels {
            let (value, marks) = self.evaluate(label).unmark();
            let text = convert(&value, &Type::String).ok().and_then(|value| value.as_text().cloned());
            match text {
                Some(text) if marks.is_empty() => labels.push(text),
                _ => {
                    if !self.failed {
                        self.report(
                            Diagnostic::error(
                                "Invalid dynamic block label",
                                format!(
                                    "Labels of dynamic blocks must be known strings that are not sensitive: those of \
                                     \"{}\" tell one block from the next.",
                                    block.kind
                                ),
                            )
                            .at(label.span()),
                        );
                    }
                }
            }
        }
        labels
    }

    fn check_number(
        &mut self,
        body: &Body,
        name: &str,
        schema: &BlockSchema,
        number: usize,
        last_header: Option<Span>,
    ) {
        let single = matches!(schema.nesting, Nesting::Single | Nesting::Group);
        let max = schema.max_items;
        let min = schema.min_items;
        if single && number > 1 {
            let first = body.blocks.iter().find(|block| **kind_of(block) == *name).map(header_of);
            let mut diagnostic = Diagnostic::error(
                format!("Duplicate {name} block"),
                format!("Only one block of type \"{name}\" is allowed."),
            )
            .at(last_header.unwrap_or(Span::NONE));
            if let Some(first) = first.filter(|first| Some(*first) != last_header) {
                diagnostic = diagnostic.note(first, "the first one");
            }
            self.report(diagnostic);
        } else if max > 0 && number as u64 > max {
            self.report(
                Diagnostic::error(
                    format!("Too many {name} blocks"),
                    format!("No more than {max} \"{name}\" blocks are allowed."),
                )
                .at(last_header.unwrap_or(Span::NONE)),
            );
        }
        if (number as u64) < min {
            let place = last_header.or(body.span).unwrap_or(Span::NONE);
            let diagnostic = if number == 0 && min == 1 && single {
                Diagnostic::error(
                    format!("Missing {name} block"),
                    format!("A \"{name}\" block is required here."),
                )
            } else {
                Diagnostic::error(
                    format!("Insufficient {name} blocks"),
                    format!("At least {min} \"{name}\" blocks are required."),
                )
            };
            self.report(diagnostic.at(place));
        }
    }

    fn nest(
        &mut self,
        schema: &BlockSchema,
        written: Vec<Written>,
        unknown: Option<Marks>,
        last_header: Option<Span>,
    ) -> Value {
        let element = schema.block.implied_type();
        if let Some(marks) = unknown {
            return Value::unknown(schema.nesting.wrap(element)).with_marks(marks);
        }
        match schema.nesting {
            Nesting::Single => {
                written.into_iter().next().map_or_else(|| Value::null(element), |written| written.value)
            }
            Nesting::Group => match written.into_iter().next() {
                Some(written) => written.value,
                None => self.body(&Body::default(), &schema.block),
            },
            Nesting::List if element.has_dynamic() => {
                Value::tuple(written.into_iter().map(|written| written.value))
            }
            Nesting::List => Value::list(element, written.into_iter().map(|written| written.value)),
            Nesting::Set => Value::set(element, written.into_iter().map(|written| written.value)),
            Nesting::Map => {
                let mut entries: Vec<(Arc<str>, Value)> = Vec::with_capacity(written.len());
                let mut seen = std::collections::HashSet::new();
                for block in written {
                    let Some(key) = block.labels.into_iter().next() else { continue };
                    if !seen.insert(key.clone()) {
                        self.report(
                            Diagnostic::error(
                                "Duplicate block",
                                format!("There is a block with the label \"{key}\" already; each label may be used once."),
                            )
                            .at(last_header.unwrap_or(Span::NONE)),
                        );
                    }
                    entries.push((key, block.value));
                }
                if element.has_dynamic() { Value::object(entries) } else { Value::map(element, entries) }
            }
        }
    }
}

fn kind_of(block: &NestedBlock) -> &Arc<str> {
    match block {
        NestedBlock::Static(block) => &block.kind,
        NestedBlock::Dynamic(block) => &block.kind,
    }
}

fn header_of(block: &NestedBlock) -> Span {
    match block {
        NestedBlock::Static(block) => block.header,
        NestedBlock::Dynamic(block) => block.header,
    }
}

fn trim(path: &str) -> &str {
    path.trim_start_matches('.')
}

/// The type that a value for an attribute is converted to: in objects with a schema of their own,
/// what need not be set may be missing.
fn constraint(schema: &Attribute) -> Type {
    let Some(nested) = &schema.nested else { return schema.ty.clone() };
    let attributes = nested.attributes.iter().map(|(name, attribute)| (name.clone(), constraint(attribute)));
    let optional =
        nested.attributes.iter().filter(|(_, attribute)| !attribute.required).map(|(name, _)| name.clone());
    let object = plumb_value::ObjectType::with_optional(attributes, optional);
    nested.nesting.wrap(Type::Object(Arc::new(object)))
}

/// Places of a configuration that have an ephemeral value although the schema would store it.
pub fn ephemeral_places(value: &Value, block: &Block) -> Vec<Path> {
    if !value.deep_marks().is_ephemeral() {
        return Vec::new();
    }
    let write_only = plumb_schema::write_only_paths(block, &value.unmark_deep());
    let (_, marks) = value.unmark_deep_with_paths();
    marks
        .into_iter()
        .filter(|(_, marks)| marks.is_ephemeral())
        .map(|(path, _)| path)
        .filter(|path| !write_only.iter().any(|allowed| allowed.is_prefix_of(path)))
        .collect()
}

/// The piece of source that a part of a decoded body comes from, as near as can be told.
pub fn span_of(body: &Body, path: &Path) -> Option<Span> {
    use plumb_value::PathStep;
    let mut body = body.as_decided();
    let mut found = None;
    let mut steps = path.0.iter().peekable();
    while let Some(PathStep::Attribute(name)) = steps.next() {
        if let Some(attribute) = body.attributes.get(name) {
            return Some(attribute.value.span());
        }
        let mut blocks = body.blocks.iter().filter(|block| kind_of(block) == name);
        let index = match steps.peek() {
            Some(PathStep::Index(key)) => {
                steps.next();
                key.as_number().and_then(plumb_value::Number::to_usize).unwrap_or(0)
            }
            _ => 0,
        };
        match blocks.nth(index) {
            Some(NestedBlock::Static(block)) => {
                found = Some(block.header);
                body = &block.body;
            }
            Some(NestedBlock::Dynamic(block)) => {
                found = Some(block.header);
                body = &block.content;
            }
            None => return found,
        }
    }
    found
}
