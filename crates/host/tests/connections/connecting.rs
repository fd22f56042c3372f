//! Hosts that are reached.

use plumb_host::{Destination, Means, Persistence};
use plumb_ssh::Secret;
use plumb_ssh_server::{Agent, Server};

use crate::support::{Home, block, connect, known, lacks, said};

#[tokio::test]
async fn a_host_is_reached_through_others_with_keys_of_each() {
    let test = "a_host_is_reached_through_others_with_keys_of_each";
    if lacks(test, "ssh") {
        return;
    }
    let servers: Vec<Server> = (0..3).map_while(|_| Server::start(test)).collect();
    let [outer, inner, web] = &servers[..] else { return };
    let home = Home::new();
    let known_hosts = home.write("known", &[outer, inner, web].map(known).concat());
    let locked = web.keys().make("locked", &["-t", "ed25519", "-N", "a passphrase"]);
    web.authorize(&locked);
    let all = format!("Host *\n  UserKnownHostsFile {}\n  IdentitiesOnly yes\n", known_hosts.display());
    let web_block = block("web", web, "  ProxyJump inner\n").replace("user\n", "locked\n");
    assert!(web_block.contains("locked"), "{web_block}");
    home.config(
        &[block("outer", outer, ""), block("inner", inner, "  ProxyJump outer\n"), web_block, all].concat(),
    );
    let resolver = home.resolver();
    let destination =
        Destination { passphrase: Some(Secret::new("a passphrase")), ..home.destination("web") };
    let connected = connect(&resolver, &destination).await.unwrap();
    assert_eq!(said(&connected, "echo works").await, "works\n");
    assert!(connected.notices.is_empty() && connected.failures.is_empty(), "{:?}", connected.notices);
    for server in &servers {
        assert!(server.log().contains("Accepted publickey"), "{}", server.log());
    }
    // The key is needed, and what opens it.
    let error = connect(&resolver, &home.destination("web")).await.unwrap_err().to_string();
    assert!(
        error.contains("would let the user") && error.contains("locked, which cannot be used"),
        "{error}"
    );
    assert!(error.contains("A passphrase may be stated"), "{error}");
}

#[tokio::test]
async fn an_agent_of_the_environment_lets_in() {
    let test = "an_agent_of_the_environment_lets_in";
    let Some(server) = Server::start(test) else { return };
    let key = server.keys().plain("known", "ed25519");
    server.authorize(&key);
    let Some(agent) = Agent::start(test, &[&key]) else { return };
    if lacks(test, "ssh") {
        return;
    }
    let home = Home::new();
    home.write("known", &known(&server));
    let more = format!("  UserKnownHostsFile {}\n  ForwardAgent yes\n", home.path("known").display());
    home.config(&block("web", &server, &more).replace("/user\n", "/missing\n"));
    let mut surroundings = home.surroundings();
    surroundings.environment.insert("SSH_AUTH_SOCK".to_owned(), agent.socket().display().to_string());
    let resolver = plumb_host::Resolver::new(surroundings);
    let connected = connect(&resolver, &home.destination("web")).await.unwrap();
    assert!(said(&connected, "ssh-add -l").await.contains("known"));
    let error = connect(&home.resolver(), &home.destination("web")).await.unwrap_err().to_string();
    assert!(error.contains("there is nothing to show that it accepts"), "{error}");
}

#[tokio::test]
async fn a_host_that_comes_up_late_is_reached() {
    let test = "a_host_that_comes_up_late_is_reached";
    let Some(server) = Server::start(test) else { return };
    if lacks(test, "ssh") {
        return;
    }
    let home = Home::new();
    home.write("known", &known(&server));
    // The first two times, the way is not there.
    let (one, two) = (home.path("one"), home.path("two"));
    let script = format!(
        "for file in {} {}; do test -e $file || {{ touch $file; echo not yet >&2; exit 1; }}; done\n\
         exec {} -i -f {}\n",
        one.display(),
        two.display(),
        server.program().display(),
        server.config().display()
    );
    let script = home.write("way", &script);
    let more = format!(
        "  UserKnownHostsFile {}\n  ProxyCommand sh {}\n",
        home.path("known").display(),
        script.display()
    );
    home.config(&block("web", &server, &more));
    let delay = std::time::Duration::from_millis(50);
    let persistence = Persistence { attempts: 5, delay, delay_max: delay };
    let begin = std::time::Instant::now();
    let connected = home.resolver().connect(&home.destination("web"), Means::Own, persistence).await.unwrap();
    assert!(begin.elapsed() >= delay);
    assert_eq!(said(&connected, "echo works").await, "works\n");
    assert_eq!(connected.failures.len(), 2);
    assert!(connected.failures[0].why.contains("exit status 1: not yet"), "{:?}", connected.failures);
}
