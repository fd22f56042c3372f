//! Facts: what a script finds out, and what code makes of it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use plumb_host::{Answer, Question};
use plumb_starlark::language as starlark;
use plumb_starlark::language::docs::{DocFunction, DocItem, DocMember, DocString, DocStringKind};
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::{Arguments, Evaluator};
use plumb_starlark::language::values::dict::DictMut;
use plumb_starlark::language::values::none::NoneOr;
use plumb_starlark::language::values::structs::AllocStruct;
use plumb_starlark::language::values::tuple::{AllocTuple, UnpackTuple};
use plumb_starlark::language::values::{Heap, Value};
use plumb_starlark::{Native, Object, native};

use super::given::Given;
use super::operation::look_anew;
use super::{error, pass, place_of};
use crate::pass::{Frame, Pass, Suspended};
use crate::testing::{GivenFact, MadeUp, given_fact};

/// A fact.
#[derive(Debug)]
struct Fact {
    about: Arc<About>,
}

/// What is known of a fact in itself.
#[derive(Debug, Default)]
struct About {
    name: OnceLock<String>,
    /// The file that it is in, without directories and ending.
    file: Option<String>,
    family: Option<String>,
    /// What it is, for people.
    doc: Option<String>,
}

/// Says what a fact is going to be.
#[derive(Debug)]
struct Becomes {
    about: Arc<About>,
}

/// The places of its parts.
const COMMAND: usize = 0;
const PARSE: usize = 1;

impl About {
    fn name(&self) -> &str {
        self.name.get().map_or("fact", String::as_str)
    }

    /// Its name with the file that it is in, as `plumb fact` takes it.
    fn qualified(&self) -> String {
        self.file.as_ref().map_or_else(|| self.name().to_owned(), |file| format!("{file}.{}", self.name()))
    }

    fn family(&self) -> &str {
        self.family.as_deref().unwrap_or_else(|| self.name())
    }
}

pub(super) fn is_fact(value: Value<'_>) -> bool {
    Object::of::<Fact>(value).is_some()
}

impl fmt::Display for Fact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "fact {}", self.about.name())
    }
}

impl fmt::Display for Becomes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "fact {}.becomes", self.about.name())
    }
}

impl Native for Fact {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn is_named(&self, name: &str) {
        let _ = self.about.name.set(name.trim_start_matches('_').to_owned());
    }

    fn attributes(&self) -> Vec<String> {
        vec!["becomes".to_owned()]
    }

    fn attribute<'v>(&self, _: &[Value<'v>], name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        (name == "becomes")
            .then(|| heap.alloc(Object::new(Becomes { about: self.about.clone() }, Vec::new())))
    }

    fn documentation(&self, parts: &[Value<'_>]) -> Option<DocItem> {
        let mut documented = match parts.get(COMMAND)?.documentation() {
            DocItem::Member(DocMember::Function(function)) => function,
            // A script that is always the same takes no arguments.
            _ => DocFunction::default(),
        };
        let doc = self.about.doc.as_deref();
        documented.docs = doc.and_then(|doc| DocString::from_docstring(DocStringKind::Starlark, doc));
        Some(DocItem::Member(DocMember::Function(documented)))
    }

    fn call<'v>(
        &self,
        parts: &[Value<'v>],
        arguments: &Arguments<'v, '_>,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(evaluator, "a fact")?;
        pass.is_for_a_host("a fact")?;
        let given = Given::of(arguments, evaluator)?;
        look_anew(pass, evaluator)?;
        let name = name_of(&self.about, &given, pass);
        if let Some(value) = remembered(pass, &name, evaluator)? {
            return Ok(value);
        }
        pass.state.borrow_mut().frames.push(Frame::default());
        let value = match &pass.made_up {
            Some(made_up) => self.given(made_up, parts, &given, pass, evaluator),
            None => self.find_out(parts, &given, pass, evaluator),
        };
        let mut state = pass.state.borrow_mut();
        let frame = state.frames.pop().unwrap_or_default();
        state.join(&frame);
        let value = value?;
        state.remembered.insert(name.clone(), frame);
        drop(state);
        remember(&name, value, evaluator)?;
        Ok(value)
    }
}

