"""Memories by name: a history, and what is shown beside it: `messages`, `mask(5)+todo`."""

from collections.abc import Iterable
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.lens import Memory, Overlay
from agent_brain.memories.composed import Composed
from agent_brain.memories.messages import Messages
from agent_brain.memories.slot import SlotOverlay
from agent_brain.wiring.making import call_maker, find_entry_points, find_maker
from agent_brain.wiring.specs import Term, parse_spec
from agent_brain.wiring.tables import MEMORIES, OVERLAYS, check_kind

EXAMPLE = "messages or mask(5)+todo"


def make_memory(memory: str | Memory, slots: Iterable[str] = ()) -> Memory:
    """The memory of this name, which shows these slots in any case; an object is taken as it is.

    Raises: UnknownName; SetupError for names that make no memory.
    """
    made = _make(memory) if isinstance(memory, str) else check_kind("memory", memory, Memory)
    shown = {overlay.name for overlay in made.overlays} if isinstance(made, Composed) else set()
    missing = tuple(SlotOverlay(name) for name in sorted(set(slots) - shown))
    if missing and isinstance(made, Composed):
        return Composed(made.history, (*made.overlays, *missing))
    return Composed(made, missing) if missing else made


def _make(spec: str) -> Memory:
    parts = [_make_part(term) for term in parse_spec(spec, "memory", EXAMPLE)]
    histories = [part for part in parts if isinstance(part, Memory)]
    overlays = tuple(part for part in parts if isinstance(part, Overlay))
    if len(histories) > 1:
        raise SetupError(f"memory {spec!r} has {len(histories)} histories; wanted one, and overlays: {EXAMPLE}")
    history = histories[0] if histories else Messages()
    if isinstance(history, Composed):
        overlays = (*history.overlays, *overlays)
        history = history.history
    return Composed(history, overlays) if overlays else history


def _make_part(term: Term) -> Any:
    """A part, with the words in its brackets as texts: `notes(head)`."""
    args = [_read_value(term, value) for value in term.args]
    options = {name: _read_value(term, value) for name, value in term.options.items()}
    table = {**MEMORIES, **OVERLAYS}
    if term.name in table or term.name not in find_entry_points("overlay"):
        return call_maker("memory", str(term), find_maker("memory", term.name, table), args, options)
    return call_maker("overlay", str(term), find_maker("overlay", term.name, OVERLAYS), args, options)


def _read_value(term: Term, value: Any) -> Any:
    if not isinstance(value, Term):
        return value
    if value.args or value.options:
        raise SetupError(f"memory {str(term)!r}: memories are added, not put into each other: {EXAMPLE}")
    return value.name
