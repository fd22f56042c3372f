//! What is changed where, without the values.
//!
//! Two changes with equal outlines are drawn with the same symbols before the same names. Parts that
//! do not change count for nothing, and elements of sets, which have no names, only for what happens to
//! any of them.

use super::difference::{Act, Blocks, Content, Difference};

/// Appends the outline of a difference.
pub(crate) fn outline(difference: &Difference, out: &mut Vec<u8>) {
    if !is_changed(difference) {
        return out.push(b'.');
    }
    out.push(letter(difference.act));
    out.push(if difference.replace { b'!' } else { b' ' });
    match &difference.content {
        Content::Plain(..) | Content::Text(..) => out.push(b'v'),
        Content::List { elements, .. } => {
            out.push(b'l');
            for (at, element) in elements.iter().enumerate().filter(|(_, element)| is_changed(element)) {
                number(at, out);
                outline(element, out);
            }
            out.push(b')');
        }
        Content::Set { elements, .. } => {
            out.push(b's');
            without_order(elements.iter(), out);
        }
        Content::Map { entries, .. } => members(b'm', entries, out),
        Content::Object { attributes, .. } => members(b'o', attributes, out),
        Content::Block { attributes, blocks } => {
            members(b'b', attributes, out);
            for kind in blocks {
                outline_blocks(kind, out);
            }
            out.push(b')');
        }
        Content::Sensitive { before, after, inner } => secret(b'h', *before, *after, *inner, out),
        Content::SensitiveBlock { before, after, inner } => secret(b'H', *before, *after, *inner, out),
        Content::Unknown(before) => out.push(if before.is_some() { b'u' } else { b'U' }),
        Content::OtherKind(..) => out.push(b'k'),
        Content::WriteOnly => out.push(b'w'),
    }
}

fn is_changed(difference: &Difference) -> bool {
    difference.act != Act::None || difference.replace
}

fn members<K: AsRef<str>>(kind: u8, parts: &[(K, Difference)], out: &mut Vec<u8>) {
    out.push(kind);
    for (name, part) in parts.iter().filter(|(_, part)| is_changed(part)) {
        text(name.as_ref(), out);
        outline(part, out);
    }
    out.push(b')');
}

fn outline_blocks(kind: &Blocks, out: &mut Vec<u8>) {
    if !kind.replace && !kind.blocks.iter().any(|(_, block)| is_changed(block)) {
        return;
    }
    text(&kind.kind, out);
    out.extend([kind.replace, kind.before_sensitive, kind.after_sensitive].map(u8::from));
    if kind.is_set {
        return without_order(kind.blocks.iter().map(|(_, block)| block), out);
    }
    for (at, (label, block)) in kind.blocks.iter().enumerate().filter(|(_, (_, block))| is_changed(block)) {
        match label {
            Some(label) => text(label, out),
            None => number(at, out),
        }
        outline(block, out);
    }
    out.push(b')');
}

/// What happens to any of the elements.
fn without_order<'d>(elements: impl Iterator<Item = &'d Difference>, out: &mut Vec<u8>) {
    let mut found = [false; 4];
    for element in elements.filter(|element| is_changed(element)) {
        found[match element.act {
            Act::None => 0,
            Act::Create => 1,
            Act::Update => 2,
            Act::Delete => 3,
        }] = true;
    }
    out.extend(found.map(u8::from));
}

fn secret(kind: u8, before: bool, after: bool, inner: Act, out: &mut Vec<u8>) {
    out.extend([kind, u8::from(before), u8::from(after), letter(inner)]);
}

/// With its length in front, so that no two ways of putting names together look the same.
fn text(text: &str, out: &mut Vec<u8>) {
    number(text.len(), out);
    out.extend(text.as_bytes());
}

fn number(number: usize, out: &mut Vec<u8>) {
    out.push(b'#');
    out.extend(number.to_le_bytes());
}

fn letter(act: Act) -> u8 {
    match act {
        Act::None => b'=',
        Act::Create => b'+',
        Act::Update => b'~',
        Act::Delete => b'-',
    }
}
