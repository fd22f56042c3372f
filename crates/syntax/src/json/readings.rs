//! What values of the tree mean as expressions.

use std::collections::HashMap;

use plumb_diagnostics::{Diagnostic, Diagnostics};

use super::{Kind, Property, Text, Value};
use crate::ast::{Expr, ExprKind, ObjectItem, ObjectKey, TemplatePart, UnaryOperator};
use crate::error::Origin;
use crate::parser::Entry;
use crate::{ast, parse_tree};

/// How the texts in a value are to be read.
#[derive(Clone, Copy)]
enum Texts {
    Templates,
    Literals,
    References,
}

impl Value {
    /// The value as an argument has it: texts are templates, names of properties as well.
    pub fn template(&self, diagnostics: &mut Diagnostics) -> Expr {
        self.read(Texts::Templates, diagnostics)
    }

    /// The value where nothing can be evaluated yet, such as a variable's default: texts are just
    /// texts, whatever is in them.
    pub fn literal(&self, diagnostics: &mut Diagnostics) -> Expr {
        self.read(Texts::Literals, diagnostics)
    }

    /// The value where the language wants references, keywords or types: each text is what stands
    /// without quotes in the native syntax.
    pub fn reference(&self, diagnostics: &mut Diagnostics) -> Expr {
        self.read(Texts::References, diagnostics)
    }

    fn read(&self, texts: Texts, diagnostics: &mut Diagnostics) -> Expr {
        let kind = match &self.kind {
            Kind::Null => ExprKind::Null,
            Kind::Bool(value) => ExprKind::Bool(*value),
            Kind::Number(text) => match text.strip_prefix('-') {
                None => ExprKind::Number(text.clone()),
                Some(rest) => ExprKind::Unary {
                    operator: UnaryOperator::Negate,
                    operand: Box::new(Expr { kind: ExprKind::Number(rest.into()), span: self.span }),
                },
            },
            Kind::Text(text) => return text.read(texts, diagnostics),
            Kind::Array(values) => {
                ExprKind::Tuple(values.iter().map(|value| value.read(texts, diagnostics)).collect())
            }
            Kind::Object(properties) => {
                refuse_duplicates(properties, diagnostics);
                let item = |property: &Property| ObjectItem {
                    key: ObjectKey::Expr(property.name.read(texts, diagnostics)),
                    value: property.value.read(texts, diagnostics),
                };
                ExprKind::Object(properties.iter().map(item).collect())
            }
        };
        Expr { kind, span: self.span }
    }
}

impl Text {
    /// The text as a name in the tree of the native syntax.
    pub fn ident(&self) -> ast::Ident {
        ast::Ident { text: self.text.clone(), span: self.span }
    }

    /// The text as the label of a block.
    pub fn label(&self) -> ast::Label {
        ast::Label { text: self.text.clone(), span: self.span, quoted: true }
    }

    fn read(&self, texts: Texts, diagnostics: &mut Diagnostics) -> Expr {
        match texts {
            Texts::Literals => self.literal(),
            // An old wildcard, which is refused by its name.
            Texts::References if &*self.text == "*" => self.literal(),
            Texts::Templates if !self.text.contains(['$', '%']) => self.literal(),
            Texts::Templates => {
                let (tree, problems) = parse_tree(&self.text, Entry::Template, self.origin());
                let is_broken = problems.has_errors();
                diagnostics.append(problems);
                let kind = if is_broken { ExprKind::Invalid } else { tree.into_expression().kind };
                Expr { kind, span: self.span }
            }
            Texts::References => {
                let (tree, problems) = parse_tree(&self.text, Entry::Expression, self.origin());
                if !problems.has_errors() {
                    return tree.into_expression();
                }
                diagnostics.push(self.no_reference());
                Expr { kind: ExprKind::Invalid, span: self.span }
            }
        }
    }

    fn literal(&self) -> Expr {
        let part = || TemplatePart::Literal { text: self.text.clone(), span: self.span };
        let parts = if self.text.is_empty() { Vec::new() } else { vec![part()] };
        Expr { kind: ExprKind::Template(parts), span: self.span }
    }

    fn no_reference(&self) -> Diagnostic {
        let hint = if self.text.contains("${") { " without ${ and }" } else { "" };
        Diagnostic::error(
            "Invalid expression",
            format!(
                "This text must be what stands here without quotes in the native syntax{hint}: a reference, such as \
                 aws_instance.web, a keyword, or a type."
            ),
        )
        .at(self.span)
    }

    fn origin(&self) -> Origin<'_> {
        Origin { file: self.span.file, offset: self.span.start + 1, shifts: &self.shifts }
    }
}

fn refuse_duplicates(properties: &[Property], diagnostics: &mut Diagnostics) {
    let mut seen = HashMap::with_capacity(properties.len());
    for property in properties {
        let Some(earlier) = seen.insert(&*property.name.text, property.span()) else { continue };
        diagnostics.push(
            Diagnostic::error(
                "Duplicate object attribute",
                format!("There is an attribute named \"{}\" in this object already.", property.name.text),
            )
            .at(property.name.span)
            .note(earlier, "the first one"),
        );
    }
}

#[cfg(test)]
mod tests {
    use plumb_source::FileId;

    use super::*;

    fn template(text: &str) -> (Expr, Diagnostics) {
        let value = super::super::parse(text, FileId(0)).expect("JSON");
        let mut diagnostics = Diagnostics::new();
        (value.template(&mut diagnostics), diagnostics)
    }

    #[test]
    fn places_inside_of_texts_are_those_of_the_file() {
        let text = r#"{"a": "\"\n\u00e9${lookup(foo, \"x\")}"}"#;
        let (read, diagnostics) = template(text);
        assert!(!diagnostics.has_errors(), "{diagnostics:?}");
        let ExprKind::Object(items) = &read.kind else { panic!("an object") };
        let ExprKind::Template(parts) = &items[0].value.kind else { panic!("a template") };
        let [TemplatePart::Literal { text: literal, .. }, TemplatePart::Interpolation(call)] = &parts[..]
        else {
            panic!("two parts: {parts:?}");
        };
        assert_eq!(&**literal, "\"\né");
        let ExprKind::Call(call) = &call.kind else { panic!("a call") };
        let at = |span: plumb_source::Span| &text[span.start as usize..span.end as usize];
        assert_eq!(at(call.name_span), "lookup");
        assert_eq!(at(call.arguments[0].span), "foo");
        assert_eq!(at(call.arguments[1].span), r#"\"x\""#);
    }

    #[test]
    fn a_lone_interpolation_keeps_its_type() {
        assert!(matches!(template(r#""${foo.bar}""#).0.kind, ExprKind::TemplateWrap(_)));
        assert!(matches!(template(r#""$${foo.bar}""#).0.kind, ExprKind::Template(_)));
    }

    #[test]
    fn references_are_what_stands_without_quotes() {
        let value = super::super::parse(r#"["a.b[0]", "list(string)", "${a.b}"]"#, FileId(0)).expect("JSON");
        let mut diagnostics = Diagnostics::new();
        let ExprKind::Tuple(elements) = value.reference(&mut diagnostics).kind else { panic!("a tuple") };
        assert!(matches!(elements[0].kind, ExprKind::Traverse { .. }));
        assert!(matches!(elements[1].kind, ExprKind::Call(_)));
        assert!(matches!(elements[2].kind, ExprKind::Invalid));
        assert_eq!(diagnostics.len(), 1);
    }

    #[test]
    fn names_twice_in_one_object_are_refused() {
        assert_eq!(template(r#"{"a": 1, "a": 2}"#).1.len(), 1);
    }
}
