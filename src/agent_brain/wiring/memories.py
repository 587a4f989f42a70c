"""Memories by name: a history, and what is shown beside it: `messages`, `mask(5)+todo`."""

from collections.abc import Iterable
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.lens import Memory, Overlay
from agent_brain.core.offers import offers
from agent_brain.memories.composed import Composed
from agent_brain.memories.messages import Messages
from agent_brain.memories.slot import SlotOverlay
from agent_brain.wiring.making import call_maker, find_entry_points, find_maker
from agent_brain.wiring.prompts import Prompts, check_words, reword
from agent_brain.wiring.specs import Term, parse_spec
from agent_brain.wiring.tables import MEMORIES, OVERLAYS, check_kind

EXAMPLE = "messages or mask(5)+todo"


def make_memory(memory: str | Memory, slots: Iterable[str] = (), prompts: Prompts | None = None) -> Memory:
    """The memory of this name, which shows these slots in any case; an object is taken as it is.

    `prompts`: words in place of shipped memories' own, by memory.
    Raises: UnknownName; SetupError for names that make no memory.
    """
    check_words(prompts or {})
    made = _make(memory, prompts or {}) if isinstance(memory, str) else _check_object(memory, prompts)
    shown = {overlay.name for overlay in made.overlays} if isinstance(made, Composed) else set()
    missing = tuple(SlotOverlay(name) for name in sorted(set(slots) - shown))
    if missing and isinstance(made, Composed):
        return Composed(made.history, (*made.overlays, *missing))
    return Composed(made, missing) if missing else made


def _check_object(memory: Memory, prompts: Prompts | None) -> Memory:
    found = check_kind("memory", memory, Memory)
    if prompts:
        raise SetupError(
            f"there are prompts of {', '.join(prompts)}, and the memory is an object, which has its words already; "
            "wanted a name, such as Brain(memory='summary', prompts=...), or none"
        )
    return found


def _make(spec: str, prompts: Prompts) -> Memory:
    parts = [reword(_make_part(term), prompts) for term in parse_spec(spec, "memory", EXAMPLE)]
    histories = [part for part in parts if offers(part, Memory)]
    overlays = tuple(part for part in parts if offers(part, Overlay))
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
