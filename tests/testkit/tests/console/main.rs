//! What the console makes of expressions: of the rows that are kept as data, and of random ones.

#![expect(
    clippy::print_stdout,
    reason = "what was skipped and how many expressions were asked is for people"
)]

mod random;
mod rows;
mod setting;