impl Fact {
    fn find_out<'v>(
        &self,
        parts: &[Value<'v>],
        given: &Given<'v>,
        pass: &Pass,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let command = parts[COMMAND];
        let script = match command.unpack_str() {
            Some(text) => text.to_owned(),
            None => {
                let script = given.call(command, None, evaluator)?;
                let wrong = || error(format!("the command of fact {} is no text", self.about.name()));
                script.unpack_str().ok_or_else(wrong)?.to_owned()
            }
        };
        let answer = pass.ask(Question::Script(script), self.about.family(), evaluator)?;
        let value = self.made_of(answer.clone(), parts, given, evaluator)?;
        if let Some(recorder) = &pass.setting.recorder {
            recorder.fact(&spoken(&self.about, given), value, &answer);
        }
        Ok(value)
    }

    /// What a test says that it is.
    fn given<'v>(
        &self,
        made_up: &MadeUp,
        parts: &[Value<'v>],
        given: &Given<'v>,
        pass: &Pass,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        pass.state.borrow_mut().touch(self.about.family());
        let (spoken, qualified) = (spoken(&self.about, given), self.about.qualified());
        let names = [spoken.clone(), qualified.clone()];
        match given_fact(&names, evaluator)? {
            Some(GivenFact::Value(value)) => Ok(value),
            Some(GivenFact::Function(function)) => given.call(function, None, evaluator),
            Some(GivenFact::Said(answer)) => self.made_of(answer, parts, given, evaluator),
            None => {
                let mut what = format!("{spoken}: facts = {{{spoken:?}: ...}}");
                if spoken != qualified {
                    what.push_str(&format!(", or {{{qualified:?}: ...}} whatever its arguments"));
                }
                made_up.missing.note(place_of(evaluator, &pass.sources), what);
                Err(starlark::Error::new_other(Suspended))
            }
        }
    }

    /// What it is, by what the host says.
    fn made_of<'v>(
        &self,
        answer: Answer,
        parts: &[Value<'v>],
        given: &Given<'v>,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let Answer::Script { status, output, errors } = answer else {
            return Err(error("a script was answered with something else"));
        };
        let heap = evaluator.heap();
        let output = heap.alloc(AllocStruct([
            ("status", heap.alloc(status)),
            ("output", heap.alloc(&*String::from_utf8_lossy(&output))),
            ("errors", heap.alloc(&*String::from_utf8_lossy(&errors))),
        ]));
        let parse = parts[PARSE];
        if parse.is_none() {
            return Ok(output);
        }
        let takes_more = parse.parameters_spec().is_some_and(|parameters| parameters.len() > 1);
        if takes_more {
            given.call(parse, Some(output), evaluator)
        } else {
            evaluator.eval_function(parse, &[output], &[])
        }
    }
}

impl Native for Becomes {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn call<'v>(
        &self,
        _: &[Value<'v>],
        arguments: &Arguments<'v, '_>,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(evaluator, "a fact")?;
        let mut given = Given::of(arguments, evaluator)?;
        let value = given.first("becomes wants the new value, and then the arguments of the fact")?;
        let name = name_of(&self.about, &given, pass);
        pass.state.borrow_mut().becomes(&name, self.about.family());
        remember(&name, value, evaluator)?;
        Ok(Value::new_none())
    }
}

/// A name for a fact with these arguments, for who it is asked as.
fn name_of(fact: &Arc<About>, given: &Given<'_>, pass: &Pass) -> String {
    // Facts of several files may be called the same.
    let mut name = format!("{:p} {}(", Arc::as_ptr(fact), fact.name());
    for value in &given.positional {
        name.push_str(&value.to_repr());
        name.push(',');
    }
    let mut named: Vec<_> =
        given.named.iter().map(|(name, value)| format!("{name}={}", value.to_repr())).collect();
    named.sort_unstable();
    name.push_str(&named.join(","));
    let host = pass.state.borrow().host();
    name.push_str(&format!(") {} {}", pass.login_now(), host.unwrap_or_default()));
    name
}

/// A fact with its arguments, as `plumb fact` takes them.
fn spoken(fact: &About, given: &Given<'_>) -> String {
    let text = |value: &Value<'_>| value.unpack_str().map_or_else(|| value.to_repr(), str::to_owned);
    let mut named: Vec<String> =
        given.named.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
    named.sort_unstable();
    let positional = given.positional.iter().map(text);
    std::iter::once(fact.qualified()).chain(positional).chain(named).collect::<Vec<_>>().join(" ")
}

