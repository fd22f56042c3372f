//! What a JSON object says where a provider's schema decides which properties are blocks.
//!
//! Responsible for both readings: the expressions that are in it either way, which is enough to know
//! what it refers to, and the body that comes out once the schema is there.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_expression::Expression;
use plumb_source::Span;
use plumb_syntax::json::{Kind, Property, Value};

use crate::body::{Body, BodyAttribute, DynamicBlock, NestedBlock, StaticBlock};
use crate::json::{Labels, extraneous, unpack};
use crate::reader::{compile, keyword};

/// What a schema says of the names in a body.
pub trait BodyShape {
    /// Whether the name is that of an argument.
    fn is_attribute(&self, name: &str) -> bool;

    /// How many labels blocks of that name have, and their shape; `None` where there are no such
    /// blocks. Arguments that may be written as blocks have one as well.
    fn block(&self, name: &str) -> Option<(usize, Box<dyn BodyShape + '_>)>;

    /// All names that there are.
    fn names(&self) -> Vec<&str>;
}

/// Properties of a body that wait for a schema.
#[derive(Clone, Debug)]
pub(crate) struct Undecided {
    properties: Vec<Property>,
    /// Names that the surroundings bring.
    locals: Vec<Arc<str>>,
    /// Every expression that is in there in one reading or the other.
    expressions: Vec<Arc<Expression>>,
    /// Made with the first schema that comes: the blocks of one resource type have one.
    decided: OnceLock<(Body, Diagnostics)>,
}

impl Undecided {
    /// Texts that are no templates are reported here, and not again when it is decided.
    pub(crate) fn new(properties: Vec<Property>, locals: &[Arc<str>], diagnostics: &mut Diagnostics) -> Self {
        let mut finder = Finder { found: Vec::new(), locals: locals.to_vec(), diagnostics };
        finder.properties(&properties);
        let expressions = finder.found;
        Undecided { properties, locals: locals.to_vec(), expressions, decided: OnceLock::new() }
    }

    pub(crate) fn expressions(&self) -> &[Arc<Expression>] {
        &self.expressions
    }

    /// What another body says, too.
    pub(crate) fn absorb(&mut self, other: &Undecided) {
        self.properties.extend(other.properties.iter().cloned());
        self.expressions.extend(other.expressions.iter().cloned());
        self.decided = OnceLock::new();
    }

    /// The body that `native` and these properties are together.
    pub(crate) fn decide(&self, native: &Body, shape: &dyn BodyShape) -> &(Body, Diagnostics) {
        self.decided.get_or_init(|| {
            let mut decider = Decider { locals: self.locals.clone(), diagnostics: Diagnostics::new() };
            let mut body = decider.body(&self.properties, native.span, shape);
            for (name, attribute) in &native.attributes {
                body.attributes.entry(name.clone()).or_insert_with(|| attribute.clone());
            }
            body.blocks.splice(0..0, native.blocks.iter().cloned());
            (body, decider.diagnostics)
        })
    }

    pub(crate) fn decided(&self) -> Option<&Body> {
        self.decided.get().map(|(body, _)| body)
    }
}

/// Finds expressions without knowing what is a block.
struct Finder<'d> {
    found: Vec<Arc<Expression>>,
    locals: Vec<Arc<str>>,
    diagnostics: &'d mut Diagnostics,
}

impl Finder<'_> {
    fn properties(&mut self, properties: &[Property]) {
        for property in properties.iter().filter(|property| !property.is_comment()) {
            if property.name.text.contains(['$', '%']) {
                let name = Value { kind: Kind::Text(property.name.clone()), span: property.name.span };
                self.value(&name);
            }
            if &*property.name.text == "dynamic" {
                self.dynamic(&property.value);
            } else {
                self.value(&property.value);
            }
        }
    }

    fn value(&mut self, value: &Value) {
        match &value.kind {
            Kind::Text(_) => {
                let expression = compile(&value.template(self.diagnostics), &self.locals);
                if !expression.references().is_empty() || expression.constant().is_none() {
                    self.found.push(expression);
                }
            }
            Kind::Array(values) => values.iter().for_each(|value| self.value(value)),
            Kind::Object(properties) => self.properties(properties),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
        }
    }

    /// Blocks under their types, or properties of something that is called so.
    fn dynamic(&mut self, value: &Value) {
        for value in value.elements() {
            let Kind::Object(kinds) = &value.kind else { continue };
            for kind in kinds.iter().filter(|kind| !kind.is_comment()) {
                kind.value.elements().iter().for_each(|block| self.dynamic_block(&kind.name.text, block));
            }
        }
    }

    fn dynamic_block(&mut self, kind: &Arc<str>, block: &Value) {
        let Kind::Object(properties) = &block.kind else { return self.value(block) };
        let iterator = find(properties, "iterator").and_then(|value| iterator_name(value).ok());
        for property in properties.iter().filter(|property| !property.is_comment()) {
            match &*property.name.text {
                "iterator" => {}
                "labels" | "content" => {
                    self.locals.push(iterator.clone().unwrap_or_else(|| kind.clone()));
                    self.value(&property.value);
                    self.locals.pop();
                }
                _ => self.value(&property.value),
            }
        }
    }
}

