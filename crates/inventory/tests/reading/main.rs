//! What is read from each source, whose word counts, who is chosen, and what is said of mistakes.

mod choosing;
mod files;
mod mistakes;
mod outside;
mod scale;
mod support;
mod ways;
