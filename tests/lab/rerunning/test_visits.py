"""Where a stored run can be gone on from: its steps, and how they are named."""

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError, UnknownName
from agent_brain.core.store import Commit
from agent_brain.lab.rerunning.visits import Start, Visit, list_visits
from agent_brain.models.scripted import Line, ScriptedModel
from lab.sums import add

CALL = '{"name": "add", "args": {"a": 2, "b": 3}}'
STATES = ["reasoning", "action", "answer"]


def make(*script: Line) -> Brain:
    return Brain(tools=[add], model=ScriptedModel(list(script)))


async def read_commits(brain: Brain, run_id: str) -> list[Commit]:
    return [commit async for commit in brain.store.read(run_id)]


async def test_each_step_begins_where_the_env_stands_at_its_state() -> None:
    brain = make(CALL, "I know it.", "5")
    await brain.run("What is 2 + 3?", run_id="r")

    visits = list_visits(await read_commits(brain, "r"))

    assert [(visit.step, visit.state) for visit in visits] == list(
        enumerate(("reasoning", "action", "reasoning", "answer"), 1)
    )
    for visit in visits:
        env = await brain.load("r", visit.head)
        assert (env.state, env.steps, env.done) == (visit.state, visit.step, False)


async def test_a_further_question_begins_to_count_anew() -> None:
    brain = make("I know it.", "5", CALL, "I know it.", "6")
    first = await brain.run("What is 2 + 3?")
    await brain.run("And 3 + 3?", after=first.env, run_id="second")

    visits = list_visits(await read_commits(brain, "second"))

    assert [visit.state for visit in visits] == ["reasoning", "action", "reasoning", "answer"]
    assert visits[0].head > first.env.head


async def test_a_step_that_was_broken_outside_is_the_same_step_once_it_goes_on() -> None:
    brain = make(CALL, ModelError(ModelErrorKind.AUTHENTICATION, "no key"), "I know it.", "5")
    await brain.run("What is 2 + 3?", run_id="r")
    await brain.go_on("r")

    visits = list_visits(await read_commits(brain, "r"))

    assert [visit.step for visit in visits] == [1, 2, 3, 4]
    assert not (await brain.load("r", visits[2].head)).error


VISITS = [Visit(1, "reasoning", 2), Visit(2, "action", 9), Visit(3, "reasoning", 12), Visit(4, "answer", 17)]


@pytest.mark.parametrize(("text", "step", "told"), [
    ("3", 3, "step 3"), ("reasoning", 1, "the first visit of reasoning"), ("first:reasoning", 1, "the first visit of"),
    ("last:reasoning", 3, "the last visit of reasoning"), ("answer", 4, "the first visit of answer"), ("9", None, ""),
])  # fmt: skip
def test_a_start_is_a_number_or_a_visit_of_a_state(text: str, step: int | None, told: str) -> None:
    start = Start.read(text, STATES)

    found = start.find(VISITS)

    assert (None if found is None else found.step) == step
    assert told in str(start)


@pytest.mark.parametrize(("text", "kind", "told"), [
    ("0", SetupError, "counted from 1"), ("second:action", SetupError, r"wanted a number, a state"),
    ("reasonin", UnknownName, "did you mean 'reasoning'.*known: action, answer, reasoning"),
    ("last:x", UnknownName, "known: action"), ("-1", UnknownName, "known"),
])  # fmt: skip
def test_what_names_no_step_is_refused(text: str, kind: type[SetupError], told: str) -> None:
    with pytest.raises(kind, match=told):
        Start.read(text, STATES)
