"""Tools made of functions: the contract, what a model is told, and what comes of a call."""

import asyncio
import datetime
import enum
import pickle
import threading
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from agent_brain.core.errors import SetupError
from agent_brain.core.items import Observation, OutcomeStatus
from agent_brain.core.tooling import Tool
from agent_brain.tools.function_tool import tool
from tools.tool_contract import ToolContract, collect, observe


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Point(BaseModel):
    x: int
    y: int = 0


@dataclass
class Box:
    size: int


async def wait_forever() -> None:
    await asyncio.sleep(60)


class TestSyncFunction(ToolContract):
    def make_adder(self) -> Tool:
        def add(a: int, b: int) -> int:
            return a + b

        return tool(add)

    def make_failing(self) -> Tool:
        def fail() -> None:
            raise LookupError("no such city")

        return tool(fail)

    def make_waiting(self) -> Tool:
        return tool(lambda: time.sleep(1.5), name="wait")


class TestAsyncFunction(ToolContract):
    def make_adder(self) -> Tool:
        async def add(a: int, b: int) -> int:
            return a + b

        return tool(add)

    def make_failing(self) -> Tool:
        async def fail() -> None:
            raise LookupError("no such city")

        return tool(fail)

    def make_waiting(self) -> Tool:
        return tool(wait_forever)


class TestAsyncGenerator(ToolContract):
    def make_adder(self) -> Tool:
        async def add(a: int, b: int) -> AsyncGenerator[Any, None]:
            yield "adding"
            yield a + b

        return tool(add)

    def make_failing(self) -> Tool:
        async def fail() -> AsyncGenerator[str, None]:
            yield "looking"
            raise LookupError("no such city")

        return tool(fail)

    def make_waiting(self) -> Tool:
        async def wait() -> AsyncGenerator[str, None]:
            yield "waiting"
            await asyncio.sleep(60)

        return tool(wait)


class TestStubbornAsyncFunction(TestAsyncFunction):
    def make_waiting(self) -> Tool:
        async def wait() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0.8)

        return tool(wait)


def test_a_tool_still_is_its_function() -> None:
    @tool(read_only=True)
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    assert add(2, 3) == 5
    assert add.spec.read_only


@pytest.mark.parametrize(
    "doc",
    [
        "Find a city.\n\nSlowly.\n\nArgs:\n    name: Its name.\n    limit: How many.",
        "Find a city.\n\nSlowly.\n\nParameters\n----------\nname : str\n    Its name.\nlimit : int\n    How many.",
        "Find a city.\n\nSlowly.\n\n:param name: Its name.\n:param limit: How many.",
    ],
)
def test_the_schema_comes_from_annotations_and_docstrings_of_three_styles(doc: str) -> None:
    def find(name: str, limit: int = 3) -> None: ...

    find.__doc__ = doc
    spec = tool(find).spec
    assert spec.description == "Find a city.\nSlowly."
    assert spec.parameters == {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "description": "Its name."},
            "limit": {"type": "integer", "description": "How many.", "default": 3},
        },
        "required": ["name"],
    }


async def test_values_reach_the_function_as_typed_objects() -> None:
    got: list[Any] = []

    def take(  # one for each kind of type
        day: datetime.date, colour: Colour, point: Point, box: Box, size: Literal["s", "l"], ids: list[int], x: Any = 1
    ) -> None:
        got.extend([day, colour, point, box, size, ids])

    args = {"day": "2024-02-29", "colour": "red", "point": {"x": 1}, "box": {"size": 2}, "size": "s", "ids": ["1", 2]}
    assert await observe(tool(take), args) == Observation("(no result)")
    assert got == [datetime.date(2024, 2, 29), Colour.RED, Point(x=1), Box(2), "s", [1, 2]]


def test_descriptions_in_annotated_win_over_the_docstring() -> None:
    def find(a: Annotated[int, Field(description="field", ge=1)], b: Annotated[int, "plain"]) -> None:
        """Find.

        Args:
            a: from the docstring
            b: from the docstring
        """

    properties = tool(find).spec.parameters["properties"]
    assert properties["a"] == {"type": "integer", "minimum": 1, "description": "field"}
    assert properties["b"] == {"type": "integer", "description": "plain"}


async def test_wrong_arguments_are_told_with_path_found_wanted_and_a_reminder() -> None:
    def draw(points: list[Point], colour: Colour = Colour.RED) -> None: ...

    seen = await observe(tool(draw), {"points": [{"x": "far"}], "color": "red"})
    assert "points[0].x: found 'far', wanted" in seen.text
    assert "color: unknown argument; did you mean 'colour'?" in seen.text
    assert seen.text.endswith("expected: {points: array of Point, colour?: 'red'|'blue'}")


async def test_a_huge_wrong_argument_gives_a_short_text() -> None:
    def draw(a: int) -> None: ...

    seen = await observe(tool(draw), {"a": "9" * 1_000_000, **{f"extra{n}" * 50: n for n in range(500)}})
    assert len(seen.text) < 5_000


async def test_a_function_that_changes_its_arguments_does_not_change_the_action() -> None:
    def sort(names: Any) -> int:
        names["all"].sort()
        return len(names)

    args = {"names": {"all": ["b", "a"]}}
    await observe(tool(sort), args)
    assert args == {"names": {"all": ["b", "a"]}}


def test_a_default_that_is_no_json_is_left_out_of_the_schema() -> None:
    def take(a: bytes = b"\xff", b: float = float("inf"), c: int = 3) -> None: ...

    properties = tool(take).spec.parameters["properties"]
    assert [rule.get("default") for rule in properties.values()] == [None, "Infinity", 3]


