//! Calls that cannot go well, found without running them.
//!
//! What is called is looked up among what has been loaded. Names that stand for something else within a function
//! are left alone, as are calls of what only running the code would tell.

use std::collections::{HashMap, HashSet};

use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_source::{FileId, Span};
use starlark::docs::{DocFunction, DocItem, DocMember, DocParam};
use starlark::syntax::AstModule;
use starlark::values::structs::StructRef;
use starlark::values::{OwnedFrozenValue, Value};
use starlark_syntax::syntax::ast::{
    ArgumentP, AssignTargetP, AstExpr, AstLiteral, AstNoPayload, AstStmt, CallArgsP, ClauseP, ExprP,
    ForClauseP, ParameterP, StmtP,
};

/// Arguments that a value takes beside those that it documents; none where nothing is known of it.
pub type AlsoTakes<'a> = dyn Fn(Value<'_>) -> Option<Vec<String>> + 'a;

/// What names of a file stand for, outside of functions.
pub(crate) type Names = HashMap<String, OwnedFrozenValue>;

/// What is wrong with calls in a file.
pub(crate) fn misuses(
    module: &AstModule,
    file: FileId,
    names: &Names,
    also: &AlsoTakes<'_>,
    meant_to_fail: &[&str],
) -> Vec<Diagnostic> {
    let mut check = Check { file, names, also, meant_to_fail, bound: HashSet::new(), found: Vec::new() };
    check.bind_inside(module.statement(), false);
    module.statement().visit_expr(|expression| check.expression(expression));
    check.found
}

struct Check<'a> {
    file: FileId,
    names: &'a Names,
    also: &'a AlsoTakes<'a>,
    /// Functions that are called with what is meant to fail.
    meant_to_fail: &'a [&'a str],
    /// Names that stand for something else somewhere within a function.
    bound: HashSet<String>,
    found: Vec<Diagnostic>,
}

impl Check<'_> {
    fn bind(&mut self, target: &AssignTargetP<AstNoPayload>) {
        target.visit_lvalue(|name| {
            self.bound.insert(name.ident.clone());
        });
    }

    fn bind_parameters<'p>(&mut self, parameters: impl Iterator<Item = &'p ParameterP<AstNoPayload>>) {
        for parameter in parameters {
            match parameter {
                ParameterP::Normal(name, ..) | ParameterP::Args(name, _) | ParameterP::KwArgs(name, _) => {
                    self.bound.insert(name.ident.clone());
                }
                ParameterP::Slash | ParameterP::NoArgs => {}
            }
        }
    }

    /// Takes in the names that functions, loops and such give to something.
    fn bind_inside(&mut self, statement: &AstStmt, is_inside: bool) {
        match &**statement {
            StmtP::Def(def) => {
                if is_inside {
                    self.bound.insert(def.name.ident.clone());
                }
                self.bind_parameters(def.params.iter().map(|parameter| &parameter.node));
                return self.bind_inside(&def.body, true);
            }
            StmtP::Assign(assign) if is_inside => self.bind(&assign.lhs),
            StmtP::For(of) => self.bind(&of.var),
            _ => {}
        }
        statement.visit_stmt(|inner| self.bind_inside(inner, is_inside));
    }

    fn bind_clauses(&mut self, first: &ForClauseP<AstNoPayload>, rest: &[ClauseP<AstNoPayload>]) {
        self.bind(&first.var);
        for clause in rest {
            if let ClauseP::For(clause) = clause {
                self.bind(&clause.var);
            }
        }
    }

    fn expression(&mut self, expression: &AstExpr) {
        match &**expression {
            ExprP::Lambda(lambda) => {
                self.bind_parameters(lambda.params.iter().map(|parameter| &parameter.node));
            }
            ExprP::ListComprehension(_, first, rest) | ExprP::DictComprehension(_, first, rest) => {
                self.bind_clauses(first, rest);
            }
            ExprP::Call(function, _) if self.is_meant_to_fail(function) => return,
            ExprP::Call(function, arguments) => self.call(function, arguments),
            _ => {}
        }
        expression.visit_expr(|inner| self.expression(inner));
    }

    fn is_meant_to_fail(&self, function: &AstExpr) -> bool {
        matches!(&**function, ExprP::Identifier(name) if self.meant_to_fail.contains(&name.ident.as_str()))
    }

    /// What is called, and how it is written.
    fn called(&self, function: &AstExpr) -> Option<(Value<'_>, String)> {
        let named = |name: &String| {
            let value = self.names.get(name).filter(|_| !self.bound.contains(name))?;
            Some((value.value(), name.clone()))
        };
        match &**function {
            ExprP::Identifier(name) => named(&name.ident),
            ExprP::Dot(of, attribute) => {
                let ExprP::Identifier(name) = &***of else { return None };
                let (value, name) = named(&name.ident)?;
                let fields = StructRef::from_value(value)?;
                let field = fields.iter().find(|(field, _)| field.as_str() == attribute.node)?.1;
                Some((field, format!("{name}.{}", attribute.node)))
            }
            _ => None,
        }
    }

    fn call(&mut self, function: &AstExpr, arguments: &CallArgsP<AstNoPayload>) {
        let Some((value, name)) = self.called(function) else { return };
        let also = match value.get_type() {
            "function" => Some(Vec::new()),
            _ => (self.also)(value),
        };
        let Some(also) = also else { return };
        let DocItem::Member(DocMember::Function(documented)) = value.documentation() else { return };
        let problems = wrong(&name, &documented, &also, arguments);
        let here = Span::new(self.file, function.span.begin().get(), function.span.end().get());
        for (place, why) in problems {
            let place = place.map_or(here, |(begin, end)| Span::new(self.file, begin, end));
            self.found.push(Diagnostic::error("A function is called wrongly", why).at(place));
        }
    }
}

