"""The checker: what is wrong with a net, found before a run."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from agent_brain.core.state import END, State

NETS_MAX = 1_000
"""Of so many it is known what is wrong with them: a net is built for a brain, again with its parts, for each replay."""

Table = Mapping[str, frozenset[str]]


class Outline(NamedTuple):
    """What of a state is checked."""

    kind: str
    targets: frozenset[str] | None
    visits_max: int | None
    reads: frozenset[str]
    writes: frozenset[str]


def find_faults(states: Mapping[str, State], table: Table, start: str, finish: str) -> list[str]:
    """One sentence for each fault; an empty list means that the net can run."""
    outlines = tuple((name, _outline(state)) for name, state in states.items())
    return list(_find_faults(outlines, tuple((name, frozenset(row)) for name, row in table.items()), start, finish))


def _outline(state: State) -> Outline:
    targets = state.targets
    kind = type(state).__name__
    known = None if targets is None else frozenset(targets)
    return Outline(kind, known, state.visits_max, frozenset(state.reads), frozenset(state.writes))


@lru_cache(NETS_MAX)
def _find_faults(
    outlines: Sequence[tuple[str, Outline]], rows: Sequence[tuple[str, frozenset[str]]], start: str, finish: str
) -> Sequence[str]:
    states, table = dict(outlines), dict(rows)
    unknown = _unknown_names(states, table, start, finish)
    if unknown:
        return unknown  # the other questions need a graph whose names all exist
    return [
        *_forbidden_targets(states, table),
        *_impossible_moves(states, table),
        *_unreachable(states, table, start, finish),
        *_endless(states, table),
        *_unbounded_cycles(states, table),
        *_read_too_early(states, table, start),
    ]


def _unknown_names(states: Collection[str], table: Table, start: str, finish: str) -> list[str]:
    known = ", ".join(sorted(states)) or "none"
    faults = [
        f"the {what} {str.__str__(name)!r} is no state; known: {known}"
        for what, name in (("start", start), ("finish", finish))
        if name not in states
    ]
    if END in states:
        faults.append(f"{END!r} means the end of a run and cannot name a state")
    for source, targets in table.items():
        if source not in states:
            faults.append(f"a row for {source!r}, which is no state; known: {known}")
        faults.extend(
            f"{source} -> {target!r}, which is no state; known: {known}"
            for target in sorted(targets)
            if target != END and target not in states
        )
    return faults


def _forbidden_targets(states: Mapping[str, Outline], table: Table) -> list[str]:
    return [
        f"{name} wants to go to {target}, which its row forbids; allowed: {', '.join(sorted(table[name])) or 'nothing'}"
        for name, state in states.items()
        for target in sorted((state.targets or frozenset()) - table[name])
    ]


def _impossible_moves(states: Mapping[str, Outline], table: Table) -> list[str]:
    return [
        f"{name} -> {target} is a move that {state.kind} cannot make"
        for name, state in states.items()
        if state.targets is not None
        for target in sorted(table[name] - state.targets)
    ]


def find_reached(table: Table, *starts: str) -> set[str]:
    """The states that a run can come to from these, themselves included."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(table.get(name, ()))
    return seen


def _unreachable(states: Collection[str], table: Table, start: str, finish: str) -> list[str]:
    reached = find_reached(table, start, finish)
    return [f"{name} cannot be reached from {start}" for name in states if name not in reached]


def _endless(states: Collection[str], table: Table) -> list[str]:
    return [f"{name} has no way to the end" for name in states if END not in find_reached(table, name)]


def _unbounded_cycles(states: Mapping[str, Outline], table: Table) -> list[str]:
    """Without its bounded states a net has no cycle, or a run could go round for ever."""
    free = {name for name, state in states.items() if state.visits_max is None}
    try:
        TopologicalSorter({name: table[name] & free for name in free}).prepare()
    except CycleError as error:
        cycle = list(reversed(error.args[1]))
        return [f"the cycle {' -> '.join(cycle)} has no bound: none of its states has a `visits_max`"]
    return []


def _read_too_early(states: Mapping[str, Outline], table: Table, start: str) -> list[str]:
    """What a state reads has to be written on every way to it; a limit's way to the finish may be shorter."""
    everything = frozenset().union(*(state.writes | state.reads for state in states.values()))
    known = {name: frozenset() if name == start else everything for name in states}
    has_changed = True
    while has_changed:
        has_changed = False
        for name in states:
            if name == start:
                continue
            before = [known[source] | states[source].writes for source, row in table.items() if name in row]
            found = frozenset.intersection(*before) if before else frozenset()
            has_changed = has_changed or found != known[name]
            known[name] = found
    return [
        f"{name} reads {key!r}, which not every way to it has written"
        for name, state in states.items()
        for key in sorted(state.reads - known[name])
    ]
