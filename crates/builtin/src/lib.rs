//! Providers that live in this process.
