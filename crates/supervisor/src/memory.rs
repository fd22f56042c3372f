//! How much memory a process holds.

/// The memory of a process; pages that it shares count in proportion. Nothing is known of processes
/// that have ended.
pub(crate) fn held_bytes(process_id: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process_id}/smaps_rollup")).unwrap_or_default();
    proportional_bytes(&text).unwrap_or(0)
}

fn proportional_bytes(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_pages_count_in_proportion() {
        let text =
            "55d-7ff ---p 00000000 00:00 0    [rollup]\nRss:    900 kB\nPss:      700 kB\nPss_Dirty: 1 kB\n";
        assert_eq!(proportional_bytes(text), Some(700 * 1024));
        assert_eq!(proportional_bytes("Pss: x kB"), None);
        assert_eq!(held_bytes(u32::MAX), 0);
        if cfg!(target_os = "linux") {
            assert!(held_bytes(std::process::id()) > 0);
        }
    }
}
