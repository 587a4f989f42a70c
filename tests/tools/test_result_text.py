"""Any Python value as text that a model can read."""

import asyncio
import datetime
import subprocess
import sys
import threading
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from agent_brain.tools.function_tool import tool
from agent_brain.tools.result_text import to_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as is", "as is"),
        (None, "(no result)"),
        ({"day": datetime.date(2024, 1, 2), "price": Decimal("1.50")}, '{"day":"2024-01-02","price":"1.50"}'),
        (b"\xff", "\ufffd"),
        ("\ud800!", "\ufffd!"),
        (True, "true"),
        ({"a": "\ud800"}, "{'a': '\\ud800'}"),
    ],
)
def test_a_value_becomes_text(value: Any, text: str) -> None:
    assert to_text(value) == text


def test_long_text_is_cut_in_the_middle_with_a_note() -> None:
    text = to_text("a" * 60 + "b" * 60, characters_max=100)
    assert text == "a" * 50 + "\n[... 20 characters left out ...]\n" + "b" * 50


def test_an_endless_iterator_has_an_end() -> None:
    assert to_text(count()).startswith("[0,1,2")


def test_a_hung_blocking_tool_never_keeps_the_interpreter_from_its_end() -> None:
    code = (
        "import asyncio, time\nfrom agent_brain.tools.function_tool import tool\n"
        "hang = tool(lambda: time.sleep(60), name='hang', timeout_seconds=0.01)\n"
        "async def main():\n    print([p.status.value async for p in hang.call({}, '1')])\nasyncio.run(main())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "['unknown']\n"


def test_a_blocking_tool_that_outlives_its_loop_is_dropped_in_silence() -> None:
    release = threading.Event()
    made = tool(lambda: release.wait(5), name="hang", timeout_seconds=0.01)

    async def main() -> None:
        assert [piece async for piece in made.call({}, "1")]

    asyncio.run(main())
    release.set()
