//! Operations of firewalls: rules of the kernel, in a network of the target's own.

use plumb_operations::Site;
use plumb_targets::{Debian, Target};

const PACKAGES: [&str; 4] = ["btrfs-progs", "iptables", "nftables", "ufw"];

/// A Debian with what is tested here; nothing, which is said, where there can be none.
fn debian(test: &str) -> Option<Debian> {
    let made = Debian::with(&PACKAGES);
    #[expect(clippy::print_stdout, reason = "a test that cannot run says so")]
    made.inspect_err(|why| println!("skipped: {test}: {why}")).ok()
}

/// The lines of what a command says there.
fn lines(target: &Target, command: &str) -> Vec<String> {
    target.must(command).lines().map(str::to_owned).collect()
}

#[test]
fn rules_of_iptables_are_compared_as_the_kernel_means_them() {
    let Some(target) = debian("rules_of_iptables_are_compared_as_the_kernel_means_them") else { return };
    let site = Site::of(&target, &["iptables"]);
    site.changes(
        "iptables.rule('INPUT', 'ACCEPT', protocol = 'tcp', destination_port = 'ssh', source = '10.0.0.1')",
    );
    site.is_so(
        "iptables.rule('INPUT', 'ACCEPT', protocol = 6, destination_port = 22, source = '10.0.0.1/32')",
    );
    site.changes("iptables.rule('INPUT', 'LOG', log_prefix = 'it\\'s \"it\": ', append = False)");
    site.changes("iptables.rule('INPUT', 'ACCEPT', protocol = 'udp', destination_port = '53,5353', comment = 'who\\'s \"it\"?')");
    site.changes("iptables.rule('INPUT', 'ACCEPT', extras = '-m conntrack --ctstate ESTABLISHED,RELATED')");
    site.changes("iptables.rule('INPUT', 'DROP', not_in_interface = 'lo', not_source = '10.0.0.0/8', not_protocol = 'icmp')");
    let saved = [
        "-P INPUT ACCEPT",
        r#"-A INPUT -j LOG --log-prefix "it\'s \"it\": ""#,
        "-A INPUT -s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT",
        r#"-A INPUT -p udp -m multiport --dports 53,5353 -m comment --comment "who\'s \"it\"?" -j ACCEPT"#,
        "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-A INPUT ! -s 10.0.0.0/8 ! -i lo ! -p icmp -j DROP",
    ];
    assert_eq!(lines(&target, "iptables -S INPUT"), saved);
    let rules = &site.fact("iptables.rules", &[])["value"];
    assert_eq!(rules[0]["log_prefix"], "it's \"it\": ");
    assert_eq!(rules[2]["comment"], "who's \"it\"?");

    // One that is there twice goes altogether.
    target.must("iptables -A INPUT -s 10.0.0.1 -p tcp --dport 22 -j ACCEPT");
    site.changes("iptables.rule('INPUT', 'ACCEPT', protocol = 'tcp', destination_port = 22, source = '10.0.0.1', present = False)");
    assert!(!target.must("iptables -S INPUT").contains("10.0.0.1"));
    site.refuses("iptables.rule('INPUT', 'DROP', source = 'no host')", &["`no host` is no source"]);
    site.refuses(
        "iptables.rule('INPUT', 'DROP', extras = '--nonsense')",
        &["does not take this rule", "nonsense"],
    );
    site.refuses("iptables.rule('INPUT', 'mine')", &["neither a chain nor a target `mine`"]);
}

#[test]
fn chains_of_iptables_are_made_and_go_with_their_rules() {
    let Some(target) = debian("chains_of_iptables_are_made_and_go_with_their_rules") else { return };
    let site = Site::of(&target, &["iptables"]);
    site.changes(
        "iptables.chain('mine', version = 6)\n\
         iptables.rule('mine', 'REJECT', version = 6)\n\
         iptables.rule('FORWARD', 'mine', version = 6)\n\
         iptables.chain('FORWARD', policy = 'DROP', version = 6)",
    );
    let saved = lines(&target, "ip6tables -S | grep -v PUT");
    let wanted = [
        "-P FORWARD DROP",
        "-N mine",
        "-A FORWARD -j mine",
        "-A mine -j REJECT --reject-with icmp6-port-unreachable",
    ];
    assert_eq!(saved, wanted);
    assert_eq!(site.fact("iptables.chains", &["version=6"])["value"]["FORWARD"], "DROP");

    // What others jump to stays as it is.
    site.refuses("iptables.chain('mine', present = False, version = 6)", &["may still jump to it"]);
    assert_eq!(lines(&target, "ip6tables -S | grep -v PUT"), wanted);
    site.changes(
        "iptables.rule('FORWARD', 'mine', version = 6, present = False)\n\
         iptables.chain('mine', present = False, version = 6)",
    );
    assert_eq!(lines(&target, "ip6tables -S | grep -v PUT"), ["-P FORWARD DROP"]);
    site.changes("iptables.rule('PREROUTING', 'DNAT', table = 'nat', protocol = 'tcp', destination_port = 80, to_destination = '10.0.0.1:8080')");
}

const RULES: &str = r#"
table inet mine {
  set admins { type ipv4_addr; elements = { 10.0.0.1 }; }
  chain input {
    type filter hook input priority 0; policy drop;
    iif lo accept
    ip saddr @admins tcp dport { ssh, 80 } counter accept comment "who's it"
  }
}
"#;

