//! Tests of whole operations: installing, locking and mirroring against a server on this machine.

mod fixture;
mod install;
mod login;
mod network;
mod platforms;
mod web;
