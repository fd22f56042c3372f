//! `yamlencode` and `yamldecode`.
//!
//! The peers' YAML descends from libyaml: how the text is laid out and taken apart is libyaml's, which plain
//! word stands for what is a mixture of YAML 1.1 (truth values) and 1.2 (numbers).

mod decode;
mod encode;
mod scalar;

pub(super) use decode::decode;
pub(super) use encode::encode;
