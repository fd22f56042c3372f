//! How long operations took.

use std::time::Duration;

use plumb_deploy::Secrets;
use plumb_diagnostics::TextStyle;

use super::difference::visible;

/// How long an operation took on the hosts that it was done on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Took {
    /// Its function.
    pub function: String,
    /// What it is about.
    pub title: String,
    /// On how many hosts it was done.
    pub hosts: usize,
    /// On all of them together.
    pub total: Duration,
    /// Where it took longest.
    pub longest: Duration,
    /// On which host that was.
    pub longest_on: String,
}

/// The operations that took longest, the longest first.
pub fn times_text(times: &[Took], secrets: &Secrets, style: &TextStyle) -> String {
    let durations: Vec<String> = times.iter().map(|took| duration_text(took.longest)).collect();
    let width = durations.iter().map(String::len).max().unwrap_or(0);
    let mut text = format!("{}\n", style.bold("Slowest operations:"));
    for (took, duration) in times.iter().zip(&durations) {
        let on = match took.hosts {
            1 => format!("on {}", took.longest_on),
            hosts => format!("on {}, {} in all on {hosts} hosts", took.longest_on, duration_text(took.total)),
        };
        let on = style.faint(&on);
        text.push_str(&format!("  {duration:>width$}  {} {} {on}\n", took.function, visible(&took.title)));
    }
    secrets.hidden(&text)
}

/// A duration as people say it.
pub fn duration_text(of: Duration) -> String {
    let seconds = of.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", of.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_as_people_say_them() {
        let text = |ms| duration_text(Duration::from_millis(ms));
        assert_eq!(text(349), "0.3 s");
        assert_eq!(text(12_400), "12 s");
        assert_eq!(text(75_000), "1 min 15 s");
        assert_eq!(text(3_725_000), "1 h 2 min");
    }

    #[test]
    fn the_slowest_are_told_with_where_they_were_slow() {
        let took = |title: &str, hosts, total, longest| Took {
            function: "server.shell".to_owned(),
            title: title.to_owned(),
            hosts,
            total: Duration::from_secs(total),
            longest: Duration::from_secs(longest),
            longest_on: "web1".to_owned(),
        };
        let secrets = Secrets::new();
        secrets.add("hunter2");
        let all = [took("hunter2", 3, 30, 20), took("b", 1, 2, 2)];
        assert_eq!(
            times_text(&all, &secrets, &TextStyle::PLAIN),
            "Slowest operations:\n   20 s  server.shell (sensitive) on web1, 30 s in all on 3 hosts\n  2.0 s  server.shell b on web1\n"
        );
    }
}
