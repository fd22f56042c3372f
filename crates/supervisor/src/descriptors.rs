//! Letting go of files that were open when the process was started.
//!
//! A keeper outlives the command that started it. Whoever waits for the end of a pipe that the
//! command had inherited must not wait for the keeper too.

/// Closes everything but standard input, output and error. To be called first, before anything else
/// was opened.
pub(crate) fn close_inherited() {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    let open: Vec<i32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2) {
        // The one that the directory was read through is closed already.
        let _ = nix::unistd::close(descriptor);
    }
}
