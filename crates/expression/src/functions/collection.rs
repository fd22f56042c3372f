//! Functions on sequences: lists, sets and tuples.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use plumb_value::{Kind, Marks, Number, Refinement, Type, Value, convert, unify};

use super::{Function, FunctionError, Invocation, Outcome, Parameter};

/// Most numbers that `range` gives.
const LONGEST_RANGE: usize = 1024;

pub(super) fn functions() -> Vec<Function> {
    let any = |name| Parameter::new(name, Type::Dynamic);
    let number = |name| Parameter::new(name, Type::Number);
    let list = |element| Parameter::new("list", Type::list(element));
    vec![
        Function::new("alltrue", Type::Bool, all_true).takes(list(Type::Bool)),
        Function::new("anytrue", Type::Bool, any_true).takes(list(Type::Bool)),
        Function::typed("chunklist", |arguments| Ok(Type::list(arguments[0].ty())), chunk)
            .takes(list(Type::Dynamic).with_marks())
            .takes(number("size").with_marks()),
        Function::typed("coalesce", coalesce_type, coalesce)
            .takes_many(any("vals").or_unknown().or_dynamic().or_null()),
        Function::typed("coalescelist", coalesce_list_type, coalesce_list)
            .takes_many(any("vals").or_unknown().or_dynamic().or_null()),
        Function::new("compact", Type::list(Type::String), compact).takes(list(Type::String)),
        Function::typed("concat", concat_type, concat).takes_many(any("seqs").with_marks()),
        Function::new("contains", Type::Bool, contains).takes(any("list")).takes(any("value")),
        Function::typed("distinct", |arguments| Ok(arguments[0].ty()), distinct).takes(list(Type::Dynamic)),
        Function::typed("element", element_type, element)
            .takes(any("list").with_marks())
            .takes(number("index"))
            .may_be_null(),
        Function::typed("flatten", flatten_type, flatten).takes(any("list").with_marks()),
        Function::new("index", Type::Number, index).takes(any("list")).takes(any("value")),
        Function::typed("length", length_type, length)
            .takes(any("value").or_dynamic().or_unknown().with_marks()),
        Function::typed("one", one_type, one).takes(any("list")).may_be_null(),
        Function::new("range", Type::list(Type::Number), range).takes_many(number("params")),
        Function::typed("reverse", reverse_type, reverse).takes(any("list").with_marks()),
        Function::typed("slice", slice_type, slice)
            .takes(any("list").with_marks())
            .takes(number("start_index"))
            .takes(number("end_index")),
        Function::new("sort", Type::list(Type::String), sort).takes(list(Type::String).or_unknown()),
        Function::new("sum", Type::Number, sum).takes(any("list")),
    ]
}

/// The elements of a known sequence.
pub(super) fn elements(value: &Value) -> &[Value] {
    value.as_sequence().unwrap_or_default()
}

/// A sequence of the type that the call was said to give.
fn sequence(result: &Type, values: Vec<Value>) -> Value {
    match result {
        Type::List(element) => Value::list((**element).clone(), values),
        Type::Set(element) => Value::set((**element).clone(), values),
        _ => Value::tuple(values),
    }
}

/// A value that can be kept in an ordered collection, so that looking for it takes no long.
pub(super) struct Ordered<'v>(pub(super) &'v Value);

impl PartialEq for Ordered<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ordered<'_> {}

impl PartialOrd for Ordered<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.set_order(other.0)
    }
}

fn all_true(call: &Invocation<'_>) -> Outcome {
    for element in elements(&call.arguments[0]) {
        match element.as_bool() {
            Some(true) => {}
            None if !element.is_known() => return Ok(Value::unknown(Type::Bool)),
            Some(false) | None => return Ok(Value::bool(false)),
        }
    }
    Ok(Value::bool(true))
}

fn any_true(call: &Invocation<'_>) -> Outcome {
    let list = elements(&call.arguments[0]);
    if list.iter().any(|element| element.as_bool() == Some(true)) {
        return Ok(Value::bool(true));
    }
    let is_open = list.iter().any(|element| !element.is_known());
    Ok(if is_open { Value::unknown(Type::Bool) } else { Value::bool(false) })
}

