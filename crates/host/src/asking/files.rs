//! What there is at many paths.
//!
//! The script looks at all of them with what a shell can do itself, then starts `stat` once for those that
//! exist and `sha256sum` once for those whose content is of interest. What it says:
//!
//! ```text
//! F 0 2 3                  these of the paths exist
//! D 4                      nobody knows of this one
//! 81a4 root root 12 1700000000     one line for each that exists, in order
//! L 3 9                    the target of a link, and its length; it follows on the next line
//! S 0 <sha256>             a file's sum
//! C 0 12                   a file's content, and its length; it follows on the next line
//! ```

use bytes::Bytes;
use plumb_ssh::posix_quoted;

use super::entry::{Entry, EntryKind};
use crate::shell::{Reply, Request};

/// What of a file's content is of interest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Its sum.
    pub sum: bool,
    /// Its content, if its sum is not this one and there are at most so many bytes of it.
    pub content_unless: Option<(Option<String>, u64)>,
}

impl Wanted {
    /// Nothing of it.
    pub fn nothing() -> Self {
        Wanted::default()
    }

    /// Its sum.
    pub fn sum() -> Self {
        Wanted { sum: true, content_unless: None }
    }

    /// Its sum, and its content up to so many bytes, unless its sum is this one already.
    pub fn content(unless_sum: Option<String>, bytes_max: u64) -> Self {
        Wanted { sum: true, content_unless: Some((unless_sum, bytes_max)) }
    }
}

