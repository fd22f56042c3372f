//! How often an object is there: `count` and `for_each`.

use std::sync::Arc;

use plumb_address::InstanceKey;
use plumb_configuration::Repetition;
use plumb_diagnostics::Diagnostic;
use plumb_source::Span;
use plumb_value::{Kind, Type, Value, convert};

use crate::{Evaluator, Frame, Phase, Scope};

/// How an object repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeysKind {
    /// It does not.
    Single,
    /// By number.
    Count,
    /// By string.
    ForEach,
    /// It does not, and it may not be there at all.
    Enabled,
}

/// Which instances an object has.
#[derive(Clone, Debug)]
pub struct Keys {
    /// How it repeats.
    pub kind: KeysKind,
    /// Key of each instance, in order, with its `each.value`.
    pub entries: Vec<(InstanceKey, Option<Value>)>,
    /// Whether nobody knows the instances yet: then there is one entry that stands for all. Only
    /// while validating.
    pub unknown: bool,
}

impl Keys {
    fn single() -> Self {
        Keys { kind: KeysKind::Single, entries: vec![(InstanceKey::None, None)], unknown: false }
    }

    /// Those that are recorded, in order. Nobody knows any more what `each.value` was.
    pub(crate) fn recorded(repetition: &Repetition, keys: Vec<InstanceKey>) -> Self {
        let kind = match repetition {
            Repetition::Single => KeysKind::Single,
            Repetition::Count(_) => KeysKind::Count,
            Repetition::ForEach(_) => KeysKind::ForEach,
            Repetition::Enabled(_) => KeysKind::Enabled,
        };
        let value = (kind == KeysKind::ForEach).then(Value::dynamic);
        Keys { kind, entries: keys.into_iter().map(|key| (key, value.clone())).collect(), unknown: false }
    }

    fn unknown(kind: KeysKind) -> Self {
        Keys { kind, entries: vec![(InstanceKey::None, None)], unknown: true }
    }

    fn enabled(is_enabled: bool) -> Self {
        let entries = if is_enabled { vec![(InstanceKey::None, None)] } else { Vec::new() };
        Keys { kind: KeysKind::Enabled, entries, unknown: false }
    }

    /// Whether the only instance, which has no key, is not there.
    pub(crate) fn is_disabled(&self) -> bool {
        self.kind == KeysKind::Enabled && self.entries.is_empty()
    }

    /// The entry of a key.
    pub fn find(&self, key: &InstanceKey) -> Option<&(InstanceKey, Option<Value>)> {
        match (key, self.kind) {
            // Numbers are dense but where instances are missing, so most are found at once.
            (InstanceKey::Int(number), KeysKind::Count)
                if usize::try_from(*number)
                    .is_ok_and(|at| self.entries.get(at).is_some_and(|entry| entry.0 == *key)) =>
            {
                usize::try_from(*number).ok().and_then(|at| self.entries.get(at))
            }
            _ => self.entries.binary_search_by(|entry| entry.0.cmp(key)).ok().map(|at| &self.entries[at]),
        }
    }

    /// The key as these instances have it: texts that are numbers do for numbers and the other way
    /// round, as they do in every index.
    pub(crate) fn fitting(&self, key: InstanceKey) -> InstanceKey {
        match (self.kind, key) {
            (KeysKind::Count, InstanceKey::String(text)) => match text.parse() {
                Ok(number) => InstanceKey::Int(number),
                Err(_) => InstanceKey::String(text),
            },
            (KeysKind::ForEach, InstanceKey::Int(number)) => InstanceKey::String(number.to_string().into()),
            (_, key) => key,
        }
    }

    /// What all instances together are, in few words.
    fn outline(&self) -> String {
        match (self.kind, self.entries.as_slice()) {
            (KeysKind::Count, []) => "empty tuple".to_owned(),
            (KeysKind::Count, [_]) => "tuple with 1 element".to_owned(),
            (KeysKind::Count, all) => format!("tuple with {} elements", all.len()),
            (_, []) => "object with no attributes".to_owned(),
            (_, [(key, _)]) => {
                let key = key.to_string();
                format!("object with 1 attribute {}", key.trim_start_matches('[').trim_end_matches(']'))
            }
            (_, all) => format!("object with {} attributes", all.len()),
        }
    }

