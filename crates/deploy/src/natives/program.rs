//! Operations that are programs, in whatever language: they say in JSON what they have to know, and what is to be done.
//!
//! A program is given one request and gives one answer, and is asked again once what it wants to know is known. It
//! reaches no host by itself.

use std::fmt;

use plumb_host::{Answer, Question};
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::{Arguments, Evaluator};
use plumb_starlark::language::values::Value;
use plumb_starlark::{Native, Object};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

use super::changes::{declare, request};
use super::convert::to_json;
use super::files::{FilePart, look_json, see_to_file};
use super::given::Given;
use super::operation::operation_of;
use super::{error, pass, place_of, shown};
use crate::machine;
use crate::pass::{Pass, Suspended, machine_key};
use crate::plan::{Action, Attribute, Change};
use crate::testing::{GivenFact, given_fact};

/// The version of what is said between them.
const VERSION: u32 = 1;
/// A program that wants to know something new so often is taken for one that asks without end.
const TURNS_MAX: usize = 25;

/// A program that plans an operation.
#[derive(Debug)]
struct Program {
    /// Its path, from the directory that this program was started in.
    path: String,
}

/// What a program answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    /// What it has to know, by names of its own.
    #[serde(default)]
    ask: BTreeMap<String, Asked>,
    /// What is to be done.
    #[serde(default)]
    changes: Vec<Declared>,
    /// Families of facts that nobody can know any more then.
    #[serde(default)]
    obscures: Vec<String>,
    /// What it is about.
    title: Option<String>,
    /// Why it cannot go on.
    error: Option<String>,
}

/// Something that a program has to know.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Asked {
    Script {
        script: String,
        family: Option<String>,
    },
    Path {
        path: String,
        #[serde(default)]
        content: bool,
    },
}

/// Something that a program wants to be done.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Declared {
    Run {
        run: String,
        summary: Option<String>,
        #[serde(default)]
        attributes: BTreeMap<String, (Option<String>, Option<String>)>,
    },
    File {
        file: String,
        content: String,
        user: Option<String>,
        group: Option<String>,
        mode: Option<String>,
    },
}

impl fmt::Display for Program {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "program {}", self.path)
    }
}

impl Native for Program {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn call<'v>(
        &self,
        _: &[Value<'v>],
        arguments: &Arguments<'v, '_>,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(evaluator, "an operation")?;
        let given = Given::of(arguments, evaluator)?;
        let mut answers = Map::new();
        for _ in 0..TURNS_MAX {
            let reply = self.reply(&self.request(pass, &given, &answers)?, pass)?;
            if let Some(why) = reply.error {
                return Err(error(format!("{}: {why}", self.path)));
            }
            if !reply.ask.is_empty() {
                self.ask(&reply.ask, &mut answers, pass, evaluator)?;
                continue;
            }
            if let (Some(title), Some(current)) = (reply.title, &mut pass.state.borrow_mut().current) {
                current.title = Some(title);
            }
            for declared in &reply.changes {
                self.declare(declared, pass, evaluator)?;
            }
            if let Some(current) = &mut pass.state.borrow_mut().current {
                current.obscures.extend(reply.obscures);
            }
            return Ok(Value::new_none());
        }
        Err(error(format!("{} asks for something new again and again", self.path)))
    }
}