fn chunk(call: &Invocation<'_>) -> Outcome {
    let (list, size) = (&call.arguments[0], &call.arguments[1]);
    let marks = list.marks() | size.marks();
    let (list, _) = list.clone().unmark();
    let size =
        super::signature::integer(size).map_err(|why| FunctionError::call(format!("invalid size: {why}")))?;
    let size =
        usize::try_from(size).map_err(|_| FunctionError::call("the size argument must be positive"))?;
    let ty = list.ty();
    let parts = elements(&list);
    let chunks: Vec<Value> = if parts.is_empty() {
        Vec::new()
    } else if size == 0 {
        vec![list.clone()]
    } else {
        parts.chunks(size).map(|chunk| sequence(&ty, chunk.to_vec())).collect()
    };
    Ok(Value::list(ty, chunks).with_marks(marks))
}

fn coalesce_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    let types: Vec<Type> = arguments.iter().map(Value::ty).collect();
    unify(&types).ok_or_else(|| FunctionError::call("all arguments must have the same type"))
}

fn coalesce(call: &Invocation<'_>) -> Outcome {
    for argument in call.arguments {
        let argument = convert(argument, &call.result)?;
        if !argument.is_known() {
            return Ok(Value::unknown(call.result.clone()));
        }
        if !argument.is_null() && argument.as_str() != Some("") {
            return Ok(argument);
        }
    }
    Err(FunctionError::call("no non-null, non-empty-string arguments"))
}

fn coalesce_list_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    if arguments.is_empty() {
        return Err(FunctionError::call("at least one argument is required"));
    }
    let mut types = Vec::new();
    for argument in arguments {
        if !argument.is_known() {
            return Ok(Type::Dynamic);
        }
        match argument.ty() {
            ty @ (Type::List(_) | Type::Tuple(_)) => types.push(ty),
            _ => return Err(FunctionError::call("coalescelist arguments must be lists or tuples")),
        }
    }
    let same = types.iter().all(|ty| *ty == types[0]);
    Ok(if same { types.swap_remove(0) } else { Type::Dynamic })
}

fn coalesce_list(call: &Invocation<'_>) -> Outcome {
    for argument in call.arguments {
        if !argument.is_known() {
            return Ok(Value::unknown(call.result.clone()));
        }
        if argument.len().is_some_and(|length| length > 0) {
            return Ok(argument.clone());
        }
    }
    Err(FunctionError::call("no non-null arguments"))
}

fn compact(call: &Invocation<'_>) -> Outcome {
    let list = &call.arguments[0];
    if !list.is_wholly_known() {
        return Ok(Value::unknown(call.result.clone()));
    }
    let kept = elements(list).iter().filter(|element| element.as_str().is_some_and(|text| !text.is_empty()));
    Ok(Value::list(Type::String, kept.cloned()))
}

fn concat_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    let Some(first) = arguments.first() else {
        return Err(FunctionError::call("at least one argument is required"));
    };
    let types: Vec<Type> = arguments.iter().map(Value::ty).collect();
    if matches!(first.ty(), Type::List(_))
        && types.iter().all(|ty| matches!(ty, Type::List(_)))
        && let Some(common) = unify(&types)
    {
        return Ok(common);
    }
    let mut parts = Vec::new();
    for (at, (argument, ty)) in arguments.iter().zip(&types).enumerate() {
        match ty {
            Type::Tuple(elements) => parts.extend(elements.iter().cloned()),
            Type::List(_) if !argument.is_known() => return Ok(Type::Dynamic),
            Type::List(element) => {
                parts.extend(std::iter::repeat_n((**element).clone(), argument.len().unwrap_or(0)));
            }
            _ => {
                let message = format!("all arguments must be lists or tuples; got {}", ty.friendly_name());
                return Err(FunctionError::argument(at, message));
            }
        }
    }
    Ok(Type::tuple(parts))
}

fn concat(call: &Invocation<'_>) -> Outcome {
    let mut values = Vec::new();
    let mut marks = Marks::NONE;
    for (at, argument) in call.arguments.iter().enumerate() {
        marks |= argument.marks();
        if matches!(call.result, Type::List(_)) {
            let list = convert(argument, &call.result)
                .map_err(|why| FunctionError::argument(at, why.to_string()))?;
            values.extend(elements(&list).iter().cloned());
        } else {
            values.extend(elements(argument).iter().cloned());
        }
    }
    Ok(sequence(&call.result, values).with_marks(marks))
}

