//! Function calls.

use plumb_diagnostics::Diagnostic;
use plumb_value::{Marks, Type, Value, convert};

use super::Evaluator;
use crate::ProviderCallError;
use crate::functions::{Function, FunctionError};
use crate::node::{Call, CallTarget, Node};

/// Arguments with the places that they come from.
pub(super) type Arguments<'n> = Vec<(Value, &'n Node)>;

impl Evaluator<'_> {
    pub(super) fn call(&mut self, call: &Call, node: &Node) -> Value {
        match &call.target {
            CallTarget::Unknown { detail } => {
                let summary = if call.name.contains("::") {
                    "Unknown provider function"
                } else {
                    "Call to unknown function"
                };
                let error = Diagnostic::error(summary, &**detail).at(call.name_span).within(node.span);
                self.fail(error, node)
            }
            CallTarget::Try => self.call_try(call, node),
            CallTarget::Can => self.call_can(call, node),
            CallTarget::TemplateFile => self.call_templatefile(call, node),
            CallTarget::TemplateString => self.call_templatestring(call, node),
            CallTarget::Provider { provider, function } => self.call_provider(call, provider, function, node),
            CallTarget::Function(function) => self.call_function(call, function, node),
        }
    }

    fn call_function(&mut self, call: &Call, function: &'static Function, node: &Node) -> Value {
        let before = self.found.len();
        let Some(arguments) = self.arguments(call, node) else { return Value::dynamic() };
        let Some(arguments) = self.check_count(call, function, arguments, node) else {
            return Value::dynamic();
        };
        let places: Vec<&Node> = arguments.iter().map(|(_, place)| *place).collect();
        let mut values = Vec::with_capacity(arguments.len());
        for (position, (value, place)) in arguments.into_iter().enumerate() {
            let Some(parameter) = function.parameter(position) else { continue };
            match convert(&value, &parameter.ty) {
                Ok(value) => values.push(value),
                Err(error) => self.argument_error(call, parameter.name, &error.to_string(), place, node),
            }
        }
        if self.has_errors_since(before) {
            return Value::dynamic();
        }
        match function.call(values, self.world) {
            Ok(value) => value,
            Err(FunctionError { argument: Some(position), message }) if position < places.len() => {
                let name = function.parameter(position).map_or("", |parameter| parameter.name);
                self.argument_error(call, name, &message, places[position], node);
                Value::dynamic()
            }
            Err(error) => self.call_error(call, &error.message, node),
        }
    }

    /// The arguments, the last one spread out where it says so. Nothing where it is not known how
    /// many there are or where that is an error.
    pub(super) fn arguments<'n>(&mut self, call: &'n Call, node: &Node) -> Option<Arguments<'n>> {
        let (fixed, last) = match (call.expand_final, call.arguments.split_last()) {
            (true, Some((last, fixed))) => (fixed, Some(last)),
            _ => (&*call.arguments, None),
        };
        let Some(last) = last else {
            return Some(fixed.iter().map(|place| (self.node(place), place)).collect());
        };
        // What is to be spread comes first: without it the others do not matter.
        let before = self.found.len();
        let spread = self.node(last);
        if self.has_errors_since(before) {
            return None;
        }
        let spread = self.spread(&spread, call, last, node)?;
        let mut arguments: Arguments<'n> = fixed.iter().map(|place| (self.node(place), place)).collect();
        arguments.extend(spread.into_iter().map(|value| (value, last)));
        Some(arguments)
    }

    fn spread(&mut self, value: &Value, call: &Call, place: &Node, node: &Node) -> Option<Vec<Value>> {
        let ty = value.ty();
        let why = if !matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Dynamic) {
            "The expanding argument (indicated by ...) must be of a tuple, list, or set type."
        } else if value.is_null() {
            "The expanding argument (indicated by ...) must not be null."
        } else {
            let parts = value.as_sequence()?;
            return Some(parts.iter().map(|part| part.clone().with_marks(value.marks())).collect());
        };
        let error =
            Diagnostic::error("Invalid expanding argument value", why).at(place.span).within(node.span);
        self.call_fail(error, call, place);
        None
    }

    fn check_count<'n>(
        &mut self,
        call: &Call,
        function: &Function,
        arguments: Arguments<'n>,
        node: &Node,
    ) -> Option<Arguments<'n>> {
        let wanted = function.parameters.len();
        if let Some(missing) = function.parameters.get(arguments.len()) {
            let least = if function.variadic.is_some() { " at least" } else { "" };
            let detail = format!(
                "Function \"{}\" expects{least} {wanted} argument(s). Missing value for \"{}\".",
                call.name, missing.name
            );
            let error = Diagnostic::error("Not enough function arguments", detail);
            self.call_fail(error.at(call.close_span).within(node.span), call, node);
            return None;
        }
        if function.variadic.is_none() && arguments.len() > wanted {
            let detail = format!("Function \"{}\" expects only {wanted} argument(s).", call.name);
            let error = Diagnostic::error("Too many function arguments", detail);
            self.call_fail(error.at(arguments[wanted].1.span).within(node.span), call, node);
            return None;
        }
        Some(arguments)
    }

    /// Evaluates exactly as many arguments as the special function with these parameters takes.
    pub(super) fn exact_arguments<'n>(
        &mut self,
        call: &'n Call,
        parameters: &[&str],
        node: &Node,
    ) -> Option<Arguments<'n>> {
        let before = self.found.len();
        let arguments = self.arguments(call, node)?;
        let (summary, detail, span) = if let Some(missing) = parameters.get(arguments.len()) {
            let detail = format!(
                "Function \"{}\" expects {} argument(s). Missing value for \"{missing}\".",
                call.name,
                parameters.len()
            );
            ("Not enough function arguments", detail, call.close_span)
        } else if arguments.len() > parameters.len() {
            let detail = format!("Function \"{}\" expects only {} argument(s).", call.name, parameters.len());
            ("Too many function arguments", detail, arguments[parameters.len()].1.span)
        } else {
            return (!self.has_errors_since(before)).then_some(arguments);
        };
        self.call_fail(Diagnostic::error(summary, detail).at(span).within(node.span), call, node);
        None
    }

    pub(super) fn argument_error(
        &mut self,
        call: &Call,
        parameter: &str,
        why: &str,
        place: &Node,
        node: &Node,
    ) {
        let detail = format!("Invalid value for \"{parameter}\" parameter: {why}.");
        let error = Diagnostic::error("Invalid function argument", detail).at(place.span).within(node.span);
        self.call_fail(error, call, place);
    }

    pub(super) fn call_error(&mut self, call: &Call, why: &str, node: &Node) -> Value {
        let detail = format!("Call to function \"{}\" failed: {why}.", call.name);
        self.call_fail(Diagnostic::error("Error in function call", detail).at(node.span), call, node)
    }

    fn call_fail(&mut self, mut error: Diagnostic, call: &Call, shown: &Node) -> Value {
        error.function = Some(call.name.to_string());
        self.fail(error, shown)
    }

    /// The first argument that has no error.
    fn call_try(&mut self, call: &Call, node: &Node) -> Value {
        let mut errors = Vec::new();
        for attempt in self.lazy_arguments(call, node).unwrap_or_default() {
            let before = self.found.len();
            let value = self.attempt(&attempt);
            let found = self.take_since(before);
            if found.iter().any(Diagnostic::is_error) {
                errors.extend(found);
                continue;
            }
            // A value that is not wholly known may still turn out to be an error, and then another
            // argument counts, which can be of any type.
            return if value.is_wholly_known() {
                value
            } else {
                Value::dynamic().with_marks(value.deep_marks())
            };
        }
        if errors.is_empty() {
            return self.call_error(call, "at least one argument is required", node);
        }
        let reasons: Vec<String> =
            errors.iter().map(|error| format!("- {}\n  {}", error.summary, error.detail)).collect();
        let why = format!(
            "no expression succeeded:\n{}\n\nAt least one expression must produce a successful result",
            reasons.join("\n")
        );
        let mut error = Diagnostic::error(
            "Error in function call",
            format!("Call to function \"{}\" failed: {why}.", call.name),
        )
        .at(node.span);
        for reason in errors {
            if let Some(span) = reason.subject {
                error = error.note(span, reason.summary);
            }
        }
        self.call_fail(error, call, node)
    }

    /// Whether the argument has no error.
    fn call_can(&mut self, call: &Call, node: &Node) -> Value {
        let Some(arguments) = self.lazy_arguments(call, node) else { return Value::dynamic() };
        let [attempt] = arguments.as_slice() else {
            let (summary, detail) = if arguments.is_empty() {
                ("Not enough function arguments", "expects 1 argument(s). Missing value for \"expression\".")
            } else {
                ("Too many function arguments", "expects only 1 argument(s).")
            };
            let error = Diagnostic::error(summary, format!("Function \"{}\" {detail}", call.name));
            return self.call_fail(error.at(call.close_span).within(node.span), call, node);
        };
        let before = self.found.len();
        let value = self.attempt(attempt);
        if self.take_since(before).iter().any(Diagnostic::is_error) {
            Value::bool(false)
        } else if value.is_wholly_known() {
            Value::bool(true)
        } else {
            Value::unknown(Type::Bool).with_marks(Marks::NONE)
        }
    }

    /// The arguments of `try` and `can`, not yet evaluated but for what a spread one holds.
    fn lazy_arguments<'n>(&mut self, call: &'n Call, node: &Node) -> Option<Vec<Attempt<'n>>> {
        if !call.expand_final {
            return Some(call.arguments.iter().map(Attempt::Later).collect());
        }
        let values = self.arguments(call, node)?;
        Some(values.into_iter().map(|(value, _)| Attempt::Done(value)).collect())
    }

    fn attempt(&mut self, attempt: &Attempt<'_>) -> Value {
        match attempt {
            Attempt::Done(value) => value.clone(),
            Attempt::Later(node) => {
                self.quiet += 1;
                let value = self.node(node);
                self.quiet -= 1;
                value
            }
        }
    }

    fn call_provider(&mut self, call: &Call, provider: &str, function: &str, node: &Node) -> Value {
        let before = self.found.len();
        let Some(arguments) = self.arguments(call, node) else { return Value::dynamic() };
        if self.has_errors_since(before) {
            return Value::dynamic();
        }
        let marks = arguments.iter().fold(Marks::NONE, |all, (value, _)| all | value.deep_marks());
        let Some(run) = self.world.call_provider else { return Value::dynamic().with_marks(marks) };
        let values = arguments.iter().map(|(value, _)| value.unmark_deep()).collect();
        match run(provider, function, values) {
            Ok(value) => value.with_marks(marks),
            Err(error) => {
                let places: Vec<&Node> = arguments.iter().map(|(_, place)| *place).collect();
                self.provider_call_error(call, error, &places, node)
            }
        }
    }

    fn provider_call_error(
        &mut self,
        call: &Call,
        error: ProviderCallError,
        places: &[&Node],
        node: &Node,
    ) -> Value {
        match error {
            ProviderCallError::Unknown(detail) => {
                let error = Diagnostic::error("Unknown provider function", detail);
                self.call_fail(error.at(call.name_span).within(node.span), call, node)
            }
            ProviderCallError::Missing(parameter) => {
                let detail = format!(
                    "Function \"{}\" expects more than {} argument(s). Missing value for \"{parameter}\".",
                    call.name,
                    places.len()
                );
                let error = Diagnostic::error("Not enough function arguments", detail);
                self.call_fail(error.at(call.close_span).within(node.span), call, node)
            }
            ProviderCallError::TooMany(wanted) => {
                let detail = format!("Function \"{}\" expects only {wanted} argument(s).", call.name);
                let place = places.get(wanted).map_or(node.span, |place| place.span);
                let error = Diagnostic::error("Too many function arguments", detail);
                self.call_fail(error.at(place).within(node.span), call, node)
            }
            ProviderCallError::Argument { position, parameter, reason } => {
                let place = places.get(position).copied().unwrap_or(node);
                self.argument_error(call, &parameter, reason.trim_end_matches('.'), place, node);
                Value::dynamic()
            }
            ProviderCallError::Failed(why) => self.call_error(call, why.trim_end_matches('.'), node),
        }
    }
}

/// An argument of `try` or `can`.
enum Attempt<'n> {
    Later(&'n Node),
    Done(Value),
}
