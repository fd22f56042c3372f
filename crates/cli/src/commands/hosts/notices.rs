//! What is told of connections: keys that were new, ways that are not the usual ones.

use std::sync::{Mutex, PoisonError};

use plumb_deploy::Secrets;
use plumb_view::hosts::names_text;
use serde_json::json;

use super::show::sentence;
use crate::terminal::Terminal;

/// More kinds of notices than that are counted.
const TOLD_MAX: usize = 20;

/// Notices of hosts that nobody has been told of yet.
#[derive(Debug, Default)]
pub(crate) struct Notices(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Each of a host once.
    all: Vec<(String, String)>,
    /// So many of them have been told.
    told: usize,
}

impl Notices {
    /// Takes in what is to be told of a host.
    pub(super) fn add(&self, host: &str, notices: Vec<String>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for notice in notices {
            let new = (host.to_owned(), notice);
            if !known.all.contains(&new) {
                known.all.push(new);
            }
        }
    }

    /// Tells what has not been told yet: what is the same of several hosts once.
    pub(super) fn tell(&self, terminal: &Terminal, as_json: bool, secrets: &Secrets) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = known.told;
        let mut new = known.all.split_off(told);
        new.sort();
        if as_json {
            for (host, notice) in &new {
                let line = json!({ "type": "host_notice", "host": host, "notice": secrets.hidden(notice) });
                terminal.line(line.to_string());
            }
        } else {
            terminal.print_error(&secrets.hidden(&text(&new)));
        }
        known.all.append(&mut new);
        known.told = known.all.len();
    }
}

fn text(notices: &[(String, String)]) -> String {
    let mut alike: Vec<(&str, Vec<&str>)> = Vec::new();
    for (host, notice) in notices {
        match alike.iter_mut().find(|(of, _)| of == notice) {
            Some((_, hosts)) => hosts.push(host),
            None => alike.push((notice, vec![host])),
        }
    }
    let more = alike.len().saturating_sub(TOLD_MAX);
    let told = alike.iter().take(TOLD_MAX);
    let mut text: String = told
        .map(|(notice, hosts)| format!("{}: {}\n", names_text(hosts.iter().copied()), sentence(notice)))
        .collect();
    if more > 0 {
        text.push_str(&format!("(and {more} more notices of connections)\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_of_several_hosts_is_told_once() {
        let notices = Notices::default();
        for host in ["a", "b"] {
            notices.add(host, vec!["its key was new".to_owned()]);
            notices.add(host, vec!["its key was new".to_owned()]);
        }
        notices.add("b", vec!["reached otherwise".to_owned()]);
        let known = notices.0.into_inner().unwrap();
        assert_eq!(text(&known.all), "a, b: its key was new.\nb: reached otherwise.\n");
    }
}
