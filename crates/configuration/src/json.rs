//! Files in the JSON form of the language, turned into the tree of the native one.
//!
//! Responsible for telling arguments, blocks and labels apart where the language itself decides, and
//! for keeping what only a provider's schema decides as it is ([`crate::undecided`]). What blocks mean
//! is for those who read the tree.

mod shapes;

use std::collections::HashMap;

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::Span;
use plumb_syntax::ast::{Attribute, Block, Body, Expr, ExprKind, Ident, Label, ObjectItem, ObjectKey};
use plumb_syntax::json::{Kind, Property, Value};

use shapes::{FILE, Reading, Rest};
pub(crate) use shapes::{MOCK_FILE, Shape, TEST_FILE};

/// The blocks of a file of configuration.
pub(crate) fn read_file(root: &Value, diagnostics: &mut Diagnostics) -> Vec<Block> {
    read_as(root, &FILE, diagnostics).blocks
}

/// The content of a file whose properties are those of a shape.
pub(crate) fn read_as(root: &Value, shape: &'static Shape, diagnostics: &mut Diagnostics) -> Body {
    const SUMMARY: &str = "Root value must be object";
    const DETAIL: &str = "The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.";
    if matches!(root.kind, Kind::Null) {
        diagnostics.push(Diagnostic::error(SUMMARY, DETAIL).at(root.span));
    }
    let wanted = || Wanted { summary: SUMMARY, detail: DETAIL.to_owned() };
    let mut body = Body::empty(root.span);
    for object in objects(root, &wanted, diagnostics) {
        read_properties(object, shape, &mut body, diagnostics);
    }
    body
}

/// The properties of a file of values, each once. Those that are kept for comments are left out.
pub(crate) fn read_values<'v>(root: &'v Value, diagnostics: &mut Diagnostics) -> Vec<&'v Property> {
    let wanted = || {
        Wanted {
        summary: "Incorrect JSON value type",
        detail: "A file of values is one JSON object: the values by the variables' names, such as { \"size\": 3 }."
            .to_owned(),
    }
    };
    if matches!(root.kind, Kind::Null) {
        let detail =
            "The file holds null. A file of values is one JSON object: the values by the variables' names.";
        diagnostics.push(Diagnostic::error("Root value must be object", detail).at(root.span));
    }
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let mut found = Vec::new();
    for (properties, _) in objects(root, &wanted, diagnostics) {
        for property in properties.iter().filter(|property| !property.is_comment()) {
            match seen.insert(&property.name.text, property.span()) {
                None => found.push(property),
                Some(earlier) => diagnostics.push(duplicate(property, earlier, Rest::Read(Reading::Literal))),
            }
        }
    }
    found
}

/// What to say of something that is neither an object nor an array of objects.
struct Wanted {
    summary: &'static str,
    detail: String,
}

/// The objects that a value consists of: itself, or its elements. Each is given as its properties with
/// the value around them.
fn objects<'v>(
    value: &'v Value,
    wanted: &dyn Fn() -> Wanted,
    diagnostics: &mut Diagnostics,
) -> Vec<(&'v [Property], &'v Value)> {
    let are_elements = matches!(value.kind, Kind::Array(_));
    let mut found = Vec::with_capacity(value.elements().len());
    for value in value.elements() {
        match &value.kind {
            Kind::Object(properties) => found.push((&properties[..], value)),
            // As if it were not there; an element is there.
            Kind::Null if !are_elements => {}
            _ => {
                let Wanted { summary, detail } = wanted();
                diagnostics.push(Diagnostic::error(summary, detail).at(value.opening()));
            }
        }
    }
    found
}

/// Reads the properties of one object into a body.
fn read_properties(
    (properties, value): (&[Property], &Value),
    shape: &'static Shape,
    body: &mut Body,
    diagnostics: &mut Diagnostics,
) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for property in properties.iter().filter(|property| !property.is_comment()) {
        let name = &*property.name.text;
        let reading = shape.reading(name);
        if !matches!(reading, Some(Reading::Block(_)))
            && let Some(earlier) = seen.insert(name, property.span())
        {
            diagnostics.push(duplicate(property, earlier, shape.rest));
            continue;
        }
        match reading {
            Some(Reading::Block(inner)) => {
                body.blocks.extend(read_blocks(&property.name.ident(), &property.value, inner, diagnostics));
            }
            Some(reading) => body.attributes.push(attribute(property, reading, diagnostics)),
            None => match shape.rest {
                Rest::Refused => diagnostics.push(extraneous(property, shape.names())),
                Rest::Read(reading) => body.attributes.push(attribute(property, reading, diagnostics)),
                Rest::Undecided => body.undecided.push(property.clone()),
            },
        }
    }
    body.span = value.opening();
}

