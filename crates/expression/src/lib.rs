//! Compiling and evaluating expressions, templates and functions.
