//! What a function takes and gives, and how it is called.
//!
//! Responsible for everything that is the same for all functions: unknown arguments give an unknown
//! result, marks of arguments go to the result, nulls are refused, unless the signature says that
//! the function deals with them itself.

use plumb_value::{ConversionError, Marks, Type, Value};

use crate::expression::FunctionWorld;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionError {
    /// Position of the argument at fault, if it is one.
    pub(crate) argument: Option<usize>,
    /// What is wrong, without a full stop.
    pub(crate) message: String,
}

impl FunctionError {
    /// The call as a whole cannot be done.
    pub(crate) fn call(message: impl Into<String>) -> Self {
        FunctionError { argument: None, message: message.into() }
    }

    /// An argument is unsuitable.
    pub(crate) fn argument(position: usize, message: impl Into<String>) -> Self {
        FunctionError { argument: Some(position), message: message.into() }
    }
}

impl From<ConversionError> for FunctionError {
    fn from(error: ConversionError) -> Self {
        FunctionError::call(error.to_string())
    }
}

/// What a function gives.
pub(crate) type Outcome = Result<Value, FunctionError>;

/// A parameter.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    /// Arguments are converted to this.
    pub(crate) ty: Type,
    allow_null: bool,
    allow_unknown: bool,
    allow_marked: bool,
    allow_dynamic: bool,
}

impl Parameter {
    /// A parameter that takes known values without marks only.
    pub(crate) fn new(name: &'static str, ty: Type) -> Self {
        Parameter {
            name,
            ty,
            allow_null: false,
            allow_unknown: false,
            allow_marked: false,
            allow_dynamic: false,
        }
    }

    /// Null is an argument like any other.
    pub(crate) fn or_null(self) -> Self {
        Parameter { allow_null: true, ..self }
    }

    /// The function decides itself what follows from an argument that is not known.
    pub(crate) fn or_unknown(self) -> Self {
        Parameter { allow_unknown: true, ..self }
    }

    /// The function sees the marks and has to carry them over.
    pub(crate) fn with_marks(self) -> Self {
        Parameter { allow_marked: true, ..self }
    }

    /// Whether null is an argument like any other.
    pub(crate) fn allows_null(&self) -> bool {
        self.allow_null
    }

    /// An argument of which not even the type is known does not hide the type of the result.
    pub(crate) fn or_dynamic(self) -> Self {
        Parameter { allow_dynamic: true, ..self }
    }
}

/// One call of a function.
pub(crate) struct Invocation<'a> {
    pub(crate) arguments: &'a [Value],
    /// The type that the result was said to have.
    pub(crate) result: Type,
    pub(crate) world: &'a FunctionWorld<'a>,
}

impl Invocation<'_> {
    /// A text argument; the signature makes sure that it is one.
    pub(crate) fn text(&self, position: usize) -> &str {
        self.arguments.get(position).and_then(Value::as_str).unwrap_or("")
    }

    /// A whole number in the range of the machine's.
    pub(crate) fn integer(&self, position: usize) -> Result<i64, FunctionError> {
        integer(&self.arguments[position]).map_err(FunctionError::call)
    }
}

/// The whole number that a value is.
pub(crate) fn integer(value: &Value) -> Result<i64, String> {
    let number = value.as_number().ok_or("a number is required")?;
    number.to_i64().ok_or_else(|| {
        "value must be a whole number, between -9223372036854775808 and 9223372036854775807".to_owned()
    })
}

/// How the type of the result follows.
#[derive(Clone, Debug)]
enum ResultType {
    Always(Type),
    /// From the arguments, some of which may be unknown.
    Computed(fn(&[Value]) -> Result<Type, FunctionError>),
}

/// A function.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) variadic: Option<Parameter>,
    result: ResultType,
    /// Whether its result may be null.
    may_be_null: bool,
    /// Whether its result depends on its arguments only.
    pub(crate) is_pure: bool,
    implementation: fn(&Invocation<'_>) -> Outcome,
}