async def test_extra_arguments_reach_a_function_with_double_star() -> None:
    def take(a: int, **rest: Any) -> str:
        return f"{a} {rest}"

    assert (await observe(tool(take), {"a": 1, "b": 2})).text == "1 {'b': 2}"


async def test_a_callable_object_is_named_and_described_by_its_class() -> None:
    class WebSearch:
        """Search the web."""

        def __call__(self, query: str) -> str:
            return query

    made = tool(WebSearch())
    assert (made.spec.name, made.spec.description) == ("web_search", "Search the web.")
    assert (await observe(made, {"query": "x"})).text == "x"


async def test_a_method_is_bound_to_its_instance() -> None:
    class Shop:
        def __init__(self, price: int) -> None:
            self.price = price

        @tool
        def total(self, count: int) -> int:
            return self.price * count

    assert (await observe(Shop(3).total, {"count": 2})).text == "6"
    with pytest.raises(SetupError, match="is a method"):
        _ = Shop.total.spec


def _lazy() -> Any:
    yield 1


def _star(*names: str) -> None: ...


def _slash(name: str, /) -> None: ...


@pytest.mark.parametrize(
    ("function", "message"),
    [(_lazy, "sync generator"), (_star, r"\*names"), (_slash, "positional-only"), (lambda: 1, "name="), (Box, "class")],
)
def test_what_cannot_be_a_tool_is_refused_with_the_reason(function: Any, message: str) -> None:
    with pytest.raises(SetupError, match=message):
        _ = tool(function).spec


def test_an_option_that_no_tool_has_is_named_with_what_was_meant() -> None:
    with pytest.raises(SetupError, match="a tool has no option 'paralel'; did you mean 'parallel'\\?; known: name, "):
        tool(**{"paralel": False})  # type: ignore[call-overload]


def test_an_async_function_cannot_say_whether_approval_is_needed() -> None:
    async def is_dear(args: Mapping[str, Any]) -> bool:
        return False

    with pytest.raises(SetupError, match="needs_approval is async"):
        tool(print, name="show", needs_approval=is_dear)  # type: ignore[arg-type]  # what the types forbid


@pytest.mark.parametrize(
    "error", [SystemExit(3), StopIteration("x"), StopAsyncIteration("x"), asyncio.CancelledError()]
)
async def test_nothing_that_a_tool_raises_ends_its_host(error: BaseException) -> None:
    async def fail() -> None:
        raise error

    def fail_too() -> None:
        raise error

    async def fail_late() -> AsyncGenerator[str, None]:
        yield "one"
        raise error

    for function in (fail, fail_too, fail_late):
        assert (await observe(tool(function), {})).status is OutcomeStatus.FAILED


async def test_a_blocking_tool_out_of_time_is_unknown_and_left_alone() -> None:
    release = threading.Event()
    seen = await observe(tool(lambda: release.wait(5), name="hang", timeout_seconds=0.02), {})
    release.set()
    assert seen.status is OutcomeStatus.UNKNOWN
    assert "may still be running" in seen.text


@pytest.mark.parametrize(("read_only", "status"), [(False, OutcomeStatus.UNKNOWN), (True, OutcomeStatus.FAILED)])
async def test_an_async_tool_out_of_time_is_unknown_unless_it_only_reads(
    read_only: bool, status: OutcomeStatus
) -> None:
    seen = await observe(tool(wait_forever, timeout_seconds=0.02, read_only=read_only), {})
    assert seen.status is status


async def test_progress_streams_at_once_and_leaving_closes_the_generator() -> None:
    closed: list[bool] = []

    async def crawl() -> AsyncGenerator[str, None]:
        try:
            yield "first"
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    async with aclosing(tool(crawl).call({}, "run:1")) as pieces:
        assert await anext(pieces) == "first"
    assert closed == [True]


async def test_an_async_generator_out_of_time_is_closed() -> None:
    closed: list[bool] = []

    async def crawl() -> AsyncGenerator[str, None]:
        try:
            yield "first"
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    pieces = await collect(tool(crawl, timeout_seconds=0.02), {})
    assert pieces[0] == "first"
    assert isinstance(pieces[-1], Observation)
    assert pieces[-1].status is OutcomeStatus.UNKNOWN
    assert closed == [True]


async def test_context_variables_reach_a_blocking_tool() -> None:
    user: ContextVar[str] = ContextVar("user")
    user.set("ann")
    assert (await observe(tool(lambda: user.get(), name="who"), {})).text == "ann"


@given(
    st.dictionaries(st.text(max_size=5), st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
)
def test_no_json_arguments_make_a_call_raise(args: dict[str, Any]) -> None:
    async def take(a: int = 1, b: Point | None = None) -> None: ...

    asyncio.run(collect(tool(take), args))


@given(st.integers(), st.text(), st.lists(st.text()))
def test_valid_arguments_reach_the_function_unchanged(a: int, b: str, c: list[str]) -> None:
    got: list[Any] = []

    async def take(a: int, b: str, c: list[str]) -> None:
        got.append((a, b, c))

    asyncio.run(collect(tool(take), {"a": a, "b": b, "c": c}))
    assert got == [(a, b, c)]


@tool
def greet(name: str) -> str:
    """Greet somebody."""
    return f"Hello, {name}."


def test_a_tool_of_a_module_reaches_other_processes_as_a_function_would() -> None:
    assert pickle.loads(pickle.dumps(greet)) is greet


def test_a_tool_that_no_module_has_reaches_no_other_process() -> None:
    @tool
    def here(name: str) -> str:
        """Of this function alone."""
        return name

    with pytest.raises((pickle.PicklingError, AttributeError), match="here"):
        pickle.dumps(here)
