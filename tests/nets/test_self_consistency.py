"""Self-consistency: moves, calls, votes, early stops, disagreement, limits, pauses, kills."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, SetupError, Status
from agent_brain.core.chat import Again, Delta
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.sameness import normalise
from agent_brain.nets.voting import Ballot
from agent_brain.tools.asking import ask_person
from agent_brain.wiring.nets import make_net
from nets.sampled import Dice, TunedModel
from nets.walking import check_resumes, find_path


def make_brain(*replies: str, net: str = "self_consistency", **parts: Any) -> Brain:
    return Brain(net=net, **{"model": ScriptedModel(Dice(*replies)), **parts})


@pytest.mark.parametrize(
    ("replies", "answer"),
    [
        (["4", "5", "4", "4.0", "6"], "4"),
        (["Rome", "paris", "Paris.", "Rome", "Oslo"], "Rome"),
        (["1", "2", "3", "4", "5"], "1"),
    ],
)
async def test_the_answer_that_most_give_wins_and_of_several_the_first(replies: list[str], answer: str) -> None:
    brain = make_brain(*replies)
    result = await brain.run("?", run_id="r")
    assert (result.answer, result.usage.model_calls) == (answer, 5)
    assert await find_path(brain.store) == ["vote", "answer"]
    (await brain.replay("r")).check()


async def test_samples_know_nothing_of_each_other_and_are_drawn_with_a_temperature() -> None:
    model = TunedModel(lambda _: "4")
    await make_brain(net="self_consistency(samples=3, temperature=1)", model=model).run("2 + 2?")
    assert model.calls[0] == model.calls[1] == model.calls[2]
    assert model.asked == [{"temperature": 1}] * 3


async def test_samples_are_drawn_at_the_same_time() -> None:
    class Meeting(ScriptedModel):
        """A model that answers when all have asked it."""

        together = asyncio.Barrier(4)

        async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
            """Wait for the others."""
            await self.together.wait()
            async for delta in super().stream(messages):
                yield delta

    result = await asyncio.wait_for(
        make_brain(net="self_consistency(samples=4)", model=Meeting(lambda _: "4")).run("?"), 10
    )
    assert result.answer == "4"


@pytest.mark.parametrize(
    ("replies", "calls"),
    [
        (["4", "4", "4"], 3),
        (["4", "5", "4", "4"], 4),
        (["5", "4", "4", "5", "4"], 5),
        (["4", "5", "6", "7", "8"], 5),
    ],
)
async def test_it_stops_as_soon_as_the_leader_cannot_be_caught(replies: list[str], calls: int) -> None:
    brain = make_brain(*replies, "x", "x", net="self_consistency(samples=5, at_once=1)")
    result = await brain.run("?", run_id="r")
    assert (result.answer, result.usage.model_calls) == ("4", calls)
    assert await find_path(brain.store) == [*["vote", "attempt"] * (calls - 1), "vote", "answer"]
    (await brain.replay("r")).check()


@given(st.lists(st.integers(0, 3), min_size=1, max_size=7), st.integers(0, 4))
def test_what_is_decided_no_further_votes_can_change(votes: list[int], left: int) -> None:
    def count(cast: Sequence[int]) -> Ballot:
        return Ballot(tuple(cast.count(name) for name in dict.fromkeys(cast)))

    names = list(dict.fromkeys(votes))
    leader = names[count(votes).leader]
    ends = [[*votes, *[name] * left] for name in {*names, 9}]
    same = [list(dict.fromkeys(end))[count(end).leader] == leader for end in ends]
    assert count(votes).is_decided(left) is all(same)


async def test_where_too_few_agree_another_net_answers() -> None:
    net = "self_consistency(direct, samples=5, unsure=retry(direct, tries=1))"
    brain = make_brain("1", "2", "3", "1", "5", "the other", net=net, evaluator=lambda _, __: True)
    result = await brain.run("?", run_id="r")
    assert (result.answer, result.usage.model_calls) == ("the other", 6)
    assert await find_path(brain.store) == ["vote", "unsure", "answer"]
    (await brain.replay("r")).check()


async def test_where_half_agree_no_other_net_is_asked() -> None:
    brain = make_brain("1", "2", "1", "3", net="self_consistency(samples=4, unsure=direct)")
    assert (await brain.run("?")).answer == "1"


async def test_a_sample_that_fails_has_no_vote() -> None:
    dice = Dice("1", "broken", "2", "2")

    def reply(messages: Sequence[Message]) -> str | ModelError:
        said = dice(messages)
        return ModelError(ModelErrorKind.QUOTA, "no money") if said == "broken" else said

    result = await make_brain(net="self_consistency(samples=4)", model=ScriptedModel(reply)).run("?", run_id="r")
    assert (result.answer, result.env.board["votes"]) == ("2", {"asked": 4, "counts": [[1, 1], [2, 2]]})


async def test_where_all_samples_fail_the_run_does_and_goes_on_from_there() -> None:
    store, down = MemoryStore(), ModelError(ModelErrorKind.QUOTA, "no money")
    broken = make_brain(net="self_consistency(samples=2)", model=ScriptedModel([down, down]), store=store)
    failed = await broken.run("?", run_id="r")
    result = await make_brain("4", "4", net="self_consistency(samples=2)", store=store).go_on("r")
    assert failed.status is Status.FAILED
    assert (result.answer, result.usage.model_calls) == ("4", 2)


@pytest.mark.parametrize("calls", range(1, 8))
async def test_samples_drawn_together_keep_the_limit_on_calls(calls: int) -> None:
    brain = make_brain(model=ScriptedModel(lambda _: "4"), limits=Limits(model_calls=calls))
    result = await brain.run("?", run_id="r")
    assert (result.answer, result.usage.model_calls <= calls) == ("4", True)
    assert result.status is (Status.LIMITED if calls < 6 else Status.ANSWERED)
    replay = await brain.replay("r")
    replay.check()
    assert len(replay.inside) == min(5, calls - 1)


async def test_a_run_killed_after_any_commit_comes_to_the_same_end() -> None:
    store = MemoryStore()

    def make() -> Brain:
        model = ScriptedModel(lambda messages: str(len(json.dumps(messages))))
        return make_brain(net="self_consistency(react, samples=3, at_once=2)", model=model, store=store)

    await check_resumes(make, await make().run("?", run_id="r"))


async def test_samples_that_wait_for_a_person_go_on_with_the_replies() -> None:
    asks = '{"name": "ask_person", "args": {"question": "Which?"}}'

    def reply(messages: Sequence[Message]) -> str:
        shown = json.dumps(messages)
        return next((colour for colour in ("scarlet", "azure") if colour in shown), asks)

    brain = make_brain(net="self_consistency(react_brief, samples=3)", model=ScriptedModel(reply), tools=[ask_person])

    first = await brain.run("?", run_id="r")
    one, two, three = (pause.pause_id for pause in first.pauses)
    second = await brain.go_on("r", {two: "scarlet"})
    third = await brain.go_on("r", {three: "azure", one: "scarlet"})

    assert (len(second.pauses), third.answer) == (2, "scarlet")
    assert third.env.board["votes"]["counts"] == [[1, 2], [3, 1]]
    (await brain.replay("r")).check()


class City(BaseModel):
    """A city."""

    name: str
    people: float


async def test_values_are_counted_as_values() -> None:
    replies = ('{"name": "Rome", "people": 3}', '{"people": 2.50, "name": "Oslo"}', '{"name": "oslo", "people": 2.5}')
    brain = make_brain(*replies, net="self_consistency(samples=3)", answer_type=City)
    result = await brain.run("?", run_id="r")
    assert (result.value, result.usage.model_calls) == (City(name="Oslo", people=2.5), 3)
    (await brain.replay("r")).check()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4", "4.00"), ("1,000", "1000"), ("$5", "5"), ("**Paris**", "paris."), ("It is so.\nAnswer: 7", "7"),
        ("The answer is 7.", "7"), ("-0", "0"), ("1e3", "1000"), ("a  b", "A B"), ('"yes"', "Yes!"),
    ],
)  # fmt: skip
def test_the_same_answer_in_another_dress_is_the_same(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4", "5"), ("1,2", "12"), ("50%", "50"), ("-3", "3"), ("no", "not"), ("1e999999999", "1e99999999"), ("!", "?"),
        ("12345678901234567890123456789012345", "12345678901234567890123456789012346"),
    ],
)  # fmt: skip
def test_another_answer_is_another_one(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize("option", ["samples=0", "temperature=0", "at_once=-1", "sample=3"])
def test_options_that_make_no_sense_are_refused(option: str) -> None:
    with pytest.raises(SetupError):
        make_net(f"self_consistency({option})")