impl Function {
    /// A function whose results are of one type and never null.
    pub(crate) fn new(
        name: &'static str,
        result: Type,
        implementation: fn(&Invocation<'_>) -> Outcome,
    ) -> Self {
        Function {
            name,
            parameters: Vec::new(),
            variadic: None,
            result: ResultType::Always(result),
            may_be_null: false,
            is_pure: true,
            implementation,
        }
    }

    /// A function the type of whose result, never null, depends on its arguments.
    pub(crate) fn typed(
        name: &'static str,
        result: fn(&[Value]) -> Result<Type, FunctionError>,
        implementation: fn(&Invocation<'_>) -> Outcome,
    ) -> Self {
        Function {
            result: ResultType::Computed(result),
            ..Function::new(name, Type::Dynamic, implementation)
        }
    }

    /// With a further parameter.
    pub(crate) fn takes(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// With a parameter for any number of further arguments.
    pub(crate) fn takes_many(self, parameter: Parameter) -> Self {
        Function { variadic: Some(parameter), ..self }
    }

    /// Its results may be null.
    pub(crate) fn may_be_null(self) -> Self {
        Function { may_be_null: true, ..self }
    }

    /// Its results are never null, and still nothing is said of one that is not known: the peers do not, and
    /// whether `== null` is known must not depend on the tool.
    pub(crate) fn promises_nothing(self) -> Self {
        self.may_be_null()
    }

    /// Its results depend on the world.
    pub(crate) fn reads_world(self) -> Self {
        Function { is_pure: false, ..self }
    }

    /// The parameter for the argument at a position.
    pub(crate) fn parameter(&self, position: usize) -> Option<&Parameter> {
        self.parameters.get(position).or(self.variadic.as_ref())
    }

    /// The type of the result where no more is known of the arguments than what types they have to
    /// have.
    pub(crate) fn result_of_unknown(&self) -> Type {
        let parameters = || self.parameters.iter().chain(&self.variadic);
        if parameters().any(|parameter| parameter.ty == Type::Dynamic && !parameter.allow_dynamic) {
            return Type::Dynamic;
        }
        match &self.result {
            ResultType::Always(ty) => ty.clone(),
            ResultType::Computed(compute) => {
                let unknown = |parameter: &Parameter| Value::unknown(parameter.ty.clone());
                let arguments: Vec<Value> = parameters().map(unknown).collect();
                compute(&arguments).unwrap_or(Type::Dynamic)
            }
        }
    }

    /// Calls it with arguments that are already of the parameters' types.
    pub(crate) fn call(&self, mut arguments: Vec<Value>, world: &FunctionWorld<'_>) -> Outcome {
        let (unknown, marks) = self.prepare(&mut arguments)?;
        if unknown == Unknown::Type {
            return Ok(Value::dynamic().with_marks(marks));
        }
        let result = match &self.result {
            ResultType::Always(ty) => ty.clone(),
            ResultType::Computed(compute) => compute(&arguments)?,
        };
        let value = if unknown == Unknown::Value {
            Value::unknown(result)
        } else {
            (self.implementation)(&Invocation { arguments: &arguments, result, world })?
        };
        let value = if self.may_be_null || value.is_known() { value } else { value.refine_not_null() };
        Ok(value.with_marks(marks))
    }

    /// Takes marks off and looks for nulls and unknowns, as the parameters want it.
    fn prepare(&self, arguments: &mut [Value]) -> Result<(Unknown, Marks), FunctionError> {
        let mut unknown = Unknown::Nothing;
        let mut marks = Marks::NONE;
        for (position, argument) in arguments.iter_mut().enumerate() {
            let Some(parameter) = self.parameter(position) else { continue };
            // Behind an argument of unknown type nothing is checked: the result is not known anyway.
            if argument.is_null() && !parameter.allow_null && unknown != Unknown::Type {
                return Err(FunctionError::argument(position, "argument must not be null"));
            }
            if !parameter.allow_marked && !argument.deep_marks().is_empty() {
                marks |= argument.deep_marks();
                *argument = argument.unmark_deep();
            }
            if argument.is_of_type(&Type::Dynamic) && !parameter.allow_dynamic {
                unknown = Unknown::Type;
            } else if !argument.is_known() && !parameter.allow_unknown && unknown == Unknown::Nothing {
                unknown = Unknown::Value;
            }
        }
        Ok((unknown, marks))
    }
}

/// What is not known before the function even runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    Nothing,
    Value,
    Type,
}