#[test]
fn a_ruleset_of_nft_is_loaded_whole_and_followed() {
    let Some(target) = debian("a_ruleset_of_nft_is_loaded_whole_and_followed") else { return };
    let site = Site::of(&target, &["nftables"]);
    site.write("rules.nft", RULES);
    target.must("nft add table inet somebody");
    site.changes("nftables.ruleset('rules.nft')");
    assert!(target.must("nft list ruleset").contains("table inet somebody"), "what others have stays");
    assert_eq!(target.read("/etc/nftables.conf").as_deref(), Some(RULES));

    // Somebody changes it, and traffic counts.
    site.is_so("nftables.ruleset('rules.nft')");
    target.must("nft insert rule inet mine input tcp dport 23 accept");
    let done = site.changes("nftables.ruleset('rules.nft')");
    assert!(done.contains("tcp dport 23 accept"), "{done}");
    assert!(!target.must("nft list ruleset").contains("dport 23"));

    // What is wrong changes nothing, and is told before.
    let before = target.must("nft list ruleset");
    site.write("wrong.nft", "table inet mine {\n  chain input { tcp dport nonsense accept; }\n}\n");
    site.refuses("nftables.ruleset('wrong.nft')", &["nft finds these rules wrong", "nonsense"]);
    assert_eq!(target.must("nft list ruleset"), before);
    assert_eq!(target.read("/etc/nftables.conf").as_deref(), Some(RULES));

    // A table that is no longer named goes.
    site.write("other.nft", "table ip other {\n  chain a { udp dport 53 drop; }\n}\n");
    site.changes("nftables.ruleset('other.nft')");
    assert_eq!(lines(&target, "nft list tables"), ["table inet somebody", "table ip other"]);
    site.write("all.nft", &format!("flush ruleset\n{RULES}"));
    site.changes("nftables.ruleset('all.nft')");
    assert_eq!(lines(&target, "nft list tables"), ["table inet mine"]);
    assert_eq!(site.fact("nftables.tables", &[])["value"], serde_json::json!(["inet mine"]));
}

#[test]
fn rules_of_nft_are_compared_as_the_kernel_means_them() {
    let Some(target) = debian("rules_of_nft_are_compared_as_the_kernel_means_them") else { return };
    let site = Site::of(&target, &["nftables"]);
    site.changes(
        "nftables.table('mine')\n\
         nftables.chain('input', table = 'mine', type = 'filter', hook = 'input', priority = 'filter', policy = 'drop')\n\
         nftables.chain('web', table = 'mine')\n\
         nftables.rule('tcp dport {ssh,http} counter jump web', chain = 'input', table = 'mine')",
    );
    site.is_so("nftables.rule('tcp dport { 80, 22 } counter jump web', chain = 'input', table = 'mine')");
    site.changes("nftables.rule('iifname lo accept comment \"it\\'s me\"', chain = 'input', table = 'mine', append = False)");
    let listed = target.must("nft -s list chain inet mine input");
    let rules: Vec<_> = listed.lines().map(str::trim).skip(2).take(3).collect();
    let wanted = [
        "type filter hook input priority filter; policy drop;",
        "iifname \"lo\" accept comment \"it's me\"",
        "tcp dport { 22, 80 } counter jump web",
    ];
    assert_eq!(rules, wanted);
    site.changes("nftables.rule('tcp dport { 22, 80 } counter jump web', chain = 'input', table = 'mine', present = False)");
    site.changes(
        "nftables.chain('input', table = 'mine', type = 'filter', hook = 'input', policy = 'accept')",
    );
    site.changes("nftables.chain('web', table = 'mine', present = False)");
    site.refuses(
        "nftables.rule('tcp dport nonsense', chain = 'input', table = 'mine')",
        &["does not take this rule"],
    );
    site.changes("nftables.table('mine', present = False)");
    assert_eq!(target.must("nft list tables"), "");
}

#[test]
fn the_firewall_of_ufw_has_its_rules_and_is_enabled() {
    let Some(target) = debian("the_firewall_of_ufw_has_its_rules_and_is_enabled") else { return };
    let site = Site::of(&target, &["ufw"]);
    let lines = "ufw.default('reject')\n\
                 ufw.rule(port = 'ssh', protocol = 'tcp', comment = 'a \"way\" in')\n\
                 ufw.rule('limit', port = '8000:8100', protocol = 'tcp', from_ip = '10.0.0.0/8', interface = 'lo', log = True)\n\
                 ufw.rule(route = True, interface = 'lo', out_interface = 'eth9', to_ip = '10.0.0.1')\n\
                 ufw.enabled()\n\
                 ufw.logging('medium')";
    site.changes(lines);
    assert!(target.must("iptables -S ufw-user-input").contains("--dport 22 -j ACCEPT"));
    let status = &site.fact("ufw.status", &[])["value"];
    assert_eq!(status["is_active"], true, "{status}");
    assert_eq!(status["incoming"], "reject");

    // The same, said otherwise; and another action takes its place.
    site.is_so("ufw.rule(port = 22, protocol = 'tcp', from_ip = '0.0.0.0/0', to_ip = 'any', comment = 'a \"way\" in')");
    site.changes("ufw.rule('deny', port = 22, protocol = 'tcp')");
    let rules = &site.fact("ufw.rules", &[])["value"];
    assert_eq!(rules[0], "deny 22/tcp", "{rules}");
    site.changes("ufw.rule('deny', port = 22, protocol = 'tcp', present = False)");
    site.is_so("ufw.rule('deny', port = 99, present = False)");
    site.refuses("ufw.rule(app = 'nonsense')", &["ufw does not take this rule", "profile"]);
    site.changes("ufw.enabled(False)");
    assert!(target.must("ufw status").contains("inactive"));
}
