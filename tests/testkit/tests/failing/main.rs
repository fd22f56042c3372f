//! What someone meets whose provider misbehaves while a plan is made or carried out: what is said, what
//! is recorded, and what is left to be asked about.
#![cfg(target_os = "linux")]

mod crash;
mod hang;
mod hangup;
mod nonsense;
mod scene;
mod secrets;
