//! Demand-driven, memoised evaluation of a configuration.
