//! Tests as data: schemas and values are written in a short notation, see [`notation`].

mod block;
mod coerce;
mod compatible;
mod ignore;
mod json;
mod laws;
mod legacy;
mod marks;
mod notation;
mod plan_valid;
mod proposed;
mod replace;