    /// The repetition to give to a scope, where the instance is not known.
    pub fn unknown_kind(&self) -> Option<KeysKind> {
        self.unknown.then_some(self.kind)
    }
}

impl Evaluator {
    /// Which instances a repetition makes; `None` where that failed.
    pub(crate) async fn keys(
        self: &Arc<Self>,
        repetition: &Repetition,
        scope: &Scope,
        frame: &mut Frame,
    ) -> Option<Arc<Keys>> {
        let (kind, expression) = match repetition {
            Repetition::Single => return Some(Arc::new(Keys::single())),
            Repetition::Count(expression) => (KeysKind::Count, expression),
            Repetition::ForEach(expression) => (KeysKind::ForEach, expression),
            Repetition::Enabled(expression) => (KeysKind::Enabled, expression),
        };
        let outcome = self.evaluate(expression, scope, frame).await;
        if outcome.failed {
            return None;
        }
        if self.phase() == Phase::Validate && !outcome.value.is_wholly_known() {
            if let Err(problem) = refuse_marks(kind, &outcome.value) {
                self.report(problem.at(expression.span()));
                return None;
            }
            return Some(Arc::new(any(kind)));
        }
        let keys = match kind {
            KeysKind::Count => count_keys(&outcome.value),
            KeysKind::Enabled => enabled_keys(&outcome.value),
            KeysKind::ForEach | KeysKind::Single => for_each_keys(&outcome.value),
        };
        match keys {
            // Without knowing the instances nothing can be said about more than the first.
            Ok(_) if self.phase() == Phase::Validate => Some(Arc::new(any(kind))),
            Ok(keys) => Some(Arc::new(keys)),
            Err(problem) => {
                self.report(problem.at(expression.span()));
                None
            }
        }
    }
}

/// What instances may be there while validating: what has no keys is what it would be if it is there.
fn any(kind: KeysKind) -> Keys {
    if kind == KeysKind::Enabled { Keys::enabled(true) } else { Keys::unknown(kind) }
}

impl Evaluator {
    /// A scope for each instance that a repetition makes; `None` where that failed.
    pub async fn scopes(self: &Arc<Self>, repetition: &Repetition, outer: &Scope) -> Option<Vec<Scope>> {
        let keys = self.keys(repetition, outer, &mut Frame::new()).await?;
        Some(
            keys.entries
                .iter()
                .map(|(key, value)| Scope {
                    key: key.clone(),
                    each_value: value.clone(),
                    unknown_key: keys.unknown_kind(),
                    ..outer.clone()
                })
                .collect(),
        )
    }
}

const COUNT: &str = "Invalid count argument";
const FOR_EACH: &str = "Invalid for_each argument";
const ENABLED: &str = "Invalid enabled argument";

/// More instances than anybody has; a slip of the finger must not fill the memory.
const COUNT_MAX: i64 = 1_000_000;

/// How often something is there is kept, and its keys are shown.
fn refuse_marks(kind: KeysKind, value: &Value) -> Result<(), Diagnostic> {
    let marks = value.marks();
    match kind {
        KeysKind::ForEach if marks.is_sensitive() => Err(Diagnostic::error(
            FOR_EACH,
            "Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments. If \
             used, the sensitive value could be exposed as a resource instance key.",
        )),
        KeysKind::ForEach if marks.is_ephemeral() => Err(Diagnostic::error(
            FOR_EACH,
            "Ephemeral values, or values derived from ephemeral values, cannot be used as for_each arguments, \
             because the set of resource instances must be the same while planning and applying.",
        )),
        KeysKind::Count if marks.is_ephemeral() => Err(Diagnostic::error(
            COUNT,
            "The given \"count\" is derived from an ephemeral value, which means that it cannot be kept between \
             plan and apply. Use only non-ephemeral values here.",
        )),
        KeysKind::Enabled if marks.is_sensitive() => Err(Diagnostic::error(
            ENABLED,
            "Sensitive values, or values derived from sensitive values, cannot be used in \"enabled\" arguments. If used, \
             the sensitive value would be exposed by whether an instance is present.",
        )),
        KeysKind::Enabled if marks.is_ephemeral() => Err(unsuitable_enabled(
            "the given value is ephemeral, and would be another one when it is applied",
        )),
        _ => Ok(()),
    }
}

