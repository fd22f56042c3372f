//! Finding how two blocks differ.

use std::sync::Arc;

use plumb_schema::{Block, NestedBlock, Nesting};

use super::comparison::{Pair, compare_attribute, compare_entries, compare_set, elements, keep_attribute};
use super::difference::{Act, Blocks, Content, Difference};

/// Of two objects with the schema of a block.
pub(crate) fn compare_block(pair: &Pair, block: &Block) -> Difference {
    let (before, after) = pair.secrecy();
    if before || after {
        let (act, inner) = pair.secret_acts();
        return pair.difference(act, Content::SensitiveBlock { before, after, inner });
    }
    if let Some(difference) = pair.unknown(|pair| compare_block(pair, block)) {
        return difference;
    }
    let around = pair.act_outside();
    let (mut act, mut attributes) = (around, Vec::new());
    for (name, attribute) in &block.attributes {
        let inner = pair.attribute(name);
        let difference = compare_attribute(&inner.without_empty_text(), attribute, around);
        keep_attribute(name, &inner, difference, &mut act, &mut attributes);
    }
    let mut blocks = Vec::new();
    for (kind, nested) in &block.blocks {
        blocks.extend(compare_blocks(pair, kind, nested, &mut act));
    }
    pair.difference(act, Content::Block { attributes, blocks })
}

/// All nested blocks of one type; `None` where there are none on either side.
fn compare_blocks(pair: &Pair, kind: &Arc<str>, nested: &NestedBlock, act: &mut Act) -> Option<Blocks> {
    let pair = pair.attribute(kind);
    if pair.before.is_none() && pair.after.is_none() {
        return None;
    }
    let (before_sensitive, after_sensitive) = pair.secrecy();
    let blocks = compare_nesting(&pair, nested, act);
    Some(Blocks {
        kind: kind.clone(),
        blocks,
        replace: pair.forces_replacement(),
        is_set: nested.nesting == Nesting::Set,
        before_sensitive,
        after_sensitive,
    })
}

fn compare_nesting(pair: &Pair, nested: &NestedBlock, act: &mut Act) -> Vec<(Option<Arc<str>>, Difference)> {
    let single = |pair: &Pair| compare_block(pair, &nested.block);
    if let Some(difference) = pair.unknown(single) {
        *act = act.including(difference.act);
        return vec![(None, difference)];
    }
    // Marks on all of them together are dealt with when they are drawn.
    let pair = Pair {
        before: pair.before.clone().map(|value| value.unmark().0),
        after: pair.after.clone().map(|value| value.unmark().0),
        replace: pair.replace.clone(),
    };
    let mut inner = pair.act_outside();
    let blocks: Vec<(Option<Arc<str>>, Difference)> = match nested.nesting {
        Nesting::Single | Nesting::Group => {
            let difference = single(&pair);
            inner = difference.act;
            vec![(None, difference)]
        }
        Nesting::List => {
            let count = elements(&pair.before).len().max(elements(&pair.after).len());
            let compared = (0..count).map(|at| single(&pair.element((Some(at), Some(at)))));
            let compared: Vec<Difference> = compared.collect();
            inner = compared.iter().fold(inner, |act, difference| act.including(difference.act));
            compared.into_iter().map(|difference| (None, difference)).collect()
        }
        Nesting::Set => {
            let compared = compare_set(&pair, &mut inner, single);
            compared.into_iter().map(|difference| (None, difference)).collect()
        }
        Nesting::Map => {
            let compared = compare_entries(&pair, &mut inner, single);
            compared.into_iter().map(|(label, difference)| (Some(label), difference)).collect()
        }
    };
    *act = act.including(inner);
    blocks
}
