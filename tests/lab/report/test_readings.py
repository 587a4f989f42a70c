"""Runs to read in a report, from a journal."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from agent_brain import Brain, MemoryStore, ScriptedModel, tool
from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.analysis import Analysis
from agent_brain.lab.report.readings import CHARACTERS_MAX, read_runs
from agent_brain.lab.report.writing import write_report
from lab.analysis.planting import make_trial, plan
from lab.report.reading_pages import Page

CALL = 'I look. {"name": "look", "args": {"at": "<b>box</b>"}}'


@tool
def look(at: str) -> str:
    """Look at a thing."""
    return f"<script>in {at}</script>" + "x" * 3_000


@pytest.fixture
async def store() -> AsyncIterator[MemoryStore]:
    """A journal with the runs of two arms on one task."""
    kept = MemoryStore()
    for arm, replies in (("a", ["Nothing.", "nothing"]), ("b", [CALL, "Enough.", "the key"])):
        brain = Brain(net="react", model=ScriptedModel(replies), tools=[look], wire="text", store=kept)
        await brain.run("Where is <it>?", run_id=f"{arm}.t0.0")
    yield kept
    await kept.aclose()


def _find() -> Analysis:
    rows = [make_trial("t0", "a"), make_trial("t0", "b", passed=True), make_trial("t1", "a"), make_trial("t1", "b")]
    return analyse(plan(["a", "b"], 2), rows)


async def test_the_runs_of_tasks_on_which_arms_differ_are_told_with_where_they_part(store: MemoryStore) -> None:
    found = await read_runs(_find(), store)
    assert [each.title for each in found] == ["t0 by a", "t0 by b", "t0: from a to b"]
    assert '-> look(at="<b>box</b>")' in found[1].text
    assert "<- <script>in <b>box</b></script>" in found[1].text
    assert found[1].text.endswith("answered: the key")
    assert found[2].text.startswith("--- a.t0.0\n+++ b.t0.0")
    assert all(len(each.text) < CHARACTERS_MAX + 50 for each in found)


async def test_what_a_tool_gave_is_shown_in_the_page_and_not_read(store: MemoryStore) -> None:
    analysis = _find()
    page = Page(write_report(analysis, await read_runs(analysis, store)).html())
    assert page.faults == []
    assert page.find("script") == page.find("b") == []
    assert "<script>in <b>box</b></script>" in page.text("pre")
    assert "characters left out" in page.text("pre")


async def test_runs_that_the_journal_has_not_are_passed_over() -> None:
    analysis = _find()
    assert await read_runs(analysis, MemoryStore()) == []


async def test_where_no_task_tells_arms_apart_nothing_is_told(store: MemoryStore) -> None:
    analysis = _find()
    alike = replace(analysis, rows=tuple(row for row in analysis.rows if not row.spread))
    assert await read_runs(alike, store) == []
