"""States that ask: whose reply it is that they find, and what becomes of one that asks and moves."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import IllegalMove, RunError, SetupError
from agent_brain.core.events import Piece
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Moves, Net
from agent_brain.core.pauses import PauseKind
from agent_brain.core.records import Status
from agent_brain.core.state import END, State
from agent_brain.engine.limits import Limits
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.asking import AskState
from agent_brain.stores.memory import MemoryStore


@dataclass(frozen=True)
class Going(State):
    """Streams, takes its time, and goes on: by the table of its net, not of its own."""

    then: str
    seconds: float = 0.0
    asks: bool = False

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        yield "."
        await asyncio.sleep(self.seconds)

    async def _transition(self, env: MemoryEnv) -> None:
        if self.asks:
            env.ask("May it?")
        env.set_state(self.then)


class Ending(State):
    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        yield "."
        env.add(ItemKind.ANSWER, "done")

    async def _transition(self, env: MemoryEnv) -> None:
        env.done = True


def make_brain(states: Mapping[str, State], moves: Moves, **options: Any) -> Brain:
    net = Net("asking", {**states, "end_it": Ending()}, {**moves, "end_it": {END}}, next(iter(states)), "end_it")
    return Brain(net, model=ScriptedModel([]), **options)


async def test_what_a_person_gave_more_of_is_no_reply_to_the_state_that_comes_next() -> None:
    states = {"go": Going("ask"), "ask": AskState("Which colour?", then="end_it")}
    brain = make_brain(states, {"go": {"ask"}}, limits=Limits(steps=1), asks_for_more=True)
    waiting = await brain.run("Paint it.")
    assert [pause.kind for pause in waiting.pauses] == [PauseKind.BUDGET]

    asked = await brain.go_on(waiting.run_id, {"q1": 5})

    assert [(pause.pause_id, pause.text) for pause in asked.pauses] == [("q2", "Which colour?")]


async def test_a_further_question_of_a_conversation_is_asked_anew() -> None:
    brain = make_brain({"ask": AskState("Which colour?", then="end_it")}, {})
    waiting = await brain.run("Paint it.")
    done = await brain.go_on(waiting.run_id, {"q1": "red"})

    again = await brain.run("Paint another one.", after=done.env)

    assert [pause.pause_id for pause in again.pauses] == ["q2"]


async def test_a_no_to_more_counts_for_its_own_question_alone() -> None:
    states = {"go": Going("more"), "more": Going("end_it")}
    moves = {"go": {"more"}, "more": {"end_it"}}
    brain = make_brain(states, moves, limits=Limits(steps=1), asks_for_more=True)
    waiting = await brain.run("Go.")
    done = await brain.go_on(waiting.run_id, {"q1": 0})
    assert done.status is Status.LIMITED

    again = await brain.run("Go on.", after=done.env)

    assert [pause.pause_id for pause in again.pauses] == ["q2"]


@pytest.mark.parametrize(
    ("first", "limits"),
    [(Going("more", seconds=60.0), Limits(seconds=0.05)), (Going("more"), Limits(steps=1))],
    ids=["seconds", "steps"],
)
async def test_a_state_after_the_limit_asks_once(first: State, limits: Limits) -> None:
    states = {"go": first, "more": Going("ask"), "finish": Going("ask"), "ask": AskState("All well?", then="end_it")}
    moves: Moves = {"go": {"more"}, "more": {"finish"}, "finish": {"ask"}}
    net = Net("late", {**states, "end_it": Ending()}, {**moves, "end_it": {END}}, "go", "finish")
    brain = Brain(net, model=ScriptedModel([]), limits=limits)
    waiting = await brain.run("Go.")

    done = await brain.go_on(waiting.run_id, {"q1": "yes"})

    assert (done.status, done.answer) == (Status.LIMITED, "done")


class Dallying(State):
    """Asks, and takes longer than it may."""

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        if env.find_pause() is None:
            env.ask("May it?")
        yield "."
        await asyncio.sleep(60)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state("end_it")


async def test_a_run_that_has_one_of_two_replies_still_waits_for_more_time() -> None:
    store, limits = MemoryStore(), Limits(seconds=0.01)
    brain = make_brain({"go": Dallying()}, {"go": {"end_it"}}, store=store, limits=limits, asks_for_more=True)
    waiting = await brain.run("Go.", run_id="r")
    assert [pause.kind for pause in waiting.pauses] == [PauseKind.QUESTION, PauseKind.BUDGET]

    still = await brain.go_on("r", {"q1": "yes"})

    assert (still.env, (await store.get("r")).status) == (await brain.load("r"), Status.WAITING)


async def test_a_step_that_asks_and_moves_fails_and_nobody_is_asked() -> None:
    brain = make_brain({"go": Going("end_it", asks=True)}, {"go": {"end_it"}})

    result = await brain.run("Go.")

    assert (result.status, result.pauses, result.env.state) == (Status.FAILED, [], "go")
    with pytest.raises(RunError, match="must not move"):
        _ = result.answer


async def test_a_run_that_failed_with_its_move_is_tried_again_from_the_step_that_failed() -> None:
    store = MemoryStore()
    await make_brain({"go": Going("nowhere")}, {"go": {"end_it"}}, store=store).run("Go.", run_id="r")
    mended = make_brain({"go": Going("end_it")}, {"go": {"end_it"}}, store=store)

    assert (await store.get("r")).state == "go"
    done = [event async for event in mended.resume("r", is_net_change_allowed=True)][-1]

    assert getattr(done, "answer") == "done"  # noqa: B009  # the last event is Ended
    assert IllegalMove.__name__ in [getattr(record, "error", "") for record in await _read(store)]


async def test_a_fork_of_a_run_that_waits_stops_waiting_when_it_does() -> None:
    now = 1000.0
    store = MemoryStore(clock=lambda: now)
    ask = AskState("Well?", then="end_it", expires_seconds=60, default="no")
    brain = make_brain({"ask": ask}, {}, store=store, clock=lambda: now)
    waiting = await brain.run("Ask.", run_id="first")
    await brain.fork(waiting.run_id, fork_id="second")

    now += 60

    assert [info.run_id for info in await store.list_due()] == ["first", "second"]
    assert (await brain.drive("second")).answer == "done"


@pytest.mark.parametrize("reply", [float("inf"), float("nan"), -1, True, 10**400, "5", None])
async def test_more_of_a_limit_is_a_number_that_can_be_added(reply: Any) -> None:
    brain = make_brain(
        {"go": Going("end_it", 60.0)}, {"go": {"end_it"}}, limits=Limits(seconds=0.01), asks_for_more=True
    )
    waiting = await brain.run("Go.")

    with pytest.raises(SetupError, match="wanted how much more"):
        await brain.go_on(waiting.run_id, {"q1": reply})


async def _read(store: MemoryStore) -> list[Any]:
    return [record async for commit in store.read("r") for record in commit.records]
