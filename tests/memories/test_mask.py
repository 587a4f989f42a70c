"""Masked observations: which are, what stands in their place, and how a model brings one back."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from agent_brain import Brain, MemoryEnv, Message, ScriptedModel, Status, tool
from agent_brain.core.errors import SetupError
from agent_brain.core.items import FaultKind, Observation, OutcomeStatus
from agent_brain.core.lens import Lens
from agent_brain.memories.mask import Mask
from memories.logs import act, look, make_env

LONG = "line\n" * 40


@tool(read_only=True)
def read_page(number: int) -> str:
    """Read one page of the book."""
    return f"Page {number}.\n" + ("The harbour is red.\n" if number == 2 else "The mill is old.\n") * 30


def read_then_recall(messages: Sequence[Message]) -> str:
    """Reads four pages, then brings back what the second one said, and answers with it."""
    shown = json.dumps(messages[1:])
    done = sum(message["role"] == "tool" or "</observation>" in message["content"] for message in messages[1:])
    done = max(done, shown.count("</observation>"))
    if done < 4:
        return json.dumps({"name": "read_page", "args": {"number": done + 1}})
    if "Page 2" not in shown:
        place = shown.rpartition("recall(id=")[0].rpartition("recall(id=")[2].partition(")")[0]
        place = place or shown.partition("recall(id=")[2].partition(")")[0]
        return json.dumps({"name": "recall", "args": {"id": int(place)}})
    return "It is red." if "The harbour is red." in shown else "I do not know."


def make_long(count: int, text: str = LONG) -> MemoryEnv:
    env = make_env()
    for _ in range(count):
        act(env, "I look.", "", [Observation(text)])
    return env


def find_masked(memory: Mask, env: MemoryEnv) -> list[int]:
    """Which observations are masked, counted from 0."""
    items = [item for item in memory.render(env, Lens()) if item.outcome is not None]
    return [place for place, item in enumerate(items) if "not shown any more" in item.outcome.text]  # type: ignore[union-attr]  # as asked


def test_all_but_the_first_and_the_last_ones_are_masked() -> None:
    assert find_masked(Mask(3), make_long(8)) == [1, 2, 3, 4]
    assert find_masked(Mask(3), make_long(4)) == []


def test_with_polling_the_line_is_drawn_anew_only_now_and_then() -> None:
    assert [len(find_masked(Mask(3, polling=4), make_long(count))) for count in range(4, 13)] == [
        0, 0, 0, 3, 3, 3, 3, 7, 7,
    ]  # fmt: skip


def test_the_line_says_how_much_it_was_and_under_which_id() -> None:
    items = Mask(1).render(make_long(4), Lens())

    [*_, line] = [item for item in items if item.seq == 4]
    assert line.outcome is not None
    assert line.outcome.text == "(41 lines not shown any more; recall(id=4) shows them)"


def test_of_what_was_looked_at_again_only_the_newest_view_stays_where_that_is_wanted() -> None:
    env = make_env()
    for text in (LONG, f"new {LONG}"):
        act(env, "I look.", "", [Observation(text), Observation(text, OutcomeStatus.FAILED)])
    act(env, "I go on.", "", [])

    assert find_masked(Mask(9, repeated="mask"), env) == [0]
    assert find_masked(Mask(9), env) == []


def test_what_is_no_longer_than_the_line_stays() -> None:
    assert find_masked(Mask(1), make_long(6, "42")) == []


def test_the_call_the_words_and_whether_it_failed_stay() -> None:
    env = make_long(1)
    act(env, "I try.", "Hm.", [Observation(LONG, OutcomeStatus.FAILED)])
    for _ in range(2):
        act(env, "I look.", "", [Observation(LONG)])

    said, tried = Mask(1).render(env, Lens())[3:5]
    assert (said.text, said.reasoning, tried.action) == ("I try.", "Hm.", env.log[4].action)
    assert tried.outcome is not None
    assert tried.outcome.status is OutcomeStatus.FAILED


def test_what_the_last_reply_asked_for_is_never_masked() -> None:
    env = make_long(2)
    act(env, "I look everywhere.", "", [Observation(LONG)] * 5)
    assert find_masked(Mask(1), env) == [1]


def test_what_was_recalled_is_masked_under_the_id_that_it_had_first() -> None:
    env = make_long(3)
    look(env, "recall", {"id": 4})
    act(env, "I look.", "", [Observation(LONG)])
    act(env, "I look.", "", [Observation(LONG)])

    texts = [item.outcome.text for item in Mask(1).render(env, Lens()) if item.outcome is not None]
    assert texts[3] == "(41 lines not shown any more; recall(id=4) shows them)"


@pytest.mark.parametrize("wanted", [{"id": 99}, {"id": -1}, {"id": "x"}, {}, {"id": 1, "more": 2}])
def test_an_id_that_is_none_says_what_was_wanted(wanted: Any) -> None:
    recall: Any = Mask.tools[0]
    found = recall.look(wanted, make_long(1))
    assert (found.status, found.fault) == (OutcomeStatus.FAILED, FaultKind.WRONG_ARGUMENTS)


async def test_a_model_brings_back_what_it_needs_and_the_replay_is_the_same() -> None:
    brain = Brain(memory="mask(1)", model=ScriptedModel(read_then_recall), tools=[read_page], net="react_brief")
    result = await brain.run("Which colour has the harbour?", run_id="r")

    assert (result.status, result.answer) == (Status.ANSWERED, "It is red.")
    assert "recall" in [item.action.name for item in result.env.log if item.action is not None]
    (await brain.replay("r")).check()


@pytest.mark.parametrize("options", [{"observations": 0}, {"polling": 0}, {"observations": True}, {"repeated": "x"}])
def test_options_that_mean_nothing_are_refused(options: Any) -> None:
    with pytest.raises(SetupError, match="wanted"):
        Mask(**options)
