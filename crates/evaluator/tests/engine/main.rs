//! The evaluator over configurations in memory, with resources whose values are made up.

mod body;
mod evaluation;
mod fake;
mod index;
