//! Functions on sets.

use plumb_value::{Kind, Marks, Refinement, Type, Value, convert, unify};

use super::collection::{Ordered, elements};
use super::{Function, FunctionError, Invocation, Outcome, Parameter};

/// Most results that a product may have, so that one call cannot take all memory.
const LARGEST_PRODUCT: usize = 1 << 24;
/// Bounds of sizes beyond these are not worth knowing.
const LARGEST_FACTOR_BOUND: u64 = 1024;
const LARGEST_PRODUCT_BOUND: u64 = 2048;

pub(super) fn functions() -> Vec<Function> {
    let set = |name| Parameter::new(name, Type::set(Type::Dynamic)).or_dynamic();
    vec![
        Function::typed("setintersection", common_set, intersection)
            .takes(set("first_set"))
            .takes_many(set("other_sets")),
        Function::typed("setproduct", product_type, product)
            .takes_many(Parameter::new("sets", Type::Dynamic).with_marks().or_unknown()),
        Function::typed("setsubtract", common_set, subtract).takes(set("a")).takes(set("b")),
        Function::typed("setunion", common_set, union).takes(set("first_set")).takes_many(set("other_sets")),
    ]
}

/// The type of set that all arguments can become.
fn common_set(arguments: &[Value]) -> Result<Type, FunctionError> {
    let mut types = Vec::new();
    for argument in arguments {
        let element = argument.ty().element().cloned().unwrap_or(Type::Dynamic);
        // An empty set of no particular type can become any.
        if !(argument.is_empty() && element == Type::Dynamic) {
            types.push(element);
        }
    }
    if types.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    unify(&types)
        .map(Type::set)
        .ok_or_else(|| FunctionError::call("given sets must all have compatible element types"))
}

fn converted(call: &Invocation<'_>) -> Result<Vec<Value>, FunctionError> {
    call.arguments
        .iter()
        .enumerate()
        .map(|(at, argument)| {
            convert(argument, &call.result).map_err(|why| FunctionError::argument(at, why.to_string()))
        })
        .collect()
}

/// Elements that have no type yet, such as those of `[null]`, are of one type with no others. The peers fail at
/// such sets as well, though by accident.
fn of_one_type(first: &Value, other: &Value) -> Result<(), FunctionError> {
    let (one, two) = (first.ty(), other.ty());
    if one == two {
        return Ok(());
    }
    let name = |ty: &Type| ty.element().map_or_else(|| ty.friendly_name(), Type::friendly_name);
    let why = format!(
        "the elements of one set are {} and those of another are {}; give those that are null or not known yet \
         the type of the others",
        name(&one),
        name(&two)
    );
    Err(FunctionError::call(why))
}

/// A set of the same type with other elements.
fn like(set: &Value, values: Vec<Value>) -> Value {
    Value::set(set.ty().element().cloned().unwrap_or(Type::Dynamic), values)
}

fn union(call: &Invocation<'_>) -> Outcome {
    let sets = converted(call)?;
    if let Some(unknown) = sets.iter().find(|set| !set.is_known()) {
        return Ok(Value::unknown(call.result.clone()).with_marks(unknown.marks()));
    }
    for other in &sets[1..] {
        of_one_type(&sets[0], other)?;
    }
    Ok(like(&sets[0], sets.iter().flat_map(elements).cloned().collect()))
}

fn intersection(call: &Invocation<'_>) -> Outcome {
    fold(call, true)
}

fn subtract(call: &Invocation<'_>) -> Outcome {
    fold(call, false)
}

/// Elements of the first set that are in each of the others, or in none of them.
fn fold(call: &Invocation<'_>, keep_common: bool) -> Outcome {
    let sets = converted(call)?;
    let known = sets.iter().take_while(|set| set.is_wholly_known()).count();
    for other in sets[..known].iter().skip(1) {
        of_one_type(&sets[0], other)?;
    }
    if known < sets.len() {
        // What is not known may turn out to be among the others.
        return Ok(Value::unknown(call.result.clone()));
    }
    let mut kept: Vec<Value> = elements(&sets[0]).to_vec();
    for other in &sets[1..] {
        // Both are in set order.
        let mut rest = elements(other).iter().peekable();
        kept.retain(|element| {
            while rest.next_if(|other| Ordered(other) < Ordered(element)).is_some() {}
            let is_common = rest.peek().is_some_and(|other| Ordered(other) == Ordered(element));
            is_common == keep_common
        });
    }
    Ok(like(&sets[0], kept))
}

