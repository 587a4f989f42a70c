"""What tools may do that end otherwise than they should: the run goes on, and its journal says what was."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.items import ItemKind, Observation
from agent_brain.core.ports import Question, ToolSpec
from agent_brain.core.records import ActionsChosen, Status
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore

CALL = '{"name": "odd", "args": {"x": [1]}}'
Piece = str | Observation | Question


class Odd:
    """Yields what it was made with, takes its arguments apart, and says whether it came to its end."""

    def __init__(self, *pieces: Piece, needs_approval: Any = False) -> None:
        self.spec = ToolSpec("odd", "Odd.", {"type": "object"}, needs_approval=needs_approval)
        self.pieces = pieces
        self.has_ended = False

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[Piece, None]:
        spoil(args)
        for piece in self.pieces:
            yield piece
        self.has_ended = True


def spoil(args: Any) -> bool:
    args.pop("x").append(2)
    return False


async def run(tool: Odd, store: MemoryStore) -> Result:
    return await Brain(model=ScriptedModel([CALL, "Ok.", "Done."]), tools=[tool], store=store).run("Go.", run_id="r")


@pytest.mark.parametrize("later", [Observation("seen"), Question("And?"), "more"])
async def test_a_tool_ends_with_its_question(later: Piece) -> None:
    tool, store = Odd(Question("Which?"), later), MemoryStore()
    waiting = await run(tool, store)
    assert ([pause.text for pause in waiting.pauses], tool.has_ended) == (["Which?"], False)

    done = await Brain(model=ScriptedModel(["Ok.", "Done."]), tools=[tool], store=store).go_on("r", {"q1": "this"})

    assert [item.outcome.text for item in done.env.log if item.outcome] == ["this"]


async def test_a_tool_that_has_told_its_outcome_asks_nothing_more() -> None:
    result = await run(Odd(Observation("seen"), Question("Which?")), MemoryStore())

    assert (result.status, dict(result.env.pauses)) == (Status.ANSWERED, {})


@pytest.mark.parametrize("needs_approval", [False, spoil])
async def test_arguments_that_are_taken_apart_stay_what_they_were_in_the_journal(needs_approval: Any) -> None:
    store = MemoryStore()
    result = await run(Odd(Observation("seen"), needs_approval=needs_approval), store)

    kept = [record async for commit in store.read("r") for record in commit.records]
    [chosen] = [record for record in kept if isinstance(record, ActionsChosen) and record.actions]
    [done] = [item.action for item in result.env.log if item.kind is ItemKind.ACTION]
    assert done is not None
    assert done.args == chosen.actions[0].args == {"x": [1]}
