//! Hosts that are started anew.

use std::time::Duration;

use plumb_host::Restart;
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::none::NoneType;

use super::changes::{declare, request};
use super::convert::script_of;
use super::pass;
use crate::plan::{Action, Change};

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// Has the operation start the host anew by a command, text for a shell or a list of words, and wait until
    /// it is there again. It is left alone for `delay` seconds, and looked for every `interval` seconds, up to
    /// `timeout` seconds. That is all the operation does, for what it knows of the host is over then.
    fn restart_host<'v>(
        command: Value<'v>,
        #[starlark(require = named)] delay: u32,
        #[starlark(require = named)] interval: u32,
        #[starlark(require = named)] timeout: u32,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let pass = pass(eval, "a change")?;
        let script = script_of(command)?;
        let seconds = |count: u32| Duration::from_secs(count.into());
        declare(pass, |current| {
            let restart = Restart {
                request: request(&script, false, &current.wrap, pass),
                delay: seconds(delay),
                interval: seconds(interval),
                patience: seconds(timeout),
            };
            Change {
                summary: "start it anew, and wait for it".to_owned(),
                attributes: Vec::new(),
                difference: None,
                action: Action::Restart { restart, shown: script },
            }
        })?;
        Ok(NoneType)
    }
}
