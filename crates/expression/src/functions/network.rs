//! Functions on IP address ranges.

use std::net::{Ipv4Addr, Ipv6Addr};

use plumb_value::{Number, Type, Value};

use super::{Function, FunctionError, Invocation, Outcome, Parameter};

pub(super) fn functions() -> Vec<Function> {
    let prefix = || Parameter::new("prefix", Type::String);
    let number = |name| Parameter::new(name, Type::Number);
    vec![
        Function::new("cidrcontains", Type::Bool, contains)
            .takes(Parameter::new("containing_prefix", Type::String))
            .takes(Parameter::new("contained_ip_or_prefix", Type::String))
            .promises_nothing(),
        Function::new("cidrhost", Type::String, host).takes(prefix()).takes(number("hostnum")),
        Function::new("cidrnetmask", Type::String, netmask).takes(prefix()),
        Function::new("cidrsubnet", Type::String, subnet)
            .takes(prefix())
            .takes(number("newbits"))
            .takes(number("netnum")),
        Function::new("cidrsubnets", Type::list(Type::String), subnets)
            .takes(prefix())
            .takes_many(number("newbits")),
    ]
}

/// A range of addresses.
#[derive(Clone, Copy)]
struct Network {
    /// The first address, in the lowest bits.
    first: u128,
    /// How many leading bits all addresses share.
    length: u32,
    /// How many bits an address has.
    bits: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Network, FunctionError> {
        let invalid =
            || FunctionError::call(format!("invalid CIDR expression: invalid CIDR address: {text}"));
        let (address, length) = text.split_once('/').ok_or_else(invalid)?;
        let Network { first: address, bits, .. } = Network::parse_address(address).ok_or_else(invalid)?;
        let is_number =
            !length.is_empty() && length.len() <= 3 && length.bytes().all(|byte| byte.is_ascii_digit());
        let length: u32 =
            length.parse().ok().filter(|length| is_number && *length <= bits).ok_or_else(invalid)?;
        Ok(Network { first: 0, length, bits }.at(address))
    }

    /// The range of one address.
    fn parse_address(text: &str) -> Option<Network> {
        if text.contains(':') {
            let first = u128::from(text.parse::<Ipv6Addr>().ok()?);
            return Some(Network { first, length: 128, bits: 128 });
        }
        Some(Network { first: parse_v4(text)?, length: 32, bits: 32 })
    }

    /// Addresses of version 4 that are written as ones of version 6 are taken for what they stand for.
    fn as_v4_where_mapped(self) -> Network {
        let is_mapped = self.bits == 128 && self.length >= 96 && self.first >> 32 == 0xffff;
        if !is_mapped {
            return self;
        }
        Network { first: self.first & ones(32), length: self.length - 96, bits: 32 }
    }

    /// The range of the same size that has the address.
    fn at(self, address: u128) -> Network {
        Network { first: address & !self.host_mask(), ..self }
    }

    fn host_bits(self) -> u32 {
        self.bits - self.length
    }

    /// The bits that tell addresses of the range apart.
    fn host_mask(self) -> u128 {
        ones(self.host_bits())
    }

    fn last(self) -> u128 {
        self.first | self.host_mask()
    }

    fn show(self, address: u128) -> String {
        if self.bits == 32 {
            Ipv4Addr::from(address as u32).to_string()
        } else {
            Ipv6Addr::from(address).to_string()
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.show(self.first), self.length)
    }
}

/// So many of the lowest bits.
fn ones(count: u32) -> u128 {
    if count >= 128 { u128::MAX } else { (1 << count) - 1 }
}

/// Four decimal numbers; zeros in front of them mean nothing.
fn parse_v4(text: &str) -> Option<u128> {
    let mut address = 0;
    let mut count = 0;
    for part in text.split('.') {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let value: u128 = part.parse().ok().filter(|value| is_number && *value <= 255)?;
        address = address << 8 | value;
        count += 1;
    }
    (count == 4).then_some(address)
}

/// A whole number: its magnitude and whether it is negative.
fn whole(call: &Invocation<'_>, position: usize) -> Result<(u128, bool), FunctionError> {
    let number = call.arguments[position].as_number().unwrap_or(&Number::ZERO);
    if !number.is_integer() || !number.is_finite() {
        return Err(FunctionError::call("value must be a whole number"));
    }
    // Beyond the largest it fits no range anyway.
    let magnitude = number.absolute().to_string().parse().unwrap_or(u128::MAX);
    Ok((magnitude, number.is_negative() && magnitude > 0))
}