fn contains(call: &Invocation<'_>) -> Outcome {
    let (list, wanted) = (&call.arguments[0], &call.arguments[1]);
    let Some(parts) = list.as_sequence() else {
        return Err(FunctionError::call("argument must be list, tuple, or set"));
    };
    let mut is_open = false;
    for part in parts {
        match wanted.equals(part).as_bool() {
            Some(true) => return Ok(Value::bool(true)),
            Some(false) => {}
            None => is_open = true,
        }
    }
    Ok(if is_open { Value::unknown(Type::Bool) } else { Value::bool(false) })
}

fn distinct(call: &Invocation<'_>) -> Outcome {
    let list = &call.arguments[0];
    if !list.is_wholly_known() {
        return Ok(Value::unknown(call.result.clone()));
    }
    let mut seen = BTreeSet::new();
    let kept: Vec<Value> =
        elements(list).iter().filter(|element| seen.insert(Ordered(element))).cloned().collect();
    Ok(sequence(&call.result, kept))
}

fn element_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    match arguments[0].ty() {
        Type::List(element) => Ok((*element).clone()),
        Type::Tuple(_) if !arguments[1].is_known() => Ok(Type::Dynamic),
        Type::Tuple(types) => {
            let at = wrapped_index(&arguments[1], types.len())?;
            Ok(types[at].clone())
        }
        other => Err(FunctionError::call(format!("cannot read elements from {}", other.friendly_name()))),
    }
}

/// The index within a sequence, counted round and round.
fn wrapped_index(index: &Value, length: usize) -> Result<usize, FunctionError> {
    let index = super::signature::integer(index)
        .map_err(|why| FunctionError::call(format!("invalid index: {why}")))?;
    if length == 0 {
        return Err(FunctionError::call("cannot use element function with an empty list"));
    }
    Ok(index.rem_euclid(length as i64) as usize)
}

fn element(call: &Invocation<'_>) -> Outcome {
    let list = &call.arguments[0];
    let parts = elements(list);
    let at = wrapped_index(&call.arguments[1], parts.len())?;
    Ok(parts[at].clone().with_marks(list.marks()))
}

fn flatten_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    let list = &arguments[0];
    if !list.is_wholly_known() {
        return Ok(Type::Dynamic);
    }
    if list.as_sequence().is_none() {
        return Err(FunctionError::call("can only flatten lists, sets and tuples"));
    }
    let mut flat = Flat::default();
    flat.add(list);
    Ok(Type::tuple(flat.parts.iter().map(Value::ty)))
}

/// What has been flattened so far.
#[derive(Default)]
struct Flat {
    parts: Vec<Value>,
    marks: Marks,
    is_open: bool,
}

impl Flat {
    fn add(&mut self, list: &Value) {
        self.marks |= list.marks();
        let has_open_length = matches!(list.kind(), Kind::Set(..)) && !list.is_wholly_known();
        if has_open_length && list.len() != Some(1) {
            self.is_open = true;
            return;
        }
        for part in elements(list) {
            match part.kind() {
                Kind::List(..) | Kind::Set(..) | Kind::Tuple(..) => self.add(part),
                Kind::Unknown(Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => {
                    self.is_open = true;
                    self.marks |= part.marks();
                }
                _ => self.parts.push(part.clone()),
            }
        }
    }
}

fn flatten(call: &Invocation<'_>) -> Outcome {
    let mut flat = Flat::default();
    if call.arguments[0].as_sequence().is_none() {
        return Err(FunctionError::call("can only flatten lists, sets and tuples"));
    }
    flat.add(&call.arguments[0]);
    let value = if flat.is_open { Value::unknown(call.result.clone()) } else { Value::tuple(flat.parts) };
    Ok(value.with_marks(flat.marks))
}

fn index(call: &Invocation<'_>) -> Outcome {
    let (list, wanted) = (&call.arguments[0], &call.arguments[1]);
    let (Kind::List(_, parts) | Kind::Tuple(_, parts)) = list.kind() else {
        return Err(FunctionError::call("argument must be a list or tuple"));
    };
    if parts.is_empty() {
        return Err(FunctionError::call("cannot search an empty list"));
    }
    for (at, part) in parts.iter().enumerate() {
        match part.equals(wanted).as_bool() {
            Some(true) => return Ok(Value::number(at)),
            Some(false) => {}
            None => return Ok(Value::unknown(Type::Number)),
        }
    }
    Err(FunctionError::call("item not found"))
}

fn length_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    match arguments[0].ty() {
        Type::Bool | Type::Number => {
            Err(FunctionError::call("argument must be a string, a collection type, or a structural type"))
        }
        _ => Ok(Type::Number),
    }
}

