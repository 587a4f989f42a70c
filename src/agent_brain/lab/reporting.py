"""Reports of experiments as their folders keep them: read, analysed, written; nothing is asked of any model."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_brain.lab.analysis.analysis import Analysis
from agent_brain.lab.analysis.compare import compare
from agent_brain.lab.analysis.kept import Kept, read_kept
from agent_brain.lab.folder import JOURNAL, Folder
from agent_brain.lab.report.readings import Reading, read_runs
from agent_brain.lab.report.sections.differences import write_differences
from agent_brain.lab.report.writing import Report, write_report

FILES = ("report.html", "report.md", "report.json")


@dataclass(frozen=True, slots=True)
class Told:
    """A report that was written, and what it says first."""

    analysis: Analysis
    files: Sequence[Path]
    differences: Sequence[str] = ()
    """What two experiments have set otherwise, a line each."""

    @property
    def verdicts(self) -> list[tuple[str, str, str]]:
        """Of each contrast, its verdict, its name and the sentence that justifies it."""
        return [(each.verdict.value, each.name, each.sentence) for each in self.analysis.contrasts]

    @property
    def cautions(self) -> list[str]:
        """What to know before believing them."""
        return [caution.text for caution in self.analysis.cautions]

    def data(self) -> Mapping[str, Any]:
        """The analysis as JSON."""
        return self.analysis.data()


def report_folder(
    folder: Folder | str | os.PathLike[str], output: Path | None = None, *, with_runs: bool = True
) -> Told:
    """Write the report of an experiment into its folder, or another one.

    Raises: SetupError where there is no experiment, or no trial of it counts.
    """
    kept = read_kept(folder)
    analysis = kept.analyse()
    place = output or kept.folder.path
    readings = _read_runs(analysis, kept.folder) if with_runs else []
    stores = {} if output is None else {arm.name: _point(kept, place) for arm in analysis.arms}
    report = write_report(analysis, readings, kept.files, stores=stores)
    return Told(analysis, _write(report, place))


def compare_folders(
    before: Folder | str | os.PathLike[str],
    after: Folder | str | os.PathLike[str],
    pairs: Sequence[tuple[str, str]] = (),
    output: Path | None = None,
) -> Told:
    """Compare arms of two experiments on the tasks that both have; written where `output` says so.

    Raises: SetupError where they share nothing, and says what each has.
    """
    found = compare(read_kept(before), read_kept(after), pairs)
    lines = [f"{each.where}: {each.name}: {each.before} -> {each.after}" for each in found.differences]
    if output is None:
        return Told(found.analysis, (), lines)
    stores = {arm: _point(kept, output) for arm, kept in found.stores.items()}
    report = write_report(found.analysis, stores=stores, foreword=tuple(write_differences(found)))
    return Told(found.analysis, _write(report, output), lines)


def _point(kept: Kept, place: Path) -> str:
    """A journal's path as a reader in `place` writes it."""
    return os.path.relpath(kept.folder.path / JOURNAL, place)


def _read_runs(analysis: Analysis, folder: Folder) -> list[Reading]:
    if not folder.journal.is_file():
        return []

    async def read() -> list[Reading]:
        store = folder.open_store()
        try:
            return await read_runs(analysis, store)
        finally:
            await store.aclose()

    return asyncio.run(read())


def _write(report: Report, place: Path) -> list[Path]:
    """The three files, each whole or not at all."""
    place.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in zip(FILES, (report.html(), report.markdown(), report.json()), strict=True):
        part = place / f"{name}.part"
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, place / name)
        written.append(place / name)
    return written