const LOOK: &str = r#"
found=; denied=; i=0; set --
while [ $i -lt $n ]; do
  entry $i
  if [ -L "$p" ] || [ -e "$p" ]; then found="$found $i"; set -- "$@" "$p"
  else
    d=${p%/*}
    while [ "$d" ] && [ ! -e "$d" ]; do d=${d%/*}; done
    [ -x "${d:-/}" ] || [ ! -d "${d:-/}" ] || denied="$denied $i"
  fi
  i=$((i + 1))
done
echo "F$found"
[ -z "$denied" ] || echo "D$denied"
[ $# -gt 0 ] || exit 0
stats=$(stat -c '%f %U %G %s %Y' -- "$@" 2>/dev/null) ||
  stats=$(stat -f '%Xp %Su %Sg %z %m' -- "$@") || exit 1
printf '%s\n' "$stats"
hashed=; at=0; set --
for i in $found; do
  entry $i; at=$((at + 1))
  if [ -L "$p" ]; then
    t=$(readlink "$p"; echo x); t=${t%?x}
    printf 'L %d %d\n%s\n' $i ${#t} "$t"
  elif [ "$w" ] && [ -f "$p" ]; then hashed="$hashed $i:$at"; set -- "$@" "$p"
  fi
done
[ $# -gt 0 ] || exit 0
# What the kernel makes up when it is read has no size before.
size_of() {
  shift "$1"; b=${1% *}; b=${b##* }
  case $b:$p in 0:*|*:/sys/*) b=$(wc -c <"$p"); b=$((b));; esac
}
sums=$(plumb_sum -- "$@" 2>/dev/null) || {
  sums=$(for p; do plumb_sum -- "$p" 2>/dev/null || echo -; done)
}
set -- $hashed
set -f; IFS='
'
for s in $sums; do
  [ $# -gt 0 ] || break
  i=${1%:*}; at=${1#*:}; shift
  s=${s#\\}; s=${s%% *}; entry $i
  printf 'S %d %s\n' $i "$s"
  if [ "$w" != sum ] && [ "$w" != "$s" ] && [ "$s" != - ]; then
    size_of $at $stats
    if [ $b -le $m ]; then printf 'C %d %d\n' $i $b; head -c $b <"$p"; echo; fi
  fi
done
"#;

/// The request that looks at these paths.
pub(crate) fn request(paths: &[(&str, &Wanted)]) -> Request {
    let mut text = String::from("LC_ALL=C; export LC_ALL\nentry() { m=0; case $1 in\n");
    for (at, (path, wanted)) in paths.iter().enumerate() {
        let (word, bytes_max) = match (&wanted.content_unless, wanted.sum) {
            (Some((Some(sum), bytes_max)), _) => (sum.as_str(), *bytes_max),
            (Some((None, bytes_max)), _) => ("any", *bytes_max),
            (None, true) => ("sum", 0),
            (None, false) => ("", 0),
        };
        text.push_str(&format!("{at}) p={} w={word} m={bytes_max};;\n", posix_quoted(&[path])));
    }
    text.push_str(&format!("esac; }}\nn={}{LOOK}", paths.len()));
    Request::trusted(text).keeping(usize::MAX)
}

/// What a reply says of so many paths.
pub(crate) fn entries(reply: &Reply, count: usize) -> Result<Vec<Entry>, String> {
    let mut entries: Vec<Entry> = (0..count).map(|_| Entry::absent()).collect();
    let mut rest = Rest(reply.output.clone());
    let failed = || {
        let said = String::from_utf8_lossy(&reply.errors);
        let said = said.trim();
        if said.is_empty() {
            "what there is changed while it was looked at".to_owned()
        } else {
            format!("what there is cannot be found out: {said}")
        }
    };
    if reply.status != 0 {
        return Err(failed());
    }
    let found = rest.line().and_then(|line| indices(&line, "F", count)).ok_or_else(failed)?;
    if rest.0.starts_with(b"D") {
        let denied = rest.line().and_then(|line| indices(&line, "D", count)).ok_or_else(failed)?;
        for at in denied {
            entries[at] = Entry::without_more(EntryKind::Denied);
        }
    }
    for at in found {
        entries[at] = rest.line().and_then(|line| described(&line)).ok_or_else(failed)?;
    }
    while !rest.0.is_empty() {
        detail(&mut rest, &mut entries).ok_or_else(failed)?;
    }
    Ok(entries)
}

fn detail(rest: &mut Rest, entries: &mut [Entry]) -> Option<()> {
    let line = rest.line()?;
    let mut words = line.split(' ');
    let (kind, at, word) = (words.next()?, words.next()?.parse::<usize>().ok()?, words.next()?);
    let entry = entries.get_mut(at)?;
    match kind {
        "S" => entry.sha256 = (word != "-").then(|| word.to_owned()),
        "L" => entry.target = Some(String::from_utf8_lossy(&rest.bytes(word.parse().ok()?)?).into_owned()),
        "C" => entry.content = Some(rest.bytes(word.parse().ok()?)?),
        _ => return None,
    }
    Some(())
}

/// The numbers behind a letter, each of them below a bound.
fn indices(line: &str, letter: &str, bound: usize) -> Option<Vec<usize>> {
    let numbers = line.strip_prefix(letter)?.split_ascii_whitespace();
    numbers.map(|number| number.parse().ok().filter(|at| *at < bound)).collect()
}

/// A line of `stat`.
fn described(line: &str) -> Option<Entry> {
    // Names of users hold spaces where they come from a directory of some company.
    let (raw_mode, behind) = line.split_once(' ')?;
    let mode = u32::from_str_radix(raw_mode, 16).ok()?;
    let mut words = behind.rsplitn(3, ' ');
    let (modified, size, names) = (words.next()?, words.next()?, words.next()?);
    let middle = names.find(' ')?;
    let (user, group) = (&names[..middle], &names[middle + 1..]);
    Some(Entry {
        kind: EntryKind::of_mode(mode),
        mode: mode & 0o7777,
        raw_mode: raw_mode.to_owned(),
        user: user.to_owned(),
        group: group.to_owned(),
        size: size.parse().ok()?,
        modified: modified.parse().ok()?,
        target: None,
        sha256: None,
        content: None,
    })
}

/// What has not been read yet.
struct Rest(Bytes);

impl Rest {
    fn line(&mut self) -> Option<String> {
        let end = memchr::memchr(b'\n', &self.0)?;
        let line = self.0.split_to(end + 1);
        String::from_utf8(line[..end].to_vec()).ok()
    }

    /// So many bytes and the end of the line behind them.
    fn bytes(&mut self, count: usize) -> Option<Bytes> {
        if self.0.get(count) != Some(&b'\n') {
            return None;
        }
        let bytes = self.0.split_to(count);
        let _ = self.0.split_to(1);
        Some(bytes)
    }
}
