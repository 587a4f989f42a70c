"""The experiment whose trials are to be re-run, made again from what its folder keeps, and a folder for the re-run."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.digests import describe
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.experiment_file import make_experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.rerunning.place import RERUN
from agent_brain.lab.rerunning.rerun import Rerun, clean, prepare_rerun
from agent_brain.lab.rows import read_rows


async def read_source(folder: Folder) -> Experiment:
    """The experiment in a folder, as its file said when it was run; that of a re-run from what it went on from.

    Raises: SetupError where no file has said it, or what a re-run went on from is gone; StoreError.
    """
    data = folder.read()
    source, path = data.get("source", {}), data.get("path", "")
    if RERUN in source:
        return await _prepare_again(folder, source[RERUN], data["repeats"])
    if not source or not path:
        raise SetupError(
            f"the experiment in {folder.path} was made by a program, not read from a file, so its tasks are not known "
            "here; in Python: agent_brain.rerun(experiment, folder, ...)"
        )
    return make_experiment(_find_data(source, path), path)


async def _prepare_again(folder: Folder, how: Mapping[str, Any], repeats: int) -> Experiment:
    """The experiment of a re-run, prepared as it was. Raises: SetupError; StoreError."""
    if "start" not in how:
        raise SetupError(
            f"{folder.path} was re-run by an earlier version, which has not kept how; wanted the command that made it "
            "once more: what is done stays done"
        )
    typed = Path(how["folder"])
    places = [Folder(typed), Folder(folder.path.resolve().with_name(typed.name))]
    found = next((place for place in places if place.has_experiment), None)
    if found is None:
        raise SetupError(f"{folder.path} goes on from {typed}, which is not there, nor beside it")
    plan = await prepare_rerun(
        await read_source(found), found.path, arm=how["arm"], start=how["start"], changes=how["changes"],
        together=how["together"], tasks=how["tasks"], repeats=repeats, same_luck=how["same_luck"],
    )  # fmt: skip
    return plan.experiment


def _find_data(kept: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """What the file says, as long as that is what was run, with the passwords in it that no folder keeps."""
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return kept
    return data if describe(data) == kept else kept


def find_folder(source: Folder, arm: str, start: str) -> Folder:
    """Where a re-run is kept as long as nobody says otherwise: beside the experiment's folder."""
    path = source.path.resolve()
    found = path.with_name(clean(f"{path.name}-{arm}-from-{start}").replace(" ", "-"))
    is_beside = not source.path.is_absolute() and found.is_relative_to(Path.cwd())
    return Folder(found.relative_to(Path.cwd()) if is_beside else found)


def count_alike(plan: Rerun, folder: Folder, arm: str) -> tuple[int, int]:
    """How many trials of a re-run's arm have ended as the stored ones had, and how many there are."""
    pairs = [(row, plan.rows[row.task]) for row in read_rows(folder.rows) if row.arm == arm and row.task in plan.rows]
    alike = [(row.answer, row.outcome, row.score) == (old.answer, old.outcome, old.score) for row, old in pairs]
    return sum(alike), len(alike)
