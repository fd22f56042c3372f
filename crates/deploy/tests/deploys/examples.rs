//! That the examples in the documents do what they are shown for.
//!
//! `examples.fixture` says what the host is like that they are for: first for all of them, then for those of each module,
//! to which belongs what the module's own fixture says of all its cases, too.

use std::path::Path;
use std::sync::Arc;

use plumb_deploy::reference::{Module, reference};
use plumb_deploy::{FactKey, HostPlan, Known, Machine, Outside, Verdict, settle_with};
use plumb_host::Question;

use crate::fixtures::{Fixture, Given};
use crate::support::{Deploy, explained};

/// What examples are planned against.
struct MadeUp {
    all: Fixture,
}

impl MadeUp {
    fn read() -> Self {
        let text = std::fs::read_to_string(path("examples.fixture")).unwrap();
        MadeUp { all: Fixture::read(&text) }
    }

    /// What the host says to whatever a module asks.
    fn given(&self, module: &str) -> Vec<Given> {
        let own =
            self.all.cases.iter().filter(|case| case.name == module).flat_map(|case| case.given.clone());
        let text = std::fs::read_to_string(path(&format!("fixtures/{module}.fixture"))).unwrap_or_default();
        own.chain(Fixture::read(&text).given).chain(self.all.given.clone()).collect()
    }
}

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/deploys").join(name)
}

/// A machine on which each variable has a value, and that runs nothing.
struct Variables;

impl Outside for Variables {
    fn variable(&self, name: &str) -> Option<String> {
        Some(format!("value-of-{name}"))
    }

    fn run(&self, words: &[String], _: &[u8]) -> Result<Vec<u8>, String> {
        Err(format!("{words:?} is not run here"))
    }
}

/// A deploy that does what an example shows. What the example loads by itself goes to the beginning of the file.
fn code(directory: &str, module: &str, example: &str) -> String {
    let (loads, lines): (Vec<&str>, Vec<&str>) = example.lines().partition(|line| line.starts_with("load("));
    let body: String = lines.iter().map(|line| format!("    {line}\n")).collect();
    let loads = loads.join("\n");
    format!("load(\"{directory}\", \"{module}\")\n{loads}\n\ndef deploy(host):\n{body}")
}

/// What an example plans, and how often it asks the host.
fn plan(given: &[Given], code: &str) -> Result<(HostPlan, usize), String> {
    let mut deploy = Deploy::new("sh");
    deploy.setting.machine = Machine::new(Arc::new(Variables));
    given.iter().for_each(|given| given.write_local(&deploy));
    let given: Vec<&Given> = given.iter().collect();
    let program = deploy.try_load(code)?;
    let mut asked = 0;
    let mut answer = |key: &FactKey| {
        let is_machine =
            matches!(&key.question, Question::Script(text) if text.trim_start().starts_with("say()"));
        asked += usize::from(!is_machine);
        Given::answer(&given, &key.question)
    };
    let planned = settle_with(&program, &deploy.setting, &mut Known::new(), &mut answer);
    Ok((planned.map_err(|error| explained(&error, &program))?, asked))
}

/// What is wrong with the example of an operation: it has to show the operation, and all that it shows changes something.
fn operation_is_shown(name: &str, plan: &HostPlan) -> Result<(), String> {
    if !plan.operations.iter().any(|operation| operation.function == name) {
        return Err("it does not do what it is an example of".to_owned());
    }
    let idle = plan.operations.iter().find(|operation| operation.verdict() == Verdict::Ok);
    idle.map_or(Ok(()), |idle| Err(format!("there is nothing to do for {}: {}", idle.function, idle.title)))
}

/// What is wrong with the examples of all modules of a directory.
fn wrong(directory: &str, check: impl Fn(&MadeUp, &Module) -> Vec<(String, String)>) -> Vec<String> {
    let made_up = MadeUp::read();
    let modules = reference(directory).unwrap_or_else(|why| panic!("{}: {}", why.summary, why.detail));
    let wrong = modules.iter().flat_map(|module| check(&made_up, module));
    wrong.map(|(name, why)| format!("{name}: {why}")).collect()
}

#[test]
fn each_operation_has_an_example_that_changes_something() {
    let directory = "@plumb//ops";
    let wrong = wrong(directory, |made_up, module| {
        let given = made_up.given(&module.name);
        let one = |name: &str, example: &str| match example {
            "" => Err("it has no example".to_owned()),
            _ => operation_is_shown(name, &plan(&given, &code(directory, &module.name, example))?.0),
        };
        let names =
            module.functions.iter().map(|function| (format!("{}.{}", module.name, function.name), function));
        names
            .filter_map(|(name, function)| Some((name.clone(), one(&name, &function.examples).err()?)))
            .collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn each_module_of_facts_has_an_example_that_asks_the_host() {
    let directory = "@plumb//facts";
    let wrong = wrong(directory, |made_up, module| {
        let why = match module.examples.as_str() {
            "" => Some("it has no example".to_owned()),
            example => match plan(&made_up.given(&module.name), &code(directory, &module.name, example)) {
                Err(why) => Some(why),
                Ok((plan, _)) if plan.printed.is_empty() && plan.operations.is_empty() => {
                    Some("nothing comes of it".to_owned())
                }
                Ok((_, 0)) => Some("it asks nothing".to_owned()),
                Ok((plan, _)) if plan.printed.iter().any(|line| line.contains("None")) => {
                    Some(format!("the host that is made up for it has no answer: {:?}", plan.printed))
                }
                Ok(_) => None,
            },
        };
        why.map(|why| (module.name.clone(), why)).into_iter().collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