fn find<'p>(properties: &'p [Property], name: &str) -> Option<&'p Value> {
    properties.iter().find(|property| &*property.name.text == name).map(|property| &property.value)
}

fn iterator_name(value: &Value) -> Result<Arc<str>, Diagnostic> {
    let read = value.reference(&mut Diagnostics::new());
    keyword(&read).cloned().ok_or_else(|| {
        Diagnostic::error("Invalid iterator name", "The iterator of a dynamic block is a single name.")
            .at(value.span)
    })
}

/// Makes a body with the help of a schema.
struct Decider {
    locals: Vec<Arc<str>>,
    diagnostics: Diagnostics,
}

impl Decider {
    fn body(&mut self, properties: &[Property], span: Option<Span>, shape: &dyn BodyShape) -> Body {
        let mut body = Body { span, ..Body::default() };
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for property in properties.iter().filter(|property| !property.is_comment()) {
            let name = &property.name.text;
            if &**name == "dynamic" {
                self.dynamics(property, shape, &mut body.blocks);
            } else if shape.is_attribute(name) {
                match seen.insert(name, property.span()) {
                    None => {
                        body.attributes.insert(name.clone(), self.attribute(property));
                    }
                    Some(earlier) => self.diagnostics.push(
                        Diagnostic::error(
                            "Duplicate argument",
                            format!("The argument \"{name}\" was set already."),
                        )
                        .at(property.name.span)
                        .note(earlier, "the first one"),
                    ),
                }
            } else if let Some((labels, inner)) = shape.block(name) {
                self.blocks(property, labels, &*inner, &mut body.blocks);
            } else {
                self.diagnostics.push(extraneous(property, shape.names().into_iter()));
            }
        }
        body
    }

    fn attribute(&mut self, property: &Property) -> BodyAttribute {
        BodyAttribute {
            name_span: property.name.span,
            value: self.expression(&property.value),
            span: property.span(),
        }
    }

    /// What is wrong with its templates was told before it was decided.
    fn expression(&mut self, value: &Value) -> Arc<Expression> {
        let mut problems = Diagnostics::new();
        let read = value.template(&mut problems);
        self.diagnostics.extend(problems.into_iter().filter(|problem| {
            // Names that are there twice matter where an object is a value only.
            &*problem.summary == "Duplicate object attribute"
        }));
        compile(&read, &self.locals)
    }

    fn blocks(
        &mut self,
        property: &Property,
        labels: usize,
        shape: &dyn BodyShape,
        into: &mut Vec<NestedBlock>,
    ) {
        let mut problems = Diagnostics::new();
        let kind = property.name.ident();
        let of = Labels { kind: &kind, wanted: if labels == 0 { &[] } else { &["key"] } };
        unpack(&of, &property.value, &mut Vec::new(), &mut problems, &mut |labels, value, _| {
            let Kind::Object(properties) = &value.kind else { return };
            into.push(NestedBlock::Static(StaticBlock {
                kind: property.name.text.clone(),
                labels: labels.iter().map(|label| (label.text.clone(), label.span)).collect(),
                body: self.body(properties, Some(value.opening()), shape),
                header: value.opening(),
            }));
        });
        self.diagnostics.append(problems);
    }

