//! What the providers answer, call by call, in a world that the test makes up.

mod local;
mod null;
mod random;
mod support;
mod terraform;
mod time;
