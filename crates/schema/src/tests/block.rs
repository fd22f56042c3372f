//! What schemas imply, and which of them are consistent.

use plumb_value::{Type, Value};

use super::notation::{messages, object, path, schema};
use crate::{Block, NestedBlock, Nesting};

#[test]
fn implied_types() {
    let cases = [
        ("", "object({})"),
        ("a string optional; b any optional", "object({a=string,b=any})"),
        ("block list b { c string optional }", "object({b=list(object({c=string}))})"),
        // Of lists and maps of blocks of any type only the blocks themselves tell the type.
        ("block list b { c any optional }; block map m { c any optional }", "object({b=any,m=any})"),
        ("block single b { c any optional }", "object({b=object({c=any})})"),
        ("nested list n optional { c any optional }", "object({n=list(object({c=any}))})"),
        ("nested map n optional { c bool optional }", "object({n=map(object({c=bool}))})"),
    ];
    for (text, expected) in cases {
        assert_eq!(schema(text).implied_type().to_string(), expected, "{text}");
    }
}

#[test]
fn empty_and_unknown_values() {
    let block = schema(
        "a string optional; block single s { c any optional }; block group g { c string optional }; \
         block list l { c any optional }; block map m { c any optional }; block set t { c string optional }",
    );
    let empty = block.empty_value();
    assert_eq!(empty, object(&block, "{}"));
    assert_eq!(empty.part("s").map(Value::is_null), Some(true));
    assert_eq!(empty.part("g").map(Value::is_null), Some(false));
    assert_eq!(empty.part("l"), Some(&Value::tuple([])));
    assert_eq!(empty.part("t").and_then(Value::len), Some(0));
    let unknown = block.unknown_value();
    assert!(unknown.is_known() && unknown.parts().iter().all(|part| !part.is_known()));
    assert_eq!(unknown.part("t").map(Value::ty), Some(Type::set(schema("c string optional").implied_type())));
}

#[test]
fn attributes_by_path() {
    let block = schema(
        "a list(string) optional; nested map n optional { c string computed }; block set b { d string required }",
    );
    for (text, found) in [
        (".a", true),
        (".a[0]", false),
        (".n", true),
        (".n[\"k\"]", false),
        (".n[\"k\"].c", true),
        (".n.k", false),
        (".b", false),
        (".b[0].d", true),
        (".x", false),
        ("", false),
    ] {
        assert_eq!(block.attribute_at(&path(text)).is_some(), found, "{text}");
    }
}

#[test]
fn consistency() {
    assert!(
        schema("Odd-name string optional computed; block set b { c string required }").validate().is_empty()
    );
    let mut block = schema(
        "a string; b string required optional; c string required computed; nested set n optional { d any optional }; \
         block set s { c any optional }; block list Bad { e string }",
    );
    let limited = |nesting, min_items, max_items| NestedBlock {
        block: Block::default(),
        nesting,
        min_items,
        max_items,
    };
    block.blocks.insert("a".into(), limited(Nesting::Single, 2, 2));
    block.blocks.insert("single".into(), limited(Nesting::Single, 0, 1));
    block.blocks.insert("group".into(), limited(Nesting::Group, 1, 1));
    block.blocks.insert("map".into(), limited(Nesting::Map, 0, 1));
    block.blocks.insert("list".into(), limited(Nesting::List, 2, 1));
    block.blocks.insert("fine".into(), limited(Nesting::List, 2, 0));
    assert_eq!(
        messages(&block.validate()),
        [
            ".a: must be optional, required or computed",
            ".b: cannot be both optional and required",
            ".c: cannot be both computed and required",
            ".n: objects in a set may not have attributes of any type",
            ".Bad: name may contain only lowercase letters, digits and underscores",
            ".Bad.e: must be optional, required or computed",
            ".a: name defined as both attribute and child block type",
            ".a: the number of blocks must be 0 or 1 for a single block",
            ".group: the number of blocks cannot be limited for groups and maps",
            ".list: the least number of blocks must not be larger than the greatest",
            ".map: the number of blocks cannot be limited for groups and maps",
            ".s: blocks in a set may not have attributes of any type",
            ".single: the least and the greatest number of blocks must be the same for a single block",
        ]
    );
}
