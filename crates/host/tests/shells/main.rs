//! Shells as they are found on hosts, each spoken with as the engine does.

mod conversations;
mod endings;
mod logins;
mod over_ssh;
mod support;