fn length(call: &Invocation<'_>) -> Outcome {
    let value = &call.arguments[0];
    if value.ty() == Type::String {
        return Ok(super::string::length(value).with_marks(value.marks()));
    }
    value.length().ok_or_else(|| FunctionError::argument(0, "argument must not be null"))
}

const NOT_ONE: &str = "must be a list, set, or tuple value with either zero or one elements";

fn one_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    match arguments[0].ty() {
        Type::List(element) | Type::Set(element) => Ok((*element).clone()),
        Type::Tuple(types) if types.is_empty() => Ok(Type::Dynamic),
        Type::Tuple(types) if types.len() == 1 => Ok(types[0].clone()),
        _ => Err(FunctionError::argument(0, NOT_ONE)),
    }
}

fn one(call: &Invocation<'_>) -> Outcome {
    let value = &call.arguments[0];
    let is_open_set = matches!(value.kind(), Kind::Set(..)) && !value.is_wholly_known();
    match elements(value) {
        [] => Ok(Value::null(call.result.clone())),
        [only] => Ok(only.clone()),
        _ if is_open_set => Ok(Value::unknown(call.result.clone())),
        _ => Err(FunctionError::argument(0, NOT_ONE)),
    }
}

fn range(call: &Invocation<'_>) -> Outcome {
    let numbers: Vec<&Number> = call.arguments.iter().filter_map(Value::as_number).collect();
    let toward = |start: &Number, end: &Number| Number::from(if end < start { -1_i64 } else { 1 });
    let (start, end, step) = match numbers.as_slice() {
        [end] => (Number::ZERO, (*end).clone(), toward(&Number::ZERO, end)),
        [start, end] => ((*start).clone(), (*end).clone(), toward(start, end)),
        [start, end, step] => ((*start).clone(), (*end).clone(), (*step).clone()),
        _ => return Err(FunctionError::call("must have one, two, or three arguments")),
    };
    if step.is_zero() {
        return Err(FunctionError::call("step must not be zero"));
    }
    let is_down = step.is_negative();
    if is_down && end > start {
        return Err(FunctionError::argument(1, "end must be less than start when step is negative"));
    }
    if !is_down && end < start {
        return Err(FunctionError::argument(1, "end must be greater than start when step is positive"));
    }
    let mut values = Vec::new();
    let mut next = start;
    while if is_down { next > end } else { next < end } {
        if values.len() >= LONGEST_RANGE {
            return Err(FunctionError::call(
                "more than 1024 values were generated; either decrease the difference between start and end or use a \
                 smaller number of steps",
            ));
        }
        values.push(Value::number(next.clone()));
        next = next.add(&step).ok_or_else(|| FunctionError::call("the numbers are not finite"))?;
    }
    Ok(Value::list(Type::Number, values))
}

fn reverse_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    match arguments[0].ty() {
        Type::Tuple(types) => Ok(Type::tuple(types.iter().rev().cloned())),
        Type::List(element) | Type::Set(element) => Ok(Type::List(element)),
        other => {
            let message = format!("can only reverse list or tuple values, not {}", other.friendly_name());
            Err(FunctionError::argument(0, message))
        }
    }
}

fn reverse(call: &Invocation<'_>) -> Outcome {
    let list = &call.arguments[0];
    let values = elements(list).iter().rev().cloned().collect();
    Ok(sequence(&call.result, values).with_marks(list.marks()))
}

fn slice_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    let ty = arguments[0].ty();
    match &ty {
        Type::Set(_) => Err(FunctionError::argument(
            0,
            "cannot slice a set, because its elements have no order; make a list of it first if any order will do",
        )),
        Type::List(_) => slice_bounds(arguments).map(|_| ty),
        Type::Tuple(types) => Ok(match slice_bounds(arguments)? {
            Some((start, end)) => Type::tuple(types[start..end].iter().cloned()),
            None => Type::Dynamic,
        }),
        _ => Err(FunctionError::argument(0, "must be a list or tuple value")),
    }
}

