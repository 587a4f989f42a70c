"""What the runs inside a run may still spend: its limits, and those of the runs that it is inside of itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from agent_brain.core.fold import Fold
from agent_brain.core.items import Action, find_key
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
    _starting: set[tuple[str, ...]] = field(default_factory=set, init=False)
    """The sub-runs whose next actions are about to start, by the keys that lead to them."""

    def find_met(self, calls: int, actions: Sequence[Action] = ()) -> str:
        """The limit that forbids a sub-run so many more model calls or these actions, as a sentence; empty for none."""
        kept_back = self.net[self.net.finish].model_calls
        wanted = calls + self._calls + kept_back if calls else 0
        about = [*actions, *self._find_pending()] if actions else ()
        met = next(self.limits.find_spent(self.env, wanted, about), None)
        if met is not None:
            return self.limits.describe(self.env, met)
        return self.above.find_met(calls + kept_back if calls else 0, actions) if self.above is not None else ""

    @contextmanager
    def taking(self, calls: int, path: tuple[str, ...] | None = None) -> Iterator[None]:
        """Meanwhile these count as made: they are about to be; with a path, the next actions of that sub-run too."""
        self._calls += calls
        if path is not None:
            self._starting.add(path)
        try:
            if self.above is None:
                yield
            else:
                with self.above.taking(calls, None if path is None else (find_key(self.env.run_id), *path)):
                    yield
        finally:
            self._calls -= calls
            self._starting.discard(path or ())

    def _find_pending(self) -> Iterator[Action]:
        """What was allowed already and has not started: of this run, and of what is inside it."""
        yield from self.env.next_actions
        yield from _find_held(self.env)
        for path in self._starting:
            sub_run: Fold | None = self.env
            for key in path:
                sub_run = None if sub_run is None else sub_run.sub_runs.get(key)
            yield from () if sub_run is None else sub_run.next_actions


def _find_held(env: Fold) -> Iterator[Action]:
    """Those for which a person is asked: each was counted when it was asked for, and starts without being counted."""
    yield from (item.action for item in env.held if item.action is not None)
    for sub_run in env.sub_runs.values():
        yield from _find_held(sub_run)
