//! What came of an operation, as the code behind it sees it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::{Arguments, Evaluator};
use plumb_starlark::language::values::list::ListRef;
use plumb_starlark::language::values::tuple::TupleRef;
use plumb_starlark::language::values::{Heap, Value};
use plumb_starlark::{Native, Object};

use super::convert::shown;
use super::{error, pass, place_of};
use crate::known;
use crate::pass::{Blinks, NotYet, Pass};

/// What came of an operation, or will.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) function: String,
    pub(super) changed: Changed,
    /// Once it has been done.
    pub(super) done: Option<Arc<known::Result>>,
    pub(super) blinks: Arc<Blinks>,
}

/// Whether something has changed, or will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    Known(bool),
    /// Nobody knows before that operation is done.
    Unknown(usize),
}

/// Whether something has changed, where nobody knows yet.
#[derive(Debug)]
pub(super) struct Maybe {
    by: usize,
    blinks: Arc<Blinks>,
}

/// A function that says something of what was done.
#[derive(Debug)]
struct Told {
    what: &'static str,
    outcome: Outcome,
}

/// What an operation stands under.
pub(super) enum Condition {
    Known(bool),
    Unknown(usize),
}

impl Condition {
    /// True, false, what came of an operation, or several of them of which one is enough.
    pub(super) fn of(value: Value<'_>) -> starlark::Result<Self> {
        if let Some(is_true) = value.unpack_bool() {
            return Ok(Condition::Known(is_true));
        }
        if let Some((maybe, _)) = Object::of::<Maybe>(value) {
            return Ok(Condition::Unknown(maybe.by));
        }
        if let Some((outcome, _)) = Object::of::<Outcome>(value) {
            return Ok(match outcome.changed {
                Changed::Known(changed) => Condition::Known(changed),
                Changed::Unknown(by) => Condition::Unknown(by),
            });
        }
        let items: Vec<Value<'_>> = match (ListRef::from_value(value), TupleRef::from_value(value)) {
            (Some(list), _) => list.iter().collect(),
            (None, Some(tuple)) => tuple.iter().collect(),
            (None, None) => {
                let why = "a condition is True, False, an operation, or a list of them, and not";
                return Err(error(format!("{why} {}", shown(value))));
            }
        };
        let mut any = Condition::Known(false);
        for item in items {
            match Condition::of(item)? {
                Condition::Known(true) => return Ok(Condition::Known(true)),
                Condition::Unknown(by) if matches!(any, Condition::Known(_)) => any = Condition::Unknown(by),
                Condition::Unknown(_) | Condition::Known(false) => {}
            }
        }
        Ok(any)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}(…)", self.function)
    }
}

impl fmt::Display for Maybe {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("changed (not known yet)")
    }
}

impl fmt::Display for Told {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}(…).{}", self.outcome.function, self.what)
    }
}

impl Native for Outcome {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attributes(&self) -> Vec<String> {
        ["changed", "output", "errors", "status"].map(str::to_owned).to_vec()
    }

    fn attribute<'v>(&self, _: &[Value<'v>], name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        let told = |what| Some(heap.alloc(Object::new(Told { what, outcome: self.clone() }, Vec::new())));
        match name {
            "changed" => Some(match self.changed {
                Changed::Known(changed) => Value::new_bool(changed),
                Changed::Unknown(by) => {
                    heap.alloc(Object::new(Maybe { by, blinks: self.blinks.clone() }, Vec::new()))
                }
            }),
            "output" => told("output"),
            "errors" => told("errors"),
            "status" => told("status"),
            _ => None,
        }
    }
}

impl Native for Maybe {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    /// Whoever looks cannot be told that nobody knows: it is noted, and what follows is not relied upon.
    fn is_true(&self) -> bool {
        self.blinks.change.store(true, Ordering::Relaxed);
        true
    }
}

impl Native for Told {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn call<'v>(
        &self,
        _: &[Value<'v>],
        arguments: &Arguments<'v, '_>,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        arguments.no_positional_args(evaluator.heap())?;
        arguments.no_named_args()?;
        let Some(done) = &self.outcome.done else {
            let why = format!("the {} of {} is known only once it is done", self.what, self.outcome.function);
            return Err(starlark::Error::new_other(NotYet(why)));
        };
        let heap = evaluator.heap();
        Ok(match self.what {
            "output" => heap.alloc(done.output.as_str()),
            "errors" => heap.alloc(done.errors.as_str()),
            _ => heap.alloc(done.status),
        })
    }
}

/// Notes that the code has looked at what nobody knows yet.
pub(super) fn notice_blink(pass: &Pass, evaluator: &Evaluator) {
    if pass.blinks.change.load(Ordering::Relaxed) {
        let by = pass.state.borrow().next().saturating_sub(1);
        pass.decide_blindly(place_of(evaluator, &pass.sources), by, "depends on what is changed before it");
    }
}

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// Whether a condition is met that an operation was given: True, False, an operation or its `changed`, or a
    /// list of them of which one is enough. Where nobody knows yet it counts as met, and the operation as one
    /// that may change something.
    fn holds<'v>(condition: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<bool> {
        let pass = pass(eval, "a condition")?;
        Ok(match Condition::of(condition)? {
            Condition::Known(is_met) => is_met,
            Condition::Unknown(by) => {
                let mut state = pass.state.borrow_mut();
                let Some(current) = &mut state.current else {
                    return Err(error("a condition is looked at inside of an operation: see `operation`"));
                };
                current.awaits = Some(by);
                true
            }
        })
    }
}
