"""A finished experiment as its folder keeps it, read for analysis."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.analysis import Analysis, Paid
from agent_brain.lab.analysis.belonging import check_rows
from agent_brain.lab.analysis.columns import to_columns
from agent_brain.lab.analysis.design import Design
from agent_brain.lab.analysis.design_file import load_design, load_tasks
from agent_brain.lab.analysis.reading import read_rows
from agent_brain.lab.digests import digest_file
from agent_brain.lab.evidence import pick_evident
from agent_brain.lab.folder import EXPERIMENT, PROGRESS, ROWS, Folder
from agent_brain.lab.toml_table import Table

DROPPED = "dropped after the decision"
"""What for, where an experiment's rule has left trials out that were under way by then."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An experiment's design, rows and tasks."""

    folder: Folder
    design: Design
    rows: pa.Table
    asked: Mapping[str, str]
    """The digest of what each task asks, by its name."""
    right: Mapping[str, str]
    """The digest of what says whether it was done."""
    planned: Sequence[str] = ()
    """The tasks that are evidence."""
    dropped: Paid | None = None
    """What its stopping rule has left out of the rows, and was paid nevertheless."""

    @property
    def files(self) -> Mapping[str, str]:
        """Digests of what its figures are made of."""
        return {name: digest_file(self.folder.path / name) for name in (EXPERIMENT, ROWS)}

    def analyse(self) -> Analysis:
        """What its rows say. Raises: SetupError where none counts."""
        found = analyse(self.design, to_columns(self.rows), self.planned)
        return found if self.dropped is None else replace(found, paid=(*found.paid, self.dropped))


def read_kept(folder: Folder | str | os.PathLike[str]) -> Kept:
    """The experiment in this folder. Raises: SetupError where there is none, or rows are none or of another one."""
    folder = folder if isinstance(folder, Folder) else Folder(folder)
    data, file = folder.read(), folder.path / EXPERIMENT
    design, tasks = load_design(data, str(file)), load_tasks(data, str(file))
    rows = read_rows(folder.path)
    check_rows(rows, design, tasks, folder.path / ROWS)
    return Kept(
        folder,
        design,
        rows,
        {task.name: task.asked for task in tasks},
        {task.name: task.right for task in tasks},
        pick_evident({task.name: task.split for task in tasks}),
        _read_dropped(folder),
    )


def _read_dropped(folder: Folder) -> Paid | None:
    """What the experiment's end has told of it; None for nothing. Raises: SetupError for what is no such thing."""
    data = folder.read_progress().get("dropped")
    if not data:
        return None
    table = Table(data, f"{folder.path / PROGRESS}, dropped")
    paid = Paid(
        DROPPED,
        table.take("calls", int, 0),
        table.take("tokens", int, 0),
        table.take("cost_usd", float, 0.0),
        table.take("unpriced_tokens", int, 0),
    )
    return paid if paid.calls else None
