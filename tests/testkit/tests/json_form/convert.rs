//! A file of the native syntax in JSON, so that every case can be run in both forms.
//!
//! It works on the tree and the text that it was read from: whatever is no constant becomes the native
//! text inside of `${` and `}`.

use plumb_source::{FileId, Span};
use plumb_syntax::ast::{Attribute, Block, Body, Expr, ExprKind, ObjectKey, TemplatePart};
use serde_json::{Map, Value as Json};

/// Arguments that take what stands without quotes in the native syntax.
const REFERENCES: [&str; 13] = [
    "depends_on",
    "provider",
    "providers",
    "ignore_changes",
    "replace_triggered_by",
    "from",
    "to",
    "type",
    "when",
    "on_failure",
    "iterator",
    "experiments",
    "language",
];

/// The file in JSON; `None` where it cannot be read.
pub(crate) fn convert(text: &str) -> Option<String> {
    let (body, problems) = plumb_syntax::parse_file(text, FileId(0));
    let converter = Converter { text };
    (!problems.has_errors()).then(|| format!("{:#}\n", Json::Object(converter.body(&body, &[]))))
}

struct Converter<'t> {
    text: &'t str,
}

impl Converter<'_> {
    fn source(&self, span: Span) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }

    /// `around` are the types of the blocks that the body is in.
    fn body(&self, body: &Body, around: &[&str]) -> Map<String, Json> {
        let mut object = Map::new();
        for attribute in &body.attributes {
            object.insert(attribute.name.text.to_string(), self.attribute(attribute, around));
        }
        for block in &body.blocks {
            self.block(block, around, &mut object);
        }
        object
    }

    fn block(&self, block: &Block, around: &[&str], object: &mut Map<String, Json>) {
        let inside = [around, &[&*block.kind.text]].concat();
        let content = Json::Object(self.body(&block.body, &inside));
        let mut place = object.entry(block.kind.text.to_string()).or_insert(Json::Null);
        for label in &block.labels {
            if place.is_null() {
                *place = Json::Object(Map::new());
            }
            let Json::Object(levels) = place else { return };
            place = levels.entry(label.text.to_string()).or_insert(Json::Null);
        }
        match place {
            Json::Array(blocks) => blocks.push(content),
            Json::Null => *place = Json::Array(vec![content]),
            _ => {}
        }
    }

    fn attribute(&self, attribute: &Attribute, around: &[&str]) -> Json {
        let name = &*attribute.name.text;
        let is_constant_place = match around {
            [.., "variable"] => name != "type",
            [.., "output"] => name != "value" && name != "depends_on",
            [.., "module"] => matches!(name, "source" | "version"),
            [.., "terraform" | "required_providers" | "backend" | "lifecycle"] => !REFERENCES.contains(&name),
            [.., "provider"] => matches!(name, "alias" | "version"),
            _ => false,
        };
        let is_reference = REFERENCES.contains(&name)
            && match around {
                // What a provider's own blocks call so is something else.
                [.., "variable"] => name == "type",
                [.., "connection"] => false,
                [.., "resource" | "data" | "ephemeral"] => matches!(name, "depends_on" | "provider"),
                [.., "locals" | "required_providers" | "provider"] => false,
                _ => true,
            };
        if is_reference {
            self.reference(&attribute.value)
        } else {
            self.value(&attribute.value, !is_constant_place)
        }
    }

    fn reference(&self, expression: &Expr) -> Json {
        match &expression.kind {
            ExprKind::Tuple(elements) => elements.iter().map(|element| self.reference(element)).collect(),
            ExprKind::Object(items) => {
                let items = items.iter().map(|item| {
                    let key = match &item.key {
                        ObjectKey::Name(name) => name.text.to_string(),
                        ObjectKey::Expr(key) => self.source(key.span).to_owned(),
                    };
                    (key, self.reference(&item.value))
                });
                Json::Object(items.collect())
            }
            ExprKind::Template(parts) => Json::String(literal(parts).unwrap_or_default()),
            _ => Json::String(self.source(expression.span).to_owned()),
        }
    }

    fn value(&self, expression: &Expr, is_template: bool) -> Json {
        self.constant(expression, is_template).unwrap_or_else(|| {
            let source = self.source(expression.span);
            // The end of a heredoc stands on a line of its own.
            let end = if source.contains("<<") { "\n" } else { "" };
            Json::String(format!("${{{source}{end}}}"))
        })
    }

    fn constant(&self, expression: &Expr, is_template: bool) -> Option<Json> {
        Some(match &expression.kind {
            ExprKind::Number(text) => Json::Number(text.parse().ok()?),
            ExprKind::Bool(value) => Json::Bool(*value),
            ExprKind::Null => Json::Null,
            ExprKind::Template(parts) => {
                let text = literal(parts)?;
                let escaped = text.replace("${", "$${").replace("%{", "%%{");
                Json::String(if is_template { escaped } else { text })
            }
            ExprKind::Tuple(elements) => {
                elements.iter().map(|element| self.value(element, is_template)).collect()
            }
            ExprKind::Object(items) => {
                let mut object = Map::new();
                for item in items {
                    let key = match &item.key {
                        ObjectKey::Name(name) => name.text.to_string(),
                        ObjectKey::Expr(key) => match self.constant(key, is_template)? {
                            Json::String(text) => text,
                            _ => return None,
                        },
                    };
                    // Names that are there twice stay in the native form, which allows it.
                    if object.insert(key, self.value(&item.value, is_template)).is_some() {
                        return None;
                    }
                }
                Json::Object(object)
            }
            _ => return None,
        })
    }
}

fn literal(parts: &[TemplatePart]) -> Option<String> {
    let texts = parts.iter().map(|part| match part {
        TemplatePart::Literal { text, .. } => Some(&**text),
        _ => None,
    });
    texts.collect()
}
