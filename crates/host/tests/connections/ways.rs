//! What names of hosts mean.

use std::time::Duration;

use plumb_host::{Destination, Policy, Resolver, SettingsError};
use plumb_ssh::{Through, Trust};

use crate::support::{Home, lacks};

#[tokio::test]
async fn files_say_how_a_host_is_reached() {
    if lacks("files_say_how_a_host_is_reached", "ssh") {
        return;
    }
    let home = Home::new();
    home.write("more", "Host web\n  ConnectTimeout 3\n  ServerAliveInterval 7\n  ServerAliveCountMax 2\n");
    home.config(&format!(
        "Include {}\nHost web\n  HostName %h.example.com\n  User admin\n  Port 2222\n  HostKeyAlias alias\n  IdentitiesOnly yes\n  \
         IdentityAgent ${{AGENT}}\n  ForwardAgent $AGENT\n  StrictHostKeyChecking accept-new\n\
         Match host web.example.com user admin\n  ProxyCommand nc %h %p\nHost *\n  User admin\n",
        home.path("more").display()
    ));
    let resolver = home.resolver();
    let settings = resolver.resolve(&home.destination("web")).await.unwrap().settings;
    let host = &settings.host;
    assert_eq!((&*host.name, host.port, &*host.user), ("web.example.com", 2222, "admin"));
    assert_eq!(host.known_as.as_deref(), Some("alias"));
    assert_eq!(host.patience.connect, Duration::from_secs(3));
    assert_eq!((host.patience.keepalive, host.patience.keepalives_max), (Some(Duration::from_secs(7)), 2));
    let agent = host.agent.as_ref().unwrap();
    assert!(agent.named_only && agent.socket == std::path::Path::new("/agent"));
    assert_eq!(settings.forwarded_agent.as_deref(), Some(std::path::Path::new("/agent")));
    assert!(matches!(host.trust, Trust::Known { takes_new: true, .. }));
    let Some(Through::Command(command)) = &settings.through else { panic!("{settings:?}") };
    assert_eq!((&*command.program, &*command.arguments[1]), ("/bin/sh", "exec nc web.example.com 2222"));

    // What is stated comes before what files say, and files see it.
    let stated = Destination {
        user: Some("root".to_owned()),
        port: Some(22),
        policy: Some(Policy::Off),
        connect_timeout: Some(Duration::from_secs(9)),
        forward_agent: Some(false),
        ..home.destination("web")
    };
    let settings = resolver.resolve(&stated).await.unwrap().settings;
    assert_eq!((settings.host.port, &*settings.host.user), (22, "root"));
    assert_eq!(settings.host.patience.connect, Duration::from_secs(9));
    assert!(settings.through.is_none() && settings.forwarded_agent.is_none());
    assert!(matches!(settings.host.trust, Trust::Anyone));
    let settings = resolver.resolve(&home.destination("you@other")).await.unwrap().settings;
    assert_eq!((&*settings.host.name, &*settings.host.user), ("other", "you"));
}

