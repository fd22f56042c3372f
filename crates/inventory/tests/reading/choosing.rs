//! Who is chosen by `-limit`.

use plumb_diagnostics::{TextStyle, render_all_text};

use crate::support::{Setting, flat};

const HOSTS: &str =
    "lonely\n[web]\nweb[1:4]\n[db]\ndb1\ndb2\n[canary]\nweb4\n[prod:children]\nweb\ndb\n[empty]\n";

/// Names of who is chosen, or what is said.
fn chosen(limits: &[&str]) -> Result<String, String> {
    let (inventory, _, sources) = Setting::new().file("hosts.ini", HOSTS).read(&["hosts.ini"]);
    let limits: Vec<String> = limits.iter().map(|limit| (*limit).to_owned()).collect();
    let (hosts, diagnostics) = inventory.select(&limits, &sources);
    if diagnostics.has_errors() {
        return Err(render_all_text(diagnostics.iter(), &sources, &TextStyle::PLAIN));
    }
    let names: Vec<&str> = hosts.iter().map(|host| host.name()).collect();
    Ok(names.join(" "))
}

#[test]
fn expressions_choose_hosts() {
    let all = "lonely web1 web2 web3 web4 db1 db2";
    let cases: &[(&[&str], &str)] = &[
        (&[], all),
        (&["all"], all),
        (&["*"], all),
        (&["web"], "web1 web2 web3 web4"),
        (&["prod"], "web1 web2 web3 web4 db1 db2"),
        (&["ungrouped"], "lonely"),
        (&["db2,web1"], "web1 db2"),
        (&["db", "web1"], "web1 db1 db2"),
        (&["web:&canary"], "web4"),
        (&["web:!canary"], "web1 web2 web3"),
        (&["!canary:web"], "web1 web2 web3"),
        (&["prod:&web:!canary"], "web1 web2 web3"),
        (&["prod,&web,!canary"], "web1 web2 web3"),
        (&["!prod"], "lonely"),
        (&["&db"], "db1 db2"),
        (&["!prod", "!empty"], "lonely"),
        (&["*1"], "web1 db1"),
        (&["d*"], "db1 db2"),
        (&["web[0]"], "web1"),
        (&["web[-1]"], "web4"),
        (&["web[1:2]"], "web2 web3"),
        (&["web[2:]:db[0]"], "web3 web4 db1"),
        (&["~(web|db)[12]$"], "web1 web2 db1 db2"),
        (&["web[1-3]*"], "web1 web2 web3"),
        (&["db?"], "db1 db2"),
    ];
    for (limits, names) in cases {
        assert_eq!(chosen(limits).as_deref(), Ok(*names), "{limits:?}");
    }
}

#[test]
fn nobody_is_an_error_and_so_is_somebody_unknown() {
    let cases: &[(&[&str], &str)] = &[
        (&["wbe"], "Did you mean \"web\"?"),
        (&["web9"], "no host and no group \"web9\""),
        (&["web:!cannary"], "Did you mean \"canary\"?"),
        (&["x*"], "no host and no group \"x*\""),
        (&["empty"], "-limit=empty leaves none"),
        (&["web:!web"], "Of the 7 hosts in the inventory, -limit=web:!web leaves none"),
        (&["web[4]"], "there are 4, counted from 0"),
        (&[""], "Nothing is named"),
        (&["wbe,dbb"], "\"wbe\""),
        (&["wbe,dbb"], "\"dbb\""),
    ];
    for (limits, words) in cases {
        let said = chosen(limits).expect_err("an error");
        assert!(flat(&said).contains(words), "{limits:?}: {said}");
    }
    insta::assert_snapshot!(chosen(&["web:&prd"]).expect_err("an error"), @r#"
    Error: Unknown host or group

      on <value for -limit> line 1:
        |
      1 | web:&prd
        |     ^^^^

    There is no host and no group "prd" in the inventory. Did you mean "prod"?
    "#);
}

#[test]
fn who_cannot_be_reached_stops_nobody_else() {
    let text = "ok\n[windows]\nw1\nw2\n[windows:vars]\nansible_connection=winrm\n";
    let (inventory, said, sources) = Setting::new().file("hosts.ini", text).read(&["hosts.ini"]);
    insta::assert_snapshot!(said, @r#"
    Error: Invalid connection setting

      with host w1,
      on hosts.ini line 6:
        |
      6 | ansible_connection=winrm
        | ^^^^^^^^^^^^^^^^^^^^^^^^

    "connection" must be "ssh", "local", "docker", "podman" or "chroot", and is
    "winrm": there is no other way to a host.
    "#);
    let (hosts, diagnostics) = inventory.select(&["!windows".to_owned()], &sources);
    assert!(hosts.len() == 1 && diagnostics.is_empty());
}
