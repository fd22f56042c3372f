//! How often the program is asked.

use std::sync::Arc;

use plumb_host::{Destination, Resolver};

use crate::support::{Home, lacks, write_program};

/// A program that tells of each host, says that it runs, and takes a while.
fn program(home: &Home) -> String {
    let program = home.path("ssh");
    let log = home.path("log");
    let text = format!(
        "#!/bin/sh\nfor host; do :; done\necho begin $host >>{0}\nsleep 0.1\necho end $host >>{0}\n\
         echo host $host\necho hostname $host.example.com\necho port 22\necho user me\n",
        log.display()
    );
    write_program(&program, &text);
    program.display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_question_is_one_process_and_few_run_at_once() {
    let home = Home::new();
    let resolver = Arc::new(Resolver::asking(program(&home), home.surroundings()));
    home.config("");
    let asking: Vec<_> = (0..200)
        .map(|at| {
            let (resolver, destination) = (resolver.clone(), home.destination(&format!("web{}", at % 50)));
            tokio::spawn(async move { resolver.resolve(&destination).await.unwrap().settings.host.name })
        })
        .collect();
    for (at, name) in asking.into_iter().enumerate() {
        assert_eq!(name.await.unwrap(), format!("web{}.example.com", at % 50));
    }
    let log = std::fs::read_to_string(home.path("log")).unwrap();
    assert_eq!(log.lines().count(), 100, "{log}");
    let (mut running, mut most) = (0_usize, 0);
    for line in log.lines() {
        running = if line.starts_with("begin") { running + 1 } else { running - 1 };
        most = most.max(running);
    }
    assert!((2..=16).contains(&most), "{most}");
}

/// The program of this machine, which says that it runs.
fn counted(home: &Home) -> String {
    let program = home.path("ssh");
    let log = home.path("log").display().to_string();
    write_program(&program, &format!("#!/bin/sh\necho >>{log}\nexec /usr/bin/env ssh \"$@\"\n"));
    program.display().to_string()
}

#[tokio::test]
async fn what_holds_for_all_hosts_is_asked_once_and_means_the_same() {
    if lacks("what_holds_for_all_hosts_is_asked_once_and_means_the_same", "ssh") {
        return;
    }
    let hosts = |home: &Home| {
        let stated = |name: &str, user: Option<&str>, port| Destination {
            user: user.map(str::to_owned),
            port,
            ..home.destination(name)
        };
        [
            stated("web", None, None),
            stated("Web2.Example.com", None, None),
            stated("web3", Some("you"), Some(2222)),
            stated("127.0.0.1", Some("me"), Some(22)),
            stated("::1", None, Some(23)),
            stated("db", None, None),
            stated("you@db", None, None),
        ]
    };
    // Hosts without a stated user or port, with both, with a port alone, and the one with a user in its name.
    let (once, each) = (4, 7);
    for (config, asked) in [
        ("", once),
        ("User admin\nPort 2200\nIdentityFile ~/.ssh/%h-%r\nUserKnownHostsFile ~/%k\n", once),
        ("# Host web\nHost *\n  HostKeyAlias same\nMatch all\n  ConnectTimeout 3\n", once),
        ("Include more\n", once),
        ("Host web3\n  User other\n", each),
        ("Host *\nInclude some\n", each),
        ("Match host db\n  Port 4\n", each),
        ("HostName %h.example.com\n", each),
        ("ProxyCommand nc %h %p %n\n", once),
    ] {
        let home = Home::new();
        home.config(config);
        home.write(".ssh/more", "ServerAliveInterval 4\n");
        home.write(".ssh/some", "Host db\n  User dba\n");
        let config = config.replace("Include ", &format!("Include {}/.ssh/", home.path("").display()));
        home.config(&config);
        let resolver = Resolver::asking(counted(&home), home.surroundings());
        for host in hosts(&home) {
            let together = resolver.resolve(&host).await.map(|resolved| resolved.settings);
            let alone = home.resolver().resolve(&host).await.map(|resolved| resolved.settings);
            assert_eq!(format!("{together:?}"), format!("{alone:?}"), "{config}: {host:?}");
        }
        let log = std::fs::read_to_string(home.path("log")).unwrap();
        assert_eq!(log.lines().count(), asked, "{config}");
    }
}
