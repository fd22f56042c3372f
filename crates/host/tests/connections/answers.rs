//! How often the program is asked.

use std::sync::Arc;

use plumb_host::Resolver;

use crate::support::{Home, write_program};

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
