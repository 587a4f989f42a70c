"""The reasoning in what a server sends: its text, taken from one field, and what is wanted back of it as it came."""

from collections.abc import Mapping
from typing import Any

from agent_brain.models.profiles import ANY, PARTS, Profile

_OTHERS = (*ANY.reads, "thinking_blocks", PARTS)
"""Read behind those that the profile names: a field that holds reasoning is never taken for anything else."""
_TEXTS = ("text", "summary", "thinking")
"""Of a part, what comes in pieces."""
REPEATED_CHARACTERS = 24
"""A piece that begins with all that came before, if that is so long, holds it (MiniMax)."""


class ReasoningFields:
    """Reads the deltas of one reply in order.

    A server may send the same text under several names; the first that holds some is read to the end.
    """

    __slots__ = ("_characters", "_keeps", "_kept", "_name", "_names", "_texts")

    def __init__(self, profile: Profile = ANY) -> None:
        self._names = tuple(dict.fromkeys((*profile.reads, *_OTHERS)))
        self._name = ""
        self._keeps = profile.details
        self._kept: dict[str, Any] = {}
        self._texts: list[str] = []
        self._characters = 0

    @property
    def kept(self) -> Mapping[str, Any]:
        """What is wanted back as it came, by the field's name."""
        return {name: value for name, value in self._kept.items() if value}

    def read(self, said: Mapping[str, Any]) -> str:
        """What a delta, or a whole message, adds to the text."""
        for name in self._keeps:
            if value := said.get(name):
                self._keep(name, value)
        for name in (self._name,) if self._name else self._names:
            value = said.get("content" if name == PARTS else name)
            if value and (text := _join(value, is_content=name == PARTS)):
                self._name = name
                return self._drop_repeated(text)
        return ""

    def _drop_repeated(self, text: str) -> str:
        if len(text) >= self._characters >= REPEATED_CHARACTERS and text.startswith("".join(self._texts)):
            text = text[self._characters :]
        self._texts.append(text)
        self._characters += len(text)
        return text

    def _keep(self, name: str, value: Any) -> None:
        if isinstance(value, list):
            entries = self._kept.setdefault(name, [])
            for entry in value:
                if isinstance(entry, dict) and isinstance(entries, list):
                    _merge(entries, entry)
        elif isinstance(value, dict):
            self._kept[name] = merge_fields(self._kept.get(name), value)


def merge_fields(before: Any, value: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by provider, put together; a mere flag tells of the piece that it came with, and is not kept."""
    merged: dict[str, Any] = dict(before) if isinstance(before, dict) else {}
    for name, entry in value.items():
        if isinstance(entry, dict):
            entry = merge_fields(merged.get(name), entry)
        if entry and not isinstance(entry, bool):
            merged[name] = entry
    return merged


def _merge(entries: list[dict[str, Any]], entry: dict[str, Any]) -> None:
    """Add a piece to the part that it goes on with: that of its type and index, or the last one."""
    part = next((part for part in reversed(entries) if part.get("index") == entry.get("index")), None)
    if part is None or part.get("type") != entry.get("type") or ("index" not in entry and part is not entries[-1]):
        entries.append(dict(entry))
        return
    for name, value in entry.items():
        before = part.get(name)
        if name not in _TEXTS or not isinstance(before, str) or not isinstance(value, str):
            part[name] = before if value is None else value
        elif len(before) >= REPEATED_CHARACTERS and value.startswith(before):
            part[name] = value
        else:
            part[name] = before + value


def _join(value: Any, *, is_content: bool) -> str:
    """The text of a text, or of a list of parts; of a content, that of its thinking parts."""
    if isinstance(value, str):
        return "" if is_content else value
    if not isinstance(value, list):
        return ""
    parts = [part for part in value if isinstance(part, dict)]
    if is_content:
        parts = [part for part in parts if part.get("type") == "thinking"]
    return "".join(_read_part(part) for part in parts)


def _read_part(part: Mapping[str, Any]) -> str:
    found = next((part[name] for name in _TEXTS if part.get(name)), "")
    return found if isinstance(found, str) else _join(found, is_content=False)
