//! Reads what people are shown, as somebody would who takes every word of it for exact.

use std::collections::BTreeMap;

/// What a text says.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Addresses that are drawn or named, each as often as that is.
    pub(crate) addresses: BTreeMap<String, usize>,
    /// How many changes are told by symbol of what happens, be it by number only.
    pub(crate) counts: BTreeMap<String, usize>,
    /// The same for those that are told by number only.
    pub(crate) unnamed: BTreeMap<String, usize>,
}

const LIST: &str = "    #   ";

impl Told {
    pub(crate) fn read(text: &str) -> Told {
        let mut told = Told::default();
        let lines: Vec<&str> = text.lines().collect();
        let mut symbol = String::new();
        for (at, line) in lines.iter().enumerate() {
            let entries = || entries(&lines[at + 1..]);
            if let Some(heading) = line.strip_prefix("    # ").filter(|_| !line.starts_with(LIST)) {
                if let Some((count, _)) = heading.split_once(" more like it ") {
                    told.group(&symbol, number(count), &entries());
                } else if let Some(rest) = heading.strip_prefix("Of these, ") {
                    told.names_in_modules(rest, &entries());
                }
            } else if let Some(heading) = line.strip_prefix("  # ") {
                if heading.contains(" more modules are like ") {
                    told.modules(number(heading), &entries());
                } else if let Some(subject) = subject(heading) {
                    let drawing = lines[at..].iter().find(|line| line.contains(" resource \""));
                    symbol = drawing
                        .and_then(|line| line.split(" resource").next())
                        .unwrap_or_default()
                        .trim()
                        .to_owned();
                    told.name(subject);
                    told.count(&symbol, 1);
                }
            }
        }
        told
    }

    fn name(&mut self, address: &str) {
        *self.addresses.entry(address.to_owned()).or_default() += 1;
    }

    fn count(&mut self, symbol: &str, count: usize) {
        *self.counts.entry(symbol.to_owned()).or_default() += count;
    }

    fn group(&mut self, symbol: &str, count: usize, entries: &[String]) {
        let mut left = count;
        for entry in entries {
            let (addresses, more) = addresses(entry);
            left -= addresses.len() + more;
            addresses.iter().for_each(|address| self.name(address));
            *self.unnamed.entry(symbol.to_owned()).or_default() += more;
        }
        assert_eq!(left, 0, "{count} are not {entries:?}");
        self.count(symbol, count);
    }

    fn modules(&mut self, count: usize, entries: &[String]) {
        let mut left = count;
        for entry in entries {
            let parts = split(entry, ": ");
            let [names, tallies] = parts.as_slice() else { panic!("no modules and tallies: {entry}") };
            let (modules, more) = addresses(names);
            let modules = modules.len() + more;
            left -= modules;
            for tally in split(tallies, "), ") {
                let (head, resources) = tally.split_once(" (").expect("resources");
                let of_each = split(resources.trim_end_matches(')'), ", ");
                let sum = of_each
                    .iter()
                    .map(|one| number(one.rsplit(' ').next().unwrap_or_default()))
                    .sum::<usize>();
                assert_eq!(sum, number(head), "{tally}");
                let symbol = symbol_of(head);
                self.count(symbol, sum * modules);
                *self.unnamed.entry(symbol.to_owned()).or_default() += sum * modules;
            }
        }
        assert_eq!(left, 0, "{count} are not {entries:?}");
    }

    fn names_in_modules(&mut self, heading: &str, entries: &[String]) {
        let mut left = number(heading);
        let symbol = symbol_of(heading);
        for entry in entries {
            let (addresses, more) = addresses(entry);
            assert_eq!(more, 0, "what has to be named is cut: {entry}");
            left -= addresses.len();
            addresses.iter().for_each(|address| self.name(address));
            *self.unnamed.get_mut(symbol).expect("they were counted") -= addresses.len();
        }
        assert_eq!(left, 0, "{heading}: {entries:?}");
    }
}

fn symbol_of(words: &str) -> &'static str {
    let known = [("manag", "."), ("creat", "+"), ("update", "~"), ("destroy", "-"), ("replace", "-/+")];
    known.iter().find(|(word, _)| words.contains(word)).expect("something that is done").1
}

/// What a heading is about; `None` for further lines of it.
fn subject(heading: &str) -> Option<&str> {
    [" will be ", " must be ", " will no longer be "]
        .iter()
        .find_map(|verb| Some(heading.rsplit_once(verb)?.0))
}

fn number(text: &str) -> usize {
    let digits = text.split(' ').next().unwrap_or_default().replace(',', "");
    digits.parse().unwrap_or_else(|_| panic!("{text} does not begin with a number"))
}

/// The entries of the list that begins here, those over several lines put together.
fn entries(lines: &[&str]) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in lines.iter().map_while(|line| line.strip_prefix(LIST)) {
        match (line.strip_prefix("  "), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push(' ');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

/// Splits where the separator is outside of quotes.
fn split(text: &str, separator: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut is_quoted, mut rest) = (false, text);
    while let Some(character) = rest.chars().next() {
        if !is_quoted && let Some(behind) = rest.strip_prefix(separator) {
            parts.push(String::new());
            rest = behind;
            continue;
        }
        is_quoted ^= character == '"';
        parts.last_mut().expect("there is one").push(character);
        rest = &rest[character.len_utf8()..];
    }
    parts
}

/// The addresses of an entry, and how many more it only counts.
fn addresses(entry: &str) -> (Vec<String>, usize) {
    let mut more = 0;
    let mut all = vec![String::new()];
    for level in split(entry, ": ") {
        let mut own: Vec<String> = Vec::new();
        let mut label = String::new();
        for word in split(&level, ", ") {
            if let Some(count) = word.strip_prefix("and ").and_then(|rest| rest.strip_suffix(" more")) {
                more += number(count);
                continue;
            }
            let ends = split(&word, " to ");
            let first = whole(&ends[0], &mut label);
            match ends.get(1) {
                None => own.push(first),
                Some(last) => own.extend(range(&first, &whole(last, &mut label))),
            }
        }
        all = all.iter().flat_map(|outer| own.iter().map(move |inner| join(outer, inner))).collect();
    }
    (all, more)
}

fn join(outer: &str, inner: &str) -> String {
    if outer.is_empty() { inner.to_owned() } else { format!("{outer}.{inner}") }
}

/// A word that may leave out what the one before it began with.
fn whole(word: &str, label: &mut String) -> String {
    if word.starts_with('[') {
        return format!("{label}{word}");
    }
    *label = match word.strip_suffix(']') {
        Some(_) => {
            let key = split(word, "[").pop().expect("a key");
            word[..word.len() - key.len() - 1].to_owned()
        }
        None => word.to_owned(),
    };
    word.to_owned()
}

/// Everything from one address to another that differs in a number at its end.
fn range(first: &str, last: &str) -> Vec<String> {
    let bare = |text: &str| text.trim_end_matches(']').to_owned();
    let stem = bare(first).trim_end_matches(|character: char| character.is_ascii_digit()).to_owned();
    let end = &first[bare(first).len()..];
    let of = |text: &str| -> usize {
        bare(text).strip_prefix(&stem).expect("the same but for the number").parse().expect("a number")
    };
    (of(first)..=of(last)).map(|number| format!("{stem}{number}{end}")).collect()
}
