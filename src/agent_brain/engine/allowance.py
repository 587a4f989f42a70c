"""What the runs inside a run may still spend: its limits, and those of the runs that it is inside of itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from agent_brain.core.items import Action
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.engine.limits import Limits


@dataclass(slots=True)
class Allowance:
    """Asked by each sub-run before each of its steps; what several are about to spend at once counts together."""

    limits: Limits
    net: Net
    env: MemoryEnv
    above: "Allowance | None" = None
    """That of the run which this one is inside of."""
    _calls: int = field(default=0, init=False)
    """Model calls that sub-runs are about to make, or keep back for their own ends."""
    _tool_calls: int = field(default=0, init=False)

    def find_met(self, calls: int, actions: Sequence[Action] = ()) -> str:
        """The limit that forbids a sub-run so many more model calls or these actions, as a sentence; empty for none."""
        kept_back = self.net[self.net.finish].model_calls
        wanted = calls + self._calls + kept_back if calls else 0
        met = next(self.limits.find_spent(self.env, wanted, actions, self._tool_calls + len(actions)), None)
        if met is not None:
            return self.limits.describe(self.env, met)
        return self.above.find_met(calls + kept_back if calls else 0, actions) if self.above is not None else ""

    @contextmanager
    def taking(self, calls: int, tool_calls: int = 0) -> Iterator[None]:
        """Meanwhile these count as made: they are about to be."""
        self._calls += calls
        self._tool_calls += tool_calls
        try:
            if self.above is None:
                yield
            else:
                with self.above.taking(calls, tool_calls):
                    yield
        finally:
            self._calls -= calls
            self._tool_calls -= tool_calls
