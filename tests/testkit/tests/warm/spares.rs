//! Spares: each command uses the one that the command before has left behind.

use crate::scene::{ON, Scene, is_running};

#[test]
fn each_command_uses_the_spare_of_the_one_before() {
    let scene = Scene::new();
    scene.expect(&["plan"], &[ON], 0, "1 to add");
    let mut processes = vec![scene.wait_until_ready()];
    let commands: [(&[&str], &str); 5] = [
        (&["apply", "-auto-approve"], "1 added"),
        (&["plan"], "No changes"),
        (&["validate"], "valid"),
        (&["state", "list"], "probe_thing.one"),
        (&["destroy", "-auto-approve"], "1 destroyed"),
    ];
    for (arguments, wanted) in commands {
        scene.expect(arguments, &[ON], 0, wanted);
        let next = scene.wait_until_ready();
        let before = processes[processes.len() - 1];
        if arguments[0] == "state" {
            assert_eq!(next, before, "a command without providers leaves the spare alone");
            continue;
        }
        assert!(!is_running(before), "{arguments:?} has used it up");
        assert!(!processes.contains(&next));
        processes.push(next);
    }
    scene.expect(&["providers", "stop"], &[], 0, "Stopped 1 provider process.");
    assert!(scene.leaves_nothing());
    scene.expect(&["providers", "stop"], &[], 0, "No provider processes were kept ready.");
}

#[test]
fn nothing_is_left_behind_where_nobody_asked_for_it() {
    let scene = Scene::new();
    let no_terminal =
        "No provider processes are kept ready. None are left behind here, because there is no terminal.";
    scene.expect(&["plan"], &[], 0, "1 to add");
    scene.expect(&["providers", "ps"], &[], 0, no_terminal);
    for (variable, why) in [
        (("CI", "true"), "because CI is set"),
        (("TF_IN_AUTOMATION", "1"), "because TF_IN_AUTOMATION is set"),
    ] {
        scene.expect(&["plan"], &[variable], 0, "1 to add");
        scene.expect(&["providers", "ps"], &[variable], 0, why);
    }
    assert!(scene.leaves_nothing());

    // A setting asks for it; the variable says more.
    let settings = scene.path("cli.tfrc");
    let before = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, before + "warm_providers {\n  mode = \"on\"\n}\n").unwrap();
    scene.expect(&["plan"], &[("PLUMB_WARM_PROVIDERS", "off")], 0, "1 to add");
    scene.expect(
        &["providers", "ps"],
        &[("PLUMB_WARM_PROVIDERS", "off")],
        0,
        "because they are switched off",
    );
    assert!(scene.leaves_nothing());
    scene.expect(&["plan"], &[], 0, "1 to add");
    scene.wait_until_ready();
}

#[test]
fn another_environment_gets_another_process() {
    let scene = Scene::new();
    scene.expect(&["plan"], &[ON], 0, "1 to add");
    let process = scene.wait_until_ready();
    scene.expect(&["plan"], &[ON, ("TF_VAR_unused", "1")], 0, "1 to add");
    assert!(is_running(process));
    // One that is switched off uses none either.
    scene.expect(&["plan"], &[("PLUMB_WARM_PROVIDERS", "off")], 0, "1 to add");
    assert!(is_running(process));
    scene.expect(&["plan"], &[ON], 0, "1 to add");
    assert!(!is_running(process));
}

#[test]
fn what_a_provider_says_is_reported_as_ever() {
    let scene = Scene::new();
    for fault in ["plan-error", "plan-crash"] {
        let fault = ("PROBE_FAULTS", fault);
        let arguments = ["plan", "-no-color"];
        let without = scene.run(&arguments, &[("PLUMB_WARM_PROVIDERS", "off"), fault]);
        assert_eq!(without.code, Some(1));
        assert_eq!(scene.run(&arguments, &[ON, fault]).text, without.text);
        let process = scene.wait_until_ready();
        let warm = scene.run(&arguments, &[ON, fault]);
        assert!(!is_running(process));
        assert_eq!((warm.code, warm.text), (without.code, without.text));
        scene.run(&["providers", "stop"], &[]);
    }
}