type Problem = (Option<(u32, u32)>, String);

fn wrong(
    name: &str,
    documented: &DocFunction,
    also: &[String],
    arguments: &CallArgsP<AstNoPayload>,
) -> Vec<Problem> {
    let parameters = &documented.params;
    let by_place: Vec<&DocParam> = parameters.pos_only.iter().chain(&parameters.pos_or_named).collect();
    let by_name: Vec<&DocParam> = parameters.pos_or_named.iter().chain(&parameters.named_only).collect();
    let (mut problems, mut given, mut positional, mut is_open) = (Vec::new(), HashSet::new(), 0, false);
    for argument in &arguments.args {
        let place = Some((argument.span.begin().get(), argument.span.end().get()));
        match &argument.node {
            ArgumentP::Positional(value) => {
                match by_place.get(positional) {
                    Some(parameter) => {
                        given.insert(parameter.name.as_str());
                        problems.extend(misfit(name, parameter, value).map(|why| (place, why)));
                    }
                    None if parameters.args.is_none() => {
                        let why = format!(
                            "{name} takes {} without a name, and there are more.",
                            counted(by_place.len())
                        );
                        problems.push((place, why));
                    }
                    None => {}
                }
                positional += 1;
            }
            ArgumentP::Named(argument, value) => {
                let parameter = by_name.iter().find(|parameter| parameter.name == argument.node);
                match parameter {
                    Some(parameter) => {
                        if !given.insert(parameter.name.as_str()) {
                            problems.push((place, format!("{name} is given `{}` twice.", argument.node)));
                        }
                        problems.extend(misfit(name, parameter, value).map(|why| (place, why)));
                    }
                    None if parameters.kwargs.is_some() || also.contains(&argument.node) => {}
                    None => {
                        let own: Vec<&str> =
                            by_name.iter().map(|parameter| parameter.name.as_str()).collect();
                        let known = own.iter().copied().chain(also.iter().map(String::as_str));
                        let hint = did_you_mean(&argument.node, known);
                        let others =
                            if also.is_empty() { "" } else { ", and those that every operation has" };
                        let why = format!(
                            "{name} has no argument `{}`.{hint} It has {}{others}.",
                            argument.node,
                            own.join(", ")
                        );
                        problems.push((place, why));
                    }
                }
            }
            ArgumentP::Args(_) | ArgumentP::KwArgs(_) => is_open = true,
        }
    }
    let missing: Vec<&str> = by_place
        .iter()
        .copied()
        .chain(&parameters.named_only)
        .filter(|parameter| parameter.default_value.is_none() && !given.contains(parameter.name.as_str()))
        .map(|parameter| parameter.name.as_str())
        .collect();
    // What is misspelt is missing as well, and one of both is enough to be told.
    if !is_open && problems.is_empty() && !missing.is_empty() {
        problems.push((None, format!("{name} has to be given {}.", missing.join(", "))));
    }
    problems
}

fn counted(count: usize) -> String {
    match count {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        count => format!("{count} arguments"),
    }
}

/// Why something that is written out does not fit a parameter's type.
fn misfit(name: &str, parameter: &DocParam, value: &AstExpr) -> Option<String> {
    let kind = match &**value {
        ExprP::Literal(AstLiteral::Int(_)) => "int",
        ExprP::Literal(AstLiteral::Float(_)) => "float",
        ExprP::Literal(AstLiteral::String(_)) | ExprP::FString(_) => "str",
        ExprP::List(_) | ExprP::ListComprehension(..) => "list",
        ExprP::Dict(_) | ExprP::DictComprehension(..) => "dict",
        ExprP::Identifier(of) if matches!(of.ident.as_str(), "True" | "False") => "bool",
        ExprP::Identifier(of) if of.ident == "None" => "None",
        _ => return None,
    };
    let wanted = parameter.typ.to_string();
    let heads: Vec<&str> =
        wanted.split('|').map(|part| part.split('[').next().unwrap_or_default().trim()).collect();
    // What has other words in it, such as a function's own type, only running the code tells.
    let is_plain = heads
        .iter()
        .all(|head| matches!(*head, "int" | "float" | "str" | "list" | "dict" | "bool" | "None" | "tuple"));
    if !is_plain || heads.contains(&kind) {
        return None;
    }
    Some(format!("`{}` of {name} is {wanted}, and this is {kind}.", parameter.name))
}
