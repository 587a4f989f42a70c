"""Tool calls out of the fragments that servers send: one index for each call, however its server counts.

The standard has an index, and id and name once. Servers that depart from it send every call with index 0 and an id of
its own, or no index, repeat id and name in each fragment or give neither, send arguments as an object or null, or a
whole call at once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from agent_brain.core.chat import CallDelta
from agent_brain.models.reasoning_fields import merge_fields

CALLS_MAX = 1024
"""Calls in one reply; a server that sends more is broken, and its reply no longer waited for."""


class TooManyCalls(ValueError):
    """A reply that passes CALLS_MAX."""


@dataclass(slots=True)
class _Call:
    place: int
    call_id: str
    name: str
    arguments: list[str]
    fields: dict[str, Any]
    """What the server wants back of it as it came."""

    @property
    def has_arguments(self) -> bool:
        return any(part.strip() for part in self.arguments)

    @property
    def is_complete(self) -> bool:
        """Its arguments are one whole JSON value, so that nothing more belongs to them."""
        text = "".join(self.arguments).strip()
        if not text.endswith(("}", "]", "null")):
            return False
        try:
            from_json(text)
        except ValueError:
            return False
        self.arguments = [text]
        return True


class CallFragments:
    """Reads the fragments of one reply in the order in which they come."""

    __slots__ = ("_by_index", "_calls", "_keeps")

    def __init__(self, keeps: Sequence[str] = ()) -> None:
        """`keeps`: the fields of a call that the server wants back."""
        self._keeps = keeps
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        """The last call that began under each index of the server's."""

    @property
    def kept(self) -> list[dict[str, Any]]:
        """The fields of each call that the server wants back; nothing where no call has some."""
        fields = [call.fields for call in self._calls]
        return fields if any(fields) else []

    def read(self, said: Mapping[str, Any], *, is_whole: bool = False) -> tuple[CallDelta, ...]:
        """What a delta says of calls; in a whole message each entry is a call of its own. Raises: TooManyCalls."""
        entries = said.get("tool_calls")
        if not entries and isinstance(said.get("function_call"), dict):
            entries = [{"index": 0, "function": said["function_call"]}]  # as servers of 2023 have it
        if isinstance(entries, dict):
            entries = [entries]
        if not isinstance(entries, list):
            return ()
        if len(entries) == 1 and not is_whole and (more := self._go_on(entries[0])) is not None:
            return (more,)
        found = [self._read_entry(entry, is_whole=is_whole) for entry in entries if isinstance(entry, dict)]
        return tuple(delta for delta in found if delta is not None)

    def _go_on(self, entry: Any) -> CallDelta | None:
        """What nearly all fragments are, read without much ado: arguments of a call that has begun under its index.

        None for any other.
        """
        if not isinstance(entry, dict) or "id" in entry or type(index := entry.get("index")) is not int:
            return None
        if len(entry) > 2 and not entry.keys().isdisjoint(self._keeps):
            return None
        call, function = self._by_index.get(index), entry.get("function")
        if call is None or not isinstance(function, dict) or "name" in function:
            return None
        arguments = function.get("arguments")
        if not isinstance(arguments, str) or not arguments:
            return None
        call.arguments.append(arguments)
        return CallDelta(call.place, "", arguments)

    def _read_entry(self, entry: Mapping[str, Any], *, is_whole: bool) -> CallDelta | None:
        function = entry.get("function")
        function = function if isinstance(function, dict) else entry
        name, call_id = _to_text(function.get("name")), _to_text(entry.get("id"))
        arguments = _to_json(function.get("arguments"))
        index = entry.get("index")
        index = index if isinstance(index, int) and not isinstance(index, bool) else None
        call = None if is_whole else self._find(index, call_id, name, arguments)
        if call is None:
            if len(self._calls) >= CALLS_MAX:
                raise TooManyCalls(f"a reply of more than {CALLS_MAX} tool calls")
            call = _Call(len(self._calls), call_id, "", [], {})
            self._calls.append(call)
        if index is not None:
            self._by_index[index] = call
        for field in self._keeps:
            if isinstance(value := entry.get(field), dict):
                call.fields = merge_fields(call.fields, {field: value})
        said_name = "" if call.name else name
        call.name, call.call_id = call.name or name, call.call_id or call_id
        if arguments:
            call.arguments.append(arguments)
        return CallDelta(call.place, said_name, arguments) if said_name or arguments else None

    def _find(self, index: int | None, call_id: str, name: str, arguments: str) -> _Call | None:
        """The call that a fragment goes on with; None: it begins another one."""
        call = self._by_index.get(index) if index is not None else self._find_named(call_id)
        if call is None or not name:
            return call
        is_same_id = bool(call_id) and call_id == call.call_id
        if call.is_complete:
            # A last fragment may repeat id and name; one with arguments is the next call.
            is_other = bool(arguments.strip()) or (bool(call_id) and not is_same_id) or name != call.name
        elif call.has_arguments:
            is_other = False
        else:
            has_other_id = bool(call_id and call.call_id) and not is_same_id
            is_other = has_other_id or (bool(call.name) and name != call.name and not is_same_id)
        return None if is_other else call

    def _find_named(self, call_id: str) -> _Call | None:
        """Without an index: the call with this id, or the last one."""
        known = next((call for call in reversed(self._calls) if call_id and call.call_id == call_id), None)
        return known or (self._calls[-1] if self._calls else None)


def _to_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _to_json(arguments: Any) -> str:
    """A fragment of JSON, also where the server sent the value itself."""
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    return json.dumps(arguments, ensure_ascii=False)