fn duplicate(property: &Property, earlier: Span, rest: Rest) -> Diagnostic {
    let summary = match rest {
        Rest::Read(_) => "Duplicate attribute definition",
        Rest::Refused | Rest::Undecided => "Duplicate argument",
    };
    Diagnostic::error(summary, format!("The argument \"{}\" was set already.", property.name.text))
        .at(property.name.span)
        .note(earlier, "the first one")
}

/// What to say of a property that has no meaning where it stands.
pub(crate) fn extraneous<'n>(property: &Property, names: impl Iterator<Item = &'n str>) -> Diagnostic {
    let name = &property.name.text;
    Diagnostic::error(
        "Extraneous JSON object property",
        format!("No argument or block type is named \"{name}\".{}", did_you_mean(name, names)),
    )
    .at(property.name.span)
}

fn attribute(property: &Property, reading: Reading, diagnostics: &mut Diagnostics) -> Attribute {
    let value = match reading {
        Reading::Literal => property.value.literal(diagnostics),
        Reading::Reference => property.value.reference(diagnostics),
        Reading::Type => type_of(&property.value, diagnostics),
        Reading::RequiredProvider => required_provider(&property.value, diagnostics),
        Reading::Template | Reading::Block(_) => property.value.template(diagnostics),
    };
    Attribute { name: property.name.ident(), value, span: property.span() }
}

fn type_of(value: &Value, diagnostics: &mut Diagnostics) -> Expr {
    let mut problems = Diagnostics::new();
    let read = value.reference(&mut problems);
    if problems.has_errors() {
        diagnostics.push(
            Diagnostic::error(
                "Invalid type specification",
                "A type is written in one text as in the native syntax: bool, number, string, any, or a constructor such as \
                 \"list(string)\".",
            )
            .at(value.span),
        );
    }
    read
}

/// An entry of `required_providers`: texts, but aliases are references.
fn required_provider(value: &Value, diagnostics: &mut Diagnostics) -> Expr {
    let Kind::Object(properties) = &value.kind else { return value.literal(diagnostics) };
    let items = properties.iter().map(|property| ObjectItem {
        key: ObjectKey::Name(property.name.ident()),
        value: match &*property.name.text {
            "configuration_aliases" => property.value.reference(diagnostics),
            _ => property.value.literal(diagnostics),
        },
    });
    Expr { kind: ExprKind::Object(items.collect()), span: value.span }
}

/// The blocks that a property stands for: one level of objects for each label, and then one object or
/// an array of them.
fn read_blocks(
    kind: &Ident,
    value: &Value,
    shape: &'static Shape,
    diagnostics: &mut Diagnostics,
) -> Vec<Block> {
    let mut found = Vec::new();
    unpack(
        &Labels { kind, wanted: shape.labels },
        value,
        &mut Vec::new(),
        diagnostics,
        &mut |labels, value, diagnostics| {
            let mut body = Body::empty(value.opening());
            if let Kind::Object(properties) = &value.kind {
                read_properties((properties, value), shape, &mut body, diagnostics);
            }
            found.push(Block {
                kind: kind.clone(),
                labels: labels.to_vec(),
                body,
                header: value.opening(),
                span: value.span,
            });
        },
    );
    found
}

/// The labels that blocks of a kind have.
pub(crate) struct Labels<'a> {
    /// The property that names the kind.
    pub(crate) kind: &'a Ident,
    /// What each label is called in messages.
    pub(crate) wanted: &'static [&'static str],
}