fn count_keys(value: &Value) -> Result<Keys, Diagnostic> {
    let unsuitable = |why: String| {
        Diagnostic::error(COUNT, format!("The given \"count\" argument value is unsuitable: {why}."))
    };
    refuse_marks(KeysKind::Count, value)?;
    let (value, marks) = value.clone().unmark();
    if value.is_null() {
        return Err(Diagnostic::error(
            COUNT,
            "The given \"count\" argument value is null. An integer is required.",
        ));
    }
    if !value.is_known() {
        return Err(Diagnostic::error(
            COUNT,
            "The \"count\" value depends on resource attributes that cannot be determined until apply, so it is \
             not possible to tell how many instances will be created. To work around this, use -target to first \
             apply only the resources that the count depends on, or make the count depend on values that are \
             known when planning.",
        ));
    }
    let number = convert(&value, &Type::Number).map_err(|error| {
        Diagnostic::error("Incorrect value type", format!("Invalid expression value: {}.", error.message))
    })?;
    let Some(number) = number.as_number() else { return Err(unsuitable("a number is required".to_owned())) };
    // What must not be shown is not shown here either.
    let given = if marks.is_sensitive() { String::new() } else { format!(", not {number}") };
    match number.to_i64() {
        Some(count) if count < 0 => Err(unsuitable(format!("must be greater than or equal to zero{given}"))),
        Some(count) if count > COUNT_MAX => {
            Err(unsuitable(format!("there can be no more than {COUNT_MAX} instances{given}")))
        }
        Some(count) => Ok(Keys {
            kind: KeysKind::Count,
            entries: (0..count).map(|index| (InstanceKey::Int(index), None)).collect(),
            unknown: false,
        }),
        None => Err(unsuitable(format!("a whole number is required{given}"))),
    }
}

fn unsuitable_enabled(why: &str) -> Diagnostic {
    Diagnostic::error(ENABLED, format!("The given \"enabled\" argument value is unsuitable: {why}."))
}

fn enabled_keys(value: &Value) -> Result<Keys, Diagnostic> {
    refuse_marks(KeysKind::Enabled, value)?;
    if value.is_null() {
        return Err(unsuitable_enabled("the given value is null, and only true or false can be meant"));
    }
    if !value.is_known() {
        return Err(Diagnostic::error(
            ENABLED,
            "The given \"enabled\" argument value is derived from a value that won't be known until the apply phase, so \
             it is not possible to tell whether an instance of this object is declared or not. Use only values that are \
             known when planning, or use -target to first apply what the value depends on.",
        ));
    }
    match convert(value, &Type::Bool).map(|converted| converted.as_bool()) {
        Ok(Some(is_enabled)) => Ok(Keys::enabled(is_enabled)),
        Ok(None) => Err(unsuitable_enabled("true or false is required")),
        Err(error) => Err(unsuitable_enabled(&error.message)),
    }
}

