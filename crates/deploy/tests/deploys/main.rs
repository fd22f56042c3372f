//! Deploys that are planned and carried out on this machine.

mod cases;
mod engine;
mod crontabs;
mod downloads;
mod files;
mod fixtures;
mod repositories;
mod servers;
mod support;
