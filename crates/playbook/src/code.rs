//! Code of a deploy, as values that are put together and then laid out.

/// How tightly an expression holds together, from loosest to tightest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Ternary,
    Or,
    And,
    Not,
    Comparison,
    Union,
    Sum,
    Product,
    Sign,
    Atom,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    /// Code that stays in one line.
    Code(String, Level),
    Text(String),
    Bool(bool),
    List(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Call {
        function: String,
        arguments: Vec<(Option<String>, Expr)>,
    },
    /// A text with `%s` in the places of values.
    Format(String, Vec<Expr>),
    /// An argument that is left out where its value is None.
    Optional(Box<Expr>),
}

impl Expr {
    pub(crate) fn atom(code: impl Into<String>) -> Self {
        Expr::Code(code.into(), Level::Atom)
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Expr::Text(text.into())
    }

    pub(crate) fn none() -> Self {
        Expr::atom("None")
    }

    pub(crate) fn is_none(&self) -> bool {
        *self == Expr::none()
    }

    pub(crate) fn call(function: impl Into<String>, arguments: Vec<Expr>) -> Self {
        let arguments = arguments.into_iter().map(|argument| (None, argument)).collect();
        Expr::Call { function: function.into(), arguments }
    }

    /// Whether it can be nothing but true or false.
    pub(crate) fn is_condition(&self) -> bool {
        match self {
            Expr::Bool(_) | Expr::Code(_, Level::Comparison | Level::Not) => true,
            Expr::Call { function, .. } => function == "truth",
            _ => false,
        }
    }

    pub(crate) fn literal(&self) -> Option<&str> {
        if let Expr::Text(text) = self { Some(text) } else { None }
    }

    fn level(&self) -> Level {
        match self {
            Expr::Code(_, level) => *level,
            Expr::Format(..) => Level::Product,
            Expr::Optional(value) => value.level(),
            _ => Level::Atom,
        }
    }

    /// It where something as tight as `level` is wanted.
    pub(crate) fn at(&self, level: Level) -> String {
        let code = self.line();
        if self.level() < level { format!("({code})") } else { code }
    }

    /// `self.name(arguments)`.
    pub(crate) fn method(&self, name: &str, arguments: Vec<Expr>) -> Expr {
        Expr::call(format!("{}.{name}", self.at(Level::Atom)), arguments)
    }

    pub(crate) fn index(&self, key: &Expr) -> Expr {
        Expr::atom(format!("{}[{}]", self.at(Level::Atom), key.line()))
    }

    pub(crate) fn binary(&self, operator: &str, other: &Expr, level: Level) -> Expr {
        // Comparisons do not chain, and what stands on the right binds closer.
        let (left, right) = match level {
            Level::Comparison => (Level::Union, Level::Union),
            Level::Or => (Level::Or, Level::And),
            Level::And => (Level::And, Level::Not),
            Level::Sum => (Level::Sum, Level::Product),
            Level::Product => (Level::Product, Level::Sign),
            other => (other, Level::Sum),
        };
        Expr::Code(format!("{} {operator} {}", self.at(left), other.at(right)), level)
    }

    pub(crate) fn and(self, other: Expr) -> Expr {
        match (&self, &other) {
            (Expr::Bool(true), _) | (_, Expr::Bool(false)) => other,
            (_, Expr::Bool(true)) | (Expr::Bool(false), _) => self,
            _ => self.binary("and", &other, Level::And),
        }
    }

    pub(crate) fn or(self, other: Expr) -> Expr {
        match (&self, &other) {
            (Expr::Bool(false), _) | (_, Expr::Bool(true)) => other,
            (_, Expr::Bool(false)) | (Expr::Bool(true), _) => self,
            _ => self.binary("or", &other, Level::Or),
        }
    }

    pub(crate) fn negated(&self) -> Expr {
        if let Expr::Bool(is_true) = self {
            return Expr::Bool(!is_true);
        }
        if let Some(rest) = self.line().strip_prefix("not ").filter(|_| self.level() == Level::Not) {
            return Expr::Code(rest.to_owned(), Level::Comparison);
        }
        Expr::Code(format!("not {}", self.at(Level::Not)), Level::Not)
    }

    /// The whole in one line.
    pub(crate) fn line(&self) -> String {
        match self {
            Expr::Code(code, _) => code.clone(),
            Expr::Text(text) => quoted(text),
            Expr::Optional(value) => value.line(),
            Expr::Format(format, values) => match &values[..] {
                [one] => format!("{} % {}", quoted(format), one.at(Level::Sign)),
                many => format!("{} % ({})", quoted(format), joined(many.iter().map(Expr::line))),
            },
            Expr::Bool(is_true) => if *is_true { "True" } else { "False" }.to_owned(),
            Expr::List(items) => format!("[{}]", joined(items.iter().map(Expr::line))),
            Expr::Dict(entries) => {
                let entry = |(key, value): &(Expr, Expr)| format!("{}: {}", key.line(), value.line());
                format!("{{{}}}", joined(entries.iter().map(entry)))
            }
            Expr::Call { function, arguments } => {
                format!("{function}({})", joined(arguments.iter().map(|one| argument(one, Expr::line))))
            }
        }
    }
}

/// An argument with its name, if it has one. `**` stands for what is spread out.
pub(crate) fn argument((name, value): &(Option<String>, Expr), lay_out: impl Fn(&Expr) -> String) -> String {
    match name.as_deref() {
        None => lay_out(value),
        Some("**") => format!("**{}", value.at(Level::Atom)),
        Some(name) => format!("{name} = {}", lay_out(value)),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// A text as code has it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for one in text.chars() {
        match one {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            one if one.is_control() && (one as u32) < 0x80 => out.push_str(&format!("\\x{:02x}", one as u32)),
            one if one.is_control() => out.push_str(&format!("\\u{:04x}", one as u32)),
            one => out.push(one),
        }
    }
    out.push('"');
    out
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Statement {
    /// One or more lines without the sign.
    Comment(String),
    /// An empty line, which is left out where it would stand first or last.
    Blank,
    Do(Expr),
    Assign(String, Expr),
    If(Expr, Vec<Statement>),
    /// The first of some conditions that holds, and what is done then.
    Choice(Vec<(Expr, Vec<Statement>)>),
    For(String, Expr, Vec<Statement>),
    /// A function: name, parameters, what it is for, body.
    Def(String, String, Option<String>, Vec<Statement>),
    Return,
}