fn for_each_keys(value: &Value) -> Result<Keys, Diagnostic> {
    refuse_marks(KeysKind::ForEach, value)?;
    if value.is_null() {
        return Err(Diagnostic::error(
            FOR_EACH,
            "The given \"for_each\" argument value is unsuitable: the given \"for_each\" argument value is null. A \
             map, or set of strings is allowed.",
        ));
    }
    let entries = match value.kind() {
        Kind::Unknown(ty @ (Type::Dynamic | Type::Set(_) | Type::Map(_) | Type::Object(_)), _) => {
            return Err(unknown_for_each(ty));
        }
        Kind::Map(_, entries) => entries
            .iter()
            .map(|(key, value)| (InstanceKey::String(key.clone()), Some(value.clone())))
            .collect(),
        Kind::Object(ty, values) => ty
            .attributes()
            .iter()
            .zip(values.iter())
            .map(|((name, _), value)| (InstanceKey::String(name.clone()), Some(value.clone())))
            .collect(),
        Kind::Set(_, values) => set_keys(values)?,
        _ => {
            return Err(Diagnostic::error(
                FOR_EACH,
                format!(
                    "The given \"for_each\" argument value is unsuitable: the \"for_each\" argument must be a map, or \
                     set of strings, and you have provided a value of type {}.",
                    value.ty().friendly_name()
                ),
            ));
        }
    };
    Ok(Keys { kind: KeysKind::ForEach, entries, unknown: false })
}

fn unknown_for_each(ty: &Type) -> Diagnostic {
    let (what, advice) = match ty {
        Type::Set(_) => (
            "\"for_each\" set includes values",
            "use a map value where the keys are defined statically in your configuration and where only the values \
             contain apply-time results",
        ),
        _ => (
            "\"for_each\" map includes keys",
            "define the map keys statically in your configuration and place apply-time results only in the map values",
        ),
    };
    Diagnostic::error(
        FOR_EACH,
        format!(
            "The {what} derived from resource attributes that cannot be determined until apply, so the full set of keys \
             that will identify the instances of this resource is not known.\n\nWhen working with unknown values in \
             for_each, it's better to {advice}.\n\nAlternatively, use -target to first apply only the resources that \
             the for_each value depends on, and then apply a second time to fully converge."
        ),
    )
}

fn set_keys(values: &[Value]) -> Result<Vec<(InstanceKey, Option<Value>)>, Diagnostic> {
    let unsuitable = |what: String| {
        Diagnostic::error(
            "Invalid for_each set argument",
            format!("The given \"for_each\" argument value is unsuitable: {what}."),
        )
    };
    let mut keys = Vec::with_capacity(values.len());
    for value in values {
        let ty = value.ty();
        let may_be_text = ty == Type::String || (ty == Type::Dynamic && !value.is_known());
        if !may_be_text {
            return Err(unsuitable(format!(
                "\"for_each\" supports maps and sets of strings, but you have provided a set containing type {}",
                ty.friendly_name()
            )));
        }
        if !value.is_known() {
            return Err(unknown_for_each(&Type::set(Type::String)));
        }
        let Some(text) = value.as_text() else {
            return Err(unsuitable("\"for_each\" sets must not contain null values".to_owned()));
        };
        keys.push((InstanceKey::String(text.clone()), Some(value.clone())));
    }
    keys.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(keys)
}

/// The diagnostic for a key that a reference names and that no instance has.
pub(crate) fn no_such_instance(name: &str, keys: &Keys, key: &InstanceKey, span: Span) -> Diagnostic {
    let why = match (keys.kind, key) {
        (KeysKind::Count, _) if keys.entries.is_empty() => ": the collection has no elements",
        (KeysKind::Count, InstanceKey::Int(index)) if *index < 0 => {
            ": a negative number is not a valid index for a sequence"
        }
        (KeysKind::Count, InstanceKey::String(_)) => ": a number is required",
        _ => "",
    };
    let detail = format!("The given key does not identify an element in this collection value{why}.");
    let mut diagnostic = Diagnostic::error("Invalid index", detail).at(span);
    diagnostic.values.push((name.to_owned(), format!("is {}", keys.outline())));
    diagnostic
}

/// The diagnostic for what is taken of an object that is not there.
pub(crate) fn nothing_to_take(name: &str, span: Span) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(
        "Attempt to get attribute from null value",
        format!(
            "This value is null, so it does not have any attributes: {name} is not there, because its \"enabled\" is \
             false. Ask first, as in {name} != null ? ... : ..., or use try()."
        ),
    )
    .at(span);
    diagnostic.values.push((name.to_owned(), "is null".to_owned()));
    diagnostic
}
