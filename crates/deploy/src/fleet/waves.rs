//! How many hosts are changed before the next are.

use std::fmt;
use std::str::FromStr;

/// So many hosts, or that part of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Hosts(usize),
    /// So many in a hundred.
    Percent(usize),
}

impl Amount {
    /// How many that are, of so many.
    pub fn of(self, all: usize) -> usize {
        match self {
            Amount::Hosts(hosts) => hosts,
            Amount::Percent(percent) => (all * percent).div_ceil(100),
        }
    }
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, is_percent) = match text.trim().strip_suffix('%') {
            Some(number) => (number, true),
            None => (text.trim(), false),
        };
        let wrong = || format!("`{text}` is neither a number of hosts nor a part of them, as in 10%");
        let number: usize = number.parse().map_err(|_| wrong())?;
        match is_percent {
            true if number > 100 => Err(wrong()),
            true => Ok(Amount::Percent(number)),
            false => Ok(Amount::Hosts(number)),
        }
    }
}

/// Sizes of waves; the last one is that of all further ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waves(Vec<Amount>);

impl Waves {
    /// Whether there are waves at all.
    pub fn is_stepwise(&self) -> bool {
        !self.0.is_empty()
    }

    /// How many hosts each wave has, of so many.
    pub(crate) fn sizes(&self, all: usize) -> impl Iterator<Item = usize> + '_ {
        let (mut rest, mut at) = (all, 0);
        std::iter::from_fn(move || {
            let amount = self.0.get(at).or(self.0.last());
            at += 1;
            let size = amount.map_or(rest, |amount| amount.of(all)).clamp(1, rest.max(1));
            let size = size.min(rest);
            rest -= size;
            (size > 0).then_some(size)
        })
    }
}

impl FromStr for Waves {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let amounts = text.split(',').map(str::parse).collect::<Result<Vec<Amount>, String>>()?;
        if amounts.iter().any(|amount| amount.of(100) == 0) {
            return Err(format!("`{text}` has a wave without hosts"));
        }
        Ok(Waves(amounts))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Hosts(hosts) => write!(out, "{hosts}"),
            Amount::Percent(percent) => write!(out, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_grow_and_the_last_one_repeats() {
        let sizes = |text: &str, all| text.parse::<Waves>().unwrap().sizes(all).collect::<Vec<_>>();
        assert_eq!(sizes("1,10%,100%", 25), [1, 3, 21]);
        assert_eq!(sizes("2", 5), [2, 2, 1]);
        assert_eq!(sizes("5", 3), [3]);
        assert_eq!(sizes("1%", 3), [1, 1, 1]);
        assert_eq!(sizes("1", 0), [0_usize; 0]);
        assert_eq!(Waves::default().sizes(7).collect::<Vec<_>>(), [7]);
        assert!(
            "0".parse::<Waves>().is_err()
                && "x%".parse::<Waves>().is_err()
                && "101%".parse::<Waves>().is_err()
        );
    }
}
