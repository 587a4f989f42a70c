"""Random runs replay as they went, and a journal with one thing changed is found out where it was changed."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_brain.brain import Brain
from agent_brain.core.items import Message, Observation, OutcomeStatus
from agent_brain.core.records import ActionFinished, Called, ItemAdded, Record, StateSet
from agent_brain.core.state import END
from agent_brain.core.store import Commit
from agent_brain.engine.limits import Limits
from agent_brain.engine.replay import Replay, replay
from agent_brain.engine.story import Step
from agent_brain.engine.telling import tell
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.function_tool import tool

REPLIES = (
    '{"name": "draw", "args": {"seed": 1}}',
    'Both.\n```json\n[{"name": "draw", "args": {"seed": 2}}, {"name": "draw", "args": {"seed": 3}}]\n```',
    '[{"name": "draw", "args": {"seed": 4}}, {"name": "no_such", "args": {}}, {"name": "draw", "args": {"seed": 5}}]',
    '{"name": "draw", "args": {"seed": "six"}}',
    '{"name": "draw", "args": {"seed": ',
    "",
    "  Nothing more.  ",
    "It is clear.",
)  # fmt: skip


def make(seed: int) -> Brain:
    chance = random.Random(seed)

    @tool(read_only=bool(seed % 2))
    async def draw(seed: int) -> Observation:
        """Draw."""
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        status = chance.choice(list(OutcomeStatus))
        return Observation(chance.choice(["", "7", "two\nlines", "é\0\ud800"]), status)

    def say(messages: Sequence[Message]) -> str:
        return chance.choice(REPLIES)

    net = chance.choice(["react", "react_brief"])
    return Brain(net, model=ScriptedModel(say), tools=[draw], limits=Limits(model_calls=8, tool_calls=6, faults=3))


async def record(seed: int) -> tuple[Brain, list[Commit]]:
    brain = make(seed)
    result = await brain.run(f"Draw, {seed}.")
    return brain, [commit async for commit in brain.store.read(result.run_id)]


async def play(seed: int, commits: Sequence[Commit]) -> Replay:
    """With a brain that has drawn nothing yet."""
    return await replay(commits, make(seed))


def change(found: Record) -> Record | None:
    """The record with one thing changed; None where there is nothing to be changed."""
    match found:
        case ActionFinished(outcome=outcome) if outcome.fault is None:
            return replace(found, outcome=replace(outcome, text=outcome.text + " changed"))
        case ItemAdded(text=text):
            return replace(found, text=text + " changed")
        case StateSet(state=state):
            return replace(found, state="answer" if state == "action" else "action")
        case Called() if found.text is not None:
            return replace(found, text=found.text + " changed")
        case Called():
            return replace(found, prompt=found.prompt[::-1] + "0")
    return None


def mutate(commits: Sequence[Commit], number: int, changed: Record) -> list[Commit]:
    place = next(i for i, commit in enumerate(commits) if commit.first <= number <= commit.last)
    records = list(commits[place].records)
    records[number - commits[place].first] = changed
    return [*commits[:place], replace(commits[place], records=tuple(records)), *commits[place + 1 :]]


def is_shown_in(steps: Sequence[Step], number: int) -> set[int]:
    """The steps in which a change may come out: its own, the next one, and the next one that asks a model."""
    own = next(step for step in steps if step.first <= number <= step.last)
    later = [step.number for step in steps if step.number > own.number and step.calls]
    return {own.number, own.number + 1, *later[:1]}


@given(seed=st.integers(min_value=0))
async def test_a_random_run_is_the_same_as_its_journal(seed: int) -> None:
    _, commits = await record(seed)
    found = await play(seed, commits)

    assert found.is_same, found.text()
    assert found.steps == sum(bool(step.target) for step in tell(commits).steps)


@settings(max_examples=150)
@given(seed=st.integers(min_value=0), place=st.integers(min_value=0))
async def test_one_changed_record_is_found_in_the_step_where_it_shows(seed: int, place: int) -> None:
    _, commits = await record(seed)
    steps = tell(commits).steps
    last_call = max((step.number for step in steps if step.calls), default=0)
    records = {commit.first + i: found for commit in commits for i, found in enumerate(commit.records)}
    changes = {number: changed for number, found in records.items() if (changed := change(found)) is not None}
    number = sorted(changes)[place % len(changes)]
    found = await play(seed, mutate(commits, number, changes[number]))

    own = next(step for step in steps if step.first <= number <= step.last)
    if isinstance(changes[number], ActionFinished | ItemAdded) and own.number >= last_call and own.target != END:
        return  # no model was shown it any more
    assert found.difference is not None, (changes[number], tell(commits))
    assert found.difference.step in is_shown_in(steps, number), found.text()


@pytest.mark.parametrize("kind", [ActionFinished, StateSet, Called])
async def test_a_changed_outcome_shows_in_the_next_prompt_and_a_changed_move_or_prompt_at_once(
    kind: type[Record],
) -> None:
    brain = Brain(model=ScriptedModel([REPLIES[0], "It is clear.", "One."]), tools=make(0).tools)
    run_id = (await brain.run("Draw.")).run_id
    commits = [commit async for commit in brain.store.read(run_id)]
    numbers = [c.first + i for c in commits for i, found in enumerate(c.records) if isinstance(found, kind)]
    found = [found for c in commits for found in c.records if isinstance(found, kind)]
    changed = change(found[-1])
    assert changed is not None
    difference = (await replay(mutate(commits, numbers[-1], changed), brain)).difference

    assert difference is not None
    assert (difference.step, difference.what) == {
        ActionFinished: (3, "prompt"), StateSet: (3, "move"), Called: (4, "prompt"),
    }[kind]  # fmt: skip
