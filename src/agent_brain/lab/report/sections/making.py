"""What the experiment was made of, how to do it again, and how each figure was come by."""

import json
from collections.abc import Iterator

from agent_brain.core.counting import count
from agent_brain.lab.analysis.analysis import Analysis
from agent_brain.lab.report.document import (
    Block,
    Code,
    Fold,
    Heading,
    Inline,
    Items,
    Listing,
    Paragraph,
    Strong,
    Table,
    number,
)
from agent_brain.lab.report.words import NOTHING, tell_difference, tell_score

METHODS: tuple[tuple[str, str], ...] = (
    ("Mean", "over tasks, each the mean of its tries; families of tasks count as one witness each."),
    ("Interval", "Student's over tasks or families; Wilson's, or Clopper and Pearson's, where each task was passed or "
     "not in a single try; where no task differs from another, what so many alike leave possible."),
    ("Difference", "the mean over shared tasks of the arm's mean less its control's."),
    ("Sign-flip p", "how often differences whose signs are drawn have a mean as far from 0; exact with few tasks. It "
     "asks whether differences are symmetric about 0: of skewed ones, and few tasks, it rejects too often."),
    ("Holm p, max-T p", "adjusted for all contrasts declared; max-T flips all differences of a task together."),
    ("Equivalence", "two one-sided tests: the 90 % interval lies within the margin; adjusted by Holm's method too."),
    ("Verdict", "equivalent where both one-sided tests reject; better or worse where the adjusted p is below alpha and "
     "the interval leaves 0 out; else inconclusive, which is no evidence of equality."),
    ("Detectable", "the smallest true difference that so many tasks and tries find four times in five, by itself."),
    ("Ratios", "the geometric mean over tasks of mean costs or times, arm to control, with Student's interval."),
    ("Cost of a pass", "mean cost over the share of passed trials; its interval by drawing tasks."),
    ("Broken outside", "a trial that something outside broke again and again counts nowhere; its task is left out of "
     "comparisons with its arm, in both arms. Limits and errors of a run's own count as they ended."),
    ("Set aside", "attempts that went on without what broke outside, and whose trial began anew: what they took was "
     "paid, and is in no arm's cost."),
    ("Dropped", "trials behind the task after which the stopping rule ended it: begun by then, they were paid, and "
     "count nowhere."),
)  # fmt: skip


def write_selection(found: Analysis) -> Iterator[Block]:
    """What was seen where arms were chosen; nothing where there was no such split."""
    seen = found.selection
    if seen is None:
        return
    yield Heading("Selection, no evidence", "selection")
    yield Paragraph.of(
        f"On {count(seen.tasks, 'task')} that arms are chosen on. Of {count(len(seen.scores), 'arm')} alike, the best "
        f"would look better than it is by about {tell_difference(seen.bias).lstrip('+')} by chance alone."
    )
    rows = [(name, number(tell_score(score)), "yes" if name in seen.confirmed else "no")
            for name, score in sorted(seen.scores.items(), key=lambda entry: -entry[1])]  # fmt: skip
    yield Table.of("Mean scores on the selection split", ("arm", "mean score", "tried on the tasks kept back"), rows)


def write_design(found: Analysis) -> Iterator[Block]:
    """What was decided beforehand, and every arm with its whole configuration."""
    design = found.design
    yield Heading("Design", "design")
    facts: list[tuple[str, str]] = [
        ("Experiment", design.name),
        ("Tasks", f"{design.tasks or found.tasks:,} planned, {found.tasks:,} in these figures"),
        ("Tries of a task", f"{design.repeats}"),
        ("Evaluator", design.evaluator or "of each task"),
        ("Measure", design.metric),
        ("Margin", f"{design.margin:g}"),
        ("Alpha", f"{design.alpha:g}, of all contrasts together"),
        ("Stopping", design.stopping),
        ("Kept back for confirmation", f"{design.confirm:.0%} of tasks" if design.confirm else "nothing"),
        ("Seed", f"{design.seed}"),
        ("Begun", design.began_at or NOTHING),
    ]
    yield Table.of("Decided before the first trial", ("what", "value"), facts)
    rows: list[tuple[Inline, ...]] = [
        (
            arm.name,
            Code(arm.digest or NOTHING),
            ", ".join(f"{k} {v or 'none'}" for k, v in arm.factors.items()) or NOTHING,
        )
        for arm in design.arms
    ]
    yield Table.of("Arms", ("arm", "digest of its configuration", "factors"), rows)
    if design.refused:
        refused = [(name, reason) for name, reason in design.refused.items()]
        yield Table.of("Arms that could not be run, and were left out", ("arm", "why"), refused)
    for arm in design.arms:
        text = json.dumps(arm.parts, ensure_ascii=False, indent=1, sort_keys=True, default=str)
        yield Fold(f"Configuration of {arm.name}", (Listing(text),))


def write_reproduction(found: Analysis, files: dict[str, str]) -> Iterator[Block]:
    """Files, digests, versions and commands."""
    yield Heading("How to reproduce it", "reproduce")
    yield Paragraph.of("In the folder that this report lies in:")
    yield Listing("agent-brain lab report .\nagent-brain runs list --store journal.db")
    if files:
        yield Table.of("Files", ("file", "digest"), [(name, Code(digest)) for name, digest in files.items()])
    versions = {**{f"{name} (when it ran)": value for name, value in found.design.versions.items()}, **found.versions}
    yield Table.of("Versions", ("package", "version"), [(name, Code(value)) for name, value in versions.items()])
    if found.design.source:
        text = json.dumps(found.design.source, ensure_ascii=False, indent=1, sort_keys=True, default=str)
        yield Fold("The experiment's file, as data", (Listing(text),))


def write_methods() -> Iterator[Block]:
    """How each figure was come by."""
    yield Heading("How to read it", "methods")
    yield Items(tuple((Strong(name), f": {text}") for name, text in METHODS))
