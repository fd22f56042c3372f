//! The grammar of expressions.

use super::lexer::{Token, tokens};
use super::{DEPTH_MAX, Jinja};

/// A part of a text with Jinja in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    Expression(Jinja),
}

/// The parts of a text. Comments are left out.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = ["{{", "{%", "{#"].iter().filter_map(|sign| rest.find(sign)).min() {
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].to_owned()));
        }
        let inside = &rest[at + 2..];
        match &rest[at..at + 2] {
            "{#" => rest = &inside[inside.find("#}").ok_or("a comment of Jinja has no end")? + 2..],
            "{%" => {
                return Err("it has statements of Jinja in it (`{% %}`): put it into a template".to_owned());
            }
            _ => {
                let end = end_of(inside).ok_or("`{{` has no `}}`")?;
                let code = inside[..end].trim_start_matches(['-', '+']).trim_end_matches('-');
                pieces.push(Piece::Expression(parse(code)?));
                rest = &inside[end + 2..];
            }
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// Where an expression ends: at the first `}}` outside of texts and braces.
fn end_of(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut is_escaped) = (0_usize, None, false);
    for (at, one) in text.char_indices() {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if one == '\\' => is_escaped = true,
            Some(open) if one == open => quote = None,
            Some(_) => {}
            None => match one {
                '"' | '\'' => quote = Some(one),
                '{' => depth += 1,
                '}' if depth == 0 && text[at..].starts_with("}}") => return Some(at),
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
    }
    None
}

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Jinja, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let whole = parser.ternary()?;
    match parser.tokens.get(parser.at) {
        None => Ok(whole),
        Some(token) => Err(format!("{} is not expected there", shown(token))),
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Name(name) => format!("`{name}`"),
        Token::Text(text) => format!("{text:?}"),
        Token::Number(number) => format!("`{number}`"),
        Token::Sign(sign) => format!("`{sign}`"),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn sign(&mut self, sign: &str) -> bool {
        let is_there = matches!(self.tokens.get(self.at), Some(Token::Sign(there)) if *there == sign);
        self.at += usize::from(is_there);
        is_there
    }

    fn word(&mut self, word: &str) -> bool {
        let is_there = matches!(self.tokens.get(self.at), Some(Token::Name(there)) if there == word);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) {
            return Ok(());
        }
        let there = self.tokens.get(self.at).map_or_else(|| "its end".to_owned(), shown);
        Err(format!("`{sign}` is expected in the expression, and not {there}"))
    }

    fn name(&mut self) -> Result<String, String> {
        match self.tokens.get(self.at) {
            Some(Token::Name(name)) => {
                self.at += 1;
                Ok(name.clone())
            }
            other => Err(format!("a name is expected, and not {}", other.map_or("the end".into(), shown))),
        }
    }

    fn ternary(&mut self) -> Result<Jinja, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("an expression is nested deeper than {DEPTH_MAX} levels"));
        }
        let then = self.or()?;
        let whole = if self.word("if") {
            let condition = Box::new(self.or()?);
            let otherwise = if self.word("else") { Some(Box::new(self.ternary()?)) } else { None };
            Jinja::Ternary { then: Box::new(then), condition, otherwise }
        } else {
            then
        };
        self.depth -= 1;
        Ok(whole)
    }

    fn or(&mut self) -> Result<Jinja, String> {
        let mut left = self.and()?;
        while self.word("or") {
            left = Jinja::Binary(Box::new(left), "or", Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Jinja, String> {
        let mut left = self.not()?;
        while self.word("and") {
            left = Jinja::Binary(Box::new(left), "and", Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Jinja, String> {
        let mut count = 0_usize;
        while self.word("not") {
            count += 1;
        }
        let of = self.comparison()?;
        Ok(match count {
            0 => of,
            odd if odd % 2 == 1 => Jinja::Not(Box::new(of)),
            _ => Jinja::Not(Box::new(Jinja::Not(Box::new(of)))),
        })
    }

    fn comparison(&mut self) -> Result<Jinja, String> {
        let mut left = self.sum()?;
        loop {
            let sign = ["==", "!=", "<=", ">=", "<", ">"].into_iter().find(|sign| self.sign(sign));
            let operator = match sign {
                Some(sign) => sign,
                None if self.word("in") => "in",
                None if matches!(self.tokens.get(self.at + 1), Some(Token::Name(next)) if next == "in")
                    && self.word("not") =>
                {
                    self.at += 1;
                    "not in"
                }
                None => return Ok(left),
            };
            left = Jinja::Binary(Box::new(left), operator, Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Result<Jinja, String> {
        let mut left = self.product()?;
        while let Some(sign) = ["+", "-", "~"].into_iter().find(|sign| self.sign(sign)) {
            left = Jinja::Binary(Box::new(left), sign, Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Jinja, String> {
        let mut left = self.unary()?;
        while let Some(sign) = ["**", "//", "*", "/", "%"].into_iter().find(|sign| self.sign(sign)) {
            left = Jinja::Binary(Box::new(left), sign, Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Jinja, String> {
        let is_negative = self.sign("-");
        let mut of = self.primary()?;
        loop {
            if self.sign(".") {
                of = match self.tokens.get(self.at) {
                    Some(Token::Number(number)) => {
                        let index = Jinja::Number(number.clone());
                        self.at += 1;
                        Jinja::Index(Box::new(of), Box::new(index))
                    }
                    _ => Jinja::Attribute(Box::new(of), self.name()?),
                };
            } else if self.sign("[") {
                of = self.subscript(of)?;
            } else if self.sign("(") {
                let arguments = self.arguments(")")?.into_iter().map(|(_, value)| value).collect();
                of = Jinja::Call(Box::new(of), arguments);
            } else if self.sign("|") {
                let name = self.dotted()?;
                let arguments = if self.sign("(") { self.arguments(")")? } else { Vec::new() };
                of = Jinja::Filter(Box::new(of), name, arguments);
            } else if self.word("is") {
                of = self.test(of)?;
            } else {
                return Ok(if is_negative { Jinja::Minus(Box::new(of)) } else { of });
            }
        }
    }

    /// A name of a filter or test; those of collections have dots.
    fn dotted(&mut self) -> Result<String, String> {
        let mut name = self.name()?;
        while self.sign(".") {
            name = self.name()?;
        }
        Ok(name)
    }

    fn subscript(&mut self, of: Jinja) -> Result<Jinja, String> {
        let is_end = |parser: &Parser| matches!(parser.tokens.get(parser.at), Some(Token::Sign("]")));
        let start = if matches!(self.tokens.get(self.at), Some(Token::Sign(":"))) {
            None
        } else {
            Some(Box::new(self.ternary()?))
        };
        if self.sign(":") {
            let end = if is_end(self) { None } else { Some(Box::new(self.ternary()?)) };
            self.expect("]")?;
            return Ok(Jinja::Slice(Box::new(of), start, end));
        }
        self.expect("]")?;
        let index = start.ok_or("an index is missing")?;
        Ok(match *index {
            Jinja::Text(name) => Jinja::Attribute(Box::new(of), name),
            index => Jinja::Index(Box::new(of), Box::new(index)),
        })
    }

    fn test(&mut self, of: Jinja) -> Result<Jinja, String> {
        let is_negated = self.word("not");
        let name = self.dotted()?;
        let takes_one = matches!(
            name.as_str(),
            "in" | "eq"
                | "equalto"
                | "sameas"
                | "divisibleby"
                | "ge"
                | "gt"
                | "le"
                | "lt"
                | "ne"
                | "match"
                | "search"
        );
        let arguments = if self.sign("(") {
            self.arguments(")")?.into_iter().map(|(_, value)| value).collect()
        } else if takes_one {
            vec![self.sum()?]
        } else {
            Vec::new()
        };
        Ok(Jinja::Test { of: Box::new(of), name, arguments, is_negated })
    }

    fn arguments(&mut self, end: &str) -> Result<Vec<(Option<String>, Jinja)>, String> {
        let mut arguments = Vec::new();
        while !self.sign(end) {
            let name = match (self.tokens.get(self.at), self.tokens.get(self.at + 1)) {
                (Some(Token::Name(name)), Some(Token::Sign("="))) => Some(name.clone()),
                _ => None,
            };
            self.at += if name.is_some() { 2 } else { 0 };
            arguments.push((name, self.ternary()?));
            if !self.sign(",") {
                self.expect(end)?;
                break;
            }
        }
        Ok(arguments)
    }

    fn primary(&mut self) -> Result<Jinja, String> {
        let token = self.tokens.get(self.at).cloned().ok_or("an expression is missing")?;
        self.at += 1;
        Ok(match token {
            Token::Text(text) => Jinja::Text(text),
            Token::Number(number) => Jinja::Number(number),
            Token::Name(name) => match name.as_str() {
                "true" | "True" => Jinja::Bool(true),
                "false" | "False" => Jinja::Bool(false),
                "none" | "None" | "null" => Jinja::None,
                _ => Jinja::Name(name),
            },
            Token::Sign("(") => {
                let first = self.ternary()?;
                if self.sign(",") {
                    let mut items = vec![first];
                    items.extend(self.arguments(")")?.into_iter().map(|(_, value)| value));
                    return Ok(Jinja::List(items));
                }
                self.expect(")")?;
                first
            }
            Token::Sign("[") => {
                Jinja::List(self.arguments("]")?.into_iter().map(|(_, value)| value).collect())
            }
            Token::Sign("{") => self.dict()?,
            other @ Token::Sign(_) => return Err(format!("{} is not expected there", shown(&other))),
        })
    }

    fn dict(&mut self) -> Result<Jinja, String> {
        let mut entries = Vec::new();
        while !self.sign("}") {
            let key = self.ternary()?;
            self.expect(":")?;
            entries.push((key, self.ternary()?));
            if !self.sign(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Jinja::Dict(entries))
    }
}
