//! Names of everything that a syntax tree is made of: tokens and nodes.
//!
//! Both consumers of the grammar, the typed and the lossless tree, speak in these.

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident,)*) => {
        /// What a token or a node is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum SyntaxKind {
            $($(#[$meta])* $name,)*
        }

        impl SyntaxKind {
            /// Every kind, each at the index that is its number.
            pub(crate) const ALL: &'static [SyntaxKind] = &[$(SyntaxKind::$name,)*];
        }
    };
}

kinds! {
    /// A node that came to nothing; never in a tree.
    Tombstone,
    /// The end of the text; never in a tree.
    EndOfFile,

    /// The mark that some editors put at the start of a file.
    ByteOrderMark,
    /// Blanks and tabs.
    Whitespace,
    /// `# text` and `// text`, without the line break.
    LineComment,
    /// `/* text */`.
    BlockComment,
    /// One line break, `\n` or `\r\n`.
    Newline,

    /// A name.
    Ident,
    /// A number literal.
    Number,

    /// `{`.
    LeftBrace,
    /// `}`.
    RightBrace,
    /// `[`.
    LeftBracket,
    /// `]`.
    RightBracket,
    /// `(`.
    LeftParenthesis,
    /// `)`.
    RightParenthesis,
    /// `.`.
    Dot,
    /// `,`.
    Comma,
    /// `...`.
    Ellipsis,
    /// `*`.
    Star,
    /// `/`.
    Slash,
    /// `%`.
    Percent,
    /// `+`.
    Plus,
    /// `-`.
    Minus,
    /// `=`.
    Equals,
    /// `==`.
    EqualEqual,
    /// `=>`.
    FatArrow,
    /// `!`.
    Bang,
    /// `!=`.
    BangEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
    /// `&&`.
    AndAnd,
    /// `||`.
    OrOr,
    /// `?`.
    Question,
    /// `:`.
    Colon,
    /// `::`.
    DoubleColon,

    /// `&`, which the language has no use for.
    Ampersand,
    /// `|`, which the language has no use for.
    Pipe,
    /// `^`, which the language has no use for.
    Caret,
    /// `~` outside a template sequence.
    Tilde,
    /// `;`.
    Semicolon,
    /// A backtick.
    Backtick,
    /// `'`.
    Apostrophe,
    /// A character that means nothing, or a comment without an end.
    Unknown,

    /// The quote that starts a string.
    OpenQuote,
    /// The quote that ends a string.
    CloseQuote,
    /// Line breaks inside a quoted string, where none may be.
    QuotedNewline,
    /// `<<EOT` or `<<-EOT` with its line break.
    OpenHeredoc,
    /// The line that ends a heredoc, without its line break.
    CloseHeredoc,
    /// Literal text between quotes, escapes included.
    QuotedText,
    /// Literal text of a heredoc or a template file.
    TemplateText,
    /// `${` or `${~`.
    OpenInterpolation,
    /// `%{` or `%{~`.
    OpenDirective,
    /// `}` or `~}` at the end of a template sequence.
    CloseSequence,

    /// A whole file.
    File,
    /// Attributes and blocks between braces.
    Body,
    /// `name = value`.
    Attribute,
    /// `kind "label" { ... }`.
    Block,
    /// One label of a block.
    Label,
    /// Tokens that fit nowhere.
    Error,
    /// An expression that is not there or could not be read.
    Missing,

    /// A number as an expression.
    NumberLiteral,
    /// `true` or `false`.
    BoolLiteral,
    /// `null`.
    NullLiteral,
    /// A bare name as an expression.
    Variable,
    /// A quoted string, a heredoc or a whole template file.
    Template,
    /// `${...}`.
    Interpolation,
    /// From `%{if}` to `%{endif}`.
    TemplateIf,
    /// From `%{for}` to `%{endfor}`.
    TemplateFor,
    /// `%{if condition}`.
    IfDirective,
    /// `%{else}`.
    ElseDirective,
    /// `%{endif}`.
    EndIfDirective,
    /// `%{for name in collection}`.
    ForDirective,
    /// `%{endfor}`.
    EndForDirective,
    /// An expression with steps behind it.
    Traversal,
    /// `.name`.
    AttributeStep,
    /// `.0`.
    LegacyIndexStep,
    /// `[key]`.
    IndexStep,
    /// `.*` with its attribute steps.
    AttributeSplatStep,
    /// `[*]` with all further steps.
    FullSplatStep,
    /// `name(arguments)`.
    Call,
    /// `a::b`.
    CallName,
    /// `[a, b]`.
    Tuple,
    /// `{a = b}`.
    Object,
    /// One entry of an object.
    ObjectItem,
    /// `[for ...]`.
    ForTuple,
    /// `{for ...}`.
    ForObject,
    /// `for k, v in collection`.
    ForIntroduction,
    /// The key of a `{for}`, with its arrow.
    ForKey,
    /// `if condition` at the end of a for expression.
    ForCondition,
    /// `a ? b : c`.
    Conditional,
    /// `a + b`.
    Binary,
    /// `-a`.
    Unary,
    /// `(a)`.
    Parentheses,
}

impl SyntaxKind {
    /// Whether the grammar never looks at such a token.
    pub fn is_trivia(self) -> bool {
        matches!(
            self,
            SyntaxKind::ByteOrderMark
                | SyntaxKind::Whitespace
                | SyntaxKind::LineComment
                | SyntaxKind::BlockComment
        )
    }

    /// Whether such a token is an error by itself, which is reported already.
    pub(crate) fn is_invalid(self) -> bool {
        matches!(
            self,
            SyntaxKind::Ampersand
                | SyntaxKind::Pipe
                | SyntaxKind::Caret
                | SyntaxKind::Tilde
                | SyntaxKind::Semicolon
                | SyntaxKind::Backtick
                | SyntaxKind::Apostrophe
                | SyntaxKind::Unknown
        )
    }

    /// The token that ends what this one starts.
    pub(crate) fn closer(self) -> Option<SyntaxKind> {
        Some(match self {
            SyntaxKind::LeftBrace => SyntaxKind::RightBrace,
            SyntaxKind::LeftBracket => SyntaxKind::RightBracket,
            SyntaxKind::LeftParenthesis => SyntaxKind::RightParenthesis,
            SyntaxKind::OpenQuote => SyntaxKind::CloseQuote,
            SyntaxKind::OpenHeredoc => SyntaxKind::CloseHeredoc,
            SyntaxKind::OpenInterpolation | SyntaxKind::OpenDirective => SyntaxKind::CloseSequence,
            _ => return None,
        })
    }

    /// Whether such a token ends what another one started.
    pub(crate) fn is_closer(self) -> bool {
        matches!(
            self,
            SyntaxKind::RightBrace
                | SyntaxKind::RightBracket
                | SyntaxKind::RightParenthesis
                | SyntaxKind::CloseQuote
                | SyntaxKind::CloseHeredoc
                | SyntaxKind::CloseSequence
        )
    }
}