fn contains(call: &Invocation<'_>) -> Outcome {
    let (prefix, text) = (call.text(0), call.text(1));
    let outer = Network::parse(prefix)?.as_v4_where_mapped();
    let inner = Network::parse_address(text).map_or_else(|| Network::parse(text), Ok);
    let inner = inner
        .map_err(|_| FunctionError::call(format!("invalid IP address or prefix: {text}")))?
        .as_v4_where_mapped();
    if inner.bits != outer.bits {
        return Err(FunctionError::call(format!("address family mismatch: {prefix} vs. {text}")));
    }
    Ok(Value::bool(outer.first <= inner.first && inner.last() <= outer.last()))
}

fn host(call: &Invocation<'_>) -> Outcome {
    let (number, from_end) = whole(call, 1)?;
    let network = Network::parse(call.text(0))?;
    let mask = network.host_mask();
    // Negative numbers count from the end.
    let offset =
        if from_end { mask.checked_sub(number - 1) } else { Some(number).filter(|number| *number <= mask) };
    let offset = offset.ok_or_else(|| {
        let sign = if from_end { "-" } else { "" };
        FunctionError::call(format!(
            "prefix of {} does not accommodate a host numbered {sign}{number}",
            network.length
        ))
    })?;
    Ok(Value::string(network.show(network.first | offset)))
}

fn netmask(call: &Invocation<'_>) -> Outcome {
    let network = Network::parse(call.text(0))?;
    if network.as_v4_where_mapped().bits != 32 {
        return Err(FunctionError::call(format!("IPv6 addresses cannot have a netmask: {}", call.text(0))));
    }
    Ok(Value::string(network.show(!network.host_mask() & ones(network.bits))))
}

fn subnet(call: &Invocation<'_>) -> Outcome {
    let new_bits = call.integer(1)?;
    let (number, is_negative) = whole(call, 2)?;
    let network = Network::parse(call.text(0))?;
    let length = u32::try_from(i64::from(network.length).saturating_add(new_bits))
        .ok()
        .filter(|length| *length <= network.bits)
        .ok_or_else(|| {
            FunctionError::call(format!(
                "insufficient address space to extend prefix of {} by {new_bits}",
                network.length
            ))
        })?;
    let largest = u32::try_from(new_bits).map_or(u128::MAX, ones);
    if is_negative || number > largest {
        let sign = if is_negative { "-" } else { "" };
        return Err(FunctionError::call(format!(
            "prefix extension of {new_bits} does not accommodate a subnet numbered {sign}{number}"
        )));
    }
    let result = Network { length, ..network };
    let offset = number.checked_shl(result.host_bits()).unwrap_or(0);
    Ok(Value::string(result.at((network.first | offset) & ones(network.bits)).to_string()))
}

fn subnets(call: &Invocation<'_>) -> Outcome {
    let network = Network::parse(call.text(0)).map_err(|error| FunctionError::argument(0, error.message))?;
    // The first address that is still free; none when all are taken.
    let mut free = Some(network.first);
    let mut previous = network;
    let mut results = Vec::new();
    for (at, argument) in call.arguments.iter().enumerate().skip(1) {
        let fail = |message: String| FunctionError::argument(at, message);
        let new_bits = super::signature::integer(argument).map_err(fail)?;
        if new_bits < 1 {
            return Err(fail("must extend prefix by at least one bit".to_owned()));
        }
        // One call extends by no more, so that configurations mean the same on machines with short numbers.
        if new_bits > 32 {
            return Err(fail("may not extend prefix by more than 32 bits".to_owned()));
        }
        let length = i64::from(network.length).saturating_add(new_bits);
        let Some(length) = u32::try_from(length).ok().filter(|length| *length <= network.bits) else {
            let protocol = if network.bits == 32 { "IPv4" } else { "IPv6" };
            return Err(fail(format!(
                "would extend prefix to {length} bits, which is too long for an {protocol} address"
            )));
        };
        let size = Network { length, ..network };
        // The next address that a range of this size can start at.
        let start = free.and_then(|free| {
            let start = free.checked_add(size.host_mask())? & !size.host_mask();
            (start <= network.last()).then_some(start)
        });
        let Some(start) = start else {
            return Err(fail(format!(
                "not enough remaining address space for a subnet with a prefix of {length} bits after {previous}"
            )));
        };
        let next = size.at(start);
        results.push(Value::string(next.to_string()));
        free = next.last().checked_add(1).filter(|free| *free <= network.last());
        previous = next;
    }
    Ok(Value::list(Type::String, results))
}
