//! Modules as written: blocks, variables, sources, static checks.
