//! Tests of reading, printing and ordering addresses. What is expected was captured from Terraform.

mod order;
mod parse;
mod round_trip;
