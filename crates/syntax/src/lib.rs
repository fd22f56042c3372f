//! One lexer and one grammar: typed tree, lossless tree, formatting.

pub mod ast;
