"""The table of what came of the comparison.

Responsible for words alone.
"""


# What there is to tell of a command that was not done in time.
OUT_OF_TIME = {"out_of_time": True, "differences": [], "more": []}


class Row:
    """A module with its examples."""

    def __init__(self, name, tag):
        self.name, self.tag = name, tag
        self.files, self.unequal = 0, []
        self.outcomes = []

    def formatted(self, found):
        self.files, self.unequal = found

    def add(self, outcome):
        self.outcomes.append(outcome)

    @property
    def differs(self):
        return bool(self.unequal) or any(is_different(outcome) for outcome in self.outcomes)


def is_different(outcome):
    left_out_alone = "left_out" in outcome and not outcome["both"]
    return left_out_alone or any(outcome.get(stage, {}).get("differences") for stage in ("validate", "plan"))


def line(outcome):
    """One directory, for people who wait."""
    if "left_out" in outcome:
        said = outcome["left_out"]
        reason = " ".join(said[max(said.find("Error:"), 0) :].split())
        return f"{outcome['directory']}: left out{'' if outcome['both'] else ' by one alone'}: {reason[:300]}"
    words = []
    for stage in ("validate", "plan"):
        if outcome.get(stage, {}).get("out_of_time"):
            words.append(f"{stage} not done in time")
        elif stage in outcome:
            count = len(outcome[stage]["differences"])
            done = outcome[stage].get("valid", outcome[stage].get("planned"))
            words.append(f"{stage} {'done' if done else 'refused'}, {f'{count} differences' if count else 'equal'}"
                         f"{', more errors' if outcome[stage]['more'] else ''}")
    return f"{outcome['directory']}: {'; '.join(words)}"


def draw(rows):
    lines = [
        "| module | release | examples | left out | validated alike | planned by Terraform | plans equal "
        "| refusals equal | plans out of time | files formatted alike |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join(lines + [draw_row(row) for row in rows if row.outcomes or row.files])


def draw_row(row):
    examples = [outcome for outcome in row.outcomes if outcome["example"]]
    left_out = [outcome for outcome in examples if "left_out" in outcome]
    validated = [outcome["validate"] for outcome in row.outcomes if "validate" in outcome]
    validated = [one for one in validated if not one.get("out_of_time")]
    all_plans = [outcome["plan"] for outcome in examples if "plan" in outcome]
    plans = [plan for plan in all_plans if not plan.get("out_of_time")]
    planned = [plan for plan in plans if plan["planned"]]
    refused = [plan for plan in plans if not plan["planned"]]
    cells = [
        row.name, row.tag, len(examples), len(left_out), of(validated), f"{len(planned)} of {len(plans)}",
        of(planned), of(refused), len(all_plans) - len(plans), f"{row.files - len(row.unequal)} of {row.files}",
    ]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def of(stages):
    return f"{sum(not stage['differences'] for stage in stages)} of {len(stages)}"
