"""Tool calls as servers stream them: as the standard has it, and in every way in which servers depart from it."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sse_server import DONE, delta, usage

Call = tuple[str, Mapping[str, Any]]
"""A tool's name and its arguments."""
Shape = Callable[[Sequence[Call]], list[bytes]]
"""The events between the text and the end of a reply."""


def piece(name: str | None = None, arguments: Any = None, **fields: Any) -> dict[str, Any]:
    """One entry of `tool_calls`; what is None is left out."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {key: value for key, value in fields.items() if value is not None} | {
        "type": "function",
        "function": function,
    }


def write(args: Mapping[str, Any]) -> str:
    """Arguments as a model writes them."""
    return json.dumps(args, ensure_ascii=False)


def stream(entries: Iterator[dict[str, Any]]) -> list[bytes]:
    """Each entry in an event of its own."""
    return [delta(tool_calls=[entry]) for entry in entries]


def fragments(
    index: int | None, call_id: str | None, call: Call, *, later_id: str | None = None, later_name: str | None = None
) -> Iterator[dict[str, Any]]:
    """A call whose arguments come a character at a time."""
    name, args = call
    yield piece(name, "", index=index, id=call_id)
    for character in write(args):
        yield piece(later_name, character, index=index, id=later_id)


def standard(calls: Sequence[Call]) -> list[bytes]:
    return stream(entry for place, call in enumerate(calls) for entry in fragments(place, f"call_{place}", call))


def in_one_chunk(calls: Sequence[Call]) -> list[bytes]:
    return stream(piece(name, write(args), index=place, id=f"c{place}") for place, (name, args) in enumerate(calls))


def all_in_one_chunk(calls: Sequence[Call]) -> list[bytes]:
    entries = [piece(name, write(args), index=place, id=f"c{place}") for place, (name, args) in enumerate(calls)]
    return [delta(tool_calls=entries)]


def all_in_one_chunk_without_index_and_id(calls: Sequence[Call]) -> list[bytes]:
    return [delta(tool_calls=[piece(name, write(args)) for name, args in calls])]


def always_index_0(calls: Sequence[Call]) -> list[bytes]:
    return stream(entry for place, call in enumerate(calls) for entry in fragments(0, f"call_{place}", call))


def always_index_0_in_one_chunk(calls: Sequence[Call]) -> list[bytes]:
    return stream(piece(name, write(args), index=0, id=f"c{place}") for place, (name, args) in enumerate(calls))


def always_index_0_without_id(calls: Sequence[Call]) -> list[bytes]:
    return stream(piece(name, write(args), index=0) for name, args in calls)


def without_index(calls: Sequence[Call]) -> list[bytes]:
    return stream(
        entry
        for place, call in enumerate(calls)
        for entry in fragments(None, f"call_{place}", call, later_id=f"call_{place}")
    )


def without_index_after_the_first_fragment_of_a_call(calls: Sequence[Call]) -> list[bytes]:
    return stream(entry for place, call in enumerate(calls) for entry in fragments(None, f"call_{place}", call))


def without_id(calls: Sequence[Call]) -> list[bytes]:
    return stream(entry for place, call in enumerate(calls) for entry in fragments(place, None, call))


def with_an_empty_id(calls: Sequence[Call]) -> list[bytes]:
    return stream(entry for place, call in enumerate(calls) for entry in fragments(place, "", call, later_id=""))


def with_one_id_for_all(calls: Sequence[Call]) -> list[bytes]:
    return stream(entry for place, call in enumerate(calls) for entry in fragments(place, "same", call))


def with_id_and_name_in_each_fragment(calls: Sequence[Call]) -> list[bytes]:
    return stream(
        entry
        for place, call in enumerate(calls)
        for entry in fragments(place, f"c{place}", call, later_id=f"c{place}", later_name=call[0])
    )


def with_the_name_in_each_fragment_and_no_id(calls: Sequence[Call]) -> list[bytes]:
    return stream(
        entry for place, call in enumerate(calls) for entry in fragments(place, None, call, later_name=call[0])
    )


def with_another_id_in_each_fragment(calls: Sequence[Call]) -> list[bytes]:
    numbers = itertools.count()
    return stream(
        {**entry, "id": f"random-{next(numbers)}"}
        for place, call in enumerate(calls)
        for entry in fragments(place, "first", call)
    )


def with_arguments_as_an_object(calls: Sequence[Call]) -> list[bytes]:
    return stream(piece(name, dict(args), index=place, id=f"c{place}") for place, (name, args) in enumerate(calls))


def with_null_where_nothing_is_said(calls: Sequence[Call]) -> list[bytes]:
    nothing = {"function": {"name": None, "arguments": None}}
    said = [
        entry
        for place, (name, args) in enumerate(calls)
        for entry in (
            {"index": place, "id": f"c{place}", "function": {"name": name, "arguments": None}},
            {"index": place, "id": None, "function": {"name": None, "arguments": write(args) if args else None}},
            {"index": place, "id": None, **nothing},
        )
    ]
    return [delta(tool_calls=[entry], content=None, role="assistant") for entry in said]


def interleaved(calls: Sequence[Call]) -> list[bytes]:
    parts = [list(fragments(place, f"call_{place}", call)) for place, call in enumerate(calls)]
    return stream(entry for row in itertools.zip_longest(*parts) for entry in row if entry is not None)


SHAPES: Mapping[str, Shape] = {
    shape.__name__.replace("_", " "): shape
    for shape in (
        standard, in_one_chunk, all_in_one_chunk, all_in_one_chunk_without_index_and_id, always_index_0,
        always_index_0_in_one_chunk, always_index_0_without_id, without_index,
        without_index_after_the_first_fragment_of_a_call, without_id, with_an_empty_id, with_one_id_for_all,
        with_id_and_name_in_each_fragment, with_the_name_in_each_fragment_and_no_id, with_another_id_in_each_fragment,
        with_arguments_as_an_object, with_null_where_nothing_is_said, interleaved,
    )
}  # fmt: skip
"""By what they are called in a sentence."""

ENDS: Mapping[str, list[bytes]] = {
    "tool_calls": [delta(finish="tool_calls"), usage(), DONE],
    "stop": [delta(finish="stop"), usage(), DONE],
    "nothing": [usage(), DONE],
}
"""By the finish reason that they give."""
