"""Calls of real MCP servers: what they tell, how they end, and what becomes of them when a server dies."""

import asyncio
from contextlib import AsyncExitStack
from typing import Literal

import pytest

from agent_brain.core.items import FaultKind, Observation, OutcomeStatus
from agent_brain.tools.mcp.server import McpServer
from tools.mcp.serving import Told, collect, observe, opened, serving_http, small

ERAS: list[Literal["auto", "legacy"]] = ["auto", "legacy"]
KILLED = "the connection to MCP server 'small' broke; the call was under way and may have taken effect"


@pytest.mark.parametrize("mode", ERAS)
async def test_what_a_server_returns_is_text_for_a_model(told: Told, mode: Literal["auto", "legacy"]) -> None:
    async with opened(small(told, mode=mode)) as box:
        assert await collect(box, "count", up_to=2) == ["at 1 (1 of 2)", "at 2 (2 of 2)", Observation("counted")]
        assert (await observe(box, "picture")).text == "look:\n[image, image/png, 5 bytes, not shown]"
        assert (await observe(box, "point")).text.split() == ["{", '"x":', "1,", '"y":', "2", "}"]


@pytest.mark.parametrize("mode", ERAS)
async def test_a_server_is_told_the_actions_id(told: Told, mode: Literal["auto", "legacy"]) -> None:
    async with opened(small(told, mode=mode)) as box:
        assert await observe(box, "key") == Observation("r:1")


async def test_a_name_that_no_server_has_is_a_fault(told: Told) -> None:
    async with opened(small(told)) as box:
        assert (await observe(box, "nope")).fault is FaultKind.UNKNOWN_TOOL


@pytest.mark.parametrize("mode", ERAS)
async def test_cancelling_reaches_the_server_and_the_connection_goes_on(
    told: Told, mode: Literal["auto", "legacy"]
) -> None:
    async with opened(small(told, mode=mode)) as box:
        waiting = asyncio.create_task(collect(box, "wait"))
        await told.wait_for("waiting")
        waiting.cancel()
        await asyncio.wait({waiting})
        await told.wait_for("cancelled")

        assert await observe(box, "add", a=1, b=1) == Observation("2")
        assert told.count("started") == 1


async def test_a_call_that_takes_too_long_has_an_unknown_outcome(told: Told) -> None:
    async with opened(small(told, timeout_seconds=0.3)) as box:
        seen = await observe(box, "wait")

        assert seen.status is OutcomeStatus.UNKNOWN
        assert seen.text.startswith("no answer within 0.3 s; the call was under way")
        await told.wait_for("cancelled")


@pytest.mark.parametrize("mode", ERAS)
async def test_a_server_killed_in_the_middle_of_a_call_leaves_its_outcome_unknown(
    told: Told, mode: Literal["auto", "legacy"]
) -> None:
    async with opened(small(told, mode=mode, trusted=True)) as box:
        seen = await observe(box, "die")

        assert (seen.status, seen.text[: len(KILLED)]) == (OutcomeStatus.UNKNOWN, KILLED)
        assert told.count("died") == 1
        assert await observe(box, "add", a=1, b=1) == Observation("2")


async def test_a_call_that_only_reads_is_made_again_where_the_servers_word_is_taken(told: Told) -> None:
    async with opened(small(told, trusted=True)) as box:
        assert await observe(box, "die_reading") == Observation("read twice")


async def test_nothing_is_made_again_on_the_word_of_a_server_that_is_not_trusted(told: Told) -> None:
    async with opened(small(told)) as box:
        assert (await observe(box, "die_reading")).status is OutcomeStatus.UNKNOWN
        assert told.count("read") == 1


async def test_all_callers_share_one_new_connection(told: Told) -> None:
    async with opened(small(told, trusted=True)) as box:
        await observe(box, "die")

        seen = await asyncio.gather(*(observe(box, "pid") for _ in range(20)))

        assert len({one.text for one in seen}) == 1
        assert told.count("started") == 2


@pytest.mark.parametrize("mode", ERAS)
async def test_an_http_server_may_be_started_anew_between_two_calls(
    told: Told, mode: Literal["auto", "legacy"]
) -> None:
    async with AsyncExitStack() as stack:
        async with serving_http(told) as (url, _):
            box = await stack.enter_async_context(opened(McpServer(url=url, mode=mode)))
            before = await observe(box, "pid")
        async with serving_http(told, int(url.split(":")[2].split("/")[0])):
            after = await observe(box, "pid")

            assert after.status is OutcomeStatus.FINISHED
            assert before != after
            await box.aclose()


@pytest.mark.parametrize("mode", ERAS)
async def test_an_http_server_that_is_gone_is_an_observation(told: Told, mode: Literal["auto", "legacy"]) -> None:
    async with AsyncExitStack() as stack:
        async with serving_http(told) as (url, process):
            box = await stack.enter_async_context(opened(McpServer(url=url, mode=mode, name="web")))
            killed = await observe(box, "die")
            await process.wait()

        gone = await observe(box, "add", a=1, b=1)
        await box.open()

        assert killed.status is OutcomeStatus.UNKNOWN
        assert gone.status is OutcomeStatus.FAILED
        assert gone.text.startswith(f"MCP server 'web' ({url}) cannot be reached: ConnectError")
        assert "add" in {spec.name for spec in box.specs}
