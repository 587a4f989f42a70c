"""A tool whose question has a token goes on with the reply, in whatever process that is."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.items import Observation
from agent_brain.core.pauses import PauseKind
from agent_brain.core.records import ActionStarted, Status
from agent_brain.core.tooling import Question, ToolSpec
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore

CALL = '{"name": "form", "args": {"x": 1}}'
Piece = str | Observation | Question


class Form:
    """Asks for as many fields as it wants, one after the other, and keeps nothing itself."""

    def __init__(self, fields: int) -> None:
        self.spec = ToolSpec("form", "A form.", {"type": "object"})
        self.fields = fields
        self.given: list[Any] = []

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[Piece, None]:
        yield Question("Field 1?", token=[])

    async def answer(
        self, args: Mapping[str, Any], action_id: str, token: Any, reply: Any
    ) -> AsyncGenerator[Piece, None]:
        self.given.append((dict(args), action_id, token, reply))
        known = [*token, reply]
        yield "thinking"
        if len(known) < self.fields:
            yield Question(f"Field {len(known) + 1}?", token=known)
        else:
            yield Observation(f"filled in: {known}")


class Shy:
    """Asks with a token and takes no reply."""

    spec = ToolSpec("form", "A form.", {"type": "object"})

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[Piece, None]:
        yield Question("Field 1?", token=["kept"])


def build(tool: Any, store: MemoryStore, *replies: str) -> Brain:
    return Brain(model=ScriptedModel(list(replies)), tools=[tool], store=store)


async def test_each_reply_goes_back_with_the_token_of_its_question() -> None:
    store = MemoryStore()
    await build(Form(2), store, CALL).run("Go.", run_id="r")
    waiting = await build(Form(2), store).go_on("r", {"q1": "one"})
    assert [(pause.pause_id, pause.text, pause.token) for pause in waiting.pauses] == [("q2", "Field 2?", ["one"])]

    last = Form(2)
    done = await build(last, store, "Ok.", "Done.").go_on("r", {"q2": "two"})

    assert last.given == [({"x": 1}, "r:2", ["one"], "two")]
    assert [item.outcome.text for item in done.env.log if item.outcome] == ["filled in: ['one', 'two']"]
    assert done.status is Status.ANSWERED


async def test_the_reply_is_the_outcome_of_a_tool_that_takes_none() -> None:
    store = MemoryStore()
    await build(Shy(), store, CALL).run("Go.", run_id="r")

    done = await build(Shy(), store, "Ok.", "Done.").go_on("r", {"q1": {"a": 1}})

    assert [item.outcome.text for item in done.env.log if item.outcome] == ['{"a":1}']


async def test_going_on_is_an_intent_of_its_own_and_in_doubt_when_it_was_cut_short() -> None:
    store = MemoryStore()
    await build(Form(1), store, CALL).run("Go.", run_id="r")
    brain = build(Form(1), store)
    async for event in brain.resume("r", {"q1": "one"}):
        if isinstance(event, ActionStarted):
            break  # the process that had taken the reply up is gone
    fork = await brain.fork("r")

    waiting = await build(Form(1), store).go_on(fork)

    assert [pause.kind for pause in waiting.pauses] == [PauseKind.DOUBT]


async def test_a_run_with_such_a_question_is_played_back() -> None:
    store = MemoryStore()
    await build(Form(2), store, CALL).run("Go.", run_id="r")
    await build(Form(2), store).go_on("r", {"q1": "one"})
    await build(Form(2), store, "Ok.", "Done.").go_on("r", {"q2": "two"})

    replay = await build(Form(2), store).replay("r")

    assert replay.is_same, replay.text()
