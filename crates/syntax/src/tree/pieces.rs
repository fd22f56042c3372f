//! The finished parts that nodes of the typed tree are made from.

use std::borrow::Cow;
use std::vec::Drain;

use plumb_source::Span;

use crate::SyntaxKind as K;
use crate::ast::{Attribute, Block, Body, Expr, ExprKind, Ident, Label, ObjectItem, Step, TemplatePart};

/// One finished part of a node that is still open.
pub(super) enum Piece<'t> {
    Token(K, u32),
    Expr(Expr),
    Step(Step),
    Item(Box<ObjectItem>),
    /// Literal text of a template.
    Text(Cow<'t, str>, Span),
    Part(Box<TemplatePart>),
    Else,
    Attribute(Box<Attribute>),
    Block(Box<Block>),
    Body(Box<Body>),
    Label(Label),
    CallName(Vec<Ident>, Span),
    /// The names and the collection of a for expression or directive.
    Loop(Box<Loop>),
    Key(Expr),
    Condition(Expr),
}

pub(super) struct Loop {
    pub(super) key_name: Option<Ident>,
    pub(super) value_name: Ident,
    pub(super) collection: Expr,
    pub(super) span: Span,
}

/// Whether a node of that kind is made from such tokens, among others.
pub(super) fn wants(node: K, token: K) -> bool {
    match node {
        K::Binary | K::Unary => true,
        K::Block => matches!(token, K::Ident | K::LeftBrace | K::RightBrace | K::CloseSequence),
        K::Label => matches!(token, K::Ident | K::QuotedText),
        K::Attribute
        | K::Variable
        | K::BoolLiteral
        | K::AttributeStep
        | K::CallName
        | K::ForIntroduction
        | K::ForDirective => token == K::Ident,
        K::NumberLiteral | K::LegacyIndexStep => token == K::Number,
        K::Call => matches!(token, K::Ellipsis | K::RightParenthesis),
        K::ForObject | K::ForTuple => token == K::Ellipsis,
        K::Template | K::TemplateIf | K::TemplateFor => matches!(token, K::QuotedText | K::TemplateText),
        _ => false,
    }
}

/// The parts of one node, in order.
pub(super) struct Pieces<'a, 't> {
    pieces: std::iter::Peekable<Drain<'a, Piece<'t>>>,
    /// Where a part that is not there would be.
    end: Span,
}

impl<'a, 't> Pieces<'a, 't> {
    pub(super) fn new(pieces: Drain<'a, Piece<'t>>, span: Span) -> Self {
        Pieces { pieces: pieces.peekable(), end: span.end_point() }
    }

    /// The next part, if it is such a token.
    pub(super) fn token(&mut self, kind: K) -> Option<u32> {
        match self.pieces.peek() {
            Some(Piece::Token(found, token)) if *found == kind => {
                let token = *token;
                self.pieces.next();
                Some(token)
            }
            _ => None,
        }
    }

    /// The next part, if it is an expression; else one that says that it is not there.
    pub(super) fn expression(&mut self) -> Expr {
        match self.pieces.next_if(|piece| matches!(piece, Piece::Expr(_))) {
            Some(Piece::Expr(expression)) => expression,
            _ => Expr { kind: ExprKind::Invalid, span: self.end },
        }
    }

    /// All parts that are expressions.
    pub(super) fn expressions(&mut self) -> Vec<Expr> {
        self.filter_map(|piece| if let Piece::Expr(expression) = piece { Some(expression) } else { None })
            .collect()
    }

    pub(super) fn steps(&mut self) -> Vec<Step> {
        self.filter_map(|piece| if let Piece::Step(step) = piece { Some(step) } else { None }).collect()
    }
}

impl<'t> Iterator for Pieces<'_, 't> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        self.pieces.next()
    }
}
