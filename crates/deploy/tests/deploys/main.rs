//! Deploys that are planned and carried out on this machine.

#![expect(clippy::print_stderr, reason = "tests say what they skip")]

mod cases;
mod crontabs;
mod downloads;
mod endings;
mod engine;
mod examples;
mod files;
mod fixtures;
mod repositories;
mod servers;
mod support;
