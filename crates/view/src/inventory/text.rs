//! For people.

use std::fmt::Write as _;
use std::sync::Arc;

use plumb_diagnostics::TextStyle;
use plumb_inventory::{Host, Level};
use plumb_source::SourceMap;
use serde_json::Value;

use super::{level, place};

/// How much of a value is shown in its line; all of it is in the JSON.
const VALUE_CHARS_MAX: usize = 60;
/// Values that are longer do not push what stands behind all others to the right.
const VALUE_COLUMN_MAX: usize = 32;

/// Hosts, with a blank line between them.
pub fn inventory_text(hosts: &[Arc<Host>], sources: &SourceMap, style: &TextStyle) -> String {
    let mut out = String::new();
    for host in hosts {
        write_host(&mut out, host, sources, style);
        out.push('\n');
    }
    let _ = writeln!(out, "{} {}.", hosts.len(), if hosts.len() == 1 { "host" } else { "hosts" });
    out
}

fn write_host(out: &mut String, host: &Host, sources: &SourceMap, style: &TextStyle) {
    let way = host.way().described(host.name());
    let _ = writeln!(out, "{}  {}", style.bold(host.name()), printable(&way));
    let groups: Vec<&str> = host.groups().collect();
    let _ = writeln!(out, "  {} {}", style.faint("groups:"), groups.join(", "));
    let data = host.data();
    let rows: Vec<(String, String, String)> = data
        .iter()
        .map(|(name, (at, datum))| {
            let from = match at {
                Level::Group(group) => format!("{} {group}, {}", level(*at), place(datum, sources)),
                Level::Host => place(datum, sources),
                Level::CommandLine => "-data".to_owned(),
            };
            (printable(name), shortened(&datum.shown(name)), printable(&from))
        })
        .collect();
    let width = |of: fn(&(String, String, String)) -> &String| {
        rows.iter()
            .map(|row| of(row).chars().count())
            .filter(|width| *width <= VALUE_COLUMN_MAX)
            .max()
            .unwrap_or(0)
    };
    let (names, values) = (width(|row| &row.0), width(|row| &row.1));
    for (name, value, from) in &rows {
        let _ = writeln!(out, "  {name:names$} = {value:values$}  {}", style.faint(&format!("# {from}")));
    }
}

/// A value in one line.
fn shortened(value: &Value) -> String {
    let whole = printable(&value.to_string());
    if whole.chars().count() <= VALUE_CHARS_MAX {
        return whole;
    }
    let start: String = whole.chars().take(VALUE_CHARS_MAX - 3).collect();
    format!("{start}...")
}

/// A text that somebody else may have chosen, which must not tell the terminal what to do.
fn printable(text: &str) -> String {
    let escaped =
        |one: char| if one.is_control() { one.escape_default().to_string() } else { one.to_string() };
    text.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use plumb_inventory::{Datum, Inventory, Origin, Target};
    use plumb_source::Span;
    use serde_json::json;

    use super::*;

    #[test]
    fn hosts_are_shown_with_what_is_said_of_them() {
        let sources = SourceMap::new();
        let file = sources.add("hosts", "[web]\nweb1 a\n");
        let said = |value, at| {
            Datum::new(value, Origin { source: "hosts".into(), span: Span::new(file, at, at + 1) })
        };
        let mut builder = Inventory::builder();
        let host = builder.host("web1", Span::NONE).expect("a host");
        let group = builder.group("web", Span::NONE).expect("a group");
        builder.put_into(group, host);
        builder.set(Target::Host(host), "ssh_port", said(json!(22), 7));
        builder.set(Target::Host(host), "db_password", said(json!("hunter2"), 7));
        builder.set(Target::Group(group), "motd", said(json!("\u{9b}2J".repeat(30)), 1));
        builder.give(
            "stage",
            Datum::new(json!("prod"), Origin { source: "the command line".into(), span: Span::NONE }),
        );
        let (inventory, _) = builder.finish(None);
        insta::assert_snapshot!(inventory_text(inventory.hosts(), &sources, &TextStyle::PLAIN), @r##"
        web1  ssh web1:22
          groups: web
          db_password = "(sensitive)"  # hosts line 2
          motd        = "\u{9b}2J\u{9b}2J\u{9b}2J\u{9b}2J\u{9b}2J\u{9b}2J\u{9b}2J...  # group web, hosts line 1
          ssh_port    = 22             # hosts line 2
          stage       = "prod"         # -data

        1 host.
        "##);
    }
}
