//! Providers that are kept warm between commands, with the whole program: they are there when they
//! are asked for, they are nowhere else, and what commands do stays the same.
#![cfg(target_os = "linux")]

mod reuse;
mod scene;
mod spares;
