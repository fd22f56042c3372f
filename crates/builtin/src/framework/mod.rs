//! What every provider in this process shares: the rules of the protocol, so that a resource only
//! says what is special about it.
//!
//! Responsible for schemas, defaults, what becomes unknown in a plan and what stays, replacement,
//! checks of configuration, recorded objects of older versions, and the calls of
//! [`plumb_state::Provider`]. It knows no resource by name.
//!
//! The rules are those that providers built on the plugin framework follow: a planned object is the
//! proposed one with defaults filled in; if that differs from the prior object at all, every
//! computed attribute without a configured value or a default becomes unknown, and rules of single
//! attributes may then bring the prior value back or ask for replacement.

mod check;
mod object;
mod plan;
mod problem;
mod recorded;
mod resource;
mod serve;
mod shape;

pub(crate) use check::{Check, parse_permissions};
pub(crate) use object::Object;
pub(crate) use plan::Edit;
pub(crate) use problem::{Problem, Problems, problem, problem_at, quoted};
pub(crate) use recorded::Recorded;
pub(crate) use resource::{DataSource, EphemeralResource, Function, Resource};
pub(crate) use serve::Kit;
pub(crate) use shape::{Field, Form, Rule, Shape};
