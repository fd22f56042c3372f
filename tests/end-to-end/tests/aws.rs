//! `examples/aws-emulator` from nothing to nothing, with the AWS provider against an emulator, and each
//! plan and state beside those of `terraform`.

use std::fs;
use std::path::{Path, PathBuf};

use plumb_end_to_end::{Setting, Tool, copy_configuration, differences, example};
use serde_json::Value;

/// What every resource of the example can be told by in lists: its name, or its address.
const TRACES: [&str; 2] = ["workshop", "10.20."];

/// Where resources of the example would be listed, and what to ask for.
const LISTS: [(&str, &str); 15] = [
    ("ec2", "Action=DescribeVpcs&Version=2016-11-15"),
    ("ec2", "Action=DescribeSubnets&Version=2016-11-15"),
    ("ec2", "Action=DescribeSecurityGroups&Version=2016-11-15"),
    ("ec2", "Action=DescribeRouteTables&Version=2016-11-15"),
    ("ec2", "Action=DescribeInternetGateways&Version=2016-11-15"),
    ("ec2", "Action=DescribeAddresses&Version=2016-11-15"),
    ("ec2", "Action=DescribeNatGateways&Version=2016-11-15&Filter.1.Name=state&Filter.1.Value.1=available"),
    (
        "ec2",
        "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=instance-state-name&Filter.1.Value.1=running",
    ),
    ("s3", ""),
    ("iam", "Action=ListRoles&Version=2010-05-08"),
    ("iam", "Action=ListPolicies&Version=2010-05-08&Scope=Local"),
    ("iam", "Action=ListInstanceProfiles&Version=2010-05-08"),
    ("dynamodb", "DynamoDB_20120810.ListTables"),
    ("logs", "Logs_20140328.DescribeLogGroups"),
    ("ssm", "AmazonSSM.DescribeParameters"),
];

/// Everything that a plan says but who made it when.
const PARTS: [&str; 12] = [
    "resource_changes",
    "output_changes",
    "planned_values",
    "resource_drift",
    "prior_state",
    "relevant_attributes",
    "configuration",
    "variables",
    "checks",
    "applyable",
    "complete",
    "errored",
];

/// A directory with the example, initialised by a tool.
fn directory(setting: &Setting, name: &str, tool: &Tool) -> PathBuf {
    let directory = setting.scratch.path().join(name);
    copy_configuration(&example(), &directory).expect("a copy of the example");
    tool.expect(0, &directory, &["init"]);
    directory
}

/// How many of the lists show something of the example.
fn traces(setting: &Setting) -> Vec<&'static str> {
    let shows = |(service, query): &(&str, &str)| {
        let answer = setting.emulator.ask(service, query).expect("an answer of the emulator");
        TRACES.iter().any(|trace| answer.contains(trace))
    };
    LISTS.iter().filter(|list| shows(list)).map(|(_, query)| *query).collect()
}

/// Both tools plan the same in the same place.
#[track_caller]
fn plans_are_equal(setting: &Setting, ours: &Path, theirs: &Path, options: &[&str]) -> Value {
    let plan = |tool: &Tool, directory: &Path| -> Value {
        let arguments: Vec<&str> =
            ["plan", "-out=compared.tfplan"].into_iter().chain(options.iter().copied()).collect();
        tool.expect(0, directory, &arguments);
        let text = tool.expect(0, directory, &["show", "-json", "compared.tfplan"]);
        serde_json::from_str(&text).expect("JSON")
    };
    let (plumb, terraform) = (plan(&setting.plumb, ours), plan(&setting.terraform, theirs));
    for part in PARTS {
        let found = differences(&plumb[part], &terraform[part]);
        assert!(found.is_empty(), "{part} with {options:?}, plumb against terraform:\n{}", found.join("\n"));
    }
    plumb
}

fn actions(plan: &Value) -> Vec<(String, String)> {
    let changes = plan["resource_changes"].as_array().expect("changes");
    let text = |change: &Value| change["address"].as_str().unwrap_or_default().to_owned();
    changes.iter().map(|change| (text(change), change["change"]["actions"].to_string())).collect()
}

#[test]
fn the_aws_example_lives_and_ends_as_with_terraform() {
    let Some(setting) = Setting::make("the_aws_example_lives_and_ends_as_with_terraform") else { return };
    let (plumb, terraform) = (&setting.plumb, &setting.terraform);
    let ours = directory(&setting, "plumb", plumb);
    let theirs = directory(&setting, "terraform", terraform);
    let give_state = |from: &Path, to: &Path| {
        fs::copy(from.join("terraform.tfstate"), to.join("terraform.tfstate")).expect("the state");
    };
    let changed = "-var-file=changed.tfvars";

    // From nothing, with a saved plan.
    let plan = plans_are_equal(&setting, &ours, &theirs, &[]);
    let created = actions(&plan).iter().filter(|(_, action)| action == "[\"create\"]").count();
    assert!(created >= 30, "{created} resources are created");
    plumb.expect(0, &ours, &["apply", "compared.tfplan"]);
    plumb.expect(0, &ours, &["plan", "-detailed-exitcode"]);
    give_state(&ours, &theirs);
    terraform.expect(0, &theirs, &["plan", "-detailed-exitcode"]);

    // Every kind of change at once.
    let plan = plans_are_equal(&setting, &ours, &theirs, &[changed]);
    let actions = actions(&plan);
    for expected in ["[\"update\"]", "[\"delete\",\"create\"]", "[\"create\",\"delete\"]"] {
        assert!(actions.iter().any(|(_, action)| action == expected), "no {expected} in {actions:?}");
    }
    plumb.expect(0, &ours, &["apply", "compared.tfplan"]);
    plumb.expect(0, &ours, &["plan", "-detailed-exitcode", changed]);
    give_state(&ours, &theirs);
    terraform.expect(0, &theirs, &["plan", "-detailed-exitcode", changed]);

    // To nothing, in the state and in the emulator.
    assert_eq!(traces(&setting).len(), LISTS.len(), "every list shows something: {:?}", traces(&setting));
    plumb.expect(0, &ours, &["destroy", "-auto-approve", changed]);
    assert_eq!(plumb.expect(0, &ours, &["state", "list"]), "");
    assert_eq!(traces(&setting), [""; 0], "nothing is left");

    // And with a state that the other has written.
    fs::remove_file(theirs.join("terraform.tfstate")).expect("the state");
    terraform.expect(0, &theirs, &["apply", "-auto-approve"]);
    give_state(&theirs, &ours);
    plumb.expect(0, &ours, &["plan", "-detailed-exitcode"]);
    plumb.expect(0, &ours, &["destroy", "-auto-approve"]);
    assert_eq!(traces(&setting), [""; 0], "nothing is left of what terraform made");
}
