"""A row of the phrase tables: what a phrase looks like, what kind of value it stands for, what it becomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agent_brain.models.offline.plan import Node
from agent_brain.models.offline.template import Element, compile_template

KINDS: Mapping[str, str] = {
    "n": "nq",
    "d": "d",
    "t": "tdnq",
    "x": "tdnq",
    "a": "tdnqbc",
}
"""What a slot of a kind takes: n number, d date, t text, x text that is no bare word, q quantity with a unit, b yes or
no, a anything, also a continuation (c), which goes on from the previous value and so stands at the head of a clause."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a row's template found: its slots, the word that was kept, and the steps before this one."""

    slots: Mapping[str, Node]
    word: str
    earlier: tuple[Node, ...]

    def __getitem__(self, name: str) -> Node:
        return self.slots[name]

    @property
    def previous(self) -> Node:
        """What `it` means. Raises: LookupError where nothing came before."""
        return self.earlier[-1]


@dataclass(frozen=True, slots=True)
class Row:
    """One meaning with its phrasings; a builder that raises LookupError declines."""

    kind: str
    phrases: tuple[str, ...]
    build: Callable[[Found], Node]
    tool: str = ""
    """The tool that must be among those of the prompt; empty for arithmetic."""
    rightmost: bool = False
    """Cut at the last fitting word: what groups to the left."""
    templates: tuple[tuple[Element, ...], ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "templates", tuple(map(compile_template, self.phrases)))
