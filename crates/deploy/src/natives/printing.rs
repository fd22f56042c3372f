//! What code says to whoever runs it.

use plumb_starlark::Context;
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::none::NoneType;
use plumb_starlark::language::values::tuple::UnpackTuple;

use super::place_of;
use crate::pass::Pass;

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// Says something to whoever runs the code. What is said while files are loaded is said to nobody: it would be
    /// said once for all hosts.
    fn print<'v>(
        #[starlark(args)] values: UnpackTuple<Value<'v>>,
        #[starlark(require = named, default = " ")] sep: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        if let Some(pass) = Context::of::<Pass>(eval) {
            let text = values.items.iter().map(|value| value.to_str()).collect::<Vec<_>>().join(sep);
            let place = place_of(eval, &pass.sources);
            pass.state.borrow_mut().printed.push((place, text));
        }
        Ok(NoneType)
    }
}
