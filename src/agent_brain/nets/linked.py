"""The half that states share which hold a brain's parts and go one way."""

from dataclasses import dataclass, field
from typing import Self

from agent_brain.core.errors import SetupError
from agent_brain.core.ports import Parts
from agent_brain.core.state import State, StateType


@dataclass(frozen=True)
class LinkedState(State):
    """A state with a brain's parts that goes on to `then`."""

    then: str = field(default=StateType.REASONING, kw_only=True)
    parts: Parts | None = field(default=None, kw_only=True)

    @property
    def targets(self) -> frozenset[str]:
        """Where it goes."""
        return frozenset({self.then})

    def aimed_at(self, target: str) -> Self:
        """The same state going to `target`."""
        return self.changed(then=target)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts."""
        return self.changed(parts=parts)

    def _bound(self) -> Parts:
        if self.parts is None:
            raise SetupError(f"{type(self).__name__} has no parts: put its net into a Brain, or call net.bind(parts)")
        return self.parts
