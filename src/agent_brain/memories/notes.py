"""Notes: texts by key, which the model writes with a tool and is shown from then on.

Each note is a slot of its own, so that a new one costs the journal nothing but itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from pydantic import Field

from agent_brain.core.errors import SetupError, nearest_hint
from agent_brain.core.items import Observation
from agent_brain.core.lens import Place
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Tool
from agent_brain.memories.looking import MemoryTool, ToolArgs, refuse
from agent_brain.memories.words import Worded

PREFIX = "note/"
"""What the slots of notes begin with; the key follows."""
CHARACTERS_MAX = 2000
LINE_CHARACTERS_MAX = 80
KNOWN_MAX = 20


class _Note(ToolArgs):
    key: str = Field(min_length=1, max_length=60)
    text: str


class _Key(ToolArgs):
    key: str


class _Nothing(ToolArgs):
    pass


@dataclass(frozen=True)
class Notes(Worded):
    """Shows all notes, the short ones whole; of those for which there is no room, how they begin.

    Raises: SetupError for a place that is neither head nor tail.
    """

    file: ClassVar[str] = "notes"

    place: Place = Place.TAIL
    """`tail`: what follows is always read anew; `head`: all is, where a note has changed."""
    characters_max: int = CHARACTERS_MAX
    """How much is shown whole; the others can be read with a tool."""
    name: str = "notes"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "place", find_place(self.place))

    @cached_property
    def tools(self) -> Sequence[Tool]:
        """What writes, reads and lists notes."""
        return (
            MemoryTool("write_note", self.says["write_note"], _Note, write_note),
            MemoryTool("read_note", self.says["read_note"], _Key, read_note, writes=False),
            MemoryTool("list_notes", self.says["list_notes"], _Nothing, list_notes, writes=False),
        )

    def show(self, env: MemoryEnv) -> str:
        """All notes in the order of their keys; the shortest are shown whole first."""
        notes, left = find_notes(env), self.characters_max
        whole = set()
        for key in sorted(notes, key=lambda key: (len(notes[key]), key)):
            left -= len(notes[key])
            if left < 0:
                break
            whole.add(key)
        return "\n".join(f"{key}: {text if key in whole else _begin(text)}" for key, text in notes.items())


def find_place(place: str) -> Place:
    """The place of this name. Raises: SetupError."""
    if place not in set(Place):
        raise SetupError(f"the place is {place!r:.60}; wanted {' or '.join(Place)}")
    return Place(place)


def find_notes(env: MemoryEnv) -> Mapping[str, str]:
    """All notes by their keys, in order."""
    return {slot.removeprefix(PREFIX): env.slots[slot] for slot in sorted(env.slots) if slot.startswith(PREFIX)}


def write_note(args: _Note, env: MemoryEnv) -> Observation:
    """Put a note into its slot."""
    key, text = " ".join(args.key.split()), args.text.strip()
    if not key:
        return refuse("key: found nothing but spaces, wanted a short name")
    if text:
        return Observation(f"kept under {key}", slots={PREFIX + key: text})
    is_known = PREFIX + key in env.slots
    return Observation(f"removed {key}", slots={PREFIX + key: None}) if is_known else _miss(key, env)


def read_note(args: _Key, env: MemoryEnv) -> Observation:
    """A whole note."""
    text = env.slots.get(PREFIX + " ".join(args.key.split()))
    return _miss(args.key, env) if text is None else Observation(text)


def list_notes(_: _Nothing, env: MemoryEnv) -> Observation:
    """The keys."""
    lines = [f"{key}: {len(text):,} characters" for key, text in find_notes(env).items()]
    return Observation("\n".join(lines) or "there are no notes")


def _begin(text: str) -> str:
    line = text.splitlines()[0][:LINE_CHARACTERS_MAX]
    return f"{line} ... ({len(text):,} characters; read_note shows them)"


def _miss(key: str, env: MemoryEnv) -> Observation:
    known = list(find_notes(env))
    shown = ", ".join(known[:KNOWN_MAX]) or "none"
    return refuse(f"key: found {key[:LINE_CHARACTERS_MAX]!r}{nearest_hint(key, known)}, wanted one of: {shown}")