/// Both bounds, as far as they are known; errors are found in what is known already.
fn slice_bounds(arguments: &[Value]) -> Result<Option<(usize, usize)>, FunctionError> {
    let length = match (arguments[0].kind(), arguments[0].len()) {
        (Kind::Unknown(Type::Tuple(types), _), _) => Some(types.len()),
        (_, length) => length,
    };
    let bound = |position: usize, name: &str| -> Result<Option<usize>, FunctionError> {
        let argument = &arguments[position];
        if !argument.is_known() {
            return Ok(None);
        }
        let value = super::signature::integer(argument)
            .map_err(|why| FunctionError::argument(position, format!("invalid {name} index: {why}")))?;
        let value = usize::try_from(value).map_err(|_| {
            FunctionError::argument(position, format!("{name} index must not be less than zero"))
        })?;
        if length.is_some_and(|length| value > length) {
            let message = format!("{name} index must not be greater than the length of the list");
            return Err(FunctionError::argument(position, message));
        }
        Ok(Some(value))
    };
    let (start, end) = (bound(1, "start")?, bound(2, "end")?);
    let Some((start, end)) = start.zip(end) else { return Ok(None) };
    if start > end {
        return Err(FunctionError::argument(1, "start index must not be greater than end index"));
    }
    Ok(Some((start, end)))
}

fn slice(call: &Invocation<'_>) -> Outcome {
    let list = &call.arguments[0];
    let Some((start, end)) = slice_bounds(call.arguments)? else {
        return Ok(Value::unknown(call.result.clone()).with_marks(list.marks()));
    };
    let values = elements(list).get(start..end).unwrap_or_default().to_vec();
    Ok(sequence(&call.result, values).with_marks(list.marks()))
}

fn sort(call: &Invocation<'_>) -> Outcome {
    let list = &call.arguments[0];
    if !list.is_wholly_known() {
        // The order is not known yet, but how many there are may be.
        let limits = list.refinement();
        let length = list.len().map(|length| length as u64);
        let refinement = Refinement {
            length_min: length.or_else(|| limits.and_then(|limits| limits.length_min)),
            length_max: length.or_else(|| limits.and_then(|limits| limits.length_max)),
            ..Refinement::not_null()
        };
        return Ok(Value::unknown(call.result.clone()).refine(&refinement));
    }
    let mut texts = Vec::new();
    for (at, element) in elements(list).iter().enumerate() {
        let text = element.as_str().ok_or_else(|| {
            FunctionError::call(format!("given list element {at} is null; a null string cannot be sorted"))
        })?;
        texts.push((text, element));
    }
    texts.sort_by_key(|(text, _)| *text);
    Ok(Value::list(Type::String, texts.into_iter().map(|(_, element)| element.clone())))
}

fn sum(call: &Invocation<'_>) -> Outcome {
    let list = &call.arguments[0];
    let not_numbers = || FunctionError::argument(0, "argument must be list, set, or tuple of number values");
    match list.kind() {
        Kind::Map(..) | Kind::Object(..) if !list.is_empty() => {
            let message =
                format!("argument must be list, set, or tuple. Received {}", list.ty().friendly_name());
            return Err(FunctionError::argument(0, message));
        }
        _ if list.is_empty() => return Err(FunctionError::argument(0, "cannot sum an empty list")),
        Kind::List(..) | Kind::Set(..) | Kind::Tuple(..) => {}
        _ => return Err(FunctionError::argument(0, "cannot sum noniterable")),
    }
    if !list.is_wholly_known() {
        return Ok(Value::unknown(Type::Number));
    }
    let mut total: Option<Number> = None;
    for element in elements(list) {
        let element = convert(element, &Type::Number).map_err(|_| not_numbers())?;
        let number = element.as_number().ok_or_else(not_numbers)?;
        total = Some(match total {
            None => number.clone(),
            Some(total) => total
                .add(number)
                .ok_or_else(|| FunctionError::call("can't compute sum of opposing infinities"))?,
        });
    }
    Ok(Value::number(total.unwrap_or(Number::ZERO)))
}
