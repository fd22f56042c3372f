//! Whole plans against captured ones. Each folder of `tests/captured` holds a plan of the peer as JSON, the
//! schemas that it needs, and the configuration; see `tests/captured/README.md`.

#[expect(clippy::panic, reason = "what was captured is right")]
mod support;

use plumb_diagnostics::TextStyle;
use plumb_view::text::Detail;
use plumb_view::{json, text};
use serde_json::Value as Json;
use support::Case;

const CASES: [&str; 8] =
    ["create", "update", "destroy", "nothing", "references", "aws_create", "aws_update", "aws_drift"];

fn written(case: &Case) -> Json {
    let mut out = Vec::new();
    let find = |provider: &_, mode, kind: &str| case.schema(provider, mode, kind);
    json::write_plan(&mut out, &case.plan, &case.config, &find).expect("a plan can be written");
    serde_json::from_slice(&out).expect("what is written is JSON")
}

/// Orders that have no meaning, and that the peer leaves to chance.
fn sorted(mut document: Json) -> Json {
    match &mut document {
        Json::Array(values) => {
            *values = values.drain(..).map(sorted).collect();
            if values.iter().all(|value| value.get("address").is_some() || value.get("resource").is_some()) {
                values.sort_by_cached_key(|value| {
                    format!("{}{}{}", value["address"], value["resource"], value["attribute"])
                });
            }
        }
        Json::Object(values) => {
            values.sort_keys();
            for value in values.values_mut() {
                *value = sorted(value.take());
            }
        }
        _ => {}
    }
    document
}

#[test]
fn json_is_equal() {
    for name in CASES {
        let case = Case::load(name);
        let (ours, theirs) = (sorted(written(&case)), sorted(case.document.clone()));
        let keys = theirs.as_object().expect("a document").keys();
        for key in keys {
            let pretty = |value: &Json| serde_json::to_string_pretty(value).expect("JSON");
            let (ours, theirs) = (pretty(&ours[key]), pretty(&theirs[key]));
            if ours != theirs {
                let diff = similar::TextDiff::from_lines(&theirs, &ours);
                panic!("{name}: {key}\n{}", diff.unified_diff().context_radius(6));
            }
        }
        let has =
            |document: &Json| document.as_object().map(|members| members.keys().cloned().collect::<Vec<_>>());
        assert_eq!(has(&ours), has(&theirs), "{name}");
    }
}

#[test]
fn people_see() {
    for name in CASES {
        let case = Case::load(name);
        let mut out = Vec::new();
        text::write_plan(&mut out, &case.plan, Some(&case.config), &TextStyle::PLAIN, Detail::Summarised)
            .expect("can be written");
        let shown = String::from_utf8(out).expect("is text");
        insta::assert_snapshot!(format!("plan_{name}"), shown);
    }
}

#[test]
fn colours_are_all_that_colours_add() {
    let case = Case::load("update");
    let show = |color| {
        let mut out = Vec::new();
        let style = TextStyle { color, ..TextStyle::PLAIN };
        text::write_plan(&mut out, &case.plan, None, &style, Detail::Summarised).expect("can be written");
        String::from_utf8(out).expect("is text")
    };
    let coloured = show(true);
    assert!(coloured.contains("\u{1b}[32m+\u{1b}[0m"));
    let mut bare = String::new();
    for (at, piece) in coloured.split('\u{1b}').enumerate() {
        bare.push_str(if at == 0 { piece } else { piece.split_once('m').expect("a sequence ends").1 });
    }
    assert_eq!(bare, show(false));
}

#[test]
fn states_are_shown_with_their_secrets_hidden() {
    for name in ["update", "aws_update"] {
        let case = Case::load(name);
        let mut out = Vec::new();
        let find = |provider: &_, mode, kind: &str| case.schema(provider, mode, kind);
        text::write_state(&mut out, &case.plan.prior_state, &find, &TextStyle::PLAIN)
            .expect("can be written");
        insta::assert_snapshot!(format!("state_{name}"), String::from_utf8(out).expect("is text"));
    }
}

#[test]
fn what_cannot_be_shown_in_whole_is_not_begun() {
    let case = Case::load("update");
    let mut out = Vec::new();
    let find = |_: &_, _, _: &str| None;
    let state = &case.plan.prior_state;
    let text = text::write_state(&mut out, state, &find, &TextStyle::PLAIN);
    let json = json::write_state(&mut out, state, &find);
    let plan = json::write_plan(&mut out, &case.plan, &case.config, &find);
    assert!(text.is_err() && json.is_err() && plan.is_err());
    assert_eq!(out, b"");
}