/// What a fact was found to be, or is going to be, in this run of the code.
pub(super) fn remembered<'v>(
    pass: &Pass,
    name: &str,
    evaluator: &Evaluator<'v, '_, '_>,
) -> starlark::Result<Option<Value<'v>>> {
    let value = remembered_silently(name, evaluator)?;
    if value.is_some() {
        pass.state.borrow_mut().use_remembered(name);
    }
    Ok(value)
}

/// The same for what nothing is planned by.
pub(crate) fn remembered_silently<'v>(
    name: &str,
    evaluator: &Evaluator<'v, '_, '_>,
) -> starlark::Result<Option<Value<'v>>> {
    let Some(memory) = evaluator.module().extra_value() else { return Ok(None) };
    let memory = DictMut::from_value(memory).map_err(starlark::Error::new_other)?;
    Ok(memory.aref.get_str(name))
}

pub(crate) fn remember<'v>(
    name: &str,
    value: Value<'v>,
    evaluator: &Evaluator<'v, '_, '_>,
) -> starlark::Result<()> {
    let Some(memory) = evaluator.module().extra_value() else { return Ok(()) };
    let key = evaluator.heap().alloc_str(name).to_value().get_hashed()?;
    let mut memory = DictMut::from_value(memory).map_err(starlark::Error::new_other)?;
    memory.aref.insert_hashed(key, value);
    Ok(())
}

/// Nothing is remembered any more: something has been done on the host.
pub(super) fn forget_all(evaluator: &Evaluator) -> starlark::Result<()> {
    let Some(memory) = evaluator.module().extra_value() else { return Ok(()) };
    let mut memory = DictMut::from_value(memory).map_err(starlark::Error::new_other)?;
    // What waits for the end is no knowledge.
    let waiting = memory.aref.get_str(super::ending::MEMORY);
    memory.aref.clear();
    drop(memory);
    waiting.map_or(Ok(()), |waiting| remember(super::ending::MEMORY, waiting, evaluator))
}

/// The name of the file whose code runs, without directories and ending.
fn stem_of(evaluator: &Evaluator) -> Option<String> {
    let frames = evaluator.call_stack().into_frames();
    let files = frames.iter().rev().filter_map(|frame| Some(frame.location.as_ref()?.filename().to_owned()));
    let file = files.into_iter().find(|file| !file.ends_with(".rs"))?;
    let name = file.rsplit_once('/').map_or(file.as_str(), |(_, name)| name);
    name.strip_suffix(".star").map(str::to_owned)
}

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// What functions without arguments give, as a tuple. What they have to know of the host is asked for
    /// together, in one round trip, and not one after the other.
    fn together<'v>(
        #[starlark(args)] functions: UnpackTuple<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(eval, "a fact")?;
        let (mut values, mut suspended) = (Vec::new(), None);
        for function in functions.items {
            match eval.eval_function(function, &[], &[]) {
                Ok(value) => values.push(value),
                Err(error) if native::<Suspended>(&error).is_some() || pass.take_blink() => {
                    suspended = Some(error);
                }
                // What is wrong may be so for what is not known yet.
                Err(error) => suspended = Some(suspended.unwrap_or(error)),
            }
        }
        match suspended {
            Some(error) => Err(error),
            None => Ok(eval.heap().alloc(AllocTuple(values))),
        }
    }

    /// A fact about a host, which is called like a function and remembered. The command is a script, or
    /// a function that makes one from the arguments of the fact. It must change nothing. What it finds out is
    /// handed to `parse` as a value with `output`, `errors` and `status`, before the arguments if it takes
    /// any. Facts of one family are forgotten together. `doc` says for people what it is.
    fn fact<'v>(
        command: Value<'v>,
        parse: Option<Value<'v>>,
        #[starlark(require = named, default = NoneOr::None)] family: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] doc: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let text = |text: NoneOr<&str>| text.into_option().map(str::to_owned);
        let about =
            About { name: OnceLock::new(), file: stem_of(eval), family: text(family), doc: text(doc) };
        Ok(eval.heap().alloc(Object::new(
            Fact { about: Arc::new(about) },
            vec![command, parse.unwrap_or_else(Value::new_none)],
        )))
    }
}
