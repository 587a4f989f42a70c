"""What a run of a net can cost at most, in model calls, as a formula: retries, repairs and upkeep come on top."""

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from agent_brain.core.net import Net
from agent_brain.core.net_check import find_reached
from agent_brain.core.state import State


@dataclass(frozen=True, slots=True)
class StateCost:
    """What all visits of one state can cost."""

    state: str
    visits: int
    calls: int
    """Model calls of one visit, those of runs inside it left out."""
    inside: "tuple[tuple[int, NetCost], ...]" = ()
    """How many runs of which nets one visit has walked."""

    @property
    def total(self) -> int:
        """Model calls of all visits."""
        return self.visits * (self.calls + sum(runs * cost.total for runs, cost in self.inside))

    def text(self) -> str:
        """The term of the formula: `20 reasoning`, `3 attempt(react)`."""
        nets = "+".join(f"{runs} {cost.net}" if runs > 1 else cost.net for runs, cost in self.inside)
        times = f"{self.calls} x " if self.calls > 1 else ""
        return f"{self.visits} x {times}{self.state}{f'({nets})' if nets else ''}"


@dataclass(frozen=True, slots=True)
class NetCost:
    """What one run of a net can cost."""

    net: str
    states: tuple[StateCost, ...]

    @property
    def total(self) -> int:
        """Model calls at most."""
        return sum(cost.total for cost in self.states)

    def text(self) -> str:
        """The formula, and those of the nets inside, a line each."""
        terms = [cost.text() for cost in self.states if cost.total]
        noun = "model call" if self.total == 1 else "model calls"
        lines = [f"{self.net}: {' + '.join(terms) or 'nothing'} = {self.total} {noun} at most"]
        inner = {cost.net: cost for state in self.states for _, cost in state.inside}
        return "\n".join([*lines, *(cost.text() for cost in inner.values())])


def find_cost(net: Net) -> NetCost:
    """The bound of a net's model calls: how often each state can be visited, and what a visit takes."""
    visits = count_visits(net.states, net.table, net.start)
    costs = []
    for name, state in net.states.items():
        inside = tuple((state.inner_runs_max, find_cost(inner)) for inner in state.inner_nets)
        costs.append(StateCost(str.__str__(name), visits[name], state.model_calls, inside))
    return NetCost(net.name, tuple(costs))


def count_visits(states: Mapping[str, State], table: Mapping[str, frozenset[str]], start: str) -> dict[str, int]:
    """How often each state can be visited in one run.

    One that is on no cycle once; one with a bound as often as that says; any other once for each visit of a state on
    its cycles that may move to it, and once from outside, or as the start: states without a bound form no cycle.
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
        visits[name] = sum(visits[source] for source in free[name]) + is_entered
    return visits
