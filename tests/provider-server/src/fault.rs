//! Faults: the ways in which the provider misbehaves when it is told to.
//!
//! A fault is a word of [`WORDS`], maybe with the attribute that is to blame (`plan-error:rule.0.port`)
//! and with where it is committed (`read-gone@probe_thing/web`: objects of that type whose name is
//! `web`). Several are separated by spaces.
//!
//! They come from three places: the environment (`PROBE_FAULTS`), the schema file (`faults` of a
//! type), and the object's own attribute `fault`.

use plumb_value::{Path, Value};

/// Every fault there is.
pub(crate) const WORDS: &[(&str, &str)] = &[
    ("chatter", "much is printed on standard output before each answer"),
    ("flood", "much more is printed on standard error"),
    ("validate-error", "the configuration is refused"),
    ("validate-warning", "the configuration earns a warning"),
    ("configure-error", "the provider refuses its configuration"),
    ("configure-warning", "the provider's configuration earns a warning"),
    ("upgrade-error", "a recorded object cannot be upgraded"),
    ("read-error", "the object cannot be read"),
    ("read-warning", "reading earns a warning"),
    ("read-gone", "the object is not found"),
    ("read-hang", "reading never ends"),
    ("read-crash", "the process ends while reading"),
    ("plan-error", "the change cannot be planned"),
    ("plan-warning", "planning earns a warning"),
    ("plan-crash", "the process ends while planning"),
    ("plan-hang", "planning never ends"),
    ("plan-until-stopped", "planning ends when told to stop, and fails"),
    ("plan-differs", "the plan has another name than the configuration"),
    ("plan-nonsense", "the plan is nothing that the schema knows"),
    ("plan-null", "the plan for an object is none"),
    ("final-plan-differs", "computed texts are planned otherwise once everything is known"),
    ("create-error", "nothing is created"),
    ("create-partial", "the object is created, and the call fails"),
    ("create-warning", "creating earns a warning"),
    ("update-error", "nothing is updated"),
    ("update-partial", "the name is updated alone, and the call fails"),
    ("delete-error", "nothing is deleted"),
    ("delete-warning", "deleting earns a warning"),
    ("delete-remains", "deleting succeeds and yet returns an object"),
    ("apply-crash", "the process ends before anything is done"),
    ("apply-crash-after", "the process ends when it is done"),
    ("apply-hang", "applying never ends, not even when told to stop"),
    ("apply-hang-after", "applying never ends once it is done"),
    ("apply-until-stopped", "applying ends when told to stop, and fails"),
    ("apply-differs", "the result has another name than the plan"),
    ("apply-unknown", "the result still holds unknown values"),
    ("apply-nonsense", "the result is nothing that the schema knows"),
    ("apply-null", "the result is none"),
    ("import-error", "nothing can be imported"),
    ("import-none", "the import finds nothing and says nothing"),
    ("import-two", "the import finds two objects"),
    ("move-error", "objects of other types are not taken over"),
    ("data-error", "the data source cannot be read"),
    ("data-differs", "the data source returns another configuration"),
    ("data-unknown", "the data source returns unknown values"),
    ("open-error", "the ephemeral resource cannot be opened"),
    ("renew-error", "the ephemeral resource cannot be renewed"),
    ("close-error", "the ephemeral resource cannot be closed"),
];

#[derive(Clone, Debug)]
struct Fault {
    word: String,
    path: Option<Path>,
    kind: Option<String>,
    name: Option<String>,
}

/// A number of faults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Reads what the top of this file describes.
    pub(crate) fn parse(text: &str) -> Faults {
        let one = |text: &str| {
            let (fault, place) = text.split_once('@').map_or((text, None), |(fault, at)| (fault, Some(at)));
            let (word, path) = fault.split_once(':').map_or((fault, None), |(word, at)| (word, Some(at)));
            let (kind, name) = match place.map(|place| place.split_once('/').ok_or(place)) {
                Some(Ok((kind, name))) => (Some(kind.to_owned()), Some(name.to_owned())),
                Some(Err(kind)) => (Some(kind.to_owned()), None),
                None => (None, None),
            };
            Fault { word: word.to_owned(), path: path.map(read_path), kind, name }
        };
        Faults(text.split_whitespace().map(one).collect())
    }

    /// Both, the first ones first.
    pub(crate) fn and(mut self, others: Faults) -> Faults {
        self.0.extend(others.0);
        self
    }

    /// Those that an object of a type commits.
    pub(crate) fn of(&self, kind: &str, name: Option<&str>) -> Faults {
        let concerns = |fault: &&Fault| {
            fault.kind.as_deref().is_none_or(|wanted| wanted == kind)
                && (fault.name.is_none() || fault.name.as_deref() == name)
        };
        Faults(self.0.iter().filter(concerns).cloned().collect())
    }

    /// Whether the fault is among them.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.find(word).is_some()
    }

    /// The attribute to blame, if the fault is among them.
    pub(crate) fn find(&self, word: &str) -> Option<Path> {
        let fault = self.0.iter().find(|fault| fault.word == word)?;
        Some(fault.path.clone().unwrap_or_default())
    }

    /// Words that mean nothing.
    pub(crate) fn unknown_words(&self) -> Vec<&str> {
        let known = |fault: &Fault| WORDS.iter().any(|(word, _)| *word == fault.word);
        self.0.iter().filter(|fault| !known(fault)).map(|fault| fault.word.as_str()).collect()
    }
}

/// What the fault of that name is, in words.
pub(crate) fn description(word: &str) -> &'static str {
    WORDS.iter().find(|(candidate, _)| *candidate == word).map_or("", |(_, text)| text)
}

/// `rule.0.port`: names, and numbers for elements; `tags.[key]` for entries of maps.
fn read_path(text: &str) -> Path {
    text.split('.').fold(Path::root(), |path, step| {
        if let Ok(index) = step.parse::<i64>() {
            return path.index(Value::number(index));
        }
        match step.strip_prefix('[').and_then(|step| step.strip_suffix(']')) {
            Some(key) => path.index(Value::string(key)),
            None => path.attribute(step),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_say_what_where_and_for_whom() {
        let faults = Faults::parse("plan-error:rule.0.port read-gone@probe_thing/web oops");
        assert!(faults.of("probe_thing", Some("web")).has("read-gone"));
        assert!(!faults.of("probe_thing", Some("db")).has("read-gone"));
        assert!(!faults.of("probe_other", Some("web")).has("read-gone"));
        let path = Path::root().attribute("rule").index(Value::number(0_i64)).attribute("port");
        assert_eq!(faults.of("any", None).find("plan-error"), Some(path));
        assert_eq!(faults.unknown_words(), ["oops"]);
    }
}
