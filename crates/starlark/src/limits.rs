//! What code may take.

use starlark::eval::Evaluator;

/// Functions inside of functions. Each takes some of the stack of the thread that it runs on.
const CALLS_MAX: usize = 50;

/// How much one call of a function, or the loading of one file, may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rounds of loops, and calls of functions.
    pub steps_max: u64,
    /// Memory for its values.
    pub memory_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { steps_max: 50_000_000, memory_bytes_max: 512 * 1024 * 1024 }
    }
}

impl Limits {
    /// Has an evaluator, which is new, keep to them.
    pub fn hold(&self, evaluator: &mut Evaluator) -> starlark::Result<()> {
        evaluator.set_max_callstack_size(CALLS_MAX).map_err(starlark::Error::new_other)?;
        evaluator.set_max_tick_count(self.steps_max).map_err(starlark::Error::new_other)?;
        evaluator.set_max_heap_size(self.memory_bytes_max).map_err(starlark::Error::new_other)?;
        // What code allocates is gone with the call, and natives hold values meanwhile.
        evaluator.disable_gc();
        Ok(())
    }
}