fn product_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    if arguments.len() < 2 {
        return Err(FunctionError::call("at least two arguments are required"));
    }
    let mut types = Vec::new();
    let mut is_ordered = true;
    for (at, argument) in arguments.iter().enumerate() {
        types.push(match argument.ty() {
            Type::Set(element) => {
                is_ordered = false;
                (*element).clone()
            }
            Type::List(element) => (*element).clone(),
            Type::Tuple(elements) if elements.is_empty() => Type::Dynamic,
            Type::Tuple(elements) => unify(&elements)
                .ok_or_else(|| FunctionError::argument(at, "all elements must be of the same type"))?,
            _ => return Err(FunctionError::argument(at, "a set or a list is required")),
        });
    }
    let element = Type::tuple(types);
    Ok(if is_ordered { Type::list(element) } else { Type::set(element) })
}

fn product(call: &Invocation<'_>) -> Outcome {
    let marks = call.arguments.iter().fold(Marks::NONE, |all, argument| all | argument.marks());
    let has_open_length = |argument: &Value| {
        argument.as_sequence().is_none()
            || (matches!(argument.kind(), Kind::Set(..))
                && !argument.is_wholly_known()
                && argument.len() != Some(1))
    };
    if call.arguments.iter().any(has_open_length) {
        return Ok(unknown_product(call).with_marks(marks));
    }
    let Some(Type::Tuple(types)) = call.result.element() else {
        return Ok(Value::dynamic().with_marks(marks));
    };
    let mut factors: Vec<Vec<Value>> = Vec::new();
    let mut total: usize = 1;
    for (at, (argument, ty)) in call.arguments.iter().zip(types.iter()).enumerate() {
        let factor: Result<Vec<Value>, _> =
            elements(argument).iter().map(|element| convert(element, ty)).collect();
        let factor = factor.map_err(|why| FunctionError::argument(at, why.to_string()))?;
        total = total.saturating_mul(factor.len());
        factors.push(factor);
    }
    if total > LARGEST_PRODUCT {
        return Err(FunctionError::call(format!(
            "the product would have {total} elements, which is too many"
        )));
    }
    let tuples = (0..total).map(|number| {
        // The last factor turns fastest.
        let mut rest = number;
        let mut parts: Vec<Value> = factors
            .iter()
            .rev()
            .map(|factor| {
                let part = factor[rest % factor.len()].clone();
                rest /= factor.len();
                part
            })
            .collect();
        parts.reverse();
        Value::tuple(parts)
    });
    let element = Type::Tuple(types.clone());
    let value = match call.result {
        Type::List(_) => Value::list(element, tuples.collect::<Vec<_>>()),
        _ => Value::set(element, tuples.collect::<Vec<_>>()),
    };
    Ok(value.with_marks(marks))
}

/// A product that is not known yet but for how large it can be.
fn unknown_product(call: &Invocation<'_>) -> Value {
    let unknown = Value::unknown(call.result.clone());
    let mut largest: u64 = 1;
    for argument in call.arguments {
        let bound = match (argument.kind(), argument.len()) {
            (Kind::Unknown(Type::Tuple(types), _), _) => Some(types.len() as u64),
            (_, Some(length)) => Some(length as u64),
            _ => argument.refinement().and_then(|limits| limits.length_max),
        };
        let Some(bound) = bound.filter(|bound| *bound <= LARGEST_FACTOR_BOUND) else { return unknown };
        largest *= bound;
        if largest > LARGEST_PRODUCT_BOUND {
            return unknown;
        }
    }
    unknown.refine(&Refinement {
        length_min: Some(largest.min(1)),
        length_max: Some(largest),
        ..Refinement::not_null()
    })
}
