//! What is laid out, and the laws of it.

use std::path::{Path, PathBuf};

use plumb_starlark::{Sources, format};

fn laid_out(text: &str) -> String {
    format("x.star", text, &Sources::new()).unwrap_or_else(|problem| panic!("{problem:#?}\n{text}"))
}

#[track_caller]
fn check(before: &str, after: &str) {
    let found = laid_out(before);
    assert_eq!(found, after, "{found}");
    assert_eq!(laid_out(after), after, "what is laid out stays as it is");
}

#[test]
fn spaces_stand_where_people_expect_them() {
    check("x=1+2*-3\n", "x = 1 + 2 * -3\n");
    check("f( a ,b= c, * d,**e )\n", "f(a, b = c, *d, **e)\n");
    check("x = {'a' : [1 ,2 ] }\n", "x = {\"a\": [1, 2]}\n");
    check("x = y [1 : 2] + z[-1] + w[ : n]\n", "x = y[1:2] + z[-1] + w[:n]\n");
    check("x = y[(lambda a: a)(1) : 2]\n", "x = y[(lambda a: a)(1):2]\n");
    check("f = lambda *a , b=-1:a or not b\n", "f = lambda *a, b = -1: a or not b\n");
    check("x = a . b . c ( ) [ 0 ]\n", "x = a.b.c()[0]\n");
    check("x = 1 if a else(2, )\n", "x = 1 if a else (2,)\n");
    check("x = 1#why\n#  odd   \n", "x = 1  #why\n#  odd\n");
    check("x = (a\n- b)\n", "x = (a\n    - b)\n");
    check("x = [i for i in range(3)if i!=1]\n", "x = [i for i in range(3) if i != 1]\n");
    check(
        "def f(a:int,*,b:str='x')->int: return a//2\n",
        "def f(a: int, *, b: str = \"x\") -> int: return a // 2\n",
    );
}

#[test]
fn lines_are_as_deep_as_what_they_are_in() {
    check(
        "def f(x):\n  # first\n  if x:\n        return [\n  1,\n      2]\n  # last\n# outside\ny = 1\n",
        "def f(x):\n    # first\n    if x:\n        return [\n            1,\n            2]\n    # last\n\n# outside\ny = 1\n",
    );
    check(
        "f(g({\n'a': 1 # one\n}), h(\nx,\n  y\n))\n",
        "f(g({\n    \"a\": 1,  # one\n}), h(\n    x,\n    y,\n))\n",
    );
    check("x = 'a' + \\\n      'b'\n", "x = \"a\" + \\\n      \"b\"\n");
    check("def f(\n  a,\n  b):\n  pass\n", "def f(\n        a,\n        b):\n    pass\n");
    check("def f(a,\n  b):\n  pass\n", "def f(a,\n        b):\n    pass\n");
    check(
        "if x:\n  y = 1\nelif z:\n  pass\nelse:\n  # nothing\n  pass\n",
        "if x:\n    y = 1\nelif z:\n    pass\nelse:\n    # nothing\n    pass\n",
    );
}

#[test]
fn blank_lines_stand_between_functions_and_are_few() {
    check(
        "\n\nload('x', 'y')\n\n\n\n\na = 1\ndef f():\n\n\n  pass\nb = 2\n# about g\ndef g():\n  pass\n\n\n\n",
        "load(\"x\", \"y\")\n\n\na = 1\n\ndef f():\n\n    pass\n\nb = 2\n# about g\ndef g():\n    pass\n",
    );
    check("x = [\n\n  1,\n\n\n  2,\n\n]\n", "x = [\n    1,\n\n    2,\n]\n");
}

#[test]
fn texts_stay_what_they_are() {
    check("x = 'it\\'s' + 'a\"b' + r'\\d' + f'{a}'\n", "x = 'it\\'s' + 'a\"b' + r'\\d' + f\"{a}\"\n");
    check("x = '''a\n  b  \n\n\n\n'''\n", "x = \"\"\"a\n  b  \n\n\n\n\"\"\"\n");
    check("x = 'a # b' # c\n", "x = \"a # b\"  # c\n");
    check("x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n");
}

#[test]
fn commas_stand_only_where_the_language_has_them() {
    check("f(\n  a,\n  b # why\n)\n", "f(\n    a,\n    b,  # why\n)\n");
    check("x = (\n  a +\n  b\n)\n", "x = (\n    a +\n    b\n)\n");
    check("x = [\n  i\n  for i in y\n]\n", "x = [\n    i\n    for i in y\n]\n");
    check("x = y[\n  0\n]\n", "x = y[\n    0\n]\n");
    check("x = [\n]\n", "x = [\n]\n");
    check("f(a, [1, 2,], (3,),)\n", "f(a, [1, 2], (3,))\n");
    check("def f(\n  a,\n  **b\n):\n  pass\n", "def f(\n        a,\n        **b,\n):\n    pass\n");
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let problem = format("x.star", "x = 1\ndef f(:\n", &Sources::new()).unwrap_err();
    assert_eq!(problem.summary, "Code that cannot be read");
    assert!(problem.subject.is_some());
}

fn library() -> Vec<(PathBuf, String)> {
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/library")];
    let mut files = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            files.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
        }
    }
    files
}

/// The same code with other white space: as wide blocks as somebody likes, and more of it within lines.
fn disarranged(text: &str, width: usize, noise: &mut u64) -> String {
    let mut chance = |of: u64| {
        *noise ^= *noise << 13;
        *noise ^= *noise >> 7;
        *noise ^= *noise << 17;
        *noise % of
    };
    let (mut out, mut rest, mut depth) = (String::new(), text, 0_i32);
    while let Some(letter) = rest.chars().next() {
        let is_at_start = out.is_empty() || out.ends_with('\n');
        let length = match letter {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' => quoted_length(rest),
            ' ' if is_at_start => {
                let spaces = rest.len() - rest.trim_start_matches(' ').len();
                let wanted = if depth == 0 { spaces / 4 * width } else { chance(9) as usize };
                out.push_str(&" ".repeat(wanted));
                rest = &rest[spaces..];
                continue;
            }
            ' ' => {
                out.push_str(&" ".repeat(1 + chance(3) as usize));
                1
            }
            _ => letter.len_utf8(),
        };
        depth += i32::from("([{".contains(letter)) - i32::from(")]}".contains(letter));
        if letter != ' ' {
            out.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    out
}

/// How long a text in double quotes is, with its quotes.
fn quoted_length(rest: &str) -> usize {
    let end = if rest.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
    let mut at = end.len();
    while !rest[at..].starts_with(end) {
        let escaped = rest[at..].starts_with('\\');
        at += rest[at..].chars().take(1 + usize::from(escaped)).map(char::len_utf8).sum::<usize>();
    }
    at + end.len()
}

#[test]
fn whatever_code_looks_like_it_is_laid_out_once_and_in_one_way() {
    let mut noise = 88_172_645_463_325_252_u64;
    let files = library();
    assert!(files.len() > 30, "the library has been found");
    let mut changed = 0;
    for (path, text) in files {
        let once = laid_out(&text);
        assert_eq!(laid_out(&once), once, "{}", path.display());
        // Where a line is broken by a backslash, the next one stays where its writer put it.
        if text.contains("\\\n") || text.contains('\'') {
            continue;
        }
        for width in [1, 2, 3, 8] {
            let strange = disarranged(&text, width, &mut noise);
            changed += usize::from(strange != text);
            assert_eq!(laid_out(&strange), once, "{}\n{strange}", path.display());
        }
    }
    assert!(changed > 50, "{changed}");
}
