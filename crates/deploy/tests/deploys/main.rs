//! Deploys that are planned and carried out on this machine.

mod cases;
mod crontabs;
mod downloads;
mod engine;

mod files;
mod fixtures;
mod repositories;
mod servers;
mod support;