    fn dynamics(&mut self, property: &Property, shape: &dyn BodyShape, into: &mut Vec<NestedBlock>) {
        let mut problems = Diagnostics::new();
        let kind = property.name.ident();
        let of = Labels { kind: &kind, wanted: &["type"] };
        unpack(&of, &property.value, &mut Vec::new(), &mut problems, &mut |labels, value, problems| {
            let (Kind::Object(properties), Some(label)) = (&value.kind, labels.first()) else { return };
            let Some((_, inner)) = shape.block(&label.text) else {
                let names = plumb_diagnostics::did_you_mean(&label.text, shape.names());
                let detail = format!("Blocks of type \"{}\" are not expected here.{names}", label.text);
                problems.push(Diagnostic::error("Unsupported block type", detail).at(label.span));
                return;
            };
            let made = self.dynamic(&label.text, properties, value.opening(), &*inner);
            into.extend(made.map(|block| NestedBlock::Dynamic(Box::new(block))));
        });
        self.diagnostics.append(problems);
    }

    fn dynamic(
        &mut self,
        kind: &Arc<str>,
        properties: &[Property],
        header: Span,
        shape: &dyn BodyShape,
    ) -> Option<DynamicBlock> {
        let find = |name: &str| find(properties, name);
        const KNOWN: [&str; 4] = ["for_each", "iterator", "labels", "content"];
        let unknown = |property: &&Property| !property.is_comment() && !KNOWN.contains(&&*property.name.text);
        for property in properties.iter().filter(unknown) {
            self.diagnostics.push(extraneous(property, KNOWN.into_iter()));
        }
        let iterator = match find("iterator").map(iterator_name) {
            None => kind.clone(),
            Some(Ok(name)) => name,
            Some(Err(problem)) => {
                self.diagnostics.push(problem);
                return None;
            }
        };
        let (Some(for_each), Some(content)) = (find("for_each"), find("content")) else {
            let missing = if find("for_each").is_none() { "for_each" } else { "content" };
            self.diagnostics.push(
                Diagnostic::error(
                    "Missing required argument",
                    format!("The argument \"{missing}\" is required, but no definition was found."),
                )
                .at(header),
            );
            return None;
        };
        let Some(content) = only_object(content) else {
            self.diagnostics.push(
                Diagnostic::error(
                    "Incorrect JSON value type",
                    "The \"content\" of a dynamic block must be one JSON object: what each block that it makes contains.",
                )
                .at(content.opening()),
            );
            return None;
        };
        let for_each = self.expression(for_each);
        self.locals.push(iterator.clone());
        let labels = match find("labels").map(|value| &value.kind) {
            Some(Kind::Array(values)) => values.iter().map(|value| self.expression(value)).collect(),
            _ => Vec::new(),
        };
        let content_header = content.1;
        let content = self.body(content.0, Some(content_header), shape);
        self.locals.pop();
        Some(DynamicBlock {
            kind: kind.clone(),
            for_each,
            iterator,
            labels,
            content,
            header,
            content_header,
            problems: OnceLock::new(),
        })
    }
}

/// The properties of an object, or of the only one in an array.
fn only_object(value: &Value) -> Option<(&[Property], Span)> {
    match &value.kind {
        Kind::Object(properties) => Some((properties, value.opening())),
        Kind::Array(values) => match &values[..] {
            [only] => only_object(only),
            _ => None,
        },
        _ => None,
    }
}

/// Takes out what an override file says anew: arguments and blocks of these names, also where a
/// `dynamic` block makes them.
pub(crate) fn remove_names(properties: &mut Vec<Property>, names: &HashSet<Arc<str>>) {
    properties.retain_mut(|property| {
        if &*property.name.text != "dynamic" {
            return !names.contains(&property.name.text);
        }
        let value = &mut property.value;
        let objects = match &mut value.kind {
            Kind::Array(values) => values.as_mut_slice(),
            _ => std::slice::from_mut(value),
        };
        let mut is_left = false;
        for object in objects {
            let Kind::Object(kinds) = &mut object.kind else { return true };
            kinds.retain(|kind| !names.contains(&kind.name.text));
            is_left |= !kinds.is_empty();
        }
        is_left
    });
}

/// The names of arguments and blocks that properties give, those that a `dynamic` block makes included.
pub(crate) fn names_of(properties: &[Property]) -> HashSet<Arc<str>> {
    let mut names = HashSet::new();
    for property in properties.iter().filter(|property| !property.is_comment()) {
        if &*property.name.text != "dynamic" {
            names.insert(property.name.text.clone());
            continue;
        }
        for object in property.value.elements() {
            if let Kind::Object(kinds) = &object.kind {
                names.extend(kinds.iter().map(|kind| kind.name.text.clone()));
            }
        }
    }
    names
}
