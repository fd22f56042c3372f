//! What a script says.

use super::Answer;
use crate::shell::{Reply, Request};

/// Scripts of facts are known to be whole; what they write is compared and taken apart, so that it must
/// not depend on anybody's language.
pub(crate) fn request(text: &str) -> Request {
    Request::trusted(format!("LC_ALL=C; export LC_ALL\n{text}"))
}

pub(crate) fn answer(reply: &Reply) -> Answer {
    Answer::Script { status: reply.status, output: reply.output.clone(), errors: reply.errors.clone() }
}
