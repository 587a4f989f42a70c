"""The child process that runs strangers' functions: nothing that they do reaches who calls them."""

import asyncio
import os
from pathlib import Path

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.tools.child.child import CallEnd, Child, Returned

DOUBLE = "def double(number):\n    return number * 2\n"
COUNT = "count = 0\ndef add():\n    global count\n    count += 1\n    return count\n"


async def test_a_function_is_called_with_its_arguments() -> None:
    async with Child() as child:
        assert await child.call(DOUBLE, "double", {"number": 21}) == Returned(CallEnd.DONE, 42)


async def test_what_a_source_prints_or_reads_does_not_mix_with_its_result() -> None:
    noisy = "print('{\"result\": 1}', flush=True)\ntry:\n    input()\nexcept EOFError:\n    pass\n" + DOUBLE
    async with Child() as child:
        for number in (1, 2):
            assert (await child.call(noisy, "double", {"number": number})).value == number * 2


async def test_what_a_source_writes_to_every_open_file_is_no_reply() -> None:
    forging = (
        "import os\nfor number in range(3, 10):\n    try:\n        os.write(number, b'{\"value\": 1}\\n')\n"
        "    except OSError:\n        pass\n"
    ) + DOUBLE
    async with Child() as child:
        assert (await child.call(forging, "double", {"number": 2})).value == 4


async def test_what_a_function_raises_is_told() -> None:
    async with Child() as child:
        seen = await child.call("def fail():\n    raise ValueError('no such city')\n", "fail", {})
        assert seen == Returned(CallEnd.RAISED, why="ValueError: no such city")
        seen = await child.call("def leave():\n    raise SystemExit(3)\n", "leave", {})
        assert seen == Returned(CallEnd.RAISED, why="SystemExit: 3")


async def test_arguments_that_the_function_does_not_take_are_told_from_what_it_raises() -> None:
    async with Child() as child:
        seen = await child.call(DOUBLE, "double", {"value": 1})
        assert seen.kind is CallEnd.WRONG_ARGUMENTS
        assert (await child.call(DOUBLE, "double", {"number": None})).kind is CallEnd.RAISED


async def test_an_endless_function_is_cut_and_the_next_call_works() -> None:
    async with Child(seconds=1.0) as child:
        seen = await child.call("def turn():\n    while True: pass\n", "turn", {})
        assert seen == Returned(CallEnd.OUT_OF_TIME, why="it took over 1 s")
        assert seen.is_lost
        assert (await child.call(DOUBLE, "double", {"number": 2})).value == 4


@pytest.mark.parametrize(("how", "code"), [("os._exit(3)", 3), ("os.kill(os.getpid(), 9)", -9)])
async def test_a_function_that_kills_its_process_is_told_with_how_it_ended(how: str, code: int) -> None:
    async with Child() as child:
        seen = await child.call(f"import os\ndef leave():\n    {how}\n", "leave", {})
        assert (seen.kind, seen.code) == (CallEnd.DIED, code)
        assert (await child.call(DOUBLE, "double", {"number": 2})).value == 4


async def test_memory_and_the_length_of_a_result_are_bounded() -> None:
    async with Child(memory_mb=256, reply_bytes=40_000) as child:
        seen = await child.call("def fill():\n    return len(bytearray(1 << 30))\n", "fill", {})
        assert seen.why == "MemoryError"
        seen = await child.call("def talk():\n    return 'x' * 100_000\n", "talk", {})
        assert seen == Returned(CallEnd.RAISED, why="its result is too long: 100029 characters")


async def test_the_code_sees_no_secret_and_stands_in_an_empty_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hunter22")
    source = "import os\ndef look():\n    return [dict(os.environ), os.listdir(), os.getcwd()]\n"
    async with Child() as child:
        variables, files, folder = (await child.call(source, "look", {})).value
    assert "OPENAI_API_KEY" not in variables
    assert files == []
    assert folder != os.getcwd()
    assert not Path(folder).exists()


async def test_the_order_of_a_set_is_the_same_in_every_child() -> None:
    source = "def order():\n    return list({'a', 'b', 'c', 'd', 'e'})\n"
    seen = set()
    for _ in range(3):
        async with Child() as child:
            seen.add(tuple((await child.call(source, "order", {})).value))
    assert len(seen) == 1


async def test_a_source_is_run_anew_for_each_call_unless_the_child_keeps_it() -> None:
    async with Child() as forgetting, Child(keeps=True) as keeping:
        assert [(await forgetting.call(COUNT, "add", {})).value for _ in range(2)] == [1, 1]
        assert [(await keeping.call(COUNT, "add", {})).value for _ in range(2)] == [1, 2]


async def test_calls_at_the_same_time_take_turns() -> None:
    async with Child() as child:
        calls = [child.call(DOUBLE, "double", {"number": number}) for number in range(8)]
        assert [seen.value for seen in await asyncio.gather(*calls)] == [2 * number for number in range(8)]


async def test_what_a_cancelled_call_still_says_is_no_reply_to_the_next_one() -> None:
    async with Child() as child:
        await child.call(DOUBLE, "double", {"number": 1})
        waiting = asyncio.create_task(child.call("def wait():\n    import time\n    time.sleep(60)\n", "wait", {}))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await child.call(DOUBLE, "double", {"number": 3})).value == 6


async def test_what_a_function_gives_beyond_json_comes_as_text() -> None:
    source = "import datetime\ndef day():\n    return [datetime.date(2024, 3, 12), 'ä\\ud800', float('inf')]\n"
    async with Child() as child:
        seen = await child.call(source, "day", {})
    assert seen.kind is CallEnd.RAISED
    assert "surrogates" in seen.why
    async with Child() as child:
        assert (await child.call(source.replace("\\ud800", ""), "day", {})).value[:2] == ["2024-03-12", "ä"]


async def test_a_python_that_cannot_be_started_is_named() -> None:
    async with Child(python="/no/such/python") as child:
        with pytest.raises(SetupError, match="/no/such/python cannot be started"):
            await child.call(DOUBLE, "double", {"number": 2})
