"""What a server asks in the middle of a call is a pause: any brain over the same store goes on with the reply."""

import asyncio
from pathlib import Path
from typing import Any, Literal

import pytest

from agent_brain.brain import Brain
from agent_brain.core.items import Observation, OutcomeStatus
from agent_brain.core.records import Status
from agent_brain.core.tooling import Question
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.mcp.server import McpServer
from tools.mcp.serving import Told, answer, collect, observe, opened, serving_http, small

Era = Literal["auto", "legacy"]
BUY = '{"name": "purchase", "args": {"thing": "shirt"}}'


async def drive(
    server: McpServer, file: Path, replies: Any = None, script: tuple[str, ...] = ("Ok.", "Done.")
) -> Result:
    """In a brain of its own, with connections and a store of its own."""
    async with Brain(model=ScriptedModel(script), tools=[server], store=file) as brain:
        return await (brain.run("Buy.", run_id="r") if replies is None else brain.go_on("r", replies))


def outcomes(result: Result) -> list[Observation]:
    return [item.outcome for item in result.env.log if item.outcome]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_another_brain_with_another_server_process_goes_on_with_the_reply(
    told: Told, tmp_path: Path, mode: Era
) -> None:
    waiting = await drive(small(told, mode=mode), tmp_path / "runs.db", script=(BUY,))
    pause = waiting.pauses[0]
    assert (waiting.status, pause.text) == (Status.WAITING, "MCP server 'small' asks: Which size of shirt?")
    assert pause.wanted is not None
    assert pause.wanted["properties"]["size"]["type"] == "integer"

    done = await drive(small(told, mode=mode), tmp_path / "runs.db", {pause.pause_id: {"size": 4}})

    assert outcomes(done) == [Observation("bought shirt, 4")]
    assert (told.count("bought"), told.count("started")) == (1, 2)


async def test_a_tool_that_needs_a_handshake_to_ask_says_which_mode_it_wants(told: Told) -> None:
    async with opened(small(told)) as box:
        outcome = await observe(box, "order", thing="hat")

    assert outcome.status is OutcomeStatus.FAILED
    assert "MCP server 'small' has to be set to mode legacy" in outcome.text


async def test_over_http_too(told: Told, tmp_path: Path) -> None:
    async with serving_http(told) as (url, _):
        waiting = await drive(McpServer(url=url), tmp_path / "runs.db", script=(BUY,))

        done = await drive(McpServer(url=url), tmp_path / "runs.db", {waiting.pauses[0].pause_id: {"size": 4}})

    assert outcomes(done) == [Observation("bought shirt, 4")]


async def test_a_call_of_the_handshake_era_is_ended_and_made_anew(told: Told) -> None:
    async with opened(small(told, mode="legacy")) as box:
        asked = (await collect(box, "order", thing="hat"))[-1]
        assert isinstance(asked, Question)
        assert told.lines[1:] == ["began hat"]

        assert await answer(box, "order", asked, {"size": 3}, thing="hat") == Observation("ordered hat, 3")

        assert told.lines[1:] == ["began hat", "began hat", "ordered hat 3"]


async def test_each_of_several_questions_is_asked_once(told: Told) -> None:
    async with opened(small(told, mode="legacy")) as box:
        said: Observation | Question | str = (await collect(box, "dress"))[-1]
        asked = []
        for size in (1, 2, 3):
            assert isinstance(said, Question)
            asked.append(said.text.removeprefix("MCP server 'small' asks: "))
            said = await answer(box, "dress", said, {"size": size})

        assert asked == ["Which size of hat?", "Which size of shoe?", "Which size of hat?"]
        assert said == Observation("1 2 3")


@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_a_person_may_decline(told: Told, action: str) -> None:
    async with opened(small(told, mode="legacy")) as box:
        asked = (await collect(box, "order", thing="hat"))[-1]
        assert isinstance(asked, Question)

        assert await answer(box, "order", asked, {"action": action}, thing="hat") == Observation(
            f"ordered hat, {action}"
        )


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_reply_that_does_not_fit_the_form_is_asked_for_again(told: Told, mode: Era) -> None:
    async with opened(small(told, mode=mode)) as box:
        asked = (await collect(box, "purchase", thing="hat"))[-1]
        assert isinstance(asked, Question)

        again = await answer(box, "purchase", asked, {"size": "big"}, thing="hat")

        assert isinstance(again, Question)
        assert again.text.startswith("the reply does not fit:\n- size: 'big' is not of type 'integer'\nMCP server")
        assert again.token == asked.token
        assert told.count("bought") == 0


async def test_a_question_waits_until_it_is_clear_which_call_it_is_about(told: Told) -> None:
    async with opened(small(told, mode="legacy")) as box:
        waiting = asyncio.create_task(collect(box, "wait"))
        await told.wait_for("waiting")
        asking = asyncio.create_task(collect(box, "order", thing="hat"))
        await told.wait_for("began")
        assert not asking.done()

        waiting.cancel()

        assert isinstance((await asking)[-1], Question)


async def test_calls_that_ask_at_the_same_time_are_made_one_after_the_other(told: Told) -> None:
    things = ("hat", "shoe", "shirt")
    async with opened(small(told, mode="legacy")) as box:
        asked = await asyncio.gather(*(collect(box, "order", thing=thing) for thing in things))
        questions = [pieces[-1] for pieces in asked]
        assert all(isinstance(question, Question) for question in questions)
        assert [thing in str(question) for thing, question in zip(things, questions, strict=True)] == [True] * 3

        seen = await asyncio.gather(
            *(
                answer(box, "order", question, {"size": size}, thing=thing)
                for size, (thing, question) in enumerate(zip(things, questions, strict=True))
                if isinstance(question, Question)
            )
        )

    assert seen == [Observation(f"ordered {thing}, {size}") for size, thing in enumerate(things)]
    assert told.count("ordered") == 3
