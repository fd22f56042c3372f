//! Many hosts cost as much more as they are more.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::support::Setting;

/// Hosts in groups, fifty in each, each group with data and a parent.
fn lines(hosts: usize) -> String {
    let mut text = String::new();
    for group in 0..hosts / 50 {
        let _ = writeln!(text, "[group{group}]");
        for host in 0..50 {
            let _ = writeln!(
                text,
                "host{group}-{host}.example.com ansible_host=10.0.0.{host} weight={host} tag='x y'"
            );
        }
        let _ = writeln!(text, "[group{group}:vars]\nregion=r{group}\nstage=prod");
    }
    let _ = writeln!(text, "[region:children]");
    (0..hosts / 50).for_each(|group| writeln!(text, "group{group}").unwrap_or_default());
    text
}

fn yaml(hosts: usize) -> String {
    let mut text = String::from("region:\n  children:\n");
    for group in 0..hosts / 50 {
        let _ = writeln!(text, "    group{group}:\n      vars: {{region: r{group}}}\n      hosts:");
        (0..50).for_each(|host| {
            writeln!(text, "        host{group}-{host}: {{weight: {host}, tag: x y}}").unwrap_or_default();
        });
    }
    text
}

fn json(hosts: usize) -> String {
    let names = |group: usize| {
        (0..50).map(move |host| format!("\"host{group}-{host}\"")).collect::<Vec<_>>().join(",")
    };
    let groups: Vec<String> =
        (0..hosts / 50).map(|group| format!("\"group{group}\":{{\"hosts\":[{}]}}", names(group))).collect();
    let each = (0..hosts / 50).flat_map(|group| (0..50).map(move |host| (group, host)));
    let data: Vec<String> = each
        .map(|(group, host)| format!("\"host{group}-{host}\":{{\"weight\":{host},\"tags\":[\"a\"]}}"))
        .collect();
    format!("{{{},\"_meta\":{{\"hostvars\":{{{}}}}}}}", groups.join(","), data.join(","))
}

/// The shortest of several times, for others work on this machine as well.
fn shortest(name: &str, text: &str, hosts: usize) -> Duration {
    let setting = Setting::new().file(name, text);
    let once = || {
        let started = Instant::now();
        let (inventory, said, sources) = setting.read(&[name]);
        assert_eq!((inventory.hosts().len(), said.as_str()), (hosts, ""));
        let (chosen, _) = inventory.select(&["group1:&group*:!host1-1*".to_owned()], &sources);
        assert!(!chosen.is_empty());
        started.elapsed()
    };
    (0..3).map(|_| once()).min().expect("times")
}

#[test]
fn ten_thousand_hosts_are_read_in_no_time() {
    for (name, write) in [("h.ini", lines as fn(usize) -> String), ("h.yml", yaml), ("h.json", json)] {
        let [small, large] = [1_000, 10_000].map(|hosts| shortest(name, &write(hosts), hosts));
        // Ten times as many; what remains is for a machine that is busy.
        assert!(large < small * 30 + Duration::from_millis(50), "{name}: {small:?}, then {large:?}");
        assert!(large < Duration::from_secs(5), "{name}: {large:?}");
    }
}