impl Program {
    fn request(
        &self,
        pass: &Pass,
        given: &Given<'_>,
        answers: &Map<String, Json>,
    ) -> starlark::Result<String> {
        let plain = |value: &Value<'_>| {
            let why = || {
                error(format!("{} cannot be handed to {}: it is no plain value", shown(*value), self.path))
            };
            to_json(*value).ok_or_else(why)
        };
        let positional = given.positional.iter().map(plain).collect::<starlark::Result<Vec<_>>>()?;
        let mut named = Map::new();
        for (name, value) in &given.named {
            named.insert(name.clone(), plain(value)?);
        }
        let facts = match (&pass.made_up, pass.machine(&machine_key(None, &pass.login))) {
            (Some(made_up), _) => made_up.machine.clone(),
            (None, Some(output)) => machine::facts(&output),
            // It is asked for where the host is handed to the deploy.
            (None, None) => return Err(starlark::Error::new_other(Suspended)),
        };
        let setting = &pass.setting;
        let request = json!({
            "version": VERSION,
            "arguments": { "positional": positional, "named": named },
            "host": { "name": setting.name, "groups": setting.groups, "data": *setting.data, "facts": facts },
            "answers": answers,
        });
        Ok(request.to_string() + "\n")
    }

    fn reply(&self, request: &str, pass: &Pass) -> starlark::Result<Reply> {
        let program = if self.path.contains('/') { self.path.clone() } else { format!("./{}", self.path) };
        let said = pass.setting.machine.run(&[program], request.as_bytes());
        let said = said.map_err(|why| error(format!("{} has not planned anything: {why}", self.path)))?;
        serde_json::from_slice(&said).map_err(|why| {
            let text = String::from_utf8_lossy(&said);
            let beginning: String = text.chars().take(200).collect();
            error(format!(
                "{} answers with what is none of what it may say: {why}, in `{}`",
                self.path,
                beginning.trim()
            ))
        })
    }

    /// Finds out what is asked, all of it together.
    fn ask<'v>(
        &self,
        asked: &BTreeMap<String, Asked>,
        answers: &mut Map<String, Json>,
        pass: &Pass,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<()> {
        let mut waits = None;
        for (name, asked) in asked {
            match self.answer(name, asked, pass, evaluator) {
                Ok(answer) => drop(answers.insert(name.clone(), answer)),
                Err(why) if plumb_starlark::native::<Suspended>(&why).is_some() => waits = Some(why),
                Err(why) => return Err(why),
            }
        }
        waits.map_or(Ok(()), Err)
    }

    fn answer<'v>(
        &self,
        name: &str,
        asked: &Asked,
        pass: &Pass,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Json> {
        let (script, family) = match asked {
            Asked::Path { path, content } => return look_json(pass, path, *content, evaluator),
            Asked::Script { script, family } => (script, family.as_deref().unwrap_or(crate::pass::ANYTHING)),
        };
        let answer = match &pass.made_up {
            None => pass.ask(Question::Script(script.clone()), family, evaluator)?,
            Some(made_up) => {
                pass.state.borrow_mut().touch(family);
                let spoken = format!("{}.{name}", self.stem());
                match given_fact(std::slice::from_ref(&spoken), evaluator)? {
                    Some(GivenFact::Said(answer)) => answer,
                    Some(_) => return Err(error(format!("`{spoken}` is given as {{\"said\": \"...\"}}"))),
                    None => {
                        let what = format!("{spoken}: facts = {{{spoken:?}: {{\"said\": ...}}}}");
                        made_up.missing.note(place_of(evaluator, &pass.sources), what);
                        return Err(starlark::Error::new_other(Suspended));
                    }
                }
            }
        };
        let Answer::Script { status, output, errors } = answer else {
            return Err(error("a script was answered with something else"));
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(json!({ "status": status, "output": text(&output), "errors": text(&errors) }))
    }

    /// Its name, without directories and ending.
    fn stem(&self) -> &str {
        let name = self.path.rsplit_once('/').map_or(self.path.as_str(), |(_, name)| name);
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    fn declare<'v>(
        &self,
        declared: &Declared,
        pass: &Pass,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<()> {
        match declared {
            Declared::Run { run, summary, attributes } => {
                let first = run.trim().lines().next().unwrap_or_default();
                let summary = summary.as_deref().unwrap_or(first).to_owned();
                let attribute = |(name, (before, after)): (&String, &(Option<String>, Option<String>))| {
                    Attribute { name: name.clone(), before: before.clone(), after: after.clone() }
                };
                let attributes = attributes.iter().map(attribute).collect();
                declare(pass, |current| Change {
                    summary,
                    attributes,
                    difference: None,
                    action: Action::Run {
                        request: request(run, true, &current.wrap, pass),
                        shown: run.clone(),
                    },
                })
            }
            Declared::File { file, content, user, group, mode } => {
                let part = FilePart {
                    content: plumb_host::Content::new(content.clone().into_bytes()),
                    user: user.as_deref(),
                    group: group.as_deref(),
                    mode: mode.as_deref(),
                    backup: None,
                    validate: None,
                };
                see_to_file(pass, file, &part, evaluator).map(drop)
            }
        }
    }
}

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// An operation that a program plans, which lies beside the file of code: it is given its arguments and what it
    /// asks for in JSON, and says what is to be done.
    fn program<'v>(path: &str, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        let frames = eval.call_stack().into_frames();
        let mut files =
            frames.iter().rev().filter_map(|frame| Some(frame.location.as_ref()?.filename().to_owned()));
        let file = files.find(|file| super::is_written(file)).unwrap_or_default();
        let path = match file.rsplit_once('/') {
            Some((directory, _)) if !path.starts_with('/') => format!("{directory}/{path}"),
            _ => path.to_owned(),
        };
        let path = path.replace("/./", "/");
        let program = eval.heap().alloc(Object::new(Program { path }, Vec::new()));
        Ok(operation_of(program, eval.heap()))
    }
}
