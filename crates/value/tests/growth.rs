//! Costs grow with the size of what is worked on, not with its square.

use std::time::{Duration, Instant};

use plumb_value::{Marks, Type, Value, convert, json, msgpack};

/// A list of records like the instances of a large state.
fn records(count: usize) -> Value {
    let record = |index: usize| {
        Value::object([
            ("id", Value::string(format!("i-{index}"))),
            ("size", Value::number(index)),
            (
                "tags",
                Value::map(Type::String, [("Name", Value::string("web")), ("Env", Value::string("test"))]),
            ),
            ("secret", Value::string("s").with_marks(Marks::SENSITIVE)),
        ])
    };
    Value::list(record(0).ty(), (0..count).map(record))
}

fn timed(count: usize) -> Duration {
    let started = Instant::now();
    let marked = records(count);
    let (plain, marks) = marked.unmark_deep_with_paths();
    assert_eq!(marks.len(), count);
    let ty = plain.ty();
    let text = String::from_utf8(json::encode(&plain, &ty).unwrap()).unwrap();
    assert!(json::decode(&text, &ty).unwrap().same(&plain));
    let implied = json::decode_implied(&text).unwrap();
    assert!(convert(&implied, &ty).unwrap().same(&plain));
    let bytes = msgpack::encode(&plain, &ty).unwrap();
    assert!(msgpack::decode(&bytes, &ty).unwrap().same(&plain));
    let set = Value::set(plain.ty().element().unwrap().clone(), plain.parts().into_iter().cloned());
    assert_eq!(set.len(), Some(count));
    assert_eq!(set.equals(&set).as_bool(), Some(true));
    assert!(plain.transform(&mut |_, value| value.clone()).same(&plain));
    assert_eq!(plain.with_marks_at(&marks).deep_marks(), Marks::SENSITIVE);
    started.elapsed()
}

#[test]
fn work_on_values_is_linear() {
    timed(100);
    let small = timed(500);
    let large = timed(8_000);
    // Sixteen times the size; the square would be 256 times the work.
    assert!(large < small * 50 + Duration::from_millis(200), "{small:?} became {large:?}");
}