#[tokio::test]
async fn hosts_on_the_way_have_settings_of_their_own() {
    if lacks("hosts_on_the_way_have_settings_of_their_own", "ssh") {
        return;
    }
    let home = Home::new();
    home.config(
        "Host web\n  ProxyJump me@gate:2200,inner\nHost gate\n  HostName gate.example.com\n  ProxyJump outer\n\
         Host outer\n  ProxyCommand nc %h %p\n  Port 2201\nHost inner\n  ProxyJump never\n  User ops\n\
         Host direct\n  ProxyJump none\n  ProxyCommand none\nHost a\n  ProxyJump b\nHost b\n  ProxyJump a\n",
    );
    let resolver = home.resolver();
    let settings = resolver.resolve(&home.destination("web")).await.unwrap().settings;
    let jumps: Vec<_> = settings.jumps.iter().map(|jump| (&*jump.name, jump.port, &*jump.user)).collect();
    let user = settings.host.user.clone();
    assert_eq!(jumps, [("outer", 2201, &*user), ("gate.example.com", 2200, "me"), ("inner", 22, "ops")]);
    let Some(Through::Command(command)) = &settings.through else { panic!("{settings:?}") };
    assert_eq!(command.arguments[1], "exec nc outer 2201");
    for (host, jump) in [("direct", None), ("web", Some("none"))] {
        let destination = Destination { jump: jump.map(str::to_owned), ..home.destination(host) };
        let settings = resolver.resolve(&destination).await.unwrap().settings;
        assert!(settings.jumps.is_empty() && settings.through.is_none(), "{host}");
    }
    let destination = Destination { jump: Some("you@there".to_owned()), ..home.destination("direct") };
    assert_eq!(resolver.resolve(&destination).await.unwrap().settings.jumps[0].user, "you");
    let problem = resolver.resolve(&home.destination("a")).await.unwrap_err().to_string();
    assert!(problem.starts_with("a: its ProxyJump is \"b\"") && problem.contains("in a circle"), "{problem}");
    home.config("Host web\n  ProxyJump gate:x\n");
    let problem = home.resolver().resolve(&home.destination("web")).await.unwrap_err();
    assert!(matches!(problem, SettingsError::Program { .. } | SettingsError::Value { .. }), "{problem}");
}

#[tokio::test]
async fn what_makes_no_sense_is_told() {
    if lacks("what_makes_no_sense_is_told", "ssh") {
        return;
    }
    let home = Home::new();
    home.config(
        "Host token\n  IdentityFile ~/%C\nHost device\n  PKCS11Provider /usr/lib/device.so\n  BindAddress 127.0.0.1\n\
         Host variable\n  UserKnownHostsFile ${NOWHERE}/known\n",
    );
    let resolver = home.resolver();
    let problem =
        async |destination: Destination| resolver.resolve(&destination).await.unwrap_err().to_string();
    let text = problem(home.destination("token")).await;
    assert!(
        text.contains("token: its settings want what only the program ssh does: %C in IdentityFile"),
        "{text}"
    );
    let text = problem(home.destination("device")).await;
    assert!(text.contains("(PKCS11Provider)") && text.contains("(BindAddress)"), "{text}");
    let text = problem(home.destination("variable")).await;
    assert!(text.contains("NOWHERE"), "{text}");
    let missing = Destination { identity_files: vec![home.path("missing")], ..home.destination("web") };
    let text = problem(missing).await;
    assert!(text.starts_with("web: there is no identity file ") && text.contains("/missing"), "{text}");
    let broken = Destination { identity_files: vec![home.path("config")], ..home.destination("web") };
    let text = problem(broken).await;
    assert!(text.contains("/config cannot be used as a key: it holds no private key"), "{text}");
    home.config("Host web\n  Nonsense yes\n");
    let text = home.resolver().resolve(&home.destination("web")).await.unwrap_err().to_string();
    assert!(
        text.starts_with("web: ssh -G does not say how to reach it: ") && text.contains("line 2"),
        "{text}"
    );
    let text = problem(Destination::of("-oProxyCommand=x")).await;
    assert!(text.contains("hostname contains invalid characters"), "{text}");
}

#[tokio::test]
async fn without_the_program_the_usual_holds() {
    let home = Home::new();
    home.write(".ssh/known_hosts", "nonsense\n");
    let resolver = Resolver::asking("/no/such/ssh", home.surroundings());
    let resolved = resolver.resolve(&Destination::of("you@web")).await.unwrap();
    let host = &resolved.settings.host;
    assert_eq!((&*host.name, host.port, &*host.user), ("web", 22, "you"));
    assert!(matches!(host.trust, Trust::Known { takes_new: false, .. }));
    let notices = resolved.notices.join("\n");
    assert!(
        notices.contains("there is no program /no/such/ssh") && notices.contains("known_hosts:1"),
        "{notices}"
    );
    let destination = Destination { jump: Some("gate,inner".to_owned()), ..Destination::of("web") };
    assert_eq!(resolver.resolve(&destination).await.unwrap().settings.jumps.len(), 2);
    let problem = resolver.resolve(&home.destination("web")).await.unwrap_err();
    assert!(matches!(problem, SettingsError::NoProgram { .. }), "{problem}");
}
