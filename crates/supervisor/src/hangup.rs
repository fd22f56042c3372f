//! What happens to providers when the terminal goes away.
//!
//! The system tells every process of a terminal that it is gone, and most providers end at once, in the
//! middle of what they do. Signals that a process holds back are held back by those that it starts, too:
//! so this process holds this one back, but for a thread of its own that hears it. Then it is for this
//! process alone to decide what is still to be done.

use nix::sys::signal::{SigSet, Signal};

/// The bit of the signal in the masks that the system shows.
#[cfg(target_os = "linux")]
const HANGUP_BIT: u64 = 1;

/// Keeps hangups from processes that are started from now on, and lets this one hear of them. Must be
/// called before threads are started that start processes. Says whether this process is to listen: not
/// where whoever started it wants it to go on without the terminal, as `nohup` does.
pub fn keep_hangups_from_children() -> bool {
    if is_held_off() {
        return false;
    }
    let mut hangup = SigSet::empty();
    hangup.add(Signal::SIGHUP);
    if hangup.thread_block().is_err() {
        return true;
    }
    let listening = std::thread::Builder::new().name("hangups".to_owned()).spawn(move || {
        if hangup.thread_unblock().is_ok() {
            loop {
                std::thread::park();
            }
        }
    });
    if listening.is_err() {
        // Without the thread nobody would hear it: children hear it again, and so does this process.
        let _ = hangup.thread_unblock();
    }
    true
}

/// Whether this process was started so that hangups do not reach it.
#[cfg(target_os = "linux")]
fn is_held_off() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ["SigIgn:", "SigBlk:"].into_iter().any(|name| has_hangup(&status, name))
}

#[cfg(target_os = "linux")]
fn has_hangup(status: &str, name: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix(name));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & HANGUP_BIT != 0)
}

/// Elsewhere that cannot be seen. A program without a terminal has none to lose, and `nohup` leaves it
/// none.
#[cfg(not(target_os = "linux"))]
fn is_held_off() -> bool {
    use std::io::IsTerminal as _;
    !(std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn masks_are_read() {
        let status = "SigQ:\t0/63\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert!(has_hangup(status, "SigIgn:") && !has_hangup(status, "SigBlk:"));
        assert!(!has_hangup("SigIgn:\t0000000000001000\n", "SigIgn:"));
        assert!(!has_hangup("", "SigIgn:") && !has_hangup("SigIgn:\tx\n", "SigIgn:"));
    }
}
