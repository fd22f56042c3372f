//! What a shell is asked to do, and what comes of it.

use std::ops::Range;

use bytes::Bytes;

use plumb_ssh::posix_quoted;

/// More of what a request writes is not kept.
const KEPT_BYTES_DEFAULT: usize = 16 * 1024 * 1024;
/// No argument of a program may be longer on Linux; room is left for quotes.
const ARGUMENT_BYTES_MAX: usize = 96 * 1024;

/// Something to do.
#[derive(Clone, Debug)]
pub struct Request {
    text: String,
    kept_bytes_max: usize,
    /// Whether what comes after it is not begun where it fails.
    is_needed: bool,
    placing: Option<Placing>,
}

/// A file that a request puts in its place, which can be done together with others.
#[derive(Clone, Debug)]
pub(crate) struct Placing {
    /// Where, from the root on, without its name.
    pub(crate) directory: String,
    /// Its name there.
    pub(crate) name: String,
    /// Whose it is to be, as `chown` has it.
    pub(crate) owner: Option<String>,
    /// Its permissions.
    pub(crate) mode: u32,
    /// A word that nobody else uses.
    pub(crate) word: String,
    /// Which part of the request's text writes it to `$t`.
    pub(crate) written: Range<usize>,
}

impl Request {
    /// Text that is known to be whole: it opens nothing that it does not close. It runs in a shell of its
    /// own, whose variables and directory go with it.
    pub fn trusted(text: impl Into<String>) -> Self {
        Request { text: text.into(), kept_bytes_max: KEPT_BYTES_DEFAULT, is_needed: false, placing: None }
    }

    /// The same, of text that puts a file in its place.
    pub(crate) fn placing(text: String, placing: Placing) -> Self {
        Request { placing: Some(placing), ..Request::trusted(text) }
    }

    /// Text of somebody else's, for a shell of its own process: a mistake in it is nobody else's.
    pub fn foreign(text: &str) -> Self {
        if text.len() <= ARGUMENT_BYTES_MAX {
            return Request::trusted(format!("exec sh -c {}", posix_quoted(&[text])));
        }
        Request::hidden(text)
    }

    /// Does all of them, up to the first that fails.
    pub fn all(requests: &[Request]) -> Self {
        let parts: Vec<String> = requests.iter().map(|request| format!("(\n{}\n)", request.text)).collect();
        Request::trusted(parts.join(" && "))
    }

    /// Keeps at most so much of what it writes on each stream; what is beyond is read, and left out.
    #[must_use]
    pub fn keeping(self, bytes_max: usize) -> Self {
        Request { kept_bytes_max: bytes_max, ..self }
    }

    /// Text of somebody else's that no list of processes shows.
    pub fn hidden(text: &str) -> Self {
        let end = absent_from(text);
        // As a function, so that all of it is read before anything of it runs.
        Request::trusted(format!(
            "exec sh -s <<'{end}'\nplumb_text() {{\n{text}\n}}\nplumb_text </dev/null\n{end}"
        ))
    }

    /// Ends it after so many seconds. It has to be a process of its own.
    #[must_use]
    pub fn within(self, seconds: u64) -> Self {
        let text = self.text.strip_prefix("exec ").map(|rest| {
            format!(
                "command -v timeout >/dev/null 2>&1 || {{\n\
                 echo 'a time limit needs the program timeout, which this host does not have' >&2; exit 127; }}\n\
                 timeout -k 5 {seconds} {rest}\ns=$?\n\
                 case $s in 124|137|143) echo 'it was ended, for it took longer than its timeout of {seconds} s' >&2;; esac\n\
                 exit $s"
            )
        });
        Request { text: text.unwrap_or(self.text), placing: None, ..self }
    }

    /// Does it again where it fails, up to so many times, with so many seconds in between.
    #[must_use]
    pub fn again(self, times: u64, delay_s: u64) -> Self {
        let text = format!(
            "n=0\nuntil (\n{}\n); do s=$?; n=$((n + 1)); [ $n -le {times} ] || exit $s; sleep {delay_s}; done",
            self.text
        );
        Request { text, placing: None, ..self }
    }

    /// Where it fails, what comes after it is not begun.
    #[must_use]
    pub fn needed(self) -> Self {
        Request { is_needed: true, ..self }
    }

    pub(crate) fn is_needed(&self) -> bool {
        self.is_needed
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The file that it puts in its place, where that can be done together with others.
    pub(crate) fn placed(&self) -> Option<&Placing> {
        self.placing.as_ref()
    }

    pub(crate) fn kept_bytes_max(&self) -> usize {
        self.kept_bytes_max
    }
}

/// A line that a text does not have.
pub(crate) fn absent_from(text: &str) -> String {
    let candidates = (0_u64..).map(|number| format!("PLUMB_END_{number}"));
    candidates.into_iter().find(|line| !text.contains(line.as_str())).unwrap_or_default()
}

/// Where a program writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Its standard output.
    Output,
    /// Its standard error.
    Errors,
}

/// What is heard of a request while it is done.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// It writes something.
    Wrote(Stream, &'a [u8]),
    /// It has ended, or was not begun.
    Ended(&'a Reply),
}

/// What came of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Its exit status.
    pub status: u32,
    /// What it wrote on its standard output.
    pub output: Bytes,
    /// What it wrote on its standard error.
    pub errors: Bytes,
    /// Whether it wrote more than is kept.
    pub is_cut: bool,
    /// Whether it was not begun, for something before it failed.
    pub is_skipped: bool,
}

/// The status of a request that was not begun; no program can end with it.
pub(crate) const SKIPPED: u32 = 256;