/// Calls `block` with the labels and the object of each block in a value.
pub(crate) fn unpack(
    of: &Labels<'_>,
    value: &Value,
    labels: &mut Vec<Label>,
    diagnostics: &mut Diagnostics,
    block: &mut dyn FnMut(&[Label], &Value, &mut Diagnostics),
) {
    let kind = &of.kind.text;
    let Some(label) = of.wanted.get(labels.len()) else {
        let wanted = || Wanted {
            summary: "Incorrect JSON value type",
            detail: format!(
                "Either a JSON object or a JSON array is required, representing the contents of one or more \"{kind}\" \
                 blocks."
            ),
        };
        for (_, object) in objects(value, &wanted, diagnostics) {
            block(labels, object, diagnostics);
        }
        return;
    };
    let wanted = || Wanted {
        summary: "Incorrect JSON value type",
        detail: format!(
            "Either a JSON object or JSON array of objects is required here, to specify {label} labels for this \
             \"{kind}\" block."
        ),
    };
    let before = diagnostics.len();
    let mut count = 0;
    for (properties, _) in objects(value, &wanted, diagnostics) {
        for property in properties.iter().filter(|property| !property.is_comment()) {
            count += 1;
            labels.push(property.name.label());
            unpack(of, &property.value, labels, diagnostics, block);
            labels.pop();
        }
    }
    if count == 0 && diagnostics.len() == before {
        diagnostics.push(
            Diagnostic::error(
                "Missing block label",
                format!("At least one object property is required, whose name represents the {kind} block's {label}."),
            )
            .at(value.opening()),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plumb_source::FileId;

    use super::*;

    fn read(text: &str) -> (Vec<Block>, Vec<String>) {
        let root = plumb_syntax::json::parse(text, FileId(0)).expect("JSON");
        let mut diagnostics = Diagnostics::new();
        let blocks = read_file(&root, &mut diagnostics);
        (blocks, diagnostics.iter().map(|problem| problem.summary.clone()).collect())
    }

    fn names(block: &Block) -> Vec<Arc<str>> {
        std::iter::once(&block.kind.text)
            .chain(block.labels.iter().map(|label| &label.text))
            .cloned()
            .collect()
    }

    #[test]
    fn labels_are_levels_of_objects() {
        let (blocks, problems) = read(
            r#"{"//": 1, "resource": [{"a_b": {"x": {"count": 2}, "y": [{}, {}]}}, {"c_d": [{"z": {"size": 1}}]}]}"#,
        );
        assert!(problems.is_empty(), "{problems:?}");
        let found: Vec<String> = blocks.iter().map(|block| names(block).join(".")).collect();
        assert_eq!(found, ["resource.a_b.x", "resource.a_b.y", "resource.a_b.y", "resource.c_d.z"]);
        assert_eq!(blocks[0].body.attributes.len(), 1);
        assert_eq!(&*blocks[3].body.undecided[0].name.text, "size");
    }

    #[test]
    fn nested_blocks_of_the_language_are_found() {
        let (blocks, problems) = read(
            r#"{"resource": {"a_b": {"x": {"lifecycle": {"ignore_changes": "all", "precondition": [{"condition": "${var.a}",
                "error_message": "no"}]}, "provisioner": [{"local-exec": {"command": "true", "when": "destroy"}}]}}}}"#,
        );
        assert!(problems.is_empty(), "{problems:?}");
        let body = &blocks[0].body;
        let lifecycle = body.blocks_of("lifecycle").next().expect("a lifecycle");
        let ignored = lifecycle.body.attribute("ignore_changes").expect("an argument");
        assert!(matches!(&ignored.value.kind, ExprKind::Variable(name) if &*name.text == "all"));
        assert_eq!(lifecycle.body.blocks_of("precondition").count(), 1);
        assert_eq!(
            body.blocks_of("provisioner").next().map(names),
            Some(vec!["provisioner".into(), "local-exec".into()])
        );
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        for (text, summary) in [
            ("5", "Root value must be object"),
            ("[null]", "Root value must be object"),
            ("null", "Root value must be object"),
            (r#"{"resource": {"a_b": null}}"#, "Missing block label"),
            (r#"{"locals": [null]}"#, "Incorrect JSON value type"),
            (r#"{"variable": {"a": {"type": "list(string"}}}"#, "Invalid type specification"),
            ("[5]", "Root value must be object"),
            (r#"{"resorce": {}}"#, "Extraneous JSON object property"),
            (r#"{"variable": {"a": {"typ": "string"}}}"#, "Extraneous JSON object property"),
            (r#"{"variable": {"a": {"default": 1, "default": 2}}}"#, "Duplicate argument"),
            (r#"{"locals": {"a": 1, "a": 2}}"#, "Duplicate attribute definition"),
            (r#"{"variable": "a"}"#, "Incorrect JSON value type"),
            (r#"{"variable": {"a": 1}}"#, "Incorrect JSON value type"),
            (r#"{"variable": {}}"#, "Missing block label"),
            (r#"{"resource": {"terraform_data": []}}"#, "Missing block label"),
        ] {
            assert_eq!(read(text).1, [summary], "{text}");
        }
        for text in ["[]", "{}", r#"{"variable": {"a": null}}"#, r#"{"locals": []}"#] {
            assert_eq!(read(text), (Vec::new(), Vec::new()), "{text}");
        }
    }
}
