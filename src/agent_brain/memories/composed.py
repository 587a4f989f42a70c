"""A history with overlays: what is shown of the log, and what is shown beside it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent_brain.core.archive import Archive
from agent_brain.core.errands import Errand
from agent_brain.core.errors import SetupError
from agent_brain.core.items import Item, ItemKind
from agent_brain.core.lens import Lens, Memory, Overlay, Place, Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Tool
from agent_brain.memories.groups import add_to_count, fit_with

NOWHERE = -1
"""The place in the log of what is not in it."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A history policy, and overlays at fixed places around what it shows.

    The overlays are shown whole: what they take is taken from the history's budget.
    Raises: SetupError where two overlays have one name.
    """

    history: Memory
    overlays: tuple[Overlay, ...] = ()

    def __post_init__(self) -> None:
        names = [overlay.name for overlay in self.overlays]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise SetupError(f"two overlays are called {twice!r}; wanted each at most once")

    @property
    def tools(self) -> Sequence[Tool]:
        """The tools of its parts, which the model is offered beside the brain's own."""
        return [tool for part in (self.history, *self.overlays) for tool in getattr(part, "tools", ())]

    @property
    def archives(self) -> Sequence[Archive]:
        """What its parts keep across runs."""
        return [archive for part in (self.history, *self.overlays) for archive in getattr(part, "archives", ())]

    @property
    def digests(self) -> Mapping[str, str]:
        """What tells the words of its parts from others."""
        parts = (getattr(part, "digests", {}) for part in (self.history, *self.overlays))
        return {name: digest for digests in parts for name, digest in digests.items()}

    @property
    def writes_within(self) -> bool:
        """True where a part writes to its archive before the run has its answer, so that runs inside find it."""
        return any(getattr(part, "writes_within", False) for part in (self.history, *self.overlays))

    def find_upkeep(self, env: MemoryEnv, lens: Lens) -> Upkeep | Errand | None:
        """What is due first, of the history or of an overlay; the history's budget is what the overlays leave of it."""
        lens = add_to_count(lens, [*self._show(env, lens, Place.HEAD), *self._show(env, lens, Place.TAIL)])
        parts = (part for part in (self.history, *self.overlays) if hasattr(part, "find_upkeep"))
        return _choose(part.find_upkeep(env, lens) for part in parts)

    def find_settling(self, env: MemoryEnv) -> Upkeep | Errand | None:
        """What is due first when the run has its answer."""
        parts = (part for part in (self.history, *self.overlays) if hasattr(part, "find_settling"))
        return _choose(part.find_settling(env) for part in parts)

    def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        """The items to show, in order. Raises: BudgetTooSmall."""
        head = list(self._show(env, lens, Place.HEAD))
        tail = list(self._show(env, lens, Place.TAIL))
        if not head and not tail:
            return self.history.render(env, lens)
        return fit_with(lens, lambda items: [*head, *items, *tail], lambda lens: self.history.render(env, lens))

    def _show(self, env: MemoryEnv, lens: Lens, place: Place) -> Iterator[Item]:
        for overlay in self.overlays:
            if overlay.place is place and (lens.slots is None or overlay.name in lens.slots):
                text = overlay.show(env)
                if text.strip():
                    yield make_shown(overlay.name, text)


def _choose(dues: Iterable[Upkeep | Errand | None]) -> Upkeep | Errand | None:
    """The first errand, or else the first call: one that fails, or cannot be paid, keeps no errand from being done."""
    first: Upkeep | None = None
    for due in dues:
        if isinstance(due, Errand):
            return due
        first = first or due
    return first


def make_shown(name: str, text: str) -> Item:
    """What is shown beside the log, under its name."""
    return Item(NOWHERE, ItemKind.SHOWN, text, name)
