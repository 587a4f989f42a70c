"""What a run of a net can cost at most, in model calls, as a formula: calls that break, and upkeep, come on top."""

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from agent_brain.core.net import Net
from agent_brain.core.net_check import find_reached
from agent_brain.core.state import State


@dataclass(frozen=True, slots=True)
class InnerCost:
    """What one visit has walked of one net."""

    runs: int
    net: "NetCost"
    in_all: int | None = None
    """How many runs all visits have walked, where that is fewer than as many each."""


@dataclass(frozen=True, slots=True)
class StateCost:
    """What all visits of one state can cost."""

    state: str
    visits: int
    """Those that may ask a model."""
    calls: int
    """Model calls of one visit, those of runs inside it left out."""
    inside: tuple[InnerCost, ...] = ()
    spare: int = 0
    """Visits that ask only where a reply was corrected or a limit met."""

    @property
    def total(self) -> int:
        """Model calls of all visits."""
        return self.visits * self.calls + sum(self._runs(self.visits, inner) * inner.net.total for inner in self.inside)

    @property
    def usual(self) -> int:
        """Those where no reply is corrected and no limit met."""
        visits = max(0, self.visits - self.spare)
        return visits * self.calls + sum(self._runs(visits, inner) * inner.net.usual for inner in self.inside)

    def text(self) -> str:
        """The term of the formula: `20 reasoning`, `3 attempt(react)`."""
        nets = "+".join(_tell(inner) for inner in self.inside)
        times = f"{self.calls} x " if self.calls > 1 else ""
        return f"{self.visits} x {times}{self.state}{f'({nets})' if nets else ''}"

    @staticmethod
    def _runs(visits: int, inner: InnerCost) -> int:
        return visits * inner.runs if inner.in_all is None else inner.in_all


@dataclass(frozen=True, slots=True)
class NetCost:
    """What one run of a net can cost."""

    net: str
    states: tuple[StateCost, ...]

    @property
    def total(self) -> int:
        """Model calls at most."""
        return sum(cost.total for cost in self.states)

    @property
    def usual(self) -> int:
        """Model calls where no reply is corrected and no limit met: the formula of the net's paper."""
        return sum(cost.usual for cost in self.states)

    def text(self) -> str:
        """The formula, and those of the nets inside, a line each."""
        terms = [cost.text() for cost in self.states if cost.total]
        noun = "model call" if self.total == 1 else "model calls"
        usual = f", {self.usual:,} where no reply is corrected and no limit met" if self.usual != self.total else ""
        lines = [f"{self.net}: {' + '.join(terms) or 'nothing'} = {self.total:,} {noun} at most{usual}"]
        for inner in (inner for state in self.states for inner in state.inside if inner.net.total):
            lines += inner.net.text().splitlines()
        return "\n".join(dict.fromkeys(lines))


def _tell(inner: InnerCost) -> str:
    if inner.in_all is not None:
        return f"{inner.in_all} {inner.net.net} in all"
    return f"{inner.runs} {inner.net.net}" if inner.runs > 1 else inner.net.net


def find_cost(net: Net) -> NetCost:
    """The bound of a net's model calls: how often each state can be visited, and what a visit takes."""
    visits = count_visits(net.states, net.table, net.start)
    costs = []
    for name, state in net.states.items():
        runs, in_all = state.inner_runs_max, state.inner_runs_in_all
        inside = tuple(InnerCost(runs, find_cost(inner), in_all) for inner in state.inner_nets)
        asking = max(0, visits[name] - state.quiet_visits)
        costs.append(StateCost(str.__str__(name), asking, state.model_calls, inside, state.spare_visits))
    return NetCost(net.name, tuple(costs))


def count_visits(states: Mapping[str, State], table: Mapping[str, frozenset[str]], start: str) -> dict[str, int]:
    """How often each state can be visited in one run.

    One that is on no cycle once; one with a bound as often as that says; any other once for each visit of a state on
    its cycles that may move to it, and once from outside, or as the start: states without a bound form no cycle. The
    last visit of one with a bound counts where it may move there even then.
    """
    reached = {name: find_reached(table, *table[name]) for name in states}
    visits: dict[str, int] = {}
    free: dict[str, set[str]] = {}
    for name, state in states.items():
        bound = state.visits_max
        if name not in reached[name]:
            visits[name] = 1
        elif bound is not None:
            visits[name] = bound
        else:
            free[name] = {source for source in reached[name] if name in table.get(source, ())}
    for name in TopologicalSorter({name: before & free.keys() for name, before in free.items()}).static_order():
        is_entered = name == start or any(name in row for source, row in table.items() if source not in reached[name])
        visits[name] = sum(visits[source] - _leaves(states[source], name) for source in free[name]) + is_entered
    return visits


def _leaves(source: State, target: str) -> bool:
    """True where the last visit of a state cannot move there."""
    return source.visits_max is not None and source.last_targets is not None and target not in source.last_targets
