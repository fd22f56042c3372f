//! Inventories that somebody has written.

use crate::support::{Setting, shown};

#[test]
fn what_is_typed() {
    let cases: &[(&str, &[&str])] = &[
        ("web1", &["web1 | ssh web1 | ungrouped | "]),
        ("deploy@web1:2222", &["web1 | ssh deploy@web1:2222 | ungrouped | "]),
        (
            "a, b@b,@local",
            &[
                "a | ssh a | ungrouped | ",
                "b | ssh b@b | ungrouped | ",
                "@local | this machine | ungrouped | ",
            ],
        ),
        (
            "web[08:10].x:22",
            &[
                "web08.x | ssh web08.x:22 | ungrouped | ",
                "web09.x | ssh web09.x:22 | ungrouped | ",
                "web10.x | ssh web10.x:22 | ungrouped | ",
            ],
        ),
        ("root@[::1]:22", &["::1 | ssh root@[::1]:22 | ungrouped | "]),
        ("@docker/web", &["@docker/web | docker container web | ungrouped | "]),
        ("@podman/web", &["@podman/web | podman container web | ungrouped | "]),
        ("@chroot//srv/root", &["@chroot//srv/root | chroot /srv/root | ungrouped | "]),
        (
            "a.ini,web1,b",
            &["x | ssh x | ungrouped | ", "web1 | ssh web1 | ungrouped | ", "b | ssh b | ungrouped | "],
        ),
        ("web1,web1", &["web1 | ssh web1 | ungrouped | "]),
    ];
    for (word, hosts) in cases {
        let setting = Setting::new().file("a.ini", "x\n").file("b", "no inventory\n");
        assert_eq!(setting.hosts(&[word]), *hosts, "{word}");
    }
}

#[test]
fn lines_name_hosts_with_data() {
    let hosts =
        Setting::lines("deploy@web1:2222 role=front\n@local\n@docker/db kind=\"a b\"\nweb[2:3] n=1\n");
    assert_eq!(
        hosts,
        [
            "web1 | ssh deploy@web1:2222 | ungrouped | role=\"front\"",
            "@local | this machine | ungrouped | ",
            "@docker/db | docker container db | ungrouped | kind=\"a b\"",
            "web2 | ssh web2 | ungrouped | n=1",
            "web3 | ssh web3 | ungrouped | n=1",
        ]
    );
}

#[test]
fn lists_in_json_name_hosts_or_describe_them() {
    let text = r#"["deploy@web1:22", {"name": "db1", "address": "10.0.0.1", "groups": ["db", "prod"], "size": 3},
        {"address": "10.0.0.2", "groups": "db", "data": {"a": [1]}}, {"name": "box", "connection": "docker"}]"#;
    let setting = Setting::new().file("hosts.json", text).file("hosts", text);
    let expected = [
        "web1 | ssh deploy@web1:22 | ungrouped | ",
        "db1 | ssh 10.0.0.1 | db prod | size=3",
        "10.0.0.2 | ssh 10.0.0.2 | db | a=[1]",
        "box | docker container box | ungrouped | ",
    ];
    assert_eq!(setting.hosts(&["hosts.json"]), expected);
    assert_eq!(setting.hosts(&["hosts"]), expected);
}

#[test]
fn later_inventories_count_for_more_and_hosts_keep_their_places() {
    let setting = Setting::new()
        .file("one.ini", "[web]\nb x=1 y=1\na\n[web:vars]\nz=1\n")
        .file("two.yml", "db: {hosts: {a: {x: 2}, c: }}\nweb: {vars: {z: 2}, hosts: {b: {x: 2}}}\n")
        .file("group_vars/web.yml", "w: 3\n");
    assert_eq!(
        setting.hosts(&["one.ini", "two.yml", "d"]),
        [
            "b | ssh b | web | w=3 x=2 y=1 z=2",
            "a | ssh a | db web | w=3 x=2 z=2",
            "c | ssh c | db | ",
            "d | ssh d | ungrouped | ",
        ]
    );
}

#[test]
fn the_nearest_word_counts() {
    let text = "[app:children]\nweb\n[web]\nh1 a=host\nh2\n[web:vars]\na=web\nb=web\n[app:vars]\na=app\nb=app\nc=app\n\
                [all:vars]\na=all\nb=all\nc=all\nd=all\ne=all\n";
    let setting = Setting::new().file("hosts.ini", text).given("e=given").given("n=[1]");
    let (inventory, said, _) = setting.read(&["hosts.ini"]);
    assert_eq!(said, "");
    let shown: Vec<String> = inventory.hosts().iter().map(|host| shown(host)).collect();
    assert_eq!(
        shown,
        [
            "h1 | ssh h1 | app web | a=\"host\" b=\"web\" c=\"app\" d=\"all\" e=\"given\" n=[1]",
            "h2 | ssh h2 | app web | a=\"web\" b=\"web\" c=\"app\" d=\"all\" e=\"given\" n=[1]",
        ]
    );
    let host = inventory.host("h1").expect("a host");
    let levels: Vec<String> =
        ["a", "b", "d", "e"].iter().map(|name| format!("{:?}", host.get(name).expect("data").0)).collect();
    assert_eq!(levels, ["Host", "Group(\"web\")", "Group(\"all\")", "CommandLine"]);
    assert!(host.get("x").is_none());
    let (_, datum) = host.get("a").expect("data");
    assert_eq!((&*datum.origin.source, datum.origin.span.start), ("hosts.ini", 28));
}

#[test]
fn a_directory_is_all_inventories_in_it() {
    let setting = Setting::new()
        .file("inv/b.yml", "web: {hosts: {b: }}\n")
        .file("inv/a", "a\n")
        .file("inv/.hidden", "x\n")
        .file("inv/notes.txt", "x\n")
        .file("inv/sub/c.ini", "[web]\nc\n")
        .file("inv/group_vars/web.json", "{\"v\": 1}")
        .file("inv/host_vars/c/one.yml", "w: 2\n");
    let expected = ["a | ssh a | ungrouped | ", "b | ssh b | web | v=1", "c | ssh c | web | v=1 w=2"];
    assert_eq!(setting.hosts(&["inv"]), expected);
    assert_eq!(setting.hosts(&["inv/"]), expected);
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_name() {
    assert_eq!(Setting::lines("\u{feff}web1\r\n# x\r\nweb2 a=b\r\n").len(), 2);
}
