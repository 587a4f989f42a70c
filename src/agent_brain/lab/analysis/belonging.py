"""Whether rows are of an experiment: rows of another one, copied in by hand, are told with file and line."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from agent_brain.core.counting import name_some
from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.design import Design
from agent_brain.lab.analysis.design_file import KeptTask
from agent_brain.lab.arms.arm_brains import OF_TASK
from agent_brain.lab.digests import name_trial

NAMES_SHOWN = 5
BATCH_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """What of a row tells whose it is."""

    trial_id: str
    task: str
    arm: str
    repeat: int
    right: str
    """Empty in rows of the first versions."""


Check = Callable[[Row], str]
"""What speaks against a row; empty for nothing."""


def check_rows(rows: pa.Table, design: Design, tasks: Sequence[KeptTask], file: Path) -> None:
    """Let rows pass whose arm, task, answer and name are those of the experiment, as far as it has kept them.

    Raises: SetupError for the first other one: figures would be made of what was never run here.
    """
    check = _make_check(design, tasks)
    for batch in rows.select(["trial_id", "task", "arm", "repeat", "right"]).to_batches(BATCH_ROWS):
        for trial_id, task, arm, repeat, right in zip(*(column.to_pylist() for column in batch), strict=True):
            row = Row(trial_id or "", task or "", arm or "", repeat or 0, right or "")
            fault = check(row)
            if fault:
                raise SetupError(
                    f"{file}, line {_find_line(file, row)}: {fault}; wanted rows of {design.name!r} alone: "
                    "`agent-brain lab run` leaves out all others"
                )


def _make_check(design: Design, tasks: Sequence[KeptTask]) -> Check:
    known, arms = {task.name: task for task in tasks}, {arm.name: arm for arm in design.arms}

    @lru_cache(maxsize=16)  # rows stand in the order of task, arm and repeat
    def find_names(arm: str, asked: str, right: str) -> tuple[str, ...]:
        """Those of its trials; empty where the file does not tell what they are made of."""
        told = arms[arm].parts.get("evaluator")
        is_known = asked and arms[arm].digest and told in (None, OF_TASK)
        content = asked + (right if told == OF_TASK else "")
        names = (
            name_trial(design.name, arms[arm].digest, content, each, design.seed) for each in range(design.repeats)
        )
        return tuple(names) if is_known else ()

    def check(row: Row) -> str:
        if row.arm not in arms:
            return f"a row of arm {row.arm!r:.80}, which the experiment has not; its arms are {_quote(arms)}"
        if row.task not in known:
            return f"a row of task {row.task!r:.80}, which the experiment has not; its tasks are {_quote(known)}"
        if not 0 <= row.repeat < design.repeats:
            return f"a row of repeat {row.repeat}, counted from 0, of an experiment with {design.repeats}"
        task = known[row.task]
        if row.right and task.right and row.right != task.right:
            return f"task {row.task!r:.80} was judged by another answer or evaluator in this row than the experiment's"
        names = find_names(row.arm, task.asked, task.right)
        if names and names[row.repeat] != row.trial_id:
            return (
                f"trial {row.trial_id!r:.80} is none of this experiment, whose repeat {row.repeat} of task "
                f"{row.task!r:.80} in arm {row.arm!r:.80} is {names[row.repeat]!r}"
            )
        return ""

    return check


def _find_line(file: Path, row: Row) -> int:
    """The line of a row, counted from 1; of several the last one, which is the one that was read."""
    with file.open("rb") as lines:
        return max((number for number, line in enumerate(lines, start=1) if _is_of(line, row)), default=0)


def _is_of(line: bytes, row: Row) -> bool:
    try:
        data = json.loads(line)
    except ValueError:
        return False
    return isinstance(data, dict) and [data.get(name) for name in ("trial_id", "task", "arm", "repeat")] == [
        row.trial_id, row.task, row.arm, row.repeat,
    ]  # fmt: skip


def _quote(names: Iterable[str]) -> str:
    return name_some([repr(name) for name in names], NAMES_SHOWN)
