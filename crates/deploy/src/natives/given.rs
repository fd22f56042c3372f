//! The arguments of a call.

use plumb_starlark::language as starlark;
use plumb_starlark::language::eval::{Arguments, Evaluator};
use plumb_starlark::language::values::Value;

use super::error;

/// The arguments of a call.
pub(super) struct Given<'v> {
    pub(super) positional: Vec<Value<'v>>,
    pub(super) named: Vec<(String, Value<'v>)>,
}

impl<'v> Given<'v> {
    pub(super) fn of(
        arguments: &Arguments<'v, '_>,
        evaluator: &Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Self> {
        let positional = arguments.positions(evaluator.heap())?.collect();
        let named = arguments.names_map()?;
        let named = named.into_iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect();
        Ok(Given { positional, named })
    }

    /// Takes the first one, behind which the arguments of something else stand; `missing` is said where there is none.
    pub(super) fn first(&mut self, missing: &str) -> starlark::Result<Value<'v>> {
        if self.positional.is_empty() {
            return Err(error(missing));
        }
        Ok(self.positional.remove(0))
    }

    /// Calls a function with them, behind a first one if there is one.
    pub(super) fn call(
        &self,
        function: Value<'v>,
        first: Option<Value<'v>>,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let positional: Vec<Value<'v>> = first.into_iter().chain(self.positional.iter().copied()).collect();
        let named: Vec<(&str, Value<'v>)> =
            self.named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        evaluator.eval_function(function, &positional, &named)
    }
}
