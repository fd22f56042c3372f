//! `[*]` and `.*`: steps applied to each element.

use plumb_diagnostics::Diagnostic;
use plumb_source::Span;
use plumb_value::{Kind, Refinement, Type, Value};

use super::Evaluator;
use super::conditional::lengths;
use crate::node::{Node, Step};

impl Evaluator<'_> {
    pub(super) fn splat(&mut self, source: Value, steps: &[Step], span: Span, whole: &Node) -> Value {
        let is_sequence = is_sequence(&source);
        if source.is_null() {
            if !is_sequence {
                return Value::tuple([]).with_marks(source.marks());
            }
            let error = Diagnostic::error(
                "Splat of null value",
                "Splat expressions (with the * symbol) cannot be applied to null sequences.",
            );
            return self.fail(error.at(span).within(whole.span), whole);
        }
        let (source, marks) = source.unmark();
        if matches!(source.kind(), Kind::Unknown(Type::Dynamic, _)) {
            return Value::dynamic().with_marks(marks);
        }
        if is_sequence {
            return self.splat_sequence(&source, steps, whole).with_marks(marks);
        }
        // Anything else counts as a sequence of one, or of none where it is null.
        let may_be_null = !source.is_known() && !source.is_surely_not_null();
        let element = self.steps(source.with_marks(marks), steps, whole);
        let result = if may_be_null { Value::dynamic() } else { Value::tuple([element]) };
        result.with_marks(marks)
    }

    fn splat_sequence(&mut self, source: &Value, steps: &[Step], whole: &Node) -> Value {
        let before = self.found.len();
        match source.kind() {
            Kind::Unknown(ty, _) => {
                let result = self.splat_type(ty, steps, whole);
                let mut limits = Refinement::not_null();
                if matches!(result, Type::List(_)) {
                    let (minimum, maximum) = lengths(source);
                    limits.length_min = Some(minimum).filter(|minimum| *minimum > 0);
                    limits.length_max = maximum;
                }
                Value::unknown(result).refine(&limits)
            }
            Kind::Tuple(_, elements) => {
                let values: Vec<Value> =
                    elements.iter().map(|element| self.steps(element.clone(), steps, whole)).collect();
                if self.has_errors_since(before) {
                    return self.splat_failed(&source.ty(), steps, whole);
                }
                Value::tuple(values)
            }
            Kind::List(element, elements) | Kind::Set(element, elements) => {
                let values: Vec<Value> =
                    elements.iter().map(|element| self.steps(element.clone(), steps, whole)).collect();
                if self.has_errors_since(before) {
                    return self.splat_failed(&source.ty(), steps, whole);
                }
                let Some(first) = values.first() else {
                    let empty = self.element_type(element, steps, whole);
                    return Value::list(empty, []);
                };
                let ty = values
                    .iter()
                    .map(Value::ty)
                    .find(|ty| *ty != Type::Dynamic)
                    .unwrap_or_else(|| first.ty());
                self.homogeneous(ty, values, whole)
            }
            _ => Value::dynamic(),
        }
    }

    /// A list of the results, if they are of one type.
    fn homogeneous(&mut self, ty: Type, values: Vec<Value>, whole: &Node) -> Value {
        if values.iter().all(|value| value.is_of_type(&ty) || value.is_of_type(&Type::Dynamic)) {
            return Value::list(ty, values);
        }
        let error = Diagnostic::error(
            "Invalid nested splat expressions",
            "The second splat gives values of different types for different elements, and a list needs values of one \
             type. A for expression can do it, for it makes a tuple.",
        );
        self.fail(error.at(whole.span), whole)
    }

    fn splat_failed(&mut self, source: &Type, steps: &[Step], whole: &Node) -> Value {
        let before = self.found.len();
        let ty = self.splat_type(source, steps, whole);
        // The same errors as with the elements.
        self.take_since(before);
        Value::unknown(ty)
    }

    /// The type of the result for a source of a type.
    fn splat_type(&mut self, source: &Type, steps: &[Step], whole: &Node) -> Type {
        match source {
            Type::List(element) | Type::Set(element) => Type::list(self.element_type(element, steps, whole)),
            Type::Tuple(elements) => {
                let types: Vec<Type> =
                    elements.iter().map(|element| self.element_type(element, steps, whole)).collect();
                Type::tuple(types)
            }
            _ => Type::Dynamic,
        }
    }

    fn element_type(&mut self, element: &Type, steps: &[Step], whole: &Node) -> Type {
        self.steps(Value::unknown(element.clone()), steps, whole).ty()
    }
}

fn is_sequence(value: &Value) -> bool {
    match value.kind() {
        Kind::List(..) | Kind::Set(..) | Kind::Tuple(..) => true,
        Kind::Null(ty) | Kind::Unknown(ty, _) => matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_)),
        Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Map(..) | Kind::Object(..) => false,
    }
}
