"""The table of the README.

Responsible for which figures a reader is shown, and for putting them between the markers of the file.
"""

import sys

import tables

BEGINS, ENDS = "<!-- benches/compare begins -->", "<!-- benches/compare ends -->"

ROWS = [
    ("version", "seconds"),
    ("validate-2000", "seconds"),
    ("fmt-10", "seconds"),
    ("apply-terraform_data-1000", "seconds"),
    ("apply-terraform_data-1000", "cpu_seconds"),
    ("apply-terraform_data-4000", "seconds"),
    ("apply-terraform_data-4000", "memory_bytes"),
    ("unchanged-terraform_data-4000", "seconds"),
    ("variables-only-500", "seconds"),
    ("variables-only-500", "memory_bytes"),
    ("modules-apply-100000", "seconds"),
    ("modules-apply-100000", "memory_bytes"),
    ("apply-bench_thing-1000", "cpu_seconds"),
    ("aws-new-cold", "seconds"),
    ("aws-there-cold", "seconds"),
    ("aws-there-warm", "seconds"),
    ("aws-there-cold", "all_cpu_seconds"),
    ("aws-there-cold", "memory_bytes"),
    ("aws-aliases-there", "pss_bytes"),
]


def section(results):
    rows = {key: results.row(*key) for key in ROWS}
    missing = [" ".join(key) for key, row in rows.items() if row is None]
    if missing:
        sys.exit(f"the README is left as it is, for this was not measured: {', '.join(missing)}")
    return f"{tables.comparison(list(rows.values()))}\n\n{tables.about(results)}"


def rewrite(path, text, begin=BEGINS, end=ENDS):
    whole = path.read_text()
    before, begins, rest = whole.partition(begin)
    _, ends, after = rest.partition(end)
    if not begins or not ends:
        sys.exit(f"{path} has no lines {begin} and {end} between which the table belongs")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}")
