//! Deploys that are planned and carried out on this machine.

mod engine;
mod files;
mod fixtures;
mod servers;
mod support;
