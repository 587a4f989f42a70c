"""Task by task: where arms differ, and the runs to read."""

import shlex
from collections.abc import Iterator, Mapping, Sequence

from agent_brain.core.counting import count
from agent_brain.lab.analysis.analysis import Analysis, TaskRow
from agent_brain.lab.folder import JOURNAL
from agent_brain.lab.report.document import (
    Block,
    Cell,
    Code,
    Fold,
    Heading,
    Inline,
    Link,
    Listing,
    Paragraph,
    Table,
    number,
)
from agent_brain.lab.report.readings import Reading
from agent_brain.lab.report.words import NOTHING, tell_score

TASKS_SHOWN = 100
TASKS_WITH_COMMANDS = 20
PAIRS_SHOWN = 4


def write_tasks(found: Analysis, readings: Sequence[Reading], stores: Mapping[str, str]) -> Iterator[Block]:
    """The tasks on which arms differ most, with commands to copy, and some runs whole."""
    yield Heading("Tasks", "tasks")
    rows = found.rows[:TASKS_SHOWN]
    arms = [arm.name for arm in found.arms]
    more = f" The first {len(rows)} of {len(found.rows):,}; the JSON has all." if len(rows) < len(found.rows) else ""
    yield Paragraph.of(
        f"Those first on which arms differ most.{more} Below the table are the commands that tell what a run did, and "
        "where the runs of two arms part."
    )
    told = {row.task for row in rows[:TASKS_WITH_COMMANDS]}
    anchors = {row.task: f"task-{place}" for place, row in enumerate(found.rows) if row.task in told}
    head = ("task", "family", "difference", *arms)
    yield Table.of(
        f"Mean {found.design.metric} of each task, and tries passed", head, [_row(row, arms, anchors) for row in rows]
    )
    for row in rows[:TASKS_WITH_COMMANDS]:
        yield _write_commands(found, row, anchors[row.task], stores, readings)
    yield from _write_readings(readings)


def _row(row: TaskRow, arms: Sequence[str], anchors: dict[str, str]) -> tuple[Inline | Cell, ...]:
    name: Inline = Link(row.task, f"#{anchors[row.task]}") if row.task in anchors else row.task
    return (name, row.family or NOTHING, number(tell_score(row.spread)), *(number(_tell(row, arm)) for arm in arms))


def _tell(row: TaskRow, arm: str) -> str:
    score = row.scores.get(arm)
    return NOTHING if score is None else f"{tell_score(score)} ({row.passed[arm]}/{row.trials[arm]})"


def _write_commands(
    found: Analysis, row: TaskRow, anchor: str, stores: Mapping[str, str], readings: Sequence[Reading]
) -> Fold:
    """The runs of a task: a table of who did what, and commands that hold nothing but names of runs."""
    embedded = {run: reading.anchor for reading in readings for run in reading.runs}
    rows = [
        (
            arm,
            number(_tell(row, arm)),
            Link(run, f"#{embedded[run]}") if run in embedded else Code(run),
            Code(_command("runs show", run, store=stores.get(arm, JOURNAL))),
        )
        for arm, run in row.runs.items()
    ]
    head = ("arm", "score", "the run that scored least", "what it did")
    pairs = [(each.control, each.arm) for each in found.contrasts if {each.arm, each.control} <= row.runs.keys()]
    pairs = [both for both in pairs if stores.get(both[0]) == stores.get(both[1])]
    lines = [
        _command("diff", row.runs[control], row.runs[arm], store=stores.get(arm, JOURNAL))
        for control, arm in pairs[:PAIRS_SHOWN]
    ]
    blocks: list[Block] = [Table.of("", head, rows)]
    if lines:
        blocks.append(Listing("\n".join(lines), "Where the runs of an arm and its control part"))
    return Fold(f"{row.task}: runs and commands", tuple(blocks), anchor)


def _command(*words: str, store: str) -> str:
    name, *runs = words
    return f"agent-brain {name} {shlex.join(runs)} --store {shlex.quote(store)}"


def _write_readings(readings: Sequence[Reading]) -> Iterator[Block]:
    if not readings:
        return
    yield Heading("Runs to read", "runs")
    yield Paragraph.of(
        f"{count(len(readings), 'text')} from the journal: runs of tasks on which an arm and its control differ most. "
        "What a model or a tool has written is shown as it is."
    )
    for reading in readings:
        yield Fold(reading.title, (Listing(reading.text),), reading.anchor)
