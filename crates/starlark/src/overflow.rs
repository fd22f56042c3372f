//! Texts that no memory has room for.
//!
//! How much memory values take is looked at now and then. A text that doubles outgrows everything before
//! that, and the language breaks off, by a panic, where one would be longer than four gigabytes.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What the language says then.
const SAID: &str = "len overflow";

/// Why code has been stopped.
#[derive(Debug, thiserror::Error)]
#[error("a text would be longer than four gigabytes")]
pub(crate) struct Overflow;

/// Whether a panic says so, so that it is told as what it is.
pub fn is_overflow(panic: &(dyn Any + Send)) -> bool {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)) == Some(SAID)
}

/// Runs code, and takes such an end as the error that it is.
pub fn stopped_at_overflow<T>(run: impl FnOnce() -> starlark::Result<T>) -> starlark::Result<T> {
    // What it was doing is not gone on with.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        if is_overflow(&*panic) {
            return Err(starlark::Error::new_other(Overflow));
        }
        resume_unwind(panic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overflow_is_an_error_and_nothing_else_is() {
        let ended = stopped_at_overflow::<()>(|| panic!("len overflow"));
        assert!(ended.unwrap_err().to_string().contains("four gigabytes"));
        assert!(matches!(stopped_at_overflow(|| Ok(1)), Ok(1)));
        let other = catch_unwind(|| stopped_at_overflow::<()>(|| panic!("another reason")));
        assert!(!is_overflow(&*other.unwrap_err()));
    }
}
