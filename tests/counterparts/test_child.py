"""The child process that runs strangers' functions: nothing that they do reaches the tests."""

from contextlib import aclosing

from agent_brain.core.items import Observation, OutcomeStatus
from agent_brain.core.tooling import ToolSpec
from counterparts.child import Child, ChildTool

DOUBLE = "def double(number):\n    return number * 2\n"


async def test_a_function_is_called_with_its_arguments() -> None:
    async with Child() as child:
        assert await child.run(DOUBLE, "double", {"number": 21}) == Observation("42")


async def test_what_a_source_prints_or_reads_does_not_mix_with_its_result() -> None:
    noisy = "print('{\"result\": 1}', flush=True)\ntry:\n    input()\nexcept EOFError:\n    pass\n" + DOUBLE
    async with Child() as child:
        for number in (1, 2):
            assert (await child.run(noisy, "double", {"number": number})).text == str(number * 2)


async def test_what_a_function_raises_is_its_observation() -> None:
    async with Child() as child:
        seen = await child.run(DOUBLE, "double", {"value": 1})
    assert seen.status is OutcomeStatus.FAILED
    assert "unexpected keyword argument 'value'" in seen.text


async def test_an_endless_function_is_cut_and_the_next_call_works() -> None:
    async with Child(timeout_seconds=1.0) as child:
        seen = await child.run("def turn():\n    while True: pass\n", "turn", {})
        assert seen.status is OutcomeStatus.FAILED
        assert "took over 1 s" in seen.text
        assert (await child.run(DOUBLE, "double", {"number": 2})).text == "4"


async def test_a_function_that_kills_its_process_is_an_observation() -> None:
    async with Child() as child:
        seen = await child.run("import os\ndef leave():\n    os._exit(3)\n", "leave", {})
        assert seen.is_error
        assert (await child.run(DOUBLE, "double", {"number": 2})).text == "4"


async def test_the_order_of_a_set_is_the_same_in_every_child() -> None:
    source = "def order():\n    return list({'a', 'b', 'c', 'd', 'e'})\n"
    seen = set()
    for _ in range(3):
        async with Child() as child:
            seen.add((await child.run(source, "order", {})).text)
    assert len(seen) == 1


async def test_a_tool_streams_one_observation() -> None:
    async with Child() as child:
        tool = ChildTool(ToolSpec("twice", "Twice a number.", {"type": "object"}), DOUBLE, "double", child)
        async with aclosing(tool.call({"number": 4}, "a1")) as pieces:
            assert [piece async for piece in pieces] == [Observation("8")]
