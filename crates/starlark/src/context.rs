//! What code runs for, at the hand of whatever it calls.

#![expect(unsafe_code, reason = "what is derived here implements unsafe traits of the language")]

use std::any::Any;
use std::rc::Rc;

use starlark::any::ProvidesStaticType;
use starlark::eval::Evaluator;

/// Something that natives find again while code runs.
#[derive(ProvidesStaticType)]
pub struct Context(Rc<dyn Any>);

impl Context {
    /// For whoever asks for a value of that type.
    pub fn new<T: Any>(value: Rc<T>) -> Self {
        Context(value)
    }

    /// What code runs for, where it is of that type.
    pub fn of<'a, T: Any>(evaluator: &Evaluator<'_, 'a, '_>) -> Option<&'a T> {
        evaluator.extra?.downcast_ref::<Context>()?.0.downcast_ref()
    }
}
