"""Runs to read in a report: the stories of a few trials on which arms differ, and where two of them part."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from agent_brain.core.errors import StoreError
from agent_brain.core.items import OutcomeStatus
from agent_brain.core.store import Store
from agent_brain.engine.diff import compare
from agent_brain.engine.story import Deed, Step, Story
from agent_brain.engine.telling import read_story
from agent_brain.lab.analysis.analysis import Analysis, ContrastResult, TaskRow

CONTRASTS_MAX = 3
TASKS_MAX = 2
"""Of each contrast."""
CHARACTERS_MAX = 12_000
"""Of one text; a run's whole story is in its journal."""
SEEN_CHARACTERS_MAX = 600
"""Of one outcome or one thing said."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One text, and the runs that it is about."""

    title: str
    text: str
    anchor: str
    runs: tuple[str, ...] = ()
    """Those whose story it is; none for what parts two of them."""


@dataclass(frozen=True, slots=True)
class _Choice:
    task: str
    arm: str
    run: str


async def read_runs(found: Analysis, store: Store) -> list[Reading]:
    """The stories, and differences, of the runs that tell most; runs that the store has not are passed over."""
    stories: dict[str, Story] = {}
    readings: list[Reading] = []
    for control, arm in _choose(found):
        for each in (control, arm):
            if each.run not in stories and (story := await _find_story(store, each.run)) is not None:
                stories[each.run] = story
                readings.append(_tell_story(each, story, len(readings)))
        if control.run in stories and arm.run in stories:
            readings.append(_tell_diff(control, arm, stories, len(readings)))
    return readings


def _choose(found: Analysis) -> Iterator[tuple[_Choice, _Choice]]:
    """For the first contrasts, the tasks on which arm and control differ most."""
    for contrast in found.contrasts[:CONTRASTS_MAX]:
        rows = [row for row in found.rows if {contrast.arm, contrast.control} <= row.runs.keys()]
        rows.sort(key=lambda row: -_differ(row, contrast))
        for row in rows[:TASKS_MAX]:
            if _differ(row, contrast):
                yield (
                    _Choice(row.task, contrast.control, row.runs[contrast.control]),
                    _Choice(row.task, contrast.arm, row.runs[contrast.arm]),
                )


def _differ(row: TaskRow, contrast: ContrastResult) -> float:
    return abs((row.scores[contrast.arm] or 0.0) - (row.scores[contrast.control] or 0.0))


async def _find_story(store: Store, run: str) -> Story | None:
    try:
        return await read_story(store, run)
    except StoreError:
        return None


def _tell_story(choice: _Choice, story: Story, place: int) -> Reading:
    text = _cut("\n".join(tell_story(story)), CHARACTERS_MAX)
    return Reading(f"{choice.task} by {choice.arm}", text, f"run-{place}", (choice.run,))


def _tell_diff(control: _Choice, arm: _Choice, stories: dict[str, Story], place: int) -> Reading:
    text = _cut(compare(stories[control.run], stories[arm.run]).text(), CHARACTERS_MAX)
    return Reading(f"{arm.task}: from {control.arm} to {arm.arm}", text, f"run-{place}")


def tell_story(story: Story) -> Iterator[str]:
    """A story in lines: its question, each step with what was said, done and seen, and its end; without times."""
    yield f"? {story.goal}"
    for step in story.steps:
        yield from _tell_step(step)
    yield ""
    yield f"{story.status}: {story.answer or story.error}"


def _tell_step(step: Step) -> Iterator[str]:
    yield ""
    yield f"-- {step.number} {step.state} ({step.usage.tokens:,} tokens)"
    for said in step.said:
        if said.text:
            yield _cut(f"{'! ' if said.fault else ''}{said.text}", SEEN_CHARACTERS_MAX)
    for deed in step.actions:
        yield from _tell_deed(deed)
    for judgement in step.judgements:
        yield f"   {judgement.describe()}"
    for note in (*step.fits, *step.errors, *filter(None, (step.limit,))):
        yield f"! {note}"
    for inside in step.inside:
        yield from (f"    {line}" for text in tell_story(inside) for line in text.split("\n"))


def _tell_deed(deed: Deed) -> Iterator[str]:
    args = ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False, default=str)}" for name, value in deed.args.items()
    )
    yield _cut(f"-> {deed.name}({args})", SEEN_CHARACTERS_MAX)
    if deed.status is not None:
        mark = "" if deed.status is OutcomeStatus.FINISHED else f"[{deed.status}] "
        yield _cut(f"<- {mark}{deed.outcome}", SEEN_CHARACTERS_MAX)


def _cut(text: str, most: int) -> str:
    """A text's beginning and its end, which tells what came of it."""
    if len(text) <= most:
        return text
    end = most // 4
    return f"{text[: most - end]}\n... ({len(text) - most:,} characters left out) ...\n{text[-end:]}"
