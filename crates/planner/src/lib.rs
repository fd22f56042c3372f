//! Configuration, state and provider answers in; a plan out.
